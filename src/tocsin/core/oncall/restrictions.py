"""When a rotation counts at all: the spans of each week, by the schedule's wall clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from functools import lru_cache

from tocsin.core.oncall.model import Restriction, Weekly
from tocsin.core.oncall.pieces import Span, merged
from tocsin.core.oncall.wall import FIRST_READING, Wall

DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
Readings = tuple[timedelta, timedelta]
"""A span of a week by the wall clock, counted from Monday 00:00. Its end may lie in the week after."""


def open_spans(restrictions: Iterable[Restriction], wall: Wall, start: datetime, end: datetime) -> list[Span]:
    """When any of the restrictions lets a rotation count: the spans that have a part within the window, which may reach beyond it."""
    week = [_readings(span) for restriction in restrictions for span in restriction.spans]
    return merged(
        [
            span
            for monday in _mondays(wall, start, end)
            for span in _week(wall, monday, week)
            if span[0] < end and start < span[1]
        ]
    )


@lru_cache(maxsize=10_000)
def _readings(span: Weekly) -> Readings:
    start = span.start_day * DAY + _since_midnight(span.start)
    end = span.end_day * DAY + _since_midnight(span.end)
    return start, end if end > start else end + WEEK


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond)


def _week(wall: Wall, monday: datetime, week: list[Readings]) -> list[Span]:
    try:
        if wall.is_steady(monday, monday + 2 * WEEK):
            midnight = wall.instant(monday)
            return [(midnight + start, midnight + end) for start, end in week]
        return [(wall.instant(monday + start), wall.instant(monday + end)) for start, end in week]
    except OverflowError:  # the first and the last week of the calendar
        return []


def _mondays(wall: Wall, start: datetime, end: datetime) -> Iterator[datetime]:
    """The weeks whose spans can reach into the window: a span of the week before may end in it."""
    first, last = wall.reading(start), wall.reading(end)
    try:
        day = datetime.combine(first.date() - timedelta(days=first.weekday()), time()) - WEEK
    except OverflowError:
        day = FIRST_READING  # 1 January of the year 1 is a Monday
    while day <= last:
        yield day
        try:
            day += WEEK
        except OverflowError:
            return
