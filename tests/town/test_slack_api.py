"""Slack's Web API, called with Slack's own client."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tocsin.town import Town


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def button(text: str = "Take it", **more: Any) -> dict[str, Any]:
    return {"type": "button", "text": {"type": "plain_text", "text": text}, **more}


async def error_of(call: Any) -> str:
    with pytest.raises(SlackApiError) as refused:
        await call
    return str(refused.value.response["error"])


async def test_a_message_appears_in_its_channel_under_its_ts(slack: AsyncWebClient, town: Town) -> None:
    answer = await slack.chat_postMessage(
        channel="incidents", text="*INC-1* opened", blocks=[section("hello")]
    )

    posted = town.slack.messages("incidents")[-1]
    assert (posted.ts, posted.text) == (answer["ts"], "*INC-1* opened")
    assert answer["message"]["bot_id"] == town.slack.bot_id


async def test_timestamps_grow_even_when_the_clock_stands(slack: AsyncWebClient) -> None:
    first = await slack.chat_postMessage(channel="incidents", text="one")
    second = await slack.chat_postMessage(channel="incidents", text="two")

    assert float(second["ts"]) > float(first["ts"])


async def test_a_reply_stays_in_its_thread_unless_it_is_broadcast(slack: AsyncWebClient, town: Town) -> None:
    root = await slack.chat_postMessage(channel="incidents", text="root")
    await slack.chat_postMessage(channel="incidents", text="quiet", thread_ts=root["ts"])
    await slack.chat_postMessage(channel="incidents", text="loud", thread_ts=root["ts"], reply_broadcast=True)

    channel_id = root["channel"]
    history = await slack.conversations_history(channel=channel_id)
    replies = await slack.conversations_replies(channel=channel_id, ts=root["ts"])
    assert [m["text"] for m in history["messages"]] == ["loud", "root"]
    assert [m["text"] for m in replies["messages"]] == ["root", "quiet", "loud"]
    assert [m.text for m in town.slack.replies(town.slack.messages("incidents")[0])] == ["quiet", "loud"]


async def test_a_message_to_a_user_lands_in_their_direct_messages(slack: AsyncWebClient, town: Town) -> None:
    bob = (await slack.users_lookupByEmail(email="bob@acme.example"))["user"]["id"]

    answer = await slack.chat_postMessage(channel=bob, text="You are on call")

    assert answer["channel"].startswith("D")
    assert [m.text for m in town.slack.dm("bob")] == ["You are on call"]


async def test_metadata_is_shown_only_on_request(slack: AsyncWebClient) -> None:
    mark = {"event_type": "incident", "event_payload": {"id": "1"}}
    answer = await slack.chat_postMessage(channel="incidents", text="x", metadata=mark)

    without = await slack.conversations_history(channel=answer["channel"])
    with_it = await slack.conversations_history(channel=answer["channel"], include_all_metadata=True)
    assert "metadata" not in without["messages"][0]
    assert with_it["messages"][0]["metadata"] == mark


async def test_history_comes_in_pages_and_between_instants(slack: AsyncWebClient) -> None:
    sent = [await slack.chat_postMessage(channel="incidents", text=str(n)) for n in range(5)]
    channel = sent[0]["channel"]

    first = await slack.conversations_history(channel=channel, limit=2)
    cursor = first["response_metadata"]["next_cursor"]
    second = await slack.conversations_history(channel=channel, limit=2, cursor=cursor)
    span = await slack.conversations_history(channel=channel, oldest=sent[1]["ts"], latest=sent[3]["ts"])
    assert [m["text"] for m in first["messages"]] == ["4", "3"]
    assert [m["text"] for m in second["messages"]] == ["2", "1"]
    assert [m["text"] for m in span["messages"]] == ["2"]


async def test_an_edit_replaces_text_and_blocks(slack: AsyncWebClient, town: Town) -> None:
    answer = await slack.chat_postMessage(channel="incidents", text="open", blocks=[section("open")])

    await slack.chat_update(channel=answer["channel"], ts=answer["ts"], text="resolved")

    message = town.slack.messages("incidents")[-1]
    assert (message.text, message.blocks, message.edited) == ("resolved", [], True)


async def test_an_ephemeral_message_is_seen_by_one_user_only(slack: AsyncWebClient, town: Town) -> None:
    await slack.conversations_invite(channel="incidents", users=[town.slack.user_id("bob")])

    await slack.chat_postEphemeral(channel="incidents", user=town.slack.user_id("bob"), text="psst")

    assert [m.text for m in town.slack.ephemerals("bob")] == ["psst"]
    assert town.slack.messages("incidents") == []


async def test_a_channel_can_be_made_named_and_joined_once(slack: AsyncWebClient) -> None:
    made = await slack.conversations_create(name="inc-1")

    await slack.conversations_setTopic(channel=made["channel"]["id"], topic="SEV1")
    info = await slack.conversations_info(channel=made["channel"]["id"])
    assert info["channel"]["topic"]["value"] == "SEV1"
    assert await error_of(slack.conversations_create(name="inc-1")) == "name_taken"


async def test_a_permalink_opens_the_page_of_the_thread(
    slack: AsyncWebClient, web: httpx2.AsyncClient
) -> None:
    answer = await slack.chat_postMessage(channel="incidents", text="look at me")

    link = await slack.chat_getPermalink(channel=answer["channel"], message_ts=answer["ts"])
    page = await web.get(link["permalink"])
    assert page.status_code == 200
    assert "look at me" in page.text


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        pytest.param({"channel": "nowhere", "text": "x"}, "channel_not_found", id="no such channel"),
        pytest.param({"channel": "incidents"}, "no_text", id="nothing to say"),
        pytest.param({"channel": "incidents", "text": "x" * 40_001}, "msg_too_long", id="too long a text"),
        pytest.param(
            {"channel": "incidents", "blocks": [{"type": "sectoin"}]}, "invalid_blocks", id="unknown block"
        ),
        pytest.param(
            {"channel": "incidents", "blocks": [section("x" * 3001)]}, "invalid_blocks", id="section too long"
        ),
        pytest.param({"channel": "incidents", "blocks": [section("")]}, "invalid_blocks", id="empty text"),
        pytest.param(
            {"channel": "incidents", "blocks": [{"type": "divider"}] * 51}, "invalid_blocks", id="51 blocks"
        ),
        pytest.param(
            {
                "channel": "incidents",
                "blocks": [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}],
            },
            "invalid_blocks",
            id="header too long",
        ),
        pytest.param(
            {"channel": "incidents", "blocks": [{"type": "actions", "elements": [button("x" * 76)]}]},
            "invalid_blocks",
            id="button text too long",
        ),
        pytest.param(
            {"channel": "incidents", "blocks": [{"type": "actions", "elements": [button(value="x" * 2001)]}]},
            "invalid_blocks",
            id="button value too long",
        ),
        pytest.param(
            {
                "channel": "incidents",
                "blocks": [{"type": "actions", "elements": [button(action_id="a")] * 2}],
            },
            "invalid_blocks",
            id="an action_id twice",
        ),
        pytest.param(
            {"channel": "incidents", "text": "x", "metadata": {"event_type": ""}},
            "invalid_metadata_format",
            id="metadata",
        ),
    ],
)
async def test_what_slack_would_refuse_is_refused(slack: AsyncWebClient, arguments: Any, error: str) -> None:
    assert await error_of(slack.chat_postMessage(**arguments)) == error


async def test_strangers_and_unknown_methods_are_told_so(slack: AsyncWebClient, town: Town) -> None:
    base = f"{town.url}/slack/api/"

    assert await error_of(AsyncWebClient(token="xoxb-wrong", base_url=base).auth_test()) == "invalid_auth"
    assert await error_of(AsyncWebClient(base_url=base).auth_test()) == "not_authed"
    assert await error_of(slack.api_call("chat.shout")) == "unknown_method"
    assert await error_of(slack.users_info(user="U000")) == "user_not_found"
    assert await error_of(slack.users_lookupByEmail(email="x@y.z")) == "users_not_found"


async def test_a_rate_limit_says_how_long_to_wait(slack: AsyncWebClient, town: Town) -> None:
    town.faults.add("slack", "chat.postMessage", "429", retry_after=7)

    with pytest.raises(SlackApiError) as refused:
        await slack.chat_postMessage(channel="incidents", text="x")

    assert refused.value.response.status_code == 429
    assert refused.value.response.headers["Retry-After"] == "7"
    assert (await slack.chat_postMessage(channel="incidents", text="x"))["ok"]
