"""Escalation policies as rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tocsin.core.escalation.policy import Policy
from tocsin.core.escalation.written import policy_of, written_policy
from tocsin.store.pool import Connection
from tocsin.store.sql import queries

SQL = queries(__file__)


@dataclass(frozen=True, slots=True)
class KeptPolicy:
    """A policy with the version that an edit has to expect, and who saved it when (None: nobody has, it is the handbook's)."""

    policy: Policy
    version: int = 0
    changed_by: str = ""
    changed_at: datetime | None = None

    @property
    def id(self) -> str:
        return self.policy.id


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """Who changed a policy, in words, and the version that it had then."""

    at: datetime
    by: str
    words: str
    after_version: int


async def changes(conn: Connection, id: str, limit: int) -> list[PolicyChange]:
    """Newest first."""
    return [PolicyChange(**row) for row in await conn.fetch(SQL["changes"], id, limit)]


async def all_of(conn: Connection, known: Mapping[str, KeptPolicy]) -> dict[str, KeptPolicy]:
    """Those that were not deleted, by id; `known` is an older copy. Names in them may mean nobody by now: that shows when a step is taken."""
    return {row["id"]: _kept(row, known.get(row["id"])) for row in await conn.fetch(SQL["all"])}


async def save(conn: Connection, policy: Policy, by: str, now: datetime) -> int:
    """The version under which it is kept."""
    version: int = await conn.fetchval(SQL["save"], policy.id, written_policy(policy), by, now)
    return version


async def end(conn: Connection, id: str, by: str, now: datetime) -> None:
    await conn.execute(SQL["end"], id, by, now)


def _kept(row: Any, known: KeptPolicy | None) -> KeptPolicy:
    if known is not None and known.version == row["version"]:
        return known
    return KeptPolicy(policy_of(row["doc"]), row["version"], row["changed_by"], row["changed_at"])
