"""Connections to a declared database: one that can't write, for looking, and one for a repair. What goes wrong has a name."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import asyncpg

from tocsin.core.procedures.declared import Database
from tocsin.core.work import Later, Refused

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
CONNECT_SECONDS: Final = 10.0
LOOK_SECONDS: Final = 20
"""How long one question of the doctor may take on the server."""
LOCK_SECONDS: Final = 5
"""How long a step waits for a lock: while it waits, all that come after it wait behind it."""
NAME: Final = "tocsin"
READ_ONLY: Final = {
    "application_name": f"{NAME} doctor",
    "default_transaction_read_only": "on",
    "statement_timeout": f"{LOOK_SECONDS}s",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "60s",
}


class Ends(Exception):
    """The look or the step ends here, with this outcome."""

    def __init__(self, outcome: Later | Refused) -> None:
        super().__init__(outcome.why)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Place:
    """A declared database with its address."""

    declared: Database
    dsn: str

    @property
    def name(self) -> str:
        return f"the database {self.declared.id}"


@contextlib.asynccontextmanager
async def looking(place: Place) -> AsyncIterator[tuple[Connection, bool]]:
    """A connection in one READ ONLY transaction, and whether something between us and the server keeps its settings from it.

    Nothing can be written through it, whatever the role may do: the server refuses, twice over.
    """
    async with _named(place):
        conn, between = await _connect_to_look(place)
        try:
            async with conn.transaction(isolation="repeatable_read", readonly=True):
                await conn.execute(
                    f"SET LOCAL statement_timeout = '{LOOK_SECONDS}s'; SET LOCAL lock_timeout = '2s'"
                )
                yield conn, between
        finally:
            await _close(conn)


@contextlib.asynccontextmanager
async def writing(place: Place, run: str) -> AsyncIterator[Connection]:
    """A connection for one step of a run, named for it. It waits for locks for a short while only; statements may take their time."""
    async with _named(place):
        conn = await _connected(place, {"application_name": f"{NAME} {run}"})
        try:
            await conn.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'; SET statement_timeout = 0")
            yield conn
        finally:
            await _close(conn)


async def _connect_to_look(place: Place) -> tuple[Connection, bool]:
    try:
        return await _connected(place, READ_ONLY), False
    except asyncpg.PostgresError as why:
        # pgbouncer takes no settings that it does not know. The transaction is READ ONLY all the same.
        if "unsupported startup parameter" not in str(why):
            raise
    return await _connected(place, {}), True


async def _connected(place: Place, settings: dict[str, str]) -> Connection:
    try:
        return await asyncpg.connect(
            place.dsn, timeout=CONNECT_SECONDS, statement_cache_size=0, server_settings=settings
        )
    except (asyncpg.ClientConfigurationError, ValueError) as why:
        raise _no(place, "its secret is no address of a PostgreSQL (postgresql://…)") from why


async def _close(conn: Connection) -> None:
    try:
        await conn.close(timeout=2)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
        conn.terminate()


@contextlib.asynccontextmanager
async def _named(place: Place) -> AsyncIterator[None]:
    """Says in words what keeps us from the database. The address, which has a password in it, is never part of them."""
    try:
        yield
    except (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError) as why:
        raise _no(place, f"it does not let us in ({why}): see the user and password in its secret") from why
    except asyncpg.InvalidCatalogNameError as why:
        raise _no(place, f"{why}: see the name in its secret") from why
    except asyncpg.InsufficientPrivilegeError as why:
        raise _no(place, f"our role has no right to this ({why})") from why
    except asyncpg.LockNotAvailableError as why:
        raise _later(place, f"a table is locked by somebody else ({why})") from why
    except asyncpg.QueryCanceledError as why:
        raise _later(place, f"a question took longer than {LOOK_SECONDS} seconds ({why})") from why
    except (
        asyncpg.PostgresConnectionError,
        asyncpg.CannotConnectNowError,
        asyncpg.TooManyConnectionsError,
    ) as why:
        raise _later(place, f"no connection ({why})") from why
    except (asyncpg.OperatorInterventionError, asyncpg.InterfaceError, TimeoutError, OSError) as why:
        raise _later(place, f"no connection ({str(why) or type(why).__name__})") from why


def _no(place: Place, why: str) -> Ends:
    return Ends(Refused(f"{place.name} can't be used: {why}"))


def _later(place: Place, why: str) -> Ends:
    return Ends(Later(f"{place.name} can't be looked at now: {why}"))
