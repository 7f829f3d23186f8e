"""A database of others on the tests' own server, empty for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from schema_world import World, empty_world
from tocsin.store.postgres import EmbeddedPostgres


@pytest.fixture
async def world(postgres_server: EmbeddedPostgres) -> AsyncIterator[World]:
    async with empty_world(postgres_server) as world:
        yield world
