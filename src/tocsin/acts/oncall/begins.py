"""Tells people that a shift of theirs begins: so long ahead as each has chosen, one message for all that begins at that instant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from tocsin.acts.house import House
from tocsin.acts.oncall.clockwork import Looked
from tocsin.acts.roster import is_outside
from tocsin.core.notices import Notice, works_for
from tocsin.core.oncall.calculator import on_call
from tocsin.core.oncall.model import Schedule
from tocsin.core.oncall.notice_words import Turn, begins_words
from tocsin.core.oncall.notices import EARLIEST, Beginning, Due, beginnings, due, next_due
from tocsin.core.people import Roster
from tocsin.store.people import Directory
from tocsin.store.pool import Connection

LOOKED_AHEAD: Final = timedelta(days=7)
"""How far the next beginning is looked for; where there is none, it is looked again then."""
MOMENT: Final = timedelta(microseconds=1)


async def look_for_begins(
    house: House, conn: Connection, known: Directory, schedule: Schedule, seen: datetime, now: datetime
) -> Looked:
    """What fell due for one schedule. Another that begins at the same instant finds the same words under the same key."""
    found = beginnings(schedule, seen, now + EARLIEST + LOOKED_AHEAD)
    next_at = next_due(found, now) or now + LOOKED_AHEAD
    if is_outside(house, known):
        return Looked((), next_at)
    choices = {handle: person.notices for handle, person in known.people.items()}
    roster = Roster(known.people, known.teams)
    works = [
        work
        for one in due(found, choices, seen, now)
        for work in works_for(_notice(house, known, one, schedule, now), roster, house.abilities)
    ]
    return Looked(works, next_at)


def _notice(house: House, known: Directory, one: Due, schedule: Schedule, now: datetime) -> Notice:
    start, person = one.beginning.start, one.beginning.person
    zone = known.people[person].zone or schedule.plan_at(start).zone
    turns = list(_turns(house, known, one.beginning))
    link = house.places.on_call

    return Notice(
        person,
        f"begins/{start.isoformat()}/{one.ahead}",
        begins_words(start, turns, now, zone, link),
        # Where no other notice follows, one that is held up tells that the shift has begun.
        until=one.stale_at or (start if now < start else None),
        late=begins_words(start, turns, start, zone, link) if one.stale_at is None and now < start else None,
    )


def _turns(house: House, known: Directory, one: Beginning) -> Iterator[Turn]:
    """What begins for them at that instant, in whichever schedules."""
    for schedule in house.standing.naming(known, one.person):
        found = [
            other
            for other in beginnings(schedule, one.start - MOMENT, one.start)
            if other.person == one.person and other.start == one.start
        ]
        for other in found:
            yield Turn(
                schedule.name or schedule.id,
                other.end,
                _others(known, on_call(schedule, other.start - MOMENT), other.person),
                _others(known, on_call(schedule, other.end), other.person) if other.end else (),
            )


def _others(known: Directory, handles: tuple[str, ...], person: str) -> tuple[str, ...]:
    return tuple(known.names.get(handle, handle) for handle in handles if handle != person)
