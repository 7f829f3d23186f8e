"""One step of a repair: a statement, the flag, or one migration taken back. Each looks first whether it was done already.

A step that died after its effect must find it: by the catalogue where the statement leaves something there; else by a mark that is made in
the statement's own transaction, as a comment on the migrator's table, and taken away with the flag.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final
from zlib import crc32

import asyncpg

from tocsin.core.procedures.hands import JSON, Context, Done, Evidence, Failed, Step
from tocsin.core.schema.effects import leaves
from tocsin.core.schema.files import NO_VERSION
from tocsin.core.schema.judging import State
from tocsin.core.schema.migrators import lock_keys
from tocsin.core.schema.script import Judged, judged_alone
from tocsin.core.schema.statements import split
from tocsin.core.schema.version_table import Row
from tocsin.core.work import Later
from tocsin.integrations.schema import activity, catalogue, questions, table
from tocsin.integrations.schema.connecting import LOCK_SECONDS, Connection, Ends, Place, writing

OURS: Final = 0x70C51
"""The first half of the lock by which two of us keep from doing one step at the same time."""
MARK: Final = re.compile(r"\n?\[tocsin ([^\]]*)\]")
ALREADY: Final = "it was there already"


class Stops(Exception):
    """The step fails, and with it the run: people decide."""

    def __init__(self, why: str, *details: str) -> None:
        super().__init__(why)
        self.failed = Failed(why, details)


async def statement(place: Place, step: Step, context: Context) -> Done | Failed | Later:
    """Run one statement, if its effect is not there yet, and see that it is there afterwards."""
    text, number = str(step.inputs["text"]), f"{context.run} {step.id}"
    async with _alone(place, context) as conn:
        if (found := await _done_already(conn, place, text, number)) is not None:
            return found
        try:
            await _guarded(conn, place, step.inputs, text)
            if step.inputs.get("alone"):
                await _run_alone(conn, step.inputs, text)
            else:
                await _run_in_transaction(conn, place, step.inputs, text, number)
            return await _seen_after(conn, text)
        except Stops as why:
            return why.failed


async def flag(place: Place, step: Step, context: Context) -> Done | Failed | Later:
    """Set the version and clear the flag: exactly one row, if it still says what was seen."""
    becomes, was = _whole(step.inputs["becomes"]), _whole(step.inputs["was"])
    async with _alone(place, context) as conn:
        if _says(await _row(conn, place), becomes, dirty=False):
            return Done(_row_evidence(place, becomes), said=ALREADY)
        try:
            await _guarded(conn, place, step.inputs, "")
            async with _changing(conn):
                await _keep_migrators_out(conn, place)
                await conn.execute(f"LOCK TABLE {table.table_name(place)} IN SHARE ROW EXCLUSIVE MODE")
                await _check_row(conn, place, step.inputs)
                await _take_marks_away(conn, place)
                await _record(conn, place, was, becomes, dirty=bool(step.inputs["was_dirty"]))
        except Stops as why:
            return why.failed
        if not _says(await _row(conn, place), becomes, dirty=False):
            return Failed(f"{table.where(place)} was set, but says something else now: somebody changed it")
        return Done(_row_evidence(place, becomes), said=f"{table.where(place)}: {was} became {becomes}")


async def down(place: Place, step: Step, context: Context) -> Done | Failed | Later:
    """Take one migration back: its file and its record in one transaction."""
    becomes, was = _whole(step.inputs["becomes"]), _whole(step.inputs["was"])
    texts = [str(one) for one in _list(step.inputs["texts"])]
    async with _alone(place, context) as conn:
        if _says(await _row(conn, place), becomes, dirty=False):
            return Done(_row_evidence(place, becomes), said=ALREADY)
        try:
            await _guarded(conn, place, step.inputs, "\n;".join(texts))
            if step.inputs.get("alone"):
                await _run_if_needed(conn, step.inputs, texts)
                texts = []
            async with _changing(conn):
                await _keep_migrators_out(conn, place)
                await conn.execute(f"LOCK TABLE {table.table_name(place)} IN SHARE ROW EXCLUSIVE MODE")
                await _check_row(conn, place, step.inputs)
                for text in texts:
                    await conn.execute(text)
                await _record(conn, place, was, becomes, dirty=False)
        except Stops as why:
            return why.failed
        return Done(
            _row_evidence(place, becomes), said=f"{step.inputs['file']} was run: {was} became {becomes}"
        )


# Looking


async def _done_already(conn: Connection, place: Place, text: str, number: str) -> Done | Later | None:
    """What to answer where it need not be run; None where it must be."""
    found = await _judged(conn, text)
    if found.state is State.BUILDING:
        return Later("its index is being built at this moment")
    if found.state is State.DONE:
        return Done(_evidence(found), said=ALREADY)
    if found.state is State.UNKNOWN and number in await _marks(conn, place):
        return Done((Evidence("mark in the comment of the migrator's table", number),), said=ALREADY)
    return None


async def _seen_after(conn: Connection, text: str) -> Done | Failed:
    found = await _judged(conn, text)
    if found.state is State.UNKNOWN:
        return Done(
            (Evidence("ran without an error", _short(text)),), said="it ran; the catalogue can't show it"
        )
    if found.state is not State.DONE:
        return Failed(f"it ran, but its effect is {found.state}: {found.why}")
    return Done(_evidence(found), said=f"it ran, and its effect is there: {_short(text)}")


async def _judged(conn: Connection, text: str) -> Judged:
    left = leaves(split(text)[0])
    return judged_alone(text, await catalogue.read(conn, {claim.name.name for claim in left.claims}))


def _evidence(found: Judged) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(f"{claim.kind} {claim.part or claim.name}", "is there" if claim.there else "is gone")
        for claim in found.leaves.claims
    )


def _row_evidence(place: Place, version: int) -> tuple[Evidence, ...]:
    return (
        Evidence(table.where(place), f"version {version}, not dirty" if version != NO_VERSION else "empty"),
    )


async def _row(conn: Connection, place: Place) -> Row:
    _, problem = await table.columns_of(conn, place)
    return Row(problem=problem) if problem else await table.plain_row(conn, place)


def _says(row: Row, version: int, *, dirty: bool) -> bool:
    return not row.problem and (row.version, row.dirty) == (version, dirty)


# Guarding


async def _guarded(conn: Connection, place: Place, inputs: Mapping[str, JSON], text: str) -> None:
    """Stops where the row says something else than was seen, or a migrator works."""
    await _check_row(conn, place, inputs)
    if live := await activity.live(conn, place, [text]):
        raise Stops("a migrator works in the database: nothing was run", *live)


async def _check_row(conn: Connection, place: Place, inputs: Mapping[str, JSON]) -> None:
    row = await _row(conn, place)
    was, dirty = _whole(inputs["was"]), bool(inputs["was_dirty"])
    if row.problem:
        raise Stops(f"nothing was run: {row.problem}")
    if not _says(row, was, dirty=dirty):
        here = f"version {row.version}, {'dirty' if row.dirty else 'not dirty'}"
        raise Stops(
            f"things have moved on: {table.where(place)} says {here}, and said {was}{', dirty' if dirty else ''}. Look again"
        )


async def _keep_migrators_out(conn: Connection, place: Place) -> None:
    """Takes golang-migrate's own locks up to the end of the transaction, without waiting for them."""
    database = await conn.fetchval("SELECT current_database()")
    for key in sorted(lock_keys(database, place.declared.schema, place.declared.table)):
        if not await conn.fetchval("SELECT pg_try_advisory_xact_lock($1)", key):
            raise Stops("a migrator began to work in the database: nothing was run")


