"""Alerts as rows: what each is about, what happened to it, and what follows from that for lists and timers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import asyncpg
import msgspec

from tocsin.core.alerting.alert import Alert, Opening, alert_begun
from tocsin.core.alerting.sending import Delivery
from tocsin.core.escalation import events as e
from tocsin.core.escalation.policy import Stamped
from tocsin.store.pool import Connection
from tocsin.store.sql import queries

SQL = queries(__file__)
_NAMES = {kind: name for name, kind in e.KINDS.items()}


@dataclass(frozen=True, slots=True)
class Opened:
    """The alert with that number: a new one, or the open one with the same alias, which came `count` times."""

    number: int
    count: int
    is_new: bool


async def open_alerts(conn: Connection, some: Sequence[Changed]) -> list[Opened]:
    """Store new alerts (whose numbers are not known yet) with their histories and their messages, each unless one with its alias is open.

    They share one round trip and one commit.
    """
    # In the order of their aliases, so that two nodes never wait for each other.
    in_order = sorted(range(len(some)), key=lambda n: some[n].alert.opening.alias)
    found = await conn.fetchmany(SQL["open"], [_new_columns(some[n]) for n in in_order])
    opened = {
        n: Opened(row["id"], row["count"], row["is_new"]) for n, row in zip(in_order, found, strict=True)
    }
    return [opened[n] for n in range(len(some))]


def _new_columns(new: Changed) -> tuple[object, ...]:
    alert = new.alert
    opening, happened = alert.opening, alert.happened
    return (
        opening.alias,
        opening.message,
        opening.description,
        opening.priority,
        opening.source,
        opening.link,
        dict(opening.details),
        alert.policy,
        stamped_text(alert.escalation.stamped),
        alert.opened_by,
        alert.door,
        alert.opened_at,
        alert.status,
        len(happened),
        new.next_at,
        list(range(1, len(happened) + 1)),
        [_NAMES[type(one.event)] for one in happened],
        [msgspec.to_builtins(one.event) for one in happened],
        *_columns(new.deliveries),
    )


async def find(conn: Connection, number: int) -> Alert | None:
    row = await conn.fetchrow(SQL["find"], number)
    return (await _whole(conn, [row]))[0] if row else None


async def of_message(conn: Connection, batch: int) -> list[Alert]:
    """The alerts that stand in that message."""
    return await _whole(conn, await conn.fetch(SQL["of_message"], batch))


async def histories(conn: Connection, numbers: Collection[int]) -> dict[int, list[e.Happened]]:
    """What happened to each of these alerts, in its order."""
    found: dict[int, list[e.Happened]] = {number: [] for number in numbers}
    for row in await conn.fetch(SQL["events"], list(found)):
        found[row["alert_id"]].append(_happened(row))
    return found


async def lock(conn: Connection, numbers: Sequence[int]) -> list[Alert]:
    """These alerts, locked for this transaction, in the order of their numbers; those that there are."""
    return await _whole(conn, await conn.fetch(SQL["lock"], list(numbers)))


async def claim_due(conn: Connection, now: datetime, at_most: int) -> list[Alert]:
    """Alerts whose time has come, locked; none that others are at."""
    return await _whole(conn, await conn.fetch(SQL["claim_due"], now, at_most))


@dataclass(frozen=True, slots=True)
class Changed:
    """An alert with `new` more events than its rows have, the messages that they plan, and when something is due next."""

    alert: Alert
    new: int
    deliveries: Sequence[Delivery]
    next_at: datetime | None


async def store(conn: Connection, changed: Sequence[Changed], now: datetime) -> None:
    """Append the new events of locked alerts, plan the messages, and derive what lists and timers go by."""
    events = [
        (one.alert.number, n, happened)
        for one in changed
        for n, happened in enumerate(one.alert.happened, 1)
        if n > len(one.alert.happened) - one.new
    ]
    if events:
        await conn.execute(
            SQL["append"],
            [number for number, _, _ in events],
            [n for _, n, _ in events],
            [one.at for _, _, one in events],
            [_NAMES[type(one.event)] for _, _, one in events],
            [one.by for _, _, one in events],
            [one.door for _, _, one in events],
            [msgspec.to_builtins(one.event) for _, _, one in events],
        )
    await plan(conn, [(one.alert.number, delivery) for one in changed for delivery in one.deliveries], now)
    await _derive(conn, changed)


async def plan(conn: Connection, planned: Sequence[tuple[int, Delivery]], now: datetime) -> None:
    """Messages of alerts, by their numbers. What is planned already is not planned again."""
    if planned:
        numbers, deliveries = [number for number, _ in planned], [one for _, one in planned]
        await conn.execute(SQL["plan"], numbers, *_columns(deliveries), now)


async def turns(conn: Connection, names: Sequence[str], *, counting: bool = False) -> dict[str, int]:
    """How often somebody had their turn at each of these, which are in order. With `counting` they are locked for this transaction."""
    query = SQL["turns_locked" if counting else "turns"]
    return {row["turn"]: row["had"] for row in await conn.fetch(query, list(names))}


@lru_cache(maxsize=1000)
def stamped_text(stamped: Stamped) -> str:
    return msgspec.json.encode(stamped).decode()


async def _derive(conn: Connection, changed: Sequence[Changed]) -> None:
    if not changed:
        return
    states = [one.alert.escalation for one in changed]
    await conn.execute(
        SQL["derive"],
        [one.alert.number for one in changed],
        [one.status for one in states],
        [one.acknowledged_by for one in states],
        [one.acknowledged_at for one in states],
        [one.closed_by for one in states],
        [one.closed_at for one in states],
        [len(one.alert.happened) for one in changed],
        [one.next_at for one in changed],
        [one.stamped.policy for one in states],
    )


def _columns(deliveries: Sequence[Delivery]) -> tuple[list[Any], ...]:
    """The columns of `plan` and `open`, from `event` to `rank`."""
    return (
        [one.event for one in deliveries],
        [one.purpose for one in deliveries],
        [one.person for one in deliveries],
        [one.via for one in deliveries],
        [one.contact for one in deliveries],
        [one.key for one in deliveries],
        [one.due_at for one in deliveries],
        [one.rank for one in deliveries],
    )


async def _whole(conn: Connection, rows: Sequence[asyncpg.Record]) -> list[Alert]:
    if not rows:
        return []
    found = await histories(conn, [row["id"] for row in rows])
    alerts = []
    for row in rows:
        alert = _begun(row)
        for one in found[row["id"]]:
            alert = alert.then(one)
        alerts.append(alert)
    return alerts


def _begun(row: asyncpg.Record) -> Alert:
    opening = Opening(
        row["message"],
        row["alias"],
        row["description"],
        row["priority"],
        row["source"],
        row["link"],
        row["details"],
    )
    alert = alert_begun(
        row["id"], opening, _stamped(row["stamped"]), row["opened_at"], row["opened_by"], row["door"]
    )
    return replace(alert, count=row["count"], last_at=row["last_at"])


@lru_cache(maxsize=1000)
def _stamped(text: str) -> Stamped:
    return msgspec.json.decode(text, type=Stamped)


def _happened(row: asyncpg.Record) -> e.Happened:
    event = msgspec.convert(row["data"], e.KINDS[row["kind"]])
    return e.Happened(row["at"], event, row["by"], row["door"])
