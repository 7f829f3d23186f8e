"""Looking again and again for news of a service that does not bring them: one loop for all that do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from tocsin.acts.house import House
from tocsin.core.work import Later
from tocsin.integrations.http import Failed

SHORTEST_NAP, LONGEST_NAP = 0.2, 1.0
"""In seconds of the machine: never busy, and never so long as to miss that the clock was steered."""

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


async def _until(house: House, at: datetime) -> None:
    """Wait until the clock says `at`, in naps, since the clock may stand or be steered meanwhile."""
    while True:
        nap = house.clock.real_seconds(at - house.clock.now())
        await asyncio.sleep(min(max(nap, SHORTEST_NAP), LONGEST_NAP))
        if house.clock.now() >= at:
            return
