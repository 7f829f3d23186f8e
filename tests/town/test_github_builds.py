"""GitHub's commits and builds, and what is sent when a build ends."""

from __future__ import annotations

import httpx2
import pytest

from tocsin.town import Town
from town.conftest import Listener

REPO = "acme/website"
RUNS = f"/repos/{REPO}/actions/runs"
COMMITS = f"/repos/{REPO}/commits"


async def test_a_finished_run_tells_of_its_run_and_its_check_suite(town: Town, app: Listener) -> None:
    sha = town.github.push(REPO, "bob", "Speed up sign-in")

    answer = await town.github.run(REPO, sha, conclusion="timed_out")

    run, suite = (heard.json for heard in app.heard)
    assert answer.ok
    assert [heard.headers["x-github-event"] for heard in app.heard] == ["workflow_run", "check_suite"]
    assert run["workflow_run"]["head_sha"] == suite["check_suite"]["head_sha"] == sha
    assert run["workflow_run"]["head_branch"] == run["repository"]["default_branch"] == "main"
    assert run["workflow_run"]["head_commit"]["author"]["name"] == "bob"
    assert run["workflow_run"]["conclusion"] == suite["check_suite"]["conclusion"] == "timed_out"
    assert run["workflow_run"]["event"] == "push"
    assert run["workflow_run"]["check_suite_id"] == suite["check_suite"]["id"]


async def test_runs_of_a_workflow_are_numbered(town: Town, app: Listener) -> None:
    sha = town.github.push(REPO, "bob", "Speed up sign-in")
    await town.github.run(REPO, sha)
    await town.github.run(REPO, sha, "Nightly", event="schedule")
    await town.github.run(REPO, sha, conclusion="success")

    assert [run.number for run in town.github.runs(REPO)] == [1, 1, 2]
    assert [run["event"] for run in town.as_json()["github"]["runs"]] == ["push", "schedule", "push"]


async def test_commits_are_listed_newest_first_with_their_parents(
    town: Town, github: httpx2.AsyncClient
) -> None:
    first, second, third = (town.github.push(REPO, "bob", f"change {number}") for number in range(3))

    page = await github.get(COMMITS, params={"sha": second, "per_page": 1})
    rest = await github.get(page.links["next"]["url"])
    tip = await github.get(f"{COMMITS}/main")
    assert [commit["sha"] for commit in page.json() + rest.json()] == [second, first]
    assert (tip.json()["sha"], tip.json()["parents"][0]["sha"]) == (third, second)
    assert tip.json()["author"]["login"] == "bob"


async def test_commits_can_be_narrowed_to_an_author_and_a_time(
    town: Town, github: httpx2.AsyncClient
) -> None:
    town.github.push(REPO, "alice", "a")
    town.github.push(REPO, "bob", "b")

    alices = await github.get(COMMITS, params={"author": "alice"})
    late = await github.get(COMMITS, params={"since": "2027-01-01T00:00:00Z"})
    early = await github.get(COMMITS, params={"until": "2025-01-01T00:00:00Z"})
    assert [commit["commit"]["message"] for commit in alices.json()] == ["a"]
    assert late.json() == early.json() == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param({}, ["success", "failure", "failure"], id="all, newest first"),
        pytest.param({"branch": "main"}, ["success", "failure"], id="a branch"),
        pytest.param({"event": "schedule"}, ["success"], id="an event"),
        pytest.param({"status": "failure"}, ["failure", "failure"], id="how they ended"),
        pytest.param({"status": "completed", "per_page": "1"}, ["success"], id="a page of those completed"),
        pytest.param({"status": "queued"}, [], id="none waits"),
        pytest.param({"head_sha": "0" * 40}, [], id="a commit without runs"),
    ],
)
async def test_runs_can_be_narrowed(
    town: Town, github: httpx2.AsyncClient, asked: dict[str, str], found: list[str]
) -> None:
    sha = town.github.push(REPO, "bob", "a")
    await town.github.run(REPO, sha, branch="other")
    await town.github.run(REPO, sha)
    await town.github.run(REPO, sha, "Nightly", "success", "schedule")

    answer = (await github.get(RUNS, params=asked)).json()

    assert [run["conclusion"] for run in answer["workflow_runs"]] == found


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param(COMMITS, 409, id="the commits of an empty repository"),
        pytest.param(f"{COMMITS}/0000000", 422, id="a commit that is not there"),
        pytest.param(f"{RUNS}/1", 404, id="a run that is not there"),
    ],
)
async def test_what_is_not_there_is_refused(github: httpx2.AsyncClient, path: str, status: int) -> None:
    assert (await github.get(path)).status_code == status


