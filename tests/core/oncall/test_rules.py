"""The rules that systems of this kind disagree on (docs/adr/0008): a test for each sentence, which fails under the other choice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from oncall_cases import MOMENT, away, booked, of, override, plan, rotation, schedule, shadow, told, utc

from tocsin.core.oncall.calculator import gaps, next_change, on_call, shadows_at, shifts
from tocsin.core.oncall.hours import hours
from tocsin.core.oncall.model import Booked, Schedule

MONDAY = "2026-03-02 09:00"
NOON = utc("2026-03-04 12:00")
TODAY = ("2026-03-04 10:00", "2026-03-04 14:00")
ALICE = rotation(MONDAY, "1 week", "alice", id="base")


def people_by_turn(found: Schedule, start: str, end: str) -> str:
    return " ".join(one.person for one in shifts(found, utc(start), utc(end)))


# --- Time --------------------------------------------------------------------------------------------------------------------


def test_all_spans_are_half_open_to_the_microsecond() -> None:
    found = schedule(
        "UTC",
        [rotation(MONDAY)],
        overrides=(override("add", *TODAY, "dave"),),
        absences=(away("bob", "2026-03-10 12:00", "2026-03-10 13:00"),),
    )

    assert on_call(found, utc("2026-03-09 09:00") - MOMENT) == ("alice",)
    assert on_call(found, utc("2026-03-09 09:00")) == ("bob",)
    assert on_call(found, utc(TODAY[0]) - MOMENT) == ("alice",)
    assert on_call(found, utc(TODAY[0])) == ("alice", "dave")
    assert on_call(found, utc(TODAY[1]) - MOMENT) == ("alice", "dave")
    assert on_call(found, utc(TODAY[1])) == ("alice",)
    assert on_call(found, utc("2026-03-10 12:00") - MOMENT) == ("bob",)
    assert on_call(found, utc("2026-03-10 12:00")) == ("carol",)
    assert on_call(found, utc("2026-03-10 13:00") - MOMENT) == ("carol",)
    assert on_call(found, utc("2026-03-10 13:00")) == ("bob",)


@pytest.mark.parametrize(
    ("every", "handoff", "why"),
    [
        ("1 day", "2026-03-29 07:00", "days go by the wall clock: 09:00 stays 09:00"),
        ("1 week", "2026-04-04 07:00", "so do weeks"),
        ("1 month", "2026-04-28 07:00", "and months"),
        (["sat", "sun"], "2026-03-29 07:00", "and days of the week"),
        ("24 hours", "2026-03-29 08:00", "24 hours are 24 hours: it is 10:00 by then"),
    ],
)
def test_days_weeks_and_months_go_by_the_wall_clock_and_hours_by_elapsed_time(
    every: object, handoff: str, why: str
) -> None:
    turns = schedule("Europe/Berlin", [rotation("2026-03-28 09:00", every)])

    assert next_change(turns, utc("2026-03-28 12:00")) == utc(handoff), why


def test_every_12_hours_is_not_shifted_by_the_end_of_summer() -> None:
    turns = schedule("America/New_York", [rotation("2026-10-31 09:00", "12 hours")])

    found = shifts(turns, utc("2026-10-31 13:00"), utc("2026-11-02 01:00"))

    assert [one.end for one in found] == [
        utc("2026-11-01 01:00"),
        utc("2026-11-01 13:00"),
        utc("2026-11-02 01:00"),
    ]


def test_handoffs_are_counted_from_the_first_and_not_from_the_one_before() -> None:
    turns = schedule("Europe/Berlin", [rotation("2026-03-27 02:30", "1 day")])

    ends = [one.end for one in shifts(turns, utc("2026-03-27 02:00"), utc("2026-03-31 00:30"))]

    assert ends[-3:] == [utc("2026-03-29 01:00"), utc("2026-03-30 00:30"), utc("2026-03-31 00:30")]


@pytest.mark.parametrize(
    ("zone", "first", "handoff", "why"),
    [
        (
            "Europe/Berlin",
            "2026-03-28 02:30",
            "2026-03-29 01:00",
            "not 01:30, half an hour into the hour after",
        ),
        ("America/New_York", "2026-03-07 02:45", "2026-03-08 07:00", ""),
        ("Australia/Sydney", "2026-10-03 02:30", "2026-10-03 16:00", ""),
        ("Australia/Lord_Howe", "2026-10-03 02:15", "2026-10-03 15:30", "a gap of half an hour"),
        (
            "Pacific/Apia",
            "2011-12-29 12:00",
            "2011-12-30 10:00",
            "a gap of a day: noon of the 30th never was",
        ),
    ],
)
def test_a_handoff_in_a_gap_happens_at_the_first_instant_after_it(
    zone: str, first: str, handoff: str, why: str
) -> None:
    turns = schedule(zone, [rotation(first, "1 day")])

    assert on_call(turns, utc(handoff) - MOMENT) == ("alice",), why
    assert on_call(turns, utc(handoff)) == ("bob",), why


@pytest.mark.parametrize(
    ("zone", "first", "handoff"),
    [
        ("Europe/Berlin", "2026-10-24 02:30", "2026-10-25 00:30"),
        ("America/New_York", "2026-10-31 01:30", "2026-11-01 05:30"),
        ("Australia/Sydney", "2026-04-04 02:30", "2026-04-04 15:30"),
        ("Australia/Lord_Howe", "2026-04-04 01:45", "2026-04-04 14:45"),
    ],
)
def test_a_handoff_at_a_repeated_time_happens_at_the_first(zone: str, first: str, handoff: str) -> None:
    turns = schedule(zone, [rotation(first, "1 day")])

    assert on_call(turns, utc(handoff) - MOMENT) == ("alice",)
    assert on_call(turns, utc(handoff)) == ("bob",)
    assert on_call(turns, utc(handoff) + timedelta(hours=1)) == ("bob",)


def test_the_31st_in_a_shorter_month_is_its_last_day_and_never_drifts() -> None:
    turns = schedule("UTC", [rotation("2027-10-31 09:00", "1 month")])

    found = shifts(turns, utc("2027-10-31 09:00"), utc("2028-05-31 09:00"))

    assert [f"{one.end:%m-%d}" for one in found] == [
        "11-30",
        "12-31",
        "01-31",
        "02-29",
        "03-31",
        "04-30",
        "05-31",
    ]


@pytest.mark.parametrize(
    ("first", "every", "handoffs"),
    [
        ("2026-01-31 00:00", "3 months", ["2026-04-30", "2026-07-31", "2026-10-31"]),
        ("2028-02-29 00:00", "12 months", ["2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]),
        ("2026-01-30 00:00", "1 month", ["2026-02-28", "2026-03-30"]),
    ],
)
def test_months_are_counted_from_the_anchor(first: str, every: str, handoffs: list[str]) -> None:
    turns = schedule("UTC", [rotation(first, every)])

    found = shifts(turns, utc(first), utc(handoffs[-1]))

    assert [f"{one.end:%Y-%m-%d}" for one in found] == handoffs


def test_a_turn_that_a_clock_change_leaves_without_length_still_counts() -> None:
    turns = schedule("Pacific/Apia", [rotation("2011-12-28 00:00", "1 day", "alice", "bob", "carol", "dave")])

    found = shifts(turns, utc("2011-12-28 10:00"), utc("2012-01-01 10:00"))

    # Midnight of the skipped 30th and of the 31st are one instant: carol's turn has no length, and dave's comes.
    assert told(found) == [
        ("alice", "2011-12-28 10:00", "2011-12-29 10:00"),
        ("bob", "2011-12-29 10:00", "2011-12-30 10:00"),
        ("dave", "2011-12-30 10:00", "2011-12-31 10:00"),
        ("alice", "2011-12-31 10:00", "2012-01-01 10:00"),
    ]


def test_a_turn_wholly_outside_its_restrictions_still_counts() -> None:
    turns = schedule(
        "UTC", [rotation(MONDAY, "1 day", "alice", "bob", "carol", restrict=["Mon-Fri 09:00-17:00"])]
    )

    # Saturday is carol's and Sunday alice's: Monday is bob's.
    assert people_by_turn(turns, "2026-03-02", "2026-03-11") == "alice bob carol alice bob bob carol"


def test_whose_turn_it_is_is_decided_at_the_instant_and_not_at_the_start_of_the_shift() -> None:
    turns = schedule("UTC", [rotation("2026-03-02 12:00", "1 day", restrict=["09:00-17:00"])])

    assert told(shifts(turns, utc("2026-03-03"), utc("2026-03-04"))) == [
        ("alice", "2026-03-03 09:00", "2026-03-03 12:00"),
        ("bob", "2026-03-03 12:00", "2026-03-03 17:00"),
    ]


def test_the_times_of_a_restriction_are_in_the_zone_of_the_schedule() -> None:
    turns = schedule("America/New_York", [rotation(MONDAY, "1 week", "alice", restrict=["09:00-17:00"])])

    assert told(shifts(turns, utc("2026-03-06"), utc("2026-03-07"))) == [
        ("alice", "2026-03-06 14:00", "2026-03-06 22:00")
    ]
    assert told(shifts(turns, utc("2026-03-09"), utc("2026-03-10"))) == [
        ("alice", "2026-03-09 13:00", "2026-03-09 21:00")
    ]


@pytest.mark.parametrize(
    ("times", "ends"),
    [
        ("00:00-02:30", "2026-10-25 00:30"),
        ("00:00-02:00", "2026-10-25 00:00"),
        ("00:00-03:00", "2026-10-25 02:00"),
    ],
)
def test_a_restriction_that_ends_at_a_repeated_time_ends_at_the_first(times: str, ends: str) -> None:
    turns = schedule("Europe/Berlin", [rotation("2026-10-19 00:00", "1 week", "alice", restrict=[times])])

    [found] = shifts(turns, utc("2026-10-24 20:00"), utc("2026-10-25 20:00"))

    assert found.end == utc(ends)


def test_a_restriction_that_ends_in_a_gap_ends_right_after_it() -> None:
    turns = schedule(
        "Europe/Berlin",
        [rotation("2026-03-23 00:00", "1 week", "alice", restrict=["00:00-02:30", "02:45-04:00"])],
    )

    [found] = shifts(turns, utc("2026-03-28 20:00"), utc("2026-03-29 20:00"))

    assert (found.start, found.end) == (utc("2026-03-28 23:00"), utc("2026-03-29 02:00"))


# --- People ------------------------------------------------------------------------------------------------------------------


def test_within_one_layer_all_rotations_count_together() -> None:
    both = schedule("UTC", [ALICE, rotation(MONDAY, "1 week", "bob", id="second")])

    assert on_call(both, NOON) == ("alice", "bob")


def test_several_people_of_one_turn_are_on_call_together() -> None:
    assert on_call(schedule("UTC", [rotation(MONDAY, "1 week", ["alice", "bob"], "carol")]), NOON) == (
        "alice",
        "bob",
    )


def test_the_highest_layer_that_has_somebody_wins_at_each_instant() -> None:
    layered = schedule(
        "UTC", [ALICE], [rotation(MONDAY, "1 week", "bob", id="day", restrict=["11:00-13:00"])]
    )

    assert told(shifts(layered, utc("2026-03-04 10:00"), utc("2026-03-04 14:00"))) == [
        ("alice", "2026-03-04 10:00", "2026-03-04 11:00"),
        ("bob", "2026-03-04 11:00", "2026-03-04 13:00"),
        ("alice", "2026-03-04 13:00", "2026-03-04 14:00"),
    ]


@pytest.mark.parametrize(
    ("top", "why"),
    [
        (rotation(MONDAY, "1 week", "nobody", id="top"), "a turn of nobody"),
        (rotation(MONDAY, "1 week", "team:empty", id="top"), "a team without members"),
        (rotation("2026-04-06 09:00", "1 week", "bob", id="top"), "it has not begun"),
        (rotation(MONDAY, "1 week", "bob", id="top", until="2026-03-03 09:00"), "it has ended"),
        (
            rotation(MONDAY, "1 week", "bob", id="top", restrict=["Sat-Sun 09:00-17:00"]),
            "it is outside its times",
        ),
        (rotation(MONDAY, "1 week", "away", id="top"), "everybody is away"),
    ],
)
def test_a_layer_that_has_nobody_hides_nothing(top: dict[str, object], why: str) -> None:
    found = schedule("UTC", [ALICE], [top], absences=(away("away", *TODAY),))

    assert on_call(found, NOON) == ("alice",), why


def test_nobody_is_on_call_from_a_rotation_before_it_starts() -> None:
    turns = schedule("UTC", [rotation(MONDAY)])

    assert on_call(turns, utc(MONDAY) - MOMENT) == ()
    assert on_call(turns, utc("1999-01-01")) == ()
    assert on_call(turns, utc(MONDAY)) == ("alice",)


def test_an_absence_does_not_move_the_grid_the_next_participant_stands_in() -> None:
    turns = schedule(
        "UTC", [rotation(MONDAY)], absences=(away("alice", "2026-03-03 09:00", "2026-03-05 09:00"),)
    )

    found = shifts(turns, utc(MONDAY), utc("2026-03-16 09:00"))

    assert told(found) == [
        ("alice", "2026-03-02 09:00", "2026-03-03 09:00"),
        ("bob", "2026-03-03 09:00", "2026-03-05 09:00"),
        ("alice", "2026-03-05 09:00", "2026-03-09 09:00"),
        ("bob", "2026-03-09 09:00", "2026-03-16 09:00"),
    ]
    assert found[1].because.stands_in_for == ("alice",)


def test_where_all_are_absent_the_layer_has_nobody() -> None:
    absences = tuple(away(one, *TODAY) for one in ("alice", "bob", "carol"))

    assert on_call(schedule("UTC", [rotation(MONDAY)], absences=absences), NOON) == ()


@pytest.mark.parametrize(
    ("participants", "absent", "expected", "why"),
    [
        ((["alice", "bob"], "carol"), ["alice"], ("bob",), "of several, those away are left out"),
        ((["alice", "bob"], "carol"), ["alice", "bob"], ("carol",), "all of them away: the next stands in"),
        (("alice", "nobody", "carol"), ["alice"], ("carol",), "nobody stands in for nobody: skipped"),
        (("nobody", "alice"), ["alice"], (), "a turn of nobody stays nobody's"),
        (("nobody", "alice"), [], (), "and nobody stands in for it"),
        (("nobody", "alice", "bob"), ["alice"], (), "whoever is away"),
        (("alice", "bob", "carol"), ["alice", "bob"], ("carol",), "the next is away too"),
        (("alice", ["alice", "dave"]), ["alice"], ("dave",), "who is away does not stand in for themselves"),
    ],
)
def test_who_stands_in_for_those_away(
    participants: tuple[object, ...], absent: list[str], expected: tuple[str, ...], why: str
) -> None:
    turns = schedule(
        "UTC",
        [rotation(MONDAY, "1 week", *participants)],
        absences=tuple(away(one, *TODAY) for one in absent),
    )

    assert on_call(turns, NOON) == expected, why


def test_an_absence_by_whole_days_goes_by_the_zone_of_the_schedule() -> None:
    turns = schedule(
        "America/New_York", [rotation(MONDAY)], absences=(away("alice", "2026-03-04", "2026-03-05"),)
    )

    assert told(shifts(turns, utc("2026-03-04 00:00"), utc("2026-03-05 12:00"))) == [
        ("alice", "2026-03-04 00:00", "2026-03-04 05:00"),
        ("bob", "2026-03-04 05:00", "2026-03-05 05:00"),
        ("alice", "2026-03-05 05:00", "2026-03-05 12:00"),
    ]


def test_who_stays_of_several_stands_in_for_nobody() -> None:
    turns = schedule("UTC", [rotation(MONDAY, "1 week", ["alice", "bob"])], absences=(away("alice", *TODAY),))

    found = shifts(turns, utc(MONDAY), utc("2026-03-09 09:00"))

    assert [(one.person, one.because.stands_in_for) for one in found] == [
        ("alice", ()),
        ("bob", ()),
        ("alice", ()),
    ]


BOB_FOR_ALICE = override("replace", *TODAY, "bob", instead_of="alice")
DAVE_FOR_ALICE = override("replace", *TODAY, "dave", instead_of="alice")
DAVE_FOR_BOB = override("replace", *TODAY, "dave", instead_of="bob")
CAROL_FOR_BOB = override("replace", *TODAY, "carol", instead_of="bob", id=2, made=1)


@pytest.mark.parametrize(
    ("overrides", "expected", "why"),
    [
        ([BOB_FOR_ALICE], ("bob",), "a replacement"),
        ([BOB_FOR_ALICE, CAROL_FOR_BOB], ("bob",), "no chain: bob is there by an override only"),
        ([CAROL_FOR_BOB], ("alice",), "a replacement of somebody who is not on call"),
        ([BOB_FOR_ALICE, override("remove", *TODAY, instead_of="bob", id=2, made=1)], ("bob",), "no chain"),
        (
            [override("add", *TODAY, "bob"), override("remove", *TODAY, instead_of="bob", id=2, made=1)],
            ("alice", "bob"),
            "no chain",
        ),
        ([override("take", *TODAY, "bob"), CAROL_FOR_BOB], ("bob",), "no chain"),
        ([override("remove", *TODAY, instead_of="alice")], (), "a removal"),
        ([override("remove", *TODAY, "bob", instead_of="alice")], (), "which puts nobody on call"),
        ([override("add", *TODAY, "dave")], ("alice", "dave"), "an addition"),
        (
            [override("add", *TODAY, "dave"), override("add", *TODAY, "erin", id=2, made=1)],
            ("alice", "dave", "erin"),
            "two additions do not contradict each other",
        ),
        ([override("add", *TODAY, "alice")], ("alice",), "somebody who is there already is there once"),
        (
            [override("take", *TODAY, "bob"), override("add", *TODAY, "dave", id=2)],
            ("bob", "dave"),
            "to a take",
        ),
        (
            [override("take", *TODAY), override("add", *TODAY, "dave", id=2)],
            ("dave",),
            "and to one of nobody",
        ),
        ([override("replace", *TODAY, "bob", "carol", instead_of="alice")], ("bob", "carol"), "two for one"),
    ],
)
def test_overrides_act_on_who_is_on_call_without_them(
    overrides: list[object], expected: tuple[str, ...], why: str
) -> None:
    assert on_call(schedule("UTC", [ALICE], overrides=tuple(overrides)), NOON) == expected, why


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (BOB_FOR_ALICE, override("replace", *TODAY, "carol", instead_of="alice", id=2, made=1), ("carol",)),
        (BOB_FOR_ALICE, override("replace", *TODAY, "carol", instead_of="alice", id=2, made=-1), ("bob",)),
        (BOB_FOR_ALICE, override("replace", *TODAY, "carol", instead_of="alice", id=2), ("carol",)),
        (BOB_FOR_ALICE, override("remove", *TODAY, instead_of="alice", id=2, made=1), ()),
        (BOB_FOR_ALICE, override("remove", *TODAY, instead_of="alice", id=2, made=-1), ("bob",)),
        (override("take", *TODAY, "bob"), override("take", *TODAY, "carol", id=2, made=1), ("carol",)),
        (override("take", *TODAY, "bob"), override("take", *TODAY, "carol", id=2, made=-1), ("bob",)),
        (
            override("take", *TODAY, "bob"),
            override("replace", *TODAY, "carol", instead_of="alice", id=2, made=1),
            ("bob",),
        ),
    ],
)
def test_where_two_overrides_contradict_each_other_the_latest_made_wins(
    one: object, other: object, expected: tuple[str, ...]
) -> None:
    assert on_call(schedule("UTC", [ALICE], overrides=(one, other)), NOON) == expected
    assert on_call(schedule("UTC", [ALICE], overrides=(other, one)), NOON) == expected


@pytest.mark.parametrize(
    "change",
    [
        override("take", *TODAY, "bob"),
        override("add", *TODAY, "bob"),
        override("replace", *TODAY, "bob", instead_of="alice"),
    ],
)
def test_overrides_beat_absences(change: object) -> None:
    found = schedule("UTC", [ALICE], absences=(away("bob", *TODAY),), overrides=(change,))

    assert "bob" in on_call(found, NOON)


def test_a_replacement_holds_when_the_person_replaced_goes_on_leave_as_well() -> None:
    """Who asked for cover, got it and then entered the leave: the shift stays with whoever took it, and does not go to the next."""
    leave = away("alice", "2026-03-03", "2026-03-06")

    found = schedule("UTC", [rotation(MONDAY)], absences=(leave,), overrides=(DAVE_FOR_ALICE,))

    assert told(shifts(found, utc("2026-03-02 09:00"), utc("2026-03-09 09:00"))) == [
        ("alice", "2026-03-02 09:00", "2026-03-03 00:00"),
        ("bob", "2026-03-03 00:00", TODAY[0]),
        ("dave", *TODAY),
        ("bob", TODAY[1], "2026-03-06 00:00"),
        ("alice", "2026-03-06 00:00", "2026-03-09 09:00"),
    ]


def test_a_replacement_holds_when_who_stood_in_goes_on_leave_as_well() -> None:
    absences = (away("alice", *TODAY), away("bob", *TODAY))

    found = schedule("UTC", [rotation(MONDAY)], absences=absences, overrides=(DAVE_FOR_BOB,))

    assert on_call(found, NOON) == ("dave",)


def test_one_of_several_who_is_replaced_and_away_is_replaced_beside_the_others() -> None:
    found = schedule(
        "UTC",
        [rotation(MONDAY, "1 week", ["alice", "bob"], "carol")],
        absences=(away("alice", *TODAY),),
        overrides=(DAVE_FOR_ALICE,),
    )

    assert on_call(found, NOON) == ("dave", "bob")


def test_an_event_of_who_is_replaced_and_away_is_that_of_who_stands_in() -> None:
    event = Booked(("alice",), utc(TODAY[0]), utc(TODAY[1]), "a")
    found = of(
        replace(plan("UTC"), layers=(booked("UTC", event),)),
        absences=(away("alice", *TODAY),),
        overrides=(DAVE_FOR_ALICE,),
    )

    assert on_call(found, NOON) == ("dave",)


@pytest.mark.parametrize("removed_later", [False, True])
def test_a_removal_of_who_is_away_anyhow_takes_nobody_else_off(removed_later: bool) -> None:
    """The next stands in, as for anybody who is away; so it is too where a removal was made after a replacement."""
    removal = override("remove", *TODAY, instead_of="alice", id=9, made=1)
    overrides = (DAVE_FOR_ALICE, removal) if removed_later else (removal,)

    found = schedule("UTC", [rotation(MONDAY)], absences=(away("alice", *TODAY),), overrides=overrides)

    assert on_call(found, NOON) == ("bob",)


def test_a_replacement_holds_only_while_the_person_replaced_is_on_call() -> None:
    whole_week = override("replace", "2026-03-02 09:00", "2026-03-16 09:00", "dave", instead_of="alice")
    turns = schedule(
        "UTC", [rotation(MONDAY, "1 week", "alice", "bob", restrict=["09:00-17:00"])], overrides=(whole_week,)
    )

    assert told(shifts(turns, utc("2026-03-08"), utc("2026-03-10"))) == [
        ("dave", "2026-03-08 09:00", "2026-03-08 17:00"),
        ("bob", "2026-03-09 09:00", "2026-03-09 17:00"),
    ]


def test_a_replacement_acts_on_who_stands_in_as_well() -> None:
    found = schedule("UTC", [rotation(MONDAY)], absences=(away("alice", *TODAY),), overrides=(CAROL_FOR_BOB,))

    assert on_call(found, NOON) == ("carol",)


def test_a_take_covers_all_its_time_gaps_too() -> None:
    taken = override("take", "2026-03-04 08:00", "2026-03-04 20:00", "bob")
    turns = schedule(
        "UTC", [rotation(MONDAY, "1 week", "alice", restrict=["09:00-17:00"])], overrides=(taken,)
    )

    assert told(shifts(turns, utc("2026-03-04"), utc("2026-03-05"))) == [
        ("bob", "2026-03-04 08:00", "2026-03-04 20:00")
    ]


def test_a_take_may_name_nobody() -> None:
    found = schedule("UTC", [ALICE], overrides=(override("take", *TODAY),))

    assert on_call(found, NOON) == ()
    assert [(one.start, one.end) for one in gaps(found, utc("2026-03-04"), utc("2026-03-05"))] == [
        (utc(TODAY[0]), utc(TODAY[1]))
    ]


def test_an_addition_covers_gaps() -> None:
    assert on_call(schedule("UTC", overrides=(override("add", *TODAY, "bob"),)), NOON) == ("bob",)


@pytest.mark.parametrize(
    ("zone", "day", "start", "end"),
    [
        ("Asia/Tokyo", date(2026, 3, 4), "2026-03-03 15:00", "2026-03-04 15:00"),
        ("America/New_York", date(2026, 3, 4), "2026-03-04 05:00", "2026-03-05 05:00"),
        ("Europe/Berlin", date(2026, 3, 29), "2026-03-28 23:00", "2026-03-29 22:00"),
        ("Europe/Berlin", date(2026, 10, 25), "2026-10-24 22:00", "2026-10-25 23:00"),
    ],
)
def test_all_day_events_are_in_the_zone_of_the_schedule(zone: str, day: date, start: str, end: str) -> None:
    event = Booked(("bob",), day, day + timedelta(days=1))
    found = of(replace(plan(zone), layers=(booked(zone, event),)))

    assert told(shifts(found, utc(start) - timedelta(days=2), utc(end) + timedelta(days=2))) == [
        ("bob", start, end)
    ]


def test_events_of_one_calendar_on_days_that_follow_each_other_stay_two_shifts() -> None:
    events = [Booked(("bob",), date(2026, 3, day), date(2026, 3, day + 1), "duty") for day in (4, 5)]
    found = of(replace(plan("UTC"), layers=(booked("UTC", *events),)))

    assert [one.end for one in shifts(found, utc("2026-03-01"), utc("2026-03-31"))] == [
        utc("2026-03-05"),
        utc("2026-03-06"),
    ]


def test_an_event_that_a_calendar_has_twice_is_one_shift() -> None:
    event = Booked(("bob",), utc(TODAY[0]), utc(TODAY[1]), "duty")
    found = of(replace(plan("UTC"), layers=(booked("UTC", event, event),)))

    assert told(shifts(found, utc("2026-03-01"), utc("2026-03-31"))) == [("bob", *TODAY)]


def test_who_is_away_is_left_out_of_an_event() -> None:
    event = Booked(("bob", "carol"), utc(TODAY[0]), utc(TODAY[1]))
    found = of(replace(plan("UTC"), layers=(booked("UTC", event),)), absences=(away("bob", *TODAY),))

    assert on_call(found, NOON) == ("carol",)


def test_coverage_is_the_union_of_shifts_and_never_their_sum() -> None:
    twice = schedule("UTC", [ALICE, rotation(MONDAY, "1 day", "alice", id="second")])

    assert on_call(twice, NOON) == ("alice",)
    assert hours([twice], utc("2026-03-03"), utc("2026-03-04"), {})[0].seconds == 86400
    assert gaps(twice, utc("2026-03-03"), utc("2026-03-04")) == []


def test_somebody_who_cannot_be_reached_is_a_gap() -> None:
    turns = schedule("UTC", [rotation(MONDAY, "1 week", "alice", ["bob", "carol"])])

    found = gaps(turns, utc(MONDAY), utc("2026-03-16 09:00"), reachable=frozenset(["bob"]))

    assert [(one.start, one.end) for one in found] == [(utc(MONDAY), utc("2026-03-09 09:00"))]


# --- Shifts and shadows --------------------------------------------------------------------------------------------------------


def test_a_shift_ends_where_the_turn_does_even_if_the_next_is_the_same_persons() -> None:
    assert len(shifts(schedule("UTC", [ALICE]), utc(MONDAY), utc("2026-03-16 09:00"))) == 2


def test_two_overrides_that_touch_are_two_shifts() -> None:
    overrides = (
        override("take", TODAY[0], "2026-03-04 12:00", "bob"),
        override("take", "2026-03-04 12:00", TODAY[1], "bob", id=2),
    )

    found = shifts(schedule("UTC", overrides=overrides), utc("2026-03-04"), utc("2026-03-05"))

    assert [(one.because.override, one.end) for one in found] == [
        (1, utc("2026-03-04 12:00")),
        (2, utc(TODAY[1])),
    ]


def test_two_events_that_begin_together_each_end_at_their_own_time() -> None:
    events = [
        Booked(("bob",), utc(TODAY[0]), utc(end), uid)
        for uid, end in (("a", "2026-03-04 12:00"), ("b", TODAY[1]))
    ]
    found = of(replace(plan("UTC"), layers=(booked("UTC", *events),)))

    told_of = [(one.because.event, one.end) for one in shifts(found, utc("2026-03-04"), utc("2026-03-05"))]

    assert sorted(told_of) == [("a", utc("2026-03-04 12:00")), ("b", utc(TODAY[1]))]


def test_a_turn_of_another_rotation_is_another_shift() -> None:
    before, after = plan("UTC", [ALICE]), plan("UTC", [rotation(MONDAY, "1 week", "alice", id="other")])

    found = shifts(of(before, ("2026-03-04 12:00", after)), utc(MONDAY), utc("2026-03-09 09:00"))

    assert [one.because.rotation for one in found] == ["base", "other"]


def test_who_stood_in_and_then_got_the_turn_has_two_shifts() -> None:
    before, after = (
        plan("UTC", [rotation(MONDAY, "1 week", "alice", "bob")]),
        plan("UTC", [rotation(MONDAY, "1 week", "bob")]),
    )
    leave = away("alice", MONDAY, "2026-03-09 09:00")

    found = shifts(
        of(before, ("2026-03-04 12:00", after), absences=(leave,)), utc(MONDAY), utc("2026-03-09 09:00")
    )

    assert [(one.person, one.because.stands_in_for) for one in found] == [("bob", ("alice",)), ("bob", ())]


def test_a_turn_in_whose_middle_the_plan_was_edited_is_one_shift() -> None:
    before, after = plan("UTC", [ALICE]), plan("UTC", [ALICE, rotation(MONDAY, "1 week", "bob", id="second")])

    found = shifts(of(before, ("2026-03-04 12:00", after)), utc(MONDAY), utc("2026-03-09 09:00"))

    assert told(found) == [
        ("alice", "2026-03-02 09:00", "2026-03-09 09:00"),
        ("bob", "2026-03-04 12:00", "2026-03-09 09:00"),
    ]


@pytest.mark.parametrize(
    ("found", "expected", "why"),
    [
        (shadow("dave", *TODAY), ["dave"], "of whoever is on call"),
        (shadow("dave", *TODAY, of="alice"), ["dave"], "of somebody who is on call"),
        (shadow("dave", *TODAY, of="bob"), [], "of somebody who is not"),
        (shadow("alice", *TODAY), [], "who is on call gets the page itself"),
        (shadow("dave", "2026-03-04 12:00:01", TODAY[1]), [], "not yet"),
    ],
)
def test_a_shadow_gets_a_copy_and_is_not_on_call(found: object, expected: list[str], why: str) -> None:
    shadowed = schedule("UTC", [ALICE], shadows=(found,))

    assert [one.person for one in shadows_at(shadowed, NOON)] == expected, why
    assert on_call(shadowed, NOON) == ("alice",)


def test_where_nobody_is_on_call_there_is_nothing_to_shadow() -> None:
    assert shadows_at(schedule("UTC", shadows=(shadow("dave", *TODAY),)), NOON) == ()
