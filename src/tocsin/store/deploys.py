"""Deploys as rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg

from tocsin.core.deploys.deploy import Deploy
from tocsin.store.pool import Connection
from tocsin.store.sql import queries

SQL = queries(__file__)
KEPT: Final = 1000
"""Deploys of one service: some weeks of a busy one."""


@dataclass(frozen=True, slots=True)
class Row:
    """A deploy with the number of its row, which only grows."""

    number: int
    deploy: Deploy


async def lock(conn: Connection, service: str) -> None:
    """Wait for whoever else tells of this service's deploys; held until the transaction ends."""
    await conn.execute(SQL["lock"], service)


async def by_id(conn: Connection, service: str, id: str) -> Row | None:
    """The deploy of this service that was told of under that id."""
    row = await conn.fetchrow(SQL["by_id"], service, id)
    return _row(row) if row else None


async def newest(conn: Connection, service: str = "", *, before: int = 0, limit: int = 50) -> list[Row]:
    """The newest first: of one service, or of all ("")."""
    return [_row(one) for one in await conn.fetch(SQL["newest"], service, before, limit)]


async def insert(conn: Connection, deploy: Deploy) -> int:
    """Keep a new one, and let go of what is too old to matter; its number."""
    d = deploy
    number: int = await conn.fetchval(
        SQL["insert"],
        *(d.id, d.service, d.at, d.version, d.commit, d.repository, d.status, d.live_at),
        *(d.url, d.title, d.environment, d.source),
    )
    await conn.execute(SQL["prune"], d.service, KEPT)
    return number


async def update(conn: Connection, number: int, told_as: str, deploy: Deploy) -> None:
    """What is known of it by now; `told_as` is the id under which it was told this time."""
    d = deploy
    await conn.execute(
        SQL["update"],
        *(number, told_as, d.at, d.version, d.commit, d.repository, d.status, d.live_at),
        *(d.url, d.title, d.environment),
    )


async def open_incidents(conn: Connection, since: datetime) -> list[tuple[int, str]]:
    """(id, ref) of the incidents that are open and began after `since`, the newest first."""
    return [(row["id"], row["ref"]) for row in await conn.fetch(SQL["open_incidents"], since)]


def _row(row: asyncpg.Record) -> Row:
    values = dict(row)
    number = values.pop("number")
    return Row(number, Deploy(**values))
