"""Keys, sign-in links, sessions, this installation's own secrets, handbooks by their hash, seen events, and cursors, as rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from tocsin.store.pool import Connection
from tocsin.store.sql import queries

SQL = queries(__file__)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as it may be shown: never its secret."""

    name: str
    person: str
    rights: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None


async def add_key(
    conn: Connection, name: str, key_hash: str, person: str, rights: tuple[str, ...], now: datetime
) -> bool:
    """False if there is a key of that name already."""
    return bool(await conn.fetchval(SQL["add_key"], name, key_hash, person or None, list(rights), now))


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Who comes with a key in force. `person_rights` are those of the person whose it is; empty where it is nobody's."""

    name: str
    person: str
    rights: tuple[str, ...]
    person_rights: tuple[str, ...]


async def holders(conn: Connection, key_hashes: list[str]) -> tuple[int, dict[str, KeyHolder]]:
    """The roster's version, and the holders of those keys that are in force, by their hashes."""
    rows = await conn.fetch(SQL["holders"], key_hashes)
    found = {
        row["hash"]: KeyHolder(
            row["name"], row["person"], tuple(row["rights"]), tuple(row["person_rights"] or ())
        )
        for row in rows
        if row["hash"] is not None
    }
    return rows[0]["version"], found


async def keys(conn: Connection | asyncpg.Pool) -> list[KeyRow]:
    rows = await conn.fetch(SQL["keys"])
    return [
        KeyRow(row["name"], row["person"], tuple(row["rights"]), row["created_at"], row["revoked_at"])
        for row in rows
    ]


async def revoke_key(conn: Connection | asyncpg.Pool, name: str, now: datetime) -> bool:
    return bool(await conn.fetchval(SQL["revoke_key"], name, now))


async def add_link(
    conn: Connection | asyncpg.Pool, link_hash: str, person: str, expires_at: datetime
) -> None:
    await conn.execute(SQL["add_link"], link_hash, person, expires_at)


async def drop_links(conn: Connection | asyncpg.Pool, person: str) -> None:
    """Make this person's unused links worthless."""
    await conn.execute(SQL["drop_links"], person)


async def use_link(conn: Connection | asyncpg.Pool, link_hash: str, now: datetime) -> str | None:
    """The person whom a link signs in; None if it was used, has expired, or never was."""
    person: str | None = await conn.fetchval(SQL["use_link"], link_hash, now)
    return person


async def add_session(
    conn: Connection | asyncpg.Pool, session_hash: str, person: str, now: datetime, expires_at: datetime
) -> None:
    await conn.execute(SQL["add_session"], session_hash, person, now, expires_at)


async def session(
    conn: Connection | asyncpg.Pool, session_hash: str, now: datetime
) -> tuple[str, str, tuple[str, ...]] | None:
    """(handle, name, rights) of who is signed in."""
    row = await conn.fetchrow(SQL["session"], session_hash, now)
    return (row["handle"], row["name"], tuple(row["rights"])) if row else None


async def end_session(conn: Connection | asyncpg.Pool, session_hash: str) -> None:
    await conn.execute(SQL["end_session"], session_hash)


async def admin_was_here(conn: Connection | asyncpg.Pool) -> bool:
    return bool(await conn.fetchval(SQL["admin_was_here"]))


async def secret(conn: Connection | asyncpg.Pool, name: str, proposed: str) -> str:
    """This installation's secret of that name: the first one that was ever proposed."""
    value: str = await conn.fetchval(SQL["secret"], name, proposed)
    return value


async def event_is_new(conn: Connection | asyncpg.Pool, source: str, id: str, now: datetime) -> bool:
    return bool(await conn.fetchval(SQL["event_seen"], source, id, now))


async def forget_events(conn: Connection | asyncpg.Pool, before: datetime) -> None:
    """Forget the events that were seen before then."""
    await conn.execute(SQL["forget_events"], before)


async def take_cursor(
    conn: Connection | asyncpg.Pool, name: str, now: datetime, leased_until: datetime, holder: int
) -> tuple[str, int] | None:
    """(value, turn); None while another node holds it. `holder` is this node's number (0: it has none)."""
    await conn.execute(SQL["make_cursor"], name)
    row = await conn.fetchrow(SQL["take_cursor"], name, now, leased_until, holder)
    return (row["value"], row["turn"]) if row else None


async def leave_cursor(conn: Connection | asyncpg.Pool, name: str, turn: int, value: str) -> bool:
    return bool(await conn.fetchval(SQL["leave_cursor"], name, turn, value))


async def save_handbook(
    conn: Connection | asyncpg.Pool, hash: str, name: str, version: str, text: str, now: datetime
) -> None:
    await conn.execute(SQL["save_handbook"], hash, name, version, text, now)


async def handbook_text(conn: Connection | asyncpg.Pool, hash: str) -> str | None:
    text: str | None = await conn.fetchval(SQL["handbook"], hash)
    return text
