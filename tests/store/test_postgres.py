"""The embedded server: what it is like, who may reach it, and that it survives what machines and people do to it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from tocsin.errors import Invalid, Unavailable
from tocsin.store import pg_cluster, postgres
from tocsin.store.pg_bin import PgBin, reachable_by
from tocsin.store.pg_user import choose_user, first_closed
from tocsin.store.postgres import EmbeddedPostgres, postgres_for, running_dsn

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start PostgreSQL as another user")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")

# What asyncpg raises when the server ends; the last when that happens between two of its own steps.
BROKEN = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

SUPERVISOR = """
import sys, threading
from pathlib import Path
from tocsin.store.pg_bin import PgBin, reachable_by
from tocsin.store.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), PgBin(Path(sys.argv[2]), (int(sys.argv[3]), 0), "test"), sync=False)
if sys.argv[4] == "from a thread":
    worker = threading.Thread(target=server.start)
    worker.start()
    worker.join()
else:
    server.start()
print(server.dsn(), flush=True)
sys.stdin.read()
server.stop()
"""


@pytest.fixture(scope="module")
def made_once(open_folder: Path, pg_bin: PgBin) -> Path:
    """A data folder whose cluster is made and stopped, to copy from."""
    data = open_folder / "made"
    server = EmbeddedPostgres(data, pg_bin, sync=False)
    server.start()
    server.stop()
    return data


@pytest.fixture
def empty(open_folder: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The path of a data folder that is not there yet."""
    folder = open_folder / f"case-{abs(hash(request.node.nodeid))}"
    folder.mkdir()
    folder.chmod(0o755)
    yield folder / "data"
    shutil.rmtree(folder)


@pytest.fixture
def data(empty: Path, made_once: Path) -> Path:
    """A data folder with a cluster that was used before."""
    subprocess.run(["cp", "-a", made_once, empty], check=True)
    return empty


