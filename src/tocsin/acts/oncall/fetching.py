"""Calendars with an address are read again by themselves. What can't be read leaves what was read last, and its owner hears of it once."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from tocsin.acts.house import House
from tocsin.acts.oncall import days_off
from tocsin.acts.oncall.by import By, must_answer_for, must_be_somebody
from tocsin.acts.oncall.calendars import EVERY, Imported, must_keep_calendar, naming, shifts_of, tell
from tocsin.acts.oncall.effect import NOTHING, Effect, effect_of
from tocsin.acts.oncall.troubles import tell_of_trouble
from tocsin.acts.oncall.writing import Desk, handles_of, trying, writing
from tocsin.acts.reading import CantRead
from tocsin.acts.roster import directory
from tocsin.clock import at_least
from tocsin.core.case import Actor
from tocsin.core.oncall.imported import read_again, with_events
from tocsin.core.oncall.model import BEGINNING
from tocsin.errors import Invalid, NotFound, TocsinError
from tocsin.store import calendars as rows
from tocsin.store import oncall as oncall_rows
from tocsin.store.calendars import SHIFTS, CalendarRow, Fetching
from tocsin.store.people import Directory

LEASE: Final = timedelta(minutes=2)
"""Longer than it takes to fetch and read one; a node that died meanwhile holds it up for no longer."""
WHOLE: Final = timedelta(days=1)
"""So often one is read wholly even where it did not change, since what recurs has to be followed further."""
PATIENCE: Final = 3
"""After so many readings in a row that failed for what may pass by itself, its owner hears of it."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a calendar says now, and what of it there is to store (`change`, of days off, or the events of shifts)."""

    row: CalendarRow
    unknown: tuple[str, ...]
    content: Any
    etag: str
    last_modified: str
    read_as: str


async def fetch_next(house: House) -> bool:
    """Read the calendar whose turn it is; False where there is none."""
    now = house.clock.now()
    lease = at_least(house.clock, LEASE)
    async with house.pool.acquire() as conn:
        name = await rows.claim(conn, now, now + lease)
    if name is None:
        return False
    with contextlib.suppress(TocsinError):  # It stands as the calendar's problem.
        await _fetched(house, name)
    return True


async def fetch_now(house: House, by: By, name: str, *, preview: bool = False) -> Imported:
    """Read it at once, or, with `preview`, say what that would do. Invalid, saying why, where it can't be read; what was read last stays
    then."""
    must_be_somebody(by)
    async with house.pool.acquire() as conn:
        row, known = await rows.one(conn, name), await directory(house, conn)
    if row is None:
        raise NotFound(f"There is no calendar {name}", field="name")
    if not row.url:
        raise Invalid(f"The calendar {name} has no address to be read from: import a file", field="url")
    must_keep_calendar(by, known, name)
    for person in handles_of(known, row.who, "who"):
        must_answer_for(by, known, person, "tell of days off of")
    return await _fetched(house, name, preview=preview)


async def content_of(house: House, url: str) -> bytes:
    """The file at an address. Invalid, saying why, where it can't be read."""
    try:
        read = await house.read_address(url, "", "")
    except CantRead as why:
        raise Invalid(why.message, field="url") from why
    return read.data or b""


async def _fetched(house: House, name: str, *, preview: bool = False) -> Imported:
    async with house.pool.acquire() as conn:
        row, known = await rows.one(conn, name), await directory(house, conn)
        if row is None or not row.url:
            raise NotFound(f"There is no calendar {name}", field="name")
        last = await rows.fetching(conn, name)
    try:
        found = await _found(house, known, row, last)
        if preview:
            return await _would(house, found)
        return await _stored(house, found) if found.content is not None else await _unchanged(house, found)
    except CantRead as why:
        raise await _failed(house, row, why.message, passes=why.passes) from why
    except TocsinError as why:
        raise await _failed(house, row, why.message, passes=False) from why


async def _found(house: House, known: Directory, row: CalendarRow, last: Fetching) -> Found:
    read_as, now = _read_as(row, known), house.clock.now()
    fresh = last.whole_at is not None and now - last.whole_at < WHOLE and last.read_as == read_as
    asked = (last.etag, last.last_modified) if fresh and not row.problem else ("", "")
    answer = await house.read_address(row.url, *asked)
    about = (answer.etag or asked[0], answer.last_modified or asked[1], read_as)
    if answer.data is None:
        return Found(row, (), None, *about)
    if row.kind == SHIFTS:
        read = await shifts_of(house, known, answer.data, row.zone)
        return Found(row, read.unknown, read.booked, *about)
    return Found(row, (), await days_off.days_of(house, answer.data), *about)


