"""A schema is examined from the command line: with no incident, and no Tocsin running."""

from __future__ import annotations

import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from schema_world import empty_world
from tocsin.store.postgres import EmbeddedPostgres

Run = Callable[..., Awaitable[Any]]


def repository(folder: Path, files: dict[str, str]) -> Path:
    (folder / "db").mkdir(parents=True)
    for name, text in files.items():
        (folder / "db" / name).write_text(text)
    who = ("-c", "user.name=Alice", "-c", "user.email=alice@acme.example")
    for command in (("init", "-q", "-b", "main"), ("add", "."), (*who, "commit", "-q", "-m", "Migrations")):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


async def test_a_dirty_schema_is_told_with_both_readings(
    run: Run, tmp_path: Path, postgres_server: EmbeddedPostgres
) -> None:
    declared = tmp_path / "procedures.toml"
    async with empty_world(postgres_server) as world:
        await world.migrator().up_to(1)
        await world.migrator().set_version(2, True)
        await world.conn.execute("ALTER TABLE users ADD COLUMN email text")
        remote = repository(tmp_path / "repo", world.files)
        declared.write_text(
            f'[[database]]\nid = "frontend"\ndsn_env = "MAIN"\nremote = "{remote}"\npath = "db"\n'
        )
        told = await run(
            *("schema", "doctor", "frontend"),
            TOCSIN_PROCEDURES=str(declared),
            TOCSIN_SECRET_MAIN=world.dsn,
            TOCSIN_DATA=str(tmp_path / "data"),
        )
        row = await world.row()

    assert (told.code, told.err) == (1, "")
    assert "frontend: public.schema_migrations says version 2, DIRTY" in told.out
    assert (
        "1. The way up to 2 failed (2_email.up.sql):\n     1 done       ALTER TABLE users ADD COLUMN email text"
        in told.out
    )
    assert "     2 NOT DONE   CREATE INDEX users_email ON users (email)\n" in told.out
    assert "index users_email (on users: email) is not there" in told.out
    assert "2. The way down to 2 failed (3_teams.down.sql):" in told.out
    assert row == [(2, True)]


async def test_a_database_that_nobody_declared_is_said_so(run: Run) -> None:
    told = await run("schema", "doctor", "frontend")

    assert told.code == 1
    assert told.err.startswith("No database is declared: write a [[database]]")
