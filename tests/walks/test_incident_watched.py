"""Walks: no open incident is forgotten, and no step of its escalation falls due for the time in which nothing could be sent."""

from __future__ import annotations

from datetime import timedelta

from walk_steps import BOB, Walk

from tocsin.acts import incidents
from tocsin.acts.alerting.watching import alive, audit
from tocsin.core.facts import EscalationHeld, Paged


async def paged(walk: Walk) -> list[tuple[str, ...]]:
    return [x.what.people for x in (await walk.incident()).facts if isinstance(x.what, Paged)]


async def seen_at_work(walk: Walk) -> None:
    async with walk.house.pool.acquire() as conn:
        await alive(walk.house, conn)


async def test_one_that_nobody_would_hear_of_again_is_put_right_and_said_so(walk: Walk) -> None:
    await walk.begin()
    await walk.house.pool.execute("UPDATE incidents SET wake_at = NULL")
    found = await audit(walk.house)
    await walk.wait(10)

    assert found.silent == ("INC-1",)
    assert await paged(walk) == [("bob",), ("alice", "bob")]
    assert (await audit(walk.house)).silent == ()


async def test_one_that_somebody_has_is_no_silence(walk: Walk) -> None:
    await walk.begin()
    await incidents.acknowledge(walk.house, BOB, walk.ref)
    await walk.house.pool.execute("UPDATE incidents SET wake_at = NULL")

    assert (await audit(walk.house)).silent == ()


async def test_one_that_is_long_overdue_is_looked_at(walk: Walk) -> None:
    await walk.begin()
    walk.clock.advance(timedelta(minutes=30))

    assert (await audit(walk.house)).silent == ("INC-1",)


async def test_the_steps_keep_their_distance_over_an_outage_of_ours(walk: Walk) -> None:
    await walk.begin()
    await seen_at_work(walk)
    walk.clock.advance(timedelta(hours=1))
    await seen_at_work(walk)
    await walk.wait(0)

    held = [x.what for x in (await walk.incident()).facts if isinstance(x.what, EscalationHeld)]
    assert [one.span for one in held] == [timedelta(hours=1)]
    assert await paged(walk) == [("bob",)]
    await walk.wait(10)
    assert await paged(walk) == [("bob",), ("alice", "bob")]
