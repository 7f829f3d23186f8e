"""The wall clock of every zone that there is, against zoneinfo itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from random_schedules import EXAMPLES

from tocsin.core.oncall.wall import wall

ZONES = sorted(available_timezones() - {"localtime"})
MOMENT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
readings = st.datetimes(datetime(1900, 1, 1), datetime(2150, 1, 1))  # noqa: DTZ001 (local wall clock)
many = settings(max_examples=5 * EXAMPLES, deadline=None)


def reads(zone: str, at: datetime) -> datetime:
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@given(st.sampled_from(ZONES), readings, st.integers(0, 3 * 86400))
@example("Europe/Berlin", datetime(2026, 3, 29, 2, 30), 0)  # noqa: DTZ001
@example("Pacific/Apia", datetime(2011, 12, 30, 12), 0)  # noqa: DTZ001
@example("America/Juneau", datetime(1867, 10, 18, 12), 0)  # noqa: DTZ001 - the day that came twice
@many
def test_a_reading_comes_at_the_first_instant_at_which_the_clock_reads_it_or_later(
    zone: str, reading: datetime, seconds: int
) -> None:
    at = wall(zone).instant(reading)

    assert reads(zone, at) >= reading
    assert reads(zone, at - MOMENT) < reading
    assert reads(zone, at - timedelta(seconds=seconds) - MOMENT) < reading


@given(st.sampled_from(ZONES), st.integers(1850, 2150))
@settings(max_examples=EXAMPLES, deadline=None)
def test_the_clock_reads_what_zoneinfo_says_through_a_whole_year(zone: str, year: int) -> None:
    clock, start = wall(zone), datetime(year, 1, 1, tzinfo=UTC)

    instants = [start + n * HOUR for n in range(0, 366 * 24, 5)]

    assert [clock.reading(at) for at in instants] == [reads(zone, at) for at in instants]


@given(st.sampled_from(ZONES), readings, st.integers(1, 400))
@many
def test_steps_of_a_steady_clock_are_as_far_apart_as_their_readings(
    zone: str, reading: datetime, hours: int
) -> None:
    clock, step = wall(zone), hours * HOUR

    ahead = clock.steps_ahead(reading, step)

    instants = [clock.instant(reading + n * step) for n in range(ahead + 1)]
    assert instants == [instants[0] + n * step for n in range(ahead + 1)]


@given(st.sampled_from(ZONES), readings, st.integers(1, 400))
@many
def test_a_clock_that_is_steady_goes_evenly(zone: str, reading: datetime, hours: int) -> None:
    clock = wall(zone)
    assume(clock.is_steady(reading, reading + hours * HOUR))

    instants = [clock.instant(reading + n * HOUR) for n in range(hours + 1)]

    assert instants == [instants[0] + n * HOUR for n in range(hours + 1)]
