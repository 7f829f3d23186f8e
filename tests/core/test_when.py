"""Times as people type them mean instants by the wall clock where they live."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tocsin.core.when import day_of, when_of
from tocsin.errors import Invalid

BERLIN = "Europe/Berlin"
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""10:00 in Berlin."""
BEFORE_SUMMER = datetime(2026, 3, 28, 9, 0, tzinfo=UTC)
"""The Saturday before the clocks go forward."""


@pytest.mark.parametrize(
    ("text", "now", "means"),
    [
        ("now", MONDAY, "2026-03-02T09:00"),
        ("2h", MONDAY, "2026-03-02T11:00"),
        ("+90m", MONDAY, "2026-03-02T10:30"),
        ("18:00", MONDAY, "2026-03-02T17:00"),
        ("9:30", MONDAY, "2026-03-03T08:30"),
        ("10:00", MONDAY, "2026-03-03T09:00"),
        ("today 18:00", MONDAY, "2026-03-02T17:00"),
        ("Tomorrow  at 9:00", MONDAY, "2026-03-03T08:00"),
        ("tomorrow", MONDAY, "2026-03-02T23:00"),
        ("fri 17:00", MONDAY, "2026-03-06T16:00"),
        ("Monday 17:00", MONDAY, "2026-03-02T16:00"),
        ("mon 9:00", MONDAY, "2026-03-09T08:00"),
        ("2026-03-05", MONDAY, "2026-03-04T23:00"),
        ("2026-03-05 9:00", MONDAY, "2026-03-05T08:00"),
        ("2026-03-05T09:00", MONDAY, "2026-03-05T08:00"),
        ("2026-03-05T09:00:30Z", MONDAY, "2026-03-05T09:00:30"),
        ("2026-03-05T09:00+05:30", MONDAY, "2026-03-05T03:30"),
        # The clock goes from 02:00 to 03:00: a span is elapsed time, a time of the day is what the clock reads.
        ("1d", BEFORE_SUMMER, "2026-03-29T09:00"),
        ("tomorrow 10:00", BEFORE_SUMMER, "2026-03-29T08:00"),
        ("tomorrow 2:30", BEFORE_SUMMER, "2026-03-29T01:00"),
        ("2026-10-25 02:30", BEFORE_SUMMER, "2026-10-25T00:30"),
    ],
)
def test_a_time_means_what_the_clock_on_the_wall_will_read(text: str, now: datetime, means: str) -> None:
    assert when_of(text, now, BERLIN) == datetime.fromisoformat(means).replace(tzinfo=UTC)


def test_a_span_counts_from_the_start_where_there_is_one() -> None:
    start = when_of("tomorrow 9:00", MONDAY, BERLIN)

    assert when_of("2h", MONDAY, BERLIN, after=start) == datetime(2026, 3, 3, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "soon", "25:00", "9:75", "2026-02-30 09:00", "next year", "-2h", "9", "someday 9:00", "99999999d"],
)
def test_what_is_no_time_is_told_what_is_one(text: str) -> None:
    with pytest.raises(Invalid, match=r"is no time: write now, 2h, 18:00, tomorrow 9:00, fri 17:00"):
        when_of(text, MONDAY, BERLIN)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-05", date(2026, 3, 5)),
        ("tomorrow", date(2026, 3, 3)),
        ("fri", date(2026, 3, 6)),
        ("tomorrow 9:00", None),
        ("2h", None),
        ("someday", None),
    ],
)
def test_a_day_alone_is_a_whole_day(text: str, day: date | None) -> None:
    assert day_of(text, MONDAY, BERLIN) == day
