"""What is about no incident goes out as everything does: from a row, once, and what is refused is seen."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import pytest

from doubles import Mailbox
from tocsin.acts.house import House
from tocsin.acts.oncall.clockwork import KINDS, Looked, look_at_due
from tocsin.acts.oncall.looking import LOOKS
from tocsin.acts.roster import roster_at
from tocsin.acts.works import record
from tocsin.clock import HandClock
from tocsin.core.notices import Notice, Words, settled, works_for
from tocsin.core.oncall.model import Schedule
from tocsin.core.work import Delivered, Later, Refused
from tocsin.engine.deliveries import claim
from tocsin.engine.loop import Engine
from tocsin.store import works as rows
from walks.walk_steps import engine_of

HELLO = Words("Your shift", "It begins")


async def put(house: House, notice: Notice) -> int:
    """Plan a notice; how many ways it takes."""
    async with house.pool.acquire() as conn:
        roster = await roster_at(house, conn, house.clock.now())
        works = works_for(notice, roster, house.abilities)
        await rows.plan(conn, None, works, house.clock.now())
    return len(works)


async def states(pool: asyncpg.Pool) -> dict[str, str]:
    return {row["key"]: row["state"] for row in await pool.fetch("SELECT key, state FROM works")}


@pytest.fixture
def engine(house: House, mailbox: Mailbox) -> Engine:
    return engine_of(house, mailbox)


async def test_a_notice_goes_out_over_each_way_of_the_person_and_once(
    house: House, mailbox: Mailbox, engine: Engine
) -> None:
    notice = Notice("bob", "hello/1", HELLO)
    assert await put(house, notice) == 2
    await put(house, notice)
    await engine.run_due()
    assert sorted(one.via for one in mailbox.notices) == ["email", "slack"]
    assert {one.to for one in mailbox.notices} == {"bob"}


async def test_what_a_node_that_died_had_in_hand_is_sent_by_another_and_its_late_answer_changes_nothing(
    house: House, clock: HandClock, mailbox: Mailbox, engine: Engine, pool: asyncpg.Pool
) -> None:
    await put(house, Notice("bob", "hello/1", HELLO))
    stale = await claim(house, 4711, 8)
    clock.advance(timedelta(minutes=2))
    await engine.run_due()
    assert len(mailbox.notices) == 2
    for one in stale:
        await record(house, one, Later("too late"))
    assert set((await states(pool)).values()) == {"done"}


async def test_a_stale_notice_says_what_is_true_now_or_is_not_sent(
    house: House, clock: HandClock, mailbox: Mailbox, engine: Engine
) -> None:
    until = clock.now() + timedelta(hours=1)
    await put(house, Notice("bob", "a", HELLO, until=until, late=Words("Your shift", "It began")))
    await put(house, Notice("alice", "b", HELLO, until=until))
    clock.advance(timedelta(hours=1))
    await engine.run_due()
    assert {(one.to, one.text) for one in mailbox.notices} == {("bob", "Your shift\nIt began")}


async def test_a_notice_that_is_refused_is_logged_with_its_reason_and_not_tried_again(
    house: House,
    clock: HandClock,
    mailbox: Mailbox,
    engine: Engine,
    pool: asyncpg.Pool,
    logs: list[dict[str, object]],
) -> None:
    mailbox.answers["notice"] = [Refused("user_not_found"), Refused("no mail address")]
    await put(house, Notice("bob", "hello/1", HELLO))
    await engine.run_due()
    clock.advance(timedelta(hours=1))
    await engine.run_due()
    assert mailbox.notices == []
    assert set((await states(pool)).values()) == {"refused"}
    assert {entry["why"] for entry in logs if entry["event"] == "refused"} == {
        "user_not_found",
        "no mail address",
    }


async def test_a_notice_is_rewritten_where_it_stands_and_one_that_stands_nowhere_is_not(
    house: House, mailbox: Mailbox, engine: Engine, pool: asyncpg.Pool
) -> None:
    notice = Notice("bob", "cover/1", HELLO, about="cover/1", buttons=[("Take it", "take_cover", "1")])
    await put(house, notice)
    [slack, mail] = await pool.fetch("SELECT key, lane, payload FROM works ORDER BY via DESC")
    settle = [
        settled(one["key"], one["lane"], one["payload"], "taken", Words("", "Bob took it"), ())
        for one in (slack, mail)
    ]
    async with house.pool.acquire() as conn:
        await rows.plan(conn, None, settle, house.clock.now())
    [first] = [one for one in await claim(house, 1, 8) if one.work.via == "slack"]
    await record(house, first, Delivered({"message": "C1/7"}))
    mailbox.answers["notice"] = [Refused("no such mailbox")]
    await pool.execute("UPDATE works SET due_at = planned_at WHERE state = 'running'")
    await engine.run_due()
    assert [(one.does, one.via, one.text) for one in mailbox.notices] == [
        ("notice.settle", "slack", "\nBob took it")
    ]


def test_what_is_marked_due_is_what_is_looked_at() -> None:
    assert set(KINDS) == set(LOOKS)


async def test_a_schedule_that_can_not_be_looked_at_is_put_off_and_the_rest_goes_on(
    house: House, clock: HandClock, pool: asyncpg.Pool
) -> None:
    await pool.execute("DELETE FROM schedule_timers")
    await pool.execute(
        "INSERT INTO schedule_timers SELECT id, kind, $1, $1 FROM schedules, unnest('{bad,good}'::text[]) kind",
        clock.now(),
    )

    async def bad(house: House, conn: object, known: object, schedule: Schedule, *when: object) -> Looked:
        raise ValueError("a fault")

    async def good(house: House, conn: object, known: object, schedule: Schedule, *when: object) -> Looked:
        return Looked((), clock.now() - timedelta(days=1))

    many, failed = await look_at_due(house, {"bad": bad, "good": good})
    assert many >= 2
    assert [str(why) for why in failed] == ["a fault"] * (many // 2)
    assert await look_at_due(house, {"bad": bad, "good": good}) == (0, []), "never a spin"
    clock.advance(timedelta(minutes=1))
    assert (await look_at_due(house, {"bad": bad, "good": good}))[0] == many
