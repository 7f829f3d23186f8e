"""The week or the month that a schedule's page shows, day by day, by the schedule's wall clock."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from tocsin.core.oncall.model import Gap, Shift
from tocsin.doors.web.local_time import Clock
from tocsin.errors import Invalid

DAY: Final = timedelta(days=1)
MONTH: Final = re.compile(r"(\d{4})-(\d{2})")


@dataclass(frozen=True, slots=True)
class Frame:
    """From the day `first` to before the day `last`; `kind` is week or month."""

    kind: str
    first: date
    last: date

    @property
    def title(self) -> str:
        if self.kind == "month":
            return f"{self.first:%B %Y}"
        end = self.last - DAY
        month = "" if end.month == self.first.month else f" {self.first:%b}"
        return f"{self.first.day}{month} – {end.day} {end:%b %Y}"

    @property
    def query(self) -> str:
        return f"month={self.first:%Y-%m}" if self.kind == "month" else f"week={self.first}"

    @property
    def before(self) -> Frame:
        return month_of(self.first - DAY) if self.kind == "month" else week_of(self.first - DAY)

    @property
    def after(self) -> Frame:
        return month_of(self.last) if self.kind == "month" else week_of(self.last)

    def span(self, clock: Clock) -> tuple[datetime, datetime]:
        return clock.wall.instant_of(self.first), clock.wall.instant_of(self.last)

    def days(self) -> Iterator[date]:
        yield from (self.first + i * DAY for i in range((self.last - self.first).days))


@dataclass(frozen=True, slots=True)
class Entry:
    """A part of a day: `person` on call (empty: nobody), from `start` to `end`, which may lie outside of the day."""

    person: str
    start: datetime
    end: datetime
    starts: bool
    ends: bool
    at: datetime
    """An instant of it within the day, to ask why."""
    overridden: bool = False

    @property
    def whole(self) -> bool:
        return not self.starts and not self.ends


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the page, with who is on call in it; `column` is its weekday, 1 for Monday."""

    day: date
    entries: Sequence[Entry]
    is_today: bool
    is_past: bool

    @property
    def column(self) -> int:
        return self.day.isoweekday()

    @property
    def name(self) -> str:
        return f"{self.day:%a} {self.day.day} {self.day:%b}"


def frame_of(query: Mapping[str, str], clock: Clock) -> Frame:
    """The week or the month that the address names, by default this week. Invalid, by name, for what is none."""
    month, week = query.get("month"), query.get("week")
    if month is not None:
        found = MONTH.fullmatch(month) if month.isascii() else None
        if not found or not 1970 <= int(found[1]) <= 2200 or not 1 <= int(found[2]) <= 12:
            raise Invalid(f"month is {month!r}: write one such as 2026-03", field="month")
        return month_of(date(int(found[1]), int(found[2]), 1))
    if week is None:
        return week_of(clock.today)
    try:
        day = date.fromisoformat(week)
    except ValueError as why:
        raise Invalid(f"week is {week!r}: write a day of it, such as 2026-03-02", field="week") from why
    if not 1970 <= day.year <= 2200:
        raise Invalid(f"week is in the year {day.year}: write one between 1970 and 2200", field="week")
    return week_of(day)


def week_of(day: date) -> Frame:
    first = day - day.weekday() * DAY
    return Frame("week", first, first + 7 * DAY)


def month_of(day: date) -> Frame:
    first = day.replace(day=1)
    return Frame("month", first, (first + 32 * DAY).replace(day=1))


def days_of(frame: Frame, clock: Clock, shifts: Sequence[Shift], gaps: Sequence[Gap]) -> list[Day]:
    """Each day with the shifts and gaps that have a part in it, in their order."""
    rows = [(one.start, one.end, one.person, bool(one.because.override)) for one in shifts]
    rows += [(one.start, one.end, "", False) for one in gaps]
    rows.sort()
    found = []
    for day in frame.days():
        start, end = clock.wall.instant_of(day), clock.wall.instant_of(day + DAY)
        entries = [
            Entry(person, a, b, a > start, b < end, max(a, start), overridden)
            for a, b, person, overridden in rows
            if a < end and b > start
        ]
        found.append(Day(day, entries, day == clock.today, day < clock.today))
    return found
