"""The inbox under stress: at the same moment, cut off in the middle, and with rows that can't be worked on."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from doubles import Mailbox
from tocsin.acts import inbox, looks
from tocsin.acts.forgetting import forget_old
from tocsin.acts.house import House
from tocsin.acts.inbox import hear
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN
from tocsin.core.incident import Incident
from tocsin.core.intake import Message
from tocsin.core.work import Later
from tocsin.engine.loop import Engine

BOB = Actor("bob", "web", "Bob")


def mention(house: House, n: int = 1, text: str = "@acme hm?", who: str = "") -> Message:
    sender = who or f"@user{n}"
    return Message("x", text, sender, house.clock.now(), answer_via="x", address=str(n), key=str(n))


async def all_incidents(house: House) -> list[Incident]:
    found = await looks.incidents(house, TOCSIN)
    return [(await looks.case(house, row.ref, TOCSIN)).incident for row in found]


async def test_one_message_heard_many_times_at_once_is_one(house: House) -> None:
    message = mention(house, text="@acme it is down")

    heard = await asyncio.gather(*(hear(house, message) for _ in range(8)))

    assert sum(one.is_new for one in heard) == 1
    assert {one.ref for one in heard} == {"INC-1"}
    assert len(await all_incidents(house)) == 1


async def test_those_who_make_up_a_crowd_at_the_same_moment_count_each_other(house: House) -> None:
    await asyncio.gather(*(hear(house, mention(house, n)) for n in range(1, 7)))

    [incident] = await all_incidents(house)
    assert sorted(report.reporter for report in incident.reports) == [f"@user{n}" for n in range(1, 7)]
    assert (await inbox.inbox(house, "bob")).waiting == []


async def test_two_who_open_it_at_the_same_moment_open_one(house: House) -> None:
    await hear(house, mention(house))

    done = await asyncio.gather(
        *(inbox.open_message(house, BOB, 1) for _ in range(4)), return_exceptions=True
    )

    assert sum(isinstance(one, inbox.Declaration) for one in done) == 1
    assert len(await all_incidents(house)) == 1


async def test_a_look_and_the_engine_at_the_same_moment_open_one(
    house: House, engine: Engine, clock: HandClock
) -> None:
    await hear(house, mention(house))
    clock.advance(timedelta(minutes=30))

    await asyncio.gather(inbox.open_message(house, BOB, 1), engine.run_due(), return_exceptions=True)

    assert len(await all_incidents(house)) == 1


async def test_one_that_was_cut_off_in_the_middle_left_nothing_and_is_heard_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store is made to fail at its last step, as a node does that is killed."""
    real = inbox.rows.insert

    async def cut_off(*given: object, **more: object) -> int:
        raise ConnectionResetError("killed")

    monkeypatch.setattr(inbox.rows, "insert", cut_off)
    with pytest.raises(ConnectionResetError):
        await hear(house, mention(house, text="@acme it is down"))
    after_the_kill = await all_incidents(house)
    monkeypatch.setattr(inbox.rows, "insert", real)

    heard = await hear(house, mention(house, text="@acme it is down"))

    assert after_the_kill == []
    assert (heard.state, heard.is_new) == ("opened", True)
    assert len(await all_incidents(house)) == 1


async def test_a_message_from_which_nothing_can_be_opened_does_not_stop_the_others(
    house: House, engine: Engine, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hear(house, mention(house, 1))
    await hear(house, mention(house, 2))
    clock.advance(timedelta(minutes=30))
    real, poison = inbox._overlooked, [1]

    async def overlooked(house: House, conn: object, message: inbox.Kept) -> None:
        if message.id in poison:
            raise RuntimeError("poison")
        await real(house, conn, message)  # type: ignore[arg-type]

    monkeypatch.setattr(inbox, "_overlooked", overlooked)
    await engine.run_due()
    first = [report.reporter for incident in await all_incidents(house) for report in incident.reports]
    poison.clear()
    clock.advance(timedelta(minutes=1))
    await engine.run_due()

    assert first == ["@user2"]
    assert (await inbox.inbox(house, "bob")).waiting == []


async def test_the_engine_knows_when_the_next_message_is_due(house: House, clock: HandClock) -> None:
    await hear(house, mention(house))

    due = await house.pool.fetchval(looks.rows.SQL["next_wake"])

    assert due == clock.now() + timedelta(minutes=30)


async def test_a_post_that_fails_for_now_is_tried_again_and_then_rewritten_when_looked_at(
    house: House, engine: Engine, clock: HandClock, mailbox: Mailbox
) -> None:
    mailbox.answers["inbox.post"] = [Later("Slack is away")]
    await hear(house, mention(house))
    await engine.run_due()
    clock.advance(timedelta(seconds=5))
    await engine.run_due()
    await inbox.put_aside(house, BOB, 1)

    await engine.run_due()

    assert [one.does for one in mailbox.sent] == ["inbox.post", "inbox.settle"]


async def test_what_is_too_long_for_a_report_is_cut_and_heard(house: House) -> None:
    message = mention(house, text="it is down " + "x" * 200_000, who="@" + "y" * 1000)

    assert (await hear(house, message)).state == "opened"


async def test_seen_events_and_ignored_messages_are_forgotten_after_thirty_days(
    house: House, clock: HandClock
) -> None:
    issue = Message("github", "a typo", "@joe", clock.now(), title="Typo", calls=False, key="acme/website#1")
    await hear(house, issue)
    await hear(house, mention(house))
    await looks.event_is_new(house, "x", "1")
    clock.advance(timedelta(days=29))
    await looks.event_is_new(house, "x", "2")
    clock.advance(timedelta(days=2))

    async with house.pool.acquire() as conn:
        await forget_old(house, conn)

    assert not await looks.event_was_seen(house, "x", "1")
    assert await looks.event_was_seen(house, "x", "2")
    assert [row["key"] for row in await house.pool.fetch("SELECT key FROM messages")] == ["1"]


async def test_two_nodes_that_find_overlooked_messages_at_the_same_moment_open_one(
    house: House, clock: HandClock
) -> None:
    other = replace(house, node=house.node + 1)
    for n in range(1, 7):
        await hear(house, mention(house, n, who="@jane"))
    clock.advance(timedelta(minutes=30))

    await asyncio.gather(*(inbox.open_overlooked(one) for one in (house, other) * 3))

    [incident] = await all_incidents(house)
    assert len(incident.reports) == 6
