"""The PostgreSQL that Tocsin brings along: started as our child, watched, and stopped with us. Unix only.

It listens on a private socket alone. If we are killed it shuts itself down cleanly; if it is killed it is started again; a second
Tocsin on the same folder uses the first one's server, and takes over when that one ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import shutil
import signal
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from tocsin.errors import Invalid, TocsinError, Unavailable
from tocsin.store import pg_cluster
from tocsin.store.pg_bin import PgBin, cluster_major, reachable_by
from tocsin.store.pg_child import Child
from tocsin.store.pg_user import PgUser, choose_user, first_closed

log = logging.getLogger(__name__)

PROGRESS_SECONDS = 5.0
LOG_LIMIT_BYTES = 10_000_000
WATCH_SECONDS = 0.2
_POLL_SECONDS = 0.01

# What an administrator must not be able to change by accident.
_FIXED_SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "logging_collector": "off",
}


class EmbeddedPostgres:
    """One server on `data`/postgres. `data` is Tocsin's data folder; `run_as` is the OS user to run it when we are root."""

    def __init__(self, data: Path, pg_bin: PgBin, *, run_as: str | None = None, sync: bool = True) -> None:
        self._data = data.resolve()
        self._cluster = self._data / "postgres"
        self._log_path = self._data / "postgres.log"
        self._pg_bin = pg_bin
        self._run_as = run_as
        self._sync = sync
        self._child: Child | None = None
        self._lock: int | None = None
        self._doing = "starting"

    def start(self) -> str:
        """Make the cluster if there is none, start the server or join the one that another process runs; wait until it answers.

        Returns the address for asyncpg. There is no limit on the wait: recovery takes what it takes, and says so in the log.
        Raises Invalid when the folder or the programs can't be used, Unavailable when the server ends instead of starting.
        """
        for pause in self._with_progress(self._bring_up()):
            time.sleep(pause)
        return self.dsn()

    def stop(self) -> None:
        """Shut the server down (fast: open transactions are rolled back) and wait. A server of another process is left alone."""
        if self._child is not None:
            self._doing = "stopping"
            self._child.interrupt()
            for pause in self._with_progress(_until_ended(self._child)):
                time.sleep(pause)
            self._forget_child()
        self._release_lock()

    def is_running(self) -> bool:
        """Whether the server is up, ours or the one that we joined."""
        if self._lock is not None:
            return self._child is not None and self._child.lives()
        return running_dsn(self._data) is not None

    def dsn(self, database: str = pg_cluster.DATABASE) -> str:
        """The address of a database for Tocsin's own role."""
        return self._address(pg_cluster.ROLE, database)

    def admin_dsn(self, database: str = "postgres") -> str:
        """The address of a database for the superuser: for making and dropping databases, never for serving."""
        return self._address(pg_cluster.SUPERUSER, database)

    async def watch(self) -> None:
        """Start the server again whenever it ends by itself. Runs until cancelled; run it in the main thread."""
        wait = WATCH_SECONDS
        while True:
            await asyncio.sleep(wait)
            if self.is_running():
                wait = WATCH_SECONDS
                _keep_small(self._log_path)
                continue
            log.error("PostgreSQL ended by itself; starting it again. Its log: %s", self._log_path)
            try:
                for pause in self._with_progress(self._bring_up()):
                    await asyncio.sleep(pause)
                log.warning("PostgreSQL is up again")
            except (TocsinError, OSError) as why:
                wait = min(wait * 2, 10.0)
                log.error("PostgreSQL does not start, next try in %.1f s: %s", wait, why)

    def _bring_up(self) -> Iterator[float]:
        """The steps to a server that answers; yields how long to pause before going on."""
        self._doing = "starting"
        user = self._may_start()
        while not self._take_lock():
            if running_dsn(self._data) is not None:
                return
            self._doing = "waiting for the process that holds postgres.lock"
            yield _POLL_SECONDS
        try:
            yield from self._end_leftover()
            socket_folder = self._prepare(user)
            while not (yield from self._try_start(user, socket_folder)):
                yield from self._end_orphans()
        except Exception:
            self._release_lock()
            raise

    def _may_start(self) -> PgUser:
        """Check the user and the way to the folder before anything is made there; then make the folder."""
        user = choose_user(self._run_as, self._cluster)
        way = (*reversed(self._data.parents), self._data)
        try:
            closed = first_closed(user, [folder for folder in way if folder.exists()])
            if closed is not None:
                raise Invalid(
                    f"PostgreSQL can't run as root, so it runs as {user.name}, who can't reach {self._data} because {closed}"
                    " is closed to them: choose another folder with --data, or name a user who can enter in"
                    f" TOCSIN_PG_USER, or open it (chmod o+x {closed})",
                    field="TOCSIN_DATA",
                )
            for folder in [folder for folder in way if not folder.exists()]:
                folder.mkdir(exist_ok=True)
                folder.chmod(0o700 if user.become is None else 0o711)
        except OSError as why:
            raise Invalid(f"{self._data} can't be the data folder: {why}", field="TOCSIN_DATA") from why
        return user

    def _take_lock(self) -> bool:
        if self._lock is not None:
            return True
        path = self._data / "postgres.lock"
        try:
            lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as why:
            raise Invalid(f"{path} can't be opened: {why}. Run Tocsin as the owner of the folder") from why
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return False
        self._lock = lock
        return True

    def _release_lock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _end_leftover(self) -> Iterator[float]:
        """A server whose supervisor was killed shuts down by itself; see to it, since nobody watches it any more."""
        left = pg_cluster.read_postmaster(self._cluster)
        if left is None or not pg_cluster.serves(left.pid, self._cluster):
            return
        self._doing = "waiting for the server of a killed Tocsin to shut down"
        with contextlib.suppress(ProcessLookupError):
            os.kill(left.pid, signal.SIGINT)
        while pg_cluster.serves(left.pid, self._cluster):
            yield _POLL_SECONDS

    def _prepare(self, user: PgUser) -> Path:
        """All that a start needs. Returns the socket's folder."""
        self._pg_bin = reachable_by(user, self._pg_bin, self._data)
        major, ours = cluster_major(self._cluster), self._pg_bin.version[0]
        if major is None:
            log.info("Making a new PostgreSQL cluster in %s", self._cluster)
            pg_cluster.create(self._data, self._pg_bin, user, sync=self._sync)
        elif major != ours:
            raise Invalid(
                f"{self._cluster} was made by PostgreSQL {major}, but {self._pg_bin.folder} is {ours}: point TOCSIN_PG_BIN to"
                f" PostgreSQL {major}, or back up with {major} and restore with {ours}",
                field="TOCSIN_PG_BIN",
            )
        pg_cluster.take_over(self._cluster, user)
        _keep_small(self._log_path)
        return pg_cluster.prepare_socket_folder(self._data, user)

    def _try_start(self, user: PgUser, socket_folder: Path) -> Generator[float, None, bool]:
        """Whether the server came up; False when the remains of a killed one are in the way. Raises Unavailable otherwise."""
        pg_cluster.disarm_stale_pid(self._cluster)
        self._doing = "starting"
        self._child, start_of_log = self._spawn(user, socket_folder)
        while self._child.lives():
            said = pg_cluster.read_postmaster(self._cluster)
            if said is not None and said.pid == self._child.pid and said.status == "ready":
                return True
            yield _POLL_SECONDS
        self._forget_child()
        words = _tail(self._log_path, start_of_log)
        if "pre-existing shared memory block" in words:
            return False
        raise Unavailable(
            f"PostgreSQL ended instead of starting. Its log, {self._log_path}, ends with:\n{words}"
        )

    def _forget_child(self) -> None:
        if self._child is not None:
            self._child.tidy()
            self._child = None

    def _end_orphans(self) -> Iterator[float]:
        """The killed server's processes end by themselves unless they are busy; nobody can hear their answers any more."""
        self._doing = "waiting for processes of the killed server to end"
        for pid in pg_cluster.orphans(self._cluster):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        yield 0.1

    def _spawn(self, user: PgUser, socket_folder: Path) -> tuple[Child, int]:
        """Start the server. Returns it and where its part of the log begins."""
        settings = {**_FIXED_SETTINGS, "unix_socket_directories": str(socket_folder)}
        command = [str(self._pg_bin.program("postgres")), "-D", str(self._cluster)]
        command += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with open(self._log_path, "ab", opener=lambda path, flags: os.open(path, flags, 0o600)) as out:
            start_of_log = out.tell()  # before the child moves it on
            return Child(command, user, pg_cluster.ENVIRONMENT, out), start_of_log

    def _with_progress(self, steps: Iterator[float]) -> Iterator[float]:
        began = said = time.monotonic()
        for pause in steps:
            yield pause
            now = time.monotonic()
            if now - said >= PROGRESS_SECONDS:
                said = now
                last = _tail(self._log_path).rpartition("\n")[2]
                log.warning(
                    "PostgreSQL: still %s after %.0f s. Its log says: %s", self._doing, now - began, last
                )

    def _address(self, role: str, database: str) -> str:
        said = pg_cluster.read_postmaster(self._cluster)
        if said is None:
            raise Unavailable(f"No PostgreSQL runs on {self._cluster}: start it first")
        return pg_cluster.dsn(self._data, said.socket_folder, role, database)


