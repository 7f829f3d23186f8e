"""What becomes of a work that the engine carried out: its end, and the fact that it leaves in the timeline, in one transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog

from tocsin.acts import incident_failing
from tocsin.acts.house import House
from tocsin.acts.oncall.begins import begins_now
from tocsin.acts.oncall.cover_now import cover_now
from tocsin.acts.oncall.showing import settle_shown, shown_now
from tocsin.acts.oncall.telling import moved_now
from tocsin.acts.process import ENGINE, handbook_of, open_case, settle
from tocsin.acts.roster import directory, is_outside, roster_at
from tocsin.core.evidence import fact_of
from tocsin.core.facts import DeliveryDelayed, DeliveryRefused, What
from tocsin.core.folding import fold
from tocsin.core.incident import Incident
from tocsin.core.plan import LOUD_DELAYS, LOUD_REFUSALS, why_moot
from tocsin.core.plan_paging import on_the_next_way
from tocsin.core.work import (
    ALERT_CREATE,
    ON_ONE_WAY,
    PAGE,
    SHOWN_ON_CALL,
    Delivered,
    Desk,
    HouseDesk,
    InboxDesk,
    Later,
    Moot,
    Outcome,
    Refused,
    Work,
)
from tocsin.store import inbox as inbox_rows
from tocsin.store import incidents as rows
from tocsin.store import works as work_rows
from tocsin.store.pool import Connection
from tocsin.store.works import Claimed

log = structlog.get_logger()
TOLD_AFTER = 3
"""After so many tries in vain people are told that something is not out yet."""
PATIENCE = 2
"""After so many tries in vain a person is told in another way, where they have one."""
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=2), timedelta(minutes=5)


async def desk_for(house: House, claimed: Claimed) -> Desk:
    """Everything that a reach may look at, as it stands now."""
    async with house.pool.acquire() as conn:
        head = await rows.find(conn, claimed.ref)
        assert head is not None
        incident = fold(await rows.load(conn, head))
        handbook = await handbook_of(house, conn, incident.handbook)
        now = house.clock.now()
        roster = await roster_at(house, conn, now)
    return Desk(incident, handbook, roster, house.places, now, house.sign)


async def inbox_desk_for(house: House, claimed: Claimed) -> InboxDesk:
    """The same for a work that is for a message of the inbox."""
    assert claimed.message_id is not None
    async with house.pool.acquire() as conn:
        message = await inbox_rows.find(conn, claimed.message_id)
        assert message is not None
        private = await inbox_rows.is_private(conn, message.ref)
        now = house.clock.now()
        roster = await roster_at(house, conn, now)
    return InboxDesk(message, private, roster, house.places, now)


async def house_desk_for(house: House, claimed: Claimed) -> HouseDesk:
    """The same for a work that is about neither."""
    async with house.pool.acquire() as conn:
        now = house.clock.now()
        roster = await roster_at(house, conn, now)
        rewrites = claimed.work.payload.get("of", "")
        posted = await work_rows.place_of(conn, rewrites) if rewrites else ""
        known = await directory(house, conn)
    does = claimed.work.does
    shown = shown_now(house, known, does, now) if does in SHOWN_ON_CALL else ()
    return HouseDesk(roster, house.places, now, house.sign, posted, shown)


LOOKS_AGAIN: Final = {"begins": begins_now, "moved": moved_now, "covers": cover_now}
"""What is looked at again when it goes out, by what stands in its payload."""


async def true_now(house: House, work: Work, now: datetime) -> Work | None:
    """A notice about shifts, which may have waited for a service, in words that hold now; None where nothing of it does."""
    look = next((look for name, look in LOOKS_AGAIN.items() if name in work.payload), None)
    if look is None:
        return work
    async with house.pool.acquire() as conn:
        known = await directory(house, conn)
    return work if is_outside(house, known) else await look(house, known, work, now)


async def record(house: House, claimed: Claimed, outcome: Outcome | Moot) -> None:
    """End the work, or put it off, as the outcome says. What another node has taken over meanwhile is left to it."""
    match outcome:
        case Later(why=why, wait=wait):
            await _put_off(house, claimed, why, wait or backing_off(claimed.attempt))
        case Delivered(evidence=evidence) if claimed.message_id is not None:
            await _end_of_inbox(house, claimed, evidence.get("message", ""))
        case Delivered(evidence=evidence) if claimed.is_of_house:
            await _end_of_house(house, claimed, evidence.get("message", ""), evidence.get("problem", ""))
        case Delivered(evidence=evidence):
            await _end(house, claimed, "done", fact_of(claimed.work, evidence), "")
        case Moot(why=why):
            await _end(house, claimed, "done", None, why)
        case Refused(why=why):
            work = claimed.work
            if claimed.is_of_house:
                log.warning("refused", work=work.key, does=work.does, via=work.via, why=why)
            about = work.payload.get("duty", "")
            told = DeliveryRefused(work.does, work.via, why, about) if work.does in LOUD_REFUSALS else None
            await _end(house, claimed, "refused", told, why)


async def _end_of_inbox(house: House, claimed: Claimed, posted: str) -> None:
    """A message's work is done; where it stands in chat is kept, for when it has to be rewritten."""
    assert claimed.message_id is not None
    async with house.pool.acquire() as conn, conn.transaction():
        if await work_rows.finish(conn, claimed, "done", house.clock.now()) and posted:
            await inbox_rows.posted(conn, claimed.message_id, posted)
    house.wake()


