"""The versions of the handbook as rows, and incidents a few at a time for looking at how it was kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from tocsin.store.pool import Connection
from tocsin.store.sql import queries

SQL = queries(__file__)
SAVED, FILE, SHIPPED = "saved", "file", "shipped"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the handbook. `open_incidents` go by it still; private ones are not counted."""

    number: int
    hash: str
    name: str
    version: str
    origin: str
    author: str
    reason: str
    in_force_since: datetime
    open_incidents: int


async def add(conn: Connection, hash: str, origin: str, author: str, reason: str, now: datetime) -> int:
    """Add a version whose text is stored; its number."""
    number: int = await conn.fetchval(SQL["add"], hash, origin, author, reason, now)
    return number


async def lock(conn: Connection) -> None:
    await conn.execute(SQL["lock"])


async def newest_of(conn: Connection, origin: str) -> str | None:
    """The hash of the newest version of that origin; None if there is none."""
    hash: str | None = await conn.fetchval(SQL["newest_of"], origin)
    return hash


async def saved_number(conn: Connection | asyncpg.Pool) -> int:
    """The number of the newest version that somebody saved; 0 if nobody did."""
    number: int = await conn.fetchval(SQL["saved_number"])
    return number


async def newest_saved(conn: Connection | asyncpg.Pool) -> tuple[int, str] | None:
    """(number, text) of the newest version that somebody saved; None if nobody did."""
    row = await conn.fetchrow(SQL["newest_saved"])
    return (row["number"], row["text"]) if row else None


async def versions(conn: Connection | asyncpg.Pool) -> list[Version]:
    """Every version, the newest first."""
    return [Version(**dict(row)) for row in await conn.fetch(SQL["versions"])]


async def text_of_version(conn: Connection | asyncpg.Pool, number: int) -> str | None:
    text: str | None = await conn.fetchval(SQL["text_of_version"], number)
    return text


async def received(conn: Connection, ids: Sequence[int]) -> dict[int, dict[str, datetime]]:
    """When the reports of these incidents first came in: by the incident's id and the report's."""
    found: dict[int, dict[str, datetime]] = {id: {} for id in ids}
    for row in await conn.fetch(SQL["received"], list(ids)):
        found[row["incident_id"]][f"R{row['id']}"] = row["received_at"]
    return found
