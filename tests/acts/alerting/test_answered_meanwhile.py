"""What an answer does to other messages: nothing is sent again that was answered meanwhile, and nobody is taken for one who answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alert_steps import ALICE, BOB, KEY, Town, with_town
from tocsin.acts.alerting import deeds, failing
from tocsin.acts.alerting.looks import alert_of
from tocsin.acts.alerting.opening import open_alert
from tocsin.acts.house import House
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.policies_saved import save_policy
from tocsin.clock import HandClock
from tocsin.core.alerting.alert import opening_of
from tocsin.core.alerting.words import About, told_words
from tocsin.core.channel import PAGED, TOLD, Message
from tocsin.core.work import Later, Outcome
from tocsin.engine.loop import Engine


@pytest.fixture
async def town(house: House, engine: Engine, clock: HandClock) -> Town:
    to_both = {"id": "both", "steps": [{"to": ["person:alice", "person:bob"]}], "acknowledged_by": "all"}
    await save_policy(house, OPERATOR, to_both)
    await save_policy(house, OPERATOR, {"id": "bob", "steps": [{"to": "person:bob"}]})
    return with_town(house, engine, clock)


async def test_those_who_still_have_to_acknowledge_keep_their_buttons(town: Town) -> None:
    opened = await town.opens(policy="both")
    town.heard()
    await town.does("acknowledge", BOB, opened.ref)
    assert town.heard() == [
        "bob/slack: (told) A-1 The disk is full. It is open until everybody who was paged has acknowledged it."
    ]
    await town.does("acknowledge", ALICE, opened.ref)
    assert town.heard() == [
        "alice/slack: (told) A-1 The disk is full. It is acknowledged; Bob has it.",
        "bob/slack: (told) A-1 The disk is full. It is acknowledged; Bob has it.",
    ]


async def test_pages_to_those_who_still_have_to_acknowledge_are_not_called_off(town: Town) -> None:
    town.devices["slack"].answers = [Later("it is down"), Later("it is down")]
    opened = await town.opens(policy="both")
    assert {line.partition("/")[2][:5] for line in town.heard()} == {"email"}
    await town.does("acknowledge", BOB, opened.ref)
    await town.later(seconds=5)
    assert town.heard() == ["alice/slack: A-1 P3: The disk is full."]


async def test_a_page_that_was_on_its_way_when_it_was_answered_is_not_tried_again(town: Town) -> None:
    tries: list[int] = []

    async def send(message: Message, attempt: int) -> Outcome:
        if message.purpose == PAGED:
            tries.append(attempt)
            if attempt == 1:  # Somebody answers while the provider hangs.
                await deeds.acknowledge(town.house, ALICE, "A-1")
        return Later("no answer within 15 s")

    town.devices["slack"].send = send  # type: ignore[method-assign]
    await town.opens(policy="bob")
    for _ in range(4):
        await town.later(seconds=30)
    assert tries == [1]


async def test_a_late_receipt_pages_nobody_anew_once_it_is_answered(town: Town) -> None:
    house = town.house
    house.abilities = house.abilities - {"page:email"}
    opened = await town.opens(policy="bob")
    await town.does("acknowledge", ALICE, opened.ref)
    town.heard()
    house.abilities = house.abilities | {"page:email"}
    async with house.pool.acquire() as conn:
        batch = await conn.fetchval("SELECT batch FROM deliveries WHERE via = 'slack' AND purpose = 'page'")
        await conn.execute("UPDATE deliveries SET state = 'failed' WHERE batch = $1", batch)
    await failing.after_receipt(house, batch, "the phone is off")
    await town.later(seconds=10)
    assert town.heard() == []


async def test_a_channel_is_not_taken_for_somebody_who_acknowledged(town: Town) -> None:
    told = {"id": "told", "steps": [{"to": ["person:bob", "channel:#pay"]}]}
    await save_policy(town.house, OPERATOR, told)
    opened = await town.opens(policy="told")
    await town.does("close", KEY, opened.ref)
    async with town.house.pool.acquire() as conn:
        assert await conn.fetchval("SELECT state FROM deliveries WHERE via = 'channel' AND purpose = 'page'")
        assert not await conn.fetchval("SELECT count(*) FROM deliveries WHERE acknowledged_at IS NOT NULL")


def test_of_many_that_were_answered_ten_are_named_and_the_rest_is_counted() -> None:
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    many = [About(f"A-{n}", "Full", "P2", "", "", 1, at, at) for n in range(1, 39)]
    assert told_words(many, "Bob has acknowledged it.").text.startswith("*A-1, A-2, ")
    assert "A-10 and 28 more*" in told_words(many, "Bob has acknowledged it.").text
    assert "more" not in told_words(many[:10], "Bob has acknowledged it.").text


async def test_each_page_is_rewritten_as_it_stands_and_keeps_its_ticket_until_nothing_waits(
    town: Town,
) -> None:
    for n in range(2):
        await open_alert(town.house, KEY, opening_of(f"Disk {n} is full"), "bob")
    await town.later(seconds=6)
    [page] = town.devices["slack"].sent
    await town.later(minutes=10)  # Both are paged for again.
    await town.does("acknowledge", ALICE, "A-1")
    first = town.devices["slack"].sent[-2:]
    await town.later(minutes=1)
    await town.does("close", ALICE, "A-2")
    last = town.last("slack")

    assert [(one.left, one.purpose, bool(one.ticket)) for one in first] == [(1, TOLD, True)] * 2
    assert (first[1].of, first[1].key, first[1].ticket) == ("slack-0", page.key, page.ticket)
    assert first[1].short == "1 of 2 alerts left, first A-2 P3: Disk 1 is full"
    assert (last.left, last.ticket, last.of, last.also) == (0, "", "slack-1", ("slack-0",))


async def test_somebody_else_s_answer_is_not_told_for_alerts_that_another_one_has(town: Town) -> None:
    for n in range(2):
        await open_alert(town.house, KEY, opening_of(f"Disk {n} is full"), "bob")
    await town.later(seconds=6)
    await deeds.acknowledge(town.house, ALICE, "A-1")
    await town.does("close", KEY, "A-2")

    assert town.last("slack").text == (
        "*2 alerts, none is left*\nA-1: Alice has acknowledged it.\nA-2: It was closed."
    )


async def test_one_answer_to_a_message_of_many_leaves_to_others_what_they_have_or_put_off(town: Town) -> None:
    for n in range(6):
        await open_alert(town.house, KEY, opening_of(f"Disk {n} is full"), "bob")
    await town.later(seconds=6)
    page = town.last("slack")
    await deeds.acknowledge(town.house, ALICE, "A-1")
    await deeds.snooze(town.house, ALICE, "A-2", town.clock.now() + timedelta(hours=1))

    assert await town.answers(page) == (
        "You have acknowledged A-3, A-4, A-5, A-6. A-1: Alice acknowledged it at 09:00:06 UTC."
        " A-2: Alice snoozed it until 2026-03-02 10:00 UTC."
    )
    stands = [(await alert_of(town.house, f"A-{n}")).alert.status for n in (1, 2, 3)]
    assert stands == ["acknowledged", "snoozed", "acknowledged"]


async def test_where_nothing_can_be_done_three_reasons_are_told_and_the_rest_is_counted(town: Town) -> None:
    for n in range(5):
        await open_alert(town.house, KEY, opening_of(f"Disk {n} is full"), "bob")
    await town.later(seconds=6)
    for n in range(1, 6):
        await deeds.acknowledge(town.house, ALICE, f"A-{n}")

    said = await town.answers(town.last("slack"))
    assert said.count("Alice acknowledged it at 09:00:06 UTC already") == 3
    assert said.endswith(" … and 2 more.")
