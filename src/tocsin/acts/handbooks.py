"""The handbook over time: its versions, which one is in force, how well it is kept, and what another one would have made of it.

In force for new incidents is the file that TOCSIN_HANDBOOK names, else the newest version that somebody saved, else the shipped
one. Open incidents keep theirs.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import asyncpg
import structlog

from tocsin.acts.house import House
from tocsin.acts.process import handbook_of
from tocsin.acts.roster import directory
from tocsin.core.duties import OWED, ledger
from tocsin.core.facts import TOCSIN, Declared, Fact
from tocsin.core.folding import fold
from tocsin.core.handbook import Handbook
from tocsin.core.handbook_text import read_handbook
from tocsin.core.score import OVERDUE, Score, Scored, Scoring, Window
from tocsin.core.toml_reader import BadHandbook
from tocsin.core.trial import Summing, Trials, try_handbook
from tocsin.core.words import needed, text_of
from tocsin.errors import Conflict, Invalid, NotFound
from tocsin.store import access as access_rows
from tocsin.store import handbooks as rows
from tocsin.store import incidents as incident_rows
from tocsin.store.handbooks import FILE, SAVED, SHIPPED
from tocsin.store.handbooks import Version as Version
from tocsin.store.pool import Connection

log = structlog.get_logger()
CHUNK: Final = 100
"""How many incidents are held in memory at once."""
KEEP: Final = 200
"""Of how many incidents a trial tells each change; the others are in its sums."""
LAST: Final = timedelta(days=30)
"""The window of a score for which no start is given."""
AT_THE_MACHINE: Final = "an admin at the machine"
FROM_THE_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class InForce:
    """The handbook for new incidents; `number` as in `House.handbook_number`."""

    handbook: Handbook
    number: int | None


# --- versions -------------------------------------------------------------------------------------------------------------


async def take_handbook(conn: Connection, now: datetime, *, file: str | None, shipped: str) -> InForce:
    """The handbook in force on a node that starts. `file` is the text of the file that TOCSIN_HANDBOOK names, if it does.

    BadHandbook for a file that can't be used. A saved version that this release can't read gives way to the shipped one, so that
    reports are taken and a better version can be saved.
    """
    if file is not None:
        book = read_handbook(file)
        await _remember(conn, book, file, FILE, FILE, now)
        return InForce(book, None)
    saved = await rows.newest_saved(conn)
    if saved is not None:
        number, text = saved
        if known := _readable(text, number):
            return InForce(known, number)
    book = read_handbook(shipped)
    await _remember(conn, book, shipped, SHIPPED, TOCSIN, now)
    return InForce(book, saved[0] if saved else 0)


async def keep_up(house: House, conn: Connection | asyncpg.Pool, number: int | None = None) -> None:
    """Take the newest saved version where this house has an older one; `number` spares the question for it."""
    if house.handbook_number is None:
        return
    if number is None:
        number = await rows.saved_number(conn)
    if number <= house.handbook_number:
        return
    newest = await rows.newest_saved(conn)
    if newest is None:
        return
    number, text = newest
    _take(house, _readable(text, number) or house.handbook, number)


async def new_version(house: House, text: str, author: str, reason: str) -> Version:
    """Have new incidents go by this handbook from now on, on every node; the ones that are there keep theirs.

    BadHandbook, naming every problem, if it can't be used. Conflict where a file is in force, or this text is already.
    """
    reason = needed(reason, field="reason", why="say what changes, and why")
    author = text_of(author, field="author") or AT_THE_MACHINE
    book = await asyncio.to_thread(read, text)
    if house.handbook_number is None:
        raise Conflict(
            "Here TOCSIN_HANDBOOK names the handbook's file, which is in force: edit that, or start without TOCSIN_HANDBOOK"
        )
    now = house.clock.now()
    async with house.pool.acquire() as conn:
        async with conn.transaction():
            await rows.lock(conn)
            await keep_up(house, conn)
            if book.hash == house.handbook.hash:
                raise Conflict("This handbook is in force already: nothing in it differs", field="text")
            await access_rows.save_handbook(conn, book.hash, book.name, book.version, text, now)
            number = await rows.add(conn, book.hash, SAVED, author, reason, now)
        _take(house, book, number)
    return Version(number, book.hash, book.name, book.version, SAVED, author, reason, now, 0)


@dataclass(frozen=True, slots=True)
class History:
    """Every version, the newest first, and the number of the one that new incidents go by (None: none of these)."""

    versions: list[Version]
    in_force: int | None


async def history(house: House) -> History:
    await keep_up(house, house.pool)
    versions = await rows.versions(house.pool)
    hash = house.handbook.hash
    saved = [one.number for one in versions if one.number == house.handbook_number and one.hash == hash]
    others = [one.number for one in versions if one.origin != SAVED and one.hash == hash]
    in_force = next(iter(saved + others), None)
    return History(versions, in_force)


async def text_of_version(house: House, number: int) -> str:
    """The TOML of a version. NotFound if there is none of that number."""
    text = await rows.text_of_version(house.pool, number) if 0 < number < 2**63 else None
    if text is None:
        raise NotFound(f"There is no version {number} of the handbook", field="number")
    return text


async def text_in_force(house: House) -> str:
    """The TOML of the handbook that new incidents go by."""
    await keep_up(house, house.pool)
    text = await access_rows.handbook_text(house.pool, house.handbook.hash)
    assert text is not None
    return text


def read(text: str) -> Handbook:
    """The handbook that `text` spells. BadHandbook, naming every problem, with `text` as its field."""
    if not text.isascii() and text != text.encode("utf-8", "replace").decode("utf-8"):
        raise Invalid(
            "The handbook holds signs that no text has (lone surrogates): send it in UTF-8", field="text"
        )
    try:
        return read_handbook(text)
    except BadHandbook as why:
        why.field = "text"
        raise


async def _remember(
    conn: Connection, book: Handbook, text: str, origin: str, author: str, now: datetime
) -> None:
    """Store a handbook that somebody else than a person brought; a version, if the last one from there was another."""
    await access_rows.save_handbook(conn, book.hash, book.name, book.version, text, now)
    if await rows.newest_of(conn, origin) == book.hash:
        return
    async with conn.transaction():
        await rows.lock(conn)
        if await rows.newest_of(conn, origin) != book.hash:
            await rows.add(conn, book.hash, origin, author, "", now)


def _readable(text: str, number: int) -> Handbook | None:
    """A saved handbook; None, with a line in the log, where this release can't read it: another one wrote it."""
    try:
        return read_handbook(text)
    except BadHandbook as why:
        log.warning("a saved handbook can't be used by this release", version=number, why=why.message)
        return None


