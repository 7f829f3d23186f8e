"""Works as rows: who may take which, in which order, and how they end."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import pytest

from tocsin.acts import incidents
from tocsin.acts.house import House
from tocsin.acts.works import backing_off
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.core.work import Work
from tocsin.store import works as rows
from tocsin.store.works import Claimed

SECOND = timedelta(seconds=1)


@pytest.fixture
async def conn(house: House, pool: asyncpg.Pool) -> asyncpg.Connection:
    """A connection to a database with one incident and no works."""
    await incidents.declare(
        house, Actor("alice", "api"), incidents.NewReport("api", "x", "Alice", outside=False)
    )
    await pool.execute("DELETE FROM works")
    async with pool.acquire() as conn:
        yield conn


async def plan(conn: asyncpg.Connection, clock: HandClock, *works: Work) -> None:
    await rows.plan(conn, 1, works, clock.now())


async def take(conn: asyncpg.Connection, clock: HandClock, many: int = 9, worker: int = 1) -> list[Claimed]:
    now = clock.now()
    return await rows.claim(conn, now=now, lease_until=now + 60 * SECOND, worker=worker, at_most=many)


def keys(claimed: list[Claimed]) -> list[str]:
    return [one.work.key for one in claimed]


async def test_pages_come_before_all_else_and_the_card_last(
    conn: asyncpg.Connection, clock: HandClock
) -> None:
    await plan(
        conn, clock, Work("thread.card", "a", "card"), Work("tell", "b", "tell"), Work("page", "c", "page")
    )

    assert keys(await take(conn, clock, many=1)) == ["page"]
    assert keys(await take(conn, clock)) == ["tell", "card"]


async def test_works_of_one_lane_go_out_in_order_one_at_a_time(
    conn: asyncpg.Connection, clock: HandClock
) -> None:
    await plan(conn, clock, Work("thread.say", "thread", "1"), Work("thread.open", "thread", "2"))

    first = await take(conn, clock)
    while_it_runs = await take(conn, clock)
    await rows.postpone(conn, first[0], clock.now() + SECOND, "busy", clock.now())
    while_it_waits = await take(conn, clock)
    clock.advance(SECOND)
    again = await take(conn, clock)
    await rows.finish(conn, again[0], "done", clock.now())

    assert (keys(first), while_it_runs, while_it_waits, keys(again)) == (["1"], [], [], ["1"])
    assert keys(await take(conn, clock)) == ["2"]


async def test_a_key_is_planned_once_whatever_became_of_it(
    conn: asyncpg.Connection, clock: HandClock
) -> None:
    await plan(conn, clock, Work("answer", "a", "answer"))
    await rows.finish(conn, (await take(conn, clock))[0], "done", clock.now())

    await plan(conn, clock, Work("answer", "a", "answer"))

    assert await take(conn, clock) == []


async def test_one_card_waits_at_a_time_and_one_that_failed_gives_way_to_a_newer(
    conn: asyncpg.Connection, clock: HandClock
) -> None:
    await plan(conn, clock, Work("thread.card", "card", "card/1"), Work("thread.card", "card", "card/2"))
    first = await take(conn, clock)
    await plan(conn, clock, Work("thread.card", "card", "card/3"))

    await rows.postpone(conn, first[0], clock.now() + SECOND, "busy", clock.now())

    assert keys(first) == ["card/1"]
    assert keys(await take(conn, clock)) == ["card/3"]


async def test_what_is_not_yet_due_is_left(conn: asyncpg.Connection, clock: HandClock) -> None:
    await plan(conn, clock, Work("answer", "a", "k", not_before=clock.now() + SECOND))

    assert await take(conn, clock) == []
    assert await rows.next_due(conn) == clock.now() + SECOND


async def test_two_who_claim_at_once_take_different_works(
    conn: asyncpg.Connection, clock: HandClock, pool: asyncpg.Pool
) -> None:
    await plan(conn, clock, Work("answer", "a", "1"), Work("answer", "b", "2"))

    async with pool.acquire() as other, conn.transaction(), other.transaction():
        mine, theirs = await take(conn, clock, many=1), await take(other, clock)

    assert sorted(keys(mine) + keys(theirs)) == ["1", "2"]


async def test_the_works_of_a_dead_node_are_freed_and_those_of_a_living_one_are_not(
    conn: asyncpg.Connection, clock: HandClock, pool: asyncpg.Pool
) -> None:
    await plan(conn, clock, Work("answer", "a", "1"), Work("answer", "b", "2"))
    living = await take(conn, clock, many=1, worker=7)
    dead = await take(conn, clock, many=1, worker=8)

    async with pool.acquire() as node:
        await rows.hold_number(node, 7)
        await rows.free_dead(conn, clock.now())
        freed = await take(conn, clock)

    assert keys(freed) == keys(dead) != keys(living)
    assert freed[0].attempt == 2


async def test_what_waits_says_what_the_last_try_met(conn: asyncpg.Connection, clock: HandClock) -> None:
    await plan(conn, clock, Work("answer", "a", "1", via="x"))
    await rows.postpone(conn, (await take(conn, clock))[0], clock.now() + SECOND, "X is busy", clock.now())

    waiting = await rows.waiting(conn, 1)

    assert [(one.does, one.via, one.attempts, one.why) for one in waiting] == [
        ("answer", "x", 1, "X is busy")
    ]


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 2), (2, 4), (3, 8), (8, 256), (9, 300), (10**6, 300)])
def test_tries_back_off_to_at_most_five_minutes(attempt: int, seconds: float) -> None:
    assert backing_off(attempt).total_seconds() == seconds


async def test_no_more_are_claimed_than_were_asked_for_whatever_way_the_database_takes(
    conn: asyncpg.Connection, clock: HandClock
) -> None:
    """Where it took the table to hold one row, it worked out anew what is ready for each that was there, and all were taken."""
    await plan(conn, clock, Work("answer", "lane 0", "0"))
    await conn.execute("VACUUM (FULL, ANALYZE) works")
    await plan(conn, clock, *(Work("answer", f"lane {n}", f"{n}") for n in range(1, 6)))

    assert len(await take(conn, clock, many=1)) == 1
