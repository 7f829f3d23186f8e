"""Every schedule at a glance: who is on call, until when, who comes next, and when nobody does."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tocsin.acts.house import House
from tocsin.acts.oncall.effect import can_be_reached
from tocsin.acts.oncall.who import OnCall, on_call_by
from tocsin.acts.oncall.who import on_call as asked_who
from tocsin.acts.roster import directory, is_outside
from tocsin.core.oncall import calculator
from tocsin.core.oncall.model import Gap, Schedule

AHEAD: Final = timedelta(days=14)
"""How far ahead gaps are looked for."""
MOST: Final = 60
"""Schedules at a time: more than anybody reads."""


@dataclass(frozen=True, slots=True)
class Glance:
    """One schedule: who is on call, then (`then_at`, None: nothing changes) the handles of who is, and when nobody is who can be reached."""

    now: OnCall
    zone: str = ""
    then: tuple[str, ...] = ()
    then_at: datetime | None = None
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class Glances:
    """The schedules that were asked for, as many as are told at a time; `more` is how many are not. `outside`: a pager says who is on call."""

    found: Sequence[Glance]
    more: int = 0
    outside: bool = False


async def glances(house: House, words: str = "", person: str = "") -> Glances:
    """Of every schedule, or those in whose id, name or team the words stand; those of the person's teams come first."""
    async with house.pool.acquire() as conn:
        known = await directory(house, conn)
    if is_outside(house, known):
        return Glances([Glance(one) for one in await asked_who(house)], outside=True)
    now, wanted = house.clock.now(), words.strip().casefold()
    found = [
        one
        for one in known.schedules
        if any(wanted in said.casefold() for said in (one.id, one.name, one.team))
    ]
    found.sort(key=lambda one: person not in known.teams.get(one.team, ()))
    told = found[:MOST]
    stands, _ = on_call_by(house, known, told, now)
    reachable = can_be_reached(known.people.values())
    seen = await asyncio.to_thread(_seen, list(zip(told, stands, strict=True)), now, reachable)
    return Glances(seen, len(found) - len(told))


def _seen(pairs: Sequence[tuple[Schedule, OnCall]], now: datetime, reachable: frozenset[str]) -> list[Glance]:
    return [_glance(schedule, stand, now, reachable) for schedule, stand in pairs]


def _glance(schedule: Schedule, stand: OnCall, now: datetime, reachable: frozenset[str]) -> Glance:
    at = stand.until or calculator.next_change(schedule, now)
    then = calculator.on_call(schedule, at) if at else ()
    gaps = calculator.gaps(schedule, now, now + AHEAD, reachable)
    return Glance(stand, schedule.plan_at(now).zone, then, at, tuple(gaps))
