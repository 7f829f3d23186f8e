"""When people are away. The grid stays; whoever is next stands in meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from tocsin.acts.house import House
from tocsin.acts.oncall.by import By, must_answer_for
from tocsin.acts.oncall.effect import NOTHING, Effect, effect_of
from tocsin.acts.oncall.overrides import span_words
from tocsin.acts.oncall.writing import LATEST, Desk, known_people, must_expect_of, span_of, trying, writing
from tocsin.core.oncall.absences import ended_by, seen_from
from tocsin.core.oncall.model import Absence, Schedule
from tocsin.core.oncall.named import people_in
from tocsin.core.oncall.wall import wall
from tocsin.core.words import text_of
from tocsin.errors import Conflict, Invalid, NotFound
from tocsin.store import oncall as rows
from tocsin.store.people import Directory

LONGEST: Final = timedelta(days=731)


@dataclass(frozen=True, slots=True)
class Away:
    """An absence at a version; `effect` is whose shifts to come it moves."""

    absence: Absence
    version: int
    made_by: str
    effect: Effect = NOTHING


async def add_absence(
    house: House,
    by: By,
    person: str,
    *,
    start: datetime | date,
    end: datetime | date,
    reason: str = "",
    preview: bool = False,
) -> Away:
    """`person` is away from `start` to `end`; dates are whole days in the zone of whichever schedule asks, `end` excluded."""
    async with (trying if preview else writing)(house, by) as desk:
        [person] = known_people(desk.known, [person], "person")
        must_answer_for(by, desk.known, person, "tell of an absence of")
        start, end = _span(desk.now, start, end)
        one = Absence(person, start, end, text_of(reason, field="reason", longest=200))
        if not preview:
            one = replace(one, id=await store_absence(desk, one))
        pairs = [
            (s, replace(s, absences=(*s.absences, seen)))
            for s in naming(desk.known, person)
            if (seen := seen_from(one, desk.now, s.plan_at(desk.now).zone))
        ]
        effect = _effect(desk, pairs, one)
        if not preview:
            await desk.touch(after.id for _, after in pairs)
            await desk.log(
                "absence added",
                f"said that {person} is away, {_words(one)}",
                subject=one.id,
                effect=effect,
            )
    return Away(one, 1, by.name, effect)


async def end_absence(house: House, by: By, id: int, *, expected: int | None, preview: bool = False) -> Away:
    """They are back; an absence that has not begun never was."""
    async with (trying if preview else writing)(house, by) as desk:
        row = await desk.conn.fetchrow(rows.SQL["absence"], id)
        if row is None:
            raise NotFound(f"There is no absence {id}", field="id")
        one = rows.absence_of(row)
        must_answer_for(by, desk.known, one.person, "end an absence of")
        await must_expect_of(desk, "absence", id, row["version"], expected)
        if row["cancelled_at"] is not None or _is_over(desk, one):
            raise Conflict(f"The absence {id} has ended already ({_words(one)}): what was, stays")
        pairs = [(s, without_absence(s, id, desk.now)) for s in naming(desk.known, one.person)]
        effect = _effect(desk, pairs, one)
        if not preview:
            await end_absence_row(desk, row)
            await desk.touch(after.id for _, after in pairs)
            await desk.log(
                "absence ended", f"said that {one.person} is back ({_words(one)})", subject=id, effect=effect
            )
    return Away(_ended(one, desk.now), row["version"] + 1, row["made_by"], effect)


async def absences_of(house: House, start: datetime, end: datetime, person: str = "") -> list[Away]:
    """The absences that overlap the window, of one person or of everybody."""
    async with house.pool.acquire() as conn:
        found = await conn.fetch(rows.SQL["absences_listed"], person, start, end)
    return [_away(row) for row in found]


async def absence(house: House, id: int) -> Away:
    """One absence. NotFound if there is none of that number."""
    async with house.pool.acquire() as conn:
        row = await conn.fetchrow(rows.SQL["absence"], id)
    if row is None:
        raise NotFound(f"There is no absence {id}", field="id")
    return _away(row)


def _away(row: Any) -> Away:
    one = rows.absence_of(row)
    if row["cancelled_at"] is not None and earliest_start(one) < row["cancelled_at"]:
        one = _ended(one, row["cancelled_at"])
    return Away(one, row["version"], row["made_by"])


def _ended(one: Absence, at: datetime) -> Absence:
    return replace(one, end=at) if latest_end(one) > at else one


def _is_over(desk: Desk, one: Absence) -> bool:
    """Whether it holds no more wherever it is looked at: in each schedule that names them, and where they live."""
    there = desk.known.people.get(one.person)
    zones = {(there.zone if there else "") or "UTC"}
    zones |= {schedule.plan_at(desk.now).zone for schedule in naming(desk.known, one.person)}
    return all(wall(zone).instant_of(one.end) <= desk.now for zone in zones)


def naming(known: Directory, person: str) -> list[Schedule]:
    """The schedules in which an absence of theirs may move something."""
    return [
        one for one in known.schedules if any(person in people_in(version.plan) for version in one.versions)
    ]


def _effect(desk: Desk, pairs: list[tuple[Schedule, Schedule]], one: Absence) -> Effect:
    return effect_of(desk.known, pairs, max(earliest_start(one), desk.now), latest_end(one))


def _span(
    now: datetime, start: datetime | date, end: datetime | date
) -> tuple[datetime | date, datetime | date]:
    if isinstance(start, datetime) and isinstance(end, datetime):
        return span_of(start, end, now, LONGEST)
    for name, at in (("start", start), ("end", end)):
        if isinstance(at, datetime):
            raise Invalid(
                f"{name} is a time, and the other end a date: write two dates, or two times", field=name
            )
    if end <= start:
        raise Invalid(
            f"It ends ({end}) before it begins ({start}): the end is the first day back", field="end"
        )
    if _latest(end) <= now:
        raise Invalid(f"It ends in the past ({end}): what was, stays", field="end")
    if _latest(start) < now - timedelta(days=2):
        raise Invalid(f"It begins in the past ({start}): what was, stays. Let it begin today", field="start")
    if _latest(end) > now + LATEST or _latest(end) - _latest(start) > LONGEST:
        raise Invalid(f"It is longer than {LONGEST.days} days, or ends in more than ten years", field="end")
    return start, end


def earliest_start(one: Absence) -> datetime:
    """Before this instant it holds in no zone."""
    return one.start if isinstance(one.start, datetime) else _midnight(one.start) - timedelta(hours=14)


def latest_end(one: Absence) -> datetime:
    """From this instant on it holds in no zone."""
    return _latest(one.end)


def _latest(at: datetime | date) -> datetime:
    return at if isinstance(at, datetime) else _midnight(at) + timedelta(hours=14)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def without_absence(schedule: Schedule, id: int, now: datetime) -> Schedule:
    """The schedule with that absence over."""
    zone = schedule.plan_at(now).zone
    begins = wall(zone).instant_of
    rest = (
        ended_by(one, now, zone) if one.id == id else one
        for one in schedule.absences
        if one.id != id or begins(one.start) < now
    )
    return replace(schedule, absences=tuple(rest))


def _words(one: Absence) -> str:
    if isinstance(one.start, datetime) and isinstance(one.end, datetime):
        return span_words(one.start, one.end)
    return f"{one.start:%Y-%m-%d} to {one.end:%Y-%m-%d}"


async def end_absence_row(desk: Desk, row: Any) -> None:
    """It ends now; one that has not begun never was, and of one that is over nothing changes."""
    await desk.conn.fetchval(rows.SQL["end_absence"], row["id"], row["version"], desk.now)


async def store_absence(desk: Desk, one: Absence, calendar: str = "") -> int:
    """Keep it, under a number of its own."""
    id: int = await desk.conn.fetchval(
        rows.SQL["add_absence"],
        one.person,
        *rows.written_ends(one),
        one.reason,
        calendar,
        desk.by.name,
        desk.now,
    )
    return id
