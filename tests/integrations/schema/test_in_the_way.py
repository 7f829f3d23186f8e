"""What is in the way of a repair on a real PostgreSQL: long transactions, a vacuum, and a migrator's lock that pgbouncer keeps."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from schema_world import DATABASE, World, now
from tocsin.core.procedures.hands import Seen
from tocsin.core.schema.examination import examination_from
from tocsin.core.schema.repair import compose
from tocsin.integrations.schema import activity

PGBOUNCER = shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")
PAGES = 2000
"""Rows of a page each: more than a slow vacuum comes through while it is looked at."""


@pytest.fixture
async def dirty(world: World) -> World:
    """Version 2 failed before its first statement."""
    await world.migrator().up_to(1)
    await world.migrator().set_version(2, True)
    return world


async def test_a_long_transaction_that_holds_the_migrators_lock_is_a_live_migrator(dirty: World) -> None:
    async with dirty.another() as holder:
        await holder.execute("BEGIN")
        await holder.execute("SELECT pg_advisory_xact_lock($1)", dirty.migrator().key)
        seen = await dirty.examined()
        plan = compose(seen, 2, now())

        await holder.execute("ROLLBACK")
        after = await dirty.examined()

    assert "holds golang-migrate's lock" in seen.live[0]
    assert "a migrator still works" in plan.refusals[0]
    assert after.live == ()


async def test_a_vacuum_in_the_way_is_named_with_what_it_holds_and_who_waits(dirty: World) -> None:
    rows = f"INSERT INTO users (name) SELECT repeat('x', 900) FROM generate_series(1, {PAGES})"
    await dirty.conn.execute(f"ALTER TABLE users SET (fillfactor = 10); {rows}")
    async with dirty.another() as vacuum, dirty.another() as waits:
        await vacuum.execute("SET vacuum_cost_delay = 100; SET vacuum_cost_limit = 1")
        running = asyncio.create_task(vacuum.execute("VACUUM (FREEZE) users"))
        await _until(dirty, "SELECT count(*) > 0 FROM pg_stat_progress_vacuum")
        blocked = asyncio.create_task(waits.execute("ALTER TABLE users ALTER COLUMN name SET STATISTICS 50"))
        await _until(dirty, "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock'")

        seen = await dirty.examined()

        await dirty.conn.execute(
            "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'VACUUM%'"
        )
        with contextlib.suppress(asyncpg.QueryCanceledError):
            await running
        await blocked

    (line,) = [one for one in seen.others if "VACUUM (FREEZE) users" in one]
    assert "holds users (ShareUpdateExclusiveLock), others wait for it" in line
    assert "SELECT pg_cancel_backend" in line
    assert seen.live == ()


async def _until(world: World, question: str) -> None:
    while not await world.conn.fetchval(question):
        await asyncio.sleep(0.01)


# --- pgbouncer ------------------------------------------------------------------------------------------------------------------

behind_pgbouncer = pytest.mark.skipif(
    PGBOUNCER is None, reason="pgbouncer is not here (Debian: apt install pgbouncer)"
)


@pytest.fixture
async def bouncer(dirty: World, open_folder: Path) -> AsyncIterator[str]:
    """The address of the same database behind a pgbouncer in transaction mode."""
    assert PGBOUNCER
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = urlsplit(dirty.dsn)
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    host, at = query.get("host", url.hostname), query.get("port", url.port or 5432)
    folder = open_folder / "pgbouncer"
    folder.mkdir(exist_ok=True)
    file = folder / "pgbouncer.ini"
    server = f"host={host} port={at} user={url.username} password={url.password or ''}"
    file.write_text(
        f"[databases]\n{DATABASE} = {server}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = any\n"
        "pool_mode = transaction\nunix_socket_dir =\nserver_tls_sslmode = disable\n"
    )
    file.chmod(0o644)
    process = subprocess.Popen([PGBOUNCER, "-u", "postgres", str(file)], stdout=sys.stderr)
    try:
        yield await _ready(f"postgresql://{url.username}:x@127.0.0.1:{port}/{DATABASE}")
    finally:
        process.terminate()
        process.wait()


async def _ready(dsn: str) -> str:
    for _ in range(50):
        with contextlib.suppress(OSError, asyncpg.PostgresError, TimeoutError):
            await (await asyncpg.connect(dsn, statement_cache_size=0, timeout=2)).close()
            return dsn
        await asyncio.sleep(0.02)
    raise AssertionError("pgbouncer does not answer")


@behind_pgbouncer
async def test_a_lock_that_pgbouncer_kept_when_its_migrator_went_is_told(
    dirty: World, bouncer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activity, "LONG_SECONDS", 0)
    migrator = await asyncpg.connect(bouncer, statement_cache_size=0)
    await migrator.execute(f"SELECT pg_advisory_lock({dirty.migrator().key})")
    await migrator.close()

    seen = await dirty.examined()

    assert "holds golang-migrate's lock" in seen.live[0]
    assert any("behind pgbouncer a lock stays with the connection" in one for one in seen.warnings)
    assert "a migrator still works" in compose(seen, 2, now()).refusals[0]


@behind_pgbouncer
async def test_a_doctor_behind_pgbouncer_sees_the_schema_and_says_what_it_can_not_know(
    dirty: World, bouncer: str
) -> None:
    hand = dirty.hand()
    hand.secrets = {"FRONTEND": bouncer}

    found = await hand.look("doctor", {"database": DATABASE})

    assert isinstance(found, Seen), found
    seen = examination_from(found.values)
    assert (seen.version, seen.dirty) == (2, True)
    assert any("golang-migrate's lock may not hold behind it" in one for one in seen.warnings)
