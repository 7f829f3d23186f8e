"""The finished builds of main branches as rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tocsin.core.builds import Build
from tocsin.core.builds_missing import Head
from tocsin.store.pool import Connection
from tocsin.store.sql import queries

SQL = queries(__file__)
KEPT: Final = 200
"""Builds of one stream. The longest series that a handbook can ask for is a tenth of it, with room for repetitions."""


@dataclass(frozen=True, slots=True)
class Told:
    """The newest incident about a repository's builds."""

    ref: str
    is_open: bool
    ended_at: datetime | None


async def lock(conn: Connection, repository: str) -> None:
    """Wait for whoever else deals with a build of this repository; held until the transaction ends."""
    await conn.execute(SQL["lock"], repository)


async def save(conn: Connection, build: Build) -> None:
    """Keep a build, once, and let go of what is too old to matter."""
    b = build
    await conn.execute(
        SQL["save"],
        *(b.repository, b.stream, b.run, b.attempt, b.number, b.branch, b.workflow, b.sha),
        *(b.author_login, b.author_name, b.author_email, b.title, b.event, b.conclusion),
        *(b.finished_at, b.url),
    )
    await conn.execute(SQL["prune"], b.repository, b.stream, KEPT)


async def newest(conn: Connection, repository: str, stream: str, branch: str) -> list[Build]:
    """The newest builds of one workflow, the newest run first."""
    return [Build(*row) for row in await conn.fetch(SQL["newest"], repository, stream, branch, KEPT)]


async def incident_of(conn: Connection, sources: Sequence[str], keys_begin: str) -> Told | None:
    """The newest incident that has a report of one of these sources whose key begins so; None if there is none."""
    row = await conn.fetchrow(SQL["incident"], sources, keys_begin)
    return Told(row["ref"], row["status"] == "open", row["ended_at"]) if row else None


async def save_head(conn: Connection, repository: str, branch: str, head: Head) -> None:
    """Keep what is at the tip of a branch, once, and let go of what is too old to matter."""
    await conn.execute(SQL["save_head"], repository, branch, head.sha, head.seen_at)
    await conn.execute(SQL["prune_heads"], repository, branch, KEPT)


async def heads(conn: Connection, repository: str, branch: str) -> list[Head]:
    """What was seen at the tip, the newest first."""
    return [Head(*row) for row in await conn.fetch(SQL["heads"], repository, branch)]


async def built(conn: Connection, repository: str, shas: Sequence[str]) -> frozenset[str]:
    """Those of the commits of which any build is known."""
    return frozenset(row["sha"] for row in await conn.fetch(SQL["built"], repository, shas))
