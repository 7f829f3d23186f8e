"""The runner of migrations, on folders of its own: in order, each whole or not at all, once however many nodes start."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from tocsin.errors import Conflict, Invalid
from tocsin.store.migrate import migrate, status
from tocsin.store.postgres import EmbeddedPostgres

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
async def blank(postgres_server: EmbeddedPostgres) -> AsyncIterator[str]:
    """The address of a database with nothing in it."""
    admin = await asyncpg.connect(postgres_server.admin_dsn())
    await admin.execute("CREATE DATABASE blank OWNER tocsin")
    yield postgres_server.dsn("blank")
    await admin.execute("DROP DATABASE blank WITH (FORCE)")
    await admin.close()


@pytest.fixture
async def conn(blank: str) -> AsyncIterator[asyncpg.Connection]:
    conn = await asyncpg.connect(blank)
    yield conn
    await conn.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two migrations that only work in their order."""
    (tmp_path / "0001_people.sql").write_text(
        "CREATE TABLE people (name text);\nCREATE INDEX ON people (name);\n"
    )
    (tmp_path / "0002_alice.sql").write_text("INSERT INTO people VALUES ('Alice');\n")
    return tmp_path


async def tables(conn: asyncpg.Connection) -> list[str]:
    return [
        row[0]
        for row in await conn.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    ]


async def test_all_that_is_to_come_is_applied_in_order(conn: asyncpg.Connection, folder: Path) -> None:
    done = await migrate(conn, NOW, folder)

    assert [(str(step), step.applied_at) for step in done] == [("0001_people", NOW), ("0002_alice", NOW)]
    assert await conn.fetchval("SELECT name FROM people") == "Alice"


async def test_a_second_run_applies_only_what_is_new(conn: asyncpg.Connection, folder: Path) -> None:
    await migrate(conn, NOW, folder)
    (folder / "0003_bob.sql").write_text("INSERT INTO people VALUES ('Bob')")

    done = await migrate(conn, NOW + timedelta(days=1), folder)

    assert [str(step) for step in done] == ["0003_bob"]
    assert await conn.fetchval("SELECT count(*) FROM people") == 2


async def test_status_tells_what_was_applied_when_and_changes_nothing(
    conn: asyncpg.Connection, folder: Path
) -> None:
    before = [step.applied_at for step in await status(conn, folder)]
    untouched = await tables(conn)
    await migrate(conn, NOW, folder)
    (folder / "0003_bob.sql").write_text("INSERT INTO people VALUES ('Bob')")

    after = [step.applied_at for step in await status(conn, folder)]

    assert (before, untouched) == ([None, None], [])
    assert after == [NOW, NOW, None]


async def test_a_file_that_fails_leaves_nothing_of_itself_and_keeps_those_before(
    conn: asyncpg.Connection, folder: Path
) -> None:
    (folder / "0003_broken.sql").write_text("CREATE TABLE half ();\nSELECT 1 / 0;")

    with pytest.raises(Invalid, match="0003_broken failed, and nothing of it was kept: division by zero"):
        await migrate(conn, NOW, folder)

    assert await tables(conn) == ["migrations", "people"]
    assert [step.applied_at for step in await status(conn, folder)] == [NOW, NOW, None]


async def test_a_changed_file_that_was_applied_is_refused_by_name(
    conn: asyncpg.Connection, folder: Path
) -> None:
    await migrate(conn, NOW, folder)
    (folder / "0001_people.sql").write_text("CREATE TABLE persons ();")

    with pytest.raises(Conflict, match="0001_people was applied to this database on 2026-03-02"):
        await migrate(conn, NOW, folder)


async def test_line_ends_of_another_system_are_no_change(conn: asyncpg.Connection, folder: Path) -> None:
    await migrate(conn, NOW, folder)
    first = folder / "0001_people.sql"
    first.write_bytes(first.read_bytes().replace(b"\n", b"\r\n"))

    assert await migrate(conn, NOW, folder) == []


async def test_a_database_newer_than_the_code_is_refused_by_name(
    conn: asyncpg.Connection, folder: Path
) -> None:
    await migrate(conn, NOW, folder)
    (folder / "0002_alice.sql").unlink()

    with pytest.raises(Conflict, match="has the migration 0002_alice, which this version of Tocsin lacks"):
        await migrate(conn, NOW, folder)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("0004_late.sql", "has 0004_late but no migration 0003"),
        ("0002_twice.sql", "two migrations with the number 0002: 0002_alice and 0002_twice"),
        ("0000_zero.sql", "is not named like a migration: 0001_"),
        ("3_short.sql", "is not named like a migration"),
    ],
)
async def test_a_folder_out_of_order_is_refused_before_anything_is_applied(
    name: str, words: str, conn: asyncpg.Connection, folder: Path
) -> None:
    (folder / name).write_text("SELECT 1")

    with pytest.raises(Invalid, match=words):
        await migrate(conn, NOW, folder)

    assert await tables(conn) == []


async def test_nodes_that_start_together_apply_each_migration_once(blank: str, folder: Path) -> None:
    nodes = [await asyncpg.connect(blank) for _ in range(4)]

    done = await asyncio.gather(*(migrate(node, NOW, folder) for node in nodes))

    assert sorted(str(step) for steps in done for step in steps) == ["0001_people", "0002_alice"]
    assert await nodes[0].fetchval("SELECT count(*) FROM people") == 1
    for node in nodes:
        await node.close()
