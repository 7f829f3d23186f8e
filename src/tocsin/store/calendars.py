"""Calendars that were imported, and the secret links under which schedules are read as calendars, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tocsin.core.oncall.model import Booked
from tocsin.store.pool import Connection
from tocsin.store.sql import queries

SQL = queries(__file__)


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """A calendar: `events` counts what it books, `read_at` is when it was read last."""

    name: str
    zone: str
    url: str
    version: int
    read_at: datetime | None
    problem: str
    events: int


async def every(conn: Connection) -> list[CalendarRow]:
    return [_of(row) for row in await conn.fetch(SQL["all"])]


async def one(conn: Connection, name: str) -> CalendarRow | None:
    row = await conn.fetchrow(SQL["one"], name)
    return _of(row) if row else None


async def save(
    conn: Connection,
    name: str,
    zone: str,
    url: str,
    version: int,
    events: Sequence[Booked],
    now: datetime,
) -> None:
    """The calendar with these events, and no others."""
    await conn.execute(SQL["save"], name, zone, url, version, now)
    await conn.execute(SQL["clear"], name)
    rows = [(name, event.uid, list(event.people), *_ends(event)) for event in events]
    await conn.executemany(SQL["add_event"], rows)


def _ends(event: Booked) -> list[Any]:
    ends: list[Any] = []
    for at in (event.start, event.end):
        ends += [at, None] if isinstance(at, datetime) else [None, at]
    return ends


def _of(row: Any) -> CalendarRow:
    return CalendarRow(
        row["name"],
        row["zone"],
        row["url"],
        row["version"],
        row["read_at"],
        row["problem"],
        row["events"],
    )
