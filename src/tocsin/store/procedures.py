"""Runs of procedures as rows, derived from the facts: by them the database holds that a target has one run at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from tocsin.core.procedures.run import Run
from tocsin.store.pool import Connection
from tocsin.store.sql import queries
from tocsin.store.works import Claimed

SQL = queries(__file__)


class TargetIsHeld(Exception):
    """Another run is under way on one of these targets."""


@dataclass(frozen=True, slots=True)
class Holder:
    """The run that holds a target, and whether who asks may know of its incident."""

    ref: str
    run: str
    may_know: bool


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run in a list over all incidents; `target` with what kind of thing it is before the colon."""

    ref: str
    run: str
    procedure: str
    target: str
    state: str
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


async def save(conn: Connection, incident_id: int, runs: Sequence[Run]) -> None:
    """Store an incident's runs as they are. TargetIsHeld where one is under way on a target that another one holds."""
    try:
        await conn.execute(
            SQL["save"],
            incident_id,
            [run.id for run in runs],
            [run.procedure for run in runs],
            [run.lock for run in runs],
            [run.state for run in runs],
            [run.asked_at for run in runs],
            [run.started_at for run in runs],
            [run.ended_at for run in runs],
        )
    except asyncpg.UniqueViolationError as why:
        raise TargetIsHeld from why


async def holder(conn: Connection, lock: str, viewer: str) -> Holder | None:
    """Who holds that target now; None where nobody does."""
    row = await conn.fetchrow(SQL["holder"], lock, viewer)
    return Holder(*row.values()) if row else None


async def stop_is_asked(conn: Connection, incident_id: int, run: str) -> bool:
    return bool(await conn.fetchval(SQL["stop_is_asked"], incident_id, run))


async def extend(conn: Connection, claimed: Claimed, until: datetime) -> bool:
    """Hold a claimed step until then. False if another node has taken it over meanwhile."""
    return bool(await conn.fetchval(SQL["extend"], claimed.id, claimed.attempt, until))


async def is_ours(conn: Connection, claimed: Claimed) -> bool:
    """Whether no other node has taken the step over."""
    return bool(await conn.fetchval(SQL["is_ours"], claimed.id, claimed.attempt))


async def hurry_lane(conn: Connection, lane: str, now: datetime) -> None:
    """Have what waits in that lane looked at now."""
    await conn.execute(SQL["hurry_lane"], lane, now)


async def lately(conn: Connection, viewer: str, limit: int) -> list[RunRow]:
    return [RunRow(*row.values()) for row in await conn.fetch(SQL["lately"], viewer, limit)]
