"""Instants as people type them, by the wall clock of a zone: `now`, `2h`, `18:00`, `tomorrow 9:00`, `fri 17:00`, `2026-03-05 09:00`."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from tocsin.core.oncall.wall import wall
from tocsin.core.people import DAYS
from tocsin.core.spans import span_of
from tocsin.errors import Invalid

CLOCK = re.compile(r"(\d{1,2}):(\d\d)")
DAY_AND_CLOCK = re.compile(r"([a-z]+|\d{4}-\d\d-\d\d)(?:\s+(?:at\s+)?(\d{1,2}:\d\d))?")
EXAMPLES = "now, 2h, 18:00, tomorrow 9:00, fri 17:00, 2026-03-05 09:00 or 2026-03-05T09:00+01:00"


def when_of(
    text: str, now: datetime, zone: str, *, field: str = "at", after: datetime | None = None
) -> datetime:
    """The instant that `text` means at `now`, by the clock of `zone`.

    A span counts from `after` (by default from now). A time of the day is the next one to come, and so is a weekday; a day alone is its
    beginning. Invalid for anything else.
    """
    said = " ".join(text.lower().split())
    if said == "now":
        return now
    span = span_of(said.lstrip("+"))
    if span is not None and span >= timedelta(0):
        return (after or now) + span
    found = _local(said, wall(zone).reading(now))
    if found is not None:
        return wall(zone).instant(found)
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError as why:
        raise Invalid(f"{text!r} is no time: write {EXAMPLES}", field=field) from why
    return at if at.tzinfo else wall(zone).instant(at)


def day_of(text: str, now: datetime, zone: str) -> date | None:
    """The day that `text` means where it names a day alone: `2026-03-05`, `tomorrow`, `fri`. None for anything else."""
    found = DAY_AND_CLOCK.fullmatch(" ".join(text.lower().split()))
    return _day(found[1], wall(zone).reading(now).date()) if found and not found[2] else None


def _local(said: str, here: datetime) -> datetime | None:
    """What the clock reads then, where it reads `here` now."""
    clock = CLOCK.fullmatch(said)
    if clock:
        at = _clock(said)
        today = datetime.combine(here.date(), at) if at else None
        return today if today is None or today > here else today + timedelta(days=1)
    found = DAY_AND_CLOCK.fullmatch(said)
    if not found:
        return None
    at = _clock(found[2]) if found[2] else time()
    day = _day(found[1], here.date())
    if day is None or at is None:
        return None
    then = datetime.combine(day, at)
    is_weekday = found[1][:3] in DAYS and not found[1][0].isdecimal()
    return then + timedelta(days=7) if is_weekday and then <= here else then


def _clock(text: str) -> time | None:
    hour, minute = (int(part) for part in text.split(":"))
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _day(said: str, today: date) -> date | None:
    named = {"today": 0, "tomorrow": 1}
    if said in named:
        return today + timedelta(days=named[said])
    full = {day: n for n, day in enumerate(DAYS)}
    full |= {
        name: n
        for n, name in enumerate(
            ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
        )
    }
    if said in full:
        return today + timedelta(days=(full[said] - today.weekday()) % 7)
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None
