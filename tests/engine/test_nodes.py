"""Any node may do any work, and any node may die: nothing is lost, and nothing is done twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import asyncpg
import pytest

from doubles import Mailbox
from tocsin.acts import cursors, incidents, looks, works
from tocsin.acts.house import House
from tocsin.acts.rebuild import verify
from tocsin.clock import HandClock
from tocsin.core.facts import TOCSIN
from tocsin.core.work import URGENCY, Delivered, Desk, Outcome, Work
from tocsin.engine.deliveries import claim
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches
from tocsin.store import works as rows
from walks.walk_steps import ALICE, BOB, JANE, engine_of, letter, tweet


@dataclass
class Recorder:
    """A reach that does everything, and keeps which work was tried how often."""

    box: Mailbox
    name: str = "x"
    does: frozenset[str] = frozenset(URGENCY)
    tried: list[tuple[str, int]] = field(default_factory=list)

    async def carry_out(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        self.tried.append((work.key, attempt))
        await asyncio.sleep(0)
        return await self.box.carry_out(work, desk, attempt)

    def all(self) -> Reaches:
        return Reaches([self, *(self.box.under(name) for name in ("slack", "email", "github"))])


async def kinds(house: House, ref: str) -> list[str]:
    return [fact.kind for fact in (await looks.case(house, ref, TOCSIN)).incident.facts]


# --- a node that dies -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["its number is free", "its lease runs out"])
async def test_what_a_dead_node_had_in_hand_is_done_again_by_another_and_recorded_once(
    house: House, clock: HandClock, mailbox: Mailbox, how: str
) -> None:
    ref = (await incidents.declare(house, JANE, tweet())).ref
    stale = await claim(house, 4711, 8)
    recorder = Recorder(mailbox)
    other = Engine(house, recorder.all())
    await other.run_due()
    assert recorder.tried == [], "a living node's works are left to it"

    free = {"its number is free": _free_dead, "its lease runs out": _let_the_lease_run_out}[how]
    await free(house, clock)
    await other.run_due()

    answers = [attempt for key, attempt in recorder.tried if "acknowledge-reporter" in key]
    assert answers == [2], "so that the reach looks for what the first may have done"
    evidence = {"url": "u", "text": "t", "channel": "C", "message": "M"}
    for_stale = [await works.record(house, one, Delivered(evidence)) for one in stale]
    assert len(for_stale) == len(stale)
    assert (await kinds(house, ref)).count("reporter_answered") == 1
    assert (await kinds(house, ref)).count("thread_opened") == 1


async def test_a_node_that_lost_its_lease_can_not_put_off_or_end_what_another_holds(
    house: House, clock: HandClock, pool: asyncpg.Pool
) -> None:
    await incidents.declare(house, JANE, tweet())
    stale = (await claim(house, 1, 8))[0]
    clock.advance(timedelta(seconds=61))
    taken = next(one for one in await claim(house, 2, 8) if one.id == stale.id)

    async with pool.acquire() as conn:
        ended = await rows.finish(conn, stale, "done", clock.now())
        await rows.postpone(conn, stale, clock.now() + timedelta(days=9), "slow", clock.now())

    row = await pool.fetchrow("SELECT state, attempts, due_at FROM works WHERE id = $1", stale.id)
    assert (ended, row["state"], row["attempts"], taken.attempt) == (False, "running", 2, 2)
    assert row["due_at"] == clock.now() + timedelta(seconds=60)


async def test_a_dead_nodes_cursor_is_free_at_once_and_a_living_ones_is_left_to_it(
    house: House, clock: HandClock, pool: asyncpg.Pool
) -> None:
    """A node that was killed while it looked for mentions must not keep all others from looking until its lease runs out."""
    house.node = 7
    mine = await cursors.take(house, "x/mentions", timedelta(minutes=2))
    async with pool.acquire() as alive:
        await rows.hold_number(alive, 7)
        await _free_dead(house, clock)
        while_it_lives = await cursors.take(house, "x/mentions", timedelta(minutes=2))
        await rows.let_go_of_number(alive, 7)

    await _free_dead(house, clock)
    house.node = 8
    taken = await cursors.take(house, "x/mentions", timedelta(minutes=2))

    assert mine is not None
    assert while_it_lives is None
    assert taken is not None
    assert not await cursors.leave(house, mine, "stale"), "the dead one's turn is over"


# --- several nodes ----------------------------------------------------------------------------------------------------------


async def test_two_nodes_never_do_the_same_work_twice(
    house: House, mailbox: Mailbox, clock: HandClock, pool: asyncpg.Pool
) -> None:
    for_ten = [await incidents.declare(house, JANE, tweet(n=str(n))) for n in range(10)]
    recorder = Recorder(mailbox)
    one, two = Engine(house, recorder.all()), Engine(house, recorder.all())

    await asyncio.gather(one.run_due(), two.run_due())
    clock.advance(timedelta(minutes=10))
    await asyncio.gather(one.run_due(), two.run_due())

    assert len(recorder.tried) == len(set(recorder.tried))
    assert {attempt for _, attempt in recorder.tried} == {1}
    pages = await pool.fetch("SELECT incident_id, count(*) FROM facts WHERE kind = 'paged' GROUP BY 1")
    assert [row["count"] for row in pages] == [2] * len(for_ten), "nor do two page for the same step"
    assert await verify(house) == []


@dataclass
class Hanging(Recorder):
    """One service answers nothing until it is let go."""

    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def carry_out(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        await self.go_on.wait()
        return await super().carry_out(work, desk, attempt)


async def test_a_service_that_hangs_holds_up_no_other(house: House, mailbox: Mailbox) -> None:
    house.abilities = frozenset({"page:slack", "page:email"})
    for n in range(30):
        await incidents.declare(house, JANE, tweet(n=str(n)))
    hanging = Hanging(mailbox, name="slack")
    engine = Engine(house, Reaches([hanging, mailbox.under("email")]))
    running = asyncio.create_task(engine.run())

    async with asyncio.timeout(20):
        while len([one for one in mailbox.sent if one.via == "email"]) < 30:
            await asyncio.sleep(0.01)

    assert [one for one in mailbox.sent if one.via == "slack"] == []
    hanging.go_on.set()
    engine.stop()
    await running


async def test_the_same_event_twice_makes_one_report(house: House) -> None:
    first = await incidents.declare(house, JANE, tweet())

    again = await incidents.declare(house, JANE, tweet())

    assert (again.ref, again.report, again.token, again.is_new) == (
        first.ref,
        first.report,
        first.token,
        False,
    )
    assert len(await looks.incidents(house, TOCSIN)) == 1


async def test_the_same_event_at_the_same_moment_on_many_nodes_makes_one_report(house: House) -> None:
    declared = await asyncio.gather(*(incidents.declare(house, JANE, tweet()) for _ in range(8)))

    assert {one.ref for one in declared} == {declared[0].ref}
    assert sum(one.is_new for one in declared) == 1
    assert len(await looks.incidents(house, TOCSIN)) == 1


async def test_fifty_at_once_are_fifty_incidents(house: House, engine: Engine, mailbox: Mailbox) -> None:
    declared = await asyncio.gather(
        *(incidents.declare(house, JANE, letter(f"thing {n} is down")) for n in range(50))
    )

    assert len({one.ref for one in declared}) == 50
    assert len({one.token for one in declared}) == 50
    assert await verify(house) == []


async def test_many_who_act_on_one_incident_at_once_come_one_after_the_other(house: House) -> None:
    ref = (await incidents.declare(house, JANE, tweet())).ref

    notes = [incidents.add_note(house, BOB, ref, f"note {n}") for n in range(12)]
    await asyncio.gather(*notes, incidents.own(house, ALICE, ref))

    facts = (await looks.case(house, ref, TOCSIN)).incident.facts
    assert [fact.n for fact in facts] == list(range(1, len(facts) + 1))
    assert sum(fact.kind == "note_added" for fact in facts) == 12
    assert await verify(house) == []


async def test_two_who_join_crosswise_do_not_wait_for_each_other(house: House) -> None:
    one = (await incidents.declare(house, JANE, tweet())).ref
    two = (await incidents.declare(house, JANE, letter())).ref

    async with asyncio.timeout(10):
        outcomes = await asyncio.gather(
            incidents.join(house, ALICE, one, two),
            incidents.join(house, BOB, two, one),
            return_exceptions=True,
        )

    assert sum(isinstance(outcome, Exception) for outcome in outcomes) == 1
    assert len(await looks.open_incidents(house, TOCSIN)) == 1


# --- what is broken ---------------------------------------------------------------------------------------------------------


async def test_an_incident_that_can_not_be_worked_on_does_not_stop_the_others(
    house: House, engine: Engine, clock: HandClock, mailbox: Mailbox, pool: asyncpg.Pool
) -> None:
    poison = (await incidents.declare(house, JANE, tweet())).ref
    sound = (await incidents.declare(house, JANE, letter())).ref
    await pool.execute("UPDATE facts SET kind = 'sung' WHERE incident_id = 1 AND n = 2")

    await engine.run_due()
    clock.advance(timedelta(minutes=10))
    await engine.run_due()

    assert (await kinds(house, sound)).count("paged") == 2
    wake = await pool.fetchval("SELECT wake_at FROM incidents WHERE ref = $1", poison)
    assert wake == clock.now() + timedelta(minutes=1), "it is looked at again later"


async def test_an_incident_that_is_mended_goes_on(
    house: House, engine: Engine, clock: HandClock, pool: asyncpg.Pool
) -> None:
    ref = (await incidents.declare(house, JANE, tweet())).ref
    await pool.execute("UPDATE facts SET kind = 'sung' WHERE n = 2")
    clock.advance(timedelta(minutes=10))
    await engine.run_due()
    await pool.execute("UPDATE facts SET kind = 'report_received' WHERE n = 2")

    clock.advance(timedelta(minutes=1))
    await engine.run_due()

    assert (await kinds(house, ref)).count("paged") == 2


async def test_a_bug_in_a_reach_is_tried_again_and_stops_nothing_else(
    house: House, mailbox: Mailbox, clock: HandClock
) -> None:
    ref = (await incidents.declare(house, JANE, tweet())).ref
    engine = Engine(house, Reaches([Buggy(), *(mailbox.under(name) for name in ("slack", "email"))]))

    await engine.run_due()

    waiting = (await looks.case(house, ref, TOCSIN)).waiting
    assert [(one.does, one.why) for one in waiting if one.via == "x"] == [
        ("answer", "ZeroDivisionError in Tocsin itself; see the log")
    ]
    assert mailbox.people() == ["bob"]


async def test_a_link_that_is_gone_is_said_so(house: House, mailbox: Mailbox) -> None:
    ref = (await incidents.declare(house, JANE, tweet())).ref

    await Engine(house, Reaches([mailbox.under("slack"), mailbox.under("email")])).run_due()

    refused = [
        f.what for f in (await looks.case(house, ref, TOCSIN)).incident.facts if f.kind == "delivery_refused"
    ]
    assert "x can't do answer any more: it is not configured" in str(refused)


# --- connections that are lost ------------------------------------------------------------------------------------------------


async def test_a_connection_lost_in_mid_act_leaves_nothing_half_done(
    house: House, pool: asyncpg.Pool, dsn: str
) -> None:
    ref = (await incidents.declare(house, JANE, tweet())).ref
    before = await kinds(house, ref)

    async with stuck(dsn) as admin:
        act = asyncio.create_task(incidents.own(house, ALICE, ref))
        await kill_the_stuck(admin)
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await act

    assert await kinds(house, ref) == before
    assert (await incidents.own(house, ALICE, ref)).owner == "alice", "and once more it goes through"
    assert await verify(house) == []


async def test_a_report_whose_connection_was_lost_is_declared_once_when_it_is_sent_again(
    house: House, dsn: str
) -> None:
    async with stuck(dsn) as admin:
        act = asyncio.create_task(incidents.declare(house, JANE, tweet()))
        await kill_the_stuck(admin)
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await act
    assert await looks.incidents(house, TOCSIN) == []

    await incidents.declare(house, JANE, tweet())

    assert len(await looks.incidents(house, TOCSIN)) == 1


@pytest.mark.parametrize("how", ["pg_terminate_backend", "pg_cancel_backend"])
async def test_a_look_that_the_database_broke_off_delays_no_page(
    house: House, engine: Engine, clock: HandClock, mailbox: Mailbox, dsn: str, how: str
) -> None:
    ref = (await incidents.declare(house, JANE, tweet())).ref
    await engine.run_due()
    clock.advance(timedelta(minutes=10))

    async with stuck(dsn) as admin:
        round = asyncio.create_task(engine.run_due())
        await kill_the_stuck(admin, how)
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await asyncio.wait_for(round, 10)
    await engine.run_due()

    assert (await kinds(house, ref)).count("paged") == 2, "at once, not a minute later"


async def test_the_running_engine_survives_the_loss_of_all_its_connections(
    house: House, engine: Engine, mailbox: Mailbox, dsn: str
) -> None:
    house.wake = engine.wake
    running = asyncio.create_task(engine.run())
    admin = await asyncpg.connect(dsn)
    await incidents.declare(house, JANE, tweet(n="1"))
    await until(admin, "SELECT count(*) = 1 FROM facts WHERE kind = 'reporter_answered'")

    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database() AND usename = current_user"
    )
    await until(admin, "SELECT count(*) = 0 FROM pg_stat_activity WHERE state = 'idle in transaction'")
    await admin.execute("SELECT 1")
    await _declared(house)
    await until(admin, "SELECT count(*) = 2 FROM facts WHERE kind = 'reporter_answered'")

    engine.stop()
    await asyncio.wait_for(running, 10)
    assert running.exception() is None
    await admin.close()


async def test_an_engine_that_is_cancelled_ends_though_its_database_is_gone(
    house: House, engine: Engine, pool: asyncpg.Pool
) -> None:
    before = asyncio.all_tasks()
    running = asyncio.create_task(engine.run())
    await until(
        pool, f"SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND objid = {engine.number}"
    )

    pool.terminate()
    running.cancel()

    _, go_on = await asyncio.wait(asyncio.all_tasks() - before, timeout=5)
    assert not go_on


async def test_the_engine_finishes_what_is_in_hand_when_it_is_stopped(house: House, mailbox: Mailbox) -> None:
    engine = engine_of(house, mailbox)
    house.wake = engine.wake
    ref = (await incidents.declare(house, JANE, tweet())).ref
    running = asyncio.create_task(engine.run())
    async with house.pool.acquire() as conn:
        await until(conn, "SELECT count(*) > 0 FROM works WHERE state = 'done'")

    engine.stop()
    await asyncio.wait_for(running, 10)

    assert await house.pool.fetchval("SELECT count(*) FROM works WHERE state = 'running'") == 0
    assert ref == "INC-1"


# --- how it is done ---------------------------------------------------------------------------------------------------------


class Buggy:
    name = "x"
    does = frozenset(URGENCY)

    async def carry_out(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        raise ZeroDivisionError


async def _free_dead(house: House, clock: HandClock) -> None:
    async with house.pool.acquire() as conn:
        await rows.free_dead(conn, clock.now())


async def _let_the_lease_run_out(house: House, clock: HandClock) -> None:
    clock.advance(timedelta(seconds=60))


async def _declared(house: House) -> None:
    """Declare as a door would that calls again when the connection was lost."""
    for _ in range(20):
        try:
            await incidents.declare(house, JANE, tweet(n="2"))
            return
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            continue


@asynccontextmanager
async def stuck(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """While this holds, every act gets stuck in the midst: its facts are written, its works are not."""
    admin = await asyncpg.connect(dsn)
    lock = admin.transaction()
    await lock.start()
    await admin.execute("LOCK TABLE works IN EXCLUSIVE MODE")
    yield admin
    await lock.rollback()
    await admin.close()


async def kill_the_stuck(admin: asyncpg.Connection, how: str = "pg_terminate_backend") -> None:
    await until(
        admin,
        "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
    )
    await admin.execute(
        f"SELECT {how}(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )


async def until(conn: asyncpg.Connection, question: str) -> None:
    """Ask the database until it says yes."""
    async with asyncio.timeout(20):
        while not await conn.fetchval(question):
            await asyncio.sleep(0.005)
