"""Facts are the truth: the derived rows can be made anew from them at any time, and a changed history shows."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import pytest

from doubles import Mailbox
from tocsin.acts import incidents, looks
from tocsin.acts.house import House
from tocsin.acts.rebuild import Broken, rebuild, verify
from tocsin.clock import HandClock
from tocsin.core.facts import TOCSIN
from tocsin.core.work import Later
from tocsin.engine.loop import Engine
from walks.walk_steps import ALICE, BOB, JANE, LOG, Walk, letter, tweet


@pytest.fixture
async def world(house: House, engine: Engine, clock: HandClock, mailbox: Mailbox) -> Walk:
    """Incidents in every state: closed, dismissed, public, reopened, joined, split, just declared, and one not yet delivered."""
    closed = await Walk(house, engine, clock, mailbox).begin(tweet(n="1"))
    await closed.steered()
    await closed.resolved()
    await incidents.write_ops_log(house, ALICE, closed.ref, **LOG)
    alarm = await Walk(house, engine, clock, mailbox).begin(tweet(n="2"))
    await incidents.dismiss(house, BOB, alarm.ref, "none", "looked")
    reopened = await Walk(house, engine, clock, mailbox).begin(tweet(n="3"))
    await reopened.owned()
    await reopened.resolved()
    await incidents.reopen(house, BOB, reopened.ref, "not over")
    joined = await Walk(house, engine, clock, mailbox).begin(tweet(n="4"))
    await incidents.join(house, ALICE, joined.ref, reopened.ref)
    await incidents.split(house, ALICE, reopened.ref, "R4")
    public = await Walk(house, engine, clock, mailbox).begin(tweet(n="5"))
    await public.public()
    await incidents.change_severity(house, ALICE, public.ref, "low", "most are well")
    await public.wait(47)
    mailbox.answers["answer"] = [Later("X is slow", timedelta(minutes=5))]
    return await Walk(house, engine, clock, mailbox).begin(letter())


async def rows(pool: asyncpg.Pool) -> list[list[asyncpg.Record]]:
    return [
        await pool.fetch(f"SELECT * FROM {table} ORDER BY {key}")
        for table, key in (("incidents", "id"), ("duties", "incident_id, id"), ("facts", "incident_id, n"), ("works", "id"))
    ]  # fmt: skip


async def test_a_rebuild_changes_nothing(world: Walk, pool: asyncpg.Pool) -> None:
    before = await rows(pool)

    many = await rebuild(world.house)

    assert many == len(before[0]) >= 7
    assert await rows(pool) == before


async def test_a_rebuild_at_a_later_time_loses_nothing_that_is_due(world: Walk, pool: asyncpg.Pool) -> None:
    await world.steered()
    await world.wait(20)
    await incidents.post_update(world.house, ALICE, world.ref, "nothing but the public words is due by 10:05")
    world.clock.advance(timedelta(minutes=11))

    await rebuild(world.house)
    await world.engine.run_due()

    assert (await world.incident()).public.draft is not None


async def test_derived_rows_that_were_spoilt_are_mended(world: Walk, pool: asyncpg.Pool) -> None:
    before = await rows(pool)
    await pool.execute("UPDATE incidents SET status = 'closed', title = 'x', owner = 'eve', wake_at = NULL")
    await pool.execute("UPDATE duties SET state = 'met'")

    await rebuild(world.house)

    assert await rows(pool) == before


@pytest.mark.parametrize(
    ("tamper", "n"),
    [
        ("UPDATE facts SET by = 'eve' WHERE incident_id = 1 AND n = 3", 3),
        ("UPDATE facts SET at = at - interval '1 minute' WHERE incident_id = 1 AND n = 4", 4),
        ("UPDATE facts SET door = 'web' WHERE incident_id = 1 AND n = 1", 1),
        ("""UPDATE facts SET data = data || '{"title": "all is well"}' WHERE incident_id = 1 AND n = 1""", 1),
        ("DELETE FROM facts WHERE incident_id = 1 AND n = 2", 2),
        ("DELETE FROM facts WHERE incident_id = 1 AND n = (SELECT max(n) FROM facts WHERE incident_id = 1)", None),
        ("UPDATE incidents SET last_hash = 'x' WHERE id = 1", None),
    ],
)  # fmt: skip
async def test_a_history_that_was_changed_shows_at_the_first_fact_that_does_not_add_up(
    house: House,
    engine: Engine,
    clock: HandClock,
    mailbox: Mailbox,
    pool: asyncpg.Pool,
    tamper: str,
    n: int | None,
) -> None:
    walk = await Walk(house, engine, clock, mailbox).begin()
    await incidents.declare(house, JANE, letter())

    assert await verify(house) == [], "an untouched history holds"
    await pool.execute(tamper)

    many: int = await pool.fetchval("SELECT count(*) FROM facts WHERE incident_id = 1")
    assert await verify(house) == [Broken(walk.ref, many if n is None else n)]


async def test_the_incident_that_facts_make_is_the_one_that_lists_show(world: Walk) -> None:
    listed = {row.ref: row for row in await looks.incidents(world.house, TOCSIN)}

    folded = [(await looks.case(world.house, ref, TOCSIN)).incident for ref in listed]

    assert [(one.status, one.severity, one.owner, one.ended_at, one.closed_at) for one in folded] == [
        (row.status, row.severity, row.owner, row.ended_at, row.closed_at) for row in listed.values()
    ]
