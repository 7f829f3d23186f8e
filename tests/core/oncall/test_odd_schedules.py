"""What is strange or wrong: it ends at once, and what can't be is refused by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from oncall_cases import MOMENT, booked, of, override, plan, rotation, schedule, shadow, told, utc

from tocsin.core.oncall.calculator import check, gaps, next_change, on_call, shifts, shifts_at
from tocsin.core.oncall.model import (
    BEGINNING,
    Absence,
    Booked,
    Every,
    Layer,
    Participant,
    Plan,
    Restriction,
    Rotation,
    Schedule,
    Unit,
    Weekly,
)
from tocsin.core.oncall.wall import END
from tocsin.errors import Invalid

MONDAY = "2026-03-02 09:00"
ALICE = Participant(("alice",), ("alice",))
BOB = Participant(("bob",), ("bob",))


def of_rotation(**changes: object) -> Schedule:
    """Of one rotation that no reading of words would have let through."""
    its = Rotation("weekly", datetime(2026, 3, 2, 9), Every(Unit.WEEKS), (ALICE, BOB))  # noqa: DTZ001 (local)
    return of(Plan("Europe/Berlin", (Layer("base", (replace(its, **changes),)),)))  # type: ignore[arg-type]


# --- Weeks ---------------------------------------------------------------------------------------------------------------------


def test_a_week_may_begin_on_sunday() -> None:
    turns = schedule("America/New_York", [rotation("2026-03-01 00:00", "1 week", "alice", "bob")])

    assert told(shifts(turns, utc("2026-03-01 05:00"), utc("2026-03-15 04:00"))) == [
        ("alice", "2026-03-01 05:00", "2026-03-08 05:00"),
        ("bob", "2026-03-08 05:00", "2026-03-15 04:00"),
    ]


def test_a_restriction_from_sunday_to_thursday_runs_over_the_end_of_the_week() -> None:
    turns = schedule(
        "Asia/Jerusalem", [rotation(MONDAY, "1 week", "alice", restrict=["Sun-Thu 09:00-17:00"])]
    )

    found = shifts(turns, utc("2026-03-04 12:00"), utc("2026-03-09 12:00"))

    assert [f"{one.start:%a}" for one in found] == ["Wed", "Thu", "Sun", "Mon"]


@pytest.mark.parametrize(
    ("restrict", "spans"),
    [
        ("Fri 17:00 - Mon 09:00", [("2026-03-06 17:00", "2026-03-09 09:00")]),
        ("Sat 22:00 - Sun 02:00", [("2026-03-07 22:00", "2026-03-08 02:00")]),
        ("Sun 22:00-02:00", [("2026-03-08 22:00", "2026-03-09 02:00")]),
        ("Mon 24:00-06:00", [("2026-03-10 00:00", "2026-03-10 06:00")]),
        ("Mon 24:00 - Tue 06:00", [("2026-03-10 00:00", "2026-03-10 06:00")]),
        ("Sun 22:00-24:00", [("2026-03-08 22:00", "2026-03-09 00:00")]),
        ("Sat-Sun 00:00-24:00", [("2026-03-07 00:00", "2026-03-09 00:00")]),
    ],
)
def test_a_restriction_over_midnight_and_over_the_end_of_the_week_is_one_shift(
    restrict: str, spans: list[tuple[str, str]]
) -> None:
    turns = schedule("UTC", [rotation("2026-02-02 12:00", "24 months", "alice", restrict=[restrict])])

    assert told(shifts(turns, utc("2026-03-04"), utc("2026-03-11"))) == [("alice", *span) for span in spans]


def test_the_end_of_a_restriction_that_is_its_start_is_a_whole_week() -> None:
    whole = Restriction("whole", (Weekly(2, time(9), 2, time(9)),))

    assert gaps(of_rotation(restrictions=(whole,)), utc("2026-03-03"), utc("2026-04-03")) == []


def test_two_handoffs_a_week_on_the_days_that_are_named() -> None:
    turns = schedule("UTC", [rotation("2026-03-05 09:00", ["mon", "thu"], "alice", "bob", "carol")])

    assert told(shifts(turns, utc("2026-03-05 09:00"), utc("2026-03-16 09:00"))) == [
        ("alice", "2026-03-05 09:00", "2026-03-09 09:00"),
        ("bob", "2026-03-09 09:00", "2026-03-12 09:00"),
        ("carol", "2026-03-12 09:00", "2026-03-16 09:00"),
    ]


def test_a_first_handoff_on_none_of_the_days_has_a_shorter_turn() -> None:
    turns = of_rotation(every=Every(Unit.WEEKDAYS, 1, (0, 3)), first_handoff=datetime(2026, 3, 3, 9))  # noqa: DTZ001

    assert [f"{one.end:%d}" for one in shifts(turns, utc("2026-03-03 08:00"), utc("2026-03-12 08:00"))] == [
        "05",
        "09",
        "12",
    ]


# --- It ends -------------------------------------------------------------------------------------------------------------------


def test_a_rotation_that_ends_before_it_starts_has_nobody_ever() -> None:
    never = of_rotation(until=datetime(2026, 3, 1))  # noqa: DTZ001

    assert shifts(never, utc("2025-01-01"), utc("2027-01-01")) == []
    assert next_change(never, utc("2025-01-01")) is None


def test_a_rotation_whose_turns_of_people_all_lie_outside_its_restrictions_has_nobody_and_no_change() -> None:
    nights = of_rotation(
        every=Every(Unit.HOURS, 12),
        participants=(Participant(("nobody",), ()), ALICE),
        first_handoff=datetime(2026, 3, 2, 8),  # noqa: DTZ001
        restrictions=(Restriction("", tuple(Weekly(day, time(9), day, time(17)) for day in range(7))),),
    )

    assert shifts(nights, utc("2026-03-02"), utc("2026-03-20")) == []
    assert (
        next_change(
            replace(nights, versions=(replace(nights.versions[0], plan=replace(nights.plan, zone="UTC")),)),
            utc("2026-03-02"),
        )
        is None
    )


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York", "Pacific/Kiritimati"])
@pytest.mark.parametrize("every", ["1 hour", "1 day", "1 week", "1 month", ["mon", "thu"]])
def test_from_the_first_to_the_last_instant_there_is_an_answer(zone: str, every: object) -> None:
    turns = schedule(
        zone, [rotation(MONDAY, every, restrict=["Sun-Thu 22:00-06:00", "Fri 17:00 - Mon 09:00"])]
    )
    day = timedelta(days=1)

    assert on_call(turns, BEGINNING) == ()
    assert shifts(turns, BEGINNING, BEGINNING + 30 * day) == []
    assert gaps(turns, BEGINNING, BEGINNING + day)[0].end == BEGINNING + day
    assert next_change(turns, BEGINNING) is None
    found = shifts(turns, END - 30 * day, END)
    assert found == sorted(found, key=lambda one: (one.start, one.person))
    assert all(one.end <= END for one in found)
    assert isinstance(on_call(turns, END), tuple)
    assert isinstance(shifts_at(turns, END - MOMENT), list)
    assert next_change(turns, END) is None


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
@pytest.mark.parametrize("year", [1, 9999])
def test_a_rotation_may_begin_at_either_end_of_the_calendar(zone: str, year: int) -> None:
    first = datetime(year, 1 if year == 1 else 12, 1 if year == 1 else 31, 23 if year > 1 else 0)  # noqa: DTZ001
    turns = of(Plan(zone, (Layer("base", (Rotation("weekly", first, Every(Unit.WEEKS), (ALICE,)),)),)))
    start = BEGINNING if year == 1 else END - timedelta(days=3)

    assert isinstance(shifts(turns, start, start + timedelta(days=2)), list)


def test_a_time_that_is_beyond_the_calendar_in_utc_is_taken_as_its_end() -> None:
    turns = schedule("UTC", [rotation(MONDAY, "1 week", "alice")])
    beyond = datetime.max.replace(tzinfo=timezone(timedelta(hours=-5)))
    before = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5)))

    assert on_call(turns, beyond) == ("alice",)
    assert on_call(turns, before) == ()


def test_a_shift_of_many_years_is_told_with_an_end_within_ten() -> None:
    ever = Booked(("bob",), date(1900, 1, 1), date(2200, 1, 1))
    found = of(replace(plan("UTC"), layers=(booked("UTC", ever),)))

    [told] = shifts_at(found, utc("2026-03-04"))

    assert timedelta(days=3650) < told.end - utc("2026-03-04") < timedelta(days=3670)


def test_a_shift_of_two_years_is_told_whole() -> None:
    [found] = shifts_at(schedule("UTC", [rotation(MONDAY, "24 months", "alice")]), utc("2027-03-04"))

    assert (found.start, found.end) == (utc(MONDAY), utc("2028-03-02 09:00"))


def test_what_ends_before_it_begins_is_as_if_it_were_not_there() -> None:
    found = schedule(
        "UTC",
        [rotation(MONDAY, "1 week", "alice")],
        overrides=(override("take", "2026-03-04 12:00", "2026-03-04 10:00", "bob"),),
        absences=(Absence("alice", date(2026, 3, 6), date(2026, 3, 3)),),
    )

    assert told(shifts(found, utc("2026-03-04"), utc("2026-03-05"))) == [
        ("alice", "2026-03-04 00:00", "2026-03-05 00:00")
    ]


def test_a_schedule_without_versions_or_participants_has_nobody() -> None:
    assert on_call(Schedule("ops", "Operations"), utc(MONDAY)) == ()
    assert on_call(of_rotation(participants=()), utc(MONDAY)) == ()


def test_a_plan_that_is_planned_holds_only_from_then_on() -> None:
    found = of(
        plan("UTC", [rotation(MONDAY, "1 week", "alice")]),
        ("2026-03-04 12:00", plan("Asia/Tokyo", [rotation(MONDAY, "1 week", "bob")])),
    )

    assert on_call(found, utc("2026-03-04 12:00") - MOMENT) == ("alice",)
    assert on_call(found, utc("2026-03-04 12:00")) == ("bob",)


# --- It is refused by name -------------------------------------------------------------------------------------------------------


EMPTY = schedule("UTC")


@pytest.mark.parametrize(
    ("start", "end", "says"),
    [
        (
            utc("2026-03-04"),
            utc("2026-03-03"),
            "The window ends at 2026-03-03 00:00, before it starts at 2026-03-04 00:00",
        ),
        (
            utc("2026-01-01"),
            utc("2036-02-01"),
            r"The window is \d+ days long: at most 3660 \(ten years\) are taken",
        ),
        (BEGINNING, END, "at most 3660"),
        (datetime(2026, 3, 4), utc("2026-03-05"), "start is 2026-03-04T00:00:00, without an offset"),  # noqa: DTZ001
        (utc("2026-03-04"), datetime(2026, 3, 5), "end is 2026-03-05T00:00:00, without an offset"),  # noqa: DTZ001
    ],
)
def test_a_window_that_cannot_be_is_refused(start: datetime, end: datetime, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        shifts(EMPTY, start, end)
    with pytest.raises(Invalid, match=says):
        gaps(EMPTY, start, end)


def test_an_empty_window_has_no_shifts_and_no_gaps() -> None:
    assert shifts(EMPTY, utc("2026-03-04"), utc("2026-03-04")) == []
    assert gaps(EMPTY, utc("2026-03-04"), utc("2026-03-04")) == []


@pytest.mark.parametrize("every", [Every(Unit.DAYS, 0), Every(Unit.WEEKDAYS, 1, ()), Every(Unit.HOURS, -1)])
def test_turns_that_would_never_end_are_refused(every: Every) -> None:
    with pytest.raises(Invalid, match="rotation weekly: a turn would never end"):
        on_call(of_rotation(every=every), utc("2026-03-04"))


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(Invalid, match="zone is 'Mars/Olympus', no time zone"):
        on_call(of(Plan("Mars/Olympus")), utc("2026-03-04"))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (
            of(plan("UTC"), ("2026-03-04", plan("UTC")), ("2026-03-04", plan("UTC"))),
            "Version 3 holds since .*they overlap",
        ),
        (
            of(plan("UTC"), ("2026-03-04", plan("UTC")), ("2026-03-01", plan("UTC"))),
            "Version 3 holds since .*they overlap",
        ),
        (
            schedule("UTC", overrides=(override("take", "2026-03-04 12:00", "2026-03-04 10:00", id=7),)),
            "Override 7 ends at 2026-03-04 10:00, not after it begins at 2026-03-04 12:00",
        ),
        (
            schedule("UTC", overrides=(override("take", "2026-03-04 12:00", "2026-03-04 12:00", id=7),)),
            "Override 7 ends at",
        ),
        (schedule("UTC", shadows=(shadow("dave", "2026-03-04", "2026-03-03"),)), "The shadow dave ends at"),
        (
            schedule("UTC", absences=(Absence("alice", date(2026, 3, 4), date(2026, 3, 4)),)),
            "The absence of alice ends at 2026-03-04, not after it begins at 2026-03-04",
        ),
        (of_rotation(every=Every(Unit.DAYS, 0)), "a turn would never end"),
        (of(Plan("Mars/Olympus")), "no time zone"),
    ],
)
def test_a_schedule_that_is_wrong_is_refused_before_it_is_saved(wrong: Schedule, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        check(wrong)


def test_an_absence_on_a_day_that_the_zone_skips_is_taken_and_does_nothing() -> None:
    skipped = Absence("alice", date(2011, 12, 30), date(2011, 12, 31))
    turns = schedule("Pacific/Apia", [rotation("2011-12-26 09:00")], absences=(skipped,))

    check(turns)

    assert len(shifts(turns, utc("2011-12-27"), utc("2012-01-01"))) == 1


def test_a_schedule_that_is_right_is_taken() -> None:
    check(
        schedule(
            "Europe/Berlin", [rotation(MONDAY)], overrides=(override("take", "2026-03-04", "2026-03-05"),)
        )
    )


def test_the_zone_in_which_an_instant_is_said_makes_no_difference() -> None:
    turns = schedule("UTC", [rotation(MONDAY)])
    there = datetime(2026, 3, 9, 18, 0, tzinfo=timezone(timedelta(hours=9)))

    assert on_call(turns, there) == on_call(turns, there.astimezone(UTC)) == ("bob",)
