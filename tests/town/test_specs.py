"""What the town answers and accepts, held against the services' own descriptions."""

from __future__ import annotations

from typing import Any

import httpx2
import jsonschema
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tocsin.town import Town
from tocsin.town.github.builds import CONCLUSIONS
from town.conftest import Listener
from town.specs import (
    check_github,
    check_slack_event,
    check_slack_payload,
    check_slack_request,
    check_slack_response,
    check_webhook,
)

ID = {"type": "string", "pattern": "^[0-9]{1,19}$"}
INSTANT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
TWEET = {
    "type": "object",
    "required": ["id", "text", "edit_history_tweet_ids"],
    "properties": {
        "id": ID,
        "text": {"type": "string"},
        "edit_history_tweet_ids": {"type": "array", "items": ID, "minItems": 1},
        "author_id": ID,
        "conversation_id": ID,
        "in_reply_to_user_id": ID,
        "created_at": INSTANT,
        "referenced_tweets": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["type", "id"],
                "properties": {"type": {"enum": ["replied_to", "quoted", "retweeted"]}, "id": ID},
            },
        },
        "entities": {"type": "object"},
        "public_metrics": {"type": "object"},
    },
    "additionalProperties": False,
}
USER = {
    "type": "object",
    "required": ["id", "name", "username"],
    "properties": {
        "id": ID,
        "name": {"type": "string"},
        "username": {"type": "string", "pattern": "^[A-Za-z0-9_]{1,15}$"},
        "created_at": INSTANT,
    },
    "additionalProperties": False,
}
CREATED = {
    "type": "object",
    "required": ["data"],
    "properties": {"data": TWEET},
    "additionalProperties": False,
}
PAGE = {
    "type": "object",
    "required": ["meta"],
    "properties": {
        "data": {"type": "array", "items": TWEET, "minItems": 1},
        "includes": {
            "type": "object",
            "properties": {"users": {"type": "array", "items": USER, "minItems": 1}},
        },
        "meta": {
            "type": "object",
            "required": ["result_count"],
            "properties": {
                "result_count": {"type": "integer"},
                "newest_id": ID,
                "oldest_id": ID,
                "next_token": {"type": "string"},
                "previous_token": {"type": "string"},
            },
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}
PROBLEM = {
    "type": "object",
    "required": ["title", "type"],
    "properties": {
        "title": {"type": "string"},
        "type": {"type": "string"},
        "detail": {"type": "string"},
        "status": {"type": "integer"},
    },
}

BLOCKS: list[dict[str, Any]] = [
    {"type": "header", "text": {"type": "plain_text", "text": "INC-1"}},
    {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": "own",
                "text": {"type": "plain_text", "text": "Own it"},
                "value": "1",
            }
        ],
    },
]
VIEW: dict[str, Any] = {
    "type": "modal",
    "callback_id": "declare",
    "title": {"type": "plain_text", "text": "Declare"},
    "submit": {"type": "plain_text", "text": "Declare"},
    "blocks": [
        {
            "type": "input",
            "block_id": "title",
            "label": {"type": "plain_text", "text": "Title"},
            "element": {"type": "plain_text_input", "action_id": "text"},
        }
    ],
}


async def use_slack(slack: AsyncWebClient, town: Town) -> None:
    """Call every method once, so that the log holds one exchange of each."""
    await slack.auth_test()
    channel = (await slack.conversations_create(name="inc-1"))["channel"]["id"]
    alice = (await slack.users_lookupByEmail(email="alice@acme.example"))["user"]["id"]
    await slack.conversations_invite(channel=channel, users=[alice])
    await slack.conversations_setTopic(channel=channel, topic="SEV1")
    await slack.conversations_join(channel=channel)
    await slack.conversations_info(channel=channel)
    await slack.conversations_list()
    await slack.conversations_open(users=[alice])
    mark = {"event_type": "incident", "event_payload": {"id": "1"}}
    root = await slack.chat_postMessage(
        channel=channel, text="x", blocks=BLOCKS, metadata=mark, unfurl_links=False
    )
    reply = await slack.chat_postMessage(
        channel=channel, text="y", thread_ts=root["ts"], reply_broadcast=True
    )
    await slack.chat_update(channel=channel, ts=root["ts"], text="z", blocks=BLOCKS)
    await slack.chat_postEphemeral(channel=channel, user=alice, text="psst")
    await slack.chat_getPermalink(channel=channel, message_ts=root["ts"])
    await slack.reactions_add(channel=channel, timestamp=root["ts"], name="eyes")
    await slack.pins_add(channel=channel, timestamp=root["ts"])
    await slack.conversations_history(channel=channel, include_all_metadata=True, limit=10)
    await slack.conversations_replies(channel=channel, ts=root["ts"])
    await slack.chat_delete(channel=channel, ts=reply["ts"])
    await slack.conversations_archive(channel=channel)
    await slack.users_info(user=alice)
    await slack.users_list()
    group = town.slack.add_group("ops-oncall", "Ops on call")
    await slack.usergroups_users_update(usergroup=group, users=[alice])
    await slack.usergroups_users_list(usergroup=group)
    await slack.usergroups_list(include_users=True, include_disabled=True)
    opened = await slack.views_open(trigger_id=town.slack.desk.new_trigger(alice), view=VIEW)
    await slack.views_update(view_id=opened["view"]["id"], view=VIEW)
    await slack.apps_connections_open(app_token=town.slack.app_token)


