"""Walks: the invitation to a retrospective is read as those who are invited read it, in the mail that reached their server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.headerregistry import Address

import pytest
from icalendar import Calendar
from walk_steps import ALICE, LOG, Walk

from tocsin.acts import incidents, learning
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches
from tocsin.integrations.email.client import Server
from tocsin.integrations.email.reach import EmailReach
from tocsin.town import Town


@dataclass(frozen=True)
class Invited:
    """What a calendar reads in one mail."""

    to: str
    method: str
    uid: str
    version: int
    starts_at: datetime


@pytest.fixture
async def town(walk: Walk) -> AsyncIterator[Town]:
    """Its mail server takes what goes by e-mail; the mailbox stands for all other services."""
    town = Town(now=walk.clock.now)
    await town.start()
    mail = EmailReach(
        Server("127.0.0.1", town.smtp_port, "none"), Address("Tocsin", "tocsin", "acme.example")
    )
    others = [walk.mailbox.under(name) for name in ("slack", "x", "github")]
    walk.engine = Engine(walk.house, Reaches([*others, mail]))
    yield town
    await town.stop()


@pytest.fixture
async def over(walk: Walk, town: Town) -> Walk:
    """Resolved and logged; what is left is to be learned."""
    await walk.begin()
    await walk.steered()
    await walk.resolved()
    await incidents.write_ops_log(walk.house, ALICE, walk.ref, **LOG)
    await walk.engine.run_due()
    return walk


def invited(town: Town) -> list[Invited]:
    """Every mail with a calendar, as it reached its server."""
    found = []
    for mail in town.mail.messages:
        letter = message_from_bytes(mail.raw, policy=policy.default)
        for part in letter.walk():
            if part.get_content_type() != "text/calendar":
                continue
            calendar = Calendar.from_ical(part.get_payload(decode=True))
            [event] = calendar.walk("VEVENT")
            assert part.get_param("method") == str(calendar["METHOD"])
            [to] = mail.recipients
            start = event.decoded("DTSTART")
            found.append(
                Invited(to, str(calendar["METHOD"]), str(event["UID"]), int(event["SEQUENCE"]), start)
            )
    return sorted(found, key=lambda one: (one.version, one.to))


async def plan(walk: Walk, days: int, *people: str) -> datetime:
    starts_at = walk.clock.now() + timedelta(days=days)
    await learning.plan_retrospective(walk.house, ALICE, walk.ref, starts_at, 60, people, "the second time")
    await walk.engine.run_due()
    return starts_at


async def test_everybody_who_is_to_come_gets_one_mail_that_their_calendar_reads(
    over: Walk, town: Town
) -> None:
    starts_at = await plan(over, 3, "alice", "bob")

    first, second = invited(town)
    assert (first.to, second.to) == ("alice@acme.example", "bob@acme.example")
    assert {(one.method, one.version, one.starts_at) for one in (first, second)} == {
        ("REQUEST", 0, starts_at)
    }
    assert first.uid == second.uid


async def test_moved_and_called_off_the_calendar_finds_the_same_meeting_with_a_higher_version(
    over: Walk, town: Town
) -> None:
    await plan(over, 3, "alice", "bob")
    moved = await plan(over, 4, "alice")
    await learning.decline_retrospective(over.house, ALICE, over.ref, "it is clear enough")
    await over.engine.run_due()

    mails = invited(town)
    assert len({one.uid for one in mails}) == 1
    assert [(one.to.partition("@")[0], one.method, one.version) for one in mails] == [
        ("alice", "REQUEST", 0),
        ("bob", "REQUEST", 0),
        ("alice", "REQUEST", 1),
        ("bob", "CANCEL", 1),
        ("alice", "CANCEL", 2),
    ]
    assert mails[2].starts_at == moved