def _take(house: House, book: Handbook, number: int) -> None:
    """Nothing waits in here, so no one sees the one without the other."""
    if house.handbook_number is None or number < house.handbook_number:
        return
    house.handbook, house.handbook_number = book, number
    house.handbooks[book.hash] = book


# --- looking at how it is kept --------------------------------------------------------------------------------------------


async def score(
    house: House, start: datetime | None = None, end: datetime | None = None, *, viewer: str
) -> Score:
    """How well the handbook was kept from `start` (30 days before the end) until before `end` (now).

    Over the incidents that `viewer` (a handle; "" is nobody of ours, `tocsin` sees all) may know of.
    """
    now = house.clock.now()
    end = _sane(end, "end") if end else now
    start = _sane(start, "start") if start else end - LAST
    if start >= end:
        raise Invalid(
            f"start is {start.isoformat()}, which is not before the end {end.isoformat()}", field="start"
        )
    async with house.pool.acquire() as conn:
        teams = (await directory(house, conn)).teams
    scoring = Scoring(Window(start, end), teams)

    def take(chunk: Sequence[_Read]) -> None:
        for one in chunk:
            incident = fold(one.facts)
            scoring.add(Scored(incident, ledger(incident, one.handbook, now), now, one.received))

    await _each_chunk(house, take, rows.SQL["chunk"], viewer, start, end)
    return scoring.score()


async def try_file(house: House, text: str, *, since: datetime | None = None, viewer: str) -> Trials:
    """What the handbook that `text` spells would have made of the incidents that began at `since` or later (None: of all), as far
    as `viewer` may know of them.

    BadHandbook, naming every problem, if it can't be used.
    """
    other, now = await asyncio.to_thread(read, text), house.clock.now()
    since = _sane(since, "since") if since else FROM_THE_FIRST
    summing = Summing(other, KEEP)

    def take(chunk: Sequence[_Read]) -> None:
        for one in chunk:
            summing.add(try_handbook(one.facts, one.handbook, other, now))

    await _each_chunk(house, take, rows.SQL["chunk_since"], viewer, since)
    return summing.sum()


def _sane(at: datetime, field: str) -> datetime:
    """The instant in UTC; one without an offset is UTC already. Invalid where no incident can have been."""
    if not 1970 <= at.year <= 9000:
        raise Invalid(f"{field} lies in the year {at.year}, in which there is no incident", field=field)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DutyCount:
    """How many duties of one rule fell due with one outcome."""

    rule: str
    outcome: str
    many: int


async def duty_counts(house: House) -> list[DutyCount]:
    """How the duties that fell due in the last 30 days stand, as their rows say: cheap, for those who ask often.

    Those of private incidents are left out: whoever reads figures need not be a member.
    """
    now = house.clock.now()
    found = await house.pool.fetch(rows.SQL["fell_due"], now - LAST, now)
    return [
        DutyCount(row["rule"], OVERDUE if row["state"] == OWED else row["state"], row["many"])
        for row in found
    ]


@dataclass(frozen=True, slots=True)
class _Read:
    """One incident as it was read from the store."""

    facts: list[Fact]
    handbook: Handbook
    received: Mapping[str, datetime]


async def _each_chunk(
    house: House, take: Callable[[Sequence[_Read]], None], query: str, *args: datetime | str
) -> None:
    """Hand the incidents of that query on, a few at a time; in a thread, so that who reports meanwhile does not wait."""
    async for chunk in _chunks(house, query, *args):
        await asyncio.to_thread(take, chunk)


async def _chunks(house: House, query: str, *args: datetime | str) -> AsyncIterator[list[_Read]]:
    after = 0
    while True:
        async with house.pool.acquire() as conn:
            ids = [row["id"] for row in await conn.fetch(query, after, *args, CHUNK)]
            if not ids:
                return
            facts = await incident_rows.load_many(conn, ids)
            received = await rows.received(conn, ids)
            chunk = [
                _Read(facts[id], await handbook_of(house, conn, _stamped(facts[id])), received[id])
                for id in ids
            ]
        yield chunk
        after = ids[-1]


def _stamped(facts: Sequence[Fact]) -> str:
    declared = facts[0].what
    assert isinstance(declared, Declared)
    return declared.handbook
