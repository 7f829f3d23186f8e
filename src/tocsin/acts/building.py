"""Puts a house together on an open database: its own signing key, the handbook in force, the addresses."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import asyncpg

from tocsin.acts.access import signature
from tocsin.acts.house import House
from tocsin.clock import Clock
from tocsin.core.handbook_text import read_handbook
from tocsin.core.places import Places
from tocsin.errors import Invalid
from tocsin.store import access as rows


async def make_house(
    pool: asyncpg.Pool,
    clock: Clock,
    *,
    abilities: frozenset[str] = frozenset(),
    public_url: str = "http://127.0.0.1:8008",
    handbook: Path | None = None,
) -> House:
    """A house ready for doors and engine. The handbook is kept in the database, since incidents refer to it."""
    text = handbook_text(handbook)
    book = read_handbook(text)
    async with pool.acquire() as conn:
        await rows.save_handbook(conn, book.hash, book.name, book.version, text, clock.now())
        sign = await signature(conn)
    places = Places(public_url.rstrip("/"))
    return House(pool, clock, book, places, sign, abilities, handbooks={book.hash: book})


def handbook_text(path: Path | None) -> str:
    """The text of a handbook file, or of the one shipped. Invalid, naming it, if it can't be read."""
    if path is None:
        return files("tocsin").joinpath("handbooks/default.toml").read_text("utf-8")
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as why:
        raise Invalid(f"The handbook {path} can't be read: {why}", field="TOCSIN_HANDBOOK") from why
