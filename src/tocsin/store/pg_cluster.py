"""What lies in the data folder for the embedded PostgreSQL: the cluster, its passwords, its socket, its process's id.

postgres/            the cluster
postgres.pgpass      the passwords, in libpq's form, 0600
postgres.lock        held by the process that supervises the server
postgres.log         the server's log
postgres.socket/     the socket's folder, 0700; or postgres.socket-path, which says where it is when the path is too long
"""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

from tocsin.errors import Invalid, Unavailable
from tocsin.store.pg_bin import PgBin
from tocsin.store.pg_user import PgUser, run_as

# A socket's whole path has to fit in 103 bytes on macOS and 107 on Linux; "/.s.PGSQL.5432" takes 14 of them.
LONGEST_SOCKET_FOLDER = 88
SOCKET_NAME = ".s.PGSQL.5432"
ROLE = DATABASE = "tocsin"
SUPERUSER = "postgres"

# Nothing of our own environment: PG* variables would steer the server, and its superuser could read our secrets there.
ENVIRONMENT = {
    "LC_ALL": "C.UTF-8" if sys.platform == "linux" else "C",
    **{name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ},
}

# Written once; an administrator may change them. A moderate WAL keeps recovery after a crash short; compiling queries (jit)
# costs more than any of our queries takes.
SETTINGS = """
# Tocsin
shared_buffers = 128MB
max_connections = 100
max_wal_size = 512MB
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
log_checkpoints = off
log_line_prefix = '%m [%p] '
"""


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What the server says of itself in postmaster.pid."""

    pid: int
    socket_folder: str
    status: str


def read_postmaster(cluster: Path) -> Postmaster | None:
    """The content of postmaster.pid; None when there is none, or only the beginning of one. It may be stale."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        return Postmaster(int(lines[0]), lines[4], lines[7].strip() if len(lines) > 7 else "starting")
    except (FileNotFoundError, IndexError, ValueError):
        return None
    except PermissionError:
        raise Invalid(f"{cluster} belongs to another user: run Tocsin as its owner") from None


def serves(pid: int, cluster: Path) -> bool:
    """Whether this process is a PostgreSQL on this very cluster. After a restart of the machine or of a container the id in
    postmaster.pid can be anybody's."""
    if sys.platform != "linux":
        said = subprocess.run(  # noqa: S603 - a number
            ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True
        )
        return f"postgres -D {cluster} " in said.stdout
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    if os.path.basename(words[0]) not in (b"postgres", b"postmaster") or b"-D" not in words[:-1]:
        return False
    return os.path.realpath(words[words.index(b"-D") + 1]) == os.path.realpath(os.fsencode(cluster))


def disarm_stale_pid(cluster: Path) -> None:
    """See that a stale postmaster.pid does not keep the server from starting: unreadable, or with the id of some other process.

    PostgreSQL takes its parent's id, which is ours, for stale, and then uses the rest of the file to look for remains of the old
    server, so the file stays. Call only under the lock.
    """
    path = cluster / "postmaster.pid"
    said = read_postmaster(cluster)
    if said is None:
        path.unlink(missing_ok=True)
    elif _exists(said.pid):
        _, _, rest = path.read_text().partition("\n")
        path.write_text(f"{os.getpid()}\n{rest}")


def orphans(cluster: Path) -> list[int]:
    """The processes that still work on this cluster after their postmaster was killed. They run in its folder. Linux only."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(entry / "cwd") == str(cluster) and (entry / "cmdline").read_bytes().startswith(
                b"postgres: "
            ):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def dsn(data: Path, socket_folder: str, role: str = ROLE, database: str = DATABASE) -> str:
    """The address of a database of this cluster, with the role's password."""
    query = urlencode({"host": socket_folder}, quote_via=quote)
    return f"postgresql://{role}:{quote(_password(data, role), safe='')}@/{database}?{query}"


