"""The page on which a visitor reads the workspace and acts in it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from importlib import resources
from typing import Any

import httpx2
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tocsin.town import Town
from tocsin.town.slack.mrkdwn import html as shown
from tocsin.town.slack.people import GLOBAL_SHORTCUTS, MESSAGE_SHORTCUTS
from town.conftest import NOON, Listener
from town.specs import check_slack_event, check_slack_response

ELSEWHERE = "https://tocsin.example/incidents/INC-1?a=1&b=2"
CARD: list[dict[str, Any]] = [
    {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": "thread",
                "text": {"type": "plain_text", "text": "Thread"},
                "url": ELSEWHERE,
            }
        ],
    }
]


class Clock:
    """The town's clock, moved by hand."""

    def __init__(self) -> None:
        self.now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def town(clock: Clock) -> AsyncIterator[Town]:
    town = Town(now=clock)
    town.slack.add_user("alice", "Alice Lee", "alice@acme.example")
    town.slack.add_user("bob", "Bob Okafor", "bob@acme.example")
    town.slack.add_channel("incidents")
    await town.start()
    yield town
    await town.stop()


async def pane(web: httpx2.AsyncClient, which: str, **query: str) -> str:
    """What one pane of the page shows: the channel or the thread."""
    page = (await web.get("/slack", params={"as": "alice", "channel": "incidents"} | query)).text
    found = re.search(rf'<div class="scroll" id="{which}".*?</section>', page, re.S)
    return found.group(0) if found else ""


async def press(town: Town, web: httpx2.AsyncClient, ts: str, **form: str) -> httpx2.Response:
    me = {"as": "bob", "channel": town.slack.channel_id("incidents"), "ts": ts}
    return await web.post("/slack/click", data=me | form, follow_redirects=False)


async def whisper(town: Town, slack: AsyncWebClient, text: str, thread_ts: str | None = None) -> None:
    await town.slack.say("alice", "incidents", "hi", thread_ts)
    alice = town.slack.user_id("alice")
    await slack.chat_postEphemeral(channel="incidents", user=alice, text=text, thread_ts=thread_ts)


async def test_a_link_button_is_one_control_that_opens_the_link_and_tells_the_app(
    town: Town, app: Listener, slack: AsyncWebClient, web: httpx2.AsyncClient
) -> None:
    posted = await slack.chat_postMessage(channel="incidents", text="INC-1", blocks=CARD)

    channel = await pane(web, "channel")
    answer = await press(town, web, posted["ts"], action="thread", value="", url=ELSEWHERE)
    await town.settled()
    click = app.heard[-1].json
    assert channel.count("Thread") == 1
    assert html.unescape(channel).count(f'value="{ELSEWHERE}"') == 1
    assert (answer.status_code, answer.headers["location"]) == (303, ELSEWHERE)
    assert click["actions"][0]["url"] == ELSEWHERE
    assert click["user"]["username"] == "bob"


async def test_a_click_leads_only_to_where_the_message_does(
    town: Town, app: Listener, slack: AsyncWebClient, web: httpx2.AsyncClient
) -> None:
    posted = await slack.chat_postMessage(channel="incidents", text="INC-1", blocks=CARD)

    answer = await press(town, web, posted["ts"], action="thread", url="https://evil.example")

    assert answer.headers["location"].startswith("/slack?")


async def test_an_ephemeral_reply_is_shown_in_its_thread_and_nowhere_else(
    town: Town, app: Listener, slack: AsyncWebClient, web: httpx2.AsyncClient
) -> None:
    one = (await slack.chat_postMessage(channel="incidents", text="INC-1"))["ts"]
    other = (await slack.chat_postMessage(channel="incidents", text="INC-2"))["ts"]
    await whisper(town, slack, "You own it now", thread_ts=one)
    await whisper(town, slack, "Only in the channel")

    assert "You own it now" in await pane(web, "thread", thread=one)
    assert "You own it now" not in await pane(web, "thread", thread=other)
    assert "You own it now" not in await pane(web, "channel", thread=one)
    assert "You own it now" not in await pane(web, "thread", thread=one, **{"as": "bob"})
    assert "Only in the channel" in await pane(web, "channel")
    assert "Only in the channel" not in await pane(web, "thread", thread=one)


