"""What an iCalendar file says: who is on call when, or which days are off. Recurring, edited, cancelled and all-day events alike."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import recurring_ical_events
from icalendar import Calendar

from tocsin.acts.calendars.checking import (
    MOST_EVENTS,
    check_rules,
    check_structure,
    name_all,
    set_aside,
    title_of,
)
from tocsin.core.oncall.model import Booked
from tocsin.core.oncall.wall import wall
from tocsin.core.words import shortened
from tocsin.errors import Invalid

LARGEST_FILE: Final = 2_000_000
"""Bytes. A year of shifts has some 100 kB; parsing takes some seconds for each MB."""
STEP: Final = timedelta(days=92)
Lookup = Callable[[str], str | None]
"""A person's handle by what a calendar calls them: a handle, a mail address or a name; None where it is nobody's."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a calendar says in a window. `unknown` is what was left out of it, and why, each a sentence.

    `goes_on` is whether it says something after the window, or may.
    """

    booked: tuple[Booked, ...]
    unknown: tuple[str, ...]
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class DayOff:
    """Days that are off, `end` excluded, and what they are called."""

    name: str
    start: date
    end: date


def shifts_in(data: bytes, who: Lookup, zone: str, start: datetime, end: datetime) -> Read:
    """The shifts that overlap `[start, end)`: their people are an event's attendees, else the names in its title.

    Times without a zone are in `zone`; whole days stay dates. Invalid, saying what is wrong with it, for a file that can't be read.
    """
    booked: list[Booked] = []
    with _named():
        calendar = _calendar(data)
        unknown = list(set_aside(calendar))
        for event in _expanded(calendar, start, end):
            people, declined = _people(event, who)
            first, last = _span(event, zone)
            why = _why_not(people, declined, first, last)
            if why:
                unknown.append(f"{title_of(event)!r} on {first:%Y-%m-%d} {why}: left out")
            else:
                booked.append(Booked(people, first, last, str(event.get("UID", ""))))
        booked.sort(key=lambda one: (wall(zone).instant_of(one.start), one.people))
        return Read(tuple(booked), tuple(dict.fromkeys(unknown)), _goes_on(calendar, end))


def days_off_in(data: bytes, start: datetime, end: datetime) -> tuple[DayOff, ...]:
    """The whole days that the calendar calls off in the window, such as public holidays. Events with a time of day are left out."""
    found: list[DayOff] = []
    with _named():
        calendar = _calendar(data)
        for _ in set_aside(calendar):
            pass  # those that end before they begin are no days
        for event in _expanded(calendar, start, end):
            first, last = _span(event, "UTC")
            if not isinstance(first, datetime) and not isinstance(last, datetime) and first < last:
                found.append(DayOff(shortened(str(event.get("SUMMARY", "")), 100), first, last))
    return tuple(sorted(found, key=lambda one: (one.start, one.name)))


@contextlib.contextmanager
def _named() -> Iterator[None]:
    """Whatever the libraries say of rules and dates that can't be: many kinds of error."""
    try:
        yield
    except Invalid:
        raise
    except Exception as why:
        raise Invalid(
            f"The calendar holds an event that can't be read: {_said(why)}", field="calendar"
        ) from why


def _why_not(
    people: tuple[str, ...], declined: tuple[str, ...], first: datetime | date, last: datetime | date
) -> str:
    if last <= first:
        return "has no length"
    if people:
        return ""
    return f"was declined by {' and '.join(declined)}" if declined else "names nobody that Tocsin knows"


def _calendar(data: bytes) -> Calendar:
    if len(data) > LARGEST_FILE:
        raise Invalid(
            f"The calendar has {len(data) / 1e6:.1f} MB; at most {LARGEST_FILE / 1e6:.0f} MB are taken: export a shorter window",
            field="calendar",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as why:
        raise Invalid(
            f"The calendar is not UTF-8 (byte {why.start}): save it as UTF-8", field="calendar"
        ) from why
    if "BEGIN:VCALENDAR" not in text[:2000].upper():
        raise Invalid("This is no iCalendar file: it does not begin with BEGIN:VCALENDAR", field="calendar")
    check_structure(text)
    try:
        calendar = Calendar.from_ical(text.replace("\x00", ""))
    except Exception as why:  # icalendar raises ValueError, IndexError and KeyError for broken lines.
        raise Invalid(f"The calendar can't be read: {_said(why)}", field="calendar") from why
    assert isinstance(calendar, Calendar)
    return calendar


def _goes_on(calendar: Calendar, end: datetime) -> bool:
    """Whether it has something after `end`, as far as that can be seen without following each rule."""
    for event in calendar.walk("VEVENT"):
        rules = event.get("RRULE") or []
        for rule in rules if isinstance(rules, list) else [rules]:
            untils = [one for one in rule.get("UNTIL", []) if one is not None]
            if untils and all(_day(one) < end.date() for one in untils):
                continue
            if untils or not rule.get("COUNT"):
                return True
        start = event.get("DTSTART")
        if start is not None and _day(start.dt) >= end.date():
            return True
    return False


def _day(when: date) -> date:
    return when.date() if isinstance(when, datetime) else when


def _expanded(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Any]:
    """Window by window, so that a calendar that says too much is stopped before it fills the memory."""
    check_rules(calendar)
    name_all(calendar)
    query = recurring_ical_events.of(calendar)
    seen: set[tuple[str, str]] = set()
    while start < end:
        step = min(start + STEP, end)
        for event in query.between(start, step):
            key = str(event.get("UID", "")), str(event["DTSTART"].dt)
            if key in seen or str(event.get("STATUS", "")).upper() == "CANCELLED":
                continue
            seen.add(key)
            if len(seen) > MOST_EVENTS:
                raise Invalid(f"The calendar has more than {MOST_EVENTS:,} events", field="calendar")
            yield event
        start = step


def _span(event: Any, zone: str) -> tuple[datetime | date, datetime | date]:
    first, last = event["DTSTART"].dt, event["DTEND"].dt if "DTEND" in event else None
    if not isinstance(first, datetime):
        return first, last if last is not None else first + timedelta(days=1)
    clock = wall(zone)
    return clock.instant_of(first), clock.instant_of(last if isinstance(last, datetime) else first)


def _people(event: Any, who: Lookup) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who is on call by an event, and who would be but has declined."""
    attendees = event.get("ATTENDEE") or []
    attendees = attendees if isinstance(attendees, list) else [attendees]
    found: dict[str, bool] = {}
    for one in attendees:
        handle = who(re.sub(r"(?i)^(mailto|urn:tocsin):", "", str(one)).strip())
        if handle:
            comes = str(getattr(one, "params", {}).get("PARTSTAT", "")).upper() != "DECLINED"
            found[handle] = found.get(handle, False) or comes
    if not found:
        named = (who(name) for name in _names(str(event.get("SUMMARY", ""))))
        return tuple(dict.fromkeys(handle for handle in named if handle)), ()
    return tuple(one for one in found if found[one]), tuple(one for one in found if not found[one])


def _names(title: str) -> Iterator[str]:
    """The names that a title may hold: `[L1] alice, bob`, `On call: Alice Jones`, `On Call - Alice Jones - Ops`."""
    bare = " ".join(re.sub(r"^\s*\[[^\]]*\]", "", title).split())
    for part in [bare, *re.split(r"[,;/&+:|]|\s-\s|\band\b", bare)]:
        name = part.strip().removeprefix("@")
        if name:
            yield name


def _said(why: Exception) -> str:
    return shortened(" ".join(str(why).split()), 200) or type(why).__name__
