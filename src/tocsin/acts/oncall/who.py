"""Who is on call: asked by everybody, so that it is worked out once for each change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tocsin.acts.house import House
from tocsin.acts.oncall.overrides import is_called
from tocsin.acts.roster import directory
from tocsin.acts.roster import is_outside as is_outside
from tocsin.acts.standing import Stand, stand_at
from tocsin.core.oncall import calculator
from tocsin.core.oncall.model import FOREVER, Schedule
from tocsin.core.oncall.wall import utc
from tocsin.core.people import Person
from tocsin.errors import NotFound
from tocsin.store import oncall as rows
from tocsin.store.people import Directory as Directory


@dataclass(frozen=True, slots=True)
class OnCall:
    """Who is on call in one schedule, until when that holds (None: nobody is, it never ends, or a pager keeps it to itself).

    `schedule` is its name. `instead_of` is who would be on call without its overrides, where somebody else is.
    """

    schedule: str
    team: str
    people: tuple[Person, ...]
    until: datetime | None
    instead_of: Person | None = None
    id: str = ""


async def on_call(house: House, schedule: str = "", at: datetime | None = None) -> list[OnCall]:
    """Who is on call in each schedule, or in those of that id, name or team; now, or at another instant.

    NotFound, naming those there are, if none fits. Where a pager that a team keeps says who is on call, its schedule is the only one.
    """
    now, at = house.clock.now(), at and utc(at)
    async with house.pool.acquire() as conn:
        known = await directory(house, conn)
        if is_outside(house, known):
            return _outside(known, schedule)
        wanted = called(known, schedule)
        if at is not None and at < known.horizon:
            older = await rows.whole(conn, [one.id for one in wanted], at)
            wanted = [older[one.id].schedule for one in wanted]
    return [_told(house, known, one, now, at) for one in wanted]


def on_call_by(
    house: House, known: Directory, schedules: Sequence[Schedule], now: datetime
) -> tuple[list[OnCall], datetime]:
    """Who is on call now in these schedules, and until when nothing of that changes."""
    stands = [house.standing.of(one, now) for one in schedules]
    told = [_told(house, known, one, now, None) for one in schedules]
    return told, min((one.until for one in stands), default=FOREVER)


def called(known: Directory, schedule: str) -> Sequence[Schedule]:
    """The schedules of that id, name or team, or all. NotFound, naming those there are, if none fits."""
    found = [one for one in known.schedules if is_called(one, schedule)] if schedule else known.schedules
    if schedule and not found:
        there = ", ".join(one.id for one in known.schedules) or "none"
        raise NotFound(f"There is no schedule {schedule}; there are: {there}", field="schedule")
    return found


def _outside(known: Directory, schedule: str) -> list[OnCall]:
    if schedule.lower() not in ("", known.outside.lower()):
        raise NotFound(f"There is no schedule {schedule}; there are: {known.outside}", field="schedule")
    people = _people(known, known.on_call_outside or ())
    return [OnCall(known.outside, "", people, None, id=known.outside)]


def _told(house: House, known: Directory, schedule: Schedule, now: datetime, at: datetime | None) -> OnCall:
    stand = house.standing.of(schedule, now) if at is None else stand_at(schedule, at)
    handles = stand.people
    people = _people(known, handles)
    without = _without_overrides(stand, at or now) if _is_overridden(stand, at or now) else ()
    instead = next((known.people.get(one) for one in without if one not in handles), None)
    until = stand.until if people and stand.until != FOREVER else None
    return OnCall(schedule.name, schedule.team, people, until, instead, schedule.id)


def _is_overridden(stand: Stand, at: datetime) -> bool:
    return any(one.start <= at < one.end for one in stand.schedule.overrides)


def _without_overrides(stand: Stand, at: datetime) -> tuple[str, ...]:
    return calculator.on_call(replace(stand.schedule, overrides=()), at)


def _people(known: Directory, handles: Iterable[str]) -> tuple[Person, ...]:
    return tuple(known.people[handle] for handle in handles if handle in known.people)