async def test_an_ephemeral_message_collapses_after_five_minutes(
    town: Town, app: Listener, slack: AsyncWebClient, web: httpx2.AsyncClient, clock: Clock
) -> None:
    await whisper(town, slack, "*Done*, <https://x.example|see>")

    clock.now += timedelta(minutes=5)
    fresh = await pane(web, "channel")
    clock.now += timedelta(seconds=1)
    old = await pane(web, "channel")
    assert "<details" not in fresh
    assert re.search(r"<details[^>]*><summary>Only visible to you .*Tocsin: Done, see</summary>", old)
    assert "<strong>Done</strong>" in old


async def test_the_shortcut_beside_a_message_comes_from_whoever_is_chosen(
    town: Town, app: Listener, slack: AsyncWebClient, web: httpx2.AsyncClient
) -> None:
    await town.slack.say("alice", "incidents", "sign-in is broken")
    said = town.slack.messages("incidents")[-1]

    channel = await pane(web, "channel")
    await press(town, web, said.ts, action="shortcut", value="declare_incident")
    await town.settled()
    sent = app.heard[-1].json
    assert ">Report as incident</button>" in channel
    assert (sent["type"], sent["callback_id"]) == ("message_action", "declare_incident")
    assert sent["user"]["id"] == town.slack.user_id("bob")
    assert sent["message"]["text"] == "sign-in is broken"


async def test_an_unknown_shortcut_is_refused_by_name(
    town: Town, app: Listener, web: httpx2.AsyncClient
) -> None:
    await town.slack.say("alice", "incidents", "sign-in is broken")
    said, heard = town.slack.messages("incidents")[-1], len(app.heard)

    answer = await press(town, web, said.ts, action="shortcut", value="make_tea")
    assert "make_tea" in (await web.get(answer.headers["location"])).text
    with pytest.raises(ValueError, match=r"message shortcut 'make_tea'; there is: declare_incident"):
        await town.slack.shortcut("bob", "make_tea", said)
    with pytest.raises(ValueError, match=r"global shortcut 'declare_incident'; there is: report"):
        await town.slack.shortcut("bob", "declare_incident")
    assert len(app.heard) == heard


async def test_a_stranger_presses_nothing(town: Town, app: Listener, web: httpx2.AsyncClient) -> None:
    await town.slack.say("alice", "incidents", "sign-in is broken")

    answer = await press(town, web, town.slack.messages("incidents")[-1].ts, action="react", **{"as": "eve"})

    assert "problem=Choose" in answer.headers["location"]


def test_the_shortcuts_are_those_of_the_manifest() -> None:
    manifest = json.loads(
        resources.files("tocsin.integrations.slack").joinpath("manifest.json").read_text(encoding="utf-8")
    )

    registered = {(s["type"], s["callback_id"], s["name"]) for s in manifest["features"]["shortcuts"]}
    offered = {("message", *one) for one in MESSAGE_SHORTCUTS.items()}
    assert registered == offered | {("global", *one) for one in GLOBAL_SHORTCUTS.items()}


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        pytest.param(
            "<https://a.example/?a=1&amp;b=2|Q&amp;A>",
            '<a href="https://a.example/?a=1&amp;b=2">Q&amp;A</a>',
            id="escapes in a link",
        ),
        pytest.param(
            "<https://a.example|&lt;b&gt;>", '<a href="https://a.example">&lt;b&gt;</a>', id="label"
        ),
        pytest.param("<javascript:alert(1)|x>", "&lt;javascript:alert(1)|x&gt;", id="script"),
        pytest.param("a \x007\x00 b", "a 7 b", id="control signs"),
    ],
)
def test_slacks_markup_is_shown_safely(town: Town, text: str, seen: str) -> None:
    assert shown(town.slack.space, text) == seen