@pytest.fixture
def server(data: Path, pg_bin: PgBin) -> Iterator[EmbeddedPostgres]:
    """A started server on `data`."""
    server = EmbeddedPostgres(data, pg_bin)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def supervise(data: Path, pg_bin: PgBin) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts another Tocsin's supervisor on `data`; the first line that it prints is its address."""
    running = []

    def start(how: str = "") -> subprocess.Popen[str]:
        words = [sys.executable, "-c", SUPERVISOR, str(data), str(pg_bin.folder), str(pg_bin.version[0]), how]
        running.append(subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.communicate()
    until(lambda: not (data / "postgres/postmaster.pid").exists())


def until(claim: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


async def until_answers(dsn: str, seconds: float = 30) -> asyncpg.Connection:
    deadline = time.monotonic() + seconds
    while True:
        try:
            return await asyncpg.connect(dsn)
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.PostgresConnectionError):
            assert time.monotonic() < deadline, "it never answered"
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    conn = await until_answers(dsn)
    yield conn
    await conn.close()


@contextlib.asynccontextmanager
async def watched(server: EmbeddedPostgres) -> AsyncIterator[None]:
    task = asyncio.create_task(server.watch())
    yield
    task.cancel()


async def insert_until_it_breaks(dsn: str, acknowledged: list[int], enough: asyncio.Event) -> None:
    conn = await asyncpg.connect(dsn)
    await conn.execute("CREATE TABLE notes (number int)")
    with contextlib.suppress(*BROKEN):
        for number in range(1_000_000):
            await conn.execute("INSERT INTO notes VALUES ($1)", number)
            acknowledged.append(number)
            if number == 100:
                enough.set()
    conn.terminate()


def postmaster_pid(data: Path) -> int:
    said = pg_cluster.read_postmaster(data / "postgres")
    assert said is not None
    return said.pid


def all_processes(data: Path) -> list[int]:
    return [postmaster_pid(data), *pg_cluster.orphans(data / "postgres")]


async def test_a_new_cluster_sorts_the_same_on_every_machine_and_checks_its_pages(
    server: EmbeddedPostgres, pg_bin: PgBin
) -> None:
    async with connected(server.dsn()) as conn:
        found = await conn.fetchrow(
            "SELECT datlocprovider, pg_encoding_to_char(encoding) AS encoding, current_setting('data_checksums') AS checksums"
            " FROM pg_database WHERE datname = 'tocsin'"
        )

    provider = b"b" if pg_bin.version[0] >= 17 else b"c"
    assert found is not None
    assert dict(found) == {"datlocprovider": provider, "encoding": "UTF8", "checksums": "on"}


async def test_durability_is_on(server: EmbeddedPostgres) -> None:
    async with connected(server.dsn()) as conn:
        found = [
            await conn.fetchval(f"SHOW {name}")
            for name in ("fsync", "full_page_writes", "synchronous_commit")
        ]

    assert found == ["on", "on", "on"]


async def test_the_role_of_the_address_owns_its_database_and_is_no_superuser(
    server: EmbeddedPostgres,
) -> None:
    async with connected(server.dsn()) as conn:
        await conn.execute("CREATE TABLE mine ()")
        superuser = await conn.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")

    assert superuser is False


async def test_nothing_listens_but_a_socket_that_is_closed_to_others(
    server: EmbeddedPostgres, data: Path
) -> None:
    async with connected(server.dsn()) as conn:
        listening = await conn.fetchval("SHOW listen_addresses")
    folder = data / "postgres.socket"

    modes = [
        stat.S_IMODE(path.stat().st_mode)
        for path in (folder, folder / ".s.PGSQL.5432", data / "postgres.pgpass")
    ]
    assert (listening, modes) == ("", [0o700, 0o700, 0o600])
    assert folder.stat().st_uid == (data / "postgres").stat().st_uid


async def test_a_wrong_password_is_refused(server: EmbeddedPostgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(server.dsn(), password="guessed")


async def test_rows_are_there_after_a_stop_and_a_start(server: EmbeddedPostgres) -> None:
    async with connected(server.dsn()) as conn:
        await conn.execute("CREATE TABLE notes AS SELECT 7 AS number")

    server.stop()
    assert not server.is_running()
    dsn = server.start()

    async with connected(dsn) as conn:
        assert await conn.fetchval("SELECT number FROM notes") == 7


async def test_a_data_path_too_long_for_a_socket_works(empty: Path, made_once: Path, pg_bin: PgBin) -> None:
    deep = empty.parent / ("long-" * 20) / "data"
    deep.parent.mkdir()
    deep.parent.chmod(0o755)
    shutil.copytree(made_once, deep)

    with postgres_for(deep, pg_bin) as dsn:
        async with connected(dsn):
            pass
        folder = Path((deep / "postgres.socket-path").read_text().strip())
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    with postgres_for(deep, pg_bin):
        assert Path((deep / "postgres.socket-path").read_text().strip()) == folder
    folder.chmod(0o777)
    with postgres_for(deep, pg_bin):
        replaced = Path((deep / "postgres.socket-path").read_text().strip())
    assert replaced != folder
    shutil.rmtree(folder)
    shutil.rmtree(replaced)


@on_linux
async def test_a_pid_file_with_the_id_of_some_other_process_does_not_keep_it_from_starting(
    server: EmbeddedPostgres, data: Path
) -> None:
    user = choose_user(None, data / "postgres")
    bystander = subprocess.Popen(
        ["sleep", "600"], user=user.become, group=user.group, extra_groups=user.extra_groups
    )
    os.kill(postmaster_pid(data), signal.SIGKILL)
    until(lambda: not server.is_running())
    server.stop()
    for path in (data / "postgres/postmaster.pid", data / "postgres.socket/.s.PGSQL.5432.lock"):
        path.write_text("\n".join([str(bystander.pid), *path.read_text().splitlines()[1:]]) + "\n")

    assert running_dsn(data) is None
    dsn = server.start()

    async with connected(dsn):
        assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_two_processes_that_start_the_same_folder_at_once_share_one_server(
    data: Path, supervise: Callable[..., subprocess.Popen[str]]
) -> None:
    processes = [supervise(), supervise()]

    addresses = {process.stdout.readline() for process in processes if process.stdout}

    assert len(addresses) == 1
    assert addresses == {f"{running_dsn(data)}\n"}


async def test_one_that_joined_a_server_leaves_it_running_at_its_own_end(
    server: EmbeddedPostgres, data: Path, pg_bin: PgBin
) -> None:
    with postgres_for(data, pg_bin) as joined:
        assert joined == server.dsn()
    second = EmbeddedPostgres(data, pg_bin)
    second.start()
    second.stop()

    assert server.is_running()


async def test_one_that_joined_a_server_takes_over_when_its_supervisor_is_killed(
    data: Path, pg_bin: PgBin, supervise: Callable[..., subprocess.Popen[str]]
) -> None:
    first = supervise()
    assert first.stdout is not None
    first.stdout.readline()
    second = EmbeddedPostgres(data, pg_bin)
    dsn = second.start()
    before = postmaster_pid(data)

    async with watched(second):
        first.kill()
        while (said := pg_cluster.read_postmaster(data / "postgres")) is None or said.pid == before:
            await asyncio.sleep(0.01)
        async with connected(dsn):
            pass

    second.stop()


def test_a_start_of_any_length_is_waited_for_and_reported(
    data: Path, pg_bin: PgBin, monkeypatch: pytest.MonkeyPatch
) -> None:
    pg_bin = reachable_by(choose_user(None, data / "postgres"), pg_bin, data)
    slow, gate = data.parent / "bin", data.parent / "recovered"
    slow.mkdir()
    for program in pg_bin.folder.iterdir():
        (slow / program.name).symlink_to(program)
    (slow / "postgres").unlink()
    (slow / "postgres").write_text(
        f'#!/bin/sh\nwhile [ ! -e {gate} ]; do sleep 0.05; done\nexec {pg_bin.folder}/postgres "$@"\n'
    )
    (slow / "postgres").chmod(0o755)
    monkeypatch.setattr(postgres, "PROGRESS_SECONDS", 0.05)
    messages: list[str] = []
    third = _After(3, messages, gate.touch)
    postgres.log.addHandler(third)

    with postgres_for(data, PgBin(slow, pg_bin.version, "a slow one")):
        pass

    postgres.log.removeHandler(third)
    assert "still starting after" in messages[0]


class _After(logging.Handler):
    """Does something when so many messages were logged."""

    def __init__(self, number: int, messages: list[str], then: Callable[[], object]) -> None:
        super().__init__()
        self.number, self.messages, self.then = number, messages, then

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())
        if len(self.messages) == self.number:
            self.then()


@pytest.mark.parametrize("how", ["from the main thread", "from a thread"])
async def test_a_kill_of_tocsin_shuts_the_server_down_cleanly_and_loses_nothing(
    how: str, data: Path, pg_bin: PgBin, supervise: Callable[..., subprocess.Popen[str]]
) -> None:
    """The kernel tells a server that was forked from the main thread, and a pipe tells any other, as on macOS."""
    process = supervise(how)
    assert process.stdout is not None
    acknowledged: list[int] = []
    enough = asyncio.Event()
    inserts = asyncio.create_task(
        insert_until_it_breaks(process.stdout.readline().strip(), acknowledged, enough)
    )
    await enough.wait()

    process.kill()
    await inserts
    until(lambda: not (data / "postgres/postmaster.pid").exists())

    assert "database system is shut down" in (data / "postgres.log").read_text().splitlines()[-1]
    with postgres_for(data, pg_bin) as dsn:
        async with connected(dsn) as conn:
            rows = {row["number"] for row in await conn.fetch("SELECT number FROM notes")}
    assert set(acknowledged) <= rows


@on_linux
async def test_a_kill_of_all_its_processes_is_followed_by_a_start_that_loses_nothing(
    server: EmbeddedPostgres, data: Path
) -> None:
    acknowledged: list[int] = []
    enough = asyncio.Event()
    inserts = asyncio.create_task(insert_until_it_breaks(server.dsn(), acknowledged, enough))
    await enough.wait()
    dsn = server.dsn()

    async with watched(server):
        for pid in all_processes(data):
            os.kill(pid, signal.SIGKILL)
        await inserts
        async with connected(dsn) as conn:
            rows = {row["number"] for row in await conn.fetch("SELECT number FROM notes")}

    assert set(acknowledged) <= rows


@on_linux
async def test_a_kill_of_the_postmaster_alone_is_survived_though_a_query_still_runs(
    server: EmbeddedPostgres, data: Path
) -> None:
    dsn = server.dsn()
    conn = await asyncpg.connect(dsn)
    busy = asyncio.create_task(
        conn.execute(
            "SELECT count(*) FROM generate_series(1, 1e5) a, generate_series(1, 1e5) b, generate_series(1, 1e5) c"
        )
    )
    admin = await asyncpg.connect(server.admin_dsn())
    while not await admin.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT count(*) FROM generate%'"
    ):
        await asyncio.sleep(0.01)

    async with watched(server):
        os.kill(postmaster_pid(data), signal.SIGKILL)
        with pytest.raises(BROKEN):
            await busy
        async with connected(dsn) as again:
            assert await again.fetchval("SELECT 1") == 1

    conn.terminate()
    admin.terminate()


