"""Tells people that a shift of theirs begins: so long ahead as each has chosen, one message for all that begins at that instant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from tocsin.acts.house import House
from tocsin.acts.oncall.clockwork import Looked
from tocsin.acts.roster import is_outside
from tocsin.core.notices import Notice, keys_for, works_for
from tocsin.core.oncall.calculator import on_call
from tocsin.core.oncall.model import Schedule
from tocsin.core.oncall.notice_words import Turn, begins_words
from tocsin.core.oncall.notices import EARLIEST, Beginning, Due, beginnings, due, next_due
from tocsin.core.people import Roster
from tocsin.store import works as work_rows
from tocsin.store.people import Directory
from tocsin.store.pool import Connection

LOOKED_AHEAD: Final = timedelta(days=7)
"""How far the next beginning is looked for; where there is none, it is looked again then."""
MOMENT: Final = timedelta(microseconds=1)


async def look_for_begins(
    house: House, conn: Connection, known: Directory, schedule: Schedule, seen: datetime, now: datetime
) -> Looked:
    """What fell due for one schedule. Another that begins at the same instant finds the same words under the same key."""
    found = beginnings(schedule, seen, now + EARLIEST + LOOKED_AHEAD, timedelta(0))
    next_at = next_due(found, now) or now + LOOKED_AHEAD
    if is_outside(house, known):
        return Looked((), next_at)
    choices = {handle: person.notices for handle, person in known.people.items()}
    roster = Roster(known.people, known.teams)
    fallen = list(due(found, choices, seen, now))
    # Of many that begin at once each would find the same words: what another has planned is not worked out again.
    keys = {one: keys_for(one.beginning.person, _key(one), roster, house.abilities) for one in fallen}
    told = await work_rows.there(conn, [key for theirs in keys.values() for key in theirs])
    works = [
        work
        for one in fallen
        if not told.issuperset(keys[one])
        for work in works_for(_notice(house, known, one, schedule, now), roster, house.abilities)
    ]
    return Looked(works, next_at)


def _key(one: Due) -> str:
    return f"begins/{one.beginning.start.isoformat()}/{one.ahead}"


def _notice(house: House, known: Directory, one: Due, schedule: Schedule, now: datetime) -> Notice:
    start, person = one.beginning.start, one.beginning.person
    zone = known.people[person].zone or schedule.plan_at(start).zone
    turns = list(_turns(house, known, one.beginning))
    link = house.places.on_call

    return Notice(
        person,
        _key(one),
        begins_words(start, turns, now, zone, link),
        # Where no other notice follows, one that is held up tells that the shift has begun.
        until=one.stale_at or (start if now < start else None),
        late=begins_words(start, turns, start, zone, link) if one.stale_at is None and now < start else None,
    )


def _turns(house: House, known: Directory, one: Beginning) -> Iterator[Turn]:
    """What begins for them at that instant, in whichever schedules."""
    start, person = one.start, one.person
    for schedule in house.standing.naming(known, person):
        before = on_call(schedule, start - MOMENT)
        if person in before or person not in on_call(schedule, start):
            continue
        [end] = [
            other.end
            for other in beginnings(schedule, start - MOMENT, start)
            if (other.person, other.start) == (person, start)
        ]
        yield Turn(
            schedule.name or schedule.id,
            end,
            _others(known, before, person),
            _others(known, on_call(schedule, end), person) if end else (),
        )


def _others(known: Directory, handles: tuple[str, ...], person: str) -> tuple[str, ...]:
    return tuple(known.names.get(handle, handle) for handle in handles if handle != person)
