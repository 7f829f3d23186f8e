"""The webhook's events about builds, as GitHub's own examples have them and as nobody should send them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from github_builds import GitHub, github_of, run_of, suite_of
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.store import builds as rows

RECORDED = {
    "action": "completed",
    "organization": {"login": "Codertocat", "id": 33435682},
    "workflow": {
        "id": 16340987,
        "name": "Manually triggered workflow",
        "path": ".github/workflows/syntax.yml",
    },
    "workflow_run": {
        "check_suite_id": 4683454167,
        "conclusion": "failure",
        "created_at": "2021-12-16T19:37:22Z",
        "event": "workflow_dispatch",
        "head_branch": "main",
        "head_commit": {
            "author": {"email": "octocat@github.com", "name": "Mona Lisa"},
            "id": "5779607b49aab1200488439f02372c57b4f75444",
            "message": "Update milestone-created.yml",
            "timestamp": "2021-12-16T19:37:14Z",
        },
        "head_repository": {"full_name": "octo-org/octo-repo", "private": True},
        "head_sha": "5779607b49aab1200488439f02372c57b4f75444",
        "html_url": "https://github.com/octo-org/octo-repo/actions/runs/1589141559",
        "id": 1589141559,
        "name": "Manually triggered workflow",
        "pull_requests": [],
        "run_attempt": 1,
        "run_number": 36,
        "status": "completed",
        "updated_at": "2021-12-16T19:37:22Z",
        "workflow_id": 16340987,
    },
    "repository": {
        "full_name": "octo-org/octo-repo",
        "default_branch": "main",
        "html_url": "https://github.com/octo-org/octo-repo",
    },
}
"""From GitHub's own examples (octokit/webhooks), cut to what is read; ended, and in one repository."""


@pytest.fixture
async def github(house: House, clock: HandClock) -> AsyncIterator[GitHub]:
    github = github_of(house, clock, "Octo-Org/*")
    yield github
    await github.web.aclose()


async def test_a_run_is_understood_as_github_s_own_example_tells_it(house: House, github: GitHub) -> None:
    answer = await github.deliver("workflow_run", RECORDED)

    async with house.pool.acquire() as conn:
        (build,) = await rows.newest(conn, "octo-org/octo-repo", "actions/16340987", "main")
    assert answer == {"ok": "The build is known now"}
    assert (build.workflow, build.run, build.number) == ("Manually triggered workflow", 1589141559, 36)
    assert (build.author_name, build.author_email) == ("Mona Lisa", "octocat@github.com")
    assert (build.title, build.event) == ("Update milestone-created.yml", "workflow_dispatch")


async def test_the_builds_of_other_repositories_are_ignored_by_name(house: House, github: GitHub) -> None:
    """A webhook of a whole organisation brings those of every repository."""
    attic = {"repository": {**RECORDED["repository"], "full_name": "acme/attic"}}  # type: ignore[dict-item]
    ignored = {"ignored": "acme/attic is none of the repositories whose builds Tocsin watches"}

    assert await github.deliver("workflow_run", {**RECORDED, **attic}) == ignored
    assert await github.suite(repository="acme/attic") == ignored
    async with house.pool.acquire() as conn:
        assert await rows.newest(conn, "acme/attic", "actions/16340987", "main") == []


def without(payload: dict[str, Any], part: str, key: str) -> dict[str, Any]:
    return {**payload, part: {name: value for name, value in payload[part].items() if name != key}}


@pytest.mark.parametrize(
    ("part", "key"),
    [("workflow_run", "head_sha"), ("workflow_run", "updated_at"), ("repository", "full_name")],
)
async def test_a_run_without_what_is_always_there_is_refused_by_name(
    github: GitHub, part: str, key: str
) -> None:
    answer = await github.deliver("workflow_run", without(RECORDED, part, key))

    assert answer["error"].startswith("This is no workflow_run event as GitHub describes it")
    assert f"`{key}`" in answer["error"]


@pytest.mark.parametrize("key", ["head_commit", "head_repository", "run_attempt"])
async def test_a_run_without_what_may_be_missing_is_taken(github: GitHub, key: str) -> None:
    answer = await github.deliver("workflow_run", without(RECORDED, "workflow_run", key))

    assert answer == {"ok": "The build is known now"}


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 1.5, "1"])
async def test_numbers_that_no_database_takes_are_refused_by_name(github: GitHub, number: object) -> None:
    run = {**RECORDED["workflow_run"], "id": number}  # type: ignore[dict-item]

    answer = await github.deliver("workflow_run", {**RECORDED, "workflow_run": run})

    assert answer["error"].startswith("This is no workflow_run event as GitHub describes it")


async def test_a_time_without_a_zone_is_refused_by_name(github: GitHub) -> None:
    run = {**RECORDED["workflow_run"], "updated_at": "2021-12-16T19:37:22"}  # type: ignore[dict-item]

    answer = await github.deliver("workflow_run", {**RECORDED, "workflow_run": run})

    assert "`$.workflow_run.updated_at`" in answer["error"]


async def test_words_that_no_database_takes_are_kept_without_what_it_does_not_take(
    house: House, github: GitHub, clock: HandClock
) -> None:
    said = "a\x00b" + "x" * 5000 + "\nmore"
    payload = run_of(1, "failure", clock.now(), author="\x00Al", message=said, workflow="\x00CI")

    answer = await github.deliver("workflow_run", payload)

    async with house.pool.acquire() as conn:
        (build,) = await rows.newest(conn, "acme/website", "actions/161", "main")
    assert answer == {"ok": "The build is known now"}
    assert (build.workflow, build.title[:3], len(build.title)) == ("CI", "abx", 300)


async def test_a_check_suite_that_has_not_finished_is_ignored(github: GitHub, clock: HandClock) -> None:
    answer = await github.deliver("check_suite", suite_of(1, None, clock.now()))

    assert answer == {"ignored": "This check suite has not finished"}


async def test_a_check_suite_of_no_app_is_ignored(github: GitHub, clock: HandClock) -> None:
    payload = suite_of(1, "failure", clock.now())
    payload["check_suite"]["app"] = None

    assert await github.deliver("check_suite", payload) == {"ignored": "This check suite is of no app"}
