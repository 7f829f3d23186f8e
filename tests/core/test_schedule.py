"""Who is on call: turns of a week by local wall clock, through every change of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.core.schedule import Override, Rotation, Shift, on_call, shift_at

PEOPLE = ("alice", "bob", "carol")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def rotation(zone: str, first: str, participants: tuple[str, ...] = PEOPLE) -> Rotation:
    return Rotation("ops", "ops_team", zone, local(first), participants)


def shifts(of: Rotation, start: datetime, many: int) -> list[Shift]:
    found = [shift_at(of, start)]
    for _ in range(many - 1):
        assert found[-1]
        found.append(shift_at(of, found[-1].end))
    return [shift for shift in found if shift]


@pytest.mark.parametrize(
    ("zone", "first", "handoff", "why"),
    [
        ("Europe/Berlin", "2026-03-23T09:00", "2026-03-30 07:00", "09:00 stays 09:00 when summer begins"),
        ("Europe/Berlin", "2026-10-19T09:00", "2026-10-26 08:00", "and when it ends"),
        ("America/New_York", "2026-03-02T09:00", "2026-03-09 13:00", "three weeks before Europe"),
        ("America/New_York", "2026-10-26T09:00", "2026-11-02 14:00", "a week after Europe"),
        ("Australia/Lord_Howe", "2026-09-28T09:00", "2026-10-04 22:00", "half an hour forward"),
        ("Australia/Lord_Howe", "2026-03-30T09:00", "2026-04-05 22:30", "half an hour back"),
        ("Europe/Berlin", "2026-03-22T02:30", "2026-03-29 01:00", "02:30 is skipped: right after the gap"),
        ("America/New_York", "2026-03-01T02:00", "2026-03-08 07:00", "02:00 is the first that is skipped"),
        ("Australia/Lord_Howe", "2026-09-27T02:15", "2026-10-03 15:30", "in a gap of half an hour"),
        ("Europe/Berlin", "2026-10-18T02:30", "2026-10-25 00:30", "02:30 comes twice: the first counts"),
        ("America/New_York", "2026-10-25T01:30", "2026-11-01 05:30", "01:30 comes twice: the first counts"),
        ("Pacific/Apia", "2011-12-23T09:00", "2011-12-30 10:00", "a whole day is skipped: right after it"),
        ("Pacific/Apia", "2011-12-24T09:00", "2011-12-30 19:00", "the day after comes a day sooner"),
    ],
)
def test_the_first_handoff_after_a_change_of_the_clocks(
    zone: str, first: str, handoff: str, why: str
) -> None:
    turns = rotation(zone, first)
    instant = utc(handoff)

    before, after = shift_at(turns, instant - timedelta(microseconds=1)), shift_at(turns, instant)

    assert before is not None
    assert after is not None
    assert (before.person, before.end) == ("alice", instant), why
    assert (after.person, after.start) == ("bob", instant), why


def test_after_a_handoff_in_a_gap_the_next_is_at_its_own_time_again() -> None:
    turns = rotation("Europe/Berlin", "2026-03-22T02:30")

    found = shifts(turns, utc("2026-03-23"), 3)

    assert [shift.end for shift in found] == [
        utc("2026-03-29 01:00"),
        utc("2026-04-05 00:30"),
        utc("2026-04-12 00:30"),
    ]


def test_a_first_handoff_that_is_skipped_begins_right_after_the_gap() -> None:
    turns = rotation("Europe/Berlin", "2026-03-29T02:30")

    assert on_call(turns, utc("2026-03-29 00:59:59")) == ()
    assert on_call(turns, utc("2026-03-29 01:00")) == ("alice",)


def test_before_the_first_handoff_nobody_is_on_call() -> None:
    turns = rotation("Europe/Berlin", "2026-03-02T09:00")

    assert on_call(turns, utc("2026-03-02 07:59:59.999999")) == ()
    assert on_call(turns, utc("2026-03-02 08:00")) == ("alice",)
    assert on_call(turns, utc("1999-01-01")) == ()


def test_a_rotation_of_nobody_has_nobody() -> None:
    assert shift_at(rotation("UTC", "2026-03-02T09:00", ()), utc("2026-03-09")) is None


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2010, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 - local wall clock
    st.integers(0, 120),
)
@settings(max_examples=60, deadline=None)
def test_shifts_follow_each_other_without_a_gap_in_the_order_of_the_people(
    zone: str, first: datetime, week: int
) -> None:
    turns = Rotation("ops", "", zone, first, PEOPLE)
    start = (first + timedelta(weeks=week)).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) + timedelta(days=2)

    found = shifts(turns, start, 6)

    assert len(found) == 6
    assert all(shift.start < shift.end for shift in found)
    assert all(one.end == next.start for one, next in pairwise(found))
    assert all(
        PEOPLE.index(next.person) == (PEOPLE.index(one.person) + 1) % 3 for one, next in pairwise(found)
    )


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2010, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 - local wall clock
    st.integers(0, 10**6),
)
@settings(max_examples=100, deadline=None)
def test_the_shift_at_an_instant_covers_it(zone: str, first: datetime, minutes: int) -> None:
    turns = Rotation("ops", "", zone, first, PEOPLE)
    instant = first.replace(tzinfo=UTC) + timedelta(days=3, minutes=minutes)

    shift = shift_at(turns, instant)

    assert shift is not None
    assert shift.start <= instant < shift.end
    assert shift_at(turns, shift.start) == shift
    assert timedelta(days=6) <= shift.end - shift.start <= timedelta(days=8)


NOW = utc("2026-03-03 12:00")
HOUR = timedelta(hours=1)


def override(id: int, person: str, start: int, end: int, made: int = 0, schedule: str = "ops") -> Override:
    """From `start` to `end` hours after NOW, made `made` minutes after it."""
    at = NOW + timedelta(minutes=made)
    return Override(id, schedule, person, NOW + start * HOUR, NOW + end * HOUR, "alice", at)


@pytest.mark.parametrize(
    ("overrides", "person", "until", "why"),
    [
        ([], "alice", 141, "without any it is the rotation's turn"),
        ([override(1, "carol", 0, 2)], "carol", 2, "one that covers the instant wins until it ends"),
        ([override(1, "carol", -2, 0)], "alice", 141, "its end is no part of it"),
        ([override(1, "carol", 1, 2)], "alice", 1, "the turn lasts until the next one begins"),
        ([override(1, "carol", 0, 2), override(2, "bob", 0, 1, made=5)], "bob", 1, "the one made last wins"),
        ([override(2, "bob", 0, 1), override(1, "carol", 0, 2)], "bob", 1, "at the same time: the last one"),
        ([override(1, "carol", 0, 4), override(2, "bob", 1, 2, made=5)], "carol", 1, "a later one cuts it"),
        (
            [override(2, "carol", 0, 4, made=5), override(1, "bob", 1, 2)],
            "carol",
            4,
            "an earlier one does not",
        ),
        ([override(1, "carol", 0, 2, schedule="web")], "alice", 141, "one of another schedule is none here"),
    ],
)
def test_who_takes_a_schedule_over_is_on_call_instead(
    overrides: list[Override], person: str, until: int, why: str
) -> None:
    shift = shift_at(rotation("UTC", "2026-03-02T09:00"), NOW, overrides)

    assert shift
    assert (shift.person, shift.end) == (person, NOW + until * HOUR), why


def test_taking_over_fills_the_time_before_the_first_handoff() -> None:
    later = rotation("UTC", "2026-06-01T09:00")

    assert on_call(later, NOW, [override(1, "carol", 0, 2)]) == ("carol",)
    assert on_call(later, NOW) == ()


@given(
    spans=st.lists(st.tuples(st.sampled_from(PEOPLE), st.integers(-5, 5), st.integers(1, 5)), max_size=6),
    at=st.integers(-6, 11),
)
def test_until_the_end_of_a_shift_the_same_person_is_on_call(
    spans: list[tuple[str, int, int]], at: int
) -> None:
    overrides = [override(n, who, start, start + long, made=n) for n, (who, start, long) in enumerate(spans)]
    turns, instant = rotation("UTC", "2026-03-02T09:00"), NOW + at * HOUR

    shift = shift_at(turns, instant, overrides)

    assert shift
    assert shift.start <= instant < shift.end
    assert on_call(turns, shift.end - timedelta(microseconds=1), overrides) == (shift.person,)
