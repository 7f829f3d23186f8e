"""Sends what is planned about alerts: severe first, many for one device as one message, and nothing waits for a provider that hangs."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Final

import structlog

from tocsin.acts.alerting.failing import after_receipt, go_on
from tocsin.acts.alerting.messages import NotSent, Ready, ready
from tocsin.acts.alerting.way import key_of
from tocsin.acts.contacts import sent
from tocsin.acts.house import House
from tocsin.acts.works import backing_off
from tocsin.clock import ago, at_least
from tocsin.core.channel import PAGED
from tocsin.core.escalation.policy import SINK
from tocsin.core.work import Delivered, Later, Outcome, Refused
from tocsin.engine import metrics
from tocsin.engine.rations import Rations
from tocsin.store import contacts as contact_rows
from tocsin.store import deliveries as rows
from tocsin.store import works as work_rows
from tocsin.store.deliveries import FAILED, HANDED_OVER, MOOT, PLANNED, Batch

log = structlog.get_logger()
LEASE: Final = timedelta(seconds=30)
LIMIT_SECONDS: Final = 15.0
"""How long one try may take, in the machine's time: well within the lease."""
AT_ONCE, PER_CHANNEL = 64, 24
"""How many messages a node has in hand, and beyond how many of one channel it takes no more."""
IN_TIME: Final = timedelta(minutes=1)
"""A message of which the provider has not told by then that it was delivered counts as not delivered."""
LOOKED_BACK: Final = timedelta(minutes=30)
GIVEN_UP_AFTER: Final = timedelta(hours=1)


