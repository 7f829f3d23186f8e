"""Looking again and again for news of a service that does not bring them: one loop for all that do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from tocsin.acts import cursors
from tocsin.acts.house import House
from tocsin.clock import at_least
from tocsin.core.work import Later
from tocsin.integrations.http import Failed

SHORTEST_NAP, LONGEST_NAP = 0.2, 1.0
"""In seconds of the machine: never busy, and never so long as to miss that the clock was steered."""
LEASE: Final = timedelta(minutes=5)
"""Longer than a look takes."""
FIRST_LOOK: Final = timedelta(minutes=10)
"""How far back the very first look goes: what is older was dealt with before there was a Tocsin."""
SKEW: Final = timedelta(minutes=2)
"""How far a service's clock and ours may lie apart, and how late its lists may be: so much is read twice."""

log = structlog.get_logger(__name__)


async def watch(house: House, name: str, look: Callable[[House], Awaitable[None]], poll: timedelta) -> None:
    """Look every `poll` until cancelled. Nothing that fails ends it; a limit of the service's is waited out."""
    while True:
        began_at, wait = house.clock.now(), poll
        try:
            await look(house)
        except Failed as why:
            log.warning(f"{name}_not_looked", why=str(why))
            if isinstance(why.outcome, Later) and why.outcome.wait:
                wait = max(wait, why.outcome.wait)
        except Exception:
            log.exception(f"{name}_not_looked")
        await _until(house, began_at + wait)


async def look_since(house: House, name: str, take: Callable[[datetime], Awaitable[bool]]) -> None:
    """Take what came since the last look under this name; nothing where another node is looking. `take` says whether all is dealt with."""
    cursor = await cursors.take(house, name, at_least(house.clock, LEASE))
    if cursor is None:
        return
    now = house.clock.now()
    since = datetime.fromisoformat(cursor.value) if cursor.value else now - FIRST_LOOK
    come_to = since
    try:
        if await take(since):
            come_to = max(since, now - SKEW)
    finally:
        # Only what was taken is left behind: the rest is read again, and nothing is taken twice.
        await cursors.leave(house, cursor, come_to.isoformat())


async def _until(house: House, at: datetime) -> None:
    """Wait until the clock says `at`, in naps, since the clock may stand or be steered meanwhile."""
    while True:
        nap = house.clock.real_seconds(at - house.clock.now())
        await asyncio.sleep(min(max(nap, SHORTEST_NAP), LONGEST_NAP))
        if house.clock.now() >= at:
            return
