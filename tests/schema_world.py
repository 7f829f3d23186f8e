"""A database of others, with a migrator that writes to it exactly as golang-migrate does."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import asyncpg

from tocsin.core.procedures.declared import Database, Declared
from tocsin.core.procedures.hands import JSON, Context, Done, Seen, Step
from tocsin.core.schema.examination import Examination, examination_from
from tocsin.core.schema.repair import compose
from tocsin.integrations.schema.connecting import Place
from tocsin.integrations.schema.hand import SchemaHand
from tocsin.store.postgres import EmbeddedPostgres
from tocsin.town.migrator import Migrator

DATABASE = "frontend"
FILES = {
    "1_users.up.sql": "BEGIN; CREATE TABLE users (id bigserial PRIMARY KEY, name text NOT NULL); COMMIT;",
    "1_users.down.sql": "BEGIN; DROP TABLE users; COMMIT;",
    "2_email.up.sql": "ALTER TABLE users ADD COLUMN email text;\nCREATE INDEX users_email ON users (email);",
    "2_email.down.sql": "DROP INDEX users_email;\nALTER TABLE users DROP COLUMN email;",
    "3_teams.up.sql": "CREATE TABLE teams (id int PRIMARY KEY);\nALTER TABLE users ADD COLUMN team_id int REFERENCES teams;",
    "3_teams.down.sql": "ALTER TABLE users DROP COLUMN team_id;\nDROP TABLE teams;",
}


class FailingMigrator(Migrator):
    """A migrator that may meet with a refusal."""

    async def fails(self, act: Any) -> None:
        """Do it, and take for granted that the database refuses."""
        with contextlib.suppress(asyncpg.PostgresError):
            await act
            raise AssertionError("it went through")
        await self.conn.execute("ROLLBACK")


class Git:
    """Stands for the hand of git: it gives the files as they are in git now."""

    name = "git"

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = files

    async def look(self, what: str, inputs: Mapping[str, JSON]) -> Seen:
        assert what == "files"
        return Seen({"commit": "c0ffee", "files": dict(self.files)})

    async def do(self, step: Step, context: Context) -> Done:
        raise AssertionError("a doctor writes nothing")

    async def aclose(self) -> None: ...


def context() -> Context:
    async def say(line: str) -> None: ...

    async def stopped() -> bool:
        return False

    return Context("INC-7/P1", "INC-7", "", "dirty", "alice", now(), {}, say, stopped)


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class World:
    """One database of others, its address, and its files as they lie in git."""

    dsn: str
    conn: asyncpg.Connection[asyncpg.Record]
    files: dict[str, str] = field(default_factory=lambda: dict(FILES))

    @property
    def place(self) -> Place:
        return Place(Database(id=DATABASE, dsn_env="FRONTEND"), self.dsn)

    def migrator(self, *, one_by_one: bool = False) -> FailingMigrator:
        return FailingMigrator(self.conn, DATABASE, self.files, one_by_one)

    def hand(self, **declared: Any) -> SchemaHand:
        """The hand, with this database declared."""
        return SchemaHand(self.declared(**declared), {"FRONTEND": self.dsn}, git=Git(self.files))

    def declared(self, **declared: Any) -> Declared:
        """It is backed up at this very moment, whatever moment that is."""
        one = {"id": DATABASE, "dsn_env": "FRONTEND", "backup_command": ("date", "+%s"), **declared}
        return Declared(databases=(Database(**one),))

    async def examined(self, hand: SchemaHand | None = None, **inputs: JSON) -> Examination:
        """What the doctor sees."""
        seen = await (hand or self.hand()).look("doctor", {"database": DATABASE, **inputs})
        assert isinstance(seen, Seen), seen
        return examination_from(seen.values)

    async def repaired(self, target: int, **inputs: JSON) -> list[Done]:
        """Plan and run a whole repair, each step as a new try would find it."""
        plan = compose(await self.examined(**inputs), target, now())
        assert plan.refusals == ()
        return [await self.done(step) for step in plan.steps]

    async def done(self, step: Step) -> Done:
        outcome = await self.hand().do(step, context())
        assert isinstance(outcome, Done), outcome
        return outcome

    async def row(self) -> list[tuple[int, bool]]:
        rows = await self.conn.fetch("SELECT version, dirty FROM schema_migrations")
        return [(one["version"], one["dirty"]) for one in rows]

    @contextlib.asynccontextmanager
    async def another(self) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
        """One more session in it."""
        conn = await asyncpg.connect(self.dsn)
        try:
            yield conn
        finally:
            await conn.close()


@contextlib.asynccontextmanager
async def empty_world(server: EmbeddedPostgres) -> AsyncIterator[World]:
    """The database on the tests' own server, with nothing in it."""
    admin = await asyncpg.connect(server.admin_dsn())
    if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
        await admin.execute(f"CREATE DATABASE {DATABASE} OWNER tocsin")
    await admin.close()
    conn = await asyncpg.connect(server.dsn(DATABASE))
    await conn.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    yield World(server.dsn(DATABASE), conn)
    await conn.close()
