"""Alerts from what was said to the message on a device, with the clock in hand: who hears what, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import pytest

from alert_steps import ALICE, BOB, CAROL, KEY, Town, with_town
from tocsin.acts import people
from tocsin.acts.alerting import deeds
from tocsin.acts.alerting.looks import alert_of
from tocsin.acts.alerting.opening import open_alert
from tocsin.acts.alerting.watching import alive, audit
from tocsin.acts.house import House
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.policies_saved import save_policy
from tocsin.clock import HandClock
from tocsin.core.alerting.alert import opening_of
from tocsin.core.work import Later, Refused
from tocsin.engine.loop import Engine
from tocsin.errors import Conflict, Invalid, NotFound


@pytest.fixture
def town(house: House, engine: Engine, clock: HandClock) -> Town:
    return with_town(house, engine, clock)


async def test_who_is_on_call_is_paged_on_each_of_their_ways_and_the_team_after_the_wait(town: Town) -> None:
    await town.opens()
    assert town.heard() == ["bob/email: A-1 P3: The disk is full.", "bob/slack: A-1 P3: The disk is full."]
    await town.later(minutes=9)
    assert town.heard() == []
    await town.later(minutes=1)
    assert {line.partition("/")[0] for line in town.heard()} == {"alice", "bob"}


async def test_the_same_alias_counts_up_and_pages_nobody_again(town: Town) -> None:
    first = await town.opens(alias="disk/1")
    town.heard()
    again = await town.opens("The disk is still full", alias="disk/1")
    assert (again.ref, again.count, again.is_new) == (first.ref, 2, False)
    assert town.heard() == []
    alert = (await alert_of(town.house, first.ref)).alert
    assert (alert.opening.message, alert.count) == ("The disk is full", 2)


async def test_a_closed_alert_is_followed_by_a_new_one_of_the_same_alias(town: Town) -> None:
    first = await town.opens(alias="disk/1")
    await town.does("close", KEY, first.ref)
    second = await town.opens(alias="disk/1")
    assert second.is_new
    assert second.ref != first.ref


async def test_who_acknowledges_ends_the_escalation_and_the_others_hear_of_it(town: Town) -> None:
    opened = await town.opens()
    await town.later(minutes=10)
    town.heard()
    await town.does("acknowledge", BOB, opened.ref)
    assert town.heard() == [
        "alice/slack: (told) A-1 The disk is full. Bob has acknowledged it.",
        "bob/slack: (told) A-1 The disk is full. Bob has acknowledged it.",
    ]
    assert town.last("slack").of.startswith("slack-")
    await town.later(hours=5)
    assert town.heard() == []


async def test_the_second_who_presses_is_told_who_was_first(town: Town) -> None:
    opened = await town.opens()
    await town.does("acknowledge", BOB, opened.ref)
    with pytest.raises(Conflict, match=r"Bob acknowledged it at \d\d:\d\d:\d\d UTC already; take it over"):
        await deeds.acknowledge(town.house, ALICE, opened.ref)
    await town.does("take_over", ALICE, opened.ref)
    assert (await alert_of(town.house, opened.ref)).alert.escalation.acknowledged_by == "alice"


async def test_many_alerts_at_once_are_one_message_for_each_person_and_method(town: Town) -> None:
    for n in range(12):
        await open_alert(town.house, KEY, opening_of(f"Disk {n} is full", priority="P2" if n == 7 else "P3"))
    await town.engine.run_due()
    assert town.heard() == [
        "bob/email: 12 alerts, first A-8 P2: Disk 7 is full.",
        "bob/slack: 12 alerts, first A-8 P2: Disk 7 is full.",
    ]
    said = await town.answers(town.last("slack"))
    assert said.startswith("You have acknowledged A-1, A-2, A-3")
    assert "A-12" in said
    for n in range(1, 13):
        assert (await alert_of(town.house, f"A-{n}")).alert.status == "acknowledged"


async def test_what_comes_within_seconds_after_a_message_goes_out_as_one(town: Town) -> None:
    await town.opens("One")
    town.heard()
    for word in ("Two", "Three", "Four"):
        await town.opens(word)
    assert town.heard() == []
    await town.later(seconds=6)
    assert town.heard() == [
        "bob/email: 3 alerts, first A-4 P3: Four.",
        "bob/slack: 3 alerts, first A-4 P3: Four.",
    ]


async def test_a_message_that_is_refused_goes_by_another_method_at_once(town: Town) -> None:
    house = town.house
    house.abilities = house.abilities - {"page:email"}
    town.devices["slack"].answers = [Refused("no such user")]
    await town.opens()
    # There is no other way to Bob: the next step follows at once.
    assert {line.partition("/")[0] for line in town.heard()} == {"alice", "bob"}
    lines = (await alert_of(house, "A-1")).told
    assert any("Step 1 was passed over" in line.text for line in lines)


async def test_a_last_resort_that_no_message_reaches_goes_on_to_those_who_run_tocsin_at_once(
    town: Town,
) -> None:
    house = town.house
    await people.save_person(house, "dora", name="Dora", email="dora@acme.example", rights=["admin"])
    doc = {"id": "pay", "steps": [{"to": "person:bob"}], "last_resort": ["person:carol"]}
    await save_policy(house, OPERATOR, doc)
    await town.opens(policy="pay")
    town.heard()
    town.devices["email"].answers = [Refused("no such mailbox")]
    await town.later(minutes=10)

    assert town.heard() == ["dora/email: A-1 P3: The disk is full."]
    assert (await alert_of(house, "A-1")).told[-1].text == "Tocsin called for more: Dora"
    await town.later(minutes=10)
    assert town.heard() == ["carol/email: A-1 P3: The disk is full."], (
        "and it is reached again after its time"
    )


async def test_a_provider_that_is_down_is_tried_again(town: Town) -> None:
    town.devices["slack"].answers = [Later("it is down"), Later("it is down")]
    await town.opens()
    assert town.heard() == ["bob/email: A-1 P3: The disk is full."]
    await town.later(seconds=2)
    await town.later(seconds=4)
    assert town.heard() == ["bob/slack: A-1 P3: The disk is full."]


async def test_snoozed_it_is_silent_and_comes_back(town: Town, clock: HandClock) -> None:
    opened = await town.opens()
    town.heard()
    await town.does("snooze", BOB, opened.ref, clock.now() + timedelta(hours=1))
    assert town.heard() == ["bob/slack: (told) A-1 The disk is full. Bob snoozed it until 10:00 UTC."]
    await town.later(minutes=59)
    assert town.heard() == []
    await town.later(minutes=1)
    assert town.heard() == [
        "bob/email: A-1 P3: The disk is full.",
        "bob/slack: (told) A-1 The disk is full. It is open again: the time for which it was snoozed is over.",
        "bob/slack: A-1 P3: The disk is full.",
    ]


async def test_reassigned_it_reaches_others_and_what_was_planned_is_called_off(town: Town) -> None:
    opened = await town.opens()
    town.heard()
    await town.does("reassign", BOB, opened.ref, ["person:carol"])
    assert town.heard() == [
        "bob/slack: (told) A-1 The disk is full. Bob reassigned it to Carol.",
        "carol/email: A-1 P3: The disk is full.",
    ]
    with pytest.raises(Invalid, match="there is no person nobody"):
        await deeds.reassign(town.house, BOB, opened.ref, ["person:nobody"])


async def test_more_people_are_called_for_beside_the_policy(town: Town) -> None:
    opened = await town.opens()
    town.heard()
    await town.does("add_responders", CAROL, opened.ref, ["person:carol", "channel:#ops"])
    assert town.heard() == [
        "#ops/channel: A-1 P3: The disk is full.",
        "carol/email: A-1 P3: The disk is full.",
    ]


async def test_a_policy_is_no_recipient(town: Town) -> None:
    with pytest.raises(Invalid, match="A policy is named as `policy`, not in `to`"):
        await open_alert(town.house, KEY, opening_of("The disk is full"), to=["policy:default"])
    assert town.heard() == []


async def test_unknown_alerts_are_said_to_be_so(town: Town) -> None:
    with pytest.raises(NotFound, match="There is no alert A-77"):
        await deeds.acknowledge(town.house, BOB, "A-77")


async def test_the_auditor_finds_an_alert_without_a_next_step_and_says_so(
    town: Town, pool: asyncpg.Pool
) -> None:
    opened = await town.opens()
    town.heard()
    await pool.execute("UPDATE alerts SET next_at = NULL")
    assert (await audit(town.house)).silent == (opened.ref,)
    await town.later(seconds=6)
    assert any("Tocsin's auditor found alerts without a next step: A-1" in line for line in town.heard())
    await town.later(minutes=10)
    assert any(line.startswith("alice/slack: 2 alerts") for line in town.heard())
    assert (await audit(town.house)).silent == ()


async def test_where_a_clock_runs_fast_the_machine_does_not_and_nothing_counts_as_overdue_or_out(
    town: Town, pool: asyncpg.Pool, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rehearsal goes six hundred times as fast as life: ten minutes of it are one second, in which a node may well be busy."""
    monkeypatch.setattr(
        HandClock, "showed", lambda self, seconds: self.now() - timedelta(seconds=seconds * 600)
    )
    async with pool.acquire() as conn:
        await alive(town.house, conn)
    await town.opens()
    clock.advance(timedelta(minutes=30))
    async with pool.acquire() as conn:
        assert await alive(town.house, conn) is None
    assert (await audit(town.house)).silent == ()


async def test_after_an_outage_of_ours_the_clocks_stood_still_and_one_message_says_what_waited(
    town: Town, pool: asyncpg.Pool, clock: HandClock
) -> None:
    async with pool.acquire() as conn:
        await alive(town.house, conn)
    for n in range(3):
        await open_alert(town.house, KEY, opening_of(f"Disk {n} is full"))
    clock.advance(timedelta(minutes=20))
    async with pool.acquire() as conn:
        assert await alive(town.house, conn) == timedelta(minutes=20)
    await town.engine.run_due()
    [slack] = [line for line in town.heard() if line.startswith("bob/slack")]
    assert slack == (
        "bob/slack: 3 alerts, first A-3 P3: Disk 2 is full. It waited for 20 min, since 09:00 UTC: Tocsin could not send it before."
    )
    assert town.heard() == []
    await town.later(minutes=10)
    assert any(line.startswith("alice/slack") for line in town.heard())
