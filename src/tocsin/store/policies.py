"""Escalation policies as rows."""

from __future__ import annotations

from tocsin.core.escalation.policy import Policy
from tocsin.core.escalation.written import policy_of
from tocsin.store.pool import Connection
from tocsin.store.sql import queries

SQL = queries(__file__)


async def all_of(conn: Connection) -> dict[str, Policy]:
    """Those that were not deleted, by id. Names in them may mean nobody by now: that shows when a step is taken."""
    return {row["id"]: policy_of(row["doc"]) for row in await conn.fetch(SQL["all"])}
