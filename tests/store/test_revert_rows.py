"""How many reverts of its own Tocsin counts: over all incidents, within the day, one node at a time."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from tocsin.acts import incidents
from tocsin.acts.house import House
from tocsin.acts.incidents import NewReport
from tocsin.acts.process import ENGINE, change
from tocsin.core.facts import RevertJudged
from tocsin.store.reverts import counted

SITE = "acme/site"
A_DAY = timedelta(hours=24)


async def incident(house: House, key: str) -> str:
    report = NewReport("form", "main is broken", "Joe", outside=True, key=key)
    return (await incidents.declare(house, ENGINE, report)).ref


async def say(house: House, ref: str, said: str, repository: str = SITE, *, merges: bool = False) -> None:
    await change(
        house, ref, ENGINE, lambda case: [RevertJudged(repository, "b" * 40, said, (), "P1", merges)]
    )


async def count(house: House) -> tuple[int, int]:
    async with house.pool.acquire() as conn, conn.transaction():
        return await counted(conn, SITE, house.clock.now() - A_DAY)


async def test_what_was_begun_counts_over_all_incidents_and_nothing_else_does(house: House) -> None:
    first, second = await incident(house, "1"), await incident(house, "2")
    await say(house, first, "yes", merges=True)
    await say(house, second, "yes")
    await say(house, second, "no", merges=True)
    await say(house, second, "asks", merges=True)
    await say(house, second, "yes", "acme/api", merges=True)

    assert await count(house) == (2, 1)


async def test_a_day_later_it_does_not_count_any_more(house: House) -> None:
    await say(house, await incident(house, "1"), "yes")
    house.clock.advance(A_DAY)  # type: ignore[attr-defined]

    assert await count(house) == (0, 0)


async def test_while_one_node_decides_another_one_waits_and_then_counts_what_came_of_it(
    house: House, pool: asyncpg.Pool
) -> None:
    ref, since = await incident(house, "1"), house.clock.now() - A_DAY
    async with pool.acquire() as other:
        deciding = other.transaction()
        await deciding.start()
        await counted(other, SITE, since)

        waiting = asyncio.create_task(count(house))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(waiting), 0.2)
        await say(house, ref, "yes")
        await deciding.commit()

    assert await waiting == (1, 0)