async def test_watching_goes_on_when_a_start_fails(server: EmbeddedPostgres, data: Path) -> None:
    dsn = server.dsn()
    conf = data / "postgres/postgresql.conf"
    good = conf.read_text()
    conf.write_text(good + "\nno such setting\n")
    messages: list[str] = []
    mend = _After(2, messages, lambda: conf.write_text(good))
    postgres.log.addHandler(mend)

    async with watched(server):
        os.kill(postmaster_pid(data), signal.SIGKILL)
        while len(messages) < 2:
            await asyncio.sleep(0.01)
        async with connected(dsn):
            pass

    postgres.log.removeHandler(mend)
    assert "does not start" in messages[1]


def test_a_server_that_ends_instead_of_starting_is_told_with_the_end_of_its_log(
    data: Path, pg_bin: PgBin
) -> None:
    (data / "postgres/postgresql.conf").write_text("no such setting\n")
    server = EmbeddedPostgres(data, pg_bin)

    with pytest.raises(Unavailable, match="syntax error in file"):
        server.start()

    assert not server.is_running()


def test_half_a_cluster_of_a_killed_first_start_is_made_again(empty: Path, pg_bin: PgBin) -> None:
    (empty / "postgres.new/cluster").mkdir(parents=True)
    empty.chmod(0o755)
    (empty / "postgres.new/cluster/PG_VERSION").write_text("18\n")

    with postgres_for(empty, pg_bin) as dsn:
        assert dsn == running_dsn(empty)

    assert not (empty / "postgres.new").exists()