class Pager:
    """One node's pager. `take` claims what is due, `carry` sends one message and gives what came of it, `keep` stores that.

    `left_some`: whether the last `take` may have left what is due, for want of room here.
    """

    def __init__(self, house: House, number: int) -> None:
        self._house = house
        self.number = number
        self.left_some = False
        self._in_hand: Counter[str] = Counter()
        self.rations = Rations(house)
        """What goes out at most, of alerts and of incidents together."""

    async def take(self, at_most: int = AT_ONCE) -> list[Batch]:
        house = self._house
        now = house.clock.now()
        free = min(at_most, AT_ONCE - self._in_hand.total(), PER_CHANNEL)
        if free <= 0:
            self.left_some = True
            return []
        lease = at_least(house.clock, LEASE)
        async with house.of_alerts.acquire() as conn:
            left = await self.rations.now(conn, now)
            full = self.full()
            taken = await rows.claim(
                conn,
                now=now,
                lease_until=now + lease,
                worker=self.number,
                at_most=free,
                but_for=full,
                left=left,
            )
        self.rations.took(batch.via for batch in taken)
        several = sum(len(batch.alerts) for batch in taken)
        self.left_some = bool(full or left.by_channel) or several >= free
        return taken

    def full(self) -> list[str]:
        return [via for via, many in self._in_hand.items() if many >= PER_CHANNEL]

    async def carry(self, batch: Batch) -> rows.Outcome:
        """Send it once. Whatever goes wrong is an outcome."""
        self._in_hand[batch.via] += 1
        try:
            return await self._carry(batch)
        finally:
            self._in_hand[batch.via] -= 1

    async def keep(self, outcomes: list[rows.Outcome]) -> None:
        """Store what came of messages, and go on in another way where one failed."""
        async with self._house.of_alerts.acquire() as conn:
            await rows.record(conn, self.number, outcomes)
        await self._heard_before([one.batch for one in outcomes if one.state == HANDED_OVER])
        for one in outcomes:
            if one.state == FAILED or (one.state == PLANNED and one.batch.attempt >= 2):
                await go_on(self._house, one.batch, one.why, for_good=one.state == FAILED)

    async def _heard_before(self, batches: list[Batch]) -> None:
        """Receipts may come before it is recorded that the message was handed over."""
        channels = self._house.channels
        keys = {key_of(one.id): one for one in batches if one.via in channels and channels[one.via].can.tells}
        if not keys:
            return
        async with self._house.of_alerts.acquire() as conn, conn.transaction():
            told = await conn.fetch(rows.SQL["told_before"], list(keys))
            for row in told:
                await rows.told(conn, keys[row["key"]].id, row["state"], row["told_at"], row["words"])
        for row in told:
            if row["state"] == FAILED:
                await after_receipt(self._house, keys[row["key"]].id, row["words"])

    async def overdue(self) -> None:
        """What was handed over and not delivered in time goes the next way, at once."""
        telling = [via for via, one in self._house.channels.items() if one.can.tells_delivery]
        if not telling:
            return
        now, in_time = self._house.clock.now(), ago(self._house.clock, IN_TIME)
        async with self._house.of_alerts.acquire() as conn:
            why = f"the provider has not told within {IN_TIME.seconds} s that it was delivered"
            late = await conn.fetch(rows.SQL["overdue"], in_time, now - LOOKED_BACK, telling)
            ids = [row["batch"] for row in late]
            if ids:
                await conn.execute(rows.SQL["mark_overdue"], ids, why)
                for id in ids:
                    await conn.execute(rows.SQL["hurry"], id, now)
            pages = await conn.fetch(contact_rows.SQL["overdue"], in_time, now - LOOKED_BACK, telling, why)
            for row in pages:
                await work_rows.hurry_all(conn, row["key"], now)
        if ids or pages:
            self._house.wake()

    async def _carry(self, batch: Batch) -> rows.Outcome:
        now = self._house.clock.now()
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                made = await ready(self._house, batch, now, self.rations.words(batch.person))
                if isinstance(made, NotSent):
                    return rows.Outcome(batch, MOOT if made.is_moot else FAILED, now, why=made.why)
                outcome = await _sent(made, batch.attempt)
                await self._note(batch, made, outcome)
        except TimeoutError:
            outcome = Later(f"no answer within {LIMIT_SECONDS:.0f} s")
        except Exception as why:  # A fault in one channel must not stop the others.
            metrics.FAILED.labels("alert").inc()
            log.exception("a page failed", batch=batch.id, via=batch.via)
            outcome = Later(f"{type(why).__name__} in Tocsin itself; see the log")
        return self._outcome(batch, outcome)

    async def _note(self, batch: Batch, made: Ready, outcome: Outcome) -> None:
        has_ticket = batch.purpose == PAGED and made.messages[0].ticket
        if made.contact is None or (not has_ticket and isinstance(outcome, Delivered)):
            return
        await sent.note(self._house, key_of(batch.id), made.contact, outcome, made.channel.can)

    def _outcome(self, batch: Batch, outcome: Outcome) -> rows.Outcome:
        now = self._house.clock.now()
        metrics.PAGES.labels(batch.via, type(outcome).__name__.lower()).inc()
        match outcome:
            case Delivered(evidence=evidence):
                if batch.via == SINK:
                    metrics.SYNTHETIC.observe((now - batch.alerts[0].about.opened_at).total_seconds())
                return rows.Outcome(batch, HANDED_OVER, now, message=evidence.get("message", ""))
            case Refused(why=why):
                return rows.Outcome(batch, FAILED, now, why=why)
            case Later(why=why, wait=wait):
                oldest = min(one.about.since for one in batch.alerts)
                if now - oldest > GIVEN_UP_AFTER:
                    return rows.Outcome(batch, FAILED, now, why=f"given up after an hour: {why}")
                again = now + (wait or backing_off(batch.attempt))
                return rows.Outcome(batch, PLANNED, now, why=why, due_at=again)


async def _sent(made: Ready, attempt: int) -> Outcome:
    """What came of the first message, where all go out; else of the first one that does not. All are sent again then."""
    outcomes: list[Outcome] = []
    for message in made.messages:
        outcomes.append(await made.channel.send(message, attempt))
        if not isinstance(outcomes[-1], Delivered):
            return outcomes[-1]
    return outcomes[0]
