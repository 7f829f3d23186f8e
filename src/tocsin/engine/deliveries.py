"""The deliveries: works are claimed with a lease, carried out by their reach, and ended by the outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog

from tocsin.acts import works as acts
from tocsin.acts.house import House
from tocsin.clock import at_least
from tocsin.core.notices import why_moot_of_house
from tocsin.core.plan import why_moot_of_inbox
from tocsin.core.work import OF_PROCEDURES, Later, Moot, Outcome
from tocsin.engine import metrics
from tocsin.engine.procedures import carry_out_procedure
from tocsin.engine.reaches import Reaches
from tocsin.store import works as rows
from tocsin.store.works import Claimed

log = structlog.get_logger()
LEASE = timedelta(seconds=60)
LIMIT_SECONDS = 30.0
"""How long one try may take: well within the lease, so that a work that hangs is put off by the node that holds it."""


async def claim(house: House, worker: int, at_most: int, but_for: Sequence[str] = ()) -> list[Claimed]:
    """Take works that are due, but for those services. The lease runs on the house's clock, and is never shorter than the machine's time."""
    now = house.clock.now()
    lease = at_least(house.clock, LEASE)
    async with house.pool.acquire() as conn:
        return await rows.claim(
            conn, now=now, lease_until=now + lease, worker=worker, at_most=at_most, but_for=but_for
        )


async def deliver(house: House, reaches: Reaches, claimed: Claimed) -> None:
    """Carry out one claimed work and record what came of it."""
    if claimed.work.does in OF_PROCEDURES:
        await carry_out_procedure(house, claimed)
        return
    outcome = await _carried_out(house, reaches, claimed)
    metrics.WORKS.labels(claimed.work.does, type(outcome).__name__.lower()).inc()
    if isinstance(outcome, Later) and claimed.attempt > 1:
        log.warning("still not delivered", work=claimed.work.key, attempt=claimed.attempt, why=outcome.why)
    await acts.record(house, claimed, outcome)


async def _carried_out(house: House, reaches: Reaches, claimed: Claimed) -> Outcome | Moot:
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            if claimed.message_id is not None:
                return await _announced(house, reaches, claimed)
            if claimed.is_of_house:
                return await _notified(house, reaches, claimed)
            desk = await acts.desk_for(house, claimed)
            if why_not := acts.why_not(claimed, desk):
                return Moot(why_not)
            return await reaches.carry_out(claimed.work, desk, claimed.attempt)
    except TimeoutError:
        return Later(f"no answer within {LIMIT_SECONDS:.0f} s")
    except (
        Exception
    ) as why:  # A bug in one reach must not stop the others; the work is tried again and reported.
        metrics.FAILED.labels(claimed.work.does).inc()
        log.exception("a delivery failed", work=claimed.work.key, attempt=claimed.attempt)
        return Later(f"{type(why).__name__} in Tocsin itself; see the log")


async def _announced(house: House, reaches: Reaches, claimed: Claimed) -> Outcome | Moot:
    """The same for a message of the inbox, which belongs to no incident."""
    desk = await acts.inbox_desk_for(house, claimed)
    if why_not := why_moot_of_inbox(claimed.work, desk.message):
        return Moot(why_not)
    return await reaches.announce(claimed.work, desk, claimed.attempt)


async def _notified(house: House, reaches: Reaches, claimed: Claimed) -> Outcome | Moot:
    """The same for what is about no incident and no message."""
    desk = await acts.house_desk_for(house, claimed)
    if why_not := why_moot_of_house(claimed.work, desk):
        return Moot(why_not)
    work = await acts.true_now(house, claimed.work, desk.now)
    if work is None:
        return Moot("what it tells is not so any more")
    return await reaches.notify(work, desk, claimed.attempt)
