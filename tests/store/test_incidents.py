"""Incidents as rows: found by their refs, claimed when their time has come, and their facts stored as they are."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import pytest

from tocsin.acts import incidents
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.core import facts as f
from tocsin.core.case import Actor
from tocsin.store import incidents as rows

ALICE = Actor("alice", "api")


async def declare(house: House, text: str = "it is broken") -> str:
    return (
        await incidents.declare(house, ALICE, incidents.NewReport("api", text, "Alice", outside=False))
    ).ref


@pytest.mark.parametrize(
    ("ref", "number"),
    [("INC-7", 7), ("R12", 12), ("INC-", 0), ("", 0), ("INC-7x", 0), ("INC-٧", 0), ("INC-" + "9" * 40, 0)],
)
def test_a_ref_has_a_number(ref: str, number: int) -> None:
    assert rows.number_of(ref) == number


@pytest.mark.parametrize("ref", ["INC-9", "", "INC-1\x00", "\x00", "INC-1 ", "ÎNC-1", "\ud800"])
async def test_what_is_no_ref_of_an_incident_finds_none(house: House, pool: asyncpg.Pool, ref: str) -> None:
    await declare(house)

    async with pool.acquire() as conn:
        assert await rows.find(conn, ref) is None
        assert await rows.lock(conn, ref) is None


async def test_facts_come_back_as_they_were_stored(
    house: House, pool: asyncpg.Pool, clock: HandClock
) -> None:
    text = "Größe 日本 🔥 \"quoted\" \\ line\nline \u2028 {brace} 'tick' %s $1"
    ref = await declare(house, text)
    await incidents.own(house, ALICE, ref)
    await incidents.state_next_steps(house, ALICE, ref, text, timedelta(minutes=7))

    async with pool.acquire() as conn:
        head = await rows.find(conn, ref)
        assert head is not None
        facts = await rows.load(conn, head)
        broken = await rows.broken_link(conn, head)

    assert facts[1].what.text == text  # type: ignore[attr-defined]
    stated = next(fact.what for fact in facts if isinstance(fact.what, f.NextStepsStated))
    assert stated == f.NextStepsStated(text, clock.now() + timedelta(minutes=7))
    assert broken is None


async def test_of_those_whose_time_has_come_two_nodes_take_different_ones(
    house: House, pool: asyncpg.Pool, clock: HandClock
) -> None:
    refs = {await declare(house), await declare(house)}
    later = clock.advance(timedelta(hours=1))

    async with pool.acquire() as one, pool.acquire() as two, one.transaction(), two.transaction():
        taken = [await rows.claim_to_wake(conn, later) for conn in (one, two)]
        left = await rows.claim_to_wake(two, later)

    assert {head.ref for head in taken if head} == refs
    assert left is not None, "one's own may be taken again within a transaction"
    assert left.ref == taken[1].ref if taken[1] else False


async def test_none_is_taken_before_its_time(house: House, pool: asyncpg.Pool, clock: HandClock) -> None:
    await declare(house)

    async with pool.acquire() as conn:
        assert await rows.claim_to_wake(conn, clock.now()) is None
        assert await conn.fetchval(rows.SQL["next_wake"]) > clock.now()


async def test_facts_can_not_be_put_where_others_stand(
    house: House, pool: asyncpg.Pool, clock: HandClock
) -> None:
    ref = await declare(house)
    async with pool.acquire() as conn:
        head = await rows.find(conn, ref)
        assert head is not None
        fact = f.Fact(1, clock.now(), "eve", "api", f.NoteAdded("nothing happened"))

        with pytest.raises(asyncpg.UniqueViolationError):
            await rows.append(conn, rows.seal(head, [fact]))
