"""When each schedule has to be looked at next, as rows: any node may do it, and none does it twice."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from tocsin.store.pool import Connection
from tocsin.store.sql import queries

SQL = queries(__file__)


@dataclass(frozen=True, slots=True)
class Timer:
    """A schedule that is looked at for one `kind` of thing. What fell due until `seen` was dealt with."""

    schedule: str
    kind: str
    seen: datetime


async def mark(conn: Connection, version: int, kinds: Collection[str], now: datetime) -> None:
    """Have every schedule looked at that this version of the roster changed."""
    await conn.execute(SQL["mark"], version, list(kinds), now)


async def due(conn: Connection, now: datetime, at_most: int, kinds: Collection[str]) -> list[Timer]:
    """Those whose time has come; no other node takes them meanwhile."""
    return [Timer(*row.values()) for row in await conn.fetch(SQL["due"], now, at_most, list(kinds))]


async def seen(conn: Connection, looked: Sequence[tuple[Timer, datetime, datetime]]) -> None:
    """Each was looked at: until when, and when it has to be again."""
    timers = [one for one, _, _ in looked]
    given = ([one.schedule for one in timers], [one.kind for one in timers])
    await conn.execute(SQL["seen"], *given, [until for _, until, _ in looked], [at for _, _, at in looked])


async def drop(conn: Connection, timers: Sequence[Timer]) -> None:
    """They are not looked at any more: their schedules were deleted."""
    await conn.execute(SQL["drop"], [one.schedule for one in timers], [one.kind for one in timers])


async def next_at(conn: Connection, kinds: Collection[str]) -> datetime | None:
    """When the next of them is due."""
    at: datetime | None = await conn.fetchval(SQL["next_at"], list(kinds))
    return at
