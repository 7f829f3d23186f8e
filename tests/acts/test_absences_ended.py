"""Absences that end early: what was stays, wherever it is looked at, and one that is over is over."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from integrations.calendars.calendar_site import calendar, event
from tocsin.acts import people
from tocsin.acts.house import House
from tocsin.acts.oncall import looks
from tocsin.acts.oncall.absences import absence, absences_of, add_absence, end_absence
from tocsin.acts.oncall.by import OPERATOR, By
from tocsin.acts.oncall.days_off import save_days_off
from tocsin.acts.oncall.schedules import save_schedule
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.core.oncall.weekly import weekly
from tocsin.errors import Conflict

ALICE = By(Actor("alice", "web", "Alice"))
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
AWAY = {"start": date(2026, 3, 3), "end": date(2026, 3, 5)}


async def shifts(house: House, until: datetime, schedule: str = "ops") -> list[tuple[str, datetime]]:
    return [(one.person, one.start) for one in await looks.shifts(house, schedule, MONDAY, until)]


async def test_a_leave_that_is_over_is_over(house: House, clock: HandClock) -> None:
    away = await add_absence(house, ALICE, "bob", **AWAY)
    clock.advance(3 * DAY + HOUR)  # 10:00 of the day on which they are back, which has not begun everywhere.
    before = await shifts(house, clock.now())

    for preview in (True, False):
        with pytest.raises(
            Conflict, match=r"has ended already \(2026-03-03 to 2026-03-05\): what was, stays"
        ):
            await end_absence(house, ALICE, away.absence.id, expected=1, preview=preview)

    assert await shifts(house, clock.now()) == before
    assert (await absence(house, away.absence.id)).absence == away.absence


async def test_a_leave_that_is_over_in_one_zone_only_ends_in_the_other(
    house: House, clock: HandClock
) -> None:
    first = datetime(2026, 3, 2)  # noqa: DTZ001 - local wall clock
    await save_schedule(house, OPERATOR, "west", weekly("America/Los_Angeles", first, ["bob", "alice"]))
    away = await add_absence(house, ALICE, "bob", **AWAY)
    clock.advance(3 * DAY - 6 * HOUR)  # 5 March, 03:00 in UTC, and 4 March, 19:00 in Los Angeles.
    before = [await shifts(house, clock.now(), one) for one in ("ops", "west")]

    would = await end_absence(house, ALICE, away.absence.id, expected=1, preview=True)
    ended = await end_absence(house, ALICE, away.absence.id, expected=1)

    assert ended == would
    assert {one.schedule for one in ended.effect.moves} == {"west"}
    assert [await shifts(house, clock.now(), one) for one in ("ops", "west")] == before
    assert await shifts(house, clock.now() + DAY) == before[0]
    assert await shifts(house, clock.now() + DAY, "west") == [*before[1], ("bob", clock.now())]
    with pytest.raises(Conflict, match="has ended already"):
        await end_absence(house, ALICE, away.absence.id, expected=2)


async def test_a_leave_that_ended_is_listed_with_its_end(house: House, clock: HandClock) -> None:
    away = await add_absence(house, ALICE, "bob", **AWAY)
    clock.advance(DAY)
    await end_absence(house, ALICE, away.absence.id, expected=1)

    [one] = await absences_of(house, MONDAY, MONDAY + WEEK)
    assert (one.absence.start, one.absence.end) == (date(2026, 3, 3), MONDAY + DAY)
    clock.advance(HOUR)
    assert await absences_of(house, clock.now(), clock.now() + WEEK) == []
    await people.save_person(house, "zoe")
    house.directory = None  # Read from the rows.
    assert await shifts(house, clock.now()) == [
        ("bob", MONDAY), ("alice", MONDAY + 15 * HOUR), ("bob", MONDAY + DAY)
    ]  # fmt: skip


async def test_a_calendar_of_days_off_that_is_read_again_moves_nothing_that_was(
    house: House, clock: HandClock
) -> None:
    off = calendar(event("1", "Carnival", "20260303", "20260304"))
    await save_days_off(house, ALICE, "off", off, ["bob"])
    clock.advance(2 * DAY + HOUR)
    before = await shifts(house, clock.now())

    empty = calendar(event("2", "Easter", "20260406", "20260407"))
    await save_days_off(house, ALICE, "off", empty, ["bob"], expected=1)

    assert await shifts(house, clock.now()) == before