def create(data: Path, pg_bin: PgBin, user: PgUser, *, sync: bool) -> None:
    """Make the cluster with our role and database. It gets its name as the last step, so that there is never half of one.

    sync=False leaves out waiting for the disk; for tests only.
    """
    half = data / "postgres.new"
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o700)
    user.own(half)
    secret = half / "password"
    _write_private(secret, _password(data, SUPERUSER))
    user.own(secret)
    cluster = half / "cluster"
    _initdb(cluster, secret, pg_bin, user, sync=sync)
    with (cluster / "postgresql.conf").open("a") as conf:
        conf.write(SETTINGS)
    statements = (
        f"CREATE ROLE {ROLE} LOGIN PASSWORD '{_password(data, ROLE)}'\n"
        f"CREATE DATABASE {DATABASE} OWNER {ROLE}\n"
    )
    alone = ["--single", "-D", str(cluster), "-c", "exit_on_error=on", *([] if sync else ["-F"]), "postgres"]
    _run([str(pg_bin.program("postgres")), *alone], user, statements)
    cluster.rename(data / "postgres")
    shutil.rmtree(half)
    _sync_folder(data)


def take_over(cluster: Path, user: PgUser) -> None:
    """Give the cluster to the user that shall run it, when it is somebody else's: copied by root, or TOCSIN_PG_USER changed."""
    now = cluster.stat()
    if user.become is not None and now.st_uid != user.uid:
        for folder, folders, files in os.walk(cluster):
            for name in (*folders, *files):
                user.own(Path(folder, name))
        user.own(cluster)
    if stat.S_IMODE(now.st_mode) & 0o027:
        cluster.chmod(0o700)


def prepare_socket_folder(data: Path, user: PgUser) -> Path:
    """The folder for the socket, private to the user, with nothing stale in it."""
    folder = data / "postgres.socket"
    if _fits(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
        user.own(folder)
        folder.chmod(0o700)
    else:
        folder = _short_folder(data / "postgres.socket-path", user)
    for name in (SOCKET_NAME, SOCKET_NAME + ".lock"):
        (folder / name).unlink(missing_ok=True)
    return folder


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _fits(folder: Path) -> bool:
    # PostgreSQL reads the setting as a list, with commas and quotes of its own.
    return len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER and not set(str(folder)) & set(",\"'\\")


def _short_folder(remembered: Path, user: PgUser) -> Path:
    try:
        folder = Path(remembered.read_text().strip())
        found = folder.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == user.uid and not found.st_mode & 0o077:
            return folder
    except FileNotFoundError:
        pass
    folder = Path(tempfile.mkdtemp(prefix="tocsin-", dir="/tmp"))  # unguessable, 0700, checked at each start
    user.own(folder)
    remembered.write_text(f"{folder}\n")
    return folder


def _initdb(cluster: Path, secret: Path, pg_bin: PgBin, user: PgUser, *, sync: bool) -> None:
    command = [str(pg_bin.program("initdb")), "-D", str(cluster), "-U", SUPERUSER, "--pwfile", str(secret)]
    command += [
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--data-checksums",
        *([] if sync else ["--no-sync"]),
    ]
    if pg_bin.version[0] >= 17:
        # The builtin provider sorts the same for ever; the C library's order changes with its version.
        _run([*command, "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"], user)
        return
    try:
        _run([*command, "--locale=C.UTF-8"], user)
    except Unavailable:  # a C library without C.UTF-8
        _run([*command, "--locale=C"], user)


def _run(command: list[str], user: PgUser, words: str = "") -> None:
    done = run_as(user, command, ENVIRONMENT, words)
    if done.returncode:
        said = done.stderr.strip() or done.stdout.strip()
        raise Unavailable(f"{command[0]} failed as user {user.name} (exit {done.returncode}): {said}")


def _password(data: Path, role: str) -> str:
    """The role's password out of the file, made at the first question."""
    path = data / "postgres.pgpass"
    if not path.exists():
        lines = (f"*:*:*:{name}:{secrets.token_urlsafe(24)}\n" for name in (SUPERUSER, ROLE))
        half = path.with_name(path.name + ".new")
        half.unlink(missing_ok=True)
        _write_private(half, "".join(lines))
        half.rename(path)
    try:
        fields = [line.split(":") for line in path.read_text().splitlines()]
    except PermissionError:
        raise Invalid(f"{path} can't be read: run Tocsin as its owner") from None
    return next(field[4] for field in fields if field[3] == role)


def _write_private(path: Path, text: str) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
