"""Schedules as calendars that people subscribe to, each under a link that is a secret of its own."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

from tocsin.acts.access import hashed
from tocsin.acts.calendars.writing import feed
from tocsin.acts.house import House
from tocsin.acts.oncall.by import By, must_answer_for
from tocsin.acts.oncall.writing import kept_of, known_people
from tocsin.acts.roster import directory
from tocsin.core.oncall import calculator
from tocsin.core.oncall.model import Schedule, Shift
from tocsin.errors import Invalid, NotFound
from tocsin.store import calendars as rows
from tocsin.store.people import Directory

SCHEDULE: Final = "schedule"
PERSON: Final = "person"
BACK: Final = timedelta(days=30)
AHEAD: Final = timedelta(days=180)


async def make_link(house: House, by: By, kind: str, subject: str) -> str:
    """A secret under which the shifts of a schedule, or of a person, are read. One's own older link to it opens nothing any more."""
    async with house.pool.acquire() as conn, conn.transaction():
        known = await directory(house, conn)
        subject = _subject(known, by, kind, subject)
        secret, now = secrets.token_urlsafe(24), house.clock.now()
        await conn.execute(rows.SQL["revoke_links"], kind, subject, by.name, now)
        await conn.execute(rows.SQL["add_link"], hashed(secret), kind, subject, by.name, now)
    return secret


async def revoke_links(house: House, by: By, kind: str, subject: str) -> None:
    """One's own links to it open nothing any more; an admin's word is for everybody's."""
    async with house.pool.acquire() as conn, conn.transaction():
        known = await directory(house, conn)
        subject = _subject(known, by, kind, subject)
        whose = "" if by.is_admin else by.name
        await conn.execute(rows.SQL["revoke_links"], kind, subject, whose, house.clock.now())


async def calendar_of(house: House, secret: str) -> tuple[str, bytes]:
    """(what it is called, the calendar) of a link. NotFound for one that opens nothing."""
    async with house.pool.acquire() as conn:
        known = await directory(house, conn)
        row = await conn.fetchrow(rows.SQL["link"], hashed(secret))
    gone = NotFound("This calendar does not exist, or its link was revoked. Make a new one in Tocsin")
    if row is None:
        raise gone
    kind, subject = row["kind"], row["subject"]
    if subject not in (known.people if kind == PERSON else {one.id for one in known.schedules}):
        raise gone
    return subject, _written(house, known, kind, subject)


def _subject(known: Directory, by: By, kind: str, subject: str) -> str:
    if kind == SCHEDULE:
        return kept_of(known, subject).id
    if kind != PERSON:
        raise Invalid(f"kind is {kind!r}: write schedule or person", field="kind")
    [person] = known_people(known, [subject], "subject")
    must_answer_for(by, known, person, "make a calendar of")
    return person


def _written(house: House, known: Directory, kind: str, subject: str) -> bytes:
    now = house.clock.now()
    found: list[tuple[str, str, Shift]] = []
    for one in known.schedules:
        if kind == PERSON or one.id == subject:
            found += _shifts(one, now - BACK, now + AHEAD, subject if kind == PERSON else "")
    if kind == PERSON:
        name = f"{known.people[subject].name} on call"
        return feed(name, found, title=lambda called, _: f"On call: {called}", people=known.people, now=now)
    people = known.names
    called = known.kept[subject].schedule.name
    return feed(
        called,
        found,
        title=lambda _, s: f"{people.get(s.person, s.person)} on call ({called})",
        people=known.people,
        now=now,
    )


def _shifts(schedule: Schedule, start: datetime, end: datetime, person: str) -> list[tuple[str, str, Shift]]:
    """The shifts that have a part in the window, each whole: one that was cut would be another event at every read."""
    cut = [one for at in (start, end) for one in calculator.shifts_at(schedule, at)]
    inside = [one for one in calculator.shifts(schedule, start, end) if start < one.start and one.end < end]
    found = sorted({*cut, *inside}, key=lambda one: (one.start, one.person))
    return [(schedule.id, schedule.name, shift) for shift in found if not person or shift.person == person]
