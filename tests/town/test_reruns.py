"""Builds that are run again in the town: what failed of a run, one without any code, and the check suite of another app."""

from __future__ import annotations

import json

import httpx2
import pytest

from tocsin.town import Town
from tocsin.town.github import Repository
from town.conftest import Listener
from town.specs import check_webhook

SITE = "acme/site"


@pytest.fixture
async def site(town: Town) -> Repository:
    wrong = {"file": "app.py", "contains": "oops"}
    return await town.github.repository(
        SITE, {"ci.json": json.dumps({"checks": [{"name": "lint"}, {"name": "test", "fails_if": wrong}]})}
    )


async def test_what_passed_is_not_run_again_with_what_failed(
    town: Town, github: httpx2.AsyncClient, site: Repository
) -> None:
    sha = await site.commit("main", {"app.py": "oops\n"}, author="bob", message="One")
    await town.settled()
    run = town.github.runs(SITE)[0]
    runs = f"/repos/{SITE}/actions/runs/{run.id}"

    answer = await github.post(f"{runs}/rerun-failed-jobs")
    attempt = (await github.get(runs)).json()["run_attempt"]
    await town.settled()

    all_of_it = (await github.get(f"/repos/{SITE}/commits/{sha}/check-runs?filter=all")).json()["check_runs"]
    assert (answer.status_code, attempt) == (201, 2), "the next attempt shows at once"
    assert [one["name"] for one in all_of_it] == ["lint", "test", "test"]
    assert run.conclusion == "failure"


async def test_a_run_that_passed_has_no_failed_jobs(
    town: Town, github: httpx2.AsyncClient, site: Repository
) -> None:
    await site.commit("main", {"app.py": "fine\n"}, author="bob", message="One")
    await town.settled()

    answer = await github.post(f"/repos/{SITE}/actions/runs/{town.github.runs(SITE)[0].id}/rerun-failed-jobs")

    assert (answer.status_code, answer.json()["message"]) == (403, "This workflow run cannot be retried")


async def test_a_run_without_code_ends_as_before_or_as_a_story_orders(
    town: Town, github: httpx2.AsyncClient
) -> None:
    town.github.add_repo("acme/name")
    await town.github.run("acme/name", town.github.push("acme/name", "bob", "One"))
    run = town.github.runs("acme/name")[0]
    ends = []
    for ordered in ((), ("success",)):
        town.ci.order("acme/name", *ordered)
        await github.post(f"/repos/acme/name/actions/runs/{run.id}/rerun")
        await town.settled()
        ends.append((run.attempt, run.conclusion))

    assert ends == [(2, "failure"), (3, "success")]


async def test_a_check_suite_that_is_asked_for_again_waits_and_its_app_is_told(
    town: Town, github: httpx2.AsyncClient, app: Listener, site: Repository
) -> None:
    sha = await site.head("main") or ""
    made = await github.post(
        f"/repos/{SITE}/check-runs", json={"name": "circle", "head_sha": sha, "conclusion": "failure"}
    )
    suite = f"/repos/{SITE}/check-suites/{made.json()['check_suite']['id']}"
    before = (await github.get(suite)).json()

    answer = await github.post(f"{suite}/rerequest")
    await town.settled()

    after = (await github.get(suite)).json()
    heard = app.heard[-1]
    check_webhook("check_suite", heard.json)
    assert (answer.status_code, heard.json["action"]) == (201, "rerequested")
    assert [(one["status"], one["conclusion"]) for one in (before, after)] == [
        ("completed", "failure"),
        ("queued", None),
    ]
    assert (await github.get(f"/repos/{SITE}/check-suites/1")).status_code == 404
