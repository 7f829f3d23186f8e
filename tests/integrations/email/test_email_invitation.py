"""Invitations: what a calendar reads of them, and the letter that carries them, through the town's mail server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage

import pytest
from icalendar import Calendar, Event

from tocsin.core import facts as f
from tocsin.core.meeting import Meeting
from tocsin.core.work import INVITE, Delivered, Desk, Refused, Work
from tocsin.integrations.email.client import Server
from tocsin.integrations.email.invitation import invitation
from tocsin.integrations.email.reach import EmailReach
from tocsin.town import Town

MakeDesk = Callable[..., Desk]
STARTS = datetime(2026, 3, 9, 14, 0, tzinfo=UTC)
STAMP = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TOCSIN = Address("Tocsin", "tocsin", "acme.example")
MEETING = Meeting(
    uid="M1.INC-7@tocsin.acme.example",
    sequence=2,
    starts_at=STARTS,
    minutes=90,
    title="Retrospective: INC-7 Anmeldung gestört, 登录失败; and a title that is far too long for one line of a calendar",
    text="First line\nBEGIN:VALARM; with, signs \\ of its own",
    url="https://tocsin.acme.example/incidents/INC-7/retrospective",
    people=(('Bob "Bo" Okafor', "bob@acme.example"), ("Älice", "alice@acme.example")),
)
PLANNED = f.RetrospectivePlanned("M1", 0, STARTS, 90, ("bob",), STARTS + timedelta(days=7), "It was long")


def event_of(calendar: bytes) -> Event:
    [event] = Calendar.from_ical(calendar).walk("VEVENT")
    return event


def inviting(
    n: int = 2, version: int = 0, method: str = "REQUEST", address: str = "bob@acme.example"
) -> Work:
    payload = {"person": "bob", "address": address, "fact": str(n), "version": str(version)}
    payload |= {"meeting": "M1", "method": method}
    return Work(INVITE, "lane", f"INC-7/invite/{n}/bob", via="email", payload=payload)


@pytest.fixture
def reach(town: Town) -> EmailReach:
    return EmailReach(Server("127.0.0.1", town.smtp_port, "none"), TOCSIN)


def letter_to(town: Town) -> EmailMessage:
    message = message_from_bytes(town.mail.messages[-1].raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def calendars(message: EmailMessage) -> list[bytes]:
    kinds = ("text/calendar", "application/ics")
    return [part.get_payload(decode=True) for part in message.walk() if part.get_content_type() in kinds]


def test_a_calendar_reads_what_was_meant() -> None:
    event = event_of(invitation(MEETING, TOCSIN, STAMP))

    assert str(event["UID"]) == "M1.INC-7@tocsin.acme.example"
    assert event["SEQUENCE"] == 2
    assert event.decoded("DTSTART") == STARTS
    assert event.decoded("DTEND") == STARTS + timedelta(minutes=90)
    assert event.decoded("DTSTAMP") == STAMP
    assert str(event["SUMMARY"]) == MEETING.title
    assert str(event["DESCRIPTION"]) == MEETING.text
    assert [str(who) for who in event["ATTENDEE"]] == ["mailto:bob@acme.example", "mailto:alice@acme.example"]
    assert [who.params["CN"] for who in event["ATTENDEE"]] == ["Bob 'Bo' Okafor", "Älice"]
    assert str(event["ORGANIZER"]) == "mailto:tocsin@acme.example"


def test_times_are_utc_and_lines_are_folded_as_calendars_need_them() -> None:
    lines = invitation(MEETING, TOCSIN, STAMP).split(b"\r\n")

    assert b"DTSTART:20260309T140000Z" in lines
    assert b"METHOD:REQUEST" in lines
    assert max(len(line) for line in lines) <= 75
    assert b"BEGIN:VALARM" not in lines


def test_a_meeting_that_is_called_off_is_cancelled() -> None:
    off = Meeting(**{name: getattr(MEETING, name) for name in MEETING.__slots__} | {"called_off": True})

    calendar = invitation(off, TOCSIN, STAMP)

    assert b"METHOD:CANCEL" in calendar
    assert str(event_of(calendar)["STATUS"]) == "CANCELLED"


async def test_the_letter_carries_the_invitation_as_an_alternative_and_as_a_file(
    reach: EmailReach, town: Town, make_desk: MakeDesk
) -> None:
    outcome = await reach.carry_out(inviting(), make_desk(PLANNED), 1)

    message = letter_to(town)
    assert isinstance(outcome, Delivered)
    assert message["Subject"] == "Invitation: Retrospective: INC-7 Sign-in is broken"
    [alternative] = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    assert alternative["Content-Type"].params["method"] == "REQUEST"
    assert [part.get_filename() for part in message.iter_attachments()] == ["invite.ics"]
    first, second = calendars(message)
    assert event_of(first) == event_of(second)
    body = message.get_body(("plain",))
    assert body is not None
    assert "Monday, 09 March 2026, 14:00 UTC, 90 min" in body.get_content()


async def test_moving_a_meeting_keeps_its_uid_and_raises_its_sequence(
    reach: EmailReach, town: Town, make_desk: MakeDesk
) -> None:
    moved = f.RetrospectivePlanned("M1", 1, STARTS + timedelta(days=1), 60, ("bob",), PLANNED.done_by)
    await reach.carry_out(inviting(), make_desk(PLANNED), 1)
    first = event_of(calendars(letter_to(town))[0])

    await reach.carry_out(inviting(3, 1), make_desk(PLANNED, moved), 1)

    second = event_of(calendars(letter_to(town))[0])
    assert (str(first["UID"]), first["SEQUENCE"]) == (str(second["UID"]), 0)
    assert second["SEQUENCE"] == 1
    assert second.decoded("DTSTART") == STARTS + timedelta(days=1)


async def test_who_is_no_longer_to_come_finds_it_taken_out(
    reach: EmailReach, town: Town, make_desk: MakeDesk
) -> None:
    desk = make_desk(PLANNED, f.RetrospectiveDeclined("not worth it"))

    await reach.carry_out(inviting(3, 1, "CANCEL"), desk, 1)

    calendar = calendars(letter_to(town))[0]
    assert b"METHOD:CANCEL" in calendar
    assert event_of(calendar).decoded("DTSTART") == STARTS
    assert letter_to(town)["Subject"].startswith("Called off: ")


async def test_nobody_is_invited_to_nothing_or_nowhere(reach: EmailReach, make_desk: MakeDesk) -> None:
    nothing = await reach.carry_out(inviting(), make_desk(f.NoteAdded("x", "")), 1)
    nowhere = await reach.carry_out(inviting(address="bob"), make_desk(PLANNED), 1)

    assert nothing == Refused("no retrospective is planned to which anybody could be invited")
    assert nowhere == Refused("'bob' is no mail address")
