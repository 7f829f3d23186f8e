"""Backs the database up into one file with pg_dump, and restores it: whole or not at all, both ways."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import IO
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from tocsin.errors import Conflict, Invalid, Unavailable
from tocsin.store.pg_bin import PgBin

# Extensions bring objects of their own that no dump of ours holds.
_OBJECTS = """
SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
"""

_EMPTY = """
DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
    EXECUTE format('DROP SCHEMA %I CASCADE', name);
  END LOOP;
END $$;
CREATE SCHEMA public;
"""


def backup(dsn: str, pg_bin: PgBin, target: Path) -> Path:
    """Write the whole database to `target` (pg_dump's custom format, 0600), and return it. It appears complete or not at all.

    Raises Invalid when the file can't be written or the programs don't fit the server, Unavailable when the database can't be read.
    """
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        out = open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")  # noqa: SIM115 - closed below
    except OSError as why:
        raise Invalid(f"The backup can't be written to {target}: {why}") from why
    try:
        with out:
            # Of extensions only plpgsql, which is always there: others would need a superuser at the restore.
            _run(
                dsn,
                pg_bin,
                "pg_dump",
                "--format=custom",
                "--no-owner",
                "--no-acl",
                "--extension=plpgsql",
                out=out,
            )
            os.fsync(out.fileno())
        _run(dsn, pg_bin, "pg_restore", "--list", str(part.absolute()), connect=False)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target


def restore(dsn: str, pg_bin: PgBin, source: Path, *, overwrite: bool = False) -> None:
    """Fill an empty database from a backup, in one transaction. With overwrite=True all that is in the database goes first.

    Raises Conflict when the database is not empty, Invalid when the file is no backup or can't be restored here.
    """
    if not source.is_file():
        raise Invalid(f"There is no backup {source}")
    _run(dsn, pg_bin, "pg_restore", "--list", str(source.absolute()), connect=False)
    if not overwrite and _run(dsn, pg_bin, "psql", "-XAtqc", _OBJECTS).strip() != b"0":
        raise Conflict(
            "The database is not empty: restore into an empty one, or say that what is in it shall be overwritten"
        )
    _restore_in_one_transaction(dsn, pg_bin, source.absolute(), _EMPTY if overwrite else "")


def _restore_in_one_transaction(dsn: str, pg_bin: PgBin, source: Path, first: str) -> None:
    address, env = _split_password(dsn)
    psql = subprocess.Popen(  # noqa: S603 - the words are ours
        [pg_bin.program("psql"), "-Xq", "-v", "ON_ERROR_STOP=1", "-d", address],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=env,
    )
    assert psql.stdin is not None
    problem = ""
    try:
        psql.stdin.write(f"BEGIN;\n{first}\n".encode())
        psql.stdin.flush()
        _run(
            dsn,
            pg_bin,
            "pg_restore",
            "--no-owner",
            "--no-acl",
            "-f",
            "-",
            str(source),
            connect=False,
            out=psql.stdin,
        )
        psql.stdin.write(b"\nCOMMIT;\n")
    except (BrokenPipeError, Invalid, Unavailable) as why:
        # Without the COMMIT, psql's end rolls everything back. Its own words tell more than the broken pipe.
        problem = str(why)
    _, said = psql.communicate()
    if psql.returncode or problem:
        raise Invalid(
            f"{source} can't be restored; the database is as it was. {said.decode().strip() or problem}"
        )


def _run(
    dsn: str, pg_bin: PgBin, name: str, *words: str, connect: bool = True, out: IO[bytes] | None = None
) -> bytes:
    """Run one of PostgreSQL's programs and return what it printed, if that does not go to `out`."""
    address, env = _split_password(dsn)
    done = subprocess.run(  # noqa: S603 - the words are ours
        [pg_bin.program(name), *(["-d", address] if connect else []), *words],
        stdin=subprocess.DEVNULL,
        stdout=out or subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=env,
    )
    if done.returncode:
        raise _failure(name, pg_bin, done.stderr.decode(errors="replace").strip())
    return done.stdout or b""


def _failure(name: str, pg_bin: PgBin, said: str) -> Invalid | Unavailable:
    if "version mismatch" in said or "SSL support" in said or "unsupported version" in said:
        return Invalid(
            f"{name} {pg_bin.version[0]} ({pg_bin.source}) can't talk to this database: {said}. Point TOCSIN_PG_BIN to the bin"
            " folder of a PostgreSQL that can (same version or newer; with TLS if the database wants it)",
            field="TOCSIN_PG_BIN",
        )
    return (
        Unavailable(f"{name} failed: {said}") if "connection" in said else Invalid(f"{name} failed: {said}")
    )


def _split_password(dsn: str) -> tuple[str, dict[str, str]]:
    """The address for a command line, which everybody on the machine can read, and the environment with the password."""
    parts = urlsplit(dsn)
    user, _, host = parts.netloc.rpartition("@")
    name, _, password = user.partition(":")
    query = dict(parse_qsl(parts.query))
    password = query.pop("password", unquote(password))
    address = parts._replace(
        netloc=f"{name}@{host}" if name else host, query=urlencode(query, quote_via=quote)
    )
    env = {**os.environ, "LC_ALL": "C", **({"PGPASSWORD": password} if password else {})}
    return address.geturl(), env
