"""Brings the database's schema up to the code's: numbered plain SQL files, forward only, each in a transaction of its own.

The table `migrations` remembers what was applied, with a checksum: a file that was applied must not change afterwards.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import asyncpg

from tocsin.errors import Conflict, Invalid
from tocsin.store.pool import Connection

MIGRATIONS = Path(__file__).parent / "migrations"

# "tocs" in ASCII: nodes that start together migrate one after the other.
_LOCK = 0x746F6373

_FILE_NAME = re.compile(r"(?!0000)(\d{4})_([a-z0-9_]+)\.sql")

_MAKE_TABLE = """
CREATE TABLE IF NOT EXISTS migrations (
    number     integer PRIMARY KEY,
    name       text NOT NULL,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL
)
"""
_APPLIED = "SELECT number, name, checksum, applied_at FROM migrations ORDER BY number"
_REMEMBER = "INSERT INTO migrations (number, name, checksum, applied_at) VALUES ($1, $2, $3, $4)"


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered step of the schema. `applied_at` is None while it is still to come."""

    number: int
    name: str
    applied_at: datetime | None
    checksum: str

    def __str__(self) -> str:
        return f"{self.number:04}_{self.name}"


async def status(conn: Connection, folder: Path = MIGRATIONS) -> list[Migration]:
    """All migrations of the folder in their order, with when each was applied here. Raises like `migrate`; changes nothing."""
    exists = await conn.fetchval("SELECT to_regclass('migrations') IS NOT NULL")
    return _compare(_files(folder), await _applied(conn) if exists else [])


async def migrate(conn: Connection, now: datetime, folder: Path = MIGRATIONS) -> list[Migration]:
    """Apply what is still to come, and return it.

    Raises Invalid for a folder with a gap, a double number or a wrong name, and for SQL that fails (nothing of that file stays);
    Conflict for a database that is newer than the code, or to which another version of a file was applied.
    """
    files = _files(folder)
    done: list[Migration] = []
    while True:
        applied = await _apply_next(conn, now, files, folder)
        if applied is None:
            return done
        done.append(applied)


async def _apply_next(
    conn: Connection, now: datetime, files: Sequence[Migration], folder: Path
) -> Migration | None:
    async with conn.transaction():
        await conn.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        await conn.execute(_MAKE_TABLE)
        to_come = (step for step in _compare(files, await _applied(conn)) if step.applied_at is None)
        step = next(to_come, None)
        if step is None:
            return None
        try:
            await conn.execute((folder / f"{step}.sql").read_text(encoding="utf-8"))
        except asyncpg.PostgresError as why:
            raise Invalid(f"The migration {step} failed, and nothing of it was kept: {why}") from why
        await conn.execute(_REMEMBER, step.number, step.name, step.checksum, now)
        return replace(step, applied_at=now)


async def _applied(conn: Connection) -> list[Migration]:
    return [
        Migration(row["number"], row["name"], row["applied_at"], row["checksum"])
        for row in await conn.fetch(_APPLIED)
    ]


def _files(folder: Path) -> list[Migration]:
    """The folder's migrations, all to come. Raises Invalid unless they are numbered 1, 2, 3 ..."""
    found = [_read(path) for path in sorted(folder.glob("*.sql"))]
    for expected, step in enumerate(found, start=1):
        if step.number < expected:
            raise Invalid(
                f"{folder} has two migrations with the number {step.number:04}: {found[expected - 2]} and {step}"
            )
        if step.number > expected:
            raise Invalid(f"{folder} has {step} but no migration {expected:04}")
    return found


def _read(path: Path) -> Migration:
    named = _FILE_NAME.fullmatch(path.name)
    if named is None:
        raise Invalid(f"{path} is not named like a migration: 0001_what_it_does.sql")
    # A checkout that writes CR LF is the same migration.
    content = path.read_bytes().replace(b"\r\n", b"\n")
    return Migration(int(named[1]), named[2], None, hashlib.sha256(content).hexdigest())


def _compare(files: Sequence[Migration], applied: Sequence[Migration]) -> list[Migration]:
    """The files with their times of application. Raises Conflict where the database was migrated by other files."""
    here = {step.number: step for step in files}
    for step in applied:
        file = here.get(step.number)
        if file is None:
            raise Conflict(
                f"The database has the migration {step}, which this version of Tocsin lacks: install a newer one"
            )
        if (file.name, file.checksum) != (step.name, step.checksum):
            raise Conflict(
                f"The migration {step} was applied to this database on {step.applied_at:%Y-%m-%d}, and {file} has another content"
                " now: an applied migration must not change, so restore the file and add a new one"
            )
    times = {step.number: step.applied_at for step in applied}
    return [replace(file, applied_at=times.get(file.number)) for file in files]
