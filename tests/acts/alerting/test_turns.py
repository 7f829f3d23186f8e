"""Steps that reach one after the other: nobody is asked twice running, by one alert or by many that come at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from alert_steps import KEY, Town, with_town
from tocsin.acts.alerting.clock import wake_alerts
from tocsin.acts.alerting.looks import alert_of
from tocsin.acts.alerting.opening import open_alert
from tocsin.acts.house import House
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.policies_saved import save_policy
from tocsin.clock import HandClock
from tocsin.core.alerting.alert import opening_of
from tocsin.core.escalation.events import Stepped
from tocsin.engine.loop import Engine

PEOPLE = ["person:alice", "person:bob", "person:carol"]


@pytest.fixture
async def town(house: House, engine: Engine, clock: HandClock) -> Town:
    doc = {
        "id": "turns",
        "steps": [
            {"to": PEOPLE, "turn": True},
            {"to": [*PEOPLE, "channel:#pay"], "turn": True, "after": "5m"},
        ],
    }
    await save_policy(house, OPERATOR, doc)
    return with_town(house, engine, clock)


async def asked(town: Town, ref: str) -> list[str]:
    happened = (await alert_of(town.house, ref)).alert.happened
    return [handle for one in happened if isinstance(one.event, Stepped) for handle in one.event.people]


async def test_a_second_step_to_the_same_people_goes_on_from_the_first(town: Town) -> None:
    for _ in range(2):
        await town.opens(policy="turns")
        await town.later(minutes=5)

    assert [await asked(town, ref) for ref in ("A-1", "A-2")] == [["alice", "bob"], ["carol", "alice"]]


async def test_of_alerts_that_are_opened_at_once_each_reaches_another_one(town: Town) -> None:
    new = [open_alert(town.house, KEY, opening_of(f"Disk {n}"), "turns") for n in range(6)]
    opened = await asyncio.gather(*new)

    people = [handle for one in opened for handle in await asked(town, one.ref)]
    assert Counter(people) == {"alice": 2, "bob": 2, "carol": 2}


async def test_of_alerts_whose_step_falls_due_at_once_each_reaches_another_one(
    town: Town, clock: HandClock
) -> None:
    for n in range(3):
        await open_alert(town.house, KEY, opening_of(f"Disk {n}"), "turns")
    clock.advance(timedelta(minutes=5))
    assert await wake_alerts(town.house) == 3

    people = [await asked(town, f"A-{n}") for n in range(1, 4)]
    assert [first for first, _ in people] == ["alice", "bob", "carol"]
    assert all(first != second for first, second in people)
    assert len({second for _, second in people}) > 1
