"""Reads from PostgreSQL's catalogue what stands under certain names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TypeVar

import asyncpg

from tocsin.core.schema.things import Catalogue, Column, Constraint, Index, Key
from tocsin.integrations.schema import questions
from tocsin.integrations.schema.connecting import Connection

Part = TypeVar("Part")


async def read(conn: Connection, names: Iterable[str]) -> Catalogue:
    """What is there of these names, in all schemas but PostgreSQL's own; and every invalid index."""
    wanted = sorted(set(names))
    around = await conn.fetchrow(questions.AROUND)
    assert around is not None
    relations = await conn.fetch(questions.RELATIONS, wanted)
    types = await conn.fetch(questions.TYPES, wanted)
    on_tables = await conn.fetch(questions.TRIGGERS, wanted)
    return Catalogue(
        path=tuple(around["path"]) or ("public",),
        relations={_key(row): row["kind"] for row in relations},
        row_security=frozenset(_key(row) for row in relations if row["secured"]),
        columns=await _columns(conn, wanted),
        constraints=_parts(
            await conn.fetch(questions.CONSTRAINTS, wanted),
            lambda row: Constraint(row["kind"], row["validated"]),
        ),
        indexes={_key(row): _index(row) for row in await conn.fetch(questions.INDEXES, wanted)},
        types={_key(row): row["kind"] for row in types},
        labels={_key(row): tuple(row["labels"]) for row in types},
        functions=_functions(await conn.fetch(questions.FUNCTIONS, wanted)),
        triggers=_named(row for row in on_tables if row["kind"] == "trigger"),
        policies=_named(row for row in on_tables if row["kind"] == "policy"),
        extensions=frozenset(around["extensions"]),
        schemas=frozenset(around["schemas"]),
        comments={
            (row["schema"], row["name"], row["part"]): row["text"]
            for row in await conn.fetch(questions.COMMENTS, wanted)
        },
    )


async def _columns(conn: Connection, wanted: list[str]) -> dict[Key, dict[str, Column]]:
    defaults = _parts(await _defaults(conn, wanted), lambda row: str(row["value"]))

    def column(row: asyncpg.Record) -> Column:
        value = defaults.get(_key(row), {}).get(row["part"], row["value"])
        return Column(row["type"], row["not_null"], value)

    return _parts(await conn.fetch(questions.COLUMNS, wanted), column)


async def _defaults(conn: Connection, wanted: list[str]) -> list[asyncpg.Record]:
    """The defaults' texts; none where a table is locked, for whoever looks must not wait for whoever is to be looked at."""
    look = conn.transaction()
    await look.start()
    try:
        await conn.execute("SET LOCAL lock_timeout = '50ms'")
        return await conn.fetch(questions.DEFAULTS, wanted)
    except asyncpg.LockNotAvailableError:
        return []
    finally:
        await look.rollback()  # It read only; the setting goes back with it.


def _key(row: asyncpg.Record) -> Key:
    return (row["schema"], row["name"])


def _parts(
    rows: Iterable[asyncpg.Record], part: Callable[[asyncpg.Record], Part]
) -> dict[Key, dict[str, Part]]:
    found: defaultdict[Key, dict[str, Part]] = defaultdict(dict)
    for row in rows:
        found[_key(row)][row["part"]] = part(row)
    return dict(found)


def _index(row: asyncpg.Record) -> Index:
    return Index(row["on_table"], row["valid"], row["is_unique"], tuple(row["columns"]), row["building"])


def _functions(rows: Iterable[asyncpg.Record]) -> dict[Key, tuple[str, ...]]:
    found: defaultdict[Key, tuple[str, ...]] = defaultdict(tuple)
    for row in rows:
        found[_key(row)] += (row["text"],)
    return dict(found)


def _named(rows: Iterable[asyncpg.Record]) -> dict[Key, frozenset[str]]:
    found: defaultdict[Key, frozenset[str]] = defaultdict(frozenset)
    for row in rows:
        found[_key(row)] |= {row["part"]}
    return dict(found)