@asynccontextmanager
async def _alone(place: Place, context: Context) -> AsyncIterator[Connection]:
    """A connection to write with, while no other of us works on a step there. What ends the step has a name."""
    async with writing(place, context.run) as conn:
        half = crc32(f"{place.declared.schema}.{place.declared.table}".encode()) - 2**31
        if not await conn.fetchval("SELECT pg_try_advisory_lock($1, $2)", OURS, half):
            raise Ends(Later(f"another step still works in {place.name}"))
        yield conn


# Running


@asynccontextmanager
async def _changing(conn: Connection) -> AsyncIterator[None]:
    """One transaction. What PostgreSQL says against it stops the step, and nothing of it stays."""
    with_words = await _holders(conn)
    try:
        async with conn.transaction():
            yield
    except asyncpg.LockNotAvailableError as why:
        raise Stops(
            f"a lock was not to be had within {LOCK_SECONDS} s; nothing was changed", *with_words
        ) from why
    except (asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError):
        raise
    except asyncpg.PostgresError as why:
        raise Stops(f"PostgreSQL says: {why} ({why.sqlstate}); nothing was changed") from why


async def _holders(conn: Connection) -> list[str]:
    rows: list[Any] = await conn.fetch(questions.OTHERS)
    return [
        f"process {row['pid']} ({row['program'] or row['role']}), {row['state']}, for {row['open_seconds']} s: {row['query'][:80]}"
        for row in rows
        if row["open_seconds"] is not None
    ][:10]