async def _end_of_house(house: House, claimed: Claimed, posted: str, problem: str) -> None:
    """It is done; where it stands in chat is kept, for when it has to be rewritten, and what is amiss all the same."""
    async with house.pool.acquire() as conn, conn.transaction():
        if not await work_rows.finish(conn, claimed, "done", house.clock.now(), problem):
            return
        if posted:
            await work_rows.keep_place(conn, claimed, posted)
        if claimed.work.does in SHOWN_ON_CALL:
            await settle_shown(house, conn, claimed, problem)
    house.wake()


def why_not(claimed: Claimed, desk: Desk) -> str:
    """Why this work need not be done any more; "" where it must be."""
    if claimed.work.does == ALERT_CREATE and claimed.attempt > 1:
        return ""  # An earlier try may have made the alert: then it has to be known, so that it is acknowledged and closed.
    return why_moot(claimed.work, desk.incident, desk.handbook, desk.now)


def backing_off(attempt: int) -> timedelta:
    """How long to wait after the `attempt`th try: 2, 4, 8 … seconds, at most 5 minutes."""
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(attempt - 1, 10)))


async def _put_off(house: House, claimed: Claimed, why: str, wait: timedelta) -> None:
    """Have it tried again after `wait`; that it is late is told in the same transaction, so once or not at all."""
    work, now = claimed.work, house.clock.now()
    # Any try from the third on may be the one that tells: a node may have died in the third.
    may_tell = claimed.attempt >= TOLD_AFTER and work.does in LOUD_DELAYS
    told = False
    async with house.pool.acquire() as conn, conn.transaction():
        head = await rows.lock(conn, claimed.ref) if may_tell else None
        is_put_off = await work_rows.postpone(conn, claimed, now + wait, why, now)
        if is_put_off and claimed.attempt >= PATIENCE:
            await _go_another_way(house, conn, claimed)
        if is_put_off and claimed.attempt == PATIENCE:
            await _hurry(house, conn, claimed)
        if is_put_off and head:
            opened = await open_case(house, conn, head)
            if not is_told(opened.incident, work.key):
                about = work.payload.get("duty", "")
                opened.add([DeliveryDelayed(work.does, work.via, why, about, work.key)], ENGINE)
                await settle(house, conn, opened)
                told = True
    if told:
        house.wake()


async def _go_another_way(house: House, conn: Connection, claimed: Claimed) -> None:
    """What one person is to be told goes by their next contact method: once, since the key of that work is always the same."""
    if claimed.work.does not in ON_ONE_WAY or claimed.incident_id is None:
        return
    head = await rows.find(conn, claimed.ref)
    assert head is not None
    incident, now = fold(await rows.load(conn, head)), house.clock.now()
    works = on_the_next_way(claimed.work, incident, await roster_at(house, conn, now))
    await work_rows.plan(conn, claimed.incident_id, works, now)


async def _hurry(house: House, conn: Connection, claimed: Claimed) -> None:
    """What the person's rules plan for later comes at once, where this way does not bring it."""
    if claimed.incident_id is not None and "person" in claimed.work.payload:
        await work_rows.hurry(conn, claimed.work.key, claimed.work.payload["person"], house.clock.now())


def is_told(incident: Incident, key: str) -> bool:
    """Whether people know that this work is late."""
    return any(isinstance(fact.what, DeliveryDelayed) and fact.what.work == key for fact in incident.facts)


async def _end(house: House, claimed: Claimed, state: str, fact: What | None, why: str) -> None:
    async with house.pool.acquire() as conn, conn.transaction():
        # The incident first: whoever changes one locks it before all else, so that nobody waits crosswise.
        head = await rows.lock(conn, claimed.ref) if fact else None
        if not await work_rows.finish(conn, claimed, state, house.clock.now(), why):
            return
        if state == "refused":
            await _go_another_way(house, conn, claimed)
            await _hurry(house, conn, claimed)
        if claimed.work.does in SHOWN_ON_CALL:
            await settle_shown(house, conn, claimed, why)
        if head and fact:
            opened = await open_case(house, conn, head)
            opened.add([fact], ENGINE)
            work = claimed.work
            if state == "refused" and work.does == PAGE:
                await incident_failing.go_on(house, conn, opened, work.key, work.payload["person"], why)
            await settle(house, conn, opened)
    if fact:
        house.wake()
