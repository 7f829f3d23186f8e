"""Puts a house together on an open database: its own signing key, the handbook in force, the addresses."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import asyncpg

from tocsin.acts.access import signature
from tocsin.acts.handbooks import take_handbook
from tocsin.acts.house import House
from tocsin.clock import Clock
from tocsin.core.places import Places
from tocsin.errors import Invalid


async def make_house(
    pool: asyncpg.Pool,
    clock: Clock,
    *,
    abilities: frozenset[str] = frozenset(),
    public_url: str = "http://127.0.0.1:8008",
    handbook: Path | None = None,
) -> House:
    """A house ready for doors and engine. `handbook` is a file that rules over the saved versions and the shipped one.

    BadHandbook, or Invalid, if that file can't be used.
    """
    file = handbook_text(handbook) if handbook else None
    async with pool.acquire() as conn:
        taken = await take_handbook(conn, clock.now(), file=file, shipped=handbook_text(None))
        sign = await signature(conn)
    book = taken.handbook
    return House(
        pool,
        clock,
        book,
        Places(public_url.rstrip("/")),
        sign,
        abilities,
        handbooks={book.hash: book},
        handbook_number=taken.number,
    )


def handbook_text(path: Path | None) -> str:
    """The text of a handbook file, or of the one shipped. Invalid, naming it, if it can't be read."""
    if path is None:
        return files("tocsin").joinpath("handbooks/default.toml").read_text("utf-8")
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as why:
        raise Invalid(f"The handbook {path} can't be read: {why}", field="TOCSIN_HANDBOOK") from why
