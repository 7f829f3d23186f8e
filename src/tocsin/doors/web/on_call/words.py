"""What changes a schedule for a while, in words for a page."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import assert_never

from tocsin.core.oncall.model import Absence, Change, Override
from tocsin.core.people import Roster
from tocsin.doors.web.local_time import Clock


def override(one: Override, roster: Roster) -> str:
    people = " and ".join(roster.name(person) for person in one.people)
    whom = roster.name(one.instead_of)
    match one.change:
        case Change.TAKE:
            return f"{people} instead of anybody" if people else "Nobody, whoever else would be"
        case Change.REPLACE:
            return f"{people} instead of {whom}"
        case Change.ADD:
            return f"{people} as well"
        case Change.REMOVE:
            return f"Without {whom}"
        case _:
            assert_never(one.change)


def absence(one: Absence, clock: Clock) -> str:
    """From the first to the last day of whole days; else both times."""
    if isinstance(one.start, datetime) and isinstance(one.end, datetime):
        return clock.span(one.start, one.end) + f" {clock.zone}"
    last = one.end - timedelta(days=1)
    first_day = f"{one.start:%a} {one.start.day} {one.start:%b %Y}"
    return first_day if last <= one.start else f"{first_day} – {last:%a} {last.day} {last:%b %Y}"