async def _run_in_transaction(
    conn: Connection, place: Place, inputs: Mapping[str, JSON], text: str, number: str
) -> None:
    async with _changing(conn):
        await _keep_migrators_out(conn, place)
        for before in _list(inputs.get("before")):
            await conn.execute(str(before))
        await conn.execute(text)
        if not leaves(split(text)[0]).claims or (await _judged(conn, text)).state is State.UNKNOWN:
            await _mark(conn, place, number)


async def _run_alone(conn: Connection, inputs: Mapping[str, JSON], text: str) -> None:
    """Outside a transaction: golang-migrate's locks are not held meanwhile, as who waits for one would keep the index from being built."""
    try:
        for before in _list(inputs.get("before")):
            await conn.execute(str(before))
        await conn.execute(text)
    except (asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError):
        raise
    except asyncpg.PostgresError as why:
        found = await _judged(conn, text)
        left = f"it left something: {found.why}" if found.state is State.UNUSABLE else "it left nothing"
        raise Stops(f"PostgreSQL says: {why} ({why.sqlstate})", left, *await _holders(conn)) from why


async def _run_if_needed(conn: Connection, inputs: Mapping[str, JSON], texts: list[str]) -> None:
    for text in texts:
        if (await _judged(conn, text)).state is not State.DONE:
            await _run_alone(conn, inputs, text)


async def _record(conn: Connection, place: Place, was: int, becomes: int, *, dirty: bool) -> None:
    name = table.table_name(place)
    if becomes == NO_VERSION:
        said = await conn.execute(f"DELETE FROM {name} WHERE version = $1 AND dirty = $2", was, dirty)  # noqa: S608
    else:
        words = f"UPDATE {name} SET version = $3, dirty = false WHERE version = $1 AND dirty = $2"  # noqa: S608
        said = await conn.execute(words, was, dirty, becomes)
    if said.split()[-1] != "1":
        raise Stops(
            f"{said.split()[-1]} rows would have changed in {table.where(place)}, and must be 1: nothing was changed"
        )
    if not _says(await table.plain_row(conn, place), becomes, dirty=False):
        raise Stops(f"{table.where(place)} does not say what was written into it: nothing was changed")


# Marks


async def _comment(conn: Connection, place: Place) -> str:
    said = await conn.fetchval("SELECT obj_description($1::regclass, 'pg_class')", table.table_name(place))
    return said or ""


async def _marks(conn: Connection, place: Place) -> set[str]:
    return set(MARK.findall(await _comment(conn, place)))


async def _mark(conn: Connection, place: Place, number: str) -> None:
    await _set_comment(conn, place, f"{await _comment(conn, place)}\n[tocsin {number}]")


async def _take_marks_away(conn: Connection, place: Place) -> None:
    said = await _comment(conn, place)
    if MARK.search(said):
        await _set_comment(conn, place, MARK.sub("", said))


async def _set_comment(conn: Connection, place: Place, text: str) -> None:
    quoted = "'" + text.replace("'", "''") + "'" if text else "NULL"
    await conn.execute(f"COMMENT ON TABLE {table.table_name(place)} IS {quoted}")


def _whole(value: JSON) -> int:
    assert isinstance(value, int)
    return value


def _list(value: JSON) -> list[JSON]:
    return value if isinstance(value, list) else []


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 120 else plain[:119] + "…"
