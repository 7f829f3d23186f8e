"""A broken main branch is locked and unlocked, the whole way: the engine, the thread, the town's GitHub; killed after each step."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hand_world import SITE, SOURCE, World, world_of

from doubles import Mailbox
from tocsin.acts import incidents, people
from tocsin.acts.house import House
from tocsin.acts.procedures import deeds
from tocsin.clock import HandClock
from tocsin.core.procedures.declared import Declared
from tocsin.core.procedures.hands import Context, Done, Failed, Hand, Step
from tocsin.core.procedures.run import Run
from tocsin.core.work import THREAD_SAY, Later, Refused
from tocsin.engine.loop import Engine
from tocsin.errors import Conflict, Forbidden
from tocsin.town import Town
from tocsin.town.github import Protection, Who
from walks.walk_steps import ALICE, Walk, engine_of

WORDS = "main of acme/site is about to be locked: only bob, the team acme/stampers may push"


class Killed(BaseException):
    """The process dies, as by kill -9."""


class Dies:
    """A hand whose process dies once after the effect of each step, before anybody hears of it."""

    def __init__(self, hand: Hand) -> None:
        self.hand, self.name, self.look, self.aclose = hand, hand.name, hand.look, hand.aclose
        self.died: list[str] = []

    async def do(self, step: Step, context: Context) -> Done | Later | Failed | Refused:
        outcome = await self.hand.do(step, context)
        if isinstance(outcome, Done) and step.id not in self.died:
            self.died.append(step.id)
            raise Killed
        return outcome


@pytest.fixture
async def world(town: Town) -> AsyncIterator[World]:
    world = await world_of(town)
    world.protect("ci", allow_deletions=True)
    yield world
    await world.procedure.hand.aclose()


@pytest.fixture
async def walk(house: House, engine: Engine, clock: HandClock, mailbox: Mailbox, world: World) -> Walk:
    walk = Walk(house, engine, clock, mailbox)
    await people.save_person(house, "bob", name="Bob", email="bob@acme.example", github="bob")
    house.declared = Declared((), (SOURCE,))
    house.hands = {"github": world.procedure.hand}
    await walk.begin()
    await walk.owned()
    await walk.engine.run_due()
    mailbox.take()
    return walk


async def planned(walk: Walk, procedure: str, **inputs: str) -> Run:
    _, run = await deeds.plan(
        walk.house, ALICE, walk.ref, procedure, SITE, reason="red three times", inputs=inputs
    )
    await walk.engine.run_due()
    return await seen(walk, run.id)


async def ran(walk: Walk, run: Run) -> Run:
    """Until it is over; whoever dies is followed by another node."""
    await deeds.approve(walk.house, ALICE, walk.ref, run.id, runs=True)
    for _ in range(20):
        try:
            await walk.wait(1.1)
        except Killed:
            walk.engine = engine_of(walk.house, walk.mailbox)
        if (found := await seen(walk, run.id)).is_over:
            return found
    raise AssertionError(f"{run.id} does not end")


async def seen(walk: Walk, id: str) -> Run:
    found = (await walk.incident()).run(id)
    assert found
    return found


def restriction(town: Town) -> Who | None:
    found = rule(town)
    return found.restrictions if found else None


def rule(town: Town) -> Protection | None:
    repo = town.github.board.repo(SITE)
    assert repo
    return town.github.code.protections.of(repo, "main")


async def test_it_is_announced_locked_owed_and_given_back(walk: Walk, world: World, town: Town) -> None:
    before = Protection(contexts=["ci"], allow_deletions=True)

    lock = await ran(walk, await planned(walk, "lock-branch", commits=world.bad))

    assert (lock.state, lock.said) == ("verified", "")
    assert restriction(town) == Who(["bob"], ["stampers"], [])
    said = [one.text for one in walk.mailbox.take(THREAD_SAY)]
    told = next(text for text in said if text.startswith(WORDS))
    assert told.endswith("{@bob}")
    assert any("main of acme/site is locked. INC-1 does not close before" in text for text in said)
    (one,) = (await walk.incident()).locks
    assert (one.branch, one.people, one.team) == ("main", ("bob",), "stampers")
    duty = await walk.duty("unlock-P1")
    assert (duty.state, duty.owes) == ("owed", ("alice",))
    again = await planned(walk, "lock-branch", commits=world.bad)
    assert again.plan
    assert "is locked already by this incident" in again.plan.refusals[0]
    await walk.resolved()
    with pytest.raises(Conflict, match=r"Unlock the branch \(unlock-P1\)"):
        await incidents.close(walk.house, ALICE, walk.ref)
    with pytest.raises(Forbidden, match="unlock-P1 can't be waived"):
        await incidents.waive(walk.house, ALICE, walk.ref, "unlock-P1", "no")

    unlock = await ran(walk, await planned(walk, "unlock-branch"))

    assert (unlock.state, rule(town)) == ("verified", before)
    assert ((await walk.incident()).locks, (await walk.duty("unlock-P1")).state) == ((), "met")


async def test_killed_after_each_step_it_is_announced_and_locked_once(
    walk: Walk, world: World, town: Town
) -> None:
    dies = Dies(world.procedure.hand)
    walk.house.hands = {"github": dies}

    lock = await ran(walk, await planned(walk, "lock-branch", commits=world.bad))
    unlock = await ran(walk, await planned(walk, "unlock-branch"))

    assert (lock.state, unlock.state) == ("verified", "verified")
    assert dies.died == ["keep", "lock", "unlock"]
    writes = [
        one.method for one in town.requests if one.method in ("PUT", "DELETE") and "/protection" in one.path
    ]
    assert writes == ["PUT", "DELETE"]
    said = [one.text for one in walk.mailbox.take(THREAD_SAY)]
    assert len([text for text in said if text.startswith(WORDS)]) == 1
    assert rule(town) == Protection(contexts=["ci"], allow_deletions=True)


@pytest.mark.parametrize("fault", ["lost_answer", "503"])
async def test_stopped_while_nobody_knows_whether_it_took_effect_it_looks_and_says_so(
    walk: Walk, world: World, town: Town, fault: str
) -> None:
    run = await planned(walk, "lock-branch", commits=world.bad)
    await deeds.approve(walk.house, ALICE, walk.ref, run.id, runs=True)
    town.faults.add("github", "PUT /repos/*/protection", fault)
    while not town.faults.met:
        await walk.wait(0.2)

    await deeds.stop(walk.house, ALICE, walk.ref, run.id, "wait")
    await walk.wait(2)

    is_locked, run = fault == "lost_answer", await seen(walk, run.id)
    assert run.state == ("verified" if is_locked else "stopped")
    assert (restriction(town) is not None) == is_locked
    assert bool((await walk.incident()).locks) == is_locked


async def test_refuses_to_lock_what_the_thread_did_not_hear_of(walk: Walk, world: World, town: Town) -> None:
    run = await planned(walk, "lock-branch", commits=world.bad)
    walk.mailbox.answers[THREAD_SAY] = [Refused("the channel is archived")] * 10

    run = await ran(walk, run)

    assert run.state == "failed"
    assert (
        "could not be announced in the thread, and is therefore not done: the channel is archived" in run.said
    )
    assert (restriction(town), (await walk.incident()).locks) == (None, ())


async def test_gives_up_and_locks_nothing_while_the_chat_is_down(
    walk: Walk, world: World, town: Town
) -> None:
    run = await planned(walk, "lock-branch", commits=world.bad)
    walk.mailbox.answers[THREAD_SAY] = [Later("the chat is down")] * 100

    run = await ran(walk, run)

    assert run.state == "failed"
    assert "in 10 minutes the chat did not take it. the chat is down" in run.said
    assert restriction(town) is None


async def test_unlocking_goes_on_while_the_chat_is_down(walk: Walk, world: World, town: Town) -> None:
    await ran(walk, await planned(walk, "lock-branch", commits=world.bad))
    walk.mailbox.answers[THREAD_SAY] = [Later("the chat is down")] * 100

    unlock = await ran(walk, await planned(walk, "unlock-branch"))

    assert (unlock.state, restriction(town)) == ("verified", None)


async def test_refuses_to_lock_over_a_restriction_of_people(walk: Walk, world: World, town: Town) -> None:
    world.protect("ci", restrictions=Who(["alice"]))

    run = await planned(walk, "lock-branch", commits=world.bad)

    assert run.plan
    assert run.plan.refusals == (
        "pushes to main are restricted already (users alice): a lock of people's is not written over",
    )
    with pytest.raises(Conflict, match="may not be carried out"):
        await deeds.approve(walk.house, ALICE, walk.ref, run.id, override="I want it")


async def test_a_restriction_made_after_the_plan_ends_the_run_before_anything_is_announced(
    walk: Walk, world: World, town: Town
) -> None:
    run = await planned(walk, "lock-branch", commits=world.bad)
    world.protect("ci", restrictions=Who(["alice"]))

    run = await ran(walk, run)

    assert (run.state, run.stands) == ("failed", ())
    assert restriction(town) == Who(["alice"])
    assert not any(one.text.startswith(WORDS) for one in walk.mailbox.take(THREAD_SAY))
