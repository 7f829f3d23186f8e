"""Buildkite's webhook tells of the builds of the main branch: a series of failures is an incident, green is its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from buildkite_world import TOKEN, World, sha_of

from tocsin.acts import builds
from tocsin.core import facts as f
from tocsin.core.builds import Build
from tocsin.core.incident import Incident
from tocsin.integrations.buildkite import builds as told_builds
from tocsin.integrations.buildkite.builds import Builds
from tocsin.integrations.buildkite.client import Pipeline, Provider, ToldBuild


def last_word(incident: Incident) -> f.BuildRed | f.BuildGreen:
    return incident.builds[0]


@pytest.mark.parametrize("signed", [False, True], ids=["with the plain token", "signed"])
async def test_three_failed_builds_open_an_incident_that_names_the_oldest_suspects(
    world: World, signed: bool
) -> None:
    world.buildkite.point_webhook_at(world.hook, TOKEN, signed=signed)

    await world.built("passed", "failed", "failed", "failed", "failed")

    [incident] = await world.incidents()
    url = f"{world.town.url}/buildkite/acme/site/builds"
    assert (incident.kind, incident.title) == (
        "broken-build",
        "main is broken: site failed 3 times in a row",
    )
    assert incident.reports[0].source == "buildkite"
    assert incident.reports[0].text.split("\n") == [
        "site of acme/site failed 3 times in a row on main.",
        "The oldest failing commits, the likeliest first:",
        f"- {sha_of(2)[:7]} “Change 2” by bob (@bob): {url}/2",
        f"- {sha_of(3)[:7]} “Change 3” by bob (@bob): {url}/3",
        f"- {sha_of(4)[:7]} “Change 4” by bob (@bob): {url}/4",
        f"It was last green at {sha_of(1)[:7]}, 2026-03-02 09:01 UTC: {url}/1",
        "Run it again first if it may be a flake; else revert rather than search for long.",
    ]
    red = last_word(incident)
    assert isinstance(red, f.BuildRed)
    assert [suspect.person for suspect in red.suspects] == ["bob"] * 3


async def test_two_failed_builds_open_none(world: World) -> None:
    await world.built("failed", "failed")

    assert await world.incidents() == []


async def test_a_scheduled_build_does_not_count_and_neither_does_its_repetition_by_hand(world: World) -> None:
    await world.built("failed", "failed")
    await world.built("failed", "failed", source="schedule")
    await world.rebuilt(3, "failed")

    assert await world.incidents() == []


async def test_a_scheduled_build_that_passes_does_not_end_a_series(world: World) -> None:
    await world.built("failed", "failed")
    await world.built("passed", source="schedule")
    await world.built("failed")

    assert len(await world.incidents()) == 1


async def test_a_canceled_build_neither_counts_nor_ends_a_series(world: World) -> None:
    await world.built("failed", "canceled", "failed", "canceled")
    before = await world.incidents()

    await world.built("failed")

    assert (before, len(await world.incidents())) == ([], 1)


async def test_a_build_that_waits_for_a_person_has_passed_what_comes_before(world: World) -> None:
    await world.built("failed", "failed", "blocked", "failed", "failed")

    assert await world.incidents() == []


async def test_a_time_out_counts(world: World) -> None:
    await world.built("failed", "failed")
    await world.timed_out()

    assert len(await world.incidents()) == 1


async def test_where_the_handbook_says_so_a_time_out_does_not_count(world: World) -> None:
    watch = world.house.handbook.builds
    assert watch
    world.house.handbook = replace(world.house.handbook, builds=replace(watch, counts_time_outs=False))
    await world.built("failed", "failed")
    await world.timed_out()

    assert await world.incidents() == []


# --- repetitions ------------------------------------------------------------------------------------------------------------


async def test_a_flake_is_told_by_a_rebuild_that_is_green_on_the_same_commit(world: World) -> None:
    await world.built("failed", "failed")
    await world.rebuilt(2, "passed")
    await world.built("failed")

    assert await world.incidents() == []


async def test_a_build_that_is_repeated_in_vain_counts_once(world: World) -> None:
    await world.built("failed", "failed")
    again = await world.rebuilt(2, "failed")
    await world.rebuilt(again.number, "failed")

    assert await world.incidents() == []


async def test_an_old_commit_that_passes_late_makes_nothing_green(world: World) -> None:
    await world.built("failed", "failed", "failed", "failed")
    await world.rebuilt(1, "passed")

    [incident] = await world.incidents()
    red = last_word(incident)
    assert isinstance(red, f.BuildRed)
    assert [suspect.sha for suspect in red.suspects] == [sha_of(n) for n in (2, 3, 4)]


async def test_the_newest_commit_that_passes_at_its_third_try_is_green_again(world: World) -> None:
    await world.built("failed", "failed", "failed")
    again = await world.rebuilt(3, "failed")
    before = last_word((await world.incidents())[0])
    await world.rebuilt(again.number, "passed")

    [incident] = await world.incidents()
    green = last_word(incident)
    assert isinstance(before, f.BuildRed)
    assert isinstance(green, f.BuildGreen)
    assert green.sha == sha_of(3)


async def test_a_repetition_that_was_canceled_takes_back_no_success(world: World) -> None:
    await world.built("failed", "failed")
    await world.rebuilt(2, "passed")
    await world.rebuilt(2, "canceled")
    await world.built("failed")

    assert await world.incidents() == []


async def test_a_build_whose_job_is_tried_again_ends_as_it_ended_last(world: World) -> None:
    build = await world.built("failed", "failed")
    world.clock.advance(timedelta(minutes=1))
    world.buildkite.end(build, "passed")
    await world.town.settled()
    await world.built("failed")

    assert await world.incidents() == []


async def test_green_again_is_told_and_resolves_nothing(world: World) -> None:
    await world.built("failed", "failed", "failed", "passed")

    [incident] = await world.incidents()
    assert isinstance(last_word(incident), f.BuildGreen)
    assert incident.is_open


# --- what is none of ours ---------------------------------------------------------------------------------------------------


async def test_builds_of_other_branches_and_pipelines_are_ignored_by_name(world: World) -> None:
    world.buildkite.add_pipeline("docs", "acme/docs")
    await world.built("failed", "failed", "failed", branch="topic")
    await world.built("failed", "failed", "failed", slug="docs")
    await world.built("running")

    assert await world.told(1) == "Only builds of main are watched, this one is of topic"
    assert await world.told(1, "docs") == "docs is none of the pipelines whose builds Tocsin watches"
    assert await world.told(4) == "This build has not finished"
    assert await world.told(1, event="build.running") == "Tocsin does nothing with build.running"
    assert await world.told(1, event="ping") == "The webhook is set up"
    assert await world.incidents() == []


async def told_of(world: World) -> tuple[Builds, Pipeline, ToldBuild]:
    """A build as Buildkite tells it, to be changed into what the town does not make."""
    build = await world.built("failed")
    client, now = world.link._door._client, world.clock.now()
    pipeline = await client.pipeline("site", now)
    return Builds(client), pipeline, await client.build("site", build.number, now)


async def test_a_pull_requests_build_and_a_pipeline_without_a_default_branch_are_ignored_by_name(
    world: World,
) -> None:
    taking, pipeline, told = await told_of(world)
    pull = msgspec.structs.replace(told, pull_request={"id": "7"})
    nowhere = msgspec.structs.replace(pipeline, default_branch=None)

    assert await taking.take(world.house, pipeline, pull) == (
        "This build is a pull request's, none of the main branch"
    )
    assert await taking.take(world.house, nowhere, told) == (
        "The pipeline site has no default branch: set it at Buildkite"
    )


async def test_states_and_sources_count_in_whatever_way_they_are_written(world: World) -> None:
    """`CANCELED` is GraphQL's, `cancelled` and `scheduled` are what others have taken Buildkite's words for."""
    taking, pipeline, told = await told_of(world)
    ways = [
        {"state": "CANCELED"},
        {"state": "cancelled"},
        {"source": "scheduled"},
        {"source": "SCHEDULE"},
        {"state": "FAILED"},
        {"state": "Failed"},
    ]
    for n, way in enumerate(ways, start=2):
        build = msgspec.structs.replace(told, number=n, commit=sha_of(n), **way)
        assert await taking.take(world.house, pipeline, build) != "This build has not finished"

    red = last_word((await world.incidents())[0])
    assert isinstance(red, f.BuildRed)
    assert [suspect.sha for suspect in red.suspects] == [sha_of(n) for n in (1, 6, 7)]


async def test_a_build_as_the_documentation_shows_it_is_understood(world: World) -> None:
    """No author, an empty pull request, jobs and a pipeline of which more is told than we read, and less than the town tells."""
    taking, pipeline, _ = await told_of(world)
    shown = {
        "id": "f62a1b4d-10f9-4790-bc1c-e2c3a0c80983",
        "number": 2,
        "state": "passed",
        "cancel_reason": None,
        "blocked": True,
        "message": "Bumping to version 0.2-beta.6",
        "commit": "abcd0b72a1e580e90712cdd9eb26d3fb41cd09c8",
        "branch": "main",
        "env": {},
        "source": "webhook",
        "web_url": "https://buildkite.com/my-great-org/my-pipeline/builds/2",
        "creator": {"id": "3d3c3bf0", "name": "Keith Pitt", "email": "keith@buildkite.com"},
        "jobs": [
            {"type": "script", "state": "passed", "soft_failed": False, "exit_status": 0},
            {"type": "waiter", "state": None},
        ],
        "finished_at": "2015-05-09T21:08:59.874Z",
        "pull_request": {},
        "rebuilt_from": None,
        "pipeline": {"id": "849411f9", "slug": "great-pipeline", "provider": {"id": "github"}},
    }
    told = msgspec.convert(shown, ToldBuild)

    assert await taking.take(world.house, pipeline, told) == "The build is known now"

    row = await world.house.pool.fetchrow(
        "SELECT conclusion, author_name, author_email FROM builds WHERE run = 2"
    )
    assert tuple(row) == ("passed", "Keith Pitt", "keith@buildkite.com")


# --- whose it is ------------------------------------------------------------------------------------------------------------


async def test_what_github_and_buildkite_tell_of_one_repository_is_one_incident(world: World) -> None:
    await world.built("failed", "failed", "failed")

    for n in (1, 2, 3):
        world.clock.advance(timedelta(minutes=1))
        build = Build(
            "acme/site", "main", "actions/7", "CI", n, 1, n, sha_of(n), "bob", "Bob", "", "Change", "push",
            "failure", world.clock.now(), f"https://github.example/{n}",
        )  # fmt: skip
        recorded = await builds.record_build(world.house, build)

    [incident] = await world.incidents()
    assert recorded == builds.Recorded(builds.ADDED, incident.ref)
    assert [report.source for report in incident.reports] == ["buildkite", "github"]


ADDRESSES = [
    ("git@github.com:acme/site.git", "acme/site"),
    ("https://github.com/acme/site.git", "acme/site"),
    ("ssh://git@git.acme.example:22/acme/site.git/", "acme/site"),
    ("https://gitlab.example/group/part/site", "part/site"),
    ("site.git", "site"),
    (None, "the-site"),
]


@pytest.mark.parametrize(("address", "called"), ADDRESSES)
def test_a_pipelines_repository_is_called_as_github_calls_it(address: str | None, called: str) -> None:
    assert told_builds._repository(Pipeline("id", "the-site", "Site", address)) == called


async def test_a_user_name_counts_as_a_login_only_where_the_code_is_on_github(
    world: World,
) -> None:
    taking, pipeline, told = await told_of(world)
    gitlab = msgspec.structs.replace(pipeline, id="another", provider=Provider("gitlab"))
    await taking.take(world.house, gitlab, told)

    rows = await world.house.pool.fetch("SELECT author_login, author_email FROM builds ORDER BY author_login")
    assert [tuple(row) for row in rows] == [("", "bob@acme.example"), ("bob", "bob@acme.example")]
