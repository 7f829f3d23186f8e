"""What people do on GitHub, what our token does, and the webhooks that both send."""

from __future__ import annotations

import httpx2
import pytest

from tocsin.town import Town
from town.conftest import Listener

REPO = "acme/website"
ISSUES = f"/repos/{REPO}/issues"


def told(app: Listener) -> list[str]:
    return [f"{heard.headers['x-github-event']} {heard.json['action']}" for heard in app.heard]


async def test_an_issue_with_labels_is_told_of_first_and_each_label_after_it(
    town: Town, app: Listener
) -> None:
    await town.github.open_issue("jane", REPO, "Broken", "", ["bug", "incident"])

    assert told(app) == ["issues opened", "issues labeled", "issues labeled"]
    assert [heard.json["label"]["name"] for heard in app.heard[1:]] == ["bug", "incident"]


async def test_a_label_that_is_there_already_is_not_told_of_again(town: Town, app: Listener) -> None:
    town.github.add_member("alice")
    await town.github.open_issue("jane", REPO, "Broken")

    await town.github.label_issue("alice", REPO, 1, "incident")
    await town.github.label_issue("alice", REPO, 1, "incident")

    assert told(app) == ["issues opened", "issues labeled"]
    assert app.heard[-1].json["sender"]["login"] == "alice"
    assert app.heard[-1].json["issue"]["user"]["login"] == "jane"


async def test_an_issue_is_edited_closed_and_reopened_by_people(town: Town, app: Listener) -> None:
    await town.github.open_issue("jane", REPO, "Broken", "since noon")

    await town.github.edit_issue("jane", REPO, 1, body="since eleven")
    await town.github.close_issue("jane", REPO, 1, "not_planned")
    await town.github.reopen_issue("jane", REPO, 1)
    await town.github.reopen_issue("jane", REPO, 1)

    assert told(app) == ["issues opened", "issues edited", "issues closed", "issues reopened"]
    assert app.heard[1].json["changes"] == {"body": {"from": "since noon"}}
    assert app.heard[2].json["issue"]["state_reason"] == "not_planned"
    assert town.github.issue(REPO, 1).state == "open"


async def test_members_and_outsiders_can_be_told_apart(town: Town, app: Listener) -> None:
    town.github.add_member("alice")
    await town.github.open_issue("jane", REPO, "Broken")
    await town.github.comment("alice", REPO, 1, "Looking")

    issue, comment = app.heard[-1].json["issue"], app.heard[-1].json["comment"]
    assert (issue["author_association"], comment["author_association"]) == ("NONE", "MEMBER")


async def test_a_pull_request_is_an_issue_that_says_so(
    town: Town, app: Listener, github: httpx2.AsyncClient
) -> None:
    await town.github.open_pull("bob", REPO, "Mend sign-in", branch="mend")
    await town.github.comment("jane", REPO, 1, "Thank you")

    listed = (await github.get(ISSUES)).json()
    assert told(app) == ["pull_request opened", "issue_comment created"]
    assert app.heard[0].json["pull_request"]["head"]["ref"] == "mend"
    assert app.heard[1].json["issue"]["pull_request"]["html_url"].endswith(f"/{REPO}/pull/1")
    assert "pull_request" in listed[0]


async def test_an_issue_has_nothing_of_a_pull_request(town: Town, app: Listener) -> None:
    await town.github.open_issue("jane", REPO, "Broken")

    assert "pull_request" not in app.heard[0].json["issue"]


async def test_what_our_token_does_its_bot_has_done(
    town: Town, app: Listener, github: httpx2.AsyncClient
) -> None:
    bot = (await github.get("/user")).json()["login"]
    await github.post(ISSUES, json={"title": "t", "labels": ["incident"]})
    made = await github.post(f"{ISSUES}/1/comments", json={"body": "Looking"})
    await github.patch(f"{ISSUES}/comments/{made.json()['id']}", json={"body": "Found"})
    await github.post(f"{ISSUES}/1/labels", json={"labels": ["bug", "incident"]})
    await github.patch(f"{ISSUES}/1", json={"labels": ["bug"], "body": "now", "state": "closed"})
    await town.settled()

    assert sorted(told(app)) == [
        "issue_comment created", "issue_comment edited", "issues closed", "issues edited", "issues labeled",
        "issues labeled", "issues opened", "issues unlabeled",
    ]  # fmt: skip
    assert {heard.json["sender"]["login"] for heard in app.heard} == {bot}
    assert made.json()["user"]["login"] == bot
    assert made.json()["user"]["type"] == "Bot"


async def test_an_issue_is_assigned_to_members_and_to_those_who_wrote_in_it(
    town: Town, app: Listener, github: httpx2.AsyncClient
) -> None:
    town.github.add_member("alice")
    made = await github.post(ISSUES, json={"title": "t", "assignees": ["alice"]})
    await town.github.comment("jane", REPO, 1, "me too")
    changed = await github.patch(f"{ISSUES}/1", json={"assignees": ["jane"]})
    await town.settled()

    assert made.json()["assignee"]["login"] == "alice"
    assert [one["login"] for one in changed.json()["assignees"]] == ["jane"]
    assert {"issues assigned", "issues unassigned"} <= set(told(app))


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_an_assignee_who_is_unknown_spoils_the_request(
    town: Town, github: httpx2.AsyncClient, method: str
) -> None:
    await town.github.open_issue("jane", REPO, "Broken")
    path = ISSUES if method == "POST" else f"{ISSUES}/1"

    answer = await github.request(method, path, json={"title": "t", "assignees": ["nobody"]})

    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"resource": "Issue", "field": "assignees", "code": "invalid", "value": "nobody"}
    ]
    assert [issue.title for issue in town.github.issues(REPO)] == ["Broken"]


async def test_without_push_access_assignees_are_dropped_in_silence(
    town: Town, github: httpx2.AsyncClient
) -> None:
    town.github.may_assign = False

    answer = await github.post(ISSUES, json={"title": "t", "assignees": ["nobody"]})

    assert (answer.status_code, answer.json()["assignees"]) == (201, [])


async def test_an_issue_is_labelled_and_closed_on_its_page(town: Town, web: httpx2.AsyncClient) -> None:
    await town.github.open_issue("jane", REPO, "Broken")
    form = {"repo": REPO, "number": "1", "user": "jane", "text": "", "label": "incident", "do": "closed"}

    page = await web.post("/github/form", data=form)
    await town.settled()

    issue = town.github.issue(REPO, 1)
    assert page.status_code == 200
    assert ([label.name for label in issue.labels], issue.state) == (["incident"], "closed")


async def test_a_form_about_an_issue_that_is_not_there_changes_nothing(
    town: Town, web: httpx2.AsyncClient
) -> None:
    page = await web.post("/github/form", data={"repo": REPO, "number": "x", "text": "hello"})

    assert page.status_code == 200
    assert town.github.issues(REPO) == []


async def test_the_page_shows_labels_assignees_and_the_edited_body(
    town: Town, web: httpx2.AsyncClient
) -> None:
    town.github.add_member("alice")
    await town.github.open_issue("jane", REPO, "Broken", "old words", ["incident"])
    await town.github.edit_issue("jane", REPO, 1, body="new words")
    town.github.issue(REPO, 1).assignees = ["alice"]

    page = (await web.get(f"/github/{REPO}/issues/1")).text
    assert "new words" in page
    assert "old words" not in page
    assert "· edited" in page
    assert "assigned to alice" in page
    assert 'class="label"' in page
