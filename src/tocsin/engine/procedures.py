"""A look or a step of a procedure: it may take longer than a message, so its lease is made longer while it goes on."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

import asyncpg
import structlog

from tocsin.acts.house import GONE, House
from tocsin.acts.procedures.carrying import Outcome, after_fault, carry_out, record
from tocsin.acts.procedures.listening import Listener
from tocsin.clock import at_least
from tocsin.core.procedures.hands import Failed
from tocsin.core.work import PROCEDURE_LOOK, Later
from tocsin.engine import metrics
from tocsin.store import procedures as rows
from tocsin.store.works import Claimed

log = structlog.get_logger()
LEASE = timedelta(seconds=60)
BEAT_SECONDS: Final = 15.0
LOOK_SECONDS, STEP_SECONDS = 120.0, 3600.0
"""How long one look, or one try of a step, may take at most. A hand has limits of its own, and says what it met."""


async def carry_out_procedure(house: House, claimed: Claimed) -> None:
    """Carry out one claimed work of a procedure and record what came of it. One that another node took over ends without a word."""
    async with Listener(house, claimed) as listener:
        task = asyncio.create_task(_carried_out(house, claimed, listener))
        beat = asyncio.create_task(_hold(house, claimed, task))
        try:
            outcome = await task
        except asyncio.CancelledError:
            if beat.done() and not beat.cancelled():
                return  # Taken over: whoever has it now does it, and finds what we did.
            task.cancel()
            raise
        finally:
            beat.cancel()
    metrics.WORKS.labels(claimed.work.does, type(outcome).__name__.lower()).inc()
    await record(house, claimed, outcome, listener)


async def _carried_out(house: House, claimed: Claimed, listener: Listener) -> Outcome:
    limit = LOOK_SECONDS if claimed.work.does == PROCEDURE_LOOK else STEP_SECONDS
    try:
        async with asyncio.timeout(limit):
            return await carry_out(house, claimed, listener)
    except TimeoutError:
        words = f"it came to no end within {limit:.0f} s"
        return Later(words) if claimed.work.does == PROCEDURE_LOOK else Failed(words)
    except Exception as why:  # A bug in one hand must not stop the others; it is tried again and reported.
        metrics.FAILED.labels(claimed.work.does).inc()
        log.exception("a step of a procedure failed", work=claimed.work.key, attempt=claimed.attempt)
        return after_fault(claimed, why)


async def _hold(house: House, claimed: Claimed, task: asyncio.Task[Outcome]) -> None:
    """Make the lease longer for as long as the task goes on; end the task where another node has taken it over."""
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        try:
            async with house.pool.acquire() as conn:
                held = await rows.extend(conn, claimed, house.clock.now() + at_least(house.clock, LEASE))
        except (*GONE, asyncpg.PostgresError) as why:
            log.warning("a lease can't be made longer now", work=claimed.work.key, why=str(why))
            continue
        if not held:
            task.cancel()
            return
