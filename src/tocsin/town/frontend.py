"""The website's frontend, as far as it has a database: it migrates at its start, as golang-migrate does, and does not start on a dirty one."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager

import asyncpg
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tocsin.town.ids import Now, iso
from tocsin.town.migrator import Migrator
from tocsin.town.site import Site

DATABASE = "frontend"


class Frontend:
    """It has no database until one is given to it. `why` is what keeps it from starting; "" where it runs."""

    def __init__(self, now: Now, site: Site) -> None:
        self._now = now
        self._site = site
        self._dsn = ""
        self._files: dict[str, str] = {}
        self.why = ""
        self.starts = 0
        self.undisturbed: Callable[[], AbstractAsyncContextManager[None]] = contextlib.nullcontext
        """Within this its database stays up; a stage on which it lies on the server of a Tocsin that is killed gives another."""

    def use(self, dsn: str) -> None:
        self._dsn = dsn

    async def deploy(self, files: Mapping[str, str]) -> None:
        """Run with these migrations from now on."""
        self._files = dict(files)
        await self.start()

    async def start(self) -> None:
        """Migrate up to the newest version, and serve; or say why not, and serve nobody."""
        self.starts += 1
        async with self.database() as conn:
            migrator = Migrator(conn, DATABASE, self._files, one_by_one=True)
            await migrator.make_table()
            version, is_dirty = await migrator.version()
            self.why = f"Dirty database version {version}. Fix and force version." if is_dirty else ""
            if not is_dirty:
                await migrator.lock()
                await self._migrate(migrator)
                await migrator.unlock()
        if self.why:
            self._site.break_signin()
        else:
            self._site.mend()

    async def _migrate(self, migrator: Migrator) -> None:
        try:
            await migrator.up_to(2**63 - 1)
        except asyncpg.PostgresError as why:
            self.why = f"migration failed: {why}"

    @contextlib.asynccontextmanager
    async def database(self) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
        """A session in its database, as a person has one with psql."""
        async with self.undisturbed():
            conn = await asyncpg.connect(self._dsn)
            try:
                yield conn
            finally:
                await conn.close()

    def routes(self) -> list[Route]:
        return [
            Route("/frontend/healthz", self._health),
            Route("/frontend/backup", self._backup),
            Route("/frontend/restart", self._restart, methods=["POST"]),
        ]

    async def _health(self, request: Request) -> Response:
        return JSONResponse({"status": self.why or "ok"}, status_code=503 if self.why else 200)

    async def _backup(self, request: Request) -> Response:
        """Its database is backed up all the time."""
        return JSONResponse({"finished_at": iso(self._now())})

    async def _restart(self, request: Request) -> Response:
        await self.start()
        return await self._health(request)
