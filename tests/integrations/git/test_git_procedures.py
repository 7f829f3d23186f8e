"""The whole of rolling back and thawing, on real repositories: planned, approved, run by the engine, verified, taken back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from git_histories import git
from git_world import RENOVATE, World

from doubles import Mailbox
from procedure_doubles import FakeHand, Killed
from tocsin.acts import incidents
from tocsin.acts.house import House
from tocsin.acts.procedures import deeds
from tocsin.clock import HandClock
from tocsin.core.procedures.declared import Updater
from tocsin.core.procedures.hands import Context, Step
from tocsin.core.procedures.run import Run
from tocsin.engine.loop import Engine
from tocsin.errors import Invalid
from walks.walk_steps import ALICE, Walk

FIRST = {"site.yaml": "image: site:1\n", "renovate.json": RENOVATE}


@pytest.fixture
async def walk(house: House, engine: Engine, clock: HandClock, mailbox: Mailbox, world: World) -> Walk:
    """An owned incident; the site is deployed from the branch release, and Renovate rolls it forward."""
    walk = Walk(house, engine, clock, mailbox)
    await walk.begin()
    await walk.owned()
    declared = world.hand.places.declared
    target = replace(
        declared.targets[0],
        updaters=(Updater("renovate", "renovate.json"),),
        health_url="https://site.example/healthz",
    )
    house.declared = replace(declared, targets=(target,))
    house.hands = {"git": world.hand, "site": FakeHand(name="site")}
    return walk


async def planned(walk: Walk, procedure: str, **inputs: str) -> Run:
    _, run = await deeds.plan(
        walk.house, ALICE, walk.ref, procedure, "site", reason="sign-in fails", inputs=inputs
    )
    await walk.engine.run_due()
    return await seen(walk, run.id)


async def ran(walk: Walk, run: Run, override: str = "") -> Run:
    await deeds.approve(walk.house, ALICE, walk.ref, run.id, override=override, runs=True)
    await walk.engine.run_due()
    return await seen(walk, run.id)


async def seen(walk: Walk, id: str) -> Run:
    found = (await walk.incident()).run(id)
    assert found
    return found


async def test_the_deploy_is_rolled_back_and_frozen_and_thawed_once_the_fix_is_in(
    walk: Walk, world: World
) -> None:
    good = world.deploy.commit(FIRST, "Deploy 1")
    head = world.deploy.commit({"site.yaml": "image: site:2\n"}, "Deploy 2")
    world.site.commit({"a": "1"}, "First")

    run = await planned(walk, "roll-back", to=good[:10])
    assert run.plan
    assert [step.title for step in run.plan.steps[1:]] == [
        f"One commit on release (after {head[:7]}) with all files as in {good[:7]}, but for renovate.json, which is frozen",
        "Watch the signal of site for 10 min: recovered, or not",
        "Read release once more: nothing newer is on it, and every updater is off",
    ]
    assert world.deploy.tip() == head
    run = await ran(walk, run)

    assert (run.state, run.said) == ("verified", "")
    tip = world.deploy.tip()
    assert world.deploy.differs(good, tip) == ["renovate.json"]
    assert "Tocsin-Run: INC-1/P1" in world.deploy.message(tip)
    incident = await walk.incident()
    assert incident.rollback
    assert incident.rollback.rolled_back
    assert [one.updaters for one in incident.freezes] == [("renovate renovate.json",)]

    refused = await planned(walk, "unfreeze")
    assert refused.plan
    assert "say which commit mends it" in refused.plan.refusals[0]
    fix = world.site.commit({"a": "2"}, "Mend it", branch="topic")
    refused = await planned(walk, "unfreeze", fix=fix)
    assert refused.plan
    assert "the fix is not in:" in refused.plan.refusals[0]
    with pytest.raises(Invalid, match="To do it all the same, write down why"):
        await deeds.approve(walk.house, ALICE, walk.ref, refused.id)

    fix = world.site.commit({"a": "2"}, "Mend it")
    thaw = await ran(walk, await planned(walk, "unfreeze", fix=fix))

    assert thaw.state == "running"
    assert thaw.current
    assert thaw.current.id == "ships"
    assert world.deploy.read(world.deploy.tip(), "renovate.json") == RENOVATE.encode()
    assert (await walk.incident()).freezes == ()

    world.deploy.commit({"site.yaml": f"image: site:{fix}\n"}, "Deploy the fix")
    await walk.wait(1)
    thaw = await seen(walk, thaw.id)

    assert (thaw.state, thaw.said) == ("verified", "")
    assert f"{fix} holds {fix[:10]}" in [one.value for one in thaw.evidence]
    assert (await walk.duty("thaw-P1")).state == "met"


async def test_killed_after_the_push_it_is_not_pushed_twice(walk: Walk, world: World) -> None:
    good = world.deploy.commit(FIRST, "Deploy 1")
    head = world.deploy.commit({"site.yaml": "image: site:2\n"}, "Deploy 2")
    run = await planned(walk, "roll-back", to=good)
    do = world.hand.do

    class Dies:
        name = "git"
        look = staticmethod(world.hand.look)

        async def do(self, step: Step, context: Context) -> None:
            await do(step, context)
            raise Killed

        async def aclose(self) -> None:
            return

    walk.house.hands = {**walk.house.hands, "git": Dies()}  # type: ignore[dict-item]
    with pytest.raises(Killed):
        await ran(walk, run)
    pushed = world.deploy.tip()
    assert pushed != head

    walk.house.hands = {**walk.house.hands, "git": world.hand}
    walk.engine = Engine(walk.house, walk.engine._reaches)
    await walk.wait(1.1)

    assert (await seen(walk, "P1")).state == "verified"
    assert world.deploy.tip() == pushed
    assert git(world.deploy.folder, "rev-list", "--count", f"{head}..release") == "1"


async def test_a_head_that_moved_since_the_plan_ends_it_and_nothing_is_pushed(
    walk: Walk, world: World
) -> None:
    good = world.deploy.commit(FIRST, "Deploy 1")
    world.deploy.commit({"site.yaml": "image: site:2\n"}, "Deploy 2")
    run = await planned(walk, "roll-back", to=good)
    moved = world.deploy.commit({"site.yaml": "image: site:3\n"}, "Deploy 3")

    run = await ran(walk, run)

    assert run.state == "failed"
    assert "things have moved since it was planned: plan again" in run.said
    assert world.deploy.tip() == moved


async def test_a_commit_that_was_never_deployed_is_refused(walk: Walk, world: World) -> None:
    world.deploy.commit(FIRST, "Deploy 1")
    other = world.deploy.commit({"site.yaml": "image: site:9\n"}, "A try", branch="other")

    run = await planned(walk, "roll-back", to=other)

    assert run.plan
    assert run.plan.verdict == "refused"
    assert "no ancestor" in run.plan.refusals[0]


async def test_nothing_of_a_private_incident_but_its_number_stands_in_the_commit(
    walk: Walk, world: World
) -> None:
    good = world.deploy.commit(FIRST, "Deploy 1")
    world.deploy.commit({"site.yaml": "image: site:2\n"}, "Deploy 2")
    await incidents.change_kind(walk.house, ALICE, walk.ref, "security", "a leak")

    run = await ran(walk, await planned(walk, "roll-back", to=good))

    assert run.state == "verified"
    assert "sign-in fails" not in world.deploy.message(world.deploy.tip())
    assert "INC-1" in world.deploy.message(world.deploy.tip())


async def test_with_no_deploy_known_and_none_named_there_is_nothing_to_go_back_to(
    walk: Walk, world: World
) -> None:
    world.deploy.commit(FIRST, "Deploy 1")

    run = await planned(walk, "roll-back")

    assert run.plan
    assert run.plan.refusals == (
        "no deploy is known that was well before it began: say to which one to go back",
    )


async def test_a_commit_is_taken_back_on_a_branch_and_relanded_by_reverting_the_revert(
    walk: Walk, world: World
) -> None:
    world.site.commit({"a": "1"}, "First")
    bad = world.site.commit({"a": "2"}, "Faster sign-in")

    _, run = await deeds.plan(
        walk.house, ALICE, walk.ref, "revert", "acme/site", reason="sign-in fails", inputs={"commit": bad[:9]}
    )
    await walk.engine.run_due()
    done = await ran(walk, await seen(walk, run.id))

    assert (done.state, done.said) == ("verified", "")
    assert world.site.read(world.site.tip("tocsin/inc-1-p1"), "a") == b"1"
    assert world.site.tip("main") == bad
    git(world.site.folder, "update-ref", "refs/heads/main", "refs/heads/tocsin/inc-1-p1")
    back = world.site.tip("main")

    _, run = await deeds.plan(
        walk.house,
        ALICE,
        walk.ref,
        "reland",
        "acme/site",
        reason="mended",
        inputs={"revert": back, "cause": "the cache"},
    )
    await walk.engine.run_due()
    planned = await seen(walk, run.id)
    assert planned.plan
    assert any("merging the old branch again does nothing" in one for one in planned.plan.warnings)
    done = await ran(walk, planned)

    assert (done.state, done.said) == ("verified", "")
    assert world.site.read(world.site.tip("tocsin/inc-1-p2"), "a") == b"2"
