"""Rolling back and thawing, the whole way: the town's real git, its CI, its deploys and its Renovate; killed after each step."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from procedure_walk import Dies, InTown, settings_for

from doubles import Mailbox
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.core.procedures.declared import Declared, Source, Target, Updater
from tocsin.engine.loop import Engine
from tocsin.integrations import hands_of
from tocsin.town import Town, acme
from tocsin.town.acme import DEPLOY, SITE, Acme
from walks.walk_steps import Walk

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
