"""The deliveries: works are claimed with a lease, carried out by their reach, and ended by the outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog

from tocsin.acts import works as acts
from tocsin.acts.house import House
from tocsin.clock import at_least
from tocsin.core.late_words import NOT_BEFORE, late_words
from tocsin.core.notices import why_moot_of_house
from tocsin.core.plan import why_moot_of_inbox
from tocsin.core.work import OF_PROCEDURES, PAGE, Delivered, Desk, Later, Moot, Outcome, Together
from tocsin.engine import metrics
from tocsin.engine.procedures import carry_out_procedure
from tocsin.engine.rations import Rations
from tocsin.engine.reaches import Reaches
from tocsin.store import works as rows
from tocsin.store.works import Claimed

log = structlog.get_logger()
_O = TypeVar("_O", bound=Outcome | Moot | Desk)
LEASE = timedelta(seconds=60)
LIMIT_SECONDS = 30.0
"""How long one try may take: well within the lease, so that a work that hangs is put off by the node that holds it."""


async def claim(
    house: House, worker: int, at_most: int, but_for: Sequence[str] = (), rations: Rations | None = None
) -> list[Claimed]:
    """Take works that are due, but for those services: pages to devices first, by those rations, and all that waits for one device together.

    The lease runs on the house's clock, and is never shorter than the machine's time.
    """
    now, rations = house.clock.now(), rations or Rations(house)
    lease_until = now + at_least(house.clock, LEASE)
    async with house.pool.acquire() as conn:
        left = await rations.now(conn, now)
        pages = await rows.claim_pages(
            conn,
            now=now,
            lease_until=lease_until,
            worker=worker,
            at_most=at_most,
            but_for=but_for,
            left=left,
        )
        rations.took(one.work.via for one in pages)
        free = at_most - len(pages)
        others = (
            await rows.claim(
                conn, now=now, lease_until=lease_until, worker=worker, at_most=free, but_for=but_for
            )
            if free > 0
            else []
        )
    return [_noted(one, rations, now) if one.work.does == PAGE else one for one in [*pages, *others]]


def _noted(page: Claimed, rations: Rations, now: datetime) -> Claimed:
    """With what it says of how it comes: late, collected with others, or neither."""
    collected = rations.words(page.work.payload["person"])
    late = late_words(min(one.since for one in page.all), now, "" if collected else NOT_BEFORE)
    note = "\n".join(one for one in (late, collected) if one)
    return (
        replace(page, work=replace(page.work, payload={**page.work.payload, "note": note})) if note else page
    )


async def deliver(house: House, reaches: Reaches, claimed: Claimed) -> None:
    """Carry out one claimed work and record what came of it."""
    if claimed.work.does in OF_PROCEDURES:
        await carry_out_procedure(house, claimed)
        return
    if claimed.also or claimed.sent_as not in ("", claimed.work.key):
        await _deliver_together(house, reaches, claimed)
        return
    await _end(house, claimed, await _carried_out(house, reaches, claimed))


async def _end(house: House, claimed: Claimed, outcome: Outcome | Moot) -> None:
    metrics.WORKS.labels(claimed.work.does, type(outcome).__name__.lower()).inc()
    if isinstance(outcome, Later) and claimed.attempt > 1:
        log.warning("still not delivered", work=claimed.work.key, attempt=claimed.attempt, why=outcome.why)
    await acts.record(house, claimed, outcome)


async def _deliver_together(house: House, reaches: Reaches, first: Claimed) -> None:
    """One message for all of them, and what came of it for each. One that nobody needs any more is left out.

    Whoever dies between two of the records leaves the others to the next node, which sends those again under the same key.
    """
    still: list[tuple[Claimed, Desk]] = []
    for one in first.all:
        desk = await _in_time(one, partial(_desk, house, one))
        if isinstance(desk, Desk):
            still.append((one, desk))
        else:
            await _end(house, one, desk)
    if not still:
        return
    together = Together(
        first.batch,
        first.sent_as,
        tuple((one.work, desk) for one, desk in still),
        first.work.payload.get("note", ""),
    )
    attempt = max(one.attempt for one in first.all)
    outcome = await _in_time(first, partial(reaches.carry_out_together, together, attempt))
    for one, _ in still:
        await _end(house, one, _among(outcome, len({desk.incident.ref for _, desk in still})))


async def _desk(house: House, claimed: Claimed) -> Desk | Moot:
    desk = await acts.desk_for(house, claimed)
    why_not = acts.why_not(claimed, desk)
    return Moot(why_not) if why_not else desk


def _among(outcome: Outcome | Later, many: int) -> Outcome:
    """The evidence of each says of how many the message told."""
    if isinstance(outcome, Delivered) and many > 1:
        return Delivered({**outcome.evidence, "among": str(many)})
    return outcome


async def _carried_out(house: House, reaches: Reaches, claimed: Claimed) -> Outcome | Moot:
    async def tried() -> Outcome | Moot:
        if claimed.message_id is not None:
            return await _announced(house, reaches, claimed)
        if claimed.is_of_house:
            return await _notified(house, reaches, claimed)
        desk = await acts.desk_for(house, claimed)
        if why_not := acts.why_not(claimed, desk):
            # What nobody needs any more may be there all the same: then it has to be known, or its clicks stay for ever.
            left = await reaches.found(claimed.work, desk) if claimed.attempt > 1 else None
            return left or Moot(why_not)
        return await reaches.carry_out(claimed.work, desk, claimed.attempt)

    return await _in_time(claimed, tried)


async def _in_time(claimed: Claimed, tried: Callable[[], Awaitable[_O]]) -> _O | Later:
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            return await tried()
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
