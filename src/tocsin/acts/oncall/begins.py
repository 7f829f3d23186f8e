"""Tells people that a shift of theirs begins: so long ahead as each has chosen, one message for all that begins at that instant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from tocsin.acts.house import House
from tocsin.acts.oncall.clockwork import Looked
from tocsin.acts.oncall.coming import MOMENT, Begun
from tocsin.acts.roster import is_outside
from tocsin.core.notices import Notice, keys_for, said, works_for
from tocsin.core.oncall.calculator import on_call
from tocsin.core.oncall.model import Schedule
from tocsin.core.oncall.notice_words import Turn, begins_words
from tocsin.core.oncall.notices import EARLIEST, Due, due, next_due
from tocsin.core.people import Roster
from tocsin.core.work import Work
from tocsin.store.people import Directory
from tocsin.store.pool import Connection


async def look_for_begins(
    house: House, conn: Connection, known: Directory, schedule: Schedule, seen: datetime, now: datetime
) -> Looked:
    """What fell due for one schedule. Another that begins at the same instant finds the same words under the same key."""
    ahead = house.coming.of(schedule, seen, now)
    seen_until = ahead.until - EARLIEST
    next_at = min(next_due(ahead.found, now) or seen_until, seen_until)
    if is_outside(house, known):
        return Looked((), next_at)
    named = {one.person for one in ahead.found if one.person in known.people}
    choices = {handle: known.people[handle].notices for handle in named}
    roster = Roster(known.people, known.teams)
    works: list[Work] = []
    for one in due(ahead.found, choices, seen, now):
        # Of many that begin at once each would find the same words: what was planned for another is not worked out again.
        keys = keys_for(one.beginning.person, _key(one), roster, house.abilities)
        if not await house.coming.told(conn, keys):
            planned = works_for(await _notice(house, known, one, schedule, now), roster, house.abilities)
            begins = {"begins": one.beginning.start.isoformat()}
            works += [replace(work, payload={**work.payload, **begins}) for work in planned]
    return Looked(works, next_at)


async def begins_now(house: House, known: Directory, work: Work, now: datetime) -> Work | None:
    """A notice that a shift begins, as it is true when it goes out; None where the shift is theirs no more, or over."""
    start, person = datetime.fromisoformat(work.payload["begins"]), work.payload["person"]
    begun = await house.coming.at(house.standing, known, person, start, now)
    begun = [(schedule, one) for schedule, one in begun if one.end is None or one.end > now]
    if not begun:
        return None
    zone = known.people[person].zone or begun[0][0].plan_at(start).zone
    words = begins_words(start, _turns(known, begun), now, zone, house.places.on_call)
    told = {name: text for name, text in work.payload.items() if not name.startswith("late_")}
    # Whether its time is over was asked before: these words hold now.
    return replace(work, payload={**told, **said(words, ()), "until": ""})


def _key(one: Due) -> str:
    return f"begins/{one.beginning.start.isoformat()}/{one.ahead}"


async def _notice(house: House, known: Directory, one: Due, schedule: Schedule, now: datetime) -> Notice:
    start, person = one.beginning.start, one.beginning.person
    zone = known.people[person].zone or schedule.plan_at(start).zone
    begun = await house.coming.at(house.standing, known, person, start, now)
    turns = _turns(known, begun)
    link = house.places.on_call

    return Notice(
        person,
        _key(one),
        begins_words(start, turns, now, zone, link),
        # Where no other notice follows, one that is held up tells that the shift has begun.
        until=one.stale_at or (start if now < start else None),
        late=begins_words(start, turns, start, zone, link) if one.stale_at is None and now < start else None,
    )


def _turns(known: Directory, begun: Sequence[Begun]) -> list[Turn]:
    """What begins for them at that instant, in whichever schedules."""
    return [
        Turn(
            schedule.name or schedule.id,
            one.end,
            _others(known, on_call(schedule, one.start - MOMENT), one.person),
            _others(known, on_call(schedule, one.end), one.person) if one.end else (),
        )
        for schedule, one in begun
    ]


def _others(known: Directory, handles: tuple[str, ...], person: str) -> tuple[str, ...]:
    return tuple(known.people[one].name if one in known.people else one for one in handles if one != person)
