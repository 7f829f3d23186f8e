"""golang-migrate in miniature: its table, its lock, and TRUNCATE and INSERT around each file, exactly as v4 writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from zlib import crc32

import asyncpg

NAME = re.compile(r"^([0-9]+)_(.*)\.(down|up)\.(.*)$")
NO_VERSION = -1
SALT = 1486364155


@dataclass
class Migrator:
    """`one_by_one` is x-multi-statement: each statement is sent by itself, else the whole file in one."""

    conn: asyncpg.Connection[asyncpg.Record]
    database: str
    files: Mapping[str, str]
    one_by_one: bool = False
    table: str = "schema_migrations"

    @property
    def key(self) -> int:
        """Of its advisory lock (database/util.go): crc32 of the names with zeros between, times a salt, in 32 bits."""
        return (crc32(f"public\0{self.table}\0{self.database}".encode()) * SALT) % 2**32

    async def lock(self) -> None:
        await self.conn.execute("SELECT pg_advisory_lock($1)", self.key)

    async def unlock(self) -> None:
        await self.conn.execute("SELECT pg_advisory_unlock($1)", self.key)

    async def make_table(self) -> None:
        await self.conn.execute(
            f'CREATE TABLE IF NOT EXISTS "public"."{self.table}" (version bigint not null primary key, dirty boolean not null)'
        )

    async def version(self) -> tuple[int, bool]:
        """What its table says: the version, and whether it is dirty."""
        row = await self.conn.fetchrow(f'SELECT version, dirty FROM "public"."{self.table}" LIMIT 1')  # noqa: S608
        return (row["version"], row["dirty"]) if row else (NO_VERSION, False)

    async def set_version(self, version: int, dirty: bool) -> None:
        async with self.conn.transaction():
            await self.conn.execute(f'TRUNCATE "public"."{self.table}"')
            if version >= 0 or dirty:
                words = f'INSERT INTO "public"."{self.table}" (version, dirty) VALUES ($1, $2)'  # noqa: S608
                await self.conn.execute(words, version, dirty)

    async def up_to(self, version: int) -> None:
        await self.make_table()
        now, _ = await self.version()
        for one in self._versions():
            if now < one <= version:
                await self._one(one, self._file(one, "up"))

    async def down_from(self, version: int) -> None:
        below = [one for one in self._versions() if one < version]
        await self._one(below[-1] if below else NO_VERSION, self._file(version, "down"))

    async def run(self, text: str) -> None:
        if not self.one_by_one:
            await self.conn.execute(text or ";")
            return
        for statement in text.split(";"):
            if statement.strip():
                await self.conn.execute(statement)

    async def _one(self, target: int, text: str) -> None:
        await self.set_version(target, True)
        await self.run(text)
        await self.set_version(target, False)

    def _versions(self) -> list[int]:
        return sorted({int(found[1]) for name in self.files if (found := NAME.match(name))})

    def _file(self, version: int, way: str) -> str:
        """What the file holds; a missing one counts as empty."""
        for name, text in self.files.items():
            if (found := NAME.match(name)) and (int(found[1]), found[3]) == (version, way):
                return text
        return ""
