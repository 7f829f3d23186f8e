"""The one way in which on-call changes: lock the roster, load, check what the caller saw, write, log; then every node reads it anew."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tocsin.acts.house import House
from tocsin.acts.oncall.by import By
from tocsin.acts.oncall.clockwork import KINDS
from tocsin.acts.oncall.effect import NOTHING, Effect
from tocsin.acts.oncall.telling import tell_moved
from tocsin.acts.roster import directory
from tocsin.core.oncall.model import TEAM
from tocsin.errors import Conflict, Invalid, NotFound
from tocsin.store import oncall as rows
from tocsin.store import timers
from tocsin.store.oncall import Kept
from tocsin.store.people import Directory, bump
from tocsin.store.pool import Connection

A_MOMENT_AGO = timedelta(minutes=5)
"""What was typed as "now" may be so old when it comes; it then begins now."""
LARGEST = 2**31 - 1
"""The largest version that the database holds."""
LATEST = timedelta(days=3660)
"""How far ahead anything may begin or end."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A change in the making. Nobody else changes the roster meanwhile; `version` is the roster's after it."""

    house: House
    conn: Connection
    known: Directory
    by: By
    now: datetime
    version: int
    told_otherwise: set[str] = field(default_factory=set)
    """Who hears of the change in other words than whose shifts moved."""
    moved: list[tuple[int, Effect]] = field(default_factory=list)
    """What was logged that moved shifts: people are told of all of it at once."""
    named: dict[str, str] = field(default_factory=dict)
    """What the schedules that were saved are called from now on, by their ids; `known` is from before."""

    async def touch(self, ids: Iterable[str]) -> None:
        await rows.touch(self.conn, list(ids), self.version)

    async def log(
        self,
        what: str,
        words: str,
        *,
        schedule: str = "",
        subject: object = "",
        before: int = 0,
        after: int = 0,
        effect: Effect = NOTHING,
    ) -> None:
        """Remember who changed what, and whose shifts to come that moved: they are told."""
        change = await self.conn.fetchval(
            rows.SQL["log_change"],
            self.now,
            self.by.name,
            self.by.actor.door,
            what,
            schedule,
            str(subject),
            before,
            after,
            words,
            list(effect.people),
            effect.as_json(),
        )
        if effect.moves:
            self.moved.append((change, effect))


@contextlib.asynccontextmanager
async def writing(house: House, by: By) -> AsyncIterator[Desk]:
    """A change, in one transaction: all of it and its log are there, or nothing is."""
    async with house.pool.acquire() as conn, conn.transaction():
        number = await rows.lock_roster(conn)
        known = await directory(house, conn, number)
        desk = Desk(house, conn, known, by, house.clock.now(), number + 1)
        yield desk
        who = by.person, known.names.get(by.person, by.name)
        await tell_moved(house, conn, known, desk.moved, who, desk.now, desk.told_otherwise, desk.named)
        await timers.mark(conn, number + 1, KINDS, house.clock.now())
        await bump(conn)


@contextlib.asynccontextmanager
async def trying(house: House, by: By) -> AsyncIterator[Desk]:
    """A look at what a change would do; nothing may be written."""
    async with house.pool.acquire() as conn, conn.transaction(readonly=True):
        known = await directory(house, conn)
        yield Desk(house, conn, known, by, house.clock.now(), known.version)


def kept_of(known: Directory, id: str) -> Kept:
    """The schedule with that id, or that name. NotFound, naming those there are."""
    found = known.kept.get(id.strip().lower())
    if found is None:
        wanted = id.strip().casefold()
        found = next((one for one in known.kept.values() if one.schedule.name.casefold() == wanted), None)
    if found is None or found.ended_at is not None:
        there = ", ".join(one.id for one in known.schedules) or "none yet"
        raise NotFound(f"There is no schedule {id}; there are: {there}", field="schedule")
    return found


async def must_expect(desk: Desk, kept: Kept, expected: int | None) -> None:
    """Conflict, saying who changed it, unless the caller saw the newest version of the schedule."""
    if expected is None:
        raise Invalid(
            f"expected_version is missing: {kept.id} is there already; send the version that you saw (now {kept.version})",
            field="expected_version",
        )
    if expected != kept.version:
        row = await desk.conn.fetchrow(rows.SQL["last_change"], kept.id, min(expected, LARGEST))
        raise _stale(kept.id, kept.version, expected, row)


async def must_expect_of(desk: Desk, kind: str, id: int | str, version: int, expected: int | None) -> None:
    """The same for an override, an absence, a shadow or a cover request (`kind`)."""
    if expected is None:
        raise Invalid(
            f"expected_version is missing: send the version of the {kind} that you saw (now {version})",
            field="expected_version",
        )
    if expected != version:
        row = await desk.conn.fetchrow(rows.SQL["last_change_of"], kind, str(id))
        raise _stale(f"The {kind} {id}", version, expected, row)


def _stale(what: str, version: int, expected: int, changed: Any) -> Conflict:
    who = f": {changed['by']} {changed['words']} at {changed['at']:%Y-%m-%d %H:%M} UTC" if changed else ""
    return Conflict(
        f"{what} is at version {version}, and you saw {expected}{who}. Look again, then decide",
        field="expected_version",
    )


def known_people(known: Directory, handles: Sequence[str], field: str = "people") -> tuple[str, ...]:
    """These handles, each once. NotFound, naming them, where somebody is unknown."""
    clean = tuple(dict.fromkeys(one.strip().lower().removeprefix("@") for one in handles))
    unknown = [handle for handle in clean if handle not in known.people]
    if unknown:
        raise NotFound(
            f"Nobody is called {', '.join(unknown)}; known are: {', '.join(known.people) or 'none yet'}",
            field=field,
        )
    return clean


def handles_of(known: Directory, names: Sequence[str], field: str) -> tuple[str, ...]:
    """Whom handles and `team:NAME` mean, each once. NotFound, naming those there are, for others."""
    handles: list[str] = []
    for name in names:
        team = name.removeprefix(TEAM)
        if name.startswith(TEAM) and team not in known.teams:
            raise NotFound(
                f"There is no team {team}; there are: {', '.join(known.teams) or 'none'}", field=field
            )
        handles += known.teams[team] if name.startswith(TEAM) else known_people(known, [name], field)
    return tuple(dict.fromkeys(handles))


def span_of(
    start: datetime | None, end: datetime, now: datetime, longest: timedelta, field: str = "start"
) -> tuple[datetime, datetime]:
    """A span that begins now or later. Invalid, by name, where it can't be."""
    begin = now if start is None else start
    for name, at in (("start", begin), ("end", end)):
        if at.tzinfo is None:
            raise Invalid(f"{name} has no zone: write it with an offset or a Z", field=name)
        if at > now + LATEST:
            raise Invalid(f"{name} is more than ten years ahead", field=name)
    if end <= begin:
        raise Invalid(
            f"It ends ({end:%Y-%m-%d %H:%M}) before it begins ({begin:%Y-%m-%d %H:%M})", field="end"
        )
    if end <= now:
        raise Invalid(f"It ends in the past ({end:%Y-%m-%d %H:%M}): what was, stays", field="end")
    if begin < now - A_MOMENT_AGO:
        raise Invalid(
            f"It begins in the past ({begin:%Y-%m-%d %H:%M}): what was, stays. Let it begin now", field=field
        )
    begin = max(begin, now)
    if end - begin > longest:
        raise Invalid(f"It is longer than {longest.days} days: take a shorter span", field="end")
    return begin, end