async def _would(house: House, found: Found) -> Imported:
    """What it would do to store what it says."""
    if found.content is None:
        return Imported(found.row, found.unknown, NOTHING)
    async with trying(house, _as_calendar(found)) as desk:
        _, row, effect = await _put(desk, found, dry=True)
    return Imported(row, found.unknown, effect)


def _as_calendar(found: Found) -> By:
    return By(Actor("", "calendar", f"calendar {found.row.name}"), is_admin=True)


async def _stored(house: House, found: Found) -> Imported:
    """Store what it says; the roster changes only where that is something else than before."""
    by = _as_calendar(found)
    async with trying(house, by) as desk:
        changes, _, _ = await _put(desk, found, dry=True)
    if not changes:
        return await _unchanged(house, found)
    async with writing(house, by) as desk:
        _, row, effect = await _put(desk, found, dry=False)
        await _was_read(desk.conn, found, desk.now, whole=True)
    house.wake()
    return Imported(row, found.unknown, effect)


async def _put(desk: Desk, found: Found, *, dry: bool) -> tuple[bool, CalendarRow, Effect]:
    """Whether it says something else than before; then it is stored, and logged where it moves somebody's shifts."""
    name, now = found.row.name, desk.now
    row = await rows.one(desk.conn, name)
    if row is None or row.url != found.row.url:
        raise NotFound(f"The calendar {name} has another address meanwhile", field="name")
    if row.kind == SHIFTS:
        used = naming(desk.known, name)
        before = (await oncall_rows.events_of(desk.conn, [name], BEGINNING))[name]
        events = read_again(before, found.content, now, row.zone)
        if frozenset(events) == frozenset(before):
            return False, row, NOTHING
        effect = effect_of(desk.known, [(one, with_events(one, name, events)) for one in used], now)
        if not dry:
            await rows.save_events(desk.conn, name, events)
        row = replace(row, events=len(events))
    else:
        people = handles_of(desk.known, row.who, "who")
        change = await days_off.change_to(desk, name, people, found.content)
        if not change.gone and not change.new:
            return False, row, NOTHING
        effect, used = change.effect_on(desk), change.schedules
        if not dry:
            await change.store(desk, name)
    if not dry:
        await desk.touch(one.id for one in used)
        if effect.moves or effect.opens:
            await tell(desk, (), f"has other {'shifts' if row.kind == SHIFTS else 'days off'}", row, effect)
    return True, replace(row, read_at=now, problem=""), effect


async def _unchanged(house: House, found: Found) -> Imported:
    now = house.clock.now()
    async with house.pool.acquire() as conn:
        await _was_read(conn, found, now, whole=found.content is not None)
        row = await rows.one(conn, found.row.name)
    return Imported(row or found.row, found.unknown, NOTHING)


async def _was_read(conn: Any, found: Found, now: datetime, *, whole: bool) -> None:
    row = found.row
    whole_at = now if whole else (await rows.fetching(conn, row.name)).whole_at
    about = (found.etag, found.last_modified, found.read_as)
    await conn.execute(rows.SQL["was_read"], row.name, row.url, now, whole_at, now + EVERY, *about)


async def _failed(house: House, row: CalendarRow, why: str, *, passes: bool) -> Invalid:
    """What was read last stays; why it could not be read stands with it, and in time its owner hears of it, once."""
    now = house.clock.now()
    async with house.pool.acquire() as conn, conn.transaction():
        last = await rows.fetching(conn, row.name)
        tells = not last.told and (not passes or last.failures + 1 >= PATIENCE)
        about = (row.name, row.url, why, now + EVERY, tells)
        if await conn.fetchval(rows.SQL["was_not_read"], *about) and tells:
            words = (
                f"The calendar {row.name} can't be read any more: {why}. What it said last still counts. "
                "Correct its address, or import a file"
            )
            title = f"The calendar {row.name} can't be read"
            await tell_of_trouble(house, conn, row.owner, f"calendar/{row.name}/{now.isoformat()}", title, words)  # fmt: skip
    house.wake()
    return Invalid(f"The calendar {row.name} can't be read: {why}", field="url")


def _read_as(row: CalendarRow, known: Directory) -> str:
    """What it depends on how a file is read: where it is, and what people are called."""
    people = [(one.handle, one.name, one.email) for one in known.people.values()]
    teams = [(team, known.teams.get(team.partition(":")[2])) for team in row.who]
    said = repr((row.kind, row.zone, row.url, row.who, teams, sorted(people)))
    return hashlib.sha256(said.encode()).hexdigest()
