"""A build that is run again, against the GitHub of the town: failed jobs of a workflow run, or another app's check suite; once."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from tocsin.core import facts as f
from tocsin.core.work import BUILD_RERUN, Delivered, Desk, Refused, Work
from tocsin.integrations.github import GitHubLink
from tocsin.integrations.github.reach import GitHubReach
from tocsin.town import Town
from tocsin.town.github import Run

MakeDesk = Callable[..., Desk]
SITE = "acme/site"
AGAIN = Work(BUILD_RERUN, "INC-7/rerun/B1", "INC-7/rerun/B1", "github", {"rerun": "B1"})


@pytest.fixture
def reach(link: GitHubLink) -> GitHubReach:
    assert isinstance(link.reach, GitHubReach)
    return link.reach


@pytest.fixture
async def run(town: Town) -> Run:
    """One of two checks of it has failed."""
    wrong = {"file": "app.py", "contains": "oops"}
    checks = json.dumps({"checks": [{"name": "lint"}, {"name": "test", "fails_if": wrong}]})
    site = await town.github.repository(SITE, {"ci.json": checks})
    await site.commit("main", {"app.py": "oops\n"}, author="bob", message="One")
    await town.settled()
    return town.github.runs(SITE)[0]


def asked(build: int, sha: str, desk: Desk, stream: str = "actions/1") -> f.BuildRerunAsked:
    return f.BuildRerunAsked(
        rerun="B1",
        repository=SITE,
        branch="main",
        workflow="CI",
        stream=stream,
        build=build,
        attempt=1,
        failed_at=desk.now,
        sha=sha,
        title="One",
        url="https://github.com/acme/site/commit/1/checks",
        via="github",
        until=desk.now + timedelta(hours=1),
    )


def desk_of(make_desk: MakeDesk, run: Run) -> Desk:
    return make_desk(asked(run.id, run.commit.sha, make_desk()))


async def test_what_failed_of_a_run_is_run_again_and_the_rest_stands(
    town: Town, reach: GitHubReach, make_desk: MakeDesk, run: Run
) -> None:
    outcome = await reach.carry_out(AGAIN, desk_of(make_desk, run), 1)
    await town.settled()

    assert outcome == Delivered({"url": run.html_url})
    assert (run.attempt, run.conclusion) == (2, "failure")
    repo = town.github.board.repo(SITE)
    assert repo
    names = [one.name for one in town.github.code.checks.of(repo).runs]
    assert names == ["lint", "test", "test"]


async def test_a_second_try_finds_what_the_first_one_did(
    town: Town, reach: GitHubReach, make_desk: MakeDesk, run: Run
) -> None:
    desk = desk_of(make_desk, run)
    await reach.carry_out(AGAIN, desk, 1)

    again = [await reach.carry_out(AGAIN, desk, 2)]
    await town.settled()
    again.append(await reach.carry_out(AGAIN, desk, 3))

    assert again == [Delivered({"url": run.html_url})] * 2
    assert run.attempt == 2


async def test_one_that_may_not_be_run_again_is_refused_with_the_reason(
    town: Town, reach: GitHubReach, make_desk: MakeDesk, run: Run
) -> None:
    run.status = "in_progress"  # Of the first attempt still: GitHub says 403.

    outcome = await reach.carry_out(AGAIN, desk_of(make_desk, run), 1)

    assert isinstance(outcome, Refused)
    assert "This workflow is already running" in outcome.why


async def test_a_run_that_github_has_no_more_is_refused(reach: GitHubReach, make_desk: MakeDesk, run: Run) -> None:  # fmt: skip
    outcome = await reach.carry_out(AGAIN, make_desk(asked(99, run.commit.sha, make_desk())), 1)

    assert isinstance(outcome, Refused)
    assert outcome.why.startswith("GitHub knows no such thing")


async def test_another_apps_check_suite_is_asked_for_again_once(
    town: Town, reach: GitHubReach, make_desk: MakeDesk, run: Run
) -> None:
    checks, repo = town.github.code.checks, town.github.board.repo(SITE)
    assert repo
    made = checks.start(repo, run.commit.sha, "circle", app="circleci-checks")
    checks.update(repo, made, "completed", "failure")
    desk = make_desk(asked(made.suite_id, run.commit.sha, make_desk(), "app/18001"))

    outcomes = [await reach.carry_out(AGAIN, desk, attempt) for attempt in (1, 2)]

    newest = checks.runs(repo, run.commit.sha)[-1]
    assert [type(one) for one in outcomes] == [Delivered, Delivered]
    assert [one.suite_id for one in checks.of(repo).runs if one.name == "circle"] == [made.suite_id] * 2
    assert (newest.suite_id, newest.conclusion) == (made.suite_id, None)
    asked_again = [one for name, one in town.github.webhooks.sent if name == "check_suite"]
    assert [one["action"] for one in asked_again][-1] == "rerequested"
