"""What is asked of schedules: shifts, why, gaps, hours, and who changed what. Nothing here changes anything."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from tocsin.acts.house import House
from tocsin.acts.oncall.effect import can_be_reached
from tocsin.acts.oncall.overrides import is_called
from tocsin.acts.oncall.who import called
from tocsin.acts.roster import directory
from tocsin.core.oncall import calculator
from tocsin.core.oncall.explain import Explanation
from tocsin.core.oncall.explain import explain as explained
from tocsin.core.oncall.hours import Hours, hours
from tocsin.core.oncall.model import Gap, Schedule, Shadow, Shift
from tocsin.core.oncall.named import people_in
from tocsin.core.oncall.wall import utc
from tocsin.errors import Invalid, NotFound
from tocsin.store import oncall as rows
from tocsin.store.oncall import Kept as Kept
from tocsin.store.people import Directory

LONGEST: Final = timedelta(days=3653)
MOST_SHIFTS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Changed:
    """One entry of the log: who changed what, and whose shifts to come that moved (each with schedule, person, gains, start, end)."""

    id: int
    at: datetime
    by: str
    door: str
    what: str
    schedule: str
    subject: str
    before_version: int
    after_version: int
    words: str
    people: tuple[str, ...]
    moves: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A window of a schedule, as it is shown; `names` are what handles are called."""

    schedule: Schedule
    shifts: Sequence[Shift]
    gaps: Sequence[Gap]
    names: Mapping[str, str]


async def schedules(house: House) -> tuple[Directory, list[Kept]]:
    """Every schedule that was not deleted, as it is kept."""
    async with house.pool.acquire() as conn:
        known = await directory(house, conn)
    return known, [one for one in known.kept.values() if one.ended_at is None]


async def schedule(house: House, id: str, since: datetime | None = None) -> tuple[Directory, Kept]:
    """One schedule, also one that was deleted, with what bears on it from `since` on. NotFound, naming those there are."""
    async with house.pool.acquire() as conn:
        known = await directory(house, conn)
        kept = known.kept.get(id)
        if kept is None:
            there = ", ".join(one.id for one in known.schedules) or "none yet"
            raise NotFound(f"There is no schedule {id}; there are: {there}", field="schedule")
        if since is not None and since < known.horizon:
            kept = (await rows.whole(conn, [id], utc(since)))[id]
    return known, kept


async def shifts(house: House, id: str, start: datetime, end: datetime, person: str = "") -> list[Shift]:
    """The shifts of a schedule in the window, clipped to it; of one person, or all. Invalid for a window that can't be."""
    check_window(start, end)
    _, kept = await schedule(house, id, start)
    return [one for one in _shifts_in(kept, start, end) if not person or one.person == person]


async def drawn(house: House, id: str, start: datetime, end: datetime) -> Drawn:
    """The shifts and gaps of a schedule in the window, with what people are called."""
    check_window(start, end)
    known, kept = await schedule(house, id, start)
    found = _shifts_in(kept, start, end)
    return Drawn(kept.schedule, found, _gaps_in(known, kept, start, end), known.names)


def _shifts_in(kept: Kept, start: datetime, end: datetime) -> list[Shift]:
    found = list(calculator.shifts(kept.schedule, start, end))
    if len(found) > MOST_SHIFTS:
        raise Invalid(
            f"The window has {len(found):,} shifts; at most {MOST_SHIFTS:,} are told: ask for less",
            field="end",
        )
    return found


async def shifts_of(
    house: House, person: str, start: datetime, end: datetime
) -> list[tuple[Schedule, Shift]]:
    """The shifts of one person over all schedules, in their order."""
    check_window(start, end)
    _, found = await _whole(house, start)
    return await asyncio.to_thread(
        _shifts_of, [one for one in found if _may_name(one, person)], person, start, end
    )


def _shifts_of(
    schedules: Sequence[Schedule], person: str, start: datetime, end: datetime
) -> list[tuple[Schedule, Shift]]:
    found = [
        (one, shift)
        for one in schedules
        for shift in calculator.shifts(one, start, end)
        if shift.person == person
    ]
    return sorted(found, key=lambda pair: (pair[1].start, pair[0].id))


def _may_name(schedule: Schedule, person: str) -> bool:
    return any(person in people_in(version.plan) for version in schedule.versions) or any(
        person in one.people for one in schedule.overrides
    )