async def test_slack_knows_every_field_of_the_towns_answers(slack: AsyncWebClient, town: Town) -> None:
    await use_slack(slack, town)

    for exchange in town.requests:
        assert exchange.answer_json["ok"], exchange.path
        check_slack_response(exchange.path.rsplit("/", 1)[-1], exchange.answer_json)


async def test_slacks_errors_have_fields_that_slack_knows(slack: AsyncWebClient, town: Town) -> None:
    with pytest.raises(Exception, match="invalid_blocks"):
        await slack.chat_postMessage(channel="incidents", blocks=[{"type": "no such block"}])

    check_slack_response("chat.postMessage", town.requests[-1].answer_json)


@pytest.mark.parametrize(
    ("method", "arguments", "why"),
    [
        pytest.param(
            "chat.postMessage",
            {"chanel": "C1", "channel": "C1"},
            "chanel",
            id="a name that Slack does not know",
        ),
        pytest.param("chat.postMessage", {"text": "x"}, "needs", id="nothing that Slack needs"),
        pytest.param("chat.whisper", {}, "no method", id="a method that Slack does not have"),
    ],
)
def test_a_wrong_slack_request_is_found_out(method: str, arguments: dict[str, Any], why: str) -> None:
    with pytest.raises(AssertionError, match=why):
        check_slack_request(method, arguments)


def test_a_right_slack_request_passes() -> None:
    check_slack_request(
        "chat.postMessage", {"channel": "C1", "text": "x", "metadata": "{}", "thread_ts": "1.1"}
    )
    check_slack_request("views.open", {"trigger_id": "1", "view": "{}"})
    check_slack_request("users.lookupByEmail", {"email": "a@b.c"})


async def test_slacks_deliveries_have_only_fields_that_slack_sends(
    slack: AsyncWebClient, town: Town, app: Listener
) -> None:
    posted = await slack.chat_postMessage(channel="incidents", text="x", blocks=BLOCKS)
    await town.settled()
    message = town.slack.messages("incidents")[-1]
    await town.slack.say("alice", "incidents", "@tocsin broken", posted["ts"])
    await town.slack.react("alice", message, "eyes")
    await town.slack.click("alice", message, "own")
    await town.slack.shortcut("alice", "declare_incident", message)
    await town.slack.command("alice", "/tocsin", "help")

    await slack.chat_update(channel=posted["channel"], ts=posted["ts"], text="y")
    await town.settled()
    await town.slack.unreact("alice", message, "eyes")

    unreacted = app.heard.pop().json
    own, said, mention, reaction, click, shortcut, command, changed = (heard.json for heard in app.heard)
    check_slack_event("MessageChanged", without(changed, "app_id"))
    check_slack_event("Message", without(own, "app_id"))
    check_slack_event("Message", said)
    check_slack_event("AppMention", mention)
    check_slack_event("ReactionAdded", reaction)
    check_slack_event("ReactionAdded", unreacted)
    check_slack_payload("BlockAction", click)
    check_slack_payload("MessageShortcut", shortcut)
    check_slack_payload("SlashCommand", command)


def without(value: Any, name: str) -> Any:
    """Slack sends an app's own messages with `app_id` too; its samples of events were taken before that."""
    if isinstance(value, list):
        return [without(part, name) for part in value]
    if not isinstance(value, dict):
        return value
    return {key: without(part, name) for key, part in value.items() if key != name}


async def use_github(town: Town) -> None:
    headers = {"Authorization": f"Bearer {town.github.token}"}
    async with httpx2.AsyncClient(
        base_url=f"{town.url}/github", headers=headers, trust_env=False, verify=False
    ) as client:
        await client.get("/user")
        await client.get("/users/jane")
        await client.get("/repos/acme/website")
        await client.post("/repos/acme/website/labels", json={"name": "sev1", "color": "ff0000"})
        await client.get("/repos/acme/website/labels")
        await client.post(
            "/repos/acme/website/issues", json={"title": "t", "body": "b", "labels": ["incident"]}
        )
        await client.get("/repos/acme/website/issues/1")
        await client.get(
            "/repos/acme/website/issues", params={"state": "all", "labels": "incident", "per_page": 5}
        )
        comment = await client.post("/repos/acme/website/issues/1/comments", json={"body": "c"})
        await client.patch(f"/repos/acme/website/issues/comments/{comment.json()['id']}", json={"body": "d"})
        await client.get("/repos/acme/website/issues/1/comments")
        await client.get(
            "/repos/acme/website/issues/comments",
            params={"since": "2026-01-01T00:00:00Z", "sort": "created", "direction": "asc", "per_page": 5},
        )
        await client.post("/repos/acme/website/issues/1/labels", json={"labels": ["bug"]})
        await client.patch(
            "/repos/acme/website/issues/1", json={"state": "closed", "state_reason": "not_planned"}
        )
        await client.get("/repos/acme/website/issues/1")
        await use_builds(town, client)
        await client.get("/repos/acme/nothing")
        await client.post("/repos/acme/website/issues", json={"title": ""})


