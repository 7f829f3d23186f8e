"""A message that did not go out, or was not delivered in time: the next method at once, then another one, then the next step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from tocsin.acts.alerting.changing import change
from tocsin.acts.alerting.outside_pages import ours_instead
from tocsin.acts.escalation_look import HouseLook
from tocsin.acts.house import House
from tocsin.acts.process import ENGINE
from tocsin.acts.roster import directory
from tocsin.core.alerting.alert import Alert, ref_of
from tocsin.core.alerting.outside import is_outside
from tocsin.core.alerting.sending import ENDS_PAGES, Delivery
from tocsin.core.channel import PAGED
from tocsin.core.contacts import usable
from tocsin.core.escalation import events as e
from tocsin.core.escalation.due import reached
from tocsin.core.escalation.policy import ADMINS, SINK, Target
from tocsin.store import alerts as alert_rows
from tocsin.store import deliveries as rows
from tocsin.store.deliveries import Batch

WAITED_FOR: Final = 3
"""After so many tries in vain ours page beside a pager that can't be reached."""


async def after_receipt(house: House, batch: int, why: str) -> None:
    """The provider took a message, and told later that it did not reach the device."""
    await _go_on(house, batch, why or "the provider could not deliver it", for_good=True)


async def go_on(house: House, batch: Batch, why: str, *, for_good: bool) -> None:
    """Bring the pages of this message to their people in another way. `for_good`: this message never goes out."""
    if (
        batch.purpose == PAGED and batch.via != SINK
    ):  # A synthetic page that is lost is counted, and wakes nobody.
        late = is_outside(batch.contact) and batch.attempt >= WAITED_FOR
        await _go_on(house, batch.id, why, for_good=for_good, late=late)


async def _go_on(house: House, batch: int, why: str, *, for_good: bool, late: bool = False) -> None:
    now = house.clock.now()
    silent: list[tuple[int, int]] = []
    async with house.pool.acquire() as conn, conn.transaction():
        await conn.execute(rows.SQL["hurry"], batch, now)
        if for_good or late:
            known = await directory(house, conn)
            answered = await conn.fetch(rows.SQL["not_needed"], batch, list(ENDS_PAGES))
            gone = {row["alert_id"] for row in answered}
            for left in await conn.fetch(rows.SQL["left_for"], batch):
                if left["alert_id"] in gone:
                    continue
                person = known.people.get(left["person"])
                if not left["person"] and is_outside(left["tried"][0]):
                    if not await ours_instead(house, conn, left["alert_id"], left["event"]):
                        silent.append((left["alert_id"], left["event"]))
                    continue
                if left["hopeful"]:
                    continue
                ready = usable(person.contacts, house.abilities, now) if person else []
                other = next((one for one in ready if one.id not in left["tried"]), None)
                if other is None:
                    silent.append((left["alert_id"], left["event"]))
                    continue
                key = f"{left['event']}/{left['person']}/{other.id}/instead"
                one = Delivery(
                    left["event"], PAGED, left["person"], other.via, other.id, key, now, left["urgency"]
                )
                await alert_rows.plan(conn, [(left["alert_id"], one)], now)
    for number, event in silent:
        await _pass_over(house, number, event, why)
    house.wake()


async def _pass_over(house: House, number: int, event: int, why: str) -> None:
    """A step of which every message failed reached nobody: the next one follows at once; after the last resort, those who run Tocsin."""
    async with house.pool.acquire() as conn:
        if not await conn.fetchval(rows.SQL["page_fails"], number, event):
            return

    def decide(alert: Alert, look: HouseLook, now: datetime) -> Sequence[e.Event]:
        one, step = alert.escalation, alert.happened[event - 1].event
        if one.closed_at or one.acknowledged_at or one.snoozed_until:
            return []
        if isinstance(step, e.RanOut):
            return _beyond_the_last_resort(alert, step, event, look, now)
        if not isinstance(step, e.Stepped):
            return []
        if one.stage != step.stage or any(isinstance(x.event, e.RanOut) for x in alert.happened[event:]):
            return []  # It has gone on already.
        return [e.PassedOver(step.stage, f"no message went out: {why}")]

    await change(house, ref_of(number), ENGINE, decide)


def _beyond_the_last_resort(
    alert: Alert, step: e.RanOut, event: int, look: HouseLook, now: datetime
) -> list[e.Event]:
    """Once for each time that it is reached."""
    if any(isinstance(x.event, e.RanOut | e.RespondersAdded) for x in alert.happened[event:]):
        return []
    people, _, left_out = reached((Target(ADMINS),), look, now, frozenset(step.people))
    return [e.RespondersAdded("", (ADMINS,), people, (), left_out)] if people else []