async def explain(house: House, id: str, at: datetime | None = None) -> Explanation:
    """Why whoever is on call in that schedule is so, now or at another instant, in words."""
    when = at or house.clock.now()
    known, kept = await schedule(house, id, when)
    return explained(kept.schedule, when, known.names)


async def shadows_at(house: House, id: str, at: datetime | None = None) -> Sequence[Shadow]:
    """Who shadows whoever is on call in that schedule."""
    when = at or house.clock.now()
    _, kept = await schedule(house, id, when)
    return calculator.shadows_at(kept.schedule, when)


async def gaps(house: House, id: str, start: datetime, end: datetime) -> list[Gap]:
    """When nobody is on call in that schedule who can be reached."""
    check_window(start, end)
    known, kept = await schedule(house, id, start)
    return _gaps_in(known, kept, start, end)


def _gaps_in(known: Directory, kept: Kept, start: datetime, end: datetime) -> list[Gap]:
    return list(calculator.gaps(kept.schedule, start, end, can_be_reached(known.people.values())))


async def all_gaps(house: House, start: datetime, end: datetime, name: str = "") -> list[tuple[str, Gap]]:
    """The same for each schedule, or those of that id, name or team: (id, gap), the earliest first."""
    check_window(start, end)
    known, found = await _whole(house, start, name)
    ended = {one.id for one in known.kept.values() if one.ended_at is not None}
    reachable = can_be_reached(known.people.values())
    live = [one for one in found if one.id not in ended]
    return await asyncio.to_thread(_all_gaps, live, start, end, reachable)


def _all_gaps(
    schedules: Sequence[Schedule], start: datetime, end: datetime, reachable: frozenset[str]
) -> list[tuple[str, Gap]]:
    found = [(one.id, gap) for one in schedules for gap in calculator.gaps(one, start, end, reachable)]
    return sorted(found, key=lambda pair: (pair[1].start, pair[0]))


async def hours_of(house: House, start: datetime, end: datetime, name: str = "") -> list[Hours]:
    """How long each person was on call in the window: over all schedules, or those of that id, name or team."""
    check_window(start, end)
    known, found = await _whole(house, start, name)
    zones = {handle: one.zone for handle, one in known.people.items() if one.zone}
    # With thousands of schedules it takes seconds, in which others are answered.
    return await asyncio.to_thread(hours, found, start, end, zones)


async def changes(
    house: House, *, schedule: str = "", person: str = "", before: int = 0, after: int = 0, limit: int = 100
) -> list[Changed]:
    """Who changed what, newest first; of one schedule (then only its shifts are told), and where it moved shifts of one person.

    `before` and `after` are ids of entries: only those older, or newer, than they.
    """
    newest = before or 2**62
    async with house.pool.acquire() as conn:
        found = await conn.fetch(rows.SQL["changes"], schedule, person, newest, after, limit)
    told = [
        Changed(**{**dict(row), "people": tuple(row["people"]), "moves": tuple(row["moves"])})
        for row in found
    ]
    return [_of_schedule(one, schedule) if schedule and not one.schedule else one for one in told]


def _of_schedule(change: Changed, schedule: str) -> Changed:
    """What a change of a team, a person or a calendar did to one schedule."""
    moves = tuple(one for one in change.moves if one["schedule"] == schedule)
    return replace(change, moves=moves, people=tuple(sorted({one["person"] for one in moves})))


def check_window(start: datetime, end: datetime) -> None:
    """Invalid, by name, for a window that can't be."""
    for name, at in (("start", start), ("end", end)):
        if at.tzinfo is None:
            raise Invalid(f"{name} has no zone: write it with an offset or a Z", field=name)
    if end <= start:
        raise Invalid(f"The window ends ({end:%Y-%m-%d %H:%M}) before it begins", field="end")
    if end - start > LONGEST:
        raise Invalid("The window is longer than ten years: ask for less", field="end")


async def _whole(house: House, start: datetime, name: str = "") -> tuple[Directory, list[Schedule]]:
    """The schedules, of that id, name or team or all, with all that bears on them from `start` on. Those that were deleted too."""
    async with house.pool.acquire() as conn:
        known = await directory(house, conn)
        ids = [id for id, one in known.kept.items() if not name or is_called(one.schedule, name)]
        if name and not ids:
            called(known, name)  # names those there are
        found = known.kept if start >= known.horizon else await rows.whole(conn, ids, start)
    return known, [found[id].schedule for id in ids]
