"""Incidents as rows: the facts, which are the truth, and what is derived from them for lists and timers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from tocsin.core.duties import OWED, Duty
from tocsin.core.facts import KINDS, Fact, chain
from tocsin.core.incident import Incident
from tocsin.store.pool import Connection
from tocsin.store.sql import queries

SQL = queries(__file__)


@dataclass(frozen=True, slots=True)
class Head:
    """An incident's row as far as appending to it needs: how many facts it has, and the hash of the last."""

    id: int
    ref: str
    facts: int
    last_hash: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """Facts with their content and hashes, ready to be stored; `head` is the incident's as it is with them."""

    head: Head
    facts: tuple[Fact, ...]
    datas: list[Any]
    hashes: list[str]


@dataclass(frozen=True, slots=True)
class Derived:
    """What an incident's row says beside its facts: caches, all of which can be rebuilt."""

    incident: Incident
    next_due_at: datetime | None
    wake_at: datetime | None


def number_of(ref: str) -> int:
    """The number in a ref such as INC-7 or R12; 0 where there is none, which is nobody's number."""
    digits = ref.lstrip("INCR-")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 18 else 0


async def lock(conn: Connection, ref: str) -> Head | None:
    """The incident's head, locked for this transaction; None if there is no such incident."""
    return _head(await conn.fetchrow(SQL["lock"], _plain(ref)))


async def find(conn: Connection, ref: str) -> Head | None:
    return _head(await conn.fetchrow(SQL["find"], _plain(ref)))


async def claim_to_wake(conn: Connection, now: datetime) -> Head | None:
    """One incident whose time has come, locked; None if no time has come, or others are at those."""
    return _head(await conn.fetchrow(SQL["claim_to_wake"], now))


async def load(conn: Connection, head: Head) -> list[Fact]:
    """All facts of an incident, in their order."""
    return [_fact(row) for row in await conn.fetch(SQL["facts"], head.id)]


async def load_many(conn: Connection, ids: Sequence[int]) -> dict[int, list[Fact]]:
    """All facts of these incidents by the incident's id, in their order, in one round trip."""
    found: dict[int, list[Fact]] = {id: [] for id in ids}
    for row in await conn.fetch(SQL["facts_of_many"], list(ids)):
        found[row["incident_id"]].append(_fact(row))
    return found


def seal(head: Head, facts: Sequence[Fact]) -> Sealed:
    """Chain new facts to those that the incident has."""
    datas = [_data(fact) for fact in facts]
    hashes: list[str] = []
    last = head.last_hash
    for fact, data in zip(facts, datas, strict=True):
        last = chain(last, fact, spelled(data))
        hashes.append(last)
    return Sealed(Head(head.id, head.ref, head.facts + len(facts), last), tuple(facts), datas, hashes)


async def append(conn: Connection, sealed: Sealed) -> None:
    """Store sealed facts of a locked incident."""
    if not sealed.facts:
        return
    facts = sealed.facts
    await conn.execute(
        SQL["append"],
        sealed.head.id,
        [fact.n for fact in facts],
        [fact.at for fact in facts],
        [fact.kind for fact in facts],
        [fact.by for fact in facts],
        [fact.door for fact in facts],
        sealed.datas,
        sealed.hashes,
    )


async def insert(conn: Connection, head: Head, derived: Derived) -> None:
    incident = derived.incident
    await conn.execute(
        SQL["insert"],
        head.id,
        head.ref,
        incident.title,
        incident.kind,
        incident.severity,
        incident.status,
        incident.owner,
        incident.handbook,
        incident.started_at,
        *_times(derived),
        *_thread(incident),
        head.facts,
        head.last_hash,
        derived.wake_at,
        *_privacy(incident),
    )


async def update(conn: Connection, head: Head, derived: Derived) -> None:
    incident = derived.incident
    await conn.execute(
        SQL["update"],
        head.id,
        incident.title,
        incident.kind,
        incident.severity,
        incident.status,
        incident.owner,
        *_times(derived),
        *_thread(incident),
        head.facts,
        head.last_hash,
        derived.wake_at,
        *_privacy(incident),
    )


async def save_duties(conn: Connection, incident_id: int, duties: Sequence[Duty]) -> None:
    """Store the rows of these duties, new or changed."""
    if not duties:
        return
    await conn.execute(
        SQL["save_duties"],
        incident_id,
        [duty.id for duty in duties],
        [duty.rule.id for duty in duties],
        [duty.title for duty in duties],
        [" ".join(duty.owes) for duty in duties],
        [duty.report for duty in duties],
        [duty.state for duty in duties],
        [duty.arises_at for duty in duties],
        [duty.due_at for duty in duties],
        [duty.done_at for duty in duties],
        [duty.by for duty in duties],
        [duty.evidence for duty in duties],
        [duty.fact for duty in duties],
        [duty.reason for duty in duties],
    )


async def forget_duties(conn: Connection, incident_id: int, ids: Sequence[str]) -> None:
    """Remove the rows of these duties, which the incident does not have any more."""
    if ids:
        await conn.execute(SQL["forget_duties"], incident_id, ids)


def next_due_at(duties: Iterable[Duty]) -> datetime | None:
    return min((duty.due_at for duty in duties if duty.state == OWED), default=None)


async def broken_link(conn: Connection, head: Head) -> int | None:
    """The number of the first fact whose hash does not follow from those before it; None where the whole chain holds."""
    last = ""
    rows = await conn.fetch(SQL["facts_with_hashes"], head.id)
    for expected, row in enumerate(rows, 1):
        if row["n"] != expected or chain(last, _fact(row), spelled(row["data"])) != row["hash"]:
            return expected
        last = row["hash"]
    return None if last == head.last_hash else len(rows)


def spelled(data: Any) -> bytes:
    """JSON in one agreed spelling: the same before it is stored and after it was read, whatever order its keys come in."""
    return msgspec.json.encode(data, order="deterministic")


def _data(fact: Fact) -> Any:
    return msgspec.to_builtins(fact.what)


def _fact(row: asyncpg.Record) -> Fact:
    what = msgspec.convert(row["data"], KINDS[row["kind"]])
    return Fact(row["n"], row["at"], row["by"], row["door"], what)


def _plain(ref: str) -> str:
    """No ref has other signs than these; some can't even be asked for."""
    return ref if ref.isascii() and ref.isprintable() else ""


def _head(row: asyncpg.Record | None) -> Head | None:
    return Head(row["id"], row["ref"], row["facts"], row["last_hash"]) if row else None


def _times(derived: Derived) -> tuple[datetime | None, ...]:
    incident = derived.incident
    return incident.ended_at, incident.closed_at, incident.next_update_at, derived.next_due_at


def _privacy(incident: Incident) -> tuple[bool, list[str]]:
    return incident.private, sorted(incident.members)


def _thread(incident: Incident) -> tuple[str, str]:
    return (incident.thread.channel, incident.thread.message) if incident.thread else ("", "")
