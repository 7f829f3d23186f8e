"""What an iCalendar file says: who is on call when, or which days are off. Recurring, edited, cancelled and all-day events alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import recurring_ical_events
from icalendar import Calendar

from tocsin.core.oncall.model import Booked
from tocsin.core.oncall.wall import wall
from tocsin.core.words import shortened
from tocsin.errors import Invalid

LARGEST_FILE: Final = 2_000_000
"""Bytes. A year of shifts has some 100 kB; parsing takes about a second for each MB."""
MOST_EVENTS: Final = 20_000
TOO_OFTEN: Final = ("SECONDLY", "MINUTELY", "HOURLY")
STEP: Final = timedelta(days=92)
Lookup = Callable[[str], str | None]
"""A person's handle by what a calendar calls them: a handle, a mail address or a name; None where it is nobody's."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a calendar says in a window. `unknown` are the events that name nobody we know, each as a sentence."""

    booked: tuple[Booked, ...]
    unknown: tuple[str, ...]


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
    unknown: list[str] = []
    for event in _events(data, start, end):
        people = _people(event, who)
        title = shortened(str(event.get("SUMMARY", "")) or "(without a title)", 80)
        first, last = _span(event, zone)
        if last <= first:
            unknown.append(f"{title!r} on {first:%Y-%m-%d} has no length: left out")
        elif not people:
            unknown.append(f"{title!r} on {first:%Y-%m-%d} names nobody that Tocsin knows: left out")
        else:
            booked.append(Booked(people, first, last, str(event.get("UID", ""))))
    booked.sort(key=lambda one: (wall(zone).instant_of(one.start), one.people))
    return Read(tuple(booked), tuple(dict.fromkeys(unknown)))


def days_off_in(data: bytes, start: datetime, end: datetime) -> tuple[DayOff, ...]:
    """The whole days that the calendar calls off in the window, such as public holidays. Events with a time of day are left out."""
    found: list[DayOff] = []
    for event in _events(data, start, end):
        first, last = _span(event, "UTC")
        if not isinstance(first, datetime) and not isinstance(last, datetime) and first < last:
            found.append(DayOff(shortened(str(event.get("SUMMARY", "")), 100), first, last))
    return tuple(sorted(found, key=lambda one: (one.start, one.name)))


def _events(data: bytes, start: datetime, end: datetime) -> Iterator[Any]:
    calendar = _calendar(data)
    try:
        _check_rules(calendar)
        yield from _expanded(calendar, start, end)
    except Invalid:
        raise
    except Exception as why:  # The libraries raise many kinds of error for rules and dates that can't be.
        raise Invalid(
            f"The calendar holds an event that can't be read: {_said(why)}", field="calendar"
        ) from why


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
    try:
        calendar = Calendar.from_ical(text.replace("\x00", ""))
    except Exception as why:  # icalendar raises ValueError, IndexError and KeyError for broken lines.
        raise Invalid(f"The calendar can't be read: {_said(why)}", field="calendar") from why
    assert isinstance(calendar, Calendar)
    return calendar


def _check_rules(calendar: Calendar) -> None:
    for event in calendar.walk("VEVENT"):
        rules = event.get("RRULE") or []
        for rule in rules if isinstance(rules, list) else [rules]:
            often = [str(one) for one in rule.get("FREQ", []) if str(one).upper() in TOO_OFTEN]
            if often:
                title = shortened(str(event.get("SUMMARY", "")), 80)
                raise Invalid(
                    f"{title!r} repeats {often[0].lower()}: a shift repeats daily at most", field="calendar"
                )


def _expanded(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Any]:
    """Window by window, so that a calendar that says too much is stopped before it fills the memory."""
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


def _people(event: Any, who: Lookup) -> tuple[str, ...]:
    attendees = event.get("ATTENDEE") or []
    attendees = attendees if isinstance(attendees, list) else [attendees]
    found = [who(re.sub(r"(?i)^mailto:", "", str(one)).strip()) for one in attendees]
    if not any(found):
        found = [who(name) for name in _names(str(event.get("SUMMARY", "")))]
    return tuple(dict.fromkeys(handle for handle in found if handle))


def _names(title: str) -> Iterator[str]:
    """The names that a title may hold: `[L1] alice, bob`, `On call: Alice Jones`, `On Call - Alice Jones - Ops`."""
    bare = " ".join(re.sub(r"^\s*\[[^\]]*\]", "", title).split())
    for part in [bare, *re.split(r"[,;/&+:|]|\s-\s|\band\b", bare)]:
        name = part.strip().removeprefix("@")
        if name:
            yield name


def _said(why: Exception) -> str:
    return shortened(" ".join(str(why).split()), 200) or type(why).__name__