async def test_the_home_tab_is_drawn_by_the_app_and_its_buttons_work(
    town: Town, app: Listener, slack: AsyncWebClient, web: httpx2.AsyncClient
) -> None:
    element = {
        "type": "button",
        "action_id": "own",
        "value": "INC-1|",
        "text": {"type": "plain_text", "text": "Mine"},
    }
    view = {"type": "home", "blocks": [{"type": "actions", "elements": [element]}]}
    alice = town.slack.user_id("alice")
    await web.get("/slack/home", params={"as": "alice"})
    await town.settled()
    check_slack_event("AppHomeOpened", app.heard[-1].json)
    answer = await slack.views_publish(user_id=alice, view=view)
    check_slack_response("views.publish", dict(answer.data))  # type: ignore[arg-type]

    there = await web.get("/slack/home", params={"as": "alice"})
    await town.settled()
    assert app.heard[-1].json["event"]["view"]["blocks"]
    page = await web.get(there.headers["location"]) if there.is_redirect else there
    assert ">Mine</button>" in page.text
    other = await web.get("/slack", params={"as": "bob", "channel": "home"})
    assert ">Mine</button>" not in other.text

    form = {"as": "alice", "channel": "home", "ts": "", "action": "own", "value": "INC-1|"}
    await web.post("/slack/click", data=form)
    await town.settled()
    sent = app.heard[-1].json
    assert (sent["container"]["type"], sent["view"]["type"]) == ("view", "home")
    assert sent["actions"][0]["value"] == "INC-1|"


async def test_a_home_tab_is_no_modal(town: Town, slack: AsyncWebClient) -> None:
    modal = {"type": "modal", "title": {"type": "plain_text", "text": "No"}, "blocks": []}

    with pytest.raises(SlackApiError, match="must be a home tab"):
        await slack.views_publish(user_id=town.slack.user_id("alice"), view=modal)


async def test_an_input_that_dispatches_tells_the_app_at_once_with_what_was_entered(
    town: Town, app: Listener, slack: AsyncWebClient, web: httpx2.AsyncClient
) -> None:
    options = [{"text": {"type": "plain_text", "text": one}, "value": one} for one in ("service", "security")]
    menu = {"type": "static_select", "action_id": "kind", "options": options}
    text = {"type": "plain_text_input", "action_id": "title"}
    label = {"type": "plain_text", "text": "x"}
    blocks = [
        {"type": "input", "block_id": "title", "label": label, "element": text},
        {"type": "input", "block_id": "kind", "label": label, "element": menu, "dispatch_action": True},
    ]
    view = {"type": "modal", "title": label, "submit": label, "blocks": blocks}
    await town.slack.command("alice", "/tocsin", "")
    shown = await slack.views_open(trigger_id=app.heard[-1].json["trigger_id"], view=view)
    assert (
        'name="do" value="kind"'
        in (await web.get("/slack", params={"as": "alice", "channel": "incidents"})).text
    )

    form = {"as": "alice", "view": shown["view"]["id"], "do": "kind"}
    await web.post("/slack/submit", data=form | {"title/title": "A hole", "kind/kind": "security"})
    await town.settled()

    sent = app.heard[-1].json
    assert (sent["actions"][0]["action_id"], sent["actions"][0]["selected_option"]["value"]) == (
        "kind",
        "security",
    )
    assert sent["view"]["state"]["values"]["title"]["title"]["value"] == "A hole"


async def test_an_input_that_does_not_dispatch_tells_nobody(town: Town, slack: AsyncWebClient) -> None:
    label = {"type": "plain_text", "text": "x"}
    text = {"type": "plain_text_input", "action_id": "title"}
    blocks = [{"type": "input", "block_id": "title", "label": label, "element": text}]
    alice = town.slack.user_id("alice")
    view = town.slack.desk.show_view(alice, {"type": "modal", "title": label, "blocks": blocks})

    with pytest.raises(ValueError, match="no dispatch_action"):
        await town.slack.click_in_view("alice", view, "title", "A hole")
