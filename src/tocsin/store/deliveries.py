"""Messages to devices as rows: taken with a lease, many for one device as one, and what came of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import asyncpg
import msgspec

from tocsin.core.alerting.alert import ref_of
from tocsin.core.alerting.words import About
from tocsin.core.channel import PAGED
from tocsin.core.escalation.events import Snoozed
from tocsin.store.claiming import Left
from tocsin.store.pool import Connection
from tocsin.store.sql import queries
from tocsin.store.works import NODES

SQL = queries(__file__)
HANDED_OVER, FAILED, MOOT, PLANNED = "handed over", "failed", "moot", "planned"


@dataclass(frozen=True, slots=True)
class One:
    """One alert in a message. `status` is the alert's at this moment; `by_all`: everybody who is paged has to acknowledge it.

    `snoozed_until` is None where it is not snoozed.
    """

    id: int
    number: int
    event: int
    about: About
    status: str
    acknowledged_by: str
    closed_by: str
    by_all: bool = False
    snoozed_by: str = ""
    snoozed_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """One message to one device about one alert or many. `attempt` counts from 1."""

    id: int
    purpose: str
    person: str
    via: str
    contact: str
    attempt: int
    alerts: tuple[One, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """A page as it stands on a device, with its alerts as they are now; `event` of each is the one that it follows from."""

    batch: int
    message: str
    alerts: tuple[One, ...]

    @property
    def numbers(self) -> frozenset[int]:
        return frozenset(one.number for one in self.alerts)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a message: the state it is in now; PLANNED is tried again at `due_at`."""

    batch: Batch
    state: str
    at: datetime
    message: str = ""
    why: str = ""
    due_at: datetime | None = None


async def claim(
    conn: Connection,
    *,
    now: datetime,
    lease_until: datetime,
    worker: int,
    at_most: int,
    but_for: Collection[str],
    left: Left,
) -> list[Batch]:
    """Take messages that are due, but for those channels, and no more than is left: pages before what rewrites them, the severe first, the new
    before the old."""
    found = await conn.fetch(SQL["claim"], now, lease_until, worker, at_most, *left.columns(but_for))
    # The order in which rows come back from an update is the plan's.
    found.sort(key=lambda row: (row["since"], row["id"]), reverse=True)
    found.sort(key=lambda row: (row["purpose"] != PAGED, row["urgency"]))
    alerts: dict[int, list[One]] = {}
    batches: dict[int, Batch] = {}
    for row in found:
        id = row["batch"]
        alerts.setdefault(id, []).append(_one(row))
        attempt = max(row["attempts"], batches[id].attempt if id in batches else 0)
        batches[id] = Batch(id, row["purpose"], row["person"], row["via"], row["contact"], attempt, ())
    return [replace(one, alerts=tuple(alerts[id])) for id, one in batches.items()]


async def pages_standing(
    conn: Connection, person: str, contact: str, numbers: Collection[int]
) -> list[Standing]:
    """The pages on that device about any of these alerts, the newest first."""
    pages: dict[int, dict[int, asyncpg.Record]] = {}
    for row in await conn.fetch(SQL["pages_standing"], person, contact, list(numbers)):
        # Of two steps that page for the same alert in one message the later one counts.
        pages.setdefault(row["batch"], {}).setdefault(row["alert_id"], row)
    return [
        Standing(batch, next(iter(of.values()))["page"], tuple(_one(row) for row in of.values()))
        for batch, of in pages.items()
    ]


def _one(row: asyncpg.Record) -> One:
    about = About(
        ref_of(row["alert_id"]),
        row["message"],
        row["priority"],
        row["link"],
        row["description"],
        row["count"],
        row["opened_at"],
        row["since"],
    )
    snoozed = msgspec.convert(row["snoozed"], Snoozed) if row["snoozed"] else None
    return One(
        row["id"],
        row["alert_id"],
        row["event"],
        about,
        row["status"],
        row["acknowledged_by"],
        row["closed_by"],
        row["by_all"] or False,
        snoozed.person if snoozed else "",
        snoozed.until if snoozed else None,
    )


async def flooded(conn: Connection, since: datetime, most: int) -> frozenset[str]:
    """Who has got so many messages since then, or more."""
    return frozenset(row["person"] for row in await conn.fetch(SQL["flooded"], since, most))


async def nodes(conn: Connection) -> int:
    """How many nodes live."""
    many: int = await conn.fetchval(SQL["nodes"], NODES)
    return many


async def record(conn: Connection, worker: int, outcomes: Sequence[Outcome]) -> None:
    """End messages, or put them off."""
    await conn.execute(
        SQL["record"],
        [one.batch.id for one in outcomes],
        [one.batch.attempt for one in outcomes],
        [one.state for one in outcomes],
        [one.message for one in outcomes],
        [one.why[:1000] for one in outcomes],
        [one.due_at for one in outcomes],
        [one.at for one in outcomes],
        worker,
    )


async def free_dead(conn: Connection, now: datetime) -> None:
    """Messages in the hands of nodes that are gone can be taken at once."""
    await conn.execute(SQL["free_dead"], now, NODES)


async def told(conn: Connection, batch: int, state: str, at: datetime, words: str) -> None:
    """A receipt: DELIVERED, seen or FAILED. What comes late takes nothing back."""
    await conn.execute(SQL["told"], batch, state, at, words[:1000])
