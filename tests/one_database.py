"""A database that one test after the other has for itself: emptied in between, which takes a tenth of the time of making it anew.

What a test left otherwise than it found it (a table more, a right less) can't be emptied away: then the database is made anew.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import asyncpg

from tocsin.store.postgres import EmbeddedPostgres

MOST_USES = 200
"""After so many tests it is made anew, so that what was deleted does not pile up."""
SHAPE = """
SELECT (SELECT md5(string_agg(concat(oid, relname, relkind, relnatts, relchecks, relhastriggers, reloptions, relacl::text), ',' ORDER BY oid))
          FROM pg_class WHERE relnamespace = 'public'::regnamespace)
    || (SELECT count(*) FROM pg_constraint) || '/' || (SELECT count(*) FROM pg_trigger) || '/' || (SELECT count(*) FROM pg_proc)
    || '/' || (SELECT count(*) FROM pg_namespace) || '/' || (SELECT count(*) FROM pg_db_role_setting)
    || '/' || (SELECT count(*) FROM pg_roles)
"""
"""Two databases of the same shape differ in nothing but their rows."""

OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
END_OTHERS = OTHERS.replace("count(*)", "pg_terminate_backend(pid, 5000)")
"""Whatever a test left connected may hold locks."""


@dataclass
class OneDatabase:
    """`name` is "" while there is none."""

    server: EmbeddedPostgres
    template: str
    name: str = ""
    uses: int = 0
    made: int = 0
    shape: str = ""
    reset: str = ""
    seeds: dict[str, bytes] = field(default_factory=dict)

    async def ready(self) -> str:
        """Its address; it is as the template."""
        if not self.name:
            await self._make()
        self.uses += 1
        return self.server.dsn(self.name)

    async def clean(self) -> None:
        """As the template again, or gone."""
        conn = await asyncpg.connect(self.server.admin_dsn(self.name))
        try:
            if await conn.fetchval(OTHERS):
                await conn.execute(END_OTHERS)
            is_fit = self.uses < MOST_USES and await conn.fetchval(SHAPE) == self.shape
            if is_fit:
                async with conn.transaction():
                    await conn.execute(self.reset)
                    for table, rows in self.seeds.items():
                        await conn.copy_to_table(table, source=io.BytesIO(rows), format="binary")
        finally:
            await conn.close()
        if not is_fit:
            await self.drop()

    async def drop(self) -> None:
        if self.name:
            admin = await asyncpg.connect(self.server.admin_dsn())
            await admin.execute(f"DROP DATABASE {self.name} WITH (FORCE)")
            await admin.close()
            self.name = ""

    async def _make(self) -> None:
        self.made, self.uses = self.made + 1, 0
        self.name = f"test{self.made}"
        admin = await asyncpg.connect(self.server.admin_dsn())
        # Copying the files takes a third less time than writing each block to the log first, as is usual.
        await admin.execute(
            f"CREATE DATABASE {self.name} TEMPLATE {self.template} OWNER tocsin STRATEGY FILE_COPY"
        )
        await admin.close()
        conn = await asyncpg.connect(self.server.admin_dsn(self.name))
        await self._learn(conn)
        await conn.close()

    async def _learn(self, conn: asyncpg.Connection) -> None:
        """What it takes to make it as it is now."""
        self.shape = await conn.fetchval(SHAPE)
        tables = [row["relname"] for row in await conn.fetch(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        )]  # fmt: skip
        sequences = await conn.fetch(
            "SELECT sequencename, start_value, last_value FROM pg_sequences WHERE schemaname = 'public'"
        )
        self.seeds = {}
        for table in tables:
            if await conn.fetchval(f"SELECT EXISTS (SELECT FROM {table})"):
                out = io.BytesIO()
                await conn.copy_from_table(table, output=out, format="binary")
                self.seeds[table] = out.getvalue()
        emptied = [f"DELETE FROM {table}" for table in tables]
        wound = [
            f"SELECT setval('{row['sequencename']}', {row['last_value'] or row['start_value']}, {'true' if row['last_value'] else 'false'})"
            for row in sequences
        ]
        # Facts can't be deleted, and what refers to what is no matter: nothing is left.
        self.reset = ";\n".join(["SET LOCAL session_replication_role = replica", *emptied, *wound])
