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
    """A calendar: of shifts, or of days off of `who`. `events` counts what it says, `read_at` is when it was read last.

    One with an address is read by itself at `next_at`; `problem` is why it could not be, and `owner` (a handle) hears of it.
    """

    name: str
    kind: str
    zone: str
    url: str
    version: int
    read_at: datetime | None
    problem: str
    events: int
    who: tuple[str, ...]
    owner: str = ""
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fetching:
    """What the last reading from its address left behind, for the next one. `failures` are those since it went well, in a row."""

    etag: str
    last_modified: str
    read_as: str
    whole_at: datetime | None
    failures: int
    told: bool


async def every(conn: Connection) -> list[CalendarRow]:
    return [_of(row) for row in await conn.fetch(SQL["all"])]


async def one(conn: Connection, name: str) -> CalendarRow | None:
    row = await conn.fetchrow(SQL["one"], name)
    return _of(row) if row else None


async def save_head(conn: Connection, row: CalendarRow, now: datetime) -> None:
    about = (row.name, row.kind, row.zone, row.url, list(row.who), row.version)
    await conn.execute(SQL["save"], *about, now, row.owner, row.next_at)


async def save_events(conn: Connection, name: str, events: Sequence[Booked]) -> None:
    """These events, and no others."""
    await conn.execute(SQL["clear"], name)
    rows = [(name, event.uid, list(event.people), *written_ends(event)) for event in events]
    await conn.executemany(SQL["add_event"], rows)


async def booking(conn: Connection, handle: str) -> list[str]:
    """The names of those in whose events that person is, or was."""
    return [row["calendar"] for row in await conn.fetch(SQL["booking"], handle)]


async def save(conn: Connection, row: CalendarRow, events: Sequence[Booked], now: datetime) -> None:
    """The calendar with these events, and no others."""
    await save_head(conn, row, now)
    await save_events(conn, row.name, events)


async def claim(conn: Connection, now: datetime, lease_until: datetime) -> str | None:
    """The name of one whose turn it is to be read from its address; no other node takes it before `lease_until`."""
    name: str | None = await conn.fetchval(SQL["claim"], now, lease_until)
    return name


async def fetching(conn: Connection, name: str) -> Fetching:
    row = await conn.fetchrow(SQL["fetching"], name)
    return Fetching(*row.values()) if row else Fetching("", "", "", None, 0, False)


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
        row["owner"],
        row["next_at"],
    )
