"""Backups: whole or not at all, private, and restored into an empty database or in one transaction over a full one."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tocsin.errors import Conflict, Invalid, Unavailable
from tocsin.store import backup as backups
from tocsin.store.backup import backup, restore
from tocsin.store.pg_bin import PgBin
from tocsin.store.postgres import EmbeddedPostgres


@pytest.fixture
async def two(postgres_server: EmbeddedPostgres) -> AsyncIterator[tuple[str, str]]:
    """The addresses of two databases: one with Alice in it and an empty one."""
    admin = await asyncpg.connect(postgres_server.admin_dsn())
    for name in ("filled", "bare"):
        await admin.execute(f"CREATE DATABASE {name} OWNER tocsin")
    await run(
        postgres_server.dsn("filled"),
        "CREATE TABLE people (name text PRIMARY KEY); INSERT INTO people VALUES ('Alice')",
    )
    yield postgres_server.dsn("filled"), postgres_server.dsn("bare")
    for name in ("filled", "bare"):
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


async def run(dsn: str, sql: str) -> None:
    conn = await asyncpg.connect(dsn)
    await conn.execute(sql)
    await conn.close()


async def people(dsn: str) -> list[str]:
    conn = await asyncpg.connect(dsn)
    found = [row[0] for row in await conn.fetch("SELECT name FROM people ORDER BY name")]
    await conn.close()
    return found


async def test_a_backup_is_private_and_restores_into_an_empty_database(
    two: tuple[str, str], pg_bin: PgBin, tmp_path: Path
) -> None:
    full, bare = two

    made = backup(full, pg_bin, tmp_path / "backups" / "monday.dump")
    restore(bare, pg_bin, made)

    assert await people(bare) == ["Alice"]
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert list(made.parent.iterdir()) == [made]


async def test_a_restored_database_can_be_backed_up_and_restored_again(
    two: tuple[str, str], pg_bin: PgBin, tmp_path: Path
) -> None:
    full, bare = two
    restore(bare, pg_bin, backup(full, pg_bin, tmp_path / "one"), overwrite=True)

    restore(full, pg_bin, backup(bare, pg_bin, tmp_path / "two"), overwrite=True)

    assert await people(full) == ["Alice"]


async def test_a_database_with_something_in_it_is_not_restored_into(
    two: tuple[str, str], pg_bin: PgBin, tmp_path: Path
) -> None:
    full, bare = two
    made = backup(full, pg_bin, tmp_path / "monday")
    await run(bare, "CREATE TABLE something ()")

    with pytest.raises(Conflict, match="not empty"):
        restore(bare, pg_bin, made)


async def test_overwriting_removes_what_came_after_the_backup(
    two: tuple[str, str], pg_bin: PgBin, tmp_path: Path
) -> None:
    full, _ = two
    made = backup(full, pg_bin, tmp_path / "monday")
    await run(full, "INSERT INTO people VALUES ('Bob'); CREATE TABLE later (name text REFERENCES people)")

    restore(full, pg_bin, made, overwrite=True)

    assert await people(full) == ["Alice"]
    with pytest.raises(asyncpg.UndefinedTableError):
        await run(full, "SELECT FROM later")


async def test_a_damaged_backup_leaves_the_database_as_it_was(
    two: tuple[str, str], pg_bin: PgBin, tmp_path: Path
) -> None:
    full, _ = two
    await run(full, "INSERT INTO people SELECT 'person ' || md5(n::text) FROM generate_series(1, 50000) n")
    made = backup(full, pg_bin, tmp_path / "monday")
    made.write_bytes(made.read_bytes()[:-200_000])

    with pytest.raises(Invalid, match="the database is as it was"):
        restore(full, pg_bin, made, overwrite=True)

    assert len(await people(full)) == 50001


async def test_a_restore_that_the_database_refuses_leaves_it_as_it_was(
    two: tuple[str, str], pg_bin: PgBin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its tables clash with those that are there, when nothing is removed first."""
    full, _ = two
    made = backup(full, pg_bin, tmp_path / "monday")
    monkeypatch.setattr(backups, "_EMPTY", "INSERT INTO people VALUES ('Mallory');")

    with pytest.raises(Invalid, match="already exists"):
        restore(full, pg_bin, made, overwrite=True)

    assert await people(full) == ["Alice"]


def test_a_file_that_is_no_backup_is_refused(dsn: str, pg_bin: PgBin, tmp_path: Path) -> None:
    (tmp_path / "note").write_text("milk, bread")

    with pytest.raises(Invalid, match="input file does not appear to be a valid archive"):
        restore(dsn, pg_bin, tmp_path / "note")


def test_a_backup_that_fails_leaves_no_file_and_keeps_the_one_before(pg_bin: PgBin, tmp_path: Path) -> None:
    target = tmp_path / "monday"
    target.write_text("the one before")

    with pytest.raises(Unavailable, match="pg_dump failed"):
        backup(f"postgresql://tocsin:s3cret@/tocsin?host={tmp_path}", pg_bin, target)

    assert [path.read_text() for path in tmp_path.iterdir()] == ["the one before"]


def test_a_folder_that_cannot_be_written_is_told(dsn: str, pg_bin: PgBin, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(Invalid, match="can't be written"):
        backup(dsn, pg_bin, tmp_path / "file" / "monday")


async def test_the_password_stands_on_no_command_line(
    two: tuple[str, str], pg_bin: PgBin, tmp_path: Path
) -> None:
    seen = tmp_path / "seen"
    spies = tmp_path / "bin"
    spies.mkdir()
    for name in ("pg_dump", "pg_restore", "psql"):
        (spies / name).write_text(f'#!/bin/sh\necho "$0 $@" >> {seen}\nexec {pg_bin.folder}/{name} "$@"\n')
        (spies / name).chmod(0o755)
    full, bare = two
    password = full.partition("tocsin:")[2].partition("@")[0]

    restore(
        bare,
        PgBin(spies, pg_bin.version, "spies"),
        backup(full, PgBin(spies, pg_bin.version, "spies"), tmp_path / "x"),
    )

    words = seen.read_text()
    assert "pg_dump -d postgresql://tocsin@/filled" in words
    assert "psql" in words
    assert password not in words