async def use_builds(town: Town, client: httpx2.AsyncClient) -> None:
    town.github.add_member("alice")
    first = town.github.push("acme/website", "alice", "Tidy up")
    second = town.github.push("acme/website", "bob", "Speed up sign-in\n\nIt was slow.")
    for conclusion in CONCLUSIONS:
        await town.github.run("acme/website", second, conclusion=conclusion)
    await town.github.run("acme/website", first, "Nightly", "success", "schedule")
    await client.get("/repos/acme/website/assignees")
    await client.patch("/repos/acme/website/issues/1", json={"assignees": ["alice"], "state": "open"})
    await client.get("/repos/acme/website/commits", params={"sha": "main", "per_page": 1})
    await client.get(f"/repos/acme/website/commits/{first}")
    await client.get(
        "/repos/acme/website/actions/runs", params={"branch": "main", "status": "failure", "per_page": 5}
    )
    runs = await client.get(
        "/repos/acme/website/actions/runs", params={"event": "schedule", "head_sha": first}
    )
    await client.get(f"/repos/acme/website/actions/runs/{runs.json()['workflow_runs'][0]['id']}")
    await client.get("/repos/acme/website/commits/0000000")


async def test_githubs_answers_fit_githubs_description(town: Town) -> None:
    await use_github(town)

    for exchange in town.requests:
        check_github(exchange)
    assert [exchange.status for exchange in town.requests][-3:] == [422, 404, 422]


async def test_githubs_webhooks_fit_githubs_schema(town: Town, app: Listener) -> None:
    await use_github(town)
    await town.github.open_issue("jane", "acme/website", "broken", "since noon", ["bug"])
    await town.github.comment("jane", "acme/website", 2, "still")
    await town.github.label_issue("alice", "acme/website", 2, "incident")
    await town.github.edit_issue("jane", "acme/website", 2, title="Broken", body="since eleven")
    await town.github.close_issue("jane", "acme/website", 2)
    await town.github.reopen_issue("alice", "acme/website", 2)
    await town.github.open_pull("bob", "acme/website", "Mend it", "Fixes #2")
    await town.github.comment("jane", "acme/website", 3, "Thank you")
    await town.settled()

    seen = {(heard.headers["x-github-event"], heard.json["action"]) for heard in app.heard}
    for heard in app.heard:
        check_webhook(heard.headers["x-github-event"], heard.json)
    assert {action for event, action in seen if event == "issues"} == {
        "opened", "labeled", "assigned", "edited", "closed", "reopened",
    }  # fmt: skip
    assert seen >= {
        ("issue_comment", "created"),
        ("issue_comment", "edited"),
        ("pull_request", "opened"),
        ("workflow_run", "completed"),
        ("check_suite", "completed"),
    }


async def test_xs_answers_fit_what_x_documents(town: Town, web: httpx2.AsyncClient) -> None:
    user = {"Authorization": f"Bearer {town.x.user_token}"}
    asked = town.x.post("@jane", "@acme is it down?")

    answer = {"text": "Looking.", "reply": {"in_reply_to_tweet_id": asked.id}}
    created = await web.post("/x/2/tweets", json=answer, headers=user)
    fields = (
        "author_id,created_at,conversation_id,entities,public_metrics,in_reply_to_user_id,referenced_tweets"
    )
    params = {"tweet.fields": fields, "expansions": "author_id", "user.fields": "created_at"}
    mentions = await web.get(f"/x/2/users/{town.x.user_id}/mentions", params=params, headers=user)
    own = await web.get(f"/x/2/users/{town.x.user_id}/tweets", params=params, headers=user)
    nobody = await web.get("/x/2/users/1/mentions", headers=user)
    refused = await web.post("/x/2/tweets", json=answer, headers=user)
    jsonschema.validate(created.json(), CREATED)
    jsonschema.validate(mentions.json(), PAGE)
    jsonschema.validate(own.json(), PAGE)
    jsonschema.validate(nobody.json(), PAGE)
    jsonschema.validate(refused.json(), PROBLEM)
