"""A database of others on the tests' own server, empty for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
from schema_world import DATABASE, World

from tocsin.store.postgres import EmbeddedPostgres


@pytest.fixture
async def world(postgres_server: EmbeddedPostgres) -> AsyncIterator[World]:
    admin = await asyncpg.connect(postgres_server.admin_dsn())
    if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
        await admin.execute(f"CREATE DATABASE {DATABASE} OWNER tocsin")
    await admin.close()
    conn = await asyncpg.connect(postgres_server.dsn(DATABASE))
    await conn.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    yield World(postgres_server.dsn(DATABASE), conn)
    await conn.close()