def running_dsn(data: Path, role: str = pg_cluster.ROLE, database: str = pg_cluster.DATABASE) -> str | None:
    """The address of the server that another process runs on this data folder, for Tocsin's role unless told; None when none runs."""
    data = data.resolve()
    said = pg_cluster.read_postmaster(data / "postgres")
    if said is None or said.status != "ready" or not pg_cluster.serves(said.pid, data / "postgres"):
        return None
    return pg_cluster.dsn(data, said.socket_folder, role, database)


@contextmanager
def postgres_for(data: Path, pg_bin: PgBin, *, run_as: str | None = None) -> Iterator[str]:
    """The address of this folder's server for as long as the block runs: of the running one, or of one started for it."""
    server = EmbeddedPostgres(data, pg_bin, run_as=run_as)
    try:
        yield running_dsn(data) or server.start()
    finally:
        server.stop()


def _until_ended(child: Child) -> Iterator[float]:
    while child.lives():
        yield _POLL_SECONDS


def _keep_small(path: Path) -> None:
    """Move a large log aside. The server goes on writing to the same file, always at its end, so it is copied and emptied."""
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_size > LOG_LIMIT_BYTES:
            shutil.copy(path, path.with_name(path.name + ".1"))
            os.truncate(path, 0)


def _tail(path: Path, start: int = 0) -> str:
    try:
        with path.open("rb") as log_file:
            end = log_file.seek(0, os.SEEK_END)
            log_file.seek(max(start, end - 4000))
            return log_file.read().decode(errors="replace").strip()
    except OSError:
        return ""