def test_a_cluster_of_another_version_is_refused_with_the_way_to_move_it(data: Path, pg_bin: PgBin) -> None:
    (data / "postgres/PG_VERSION").write_text("9\n")

    with pytest.raises(Invalid, match="made by PostgreSQL 9") as refused:
        EmbeddedPostgres(data, pg_bin).start()

    assert "back up with 9" in refused.value.message


def test_a_large_log_is_moved_aside_at_the_start(
    data: Path, pg_bin: PgBin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "LOG_LIMIT_BYTES", 1000)
    (data / "postgres.log").write_text("old\n" * 1000)

    with postgres_for(data, pg_bin):
        pass

    assert (data / "postgres.log.1").read_text().startswith("old")
    assert "old" not in (data / "postgres.log").read_text()


@on_linux
def test_the_server_sees_nothing_of_our_environment(
    data: Path, pg_bin: PgBin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGOPTIONS", "-c fsync=off")
    monkeypatch.setenv("SLACK_TOKEN", "secret")

    with postgres_for(data, pg_bin):
        seen = Path(f"/proc/{postmaster_pid(data)}/environ").read_text()

    assert "PGOPTIONS" not in seen
    assert "secret" not in seen


def test_no_server_runs_on_a_folder_that_is_not_there(empty: Path) -> None:
    assert running_dsn(empty) is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may become anybody")
def test_only_root_can_name_another_user(empty: Path, pg_bin: PgBin) -> None:
    with pytest.raises(Invalid, match="only root"):
        EmbeddedPostgres(empty, pg_bin, run_as="root").start()


@as_root
def test_root_gives_the_server_to_a_user_without_rights(server: EmbeddedPostgres, data: Path) -> None:
    owners = {
        path.stat().st_uid
        for path in (data / "postgres", data / "postgres/PG_VERSION", data / "postgres.socket")
    }

    assert owners == {choose_user(None, data / "postgres").uid}
    assert 0 not in owners


@as_root
@pytest.mark.parametrize(
    ("name", "words"), [("nobody-of-that-name", "does not exist"), ("root", "refuses to run as root")]
)
def test_a_user_that_cannot_run_it_is_refused(name: str, words: str, empty: Path, pg_bin: PgBin) -> None:
    with pytest.raises(Invalid, match=words):
        EmbeddedPostgres(empty, pg_bin, run_as=name).start()


@as_root
def test_a_folder_below_a_closed_one_is_refused_before_anything_is_made(empty: Path, pg_bin: PgBin) -> None:
    closed = empty.parent / "home"
    closed.mkdir(mode=0o700)

    with pytest.raises(Invalid) as refused:
        EmbeddedPostgres(closed / "deep/data", pg_bin).start()

    assert f"because {closed} is closed" in refused.value.message
    assert "TOCSIN_PG_USER" in refused.value.message
    assert "--data" in refused.value.message
    assert list(closed.iterdir()) == []
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@as_root
async def test_programs_that_the_user_cannot_reach_are_copied_once(data: Path, pg_bin: PgBin) -> None:
    closed = data.parent / "venv"
    closed.mkdir(mode=0o700)
    theirs = _copy_of(pg_bin, closed)

    with postgres_for(data, theirs):
        pass
    copy = data / f"pg-{pg_bin.version[0]}.{pg_bin.version[1]}"
    copied_at = copy.stat().st_ctime_ns
    with postgres_for(data, theirs) as dsn:
        async with connected(dsn):
            pass

    assert copy.stat().st_ctime_ns == copied_at
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def _copy_of(pg_bin: PgBin, to: Path) -> PgBin:
    """The same installation below `to`, each file closed to others as under a strict umask."""
    prefix = pg_bin.folder.resolve().parent
    if not pg_bin.source.startswith("wheel"):
        pytest.skip("the system's PostgreSQL does not lie in one folder")
    for tree in (prefix, prefix.parent.with_name(prefix.parent.name + ".libs")):
        if tree.exists():
            shutil.copytree(tree, to / tree.relative_to(prefix.parent.parent), symlinks=True)
    subprocess.run(["chmod", "-R", "go=", to], check=True)
    return PgBin(to / prefix.relative_to(prefix.parent.parent) / "bin", pg_bin.version, pg_bin.source)


@as_root
async def test_two_users_of_one_machine_each_have_their_own_server(
    empty: Path, made_once: Path, pg_bin: PgBin
) -> None:
    folders = {name: empty.parent / name for name in ("nobody", "daemon")}
    for folder in folders.values():
        shutil.copytree(made_once, folder)
    servers = {name: EmbeddedPostgres(folder, pg_bin, run_as=name) for name, folder in folders.items()}

    addresses = [server.start() for server in servers.values()]

    for address in addresses:
        async with connected(address):
            pass
    owners = [pwd.getpwuid((folder / "postgres").stat().st_uid).pw_name for folder in folders.values()]
    assert owners == ["nobody", "daemon"]
    daemon, socket_folder = choose_user("daemon", empty), folders["nobody"] / "postgres.socket"
    assert first_closed(daemon, [socket_folder]) == socket_folder
    for server in servers.values():
        server.stop()
