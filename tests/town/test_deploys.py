"""The town's CI, deploys and Renovate, around one website: all by real commits."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from tocsin.town import Town, acme
from tocsin.town.acme import BAD, DEPLOY, GOOD, SITE
from tocsin.town.deploys import image
from tocsin.town.github import Protection, Repository
from tocsin.town.renovate import LOGIN, merges_itself, plain_json
from town.conftest import Listener

CI = json.dumps({"checks": [{"name": "test", "fails_if": {"file": "app.py", "contains": "oops"}}]})
OOPS = {"signin.py": "SyntaxError\n"}


@pytest.fixture
async def site(town: Town) -> Repository:
    """A website that works, deployed from acme/deploy at `release`."""
    made = await acme.build(town)
    town.github.code.protections.remove(town.github.code.repo(SITE), "main")
    return made.site


async def deploy_of(town: Town) -> Repository:
    return await town.github.repository(DEPLOY)


async def test_a_bad_commit_goes_live_by_itself_and_breaks_the_site(
    town: Town, app: Listener, web: httpx2.AsyncClient, site: Repository
) -> None:
    before = (await web.get("/site/healthz")).json()
    bad = await site.commit("main", {"signin.py": BAD}, author="bob", message="Speed up sign-in")
    await town.settled()

    after = await web.get("/site/healthz")
    merged = town.github.issues(DEPLOY)[0]
    events = [heard.headers["x-github-event"] for heard in app.heard]
    assert (before["status"], after.status_code, after.json()["version"]) == ("ok", 503, bad)
    assert (merged.user, merged.state) == (LOGIN, "closed")
    assert {"push", "check_run", "workflow_run", "pull_request", "deployment", "deployment_status"} <= set(
        events
    )


async def test_a_rollback_without_a_freeze_is_rolled_forward_again_and_with_one_it_stays(
    town: Town, site: Repository
) -> None:
    good = await site.head("main") or ""
    bad = await site.commit("main", {"signin.py": BAD}, author="bob", message="Speed up sign-in")
    await town.settled()
    deploy = await deploy_of(town)

    await deploy.commit("release", {"site.json": image(good)}, author="alice", message="Roll back")
    await town.settled()
    rolled_forward = town.site.version
    frozen = {"site.json": image(good), "renovate.json": '{"enabled": false}'}
    await deploy.commit("release", frozen, author="alice", message="Roll back and freeze")
    await town.settled()

    assert [one.version for one in town.deploys.history] == [good, bad, good, bad, good]
    assert rolled_forward == bad
    assert town.site.status == "up"


async def test_what_is_red_is_not_deployed_nor_updated_to(town: Town, site: Repository) -> None:
    good = town.site.version
    deploy = await deploy_of(town)

    await site.commit("main", OOPS, author="bob", message="Oops")
    await deploy.commit("release", OOPS, author="alice", message="Oops")
    await town.settled()

    assert town.site.version == good
    assert not town.github.issues(DEPLOY)
    assert town.github.runs(SITE)[-1].conclusion == "failure"


async def test_an_update_waits_for_people_where_the_configuration_does_not_merge(
    town: Town, site: Repository
) -> None:
    deploy = await deploy_of(town)
    await deploy.commit("release", {"renovate.json": "{}"}, author="alice", message="By hand")

    await site.commit("main", {"signin.py": BAD}, author="bob", message="Speed up sign-in")
    await town.settled()
    waiting = [(one.user, one.state) for one in town.github.issues(DEPLOY)]
    newest = await site.commit("main", {"signin.py": GOOD}, author="bob", message="Mend it")
    await town.settled()
    await town.github.merge_pull("alice", DEPLOY, 1)
    await town.settled()

    assert waiting == [(LOGIN, "open")]
    assert town.site.version == newest


async def test_a_pending_update_merges_by_github_itself_though_renovate_was_switched_off(
    town: Town, site: Repository
) -> None:
    town.github.protect(DEPLOY, "release", Protection(contexts=["test"]))
    town.ci.hold(DEPLOY)
    deploy = await deploy_of(town)
    bad = await site.commit("main", {"signin.py": BAD}, author="bob", message="Speed up sign-in")
    await town.settled()

    await deploy.commit("release", {"renovate.json": '{"enabled": false}'}, author="alice", message="Freeze")
    town.ci.release(DEPLOY)
    await town.settled()

    assert town.site.version == bad


@pytest.mark.parametrize("how", ["draft", "label", "closed"])
async def test_a_held_update_is_not_merged(town: Town, site: Repository, how: str) -> None:
    good = town.site.version
    town.ci.hold(DEPLOY)
    await site.commit("main", {"signin.py": BAD}, author="bob", message="Speed up sign-in")
    await town.settled()
    issue, repo, pulls = town.github.issues(DEPLOY)[0], town.github.code.repo(DEPLOY), town.github.code.pulls

    if how == "draft":
        pulls.set_draft(repo, issue, "alice", True)
    elif how == "label":
        await town.github.label_issue("alice", DEPLOY, 1, "stop-updating")
    else:
        await town.github.close_issue("alice", DEPLOY, 1)
    town.ci.release(DEPLOY)
    await town.settled()
    await town.renovate.look()

    assert town.site.version == good
    assert len(town.github.issues(DEPLOY)) == 1


async def test_a_change_is_merged_when_its_check_is_green_and_all_the_rest_follows(town: Town) -> None:
    company = await acme.build(town)
    works = town.site.status

    bad = await company.break_signin()

    pull = town.github.issues(SITE)[0]
    assert (works, town.site.status, town.site.version) == ("up", "down", bad)
    assert (pull.user, pull.state, pull.pull and pull.pull.merge_sha) == ("bob", "closed", bad)
    assert [one.version for one in town.deploys.history] == [company.good, bad]


async def test_a_version_is_put_live_by_a_workflow_that_is_started_by_hand(
    town: Town, github: httpx2.AsyncClient
) -> None:
    company = await acme.build(town)
    await company.break_signin()
    path = f"/repos/{DEPLOY}/actions/workflows/deploy.yml/dispatches"

    answer = await github.post(path, json={"ref": "release", "inputs": {"version": company.good}})
    await town.settled()

    assert answer.status_code == 204
    assert (town.site.status, town.site.version) == ("up", company.good)
    assert (await github.get(f"/repos/{DEPLOY}/actions/runs")).json()["workflow_runs"][0][
        "conclusion"
    ] == "success"


async def test_builds_take_their_time_by_the_towns_clock() -> None:
    now = [datetime(2026, 11, 25, 12, 0, tzinfo=UTC)]
    town = Town(now=lambda: now[0])
    slow = json.dumps({"checks": [{"name": "test", "seconds": 120, "hangs": True}]})
    site = await town.github.repository(SITE, {"ci.json": slow})
    try:
        await site.commit("main", {"a": "1\n"}, author="bob", message="One")
        await town.settled()
        under_way = town.github.runs(SITE)[0].status
        now[0] += timedelta(seconds=121)
        town.timers.begin_due()
        await town.settled()
    finally:
        await town.stop()

    assert under_way == "in_progress"
    assert town.github.runs(SITE)[0].conclusion == "timed_out"


async def test_a_flake_is_green_when_it_is_run_again(town: Town, github: httpx2.AsyncClient) -> None:
    flaky = json.dumps({"checks": [{"name": "test", "flaky": 1}]})
    site = await town.github.repository(SITE, {"ci.json": flaky})
    sha = await site.commit("main", {"a": "1\n"}, author="bob", message="One")
    await town.settled()
    run = town.github.runs(SITE)[0]
    first = run.conclusion

    answer = await github.post(f"/repos/{SITE}/actions/runs/{run.id}/rerun-failed-jobs")
    await town.settled()

    checks = (await github.get(f"/repos/{SITE}/commits/{sha}/check-runs")).json()
    assert (first, answer.status_code) == ("failure", 201)
    assert (run.conclusion, run.attempt) == ("success", 2)
    assert [check["conclusion"] for check in checks["check_runs"]] == ["success"]


async def test_builds_end_as_a_story_orders(town: Town) -> None:
    site = await town.github.repository(SITE, {"ci.json": CI})
    town.ci.order(SITE, "timed_out", "failure")

    for number in range(3):
        await site.commit("main", {"a": f"{number}\n"}, author="bob", message=str(number))
        await town.settled()
    await site.commit("main", {"ci.json": "{"}, author="bob", message="No JSON")
    await town.settled()

    assert [run.conclusion for run in town.github.runs(SITE)] == [
        "timed_out",
        "failure",
        "success",
        "failure",
    ]


@pytest.mark.parametrize(
    ("text", "merges"),
    [
        pytest.param('{"automerge": true}', True, id="for all"),
        pytest.param('{"extends": ["default:automergeDigest"]}', True, id="by a preset"),
        pytest.param(
            '{"packageRules": [{"automerge": true, "enabled": false}]}', False, id="a rule that is off"
        ),
        pytest.param("{extends: [':semantic'], // automerge: true\n automerge: false,}", False, id="JSON5"),
        pytest.param("{packageRules: [{'automerge': true,},], /* so */}", True, id="JSON5 with a rule"),
        pytest.param(
            '{"description": "// automerge: no", "automerge": true}', True, id="a comment in a text"
        ),
    ],
)
def test_a_configuration_is_read_as_renovate_reads_it(text: str, merges: bool) -> None:
    assert merges_itself(json.loads(plain_json(text))) is merges
