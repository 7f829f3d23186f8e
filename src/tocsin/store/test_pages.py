"""Test pages as rows, what came of each, and when readiness has to be looked at next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tocsin.store.pool import Connection
from tocsin.store.sql import queries

SQL = queries(__file__)
READINESS = "readiness"


@dataclass(frozen=True, slots=True)
class TestMessage:
    """What became of it on one contact method; `state` is planned, handed over, delivered, seen or failed."""

    via: str
    contact: str
    state: str
    words: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class TestPage:
    """A page that only tried whether it reaches somebody."""

    id: int
    person: str
    asked_by: str
    by_itself: bool
    asked_at: datetime
    messages: tuple[TestMessage, ...] = ()

    @property
    def answered_at(self) -> datetime | None:
        """When they answered it first, on whatever device; None while they have not."""
        return min((one.answered_at for one in self.messages if one.answered_at), default=None)


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be looked at now; `seen` is until when it was (None: never yet)."""

    seen: datetime | None


def ref_of(id: int) -> str:
    """How messages name it."""
    return f"test/{id}"


async def add(conn: Connection, person: str, by: str, by_itself: bool, now: datetime) -> int:
    id: int = await conn.fetchval(SQL["add"], person, by, by_itself, now)
    return id


async def last(conn: Connection, people: Sequence[str] | None = None) -> dict[str, TestPage]:
    """The last test page of each of these people (None: of everybody)."""
    rows = await conn.fetch(SQL["last"], None if people is None else list(people))
    messages: dict[str, list[TestMessage]] = defaultdict(list)
    for row in await conn.fetch(SQL["messages"], [ref_of(row["id"]) for row in rows]):
        ref, *rest = row.values()
        messages[ref].append(TestMessage(*rest))
    found = [TestPage(*row.values()) for row in rows]
    return {one.person: replace(one, messages=tuple(messages[ref_of(one.id)])) for one in found}


async def due(conn: Connection, now: datetime) -> Due | None:
    """Whether readiness has to be looked at; no other node does meanwhile."""
    row = await conn.fetchrow(SQL["due"], READINESS, now)
    return Due(row["seen"]) if row else None


async def next_at(conn: Connection) -> datetime | None:
    at: datetime | None = await conn.fetchval(SQL["next_at"], READINESS)
    return at
