"""A person's rule delays a way to them: that is no lateness, and its clock stands still like every other while Tocsin is out."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import pytest

from alert_steps import KEY, Town, with_town
from tocsin.acts.alerting.opening import open_alert
from tocsin.acts.alerting.watching import alive
from tocsin.acts.contacts import choosing
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.core.alerting.alert import opening_of
from tocsin.engine.loop import Engine
from walks.device_steps import BOB


@pytest.fixture
async def patient(house: House, engine: Engine, clock: HandClock) -> Town:
    """Bob is reached on Slack at once, and by e-mail five minutes later."""
    town = with_town(house, engine, clock)
    await choosing.choose_rules(town.house, BOB, "bob", {"high": ["slack", "email after 5m"]})
    return town


async def test_a_way_that_a_rule_delays_does_not_say_that_it_waited(patient: Town) -> None:
    await patient.opens("The disk is full")
    [first] = patient.heard()
    await patient.later(minutes=5)
    [second] = patient.heard()

    assert (first, second) == ("bob/slack: A-1 P3: The disk is full.", "bob/email: A-1 P3: The disk is full.")


async def test_over_an_outage_of_ours_the_clock_of_a_rule_stands_still(
    patient: Town, pool: asyncpg.Pool, clock: HandClock
) -> None:
    async with pool.acquire() as conn:
        await alive(patient.house, conn)
    await patient.opens("The disk is full")
    patient.heard()
    clock.advance(timedelta(minutes=20))
    async with pool.acquire() as conn:
        await alive(patient.house, conn)

    await patient.engine.run_due()
    assert patient.heard() == [], "it reached him on Slack before, and by his rule the e-mail is not due yet"
    await patient.later(minutes=5)
    assert patient.heard() == ["bob/email: A-1 P3: The disk is full."]


async def test_what_waited_goes_by_the_first_way_alone_after_an_outage(
    patient: Town, pool: asyncpg.Pool, clock: HandClock
) -> None:
    async with pool.acquire() as conn:
        await alive(patient.house, conn)
    await open_alert(patient.house, KEY, opening_of("The disk is full"))
    clock.advance(timedelta(minutes=20))
    async with pool.acquire() as conn:
        await alive(patient.house, conn)

    await patient.engine.run_due()

    [only] = patient.heard()
    assert only.startswith("bob/slack: A-1 P3: The disk is full. It waited for 20 min, since 09:00 UTC")
