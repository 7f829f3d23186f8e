"""What the town answers and tells of code fits GitHub's own description."""

from __future__ import annotations

import httpx2

from tocsin.town import Town
from tocsin.town.github import Protection, Reviews, Who
from town.conftest import Listener
from town.specs import check_github, check_webhook

SITE = "acme/site"
CODE = f"/repos/{SITE}"


def check_all(town: Town) -> None:
    """Every call of the log that GitHub describes."""
    for exchange in list(town.requests):
        if exchange.path.startswith("/github/repos/"):
            check_github(exchange)


async def test_commits_branches_files_and_pushes(
    town: Town, app: Listener, github: httpx2.AsyncClient
) -> None:
    site = await town.github.repository(SITE, {"a": "1\n", "docs/b": "1\n"})
    town.github.protect(SITE, "main", Protection(contexts=["ci"]))
    sha = await site.commit(
        "topic", {"a": "2\n", "docs/b": None, "d": "1\n"}, author="bob", message="Two", start="main"
    )
    await site.delete("topic", "bob")
    await site.branch("topic", sha, "bob")

    for path in (
        "/commits", "/commits/topic", "/compare/main...topic", "/branches", "/branches?protected=true",
        "/branches/main", "/branches/topic", "/branches/nothing", "/git/ref/heads/main",
        "/git/matching-refs/heads/", f"/git/commits/{sha}", "/contents/a", "/contents/nothing",
    ):  # fmt: skip
        await github.get(CODE + path)
    await github.put(f"{CODE}/contents/e", json={"message": "E", "content": "ZQo=", "branch": "topic"})
    await town.settled()

    check_all(town)
    for heard in app.heard:
        check_webhook(heard.headers["x-github-event"], heard.json)
    assert len(app.heard) == 4


async def test_pull_requests_checks_and_protection(
    town: Town, app: Listener, github: httpx2.AsyncClient
) -> None:
    site = await town.github.repository(SITE, {"a": "1\n"})
    town.github.board.teams["stampers"] = ["alice"]
    town.github.add_member("alice")
    rule = Protection(
        contexts=["ci"],
        reviews=Reviews(bypass=Who(apps=["tocsin"])),
        restrictions=Who(["alice"], ["stampers"], ["tocsin"]),
    )
    town.github.protect(SITE, "main", rule)
    sha = await site.commit("topic", {"a": "2\n"}, author="bob", message="Two", start="main")
    pull, commit = f"{CODE}/pulls/1", f"{CODE}/commits/{sha}"

    await github.post(f"{CODE}/pulls", json={"title": "Two", "head": "topic", "base": "main", "body": "b"})
    await github.post(f"{CODE}/pulls", json={"title": "Two", "head": "topic", "base": "main"})
    await github.patch(pull, json={"title": "2", "state": "closed"})
    await github.patch(pull, json={"state": "open"})
    await github.post(
        f"{pull}/requested_reviewers", json={"reviewers": ["alice"], "team_reviewers": ["stampers"]}
    )
    await github.post(f"{CODE}/issues/1/labels", json={"labels": ["bug"]})
    await github.delete(f"{CODE}/issues/1/labels/bug")
    await github.put(f"{pull}/merge", json={"sha": sha})
    made = await github.post(f"{CODE}/check-runs", json={"name": "ci", "head_sha": sha, "status": "queued"})
    await github.patch(
        f"{CODE}/check-runs/{made.json()['id']}",
        json={"conclusion": "success", "output": {"title": "t", "summary": "s"}},
    )
    await github.get(f"{CODE}/check-runs/{made.json()['id']}")
    await github.post(
        f"{CODE}/statuses/{sha}",
        json={"state": "success", "context": "lint", "target_url": "https://ci.example/1"},
    )
    await github.post(f"{pull}/reviews", json={"event": "COMMENT", "body": "Hm"})
    await town.github.review("alice", SITE, 1)
    for path in ("check-runs", "check-suites", "status", "statuses", "pulls"):
        await github.get(f"{commit}/{path}")
    for path in ("", "/commits", "/files", "/requested_reviewers", "/reviews"):
        await github.get(pull + path)
    await github.put(f"{pull}/merge", json={"sha": sha, "merge_method": "squash"})
    for path in (
        "/pulls?state=all",
        "/pulls?head=acme:topic",
        "/branches/main/protection",
        "/collaborators/alice/permission",
    ):
        await github.get(CODE + path)
    await town.settled()

    check_all(town)
    for heard in app.heard:
        check_webhook(heard.headers["x-github-event"], heard.json)
    assert {heard.json["action"] for heard in app.heard if "pull_request" in heard.json} == {
        "opened", "edited", "closed", "reopened", "review_requested", "submitted", "labeled", "unlabeled",
    }  # fmt: skip


async def test_deployments_releases_and_workflows(
    town: Town, app: Listener, github: httpx2.AsyncClient
) -> None:
    deploy = "name: Deploy\non: workflow_dispatch\n"
    files = {".github/workflows/deploy.yml": deploy, ".github/workflows/x.yml": "on: push\n"}
    site = await town.github.repository(SITE, files | {"ci.json": '{"checks": [{"name": "test"}]}'})
    sha = await site.commit("main", {"a": "2\n"}, author="bob", message="Two")
    await town.settled()
    one = f"{CODE}/actions/workflows/deploy.yml"

    made = await github.post(
        f"{CODE}/deployments", json={"ref": "main", "payload": {"a": 1}, "description": "d"}
    )
    statuses = f"{CODE}/deployments/{made.json()['id']}/statuses"
    await github.post(
        statuses, json={"state": "success", "log_url": "https://ci.example/1", "description": "d"}
    )
    await github.post(f"{CODE}/deployments", json={"ref": "nothing"})
    await github.post(f"{CODE}/releases", json={"tag_name": "v1", "name": "One", "body": "b"})
    refused = [
        await github.put(f"{one}/disable"),
        await github.post(f"{one}/dispatches", json={"ref": "main"}),
    ]
    off = (await github.get(one)).json()["state"]
    await github.put(f"{one}/enable")
    asked = {"ref": "main", "inputs": {"version": sha}}
    await github.post(f"{one}/dispatches", json=asked)
    await github.post(f"{one}/dispatches", json=asked | {"return_run_details": True})
    await town.settled()
    for path in (
        "/deployments", "/deployments?environment=production", "/releases", "/releases/latest", "/releases/tags/v1",
        "/actions/workflows", "/actions/workflows/deploy.yml/runs", "/actions/runs", "/actions/runs?status=completed",
    ):  # fmt: skip
        await github.get(CODE + path)
    await github.get(statuses)
    run = town.github.runs(SITE)[0]
    await github.post(f"{CODE}/actions/runs/{run.id}/rerun")
    await town.settled()

    for exchange in list(town.requests):
        undescribed = exchange.path.endswith(("/disable", "/enable", "/dispatches"))  # Or their errors are.
        if not undescribed or exchange.status == 200:
            check_github(exchange)
    for heard in app.heard:
        if "release" not in heard.json:  # Nor is this event.
            check_webhook(heard.headers["x-github-event"], heard.json)
    assert [answer.status_code for answer in refused] == [204, 422]
    assert off == "disabled_manually"
    assert [run.event for run in town.github.runs(SITE)] == ["push", "workflow_dispatch", "workflow_dispatch"]
    assert {run.conclusion for run in town.github.runs(SITE)} == {"success"}
