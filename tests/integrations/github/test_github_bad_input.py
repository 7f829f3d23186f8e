"""What nobody sends in good faith, over real HTTP: answered or ignored by name, and Tocsin goes on."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from itertools import count
from typing import Any

import httpx2
import pytest
from github_world import REPO, SECRET, World

from tocsin.core.intake import IGNORES, OPENS, IntakeRule

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


def issue(action: str = "opened", sender: Any = None, repository: str = REPO, **changes: Any) -> bytes:
    told = {
        "number": 1,
        "title": "Sign-in fails",
        "html_url": "https://g/1",
        "labels": [{"name": "incident"}],
    }
    whole = {"action": action, "issue": told | changes, "repository": {"full_name": repository}}
    return json.dumps(whole | {"sender": sender or told.get("user")}).encode()


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
    assert under_another_id == (200, {"ignored": "This was taken already: it opened an incident"})
    [incident] = await world.incidents()
    assert len(incident.reports) == 1


DEPENDABOT = {"login": "dependabot[bot]", "type": "Bot"}
ALICE = {"login": "alice", "type": "User"}
A_BOT = {"ignored": "dependabot[bot] is a bot, and no rule of the handbook names it among its senders"}


async def test_an_issue_that_a_bot_opens_or_labels_is_ignored_by_name(world: World) -> None:
    opened = await sent(world, issue(user=DEPENDABOT, sender=DEPENDABOT))
    labelled = await sent(world, issue("labeled", DEPENDABOT, number=2, user=ALICE))

    assert opened == labelled == (200, A_BOT)
    assert await world.incidents() == []


async def test_a_persons_label_on_a_bots_issue_is_a_persons_word(world: World) -> None:
    await sent(world, issue(user=DEPENDABOT, sender=DEPENDABOT))

    assert await sent(world, issue("labeled", ALICE, user=DEPENDABOT)) == (
        200,
        {"ok": "It opened an incident"},
    )


async def test_a_bot_that_the_handbook_names_as_a_sender_is_heard(world: World) -> None:
    own = IntakeRule("bots", sources=("github",), senders=("dependabot[bot]",), does=OPENS)
    not_so = replace(own, id="no-bots", senders=("renovate[bot]",), does=IGNORES)
    world.house.handbook = replace(world.house.handbook, intake=(not_so, own, *world.house.handbook.intake))
    renovate = {"login": "renovate[bot]", "type": "Bot"}

    assert await sent(world, issue(user=DEPENDABOT)) == (200, {"ok": "It opened an incident"})
    assert (await sent(world, issue(number=2, user=renovate)))[1] == {
        "ignored": "renovate[bot] is a bot, and no rule of the handbook names it among its senders"
    }


async def test_another_repositorys_issues_and_calls_are_ignored_by_name(world: World) -> None:
    elsewhere = {"ignored": "acme/attic is none of the repositories whose issues Tocsin takes"}
    comment = {"id": 7, "html_url": "https://g/1#7", "body": "@tocsin it is down", "user": ALICE}
    told = json.loads(issue(repository="acme/attic")) | {"action": "created", "comment": comment}

    assert await sent(world, issue(repository="acme/attic")) == (200, elsewhere)
    assert await sent(world, json.dumps(told).encode(), event="issue_comment") == (200, elsewhere)
    assert await world.incidents() == []
    assert await sent(world, issue(repository=REPO.upper())) == (200, {"ok": "It opened an incident"})
