"""What Buildkite built while nobody heard of it is found by a look, and counts once though the webhook brings it as well."""

from __future__ import annotations

from datetime import timedelta

import pytest
from buildkite_world import REPOSITORY, World, calling, sha_of

from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.core import facts as f
from tocsin.integrations.buildkite import client
from tocsin.integrations.http import Failed
from tocsin.town import Town


@pytest.fixture
async def down(world: World) -> World:
    """Tocsin has looked once, and the webhook meets nobody from now on."""
    await world.link.catch_up.look(world.house)
    world.buildkite.webhooks.url = ""
    return world


async def test_three_failures_that_nobody_heard_of_open_one_incident(down: World) -> None:
    down.clock.advance(timedelta(hours=3))
    await down.built("failed", "failed", "failed")
    await down.built("failed", branch="topic")
    await down.link.catch_up.look(down.house)

    answer = await down.told(3)
    await down.link.catch_up.look(down.house)

    [incident] = await down.incidents()
    assert answer == "The build is known now"
    assert len(incident.reports) == 1
    assert [fact.kind for fact in incident.facts].count("build_red") == 1


async def test_repetitions_are_found_at_the_place_of_what_they_repeat(down: World) -> None:
    await down.built("failed", "failed", "failed", "failed")
    again = await down.rebuilt(1, "failed")
    await down.rebuilt(again.number, "passed")

    await down.link.catch_up.look(down.house)

    red = (await down.incidents())[0].builds[0]
    assert isinstance(red, f.BuildRed)
    assert [suspect.sha for suspect in red.suspects] == [sha_of(n) for n in (2, 3, 4)]


async def test_the_first_look_takes_nothing_of_long_before_there_was_a_tocsin(world: World) -> None:
    world.buildkite.webhooks.url = ""
    await world.built("failed", "failed", "failed")
    world.clock.advance(timedelta(hours=1))

    await world.link.catch_up.look(world.house)

    assert await world.incidents() == []


async def test_more_than_a_page_is_read_to_its_end(down: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "A_PAGE", 2)
    await down.built(*["failed"] * 5)

    await down.link.catch_up.look(down.house)

    assert await down.house.pool.fetchval("SELECT count(*) FROM builds") == 5


async def test_a_build_that_can_not_be_read_spoils_no_other(down: World) -> None:
    odd = await down.built("failed", "failed")
    odd.commit = ""
    await down.built("failed", "failed")

    await down.link.catch_up.look(down.house)

    assert await down.house.pool.fetchval("SELECT count(*) FROM builds") == 3
    assert len(await down.incidents()) == 1


async def test_a_pipeline_that_can_not_be_read_holds_up_no_other(
    town: Town, house: House, clock: HandClock
) -> None:
    town.buildkite.add_pipeline("site", REPOSITORY)
    async with calling(town, house, clock, TOCSIN_BUILDKITE_PIPELINES="gone, site") as world:
        world.buildkite.webhooks.url = ""
        await world.built("failed", "failed", "failed")
        with pytest.raises(Failed, match="No pipeline found"):
            await world.link.catch_up.look(house)

        assert len(await world.incidents()) == 1


async def test_while_buildkite_is_silent_nothing_is_lost(down: World) -> None:
    await down.built("failed", "failed", "failed")
    down.town.faults.add("buildkite", "GET *", "503", times=1)
    with pytest.raises(Failed):
        await down.link.catch_up.look(down.house)
    down.clock.advance(timedelta(hours=2))

    await down.link.catch_up.look(down.house)

    assert len(await down.incidents()) == 1
