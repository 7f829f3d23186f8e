"""One more database in the PostgreSQL that Tocsin has started: for a service of the town that has migrations."""

from __future__ import annotations

from pathlib import Path

import asyncpg

from tocsin.errors import Unavailable
from tocsin.store import pg_cluster
from tocsin.store.postgres import running_dsn


async def one_more(data: Path, name: str) -> str:
    """The address of the database of that name, which is made if it is new."""
    admin = running_dsn(data, pg_cluster.SUPERUSER, "postgres")
    found = running_dsn(data, database=name)
    if admin is None or found is None:
        raise Unavailable(f"No PostgreSQL runs on {data}")
    conn = await asyncpg.connect(admin)
    try:
        if not await conn.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await conn.execute(f'CREATE DATABASE "{name}" OWNER {pg_cluster.ROLE}')
    finally:
        await conn.close()
    return found
