"""A build at Buildkite that does not end: it counts as a time-out after a while, and no longer once it has ended well."""

from __future__ import annotations

from datetime import timedelta

from buildkite_world import World

from tocsin.core import facts as f
from tocsin.town.buildkite import Build

LIMIT = timedelta(minutes=40)


async def two_failed_and_one_goes_on(world: World) -> Build:
    await world.built("passed", "failed", "failed")
    return await world.built("running")


async def looked_after(world: World, span: timedelta) -> None:
    world.clock.advance(span)
    await world.link.catch_up.look(world.house)


async def test_a_build_that_goes_on_for_40_minutes_counts_as_failed_once(world: World) -> None:
    going_on = await two_failed_and_one_goes_on(world)
    await looked_after(world, LIMIT - timedelta(seconds=1))
    before = await world.incidents()

    await looked_after(world, timedelta(seconds=1))
    await looked_after(world, timedelta(minutes=5))

    [incident] = await world.incidents()
    assert before == []
    assert incident.title == "main is broken: site failed 3 times in a row"
    assert f"{going_on.web_url} (it goes on for so long that it counts as failed)" in incident.reports[0].text
    assert [fact.kind for fact in incident.facts].count("build_red") == 1


async def test_one_that_ends_well_after_all_counts_no_longer_and_is_offered_as_the_end(world: World) -> None:
    going_on = await two_failed_and_one_goes_on(world)
    await looked_after(world, LIMIT)

    world.buildkite.end(going_on, "passed")
    await world.town.settled()

    [incident] = await world.incidents()
    assert isinstance(incident.builds[0], f.BuildGreen)
    assert incident.builds[0].url == going_on.web_url


async def test_one_that_ends_well_before_anybody_hears_of_it_is_not_counted(world: World) -> None:
    await world.built("failed")
    going_on = await world.built("running")
    await looked_after(world, LIMIT)
    world.buildkite.end(going_on, "passed")
    await world.town.settled()

    await world.built("failed", "failed")

    assert await world.incidents() == []


async def test_one_that_waits_for_an_agent_and_never_began_is_no_failed_build(world: World) -> None:
    await world.built("failed", "failed")
    await world.built("scheduled")

    await looked_after(world, timedelta(hours=5))

    assert await world.incidents() == []
