"""How far a look for news has come, shared by all nodes: one takes the cursor, looks, stores how far it came, and leaves it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tocsin.acts.house import House
from tocsin.store import access as rows


@dataclass(frozen=True, slots=True)
class Cursor:
    """`value` is what was stored last ("" at the very first); `turn` fences off a node that was too slow."""

    name: str
    value: str
    turn: int


async def take(house: House, name: str, lease: timedelta) -> Cursor | None:
    """The cursor, for at most `lease`; None while another node holds it."""
    now = house.clock.now()
    taken = await rows.take_cursor(house.pool, name, now, now + lease, house.node)
    return Cursor(name, *taken) if taken else None


async def leave(house: House, cursor: Cursor, value: str) -> bool:
    """Store how far it came and free it; False if the lease had run out and another node went on."""
    return await rows.leave_cursor(house.pool, cursor.name, cursor.turn, value)
