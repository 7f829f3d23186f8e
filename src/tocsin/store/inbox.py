"""The inbox as rows: messages that wait for a look, and what became of those that did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

import asyncpg

from tocsin.core.intake import Kept, Message
from tocsin.core.joining import Began
from tocsin.store.pool import Connection
from tocsin.store.sql import queries

SQL = queries(__file__)
SOURCES: Final = 0x696E626F  # "inbo" in ASCII: the class of the advisory locks under which a source's messages are decided.


COLUMNS: Final = tuple(field.name for field in fields(Kept))


async def hold_source(conn: Connection, source: str) -> None:
    """Decide about this source's messages alone until the transaction ends."""
    await conn.execute(SQL["hold_source"], SOURCES, source)


async def insert(
    conn: Connection, message: Message, *, state: str, rule: str, ref: str, due_at: datetime | None
) -> int | None:
    """The id of the new row; None if this source's message of that key is known."""
    id: int | None = await conn.fetchval(
        SQL["insert"],
        message.source,
        message.key,
        message.title,
        message.text,
        message.sender,
        list(message.labels),
        message.outside,
        message.calls,
        message.answer_via,
        message.address,
        message.url,
        state,
        rule,
        ref,
        message.received_at,
        due_at,
    )
    return id


async def by_key(conn: Connection, source: str, key: str) -> Kept | None:
    """The message, locked."""
    return _entry(await conn.fetchrow(SQL["by_key"], source, key))


async def is_known(conn: Connection | asyncpg.Pool, source: str, key: str) -> bool:
    return bool(await conn.fetchval(SQL["is_known"], source, key))


async def lock(conn: Connection, id: int) -> Kept | None:
    return _entry(await conn.fetchrow(SQL["lock"], id))


async def find(conn: Connection | asyncpg.Pool, id: int) -> Kept | None:
    return _entry(await conn.fetchrow(SQL["find"], id))


async def recent(conn: Connection, source: str, since: datetime) -> list[Kept]:
    return _entries(await conn.fetch(SQL["recent"], source, since))


async def began(
    conn: Connection, source: str, since: datetime, *, private_kind: str | None = None
) -> list[Began]:
    """Open incidents that began from this source, and of which it told since then, the newest first.

    None of them is private, unless `private_kind` asks for the private ones of that kind, and for no others.
    """
    private = private_kind is not None
    rows = await conn.fetch(SQL["began"], source, since, private, private_kind or "")
    return [Began(**dict(row)) for row in rows]


async def opened_alone(conn: Connection, source: str, since: datetime, *, private: bool = False) -> int:
    return int(await conn.fetchval(SQL["opened_alone"], source, since, private))


async def lock_waiting(conn: Connection, ids: Sequence[int]) -> list[Kept]:
    """Those of them that still wait, locked, oldest first."""
    return _entries(await conn.fetch(SQL["lock_waiting"], list(ids))) if ids else []


async def relabel(conn: Connection, id: int, message: Message) -> None:
    await conn.execute(SQL["relabel"], id, message.title, list(message.labels), message.calls)


async def settle(conn: Connection, entry: Kept) -> None:
    """Store where it stands now: state, rule, ref, reason, and who looked when."""
    await conn.execute(
        SQL["settle"],
        entry.id,
        entry.state,
        entry.rule,
        entry.ref,
        entry.reason,
        entry.looked_at,
        entry.looked_by,
    )


async def waiting(conn: Connection | asyncpg.Pool, limit: int) -> list[Kept]:
    return _entries(await conn.fetch(SQL["waiting"], limit))


async def count_waiting(conn: Connection | asyncpg.Pool) -> int:
    return int(await conn.fetchval(SQL["count_waiting"]))


async def lately(conn: Connection | asyncpg.Pool, viewer: str, limit: int) -> list[Kept]:
    return _entries(await conn.fetch(SQL["lately"], viewer, limit))


async def is_private(conn: Connection | asyncpg.Pool, ref: str) -> bool:
    """Whether a message became part of an incident of which only its members may know."""
    return bool(ref and await conn.fetchval(SQL["is_private"], ref))


async def claim_overlooked(conn: Connection, now: datetime) -> Kept | None:
    """One message whose time has passed, locked along with its source, so that two nodes gather what they find in one incident.

    None if there is none, or others are at those.
    """
    source = await conn.fetchval(SQL["overlooked_source"], now)
    if source is None:
        return None
    await hold_source(conn, source)
    return _entry(await conn.fetchrow(SQL["claim_overlooked"], now, source))


async def push_due(conn: Connection | asyncpg.Pool, id: int, until: datetime) -> None:
    await conn.execute(SQL["push_due"], id, until)


async def unread(conn: Connection, source: str, reason: str) -> str:
    """The ref of the incident in which overlooked messages of that source are gathered; "" where there is none."""
    return str(await conn.fetchval(SQL["unread"], source, reason) or "")


async def posted(conn: Connection, id: int, where: str) -> None:
    await conn.execute(SQL["posted"], id, where)


async def forget(conn: Connection | asyncpg.Pool, before: datetime) -> None:
    """Forget messages that were ignored, and came before then."""
    await conn.execute(SQL["forget"], before)


def _entry(row: asyncpg.Record | None) -> Kept | None:
    if row is None:
        return None
    values: dict[str, Any] = {name: row[name] for name in COLUMNS}
    return Kept(**{**values, "labels": tuple(row["labels"])})


def _entries(rows: Sequence[asyncpg.Record]) -> list[Kept]:
    return [entry for row in rows if (entry := _entry(row)) is not None]
