"""What nobody sends in good faith, over real HTTP: answered or ignored by name, and Tocsin goes on."""

from __future__ import annotations

import hashlib
import hmac
import json
from itertools import count
from typing import Any

import httpx2
import pytest
from github_world import REPO, SECRET, World

_numbers = count(1)


async def sent(world: World, body: bytes, *, event: str = "issues", delivery: str = "") -> tuple[int, Any]:
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": delivery or f"bad-{next(_numbers)}",
        "X-Hub-Signature-256": "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest(),
    }
    async with httpx2.AsyncClient() as web:
        answer = await web.post(world.github.webhooks.url, content=body, headers=headers)
    return answer.status_code, answer.json()


def issue(**changes: Any) -> bytes:
    told = {
        "number": 1,
        "title": "Sign-in fails",
        "html_url": "https://g/1",
        "labels": [{"name": "incident"}],
    }
    return json.dumps(
        {"action": "opened", "issue": told | changes, "repository": {"full_name": REPO}}
    ).encode()


ODD = [
    (issue().replace(b"Sign-in", b"Sign\xff\xfe"), "bytes that are no UTF-8"),
    (issue().replace(b"Sign-in", b"Sign\x00"), "a NUL as it is"),
    (issue(number=0), "an issue without a number"),
    (issue(number=2**70), "a number that no database takes"),
    (issue(title=None), "no title"),
    (issue(labels="incident"), "labels that are none"),
    (b'{"action": "opened", "issue": ' + b"[" * 100_000, "brackets without an end"),
]


@pytest.mark.parametrize(("body", "reason"), ODD, ids=[row[1] for row in ODD])
async def test_what_is_no_event_is_refused_by_name_and_the_next_one_is_taken(
    world: World, body: bytes, reason: str
) -> None:
    status, answer = await sent(world, body)

    assert status == 400, reason
    assert "error" in answer
    assert await world.incidents() == []
    assert await sent(world, issue()) == (200, {"ok": "It opened an incident"})


@pytest.mark.parametrize("title", ["", " ", "\u0000", "\u202e\u0007"])
async def test_an_issue_without_a_readable_title_is_a_report_all_the_same(world: World, title: str) -> None:
    assert await sent(world, issue(title=title, body="\u0000since noon")) == (
        200,
        {"ok": "It opened an incident"},
    )

    [incident] = await world.incidents()
    assert incident.title


async def test_a_delivery_that_is_replayed_is_named_and_changes_nothing(world: World) -> None:
    first = await sent(world, issue(), delivery="d-1")
    again = await sent(world, issue(), delivery="d-1")
    under_another_id = await sent(world, issue(), delivery="d-2")

    assert first == (200, {"ok": "It opened an incident"})
    assert again == (200, {"ignored": "the delivery d-1 was taken already"})
    assert under_another_id[0] == 200
    [incident] = await world.incidents()
    assert len(incident.reports) == 1
