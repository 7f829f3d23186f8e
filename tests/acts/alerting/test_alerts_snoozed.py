"""Everybody who was paged hears that an alert is silent for a while, and is paged anew when it comes back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alert_steps import ALICE, BOB, Town, with_town
from tocsin.acts.alerting.looks import alert_of
from tocsin.acts.house import House
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.policies_saved import save_policy
from tocsin.clock import HandClock
from tocsin.engine.loop import Engine


@pytest.fixture
async def town(house: House, engine: Engine, clock: HandClock) -> Town:
    await save_policy(house, OPERATOR, {"id": "both", "steps": [{"to": ["person:alice", "person:bob"]}]})
    return with_town(house, engine, clock)


async def test_everybody_who_was_paged_hears_until_when_and_is_paged_anew_when_it_comes_back(
    town: Town, clock: HandClock
) -> None:
    opened = await town.opens(policy="both")
    town.heard()
    await town.does("snooze", BOB, opened.ref, clock.now() + timedelta(minutes=30))
    assert town.heard() == [
        "alice/slack: (told) A-1 The disk is full. Bob snoozed it until 09:30 UTC.",
        "bob/slack: (told) A-1 The disk is full. Bob snoozed it until 09:30 UTC.",
    ]
    assert town.last("slack").of  # It takes the place of the page.
    await town.later(minutes=30)
    over = "(told) A-1 The disk is full. It is open again: the time for which it was snoozed is over."
    assert [line for line in town.heard() if "slack" in line] == [
        f"alice/slack: {over}",
        "alice/slack: A-1 P3: The disk is full.",
        f"bob/slack: {over}",
        "bob/slack: A-1 P3: The disk is full.",
    ]


async def test_where_no_page_can_be_rewritten_the_others_get_word_once(town: Town, clock: HandClock) -> None:
    town.house.abilities = town.house.abilities - {"page:slack"}
    opened = await town.opens(policy="both")
    town.heard()
    await town.does("snooze", BOB, opened.ref, clock.now() + timedelta(days=2))
    assert town.heard() == [
        "alice/email: (told) A-1 The disk is full. Bob snoozed it until 2026-03-04 09:00 UTC."
    ]


async def test_whoever_snoozed_it_is_not_shown_as_one_who_acknowledged(town: Town, clock: HandClock) -> None:
    opened = await town.opens(policy="both")
    await town.does("snooze", BOB, opened.ref, clock.now() + timedelta(hours=1))
    sent = (await alert_of(town.house, opened.ref)).deliveries
    assert [one for one in sent if one.acknowledged_at] == []


async def test_snoozed_once_more_everybody_hears_the_new_time(town: Town, clock: HandClock) -> None:
    opened = await town.opens(policy="both")
    await town.does("snooze", BOB, opened.ref, clock.now() + timedelta(hours=1))
    await town.later(seconds=30)  # By now Alice has heard of it.
    town.heard()
    await town.does("snooze", ALICE, opened.ref, clock.now() + timedelta(hours=2))
    assert {line.partition(". ")[2] for line in town.heard()} == {"Alice snoozed it until 11:00 UTC."}
