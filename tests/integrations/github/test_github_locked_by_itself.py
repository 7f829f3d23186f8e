"""A broken main branch that Tocsin locks and unlocks by itself: the builds, the engine, the thread, the town's GitHub; and each way it goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count

import pytest
from hand_world import SITE, SOURCE, World, world_of
from test_github_branch_locked import Dies, Killed

from doubles import Mailbox
from tocsin.acts import builds, people
from tocsin.acts.house import House
from tocsin.acts.procedures import deeds
from tocsin.clock import HandClock
from tocsin.core.builds import Build
from tocsin.core.procedures.declared import Declared, LockRule
from tocsin.core.procedures.run import Run
from tocsin.core.work import PAGE, THREAD_SAY, Later
from tocsin.engine.loop import Engine
from tocsin.town import Town
from tocsin.town.github import Protection, Who
from walks.walk_steps import ALICE, Walk, engine_of, under_handbook

AUTOMATIC = replace(SOURCE, lock=LockRule(automatic=True))
LOCKED = Protection(contexts=["ci"], allow_deletions=True, restrictions=Who(["bob"], ["stampers"], []))
BEFORE = Protection(contexts=["ci"], allow_deletions=True)
ANNOUNCED = "main of acme/site is about to be locked: only bob, the team acme/stampers may push"


@dataclass
class Main:
    """The main branch of acme/site, its builds and its protection."""

    walk: Walk
    world: World
    town: Town
    numbers: count[int] = field(default_factory=lambda: count(1))

    @property
    def protection(self) -> Protection | None:
        repo = self.town.github.board.repo(SITE)
        assert repo
        return deepcopy(self.town.github.code.protections.of(repo, "main"))

    def writes(self) -> list[str]:
        """How the protection was written, in order."""
        written = [one for one in self.town.requests if "/protection" in one.path]
        return [one.method for one in written if one.method in ("PUT", "DELETE")]

    def build(self, conclusion: str) -> Build:
        n = next(self.numbers)
        return Build(
            repository=SITE, branch="main", stream="ci", workflow="CI", run=n, attempt=1, number=n, sha=self.world.bad,
            author_login="bob", author_name="Bob", author_email="bob@acme.example", title="Faster sign-in", event="push",
            conclusion=conclusion, finished_at=self.walk.clock.now(), url=f"https://github.example/runs/{n}",
        )  # fmt: skip

    async def builds(self, *conclusions: str) -> None:
        for one in conclusions:
            self.walk.clock.advance(timedelta(seconds=1))
            await builds.record_build(self.walk.house, self.build(one))

    async def breaks(self) -> None:
        self.walk.ref = "INC-1"
        await self.builds("success", "failure", "failure", "failure")

    async def minutes(self, many: float, each: float = 0.1) -> None:
        """Time passes, in steps of a few seconds; whoever dies is followed by another node."""
        for _ in range(round(many / each)):
            try:
                await self.walk.wait(each)
            except Killed:
                self.walk.engine = engine_of(self.walk.house, self.walk.mailbox)

    async def runs(self) -> list[tuple[str, str]]:
        return [(run.procedure, run.state) for run in (await self.walk.incident()).runs]

    async def run(self, id: str) -> Run:
        found = (await self.walk.incident()).run(id)
        assert found
        return found

    def told(self) -> list[str]:
        return [one.text for one in self.walk.mailbox.take(THREAD_SAY)]


AUTOMATICALLY = "It needs nobody's yes: acme/site is declared"


@pytest.fixture
async def main(
    town: Town, house: House, engine: Engine, clock: HandClock, mailbox: Mailbox
) -> AsyncIterator[Main]:
    world = await world_of(town, AUTOMATIC)
    world.protect("ci", allow_deletions=True)
    await people.save_person(house, "bob", name="Bob", email="bob@acme.example", github="bob")
    yield Main(_furnished(Walk(house, engine, clock, mailbox), world), world, town)
    await world.procedure.hand.aclose()


def _furnished(walk: Walk, world: World) -> Walk:
    walk.house.declared = Declared((), (AUTOMATIC,))
    walk.house.hands = {"github": world.procedure.hand}
    return walk


async def test_red_is_announced_and_locked_and_green_is_unlocked_and_said(main: Main) -> None:
    await main.breaks()
    await main.minutes(0.5)
    locked, told = main.protection, main.told()
    kinds = [(fact.kind, getattr(fact.what, "step", "")) for fact in (await main.walk.incident()).facts]

    await main.builds("success")
    await main.minutes(0.5)

    assert locked == LOCKED
    assert kinds.index(("step_done", "heard")) < kinds.index(("step_done", "lock"))
    assert sum(text.startswith(ANNOUNCED) for text in told) == 1
    assert any("*P1 Lock the branch of acme/site* is " in text and AUTOMATICALLY in text for text in told)
    assert await main.runs() == [("lock-branch", "verified"), ("unlock-branch", "verified")]
    assert main.protection == BEFORE
    assert any("main of acme/site is unlocked: protected as it was before" in text for text in main.told())
    assert (await main.walk.duty("unlock-P1")).state == "met"


async def test_killed_after_each_step_it_is_announced_locked_and_unlocked_once(main: Main) -> None:
    dies = Dies(main.world.procedure.hand)
    main.walk.house.hands = {"github": dies}

    await main.breaks()
    await main.minutes(9, each=1.1)
    await main.builds("failure", "failure", "success")
    await main.minutes(9, each=1.1)

    assert dies.died == ["keep", "lock", "unlock"]
    assert (main.writes(), main.protection) == (["PUT", "DELETE"], BEFORE)
    assert sum(text.startswith(ANNOUNCED) for text in main.told()) == 1
    assert len(await main.runs()) == 2


async def test_two_nodes_that_hear_of_the_same_builds_lock_once(main: Main) -> None:
    main.walk.ref = "INC-1"
    await main.builds("failure", "failure")
    third = main.build("failure")
    other = engine_of(main.walk.house, main.walk.mailbox)

    await asyncio.gather(*(builds.record_build(main.walk.house, third) for _ in range(3)))
    await asyncio.gather(main.walk.engine.run_due(), other.run_due())
    await main.minutes(0.5)

    assert (await main.runs(), main.writes()) == ([("lock-branch", "verified")], ["PUT"])


async def test_where_the_handbook_wants_a_person_it_is_planned_and_asked_and_no_more(
    main: Main, tmp_path
) -> None:  # type: ignore[no-untyped-def]
    main.walk = await under_handbook(
        main.walk, tmp_path, 'id = "lock-branch"\napprove = ["owner", "on-call", "team:ops_team"]\nautomatic = true',
        'id = "lock-branch"\napprove = ["owner", "on-call", "team:ops_team"]',
    )  # fmt: skip
    _furnished(main.walk, main.world)
    await main.breaks()
    await main.minutes(0.5)
    asked, before = await main.runs(), main.protection

    await deeds.approve(main.walk.house, ALICE, "INC-1", "P1", runs=False)
    await main.minutes(0.5)

    assert (asked, before) == ([("lock-branch", "planned")], BEFORE)
    assert (await main.runs(), main.protection) == ([("lock-branch", "verified")], LOCKED)


async def test_green_before_the_thread_has_heard_of_it_nothing_is_locked(main: Main) -> None:
    main.walk.mailbox.answers[THREAD_SAY] = [Later("the chat is down")] * 40
    await main.breaks()
    await main.minutes(0.5)
    await main.builds("success")
    await main.minutes(0.5)

    run = await main.run("P1")
    assert (run.state, run.said) == (
        "stopped",
        "Tocsin stopped it: main is green again: CI passed at " + main.world.bad[:10],
    )
    assert (main.writes(), (await main.walk.incident()).locks) == ([], ())


async def test_while_nobody_can_hear_of_it_nothing_is_locked_and_it_is_not_tried_twice(main: Main) -> None:
    main.walk.mailbox.answers[THREAD_SAY] = [Later("the chat is down")] * 1000
    await main.breaks()
    await main.minutes(12, each=2)
    await main.builds("failure", "failure")
    await main.minutes(1)

    assert (await main.runs(), main.writes()) == ([("lock-branch", "failed")], [])


async def test_unlocking_does_not_wait_for_the_chat(main: Main) -> None:
    await main.breaks()
    await main.minutes(0.5)
    main.walk.mailbox.answers[THREAD_SAY] = [Later("the chat is down")] * 1000

    await main.builds("success")
    await main.minutes(0.2)

    assert main.protection == BEFORE


async def test_a_restriction_of_people_is_not_written_over_and_that_is_said_once(main: Main) -> None:
    main.world.protect("ci", restrictions=Who(["alice"]))

    await main.breaks()
    await main.minutes(0.5)
    await main.builds("failure", "failure")
    await main.minutes(0.5)

    why = "pushes to main are restricted already (users alice): a lock of people's is not written over"
    assert sum(why in text for text in main.told()) == 1
    assert (len(await main.runs()), main.writes()) == (1, [])


async def test_what_people_set_since_it_was_locked_is_not_undone_and_that_is_said(main: Main) -> None:
    await main.breaks()
    await main.minutes(0.5)
    main.world.protect("ci", allow_deletions=True, restrictions=Who(["alice"]))
    main.told()

    await main.builds("success")
    await main.minutes(0.5)

    why = "somebody has changed the protection since it was locked (restrictions): that would be undone"
    assert sum(why in text for text in main.told()) == 1
    assert (main.protection or BEFORE).restrictions == Who(["alice"])
    assert (await main.walk.duty("unlock-P1")).state == "owed"


async def test_while_github_is_down_the_unlocking_waits_and_is_not_given_up(main: Main) -> None:
    await main.breaks()
    await main.minutes(0.5)
    main.town.faults.add("github", "GET /repos/*/protection", "503", times=8)

    await main.builds("success")
    await main.minutes(15, each=1)

    assert (main.protection, len(await main.runs())) == (BEFORE, 2)


async def test_an_incident_that_people_end_while_it_is_red_holds_no_lock(main: Main) -> None:
    await main.breaks()
    await main.minutes(0.5)
    await main.walk.owned()
    await main.walk.resolved()
    await main.minutes(0.5)

    run = await main.run("P2")
    assert (run.procedure, run.state, run.reason) == ("unlock-branch", "verified", "INC-1 is over")
    assert main.protection == BEFORE


async def test_red_once_more_it_is_locked_once_more(main: Main) -> None:
    await main.breaks()
    await main.minutes(0.5)
    await main.builds("success")
    await main.minutes(0.5)
    await main.builds("failure", "failure", "failure")
    await main.minutes(0.5)

    assert [name for name, _ in await main.runs()] == ["lock-branch", "unlock-branch", "lock-branch"]
    assert main.protection == LOCKED


async def test_while_another_run_holds_the_repository_it_waits_its_turn(main: Main) -> None:
    await main.breaks()
    await main.walk.house.pool.execute("UPDATE procedure_runs SET state = 'planned'")
    await main.walk.house.pool.execute(
        "INSERT INTO procedure_runs (incident_id, run, procedure, target, state, asked_at)"
        " VALUES ((SELECT id FROM incidents), 'P9', 'revert', 'source:acme/site', 'running', now())"
    )
    await main.minutes(0.5)
    waiting = await main.runs()

    await main.walk.house.pool.execute("DELETE FROM procedure_runs WHERE run = 'P9'")
    await main.minutes(1)

    assert waiting == [("lock-branch", "approved")]
    assert main.protection == LOCKED


async def test_nothing_is_locked_where_the_source_does_not_say_so(main: Main) -> None:
    main.walk.house.declared = Declared((), (SOURCE,))

    await main.breaks()
    await main.minutes(0.5)

    assert (await main.runs(), main.protection) == ([], BEFORE)
    assert main.walk.mailbox.people(PAGE) == ["bob"]
