"""The town's ntfy and push service, as strict as the real ones, and the page on which one presses the buttons."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from tocsin.town import Town
from town.conftest import Listener

WORDS = {"topic": "alice-4711", "title": "Page", "message": "Sign-in is broken"}
PUSH = {"TTL": "60", "Urgency": "high", "Content-Encoding": "aes128gcm"}


@pytest.fixture
def web() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(trust_env=False)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"topic": "two words"}, 40009),
        ({"priority": 6}, 40007),
        ({"sequence_id": "a" * 65}, 40049),
        ({"actions": [{"action": "http", "label": "Do it"}]}, 40018),
        ({"actions": [{"action": "view", "label": "a", "url": "https://a.example"}] * 4}, 40018),
        ({"message": "a" * 40_000}, 41303),
    ],
)
async def test_ntfy_refuses_what_it_does_not_take(
    town: Town, web: httpx2.AsyncClient, change: dict[str, Any], code: int
) -> None:
    answer = await web.post(f"{town.url}/ntfy/", json=WORDS | change)

    assert (answer.status_code, answer.json()["code"]) == (code // 100, code)
    assert town.ntfy.notes == []


async def test_ntfy_lets_only_who_has_the_token_into_a_closed_topic(
    town: Town, web: httpx2.AsyncClient
) -> None:
    town.ntfy.closed.add("alice-4711")

    statuses = [
        (await web.post(f"{town.url}/ntfy/", json=WORDS, headers=headers)).status_code
        for headers in (
            {},
            {"Authorization": "Bearer tk_wrong"},
            {"Authorization": f"Bearer {town.ntfy.token}"},
        )
    ]

    assert statuses == [403, 401, 200]


async def test_what_is_too_long_to_be_shown_becomes_a_file(town: Town, web: httpx2.AsyncClient) -> None:
    await web.post(f"{town.url}/ntfy/", json=WORDS | {"message": "a" * 4097})

    assert town.ntfy.notes[0].message == "You received a file: attachment.txt"


async def test_of_a_sequence_a_phone_shows_the_newest_and_a_reader_all(
    town: Town, web: httpx2.AsyncClient
) -> None:
    for message in ("broken", "mended"):
        await web.post(f"{town.url}/ntfy/", json=WORDS | {"sequence_id": "one", "message": message})

    lines = (await web.get(f"{town.url}/ntfy/alice-4711/json?poll=1")).text.splitlines()

    assert [one.message for one in town.ntfy.shown("alice-4711")] == ["mended"]
    assert [json.loads(line)["sequence_id"] for line in lines] == ["one", "one"]


async def test_a_button_is_pressed_on_the_page_of_phones(
    town: Town, web: httpx2.AsyncClient, app: Listener
) -> None:
    action = {"action": "http", "label": "Acknowledge", "url": f"{app.url}/answer", "clear": True}
    await web.post(f"{town.url}/ntfy/", json=WORDS | {"actions": [action]})

    page = await web.get(f"{town.url}/phones")
    form = {"of": "alice-4711", "id": town.ntfy.notes[0].id, "label": "Acknowledge"}
    await web.post(f"{town.url}/phones", data=form)

    assert "Sign-in is broken" in page.text
    assert [one.path for one in app.heard] == ["/answer"]
    assert town.ntfy.shown("alice-4711") == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"TTL": ""}, 400),
        ({"Urgency": "urgent"}, 400),
        ({"Topic": "two words"}, 400),
        ({"Content-Encoding": "aesgcm"}, 400),
        ({}, 401),
        ({"Authorization": "vapid t=a.b.c, k=another"}, 403),
    ],
)
async def test_a_push_service_refuses_what_it_can_not_bring(
    town: Town, web: httpx2.AsyncClient, change: dict[str, str], status: int
) -> None:
    phone = town.push.subscribe("phone", "key")

    answer = await web.post(phone.endpoint, content=b"page", headers=PUSH | change)

    assert answer.status_code == status
    assert phone.pushed == []


async def test_a_push_service_knows_who_is_gone_and_what_is_too_large(
    town: Town, web: httpx2.AsyncClient
) -> None:
    phone, old = town.push.subscribe("phone", "key"), town.push.subscribe("old phone", "key")
    old.gone = True

    answers = [
        await web.post(f"{town.url}/push/nobody", content=b"page", headers=PUSH),
        await web.post(old.endpoint, content=b"page", headers=PUSH),
        await web.post(phone.endpoint, content=b"a" * 4097, headers=PUSH),
    ]

    assert [one.status_code for one in answers] == [404, 410, 413]
