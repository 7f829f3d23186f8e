"""When turns begin and end: real zones and dates, in both directions of a change of the clocks."""

from __future__ import annotations

import pytest
from oncall_cases import MOMENT, rotation, schedule, told, utc

from tocsin.core.oncall.calculator import on_call, shifts, shifts_at


@pytest.mark.parametrize(
    ("zone", "first", "handoff", "why"),
    [
        ("Europe/Berlin", "2026-03-23 09:00", "2026-03-30 07:00", "09:00 stays 09:00 when summer begins"),
        ("Europe/Berlin", "2026-10-19 09:00", "2026-10-26 08:00", "and when it ends"),
        ("America/New_York", "2026-03-02 09:00", "2026-03-09 13:00", "three weeks before Europe"),
        ("America/New_York", "2026-10-26 09:00", "2026-11-02 14:00", "a week after Europe"),
        ("Australia/Sydney", "2026-09-28 09:00", "2026-10-04 22:00", "in the south summer begins in October"),
        ("Australia/Sydney", "2026-03-30 09:00", "2026-04-05 23:00", "and ends in April"),
        ("Australia/Lord_Howe", "2026-09-28 09:00", "2026-10-04 22:00", "half an hour forward"),
        ("Australia/Lord_Howe", "2026-03-30 09:00", "2026-04-05 22:30", "half an hour back"),
        ("Europe/Berlin", "2026-03-22 02:30", "2026-03-29 01:00", "02:30 is skipped: right after the gap"),
        ("America/New_York", "2026-03-01 02:00", "2026-03-08 07:00", "02:00 is the first that is skipped"),
        ("Australia/Sydney", "2026-09-27 02:30", "2026-10-03 16:00", "skipped in the south"),
        ("Australia/Lord_Howe", "2026-09-27 02:15", "2026-10-03 15:30", "in a gap of half an hour"),
        ("Europe/Berlin", "2026-10-18 02:30", "2026-10-25 00:30", "02:30 comes twice: the first counts"),
        ("America/New_York", "2026-10-25 01:30", "2026-11-01 05:30", "01:30 comes twice: the first counts"),
        ("Australia/Sydney", "2026-03-29 02:30", "2026-04-04 15:30", "twice in the south: the first counts"),
        (
            "Australia/Lord_Howe",
            "2026-03-29 01:45",
            "2026-04-04 14:45",
            "01:45 comes twice: the first counts",
        ),
        ("Pacific/Apia", "2011-12-23 09:00", "2011-12-30 10:00", "a whole day is skipped: right after it"),
        ("Pacific/Apia", "2011-12-24 09:00", "2011-12-30 19:00", "the day after comes a day sooner"),
    ],
)
def test_the_first_handoff_of_a_week_after_a_change_of_the_clocks(
    zone: str, first: str, handoff: str, why: str
) -> None:
    turns, instant = schedule(zone, [rotation(first)]), utc(handoff)

    before, after = shifts_at(turns, instant - MOMENT), shifts_at(turns, instant)

    assert [(one.person, one.end) for one in before] == [("alice", instant)], why
    assert [(one.person, one.start) for one in after] == [("bob", instant)], why


def test_after_a_handoff_in_a_gap_the_next_is_at_its_own_time_again() -> None:
    turns = schedule("Europe/Berlin", [rotation("2026-03-22 02:30")])

    found = shifts(turns, utc("2026-03-23"), utc("2026-04-12 00:30"))

    assert told(found) == [
        ("alice", "2026-03-23 00:00", "2026-03-29 01:00"),
        ("bob", "2026-03-29 01:00", "2026-04-05 00:30"),
        ("carol", "2026-04-05 00:30", "2026-04-12 00:30"),
    ]


def test_a_first_handoff_that_is_skipped_begins_right_after_the_gap() -> None:
    turns = schedule("Europe/Berlin", [rotation("2026-03-29 02:30")])

    assert on_call(turns, utc("2026-03-29 00:59:59")) == ()
    assert on_call(turns, utc("2026-03-29 01:00")) == ("alice",)