@pytest.mark.parametrize(
    ("more", "why"),
    [
        pytest.param({"sha": "0" * 40}, "no commit", id="a commit"),
        pytest.param({"conclusion": "broken"}, "No run ends", id="an end"),
        pytest.param({"event": "whim"}, "Nothing is run", id="an event"),
    ],
)
async def test_a_run_of_what_github_does_not_have_is_found_out(
    town: Town, more: dict[str, str], why: str
) -> None:
    sha = town.github.push(REPO, "bob", "a")

    with pytest.raises(ValueError, match=why):
        await town.github.run(REPO, **({"sha": sha} | more))


@pytest.mark.parametrize("event", ["workflow_run", "check_suite", "issue_comment", "pull_request"])
async def test_each_kind_of_webhook_can_be_made_to_come_twice(town: Town, app: Listener, event: str) -> None:
    town.faults.add("github", event, "duplicate_event")

    await town.github.open_pull("bob", REPO, "Mend it")
    await town.github.comment("jane", REPO, 1, "Thank you")
    await town.github.run(REPO, town.github.push(REPO, "bob", "a"))

    twice = [h.headers["x-github-delivery"] for h in app.heard if h.headers["x-github-event"] == event]
    assert len(twice) == 2
    assert len(set(twice)) == 1
    assert len(app.heard) == 5


@pytest.mark.parametrize("kind", ["429", "500", "503"])
@pytest.mark.parametrize("path", [COMMITS, RUNS])
async def test_reading_builds_can_fail(town: Town, github: httpx2.AsyncClient, path: str, kind: str) -> None:
    town.github.push(REPO, "bob", "a")
    town.faults.add("github", f"GET {path}", kind, retry_after=7)

    failed, mended = await github.get(path), await github.get(path)

    assert (failed.status_code, failed.headers["retry-after"]) == (int(kind), "7")
    assert mended.status_code == 200


async def test_an_assignment_can_be_made_and_its_answer_lost(
    town: Town, app: Listener, github: httpx2.AsyncClient
) -> None:
    town.github.add_member("alice")
    await town.github.open_issue("jane", REPO, "Broken")
    town.faults.add("github", "PATCH /repos/*/issues/1", "lost_answer")

    with pytest.raises(httpx2.TransportError):
        await github.patch(f"/repos/{REPO}/issues/1", json={"assignees": ["alice"], "body": "now"})
    await town.settled()

    assert town.github.issue(REPO, 1).assignees == ["alice"]
    assert sorted(heard.json["action"] for heard in app.heard) == ["assigned", "edited", "opened"]


async def test_the_page_shows_the_builds_of_the_default_branch(town: Town, web: httpx2.AsyncClient) -> None:
    form = {"repo": REPO, "user": "bob", "message": "Speed up <sign-in>", "conclusion": "timed_out"}
    await web.post("/github/build", data=form)
    await town.settled()
    await town.github.run(REPO, town.github.runs(REPO)[0].commit.sha, "Elsewhere", branch="other")

    page = (await web.get(f"/github/{REPO}")).text
    assert "Builds of main" in page
    assert "Speed up &lt;sign-in&gt;" in page
    assert "<b>timed out</b> CI #1" in page
    assert "Elsewhere" not in page


async def test_a_build_that_cannot_be_is_not_pushed(town: Town, web: httpx2.AsyncClient) -> None:
    await web.post("/github/build", data={"repo": REPO, "message": "a", "conclusion": "broken"})

    assert "Builds of main" not in (await web.get("/github")).text
