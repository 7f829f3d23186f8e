"""Opens the pool of connections, and refuses a database that could lose what we acknowledged."""

from __future__ import annotations

from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy

from tocsin.errors import Invalid, Unavailable

# A connection, whether taken from the pool or opened alone.
Connection: TypeAlias = asyncpg.Connection | PoolConnectionProxy

OLDEST_VERSION = 15

# A server without these forgets committed rows, or damages its files, when the machine loses power.
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")

PLANS_ONCE = {"plan_cache_mode": "force_generic_plan"}

_SERVER = """
SELECT current_setting('server_version_num')::int / 10000 AS major,
       current_setting('server_encoding') AS encoding,
       array(SELECT name FROM pg_settings WHERE name = ANY($1) AND setting = 'off' ORDER BY name) AS off
"""


async def open_pool(
    dsn: str, *, min_size: int = 2, max_size: int = 10, connect_seconds: float = 10, plans_once: bool = False
) -> asyncpg.Pool:
    """A pool whose connections speak UTC and turn jsonb into Python values and back.

    `plans_once`: a statement keeps the plan that it got first, whatever its parameters are (ADR 29).

    Raises Unavailable when the database can't be reached, Invalid when it or its address can't be used; neither tells the password.
    """
    where = place(dsn)
    try:
        pool = await asyncpg.create_pool(
            dsn,
            min_size=min_size,
            max_size=max_size,
            init=_init,
            reset=_nothing_to_reset,
            timeout=connect_seconds,
            server_settings={**session_settings(dsn), **(PLANS_ONCE if plans_once else {})},
        )
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as why:
        raise Invalid(
            f"The database at {where} refuses us: {why}. Check user, password and name in DATABASE_URL",
            field="DATABASE_URL",
        ) from why
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InternalClientError) as why:
        raise Unavailable(
            f"The database at {where} can't be reached: {why or type(why).__name__}."
            " Check that it runs, that this machine may connect, and DATABASE_URL"
        ) from why
    except (ValueError, asyncpg.InterfaceError):
        # Without the cause: it may quote the address with its password.
        raise Invalid(
            "DATABASE_URL can't be read: write postgresql://user:password@host:5432/name, with special signs in the password"
            " percent-encoded",
            field="DATABASE_URL",
        ) from None
    await _check_or_close(pool, where)
    return pool


def place(dsn: str) -> str:
    """Where a database is, without user and password, for people to read."""
    parts = urlsplit(dsn)
    host = parts.netloc.rpartition("@")[2] or parse_qs(parts.query).get("host", ["this machine"])[0]
    return f"{host}{parts.path}"


def session_settings(dsn: str) -> dict[str, str]:
    """The settings of each session. They travel with the connection's start, so that a reset of the session keeps them."""
    settings = {
        "application_name": "tocsin",
        "timezone": "UTC",
        # A hung node must not hold its rows for ever.
        "idle_in_transaction_session_timeout": "10s",
    }
    if not place(dsn).startswith("/"):
        # An unplugged node is noticed after 25 seconds instead of two hours.
        settings |= {"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3"}
    return settings


async def _nothing_to_reset(conn: Connection) -> None:
    """An open transaction is rolled back before this. We leave no other state on a session, so that asking the server to
    forget it would be a round trip for nothing; whoever takes an advisory lock gives it back."""


async def _init(conn: asyncpg.Connection) -> None:
    await conn.set_type_codec(
        "json", schema="pg_catalog", format="binary", encoder=msgspec.json.encode, decoder=msgspec.json.decode
    )
    await conn.set_type_codec(
        "jsonb", schema="pg_catalog", format="binary", encoder=_encode_jsonb, decoder=_decode_jsonb
    )


def _encode_jsonb(value: Any) -> bytes:
    # PostgreSQL's binary jsonb is the text after a byte with the version of the format.
    return b"\x01" + msgspec.json.encode(value)


def _decode_jsonb(raw: bytes) -> Any:
    return msgspec.json.decode(raw[1:])


async def _check_or_close(pool: asyncpg.Pool, where: str) -> None:
    try:
        async with pool.acquire() as conn:
            await _check(conn, where)
    except BaseException:
        pool.terminate()
        raise


async def _check(conn: Connection, where: str) -> None:
    server = await conn.fetchrow(_SERVER, list(DURABLE))
    assert server is not None
    if server["major"] < OLDEST_VERSION:
        raise Invalid(
            f"The database at {where} is PostgreSQL {server['major']}; Tocsin needs {OLDEST_VERSION} or newer: upgrade it",
            field="DATABASE_URL",
        )
    if server["encoding"] != "UTF8":
        raise Invalid(
            f"The database at {where} has the encoding {server['encoding']}: make one with CREATE DATABASE ... ENCODING 'UTF8'"
            " TEMPLATE template0",
            field="DATABASE_URL",
        )
    if server["off"]:
        name = server["off"][0]
        raise Invalid(
            f"The database at {where} has {name} = off and could lose acknowledged reports and pages:"
            f" ALTER SYSTEM SET {name} = on; SELECT pg_reload_conf(); and look for ALTER DATABASE or ALTER ROLE ... SET {name}",
            field="DATABASE_URL",
        )
