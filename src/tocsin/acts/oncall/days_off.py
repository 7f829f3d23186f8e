"""Days off from a calendar, such as public holidays: absences of whoever is named with it, kept as the calendar says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from tocsin.acts.calendars.apart import days_off_apart
from tocsin.acts.calendars.reading import DayOff
from tocsin.acts.house import House
from tocsin.acts.oncall.absences import end_absence_row, latest_end, naming, store_absence, without_absence
from tocsin.acts.oncall.by import By, must_answer_for, must_be_somebody
from tocsin.acts.oncall.calendars import AHEAD, EVERY, Imported, check_name, check_url, tell
from tocsin.acts.oncall.effect import Effect, effect_of
from tocsin.acts.oncall.writing import Desk, handles_of, must_expect_of, trying, writing
from tocsin.core.oncall.absences import seen_from
from tocsin.core.oncall.model import Absence, Schedule
from tocsin.errors import Conflict, Invalid
from tocsin.store import calendars as calendar_rows
from tocsin.store import oncall as rows
from tocsin.store.calendars import DAYS_OFF as DAYS_OFF
from tocsin.store.calendars import CalendarRow

TODAY: Final = timedelta(days=1)


async def save_days_off(
    house: House,
    by: By,
    name: str,
    data: bytes,
    who: Sequence[str],
    *,
    url: str = "",
    expected: int | None = None,
    preview: bool = False,
) -> Imported:
    """Have the whole days of an iCalendar file be absences of `who` (handles, `team:NAME`: its members now); read again, only what is
    to come changes. Events with a time of day are left out."""
    must_be_somebody(by)
    check_name(name)
    check_url(url)
    days = await days_of(house, data)
    async with (trying if preview else writing)(house, by) as desk:
        old = await calendar_rows.one(desk.conn, name)
        if old and old.kind != DAYS_OFF:
            raise Conflict(f"The calendar {name} is one of shifts: take another name")
        if old:
            await must_expect_of(desk, "calendar", name, old.version, expected)
        people = handles_of(desk.known, who, "who")
        if not people:
            raise Invalid("who is empty: say whose days off these are", field="who")
        for person in people:
            must_answer_for(by, desk.known, person, "tell of days off of")
        version, next_at = (old.version if old else 0) + 1, desk.now + EVERY if url else None
        about = (name, DAYS_OFF, "UTC", url, version, desk.now, "", len(days), tuple(who))
        row = CalendarRow(*about, by.person, next_at)
        change = await change_to(desk, name, people, days)
        effect = change.effect_on(desk)
        if not preview:
            await calendar_rows.save_head(desk.conn, row, desk.now)
            await change.store(desk, name)
            await tell(desk, change.schedules, f"read the days off of {name}", row, effect)
        return Imported(row, (), effect)


async def days_of(house: House, data: bytes) -> tuple[DayOff, ...]:
    """The days that a file calls off, from now on."""
    now = house.clock.now()
    return await days_off_apart(data, now - TODAY, now + AHEAD)


@dataclass(frozen=True, slots=True)
class Change:
    """The absences that go and come where a calendar of days off is read, and what that makes of each schedule."""

    gone: Sequence[Any]
    new: Sequence[Absence]
    pairs: Sequence[tuple[Schedule, Schedule]]

    @property
    def schedules(self) -> list[Schedule]:
        return [after for _, after in self.pairs]

    def effect_on(self, desk: Desk) -> Effect:
        return effect_of(desk.known, self.pairs, desk.now)

    async def store(self, desk: Desk, calendar: str) -> None:
        for one in self.gone:
            await end_absence_row(desk, one)
        for absence in self.new:
            await store_absence(desk, absence, calendar)


async def change_to(desk: Desk, name: str, people: Sequence[str], days: Sequence[DayOff]) -> Change:
    """What changes where these days are off for these people, by that calendar."""
    wanted = [*_wanted(desk.now, people, days)]
    there = [
        one for one in await desk.conn.fetch(rows.SQL["absences_from"], name) if _is_to_come(one, desk.now)
    ]
    have = {_key(rows.absence_of(one)) for one in there}
    gone = [one for one in there if _key(rows.absence_of(one)) not in {_key(new) for new in wanted}]
    new = [one for one in wanted if _key(one) not in have]
    return Change(gone, new, [*_pairs(desk, gone, new)])


def _wanted(now: datetime, people: Sequence[str], days: Sequence[DayOff]) -> Iterator[Absence]:
    for day in days:
        for person in people:
            one = Absence(person, day.start, day.end, day.name)
            if latest_end(one) > now:
                yield one


def _pairs(desk: Desk, gone: Sequence[Any], new: Sequence[Absence]) -> Iterator[tuple[Schedule, Schedule]]:
    named = {one["person"] for one in gone} | {one.person for one in new}
    touched = {schedule.id: schedule for person in named for schedule in naming(desk.known, person)}
    for schedule in touched.values():
        after = schedule
        for one in gone:
            after = without_absence(after, one["id"], desk.now)
        zone = schedule.plan_at(desk.now).zone
        seen = (seen_from(one, desk.now, zone) for one in new if schedule in naming(desk.known, one.person))
        yield schedule, replace(after, absences=(*after.absences, *(one for one in seen if one)))


def _is_to_come(row: Any, now: datetime) -> bool:
    return latest_end(rows.absence_of(row)) > now


def _key(one: Absence) -> tuple[str, date, date]:
    return one.person, one.start, one.end
