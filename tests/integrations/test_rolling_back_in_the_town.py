"""Rolling back and thawing, the whole way: the town's real git, its CI, its deploys and its Renovate; killed after each step."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from procedure_walk import Dies, InTown, settings_for

from doubles import Mailbox
from tocsin.acts.house import House
from tocsin.acts.procedures import deeds
from tocsin.clock import HandClock
from tocsin.core.procedures.declared import Declared, Source, Target, Updater
from tocsin.core.procedures.hands import Context, Done, Failed, Hand, Step
from tocsin.core.work import Later, Refused
from tocsin.engine.loop import Engine
from tocsin.integrations import hands_of
from tocsin.town import Town, acme
from tocsin.town.acme import DEPLOY, SITE, Acme
from tocsin.town.deploys import image
from tocsin.town.git.repository import Files
from tocsin.town.github.board import Pull
from walks.walk_steps import ALICE, Walk

BUMPER = "bumper[bot]"
RENOVATE = Updater("renovate", "renovate.json", pull_requests_by="renovate[bot]")


@pytest.fixture
async def place(
    house: House, engine: Engine, clock: HandClock, mailbox: Mailbox, town: Town, tmp_path: Path
) -> AsyncIterator[InTown]:
    walk = Walk(house, engine, clock, mailbox)
    await walk.begin()
    await walk.owned()
    well = f"{town.url}/site/healthz"
    target = Target(
        "site", "site", repository=DEPLOY, branch="release", source=SITE, version_url=well, health_url=well,
        watch=timedelta(minutes=5), checks=(acme.CHECK,), updaters=(RENOVATE,),
    )  # fmt: skip
    house.declared = Declared((target,), (Source(SITE),))
    house.hands = hands_of(settings_for(town, SITE, str(tmp_path)), house.declared, ("git", "github", "site"))
    yield InTown(walk, town)
    for hand in house.hands.values():
        await hand.aclose()


@pytest.fixture
async def broken(town: Town) -> Acme:
    """Nobody can sign in since the last deploy."""
    built = await acme.build(town)
    await built.break_signin()
    await town.settled()
    assert town.site.status == "down"
    return built


async def head_before(broken: Acme) -> str:
    """The deploy before the last one."""
    return (await broken.deploy.log("release", limit=2))[1].sha


async def test_killed_after_each_step_the_site_is_well_again_by_one_commit_and_stays_so(
    place: InTown, town: Town, broken: Acme
) -> None:
    good, bad = await head_before(broken), await broken.deploy.head("release")
    dying = {name: Dies(hand) for name, hand in place.walk.house.hands.items()}
    place.walk.house.hands = {**dying}

    run = await place.planned("roll-back", "site", to=good)
    run = await place.ran(run)

    assert (run.state, run.said) == ("verified", "")
    died = set[str]().union(*(one.died for one in dying.values()))
    assert died == {
        "hold-pulls-1", "restore", "pipeline", "version", "healthy", "hold-pulls-1-again", "still",
    }  # fmt: skip
    assert len(await broken.deploy.log(f"{bad}..release")) == 1
    await town.renovate.look()
    await town.settled()
    assert (town.site.status, town.site.version) == ("up", broken.good)


async def test_thawed_once_the_revert_is_in_the_fix_is_deployed_by_renovate(
    place: InTown, town: Town, broken: Acme
) -> None:
    await place.ran(await place.planned("roll-back", "site", to=await head_before(broken)))
    refused = await place.planned("unfreeze", "site")
    bad = await broken.site.head("main") or ""
    reverted = await place.ran(await place.planned("revert", SITE, commit=bad))

    run = await place.planned("unfreeze", "site")
    await place.ran(run)
    run = await place.seen(run.id)

    assert refused.plan
    assert "say which commit mends it" in refused.plan.refusals[0]
    assert reverted.state == "verified"
    assert (run.state, run.said) == ("verified", "")
    assert run.plan
    assert run.plan.refusals == ()
    assert town.site.status == "up"
    assert town.site.version == await broken.site.head("main")
    assert (await place.walk.incident()).freezes == ()


async def test_what_a_failed_run_held_is_owed_and_let_go_by_the_thaw_of_the_next(
    place: InTown, town: Town, broken: Acme
) -> None:
    """Somebody pushes between holding and restoring: nothing was rolled back, and yet a pull request is held."""
    pull = await opened_by_bumper(place, broken, {"docs.md": "newer\n"})
    good, hands = await head_before(broken), place.walk.house.hands
    place.walk.house.hands = {**hands, "git": Interfered(hands["git"], broken)}
    run = await place.planned("roll-back", "site", to=good)
    first = await place.ran(run)
    frozen = (await place.walk.incident()).freezes
    place.walk.house.hands = hands

    second = await place.ran(await place.planned("roll-back", "site", to=good))
    await place.ran(await place.planned("revert", SITE, commit=await broken.site.head("main") or ""))
    held = pull.draft
    thawed = await place.ran(await place.planned("unfreeze", "site"))

    assert (first.state, second.state, thawed.state, thawed.said) == ("failed", "verified", "verified", "")
    assert "has moved since the plan" in first.said
    assert [(one.id, one.updaters) for one in frozen] == [("P1", ("pull requests of bumper[bot]",))]
    assert (held, pull.draft) == (True, False)
    assert (await place.walk.incident()).freezes == ()


async def test_a_held_pull_request_is_not_let_go_before_it_holds_the_fix(
    place: InTown, town: Town, broken: Acme
) -> None:
    """One had been opened for a commit after the bad one: let go as it is, it would deploy that."""
    bad, good = await broken.site.head("main") or "", await head_before(broken)
    worse = await broken.site.commit("next", {"more.py": "1\n"}, author="carol", message="More", start="main")
    pull = await opened_by_bumper(place, broken, {"site.json": image(worse)})
    await place.ran(await place.planned("roll-back", "site", to=good))
    await place.ran(await place.planned("revert", SITE, commit=bad))

    run = await place.planned("unfreeze", "site")
    await deeds.approve(place.walk.house, ALICE, place.walk.ref, run.id, runs=True)
    for _ in range(5):
        await place.walk.engine.run_due()
        await town.settled()
        await place.walk.wait(1.1)
    waiting = await place.seen(run.id)
    fixed = await broken.site.head("main") or ""
    at_first = pull.draft
    await broken.deploy.commit("bump", {"site.json": image(fixed)}, author=BUMPER, message="Newer")
    await town.settled()
    done = await place.finished(run.id)

    assert run.plan
    assert [step.hand for step in run.plan.steps][1:4] == ["git.thaw", "git.renewed", "github.release_pulls"]
    assert waiting.current
    assert (waiting.current.step.hand, at_first) == ("git.renewed", True)
    assert (done.state, done.said, pull.draft) == ("verified", "", False)


async def opened_by_bumper(place: InTown, acme: Acme, files: Files) -> Pull:
    """Another updater than the town's Renovate, which would tidy up what it opened itself. The site itself is not watched here."""
    (target,) = place.walk.house.declared.targets
    updater = replace(RENOVATE, pull_requests_by=BUMPER)
    target = replace(target, updaters=(updater,), version_url="", health_url="", checks=())
    place.walk.house.declared = Declared((target,), (Source(SITE),))
    await acme.deploy.commit("bump", files, author=BUMPER, message="Update", start="release")
    issue = await acme.town.github.pull_request(BUMPER, DEPLOY, "Update", branch="bump", base="release")
    assert issue.pull
    return issue.pull


class Interfered:
    """The hand "git", before whose restoring somebody else pushes."""

    def __init__(self, hand: Hand, acme: Acme) -> None:
        self.hand, self.acme = hand, acme
        self.name, self.look, self.aclose = hand.name, hand.look, hand.aclose

    async def do(self, step: Step, context: Context) -> Done | Later | Failed | Refused:
        if step.hand == "git.restore":
            await self.acme.deploy.commit("release", {"note.md": "1\n"}, author="bob", message="Meanwhile")
        return await self.hand.do(step, context)
