"""What Tocsin has reverted by itself, counted from the facts of all incidents."""

from __future__ import annotations

from datetime import datetime

from tocsin.store.pool import Connection
from tocsin.store.sql import queries

SQL = queries(__file__)


async def counted(conn: Connection, repository: str, since: datetime) -> tuple[int, int]:
    """How many reverts were begun there since then, and how many of them to be merged. Until the transaction ends nobody else counts."""
    await conn.execute(SQL["lock"], repository)
    row = await conn.fetchrow(SQL["count"], repository, since)
    assert row is not None
    return row["created"], row["merged"]
