"""The wall clock of a zone: what it reads at an instant, and at which instant it reads a time.

One rule serves every strange hour: a local time happens at the first instant at which the clock reads that time or a later one. So a
time that is skipped happens right after the gap, and one that comes twice, at the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from tocsin.core.oncall.model import BEGINNING
from tocsin.errors import Invalid

END = datetime.max.replace(tzinfo=UTC)
"""No instant is later. What would lie beyond it happens then."""
FIRST_READING, LAST_READING = datetime.min, datetime.max  # noqa: DTZ901 (readings are naive)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)
MARGIN = timedelta(days=3)
"""How far a year's table reaches into its neighbours: more than any offset and any change of one."""
YEARS_KEPT = 500

MILLENNIUM = datetime(2000, 1, 1, tzinfo=UTC)
"""What readings are counted from: a difference and a sum take a tenth of the time that `replace(tzinfo=UTC)` takes."""


@dataclass(frozen=True, slots=True)
class Steady:
    """A span (instants) of one offset. `zero` is what the clock reads at MILLENNIUM by that offset.

    The readings from `reads_from` up to `reads_to` come in it for the first time.
    """

    begins_at: datetime
    ends_at: datetime
    reads_from: datetime
    reads_to: datetime
    zero: datetime


class Wall:
    """The wall clock of one zone. Readings are naive, instants are aware UTC; what lies outside the years 1 to 9999 is cut to them."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self._tables: dict[int, list[Steady]] = {}
        # Most questions are about the same few months as the one before.
        self._near = (FIRST_READING, FIRST_READING, FIRST_READING)

    def instant(self, reading: datetime) -> datetime:
        """The first instant at which the clock reads `reading` or a later time."""
        reads_from, reads_to, zero = self._near
        if reads_from <= reading < reads_to:
            return MILLENNIUM + (reading - zero)
        for span in self._table(reading.year):
            if reading < span.reads_to:
                if reading < span.reads_from:
                    return span.begins_at
                self._near = (span.reads_from, span.reads_to, span.zero)
                return MILLENNIUM + (reading - span.zero)
        return END

    def reading(self, instant: datetime) -> datetime:
        """What the clock reads at `instant`."""
        for span in self._table(instant.year):
            if instant < span.ends_at:
                return _reading(instant, span.zero)
        return LAST_READING

    def is_steady(self, first: datetime, last: datetime) -> bool:
        """Whether the clock goes evenly through all readings from `first` to `last`, as they come for the first time."""
        for span in self._table(first.year):
            if first < span.reads_to:
                return span.reads_from <= first and last < span.reads_to
        return False

    def steps_ahead(self, reading: datetime, step: timedelta) -> int:
        """How many more readings, each a step after the one before, come as evenly as `reading`: their instants are as far apart."""
        for span in self._table(reading.year):
            if reading < span.reads_to:
                return (span.reads_to - MICROSECOND - reading) // step if span.reads_from <= reading else 0
        return 0

    def instant_of(self, when: date) -> datetime:
        """An instant as it stands; of a naive time, when the clock reads it; of a date, when that day begins."""
        if not isinstance(when, datetime):
            return self.instant(datetime.combine(when, time()))
        return self.instant(when) if when.tzinfo is None else utc(when)

    def _table(self, year: int) -> list[Steady]:
        table = self._tables.get(year)
        if table is None:
            if len(self._tables) >= YEARS_KEPT:
                self._tables.clear()
            table = self._tables[year] = _steady_spans(self.zone, year)
        return table


@lru_cache(maxsize=1000)
def wall(zone: str) -> Wall:
    """The wall clock of the zone of that name. Invalid where there is none."""
    try:
        return Wall(ZoneInfo(zone))
    except Exception as why:  # ZoneInfo raises five kinds of error for a bad name.
        raise Invalid(
            f"zone is {zone!r}, no time zone; write one such as Europe/Berlin", field="zone"
        ) from why


def utc(at: datetime, name: str = "at") -> datetime:
    """The same instant in UTC. Invalid for a time without an offset, which is no instant."""
    if at.tzinfo is UTC:
        return at
    if at.utcoffset() is None:
        raise Invalid(f"{name} is {at.isoformat()}, without an offset: say in which zone", field=name)
    try:
        return at.astimezone(UTC)
    except OverflowError:
        return BEGINNING if at.year == 1 else END


def later(at: datetime, by: timedelta) -> datetime:
    """`at` moved by `by`, but never out of the years 1 to 9999."""
    try:
        return at + by
    except OverflowError:
        return END if by > timedelta() else BEGINNING


def _reading(instant: datetime, zero: datetime) -> datetime:
    try:
        return zero + (instant - MILLENNIUM)
    except OverflowError:
        return FIRST_READING if instant < MILLENNIUM else LAST_READING


def _steady_spans(zone: ZoneInfo, year: int) -> list[Steady]:
    """The spans of one offset that touch `year`, in their order.

    zoneinfo does not tell when a zone changes its offset, so each day is asked, and within a day of change the second is searched for.
    In all of tzdata two changes are never less than three days apart.
    """
    begin = later(datetime(year, 1, 1, tzinfo=UTC), -MARGIN)
    end = later(datetime(year, 12, 31, tzinfo=UTC), MARGIN)
    spans: list[Steady] = []
    begins_at, read_by = begin, FIRST_READING
    for ends_at in [*_changes(zone, begin, end), end]:
        zero = MILLENNIUM.replace(tzinfo=None) + _offset(zone, begins_at)
        reads_from = max(read_by, _reading(begins_at, zero))
        read_by = max(read_by, _reading(ends_at, zero))
        spans.append(Steady(begins_at, ends_at, reads_from, read_by, zero))
        begins_at = ends_at
    return spans


def _changes(zone: ZoneInfo, begin: datetime, end: datetime) -> Iterator[datetime]:
    before = begin
    while before < end:
        after = min(later(before, DAY), end)
        if _offset(zone, after) != _offset(zone, before):
            yield _change_between(zone, before, after)
        before = after


def _change_between(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second at which the offset changes, of a span in which it does so once."""
    old = _offset(zone, before)
    low, high = 0, (after - before) // SECOND
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, before + middle * SECOND) == old:
            low = middle
        else:
            high = middle
    return before + high * SECOND


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    try:
        offset = instant.astimezone(zone).utcoffset()
    except OverflowError:  # at the very ends of the calendar no offset changes
        offset = later(instant, DAY if instant.year == 1 else -DAY).astimezone(zone).utcoffset()
    return offset or timedelta()
