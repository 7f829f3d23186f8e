"""Who else works in the database: migrators, holders of locks, long queries, autovacuum, indexes being built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import asyncpg

from tocsin.core.schema.examining import Around
from tocsin.core.schema.migrators import lock_keys
from tocsin.integrations.schema import questions
from tocsin.integrations.schema.connecting import NAME, Connection, Place

LONG_SECONDS: Final = 60
MANY: Final = 20


async def around(conn: Connection, place: Place, texts: Iterable[str], names: Iterable[str]) -> Around:
    """Who works there. `texts` are those of the files: who runs one of them is a migrator; `names` are the tables that matter."""
    declared = place.declared
    database = await conn.fetchval("SELECT current_database()")
    keys = lock_keys(database, declared.schema, declared.table)
    others = await conn.fetch(questions.OTHERS)
    holders = {row["pid"]: row["locks"] for row in await conn.fetch(questions.HOLDERS, sorted(set(names)))}
    builds = await conn.fetch(questions.BUILDS)
    by_pid = {row["pid"]: row for row in others}
    advisory = [
        row
        for row in await conn.fetch(questions.ADVISORY)
        if row["key"] in keys and not (row["pid"] in by_pid and _is_ours(by_pid[row["pid"]]))
    ]
    return Around(
        live=(
            *_lock_holders(advisory, by_pid),
            *_running(others, list(texts), {row["pid"] for row in advisory}),
        ),
        others=tuple([*_building(builds), *_slow(others, holders)][:MANY]),
        warnings=tuple(_warnings(await conn.fetchval(questions.SEES_ALL), advisory, by_pid)),
    )


async def live(conn: Connection, place: Place, texts: Iterable[str]) -> tuple[str, ...]:
    """The migrators that work at this moment, in words."""
    return (await around(conn, place, texts, ())).live


def _lock_holders(advisory: Sequence[asyncpg.Record], by_pid: dict[int, asyncpg.Record]) -> Iterator[str]:
    for row in advisory:
        has = "holds golang-migrate's lock" if row["granted"] else "waits for golang-migrate's lock"
        yield f"{_who(row['pid'], by_pid.get(row['pid']))} {has}"


def _running(others: Sequence[asyncpg.Record], texts: list[str], told: set[int]) -> Iterator[str]:
    """Who runs what stands in one of the files: a migrator whose lock is not to be seen."""
    known = [plain for text in texts if len(plain := _plain(text)) >= 12]
    for row in others:
        query = _plain(row["query"])
        if (
            row["pid"] in told
            or row["state"] not in ("active", "idle in transaction")
            or _is_ours(row)
            or len(query) < 12
        ):
            continue
        if any(query in text or text in query for text in known):
            yield f"{_who(row['pid'], row)} runs {query[:80]}"


def _slow(others: Sequence[asyncpg.Record], holders: dict[int, str]) -> Iterator[str]:
    """Who is in the way, or may be: each with what it does, for how long, and what can be done."""
    blocking = {pid for row in others for pid in row["blocked_by"]}
    for row in others:
        seconds = row["open_seconds"] if row["open_seconds"] is not None else 0
        is_vacuum = row["type"] == "autovacuum worker"
        in_the_way = row["pid"] in blocking or row["pid"] in holders
        if _is_ours(row) or not (in_the_way or (row["state"] == "active" and seconds >= LONG_SECONDS)):
            continue
        what = (
            f"autovacuum ({row['query'][:80]})"
            if is_vacuum
            else f"{row['state']}: {_plain(row['query'])[:80]}"
        )
        waits = f", waits for {_pids(row['blocked_by'])}" if row["blocked_by"] else ""
        holds = f", holds {holders[row['pid']]}" if row["pid"] in holders else ""
        blocks = ", others wait for it" if row["pid"] in blocking else ""
        yield (
            f"{_who(row['pid'], row)}, for {seconds} s, {what}{holds}{blocks}{waits}. "
            f"To end it: SELECT pg_cancel_backend({row['pid']}), and only then pg_terminate_backend"
        )


def _building(builds: Sequence[asyncpg.Record]) -> Iterator[str]:
    for row in builds:
        yield f"process {row['pid']} builds the index {row['name'] or '(new)'} on {row['on_table']}: {row['phase']}, {row['percent']} %"


def _warnings(
    sees_all: bool, advisory: Sequence[asyncpg.Record], by_pid: dict[int, asyncpg.Record]
) -> Iterator[str]:
    """None of them counts seconds: what people approved would be another at each look."""
    if not sees_all:
        yield "what others run is hidden from our role: give it pg_read_all_stats, else a migrator without its lock is not seen"
    for row in advisory:
        holder = by_pid.get(row["pid"])
        if (
            row["granted"]
            and holder
            and holder["state"] == "idle"
            and (holder["query_seconds"] or 0) >= LONG_SECONDS
        ):
            yield (
                f"process {row['pid']} holds golang-migrate's lock but has been idle for a while: behind pgbouncer "
                "a lock stays with the connection when its migrator is gone. Look there, and end the connection"
            )


def _who(pid: int, row: asyncpg.Record | None) -> str:
    if row is None:
        return f"process {pid}"
    parts = [
        f"role {row['role']}" if row["role"] else "",
        f"program {row['program']}" if row["program"] else "",
        f"from {row['host']}",
    ]
    return f"process {pid} ({', '.join(part for part in parts if part)})"


def _is_ours(row: asyncpg.Record) -> bool:
    return str(row["program"]).startswith(f"{NAME} ")


def _plain(text: str) -> str:
    return " ".join(text.split())


def _pids(pids: Sequence[int]) -> str:
    return ", ".join(str(pid) for pid in pids)
