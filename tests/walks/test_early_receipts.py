"""Receipts that come before Tocsin has stored what they are about: none is lost, and none is taken back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

import asyncpg
import pytest

from alert_steps import KEY, Device
from doubles import Mailbox, Phones
from tocsin.acts.alerting.looks import Sent, alert_of
from tocsin.acts.alerting.opening import open_alert
from tocsin.acts.contacts import choosing
from tocsin.acts.forgetting import MESSAGES_KEPT
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.core.alerting.alert import opening_of
from tocsin.core.channel import PAGED, Message
from tocsin.core.work import Outcome
from tocsin.store import contacts as rows
from walks.device_steps import BOB, Devices, with_devices


@dataclass
class Hasty(Phones):
    """A provider that tells what became of a message before it answers the request that sent it."""

    house: House | None = None
    tells: tuple[str, ...] = ()
    told: list[str] = field(default_factory=list)

    async def send(self, message: Message, attempt: int) -> Outcome:
        outcome = await super().send(message, attempt)
        if self.house and message.purpose == PAGED:
            name = outcome.evidence["message"]  # type: ignore[union-attr]
            self.told.append(name)
            for state in self.tells:
                await self.house.receipts.told(self.via, name, state, f"the provider says {state}")
        return outcome


@pytest.fixture
async def devices(house: House, clock: HandClock, mailbox: Mailbox) -> Devices:
    devices = with_devices(house, clock, mailbox)
    await devices.verified(name="phone")
    await choosing.choose_rules(house, BOB, "bob", {"high": ["phone"], "low": ["phone"]})
    devices.sms = Hasty(house=house, numbers=count(100))
    house.channels, house.given = {"sms": devices.sms}, {"slack": Device("slack")}
    return devices


async def paged(devices: Devices, *tells: str) -> list[Sent]:
    """What the rows say of the messages of an alert whose receipts came too early."""
    devices.sms.tells = tells  # type: ignore[attr-defined]
    opened = await open_alert(devices.house, KEY, opening_of("The disk is full", priority="P1"))
    await devices.engine.run_due()
    return [one for one in (await alert_of(devices.house, opened.ref)).deliveries if one.via == "sms"]


async def test_a_receipt_before_the_answer_counts(devices: Devices, pool: asyncpg.Pool) -> None:
    [one] = await paged(devices, "delivered")
    assert (one.state, one.delivered_at) == ("delivered", devices.clock.now())
    assert await pool.fetchval("SELECT state FROM contact_messages WHERE purpose = 'page'") == "delivered"
    assert await pool.fetchval("SELECT count(*) FROM early_receipts") == 0


async def test_the_furthest_of_several_counts(devices: Devices) -> None:
    [one] = await paged(devices, "seen", "delivered")
    assert one.state == "seen"


async def test_it_is_not_taken_for_undelivered_a_minute_later(devices: Devices) -> None:
    await paged(devices, "delivered")
    devices.sms.take()
    devices.clock.advance(timedelta(minutes=2))
    await devices.engine.run_due()
    assert devices.sms.take() == []


async def test_a_failure_before_the_answer_goes_another_way_at_once(devices: Devices) -> None:
    await choosing.choose_rules(devices.house, BOB, "bob", {"high": ["phone", "slack after 5m"]})
    opened = await paged(devices, "failed")
    assert [(one.state, one.why) for one in opened] == [("failed", "the provider says failed")]
    alert = (await alert_of(devices.house, "A-1")).deliveries
    [slack] = [one for one in alert if one.via == "slack" and one.person == "bob"]
    assert (slack.state, slack.handed_at) == ("handed over", devices.clock.now())


async def test_what_handing_over_again_says_takes_no_receipt_back(
    devices: Devices, pool: asyncpg.Pool
) -> None:
    await paged(devices, "delivered")
    async with pool.acquire() as conn:
        key, message = await conn.fetchrow("SELECT key, message FROM contact_messages WHERE purpose = 'page'")
        now = devices.clock.now()
        await conn.execute(rows.SQL["handed_over"], key, message, "handed over", "", now)
        await conn.execute(rows.SQL["handed_over"], key, "", "failed", "no such number", now)
        kept = await conn.fetchrow("SELECT state, message FROM contact_messages WHERE key = $1", key)
    assert tuple(kept) == ("delivered", message)


async def test_one_for_a_message_that_is_nobodys_is_forgotten_in_time(
    devices: Devices, pool: asyncpg.Pool
) -> None:
    now = devices.clock.now()
    for _ in range(2):
        await devices.house.receipts.told("sms", "sms-404", "delivered")
    assert await pool.fetchval("SELECT count(*) FROM early_receipts") == 1
    async with pool.acquire() as conn:
        await rows.forget(conn, now, now + timedelta(seconds=1))
    assert await pool.fetchval("SELECT count(*) FROM early_receipts") == 0
    assert timedelta(days=1) <= MESSAGES_KEPT
