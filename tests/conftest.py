"""What all tests may ask for: a real PostgreSQL with a database of their own, and a clock that moves only when told to.

`dsn` gives each test a database as fresh as its template, which was migrated once. The server is started at the first question.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import asyncpg
import pytest

from doubles import EVERYTHING, Mailbox
from one_database import OneDatabase
from tocsin import logs
from tocsin.acts import people
from tocsin.acts.building import make_house
from tocsin.acts.house import House
from tocsin.acts.oncall.weekly import save_weekly
from tocsin.clock import HandClock
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches
from tocsin.store.migrate import migrate
from tocsin.store.pg_bin import PgBin, find_pg_bin
from tocsin.store.pool import open_pool
from tocsin.store.postgres import EmbeddedPostgres

PREFIX = "tocsin-test-"
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def pytest_configure() -> None:
    """Ctrl-C ends a run as ever. But asyncio takes Python's own handler away around each fixture and each test, and then Python writes
    out the task that it belongs to, with all its arguments, for an error that nobody sees: a twentieth of the time that tests take."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, _interrupted)


def _interrupted(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def pytest_collection_finish() -> None:
    """Python's collector of garbage leaves alone what was loaded, and looks less often: a tenth of the time that tests take."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(autouse=True, scope="session")
def quiet_logs() -> None:
    """As in production: structlog's own default draws each fault with all its locals, which takes seconds."""
    logs.set_up("warning")


@pytest.fixture
def clock() -> HandClock:
    """Monday morning, 2 March 2026, 09:00 UTC."""
    return HandClock(MONDAY)


@pytest.fixture(scope="session")
def pg_bin() -> PgBin:
    setting = os.environ.get("TOCSIN_PG_BIN")
    return find_pg_bin(Path(setting) if setting else None)


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A folder that everybody can enter: pytest's own are closed to the user that runs PostgreSQL when we are root."""
    place = _fast_place()
    _sweep(place)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_server(open_folder: Path, pg_bin: PgBin) -> Iterator[EmbeddedPostgres]:
    """The server of this test process."""
    server = EmbeddedPostgres(open_folder / "shared", pg_bin, sync=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def template(postgres_server: EmbeddedPostgres) -> str:
    """The name of the migrated database that each test's own is copied from."""
    asyncio.run(_make_template(postgres_server))
    return "template"


@pytest.fixture(scope="session")
def one_database(postgres_server: EmbeddedPostgres, template: str) -> OneDatabase:
    return OneDatabase(postgres_server, template)


@pytest.fixture
async def dsn(one_database: OneDatabase) -> AsyncIterator[str]:
    """The address of a migrated database in which nothing stands, for this test alone."""
    yield await one_database.ready()
    await one_database.clean()


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[asyncpg.Pool]:
    """A pool on the test's own database."""
    pool = await open_pool(dsn, min_size=1)
    yield pool
    try:
        await asyncio.wait_for(pool.close(), 5)
    except TimeoutError:
        pool.terminate()  # A test that failed may have left an engine running, which holds a connection.


@pytest.fixture
def mailbox() -> Mailbox:
    """Stands for every outside service."""
    return Mailbox()


@pytest.fixture
async def house(pool: asyncpg.Pool, clock: HandClock, one_database: OneDatabase) -> House:
    """A whole Tocsin on a hand-driven clock, able to do everything; Bob is on call, then Alice; both are the ops_team."""
    staffed = f"staffed at {clock.now()}"
    if await one_database.put(staffed):
        return await make_house(pool, clock, abilities=EVERYTHING)
    house = await make_house(pool, clock, abilities=EVERYTHING)
    await people.save_person(house, "alice", name="Alice", email="alice@acme.example", slack_id="UALICE001")
    await people.save_person(house, "bob", name="Bob", email="bob@acme.example", slack_id="UBOB00001")
    await people.save_person(house, "carol", name="Carol", email="carol@acme.example")
    await people.save_team(house, "ops_team", ["alice", "bob"])
    await save_weekly(
        house,
        "ops",
        team="ops_team",
        zone="UTC",
        first_handoff=datetime(2026, 3, 2, 9, 0),  # noqa: DTZ001 - a rotation's handoff is local wall clock
        participants=["bob", "alice"],
    )
    await pool.execute("DELETE FROM works")  # Both were told that they are on call.
    await one_database.keep(staffed)
    return house


@pytest.fixture
def engine(house: House, mailbox: Mailbox) -> Engine:
    """The engine of that house, driven by hand: `run_due()` does all that is due at the clock's time."""
    return Engine(
        house, Reaches([mailbox.under(name) for name in ("slack", "x", "email", "github", "deploys")])
    )


async def _make_template(server: EmbeddedPostgres) -> None:
    admin = await asyncpg.connect(server.admin_dsn())
    await admin.execute("CREATE DATABASE template OWNER tocsin")
    await admin.close()
    conn = await asyncpg.connect(server.dsn("template"))
    await migrate(conn, MONDAY)
    await conn.close()


def _fast_place() -> str:
    """In memory, copying the template takes 20 ms; on a disk that syncs, 100. Durability stays on, since the pool insists."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or not os.access(memory, os.W_OK):
        return "/tmp"
    found = os.statvfs(memory)
    roomy = found.f_bavail * found.f_frsize > 4 * 1024**3
    # The programs may have to be copied there, for a user who can't reach the original.
    return str(memory) if roomy and not found.f_flag & os.ST_NOEXEC else "/tmp"


def _sweep(place: str) -> None:
    """Remove what killed runs left behind: our own folders that are older than a day."""
    for folder in Path(place).glob(PREFIX + "*"):
        with contextlib.suppress(OSError):
            if folder.stat().st_uid == os.geteuid() and folder.stat().st_mtime < time.time() - 86400:
                shutil.rmtree(folder)
