"""What people do in Slack reaches the app as Slack sends it."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from tocsin.town import Town
from town.conftest import NOON, Listener

CARD: list[dict[str, Any]] = [
    {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": "own",
                "text": {"type": "plain_text", "text": "I'll own it"},
                "value": "INC-1",
            },
            {
                "type": "button",
                "action_id": "open",
                "text": {"type": "plain_text", "text": "Open"},
                "url": "https://x.example",
            },
        ],
    }
]
MODAL: dict[str, Any] = {
    "type": "modal",
    "callback_id": "declare",
    "private_metadata": "from:button",
    "title": {"type": "plain_text", "text": "Declare"},
    "submit": {"type": "plain_text", "text": "Declare"},
    "blocks": [
        {
            "type": "input",
            "block_id": "title",
            "label": {"type": "plain_text", "text": "Title"},
            "element": {"type": "plain_text_input", "action_id": "text"},
        },
        {
            "type": "input",
            "block_id": "severity",
            "optional": True,
            "label": {"type": "plain_text", "text": "Severity"},
            "element": {
                "type": "static_select",
                "action_id": "level",
                "options": [{"text": {"type": "plain_text", "text": "SEV1"}, "value": "1"}],
            },
        },
    ],
}


async def open_modal(slack: AsyncWebClient, town: Town, app: Listener) -> Any:
    await town.slack.command("alice", "/tocsin", "report")
    await slack.views_open(trigger_id=app.heard[-1].json["trigger_id"], view=MODAL)
    return town.slack.open_view("alice")


async def test_a_command_arrives_signed_and_as_a_form(town: Town, app: Listener) -> None:
    await town.slack.command("alice", "/tocsin", "who is @bob", channel="incidents")

    heard = app.heard[-1]
    signer = SignatureVerifier(town.slack.signing_secret)
    stamp = heard.headers["x-slack-request-timestamp"]
    expected = signer.generate_signature(timestamp=stamp, body=heard.body)
    assert heard.headers["x-slack-signature"] == expected
    assert stamp == str(int(NOON.timestamp()))
    assert heard.json["command"] == "/tocsin"
    assert "|bob>" in heard.json["text"]
    assert heard.json["channel_name"] == "incidents"


async def test_the_answer_to_a_command_is_shown_to_its_user_only(town: Town, app: Listener) -> None:
    app.answer = {"text": "Here is help"}

    answer = await town.slack.command("alice", "/tocsin", "help")

    assert answer.status == 200
    assert [m.text for m in town.slack.ephemerals("alice")] == ["Here is help"]
    assert town.slack.messages("incidents") == []


async def test_an_app_that_does_not_answer_looks_like_a_timeout_to_the_user(town: Town) -> None:
    answer = await town.slack.command("alice", "/tocsin", "help")

    assert answer.status == 0
    assert "operation_timeout" in town.slack.ephemerals("alice")[0].text


async def test_a_mention_is_both_a_message_and_an_app_mention(town: Town, app: Listener) -> None:
    await town.slack.say("alice", "incidents", "@tocsin is https://acme.example down & out?")

    message, mention = app.events("message")[0], app.events("app_mention")[0]
    assert message["ts"] == mention["ts"]
    assert message["text"] == f"<@{town.slack.bot_user_id}> is <https://acme.example> down &amp; out?"


async def test_a_direct_message_is_of_type_im(town: Town, app: Listener) -> None:
    await town.slack.say("alice", "@tocsin", "help")

    assert [event["channel_type"] for event in app.events("message")] == ["im"]
    assert app.events("app_mention") == []


async def test_the_apps_own_message_comes_back_with_its_bot_id(
    slack: AsyncWebClient, town: Town, app: Listener
) -> None:
    await slack.chat_postMessage(channel="incidents", text="opened")
    await town.settled()

    assert [event["bot_id"] for event in app.events("message")] == [town.slack.bot_id]


async def test_an_event_is_delivered_again_until_it_is_taken(town: Town, app: Listener) -> None:
    app.statuses = [500, 500]

    answer = await town.slack.say("alice", "incidents", "hello")

    tries = [heard.headers.get("x-slack-retry-num") for heard in app.heard]
    assert answer.status == 200
    assert tries == [None, "1", "2"]
    assert len({heard.json["event_id"] for heard in app.heard}) == 1


async def test_slack_gives_up_after_three_further_tries(town: Town, app: Listener) -> None:
    app.statuses = [500] * 9

    answer = await town.slack.say("alice", "incidents", "hello")

    assert (answer.status, len(app.heard)) == (500, 4)


async def test_an_event_can_be_made_to_come_twice(town: Town, app: Listener) -> None:
    town.faults.add("slack", "message", "duplicate_event")

    await town.slack.say("alice", "incidents", "hello")

    first, second = (heard.json for heard in app.heard)
    assert first["event_id"] == second["event_id"]


async def test_a_click_tells_who_pressed_what_on_which_message(
    slack: AsyncWebClient, town: Town, app: Listener
) -> None:
    await slack.chat_postMessage(channel="incidents", text="INC-1", blocks=CARD)
    card = town.slack.messages("incidents")[-1]

    await town.slack.click("bob", card, "own")

    click = app.heard[-1].json
    assert card.buttons == [
        ("own", "I'll own it", "INC-1", None),
        ("open", "Open", None, "https://x.example"),
    ]
    assert click["type"] == "block_actions"
    assert click["user"]["username"] == "bob"
    assert click["actions"][0]["value"] == "INC-1"
    assert click["container"]["message_ts"] == card.ts


async def test_nobody_can_press_what_is_not_there(slack: AsyncWebClient, town: Town) -> None:
    await slack.chat_postMessage(channel="incidents", text="INC-1", blocks=CARD)

    with pytest.raises(ValueError, match="there is: open, own"):
        await town.slack.click("bob", town.slack.messages("incidents")[-1], "resolve")


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        pytest.param({"replace_original": True, "text": "taken by Bob"}, ["taken by Bob"], id="replaced"),
        pytest.param({"delete_original": True}, [], id="deleted"),
        pytest.param(
            {"response_type": "in_channel", "text": "Bob has it"}, ["INC-1", "Bob has it"], id="said to all"
        ),
        pytest.param({"text": "only for Bob"}, ["INC-1"], id="whispered"),
    ],
)
async def test_a_response_url_does_what_it_is_asked(
    slack: AsyncWebClient, town: Town, app: Listener, web: httpx2.AsyncClient, asked: Any, left: list[str]
) -> None:
    await slack.chat_postMessage(channel="incidents", text="INC-1", blocks=CARD)
    await town.slack.click("bob", town.slack.messages("incidents")[-1], "own")

    answer = await web.post(app.heard[-1].json["response_url"], json=asked)

    assert answer.text == "ok"
    assert [m.text for m in town.slack.messages("incidents")] == left


async def test_a_submitted_modal_carries_its_state(slack: AsyncWebClient, town: Town, app: Listener) -> None:
    view = await open_modal(slack, town, app)

    await town.slack.submit(
        "alice", view, {"title": {"text": "Sign-in is broken"}, "severity": {"level": "1"}}
    )

    sent = app.heard[-1].json
    values = sent["view"]["state"]["values"]
    assert values["title"]["text"] == {"type": "plain_text_input", "value": "Sign-in is broken"}
    assert values["severity"]["level"]["selected_option"]["value"] == "1"
    assert sent["view"]["private_metadata"] == "from:button"
    assert town.slack.open_view("alice") is None


async def test_a_modal_with_errors_stays_open_and_shows_them(
    slack: AsyncWebClient, town: Town, app: Listener
) -> None:
    view = await open_modal(slack, town, app)
    app.answer = {"response_action": "errors", "errors": {"title": "Say more"}}

    await town.slack.submit("alice", view, {"title": {"text": "x"}})

    still = town.slack.open_view("alice")
    assert still is not None
    assert still.errors == {"title": "Say more"}


async def test_a_modal_can_be_replaced_by_the_answer_to_its_submission(
    slack: AsyncWebClient, town: Town, app: Listener
) -> None:
    view = await open_modal(slack, town, app)
    app.answer = {
        "response_action": "update",
        "view": MODAL | {"title": {"type": "plain_text", "text": "Thanks"}},
    }

    await town.slack.submit("alice", view, {"title": {"text": "x"}})

    assert view.is_open
    assert view.title == "Thanks"


async def test_a_modal_is_not_sent_without_its_required_fields(
    slack: AsyncWebClient, town: Town, app: Listener
) -> None:
    view = await open_modal(slack, town, app)

    with pytest.raises(ValueError, match="title"):
        await town.slack.submit("alice", view, {})


async def test_a_trigger_opens_one_modal_and_only_for_a_short_while(
    slack: AsyncWebClient, town: Town, app: Listener
) -> None:
    await open_modal(slack, town, app)
    used = app.heard[-1].json["trigger_id"]
    town.slack.desk.trigger_seconds = -1
    await town.slack.command("bob", "/tocsin", "report")

    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        await slack.views_open(trigger_id=used, view=MODAL)
    with pytest.raises(SlackApiError, match="expired_trigger_id"):
        await slack.views_open(trigger_id=app.heard[-1].json["trigger_id"], view=MODAL)


async def test_a_modal_with_too_long_a_title_is_refused(slack: AsyncWebClient, town: Town) -> None:
    trigger = town.slack.desk.new_trigger(town.slack.space.bot.id)

    with pytest.raises(SlackApiError, match="invalid_arguments"):
        await slack.views_open(
            trigger_id=trigger, view=MODAL | {"title": {"type": "plain_text", "text": "x" * 25}}
        )


async def test_a_visitor_can_write_click_and_fill_in_forms_on_the_page(
    slack: AsyncWebClient, town: Town, app: Listener, web: httpx2.AsyncClient
) -> None:
    me = {"as": "alice", "channel": "incidents"}
    await web.post("/slack/say", data=me | {"text": "something <b>broke</b>"})
    await web.post("/slack/say", data=me | {"text": "/tocsin report"})
    await town.settled()
    await slack.views_open(trigger_id=app.heard[-1].json["trigger_id"], view=MODAL)

    page = (await web.get("/slack", params=me)).text
    view = town.slack.open_view("alice")
    assert view is not None
    await web.post("/slack/submit", data=me | {"view": view.id, "do": "", "title/text": "It broke"})
    assert "something &lt;b&gt;broke&lt;/b&gt;" in page
    assert 'role="dialog"' in page
    assert app.heard[-1].json["view"]["state"]["values"]["title"]["text"]["value"] == "It broke"
