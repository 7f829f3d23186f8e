"""Who may come in by HTTP, and what they are told who may not. No database is asked before the signature holds."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from urllib.parse import urlencode

import httpx2
import pytest
import structlog
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette

from tocsin.acts import looks
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.integrations.slack import SlackLink, connect, mentions
from tocsin.settings import read_settings
from tocsin.town import Town

Sign = Callable[[bytes], dict[str, str]]


@pytest.fixture
async def web(link: SlackLink, house: House) -> AsyncIterator[httpx2.AsyncClient]:
    app = httpx2.ASGITransport(app=Starlette(routes=link.routes(house)))
    async with httpx2.AsyncClient(transport=app, base_url="http://tocsin") as client:
        yield client


@pytest.fixture
def sign(town: Town, clock: HandClock) -> Sign:
    def headers(body: bytes) -> dict[str, str]:
        stamp = str(int(clock.now().timestamp()))
        signature = SignatureVerifier(town.slack.signing_secret).generate_signature(
            timestamp=stamp, body=body
        )
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": str(signature)}

    return headers


EVENTS = "/integrations/slack/events"
CHALLENGE = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()


async def test_slack_verifies_the_address_by_a_challenge(web: httpx2.AsyncClient, sign: Sign) -> None:
    answer = await web.post(EVENTS, content=CHALLENGE, headers=sign(CHALLENGE))

    assert (answer.status_code, answer.json()) == (200, {"challenge": "abc"})


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"X-Slack-Signature": ""}, "signature_missing"),
        ({"X-Slack-Request-Timestamp": ""}, "signature_missing"),
        ({"X-Slack-Request-Timestamp": "now"}, "signature_bad"),
        ({"X-Slack-Signature": "v0=00"}, "signature_bad"),
        ({"X-Slack-Signature": "v0=\xe9"}, "signature_bad"),
    ],
)
@pytest.mark.parametrize("path", ["events", "commands", "interactivity"])
async def test_a_request_that_slack_did_not_sign_is_refused_by_name(
    web: httpx2.AsyncClient, sign: Sign, path: str, changes: dict[str, str], name: str
) -> None:
    headers = {key: value.encode("latin-1") for key, value in (sign(CHALLENGE) | changes).items()}

    answer = await web.post(f"/integrations/slack/{path}", content=CHALLENGE, headers=headers)

    assert (answer.status_code, answer.json()["error"]) == (401, name)


async def test_a_signature_of_another_body_is_refused(web: httpx2.AsyncClient, sign: Sign) -> None:
    answer = await web.post(EVENTS, content=b'{"type": "other"}', headers=sign(CHALLENGE))

    assert (answer.status_code, answer.json()["error"]) == (401, "signature_bad")


async def test_a_signature_is_too_old_after_five_minutes_of_the_houses_clock(
    web: httpx2.AsyncClient, sign: Sign, clock: HandClock
) -> None:
    headers = sign(CHALLENGE)
    clock.advance(timedelta(minutes=5, seconds=1))

    answer = await web.post(EVENTS, content=CHALLENGE, headers=headers)

    assert (answer.status_code, answer.json()["error"]) == (401, "signature_old")


async def test_more_than_a_mebibyte_is_refused(web: httpx2.AsyncClient, sign: Sign) -> None:
    body = b" " * (1024 * 1024 + 1)

    answer = await web.post(EVENTS, content=body, headers=sign(body))

    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("events", b"{"),
        ("events", b"[]"),
        ("events", b"\xff\xfe"),
        ("interactivity", b"payload=nothing"),
        ("interactivity", b""),
        ("commands", b"text=hello"),
        ("events", b"[" * 5000),
        ("interactivity", b"payload=" + b"[" * 5000),
        (
            "interactivity",
            b'payload={"type": "view_submission", "user": {"id": "U1"}, "view": {"callback_id": "log", "private_metadata": "[]"}}',
        ),
    ],
)
async def test_a_body_that_makes_no_sense_is_refused(
    web: httpx2.AsyncClient, sign: Sign, path: str, body: bytes
) -> None:
    answer = await web.post(
        f"/integrations/slack/{path}", content=body, headers=sign(body) if body != b"\xff\xfe" else {}
    )

    assert answer.status_code in (400, 401)


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        ({"type": "view_submission", "view": {}}, "user"),
        ({"type": "view_submission", "user": {"id": "U1"}, "view": {}}, "view.callback_id"),
        ({"type": "block_actions", "actions": [{}]}, "user"),
        ({"type": "block_actions", "user": {"id": "U1"}, "actions": []}, "actions"),
        ({"type": "shortcut", "user": "U1"}, "user"),
    ],
)
async def test_an_interaction_that_slack_would_not_send_is_refused_by_what_is_missing(
    web: httpx2.AsyncClient, sign: Sign, payload: dict[str, object], says: str
) -> None:
    body = urlencode({"payload": json.dumps(payload)}).encode()

    answer = await web.post("/integrations/slack/interactivity", content=body, headers=sign(body))

    assert (answer.status_code, answer.json()["error"]) == (400, "malformed")
    assert answer.json()["message"].startswith(says)


@pytest.mark.parametrize(
    "payload",
    [
        {"event": "x", "event_id": 5},
        {"event": {"type": "app_mention", "user": "U1", "text": "x"}},
        {"event": {"type": "reaction_added", "item": {"type": "message"}}},
        {"event": {}, "authorizations": "x"},
    ],
)
async def test_an_event_that_slack_would_not_send_is_refused_and_not_asked_for_again(
    web: httpx2.AsyncClient, sign: Sign, payload: dict[str, object]
) -> None:
    body = json.dumps({"type": "event_callback", **payload}).encode()

    answer = await web.post(EVENTS, content=body, headers=sign(body))

    assert (answer.status_code, answer.json()["error"]) == (400, "malformed")


async def test_a_mention_by_a_bot_is_ignored_by_name(
    web: httpx2.AsyncClient, sign: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = {"type": "app_mention", "user": "U1", "bot_id": "B1", "text": "x", "channel": "C1", "ts": "1.1"}
    body = json.dumps({"type": "event_callback", "event_id": "Ev1", "event": event}).encode()
    # The tests' own log leaves out what is below a warning.
    at_info = structlog.make_filtering_bound_logger(logging.INFO)
    monkeypatch.setattr(mentions, "log", structlog.wrap_logger(None, wrapper_class=at_info))

    with structlog.testing.capture_logs() as logs:
        answer = await web.post(EVENTS, content=body, headers=sign(body))

    assert answer.status_code == 200
    assert [(entry["event"], entry["bot"]) for entry in logs] == [("slack_mention_ignored", "B1")]


@pytest.mark.parametrize(
    "payload",
    [
        {
            "type": "block_actions",
            "user": {"id": "U1"},
            "actions": [{"action_id": "open_page"}],
            "trigger_id": "1",
        },
        {"type": "view_closed", "user": {"id": "U1"}},
        {"type": "from_the_future"},
    ],
)
async def test_what_needs_nothing_done_is_acknowledged(
    web: httpx2.AsyncClient, sign: Sign, payload: dict[str, object]
) -> None:
    body = urlencode({"payload": json.dumps(payload)}).encode()

    answer = await web.post("/integrations/slack/interactivity", content=body, headers=sign(body))

    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    "event",
    [
        {
            "type": "message",
            "channel_type": "channel",
            "user": "U1",
            "text": "sign-in is down",
            "channel": "C1",
            "ts": "1.1",
        },
        {
            "type": "message",
            "channel_type": "im",
            "user": "U1",
            "bot_id": "B1",
            "text": "x",
            "channel": "D1",
            "ts": "1.1",
        },
        {"type": "message", "channel_type": "im", "subtype": "message_changed", "channel": "D1", "ts": "1.1"},
        {"type": "app_mention", "user": "UBOT", "text": "<@UBOT> x", "channel": "C1", "ts": "1.1"},
        {"type": "reaction_added", "user": "U1"},
        {
            "type": "message",
            "channel_type": "channel",
            "user": "U1",
            "text": "I'm on it",
            "channel": "C1",
            "ts": "1.2",
            "thread_ts": "1.1",
        },
    ],
)
async def test_what_no_person_said_to_tocsin_is_ignored(
    web: httpx2.AsyncClient, sign: Sign, house: House, event: dict[str, str]
) -> None:
    payload = {
        "type": "event_callback",
        "event_id": "Ev1",
        "event": event,
        "authorizations": [{"user_id": "UBOT"}],
    }
    body = json.dumps(payload).encode()

    answer = await web.post(EVENTS, content=body, headers=sign(body))

    assert answer.status_code == 200
    assert await house.pool.fetchval("SELECT count(*) FROM incidents") == 0


async def test_an_event_is_sent_again_when_the_database_could_not_be_reached(
    web: httpx2.AsyncClient, sign: Sign, house: House
) -> None:
    event = {"type": "app_mention", "user": "U1", "text": "<@UBOT> down", "channel": "C1", "ts": "1.1"}
    body = json.dumps({"type": "event_callback", "event_id": "Ev1", "event": event}).encode()
    await house.pool.close()

    with structlog.testing.capture_logs() as logs:
        answer = await web.post(EVENTS, content=body, headers=sign(body))

    assert answer.status_code == 503
    assert [entry["event"] for entry in logs] == [
        "an event from Slack could not be dealt with; Slack sends it again"
    ]


async def test_without_a_bot_token_there_is_no_link() -> None:
    assert connect(read_settings({})) is None


async def test_what_there_is_no_secret_for_is_not_opened(house: House, town: Town) -> None:
    socket_only = connect(
        read_settings({"TOCSIN_SLACK_BOT_TOKEN": "xoxb-1", "TOCSIN_SLACK_APP_TOKEN": town.slack.app_token})
    )

    assert socket_only
    assert socket_only.routes(house) == []
    assert len(socket_only.tasks(house)) == 1


async def test_a_command_that_is_sent_again_opens_nothing_a_second_time(
    web: httpx2.AsyncClient, sign: Sign, house: House, town: Town
) -> None:
    user = town.slack.space.user("bob")
    assert user
    form = {"command": "/tocsin", "text": "sign-in is broken", "user_id": user.id, "trigger_id": "1.2.abc"}
    body = urlencode(form).encode()

    answers = [await web.post("/integrations/slack/commands", content=body, headers=sign(body)) for _ in "12"]

    assert [one.status_code for one in answers] == [200, 200]
    assert [row.ref for row in await looks.open_incidents(house, "bob")] == ["INC-1"]
