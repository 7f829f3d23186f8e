"""Calendars that were imported, and the secret links under which schedules are read as calendars, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tocsin.core.oncall.model import Booked
from tocsin.store.oncall import written_ends
from tocsin.store.pool import Connection
from tocsin.store.sql import queries

SQL = queries(__file__)
SHIFTS, DAYS_OFF = "shifts", "days-off"


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """A calendar: of shifts, or of days off of `who`. `events` counts what it says, `read_at` is when it was read last."""

    name: str
    kind: str
    zone: str
    url: str
    version: int
    read_at: datetime | None
    problem: str
    events: int
    who: tuple[str, ...]


async def every(conn: Connection) -> list[CalendarRow]:
    return [_of(row) for row in await conn.fetch(SQL["all"])]


async def one(conn: Connection, name: str) -> CalendarRow | None:
    row = await conn.fetchrow(SQL["one"], name)
    return _of(row) if row else None


async def save_head(conn: Connection, row: CalendarRow, now: datetime) -> None:
    await conn.execute(SQL["save"], row.name, row.kind, row.zone, row.url, list(row.who), row.version, now)


async def save(conn: Connection, row: CalendarRow, events: Sequence[Booked], now: datetime) -> None:
    """The calendar with these events, and no others."""
    name = row.name
    await save_head(conn, row, now)
    await conn.execute(SQL["clear"], name)
    rows = [(name, event.uid, list(event.people), *written_ends(event)) for event in events]
    await conn.executemany(SQL["add_event"], rows)


def _of(row: Any) -> CalendarRow:
    return CalendarRow(
        row["name"],
        row["kind"],
        row["zone"],
        row["url"],
        row["version"],
        row["read_at"],
        row["problem"],
        row["events"],
        tuple(row["who"]),
    )
