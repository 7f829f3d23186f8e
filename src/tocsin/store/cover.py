"""Who asks whom to cover a shift, as rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tocsin.store.pool import Connection
from tocsin.store.sql import queries

SQL = queries(__file__)
OPEN, TAKEN, WITHDRAWN = "open", "taken", "withdrawn"


@dataclass(frozen=True, slots=True)
class CoverRow:
    """`person` is on call from `start` to `end` in the schedule and looks for somebody of `asked` to do it instead.

    `part_of` is the request whose rest, or whose part that was taken, this is; `overrides` are what the acceptance made.
    """

    id: int
    schedule: str
    person: str
    asked: tuple[str, ...]
    start: datetime
    end: datetime
    reason: str
    state: str
    taken_by: str
    overrides: tuple[int, ...]
    part_of: int | None
    made_by: str
    made_at: datetime
    settled_at: datetime | None
    version: int


async def add(conn: Connection, one: CoverRow) -> int:
    """Under a number of its own; the one that was given does not count."""
    id: int = await conn.fetchval(
        SQL["add"],
        one.schedule,
        one.person,
        list(one.asked),
        one.start,
        one.end,
        one.reason,
        one.state,
        one.taken_by,
        list(one.overrides),
        one.part_of,
        one.made_by,
        one.made_at,
        one.settled_at,
    )
    return id


async def one(conn: Connection, id: int) -> CoverRow | None:
    row = await conn.fetchrow(SQL["one"], id)
    return _of(row) if row else None


async def lock(conn: Connection, id: int) -> CoverRow | None:
    """The request, and nobody else may accept it meanwhile."""
    row = await conn.fetchrow(SQL["lock"], id)
    return _of(row) if row else None


async def listed(conn: Connection, schedule: str, person: str, since: datetime, limit: int) -> list[CoverRow]:
    return [_of(row) for row in await conn.fetch(SQL["listed"], schedule, person, since, limit)]


def _of(row: Any) -> CoverRow:
    return CoverRow(
        row["id"],
        row["schedule"],
        row["person"],
        tuple(row["asked"]),
        row["starts_at"],
        row["ends_at"],
        row["reason"],
        row["state"],
        row["taken_by"],
        tuple(row["overrides"]),
        row["part_of"],
        row["made_by"],
        row["made_at"],
        row["settled_at"],
        row["version"],
    )
