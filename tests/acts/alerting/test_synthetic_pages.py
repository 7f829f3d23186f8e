"""Each minute a page goes through the whole engine to a sink; when none arrives, the switch outside hears nothing any more."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

import asyncpg
import pytest

from alert_steps import Device, Town, with_town
from tocsin.acts import people
from tocsin.acts.alerting.looks import alerts
from tocsin.acts.alerting.synthetic import Swept, is_alive, send_one
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.core.work import Refused
from tocsin.engine.loop import Engine
from tocsin.engine.sink import Sink
from tocsin.integrations.deadman import DeadManLink


@pytest.fixture
def town(house: House, engine: Engine, clock: HandClock) -> Town:
    town = with_town(house, engine, clock)
    house.given = {**house.given, "sink": Sink()}
    return town


async def test_it_comes_to_its_sink_and_leaves_nothing(town: Town, pool: asyncpg.Pool) -> None:
    assert not await is_alive(town.house)
    assert await send_one(town.house) == Swept()
    await town.engine.run_due()
    assert await is_alive(town.house)
    assert town.heard() == []
    assert await alerts(town.house) == []

    await town.later(minutes=1)
    assert await send_one(town.house) == Swept(arrived=1)
    await town.engine.run_due()
    assert await pool.fetchval("SELECT count(*) FROM alerts") == 1
    await town.later(minutes=4)
    assert not await is_alive(town.house)


async def test_one_that_does_not_arrive_is_counted_and_pages_nobody(town: Town) -> None:
    sink = Device("sink")
    sink.answers = [Refused("broken")]
    town.house.given = {**town.house.given, "sink": sink}
    await people.save_person(town.house, "dora", email="dora@acme.example", rights=["admin"])
    await send_one(town.house)
    await town.engine.run_due()
    assert not await is_alive(town.house)
    await town.later(minutes=1)
    assert town.heard() == []
    assert (await send_one(town.house)).lost == 1


async def test_nobody_is_ever_paged_for_one_that_is_not_swept_away(town: Town) -> None:
    await people.save_person(town.house, "dora", email="dora@acme.example", rights=["admin"])
    await send_one(town.house)
    for _ in range(20):
        await town.later(days=1)
    assert town.heard() == []


async def test_the_switch_outside_is_pinged_while_they_arrive_and_not_when_they_do_not(
    town: Town, clock: HandClock
) -> None:
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            asked.append((await reader.readuntil(b"\r\n\r\n")).partition(b"\r\n")[0])
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    link = DeadManLink(f"http://127.0.0.1:{port}/ping/s3cret?from=tocsin")
    try:
        assert not await link.ping(town.house)
        await send_one(town.house)
        await town.engine.run_due()
        assert await link.ping(town.house)
        clock.advance(timedelta(minutes=4))
        assert not await link.ping(town.house)
        assert asked == [b"GET /ping/s3cret?from=tocsin HTTP/1.1"]
    finally:
        await link.aclose()
        server.close()
