"""A node's pager at work: many messages at once, each sent once and written down, whoever dies on the way."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from alert_steps import KEY, Device
from doubles import Mailbox
from tocsin.acts import people
from tocsin.acts.alerting.opening import open_alert
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.core.alerting.alert import opening_of
from tocsin.core.channel import Can, Message
from tocsin.core.work import Delivered, Outcome
from tocsin.engine.loop import Engine
from tocsin.engine.pager import LEASE, Pager
from tocsin.engine.reaches import Reaches
from tocsin.store import deliveries as rows
from tocsin.store.claiming import Left

MANY = 60


@dataclass
class Slow(Device):
    """Gives others their turn while it sends."""

    times: Counter[str] = field(default_factory=Counter)

    async def send(self, message: Message, attempt: int) -> Outcome:
        for _ in range(len(message.person) % 5 + 1):
            await asyncio.sleep(0)
        self.times[message.key] += 1
        self.sent.append(message)
        return Delivered({"message": message.key})


@pytest.fixture
async def slow(house: House) -> Slow:
    device = Slow("email", Can())
    house.given = {"email": device}
    house.abilities = frozenset({"page:email"})
    for n in range(MANY):
        await people.save_person(house, f"p{n}", name=f"P {n}", email=f"p{n}@acme.example")
    return device


async def _alerts(house: House) -> None:
    for n in range(MANY):
        await open_alert(house, KEY, opening_of(f"Disk {n}"), to=[f"person:p{n}"])


async def _until(pool: asyncpg.Pool, state: str, many: int) -> int:
    found = 0
    for _ in range(500):
        found = await pool.fetchval("SELECT count(*) FROM deliveries WHERE state = $1", state)
        if found == many:
            break
        await asyncio.sleep(0.01)
    return found


@pytest.mark.parametrize("nodes", [1, 3])
async def test_each_message_is_sent_once_and_written_down(
    house: House, pool: asyncpg.Pool, slow: Slow, nodes: int
) -> None:
    await _alerts(house)
    engines = [Engine(house, Reaches([Mailbox().under("slack")])) for _ in range(nodes)]
    running = [asyncio.create_task(one.run()) for one in engines]
    assert await _until(pool, "handed over", MANY) == MANY
    for one in engines:
        one.stop()
    await asyncio.wait(running, timeout=10)
    assert set(slow.times.values()) == {1}
    assert len(slow.times) == MANY


async def test_what_a_dead_node_had_in_hand_is_sent_by_another_under_the_same_key(
    house: House, pool: asyncpg.Pool, slow: Slow, clock: HandClock
) -> None:
    await _alerts(house)
    dead = Pager(house, 4711)
    taken = await dead.take(10)
    sent = [await dead.carry(one) for one in taken]
    engine = Engine(house, Reaches([Mailbox().under("slack")]))
    await engine.run_due()
    assert await _until(pool, "handed over", MANY - 10) == MANY - 10

    async with pool.acquire() as conn:
        await rows.free_dead(conn, clock.now())
    await engine.run_due()
    assert await _until(pool, "handed over", MANY) == MANY
    assert Counter(slow.times.values()) == {1: MANY - 10, 2: 10}
    # The dead one comes back and would write down what it sent: it holds nothing any more.
    await dead.keep(sent)
    assert await pool.fetchval("SELECT count(*) FROM deliveries WHERE worker = 4711") == 0


async def test_a_claim_is_not_waited_for_and_all_else_is(
    house: House, pool: asyncpg.Pool, slow: Slow
) -> None:
    """A connection that stayed so would lose alerts that somebody was told are taken."""
    await open_alert(house, KEY, opening_of("Disk"), to=["person:p1"])
    async with pool.acquire() as conn, conn.transaction():
        assert len(await _claimed(conn, house)) == 1
        assert await conn.fetchval("SHOW synchronous_commit") == "off", "the commit of the claim"
    await open_alert(house, KEY, opening_of("CPU"), to=["person:p2"])
    async with pool.acquire() as conn:
        assert len(await _claimed(conn, house)) == 1
        assert await conn.fetchval("SHOW synchronous_commit") == "on", "what is stored next"


async def _claimed(conn: asyncpg.Connection, house: House) -> list[rows.Batch]:
    now = house.clock.now()
    left = Left({}, (), {}, now, (), now)
    return await rows.claim(
        conn, now=now, lease_until=now + LEASE, worker=1, at_most=9, but_for=(), left=left
    )


async def test_a_lease_that_ran_out_is_enough(
    house: House, pool: asyncpg.Pool, slow: Slow, clock: HandClock
) -> None:
    await open_alert(house, KEY, opening_of("Disk"), to=["person:p1"])
    await Pager(house, 4711).take()
    engine = Engine(house, Reaches([Mailbox().under("slack")]))
    await engine.run_due()
    assert slow.sent == []
    clock.advance(LEASE + timedelta(seconds=1))
    await engine.run_due()
    assert [one.person for one in slow.sent] == ["p1"]


async def test_a_channel_that_hangs_holds_up_no_other(house: House, pool: asyncpg.Pool, slow: Slow) -> None:
    @dataclass
    class Hangs(Device):
        async def send(self, message: Message, attempt: int) -> Any:
            await asyncio.sleep(3600)

    house.given = {**house.given, "slack": Hangs("slack")}
    house.abilities = house.abilities | {"page:slack"}
    for n in range(MANY):
        await people.save_person(house, f"p{n}", name=f"P {n}", email=f"p{n}@acme.example", slack_id=f"U{n}")
    await _alerts(house)
    engine = Engine(house, Reaches([Mailbox().under("slack")]))
    running = asyncio.create_task(engine.run())
    assert await _until(pool, "handed over", MANY) == MANY
    running.cancel()
    await asyncio.wait([running])
