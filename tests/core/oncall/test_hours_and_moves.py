"""Who gains and loses what by a change, and how long each was on call."""

from __future__ import annotations

from datetime import time

import pytest
from oncall_cases import of, override, plan, rotation, schedule, utc

from tocsin.core.oncall.edits import with_plan
from tocsin.core.oncall.hours import at_night, hours
from tocsin.core.oncall.model import Schedule
from tocsin.core.oncall.preview import Move, Span, moves, opened
from tocsin.errors import Invalid

START, END = utc("2026-02-02 00:00"), utc("2026-02-16 00:00")
ALWAYS_ALICE = schedule("UTC", [rotation("2026-01-05 00:00", "1 day", "alice")])


def taken(start: str, end: str, *people: str) -> Schedule:
    return schedule("UTC", overrides=(override("take", start, end, *people),))


def test_moves_tell_for_each_person_what_they_gain_and_lose() -> None:
    before = schedule("UTC", [rotation("2026-02-02 00:00", "1 week", "alice", "bob")])
    after = with_plan(
        before, plan("UTC", [rotation("2026-02-02 00:00", "1 week", "carol", "bob")]), utc("2026-02-04")
    )

    assert moves(before, after, START, END) == [
        Move("alice", (), (Span(utc("2026-02-04"), utc("2026-02-09")),)),
        Move("carol", (Span(utc("2026-02-04"), utc("2026-02-09")),), ()),
    ]


def test_what_somebody_gains_in_two_turns_that_touch_is_one_span() -> None:
    after = schedule("UTC", [rotation("2026-02-02 00:00", "1 day", "alice")])

    assert moves(schedule("UTC"), after, START, END) == [Move("alice", (Span(START, END),), ())]


def test_another_reason_for_the_same_time_moves_nothing() -> None:
    weekly = schedule("UTC", [rotation("2026-01-05 00:00", "1 week", "alice")])

    assert moves(ALWAYS_ALICE, weekly, START, END) == []


def test_a_change_tells_only_of_the_gaps_that_it_opens() -> None:
    before = schedule("UTC", [rotation("2026-02-02 00:00", "1 day", "alice", restrict=["08:00-20:00"])])
    after = schedule("UTC", [rotation("2026-02-02 00:00", "1 day", "alice", restrict=["09:00-20:00"])])

    found = opened(before, after, START, utc("2026-02-03"))

    assert [(one.start, one.end) for one in found] == [(utc("2026-02-02 08:00"), utc("2026-02-02 09:00"))]


def test_taking_out_who_can_be_reached_opens_a_gap() -> None:
    found = opened(ALWAYS_ALICE, ALWAYS_ALICE, START, END, frozenset(["alice"]), frozenset())

    assert [(one.start, one.end) for one in found] == [(START, END)]


def test_being_on_call_in_two_schedules_at_once_counts_once() -> None:
    [found] = hours([ALWAYS_ALICE, ALWAYS_ALICE], START, END, {})

    assert found.seconds == 14 * 86400


def test_being_on_call_twice_in_one_schedule_counts_once() -> None:
    both = of(ALWAYS_ALICE.plan, overrides=(override("add", "2026-02-03", "2026-02-04", "alice"),))

    assert hours([both], START, END, {})[0].seconds == 14 * 86400


@pytest.mark.parametrize(
    ("zone", "start", "end", "night", "weekend", "why"),
    [
        ("UTC", "2026-02-05 20:00", "2026-02-06 10:00", 8, 0, "from 22:00 to 06:00 on weekdays"),
        ("UTC", "2026-02-06 20:00", "2026-02-07 10:00", 8, 10, "a night of the weekend counts as both"),
        ("America/New_York", "2026-02-07 00:00", "2026-02-07 11:00", 8, 6, "Saturday begins at 05:00 UTC"),
        ("Asia/Tokyo", "2026-02-06 16:00", "2026-02-07 00:00", 5, 8, "01:00 to 09:00 of Saturday there"),
        (
            "Europe/Berlin",
            "2026-10-24 12:00",
            "2026-10-25 12:00",
            9,
            24,
            "the hour that comes twice counts twice",
        ),
        (
            "Europe/Berlin",
            "2026-03-28 12:00",
            "2026-03-29 12:00",
            7,
            24,
            "the skipped hour counts not at all",
        ),
        ("Europe/Berlin", "2026-03-28 12:00", "2026-03-30 00:00", 11, 34, "Sunday has 23 hours"),
    ],
)
def test_nights_and_weekends_are_those_of_where_the_person_lives(
    zone: str, start: str, end: str, night: int, weekend: int, why: str
) -> None:
    [found] = hours([taken(start, end, "alice")], utc("2026-01-01"), utc("2026-12-31"), {"alice": zone})

    assert (found.night, found.weekend) == (night * 3600, weekend * 3600), why


@pytest.mark.parametrize(
    ("night", "long"), [((time(23), time(5)), 6), ((time(0), time(6)), 6), ((time(1), time(4)), 3)]
)
def test_what_a_night_is_can_be_said(night: tuple[time, time], long: int) -> None:
    always = taken("2026-02-05", "2026-02-06", "alice")

    [found] = hours([always], START, END, {}, night=night)

    assert found.night == long * 3600


@pytest.mark.parametrize(
    ("at", "zone", "is_so"),
    [
        ("2026-02-05 21:59:59", "UTC", False),
        ("2026-02-05 22:00", "UTC", True),
        ("2026-02-05 05:59:59", "UTC", True),
        ("2026-02-05 06:00", "UTC", False),
        ("2026-02-05 15:00", "Asia/Tokyo", True),
    ],
)
def test_an_instant_is_at_night_by_the_clock_of_the_person(at: str, zone: str, is_so: bool) -> None:
    assert at_night(utc(at), zone) is is_so


def test_an_unknown_zone_of_a_person_is_named() -> None:
    with pytest.raises(Invalid, match="Mars/Olympus"):
        hours([ALWAYS_ALICE], START, END, {"alice": "Mars/Olympus"})
