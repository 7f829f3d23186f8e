"""Two people press the same at once: one of them does it, the other one is told who did."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest

from alert_steps import ALICE, BOB, CAROL, Town, with_town
from tocsin.acts.alerting import deeds
from tocsin.acts.alerting.looks import alert_of
from tocsin.acts.house import House
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.policies_saved import save_policy
from tocsin.clock import HandClock
from tocsin.core.alerting.alert import Alert
from tocsin.core.case import Actor
from tocsin.core.escalation import events as e
from tocsin.engine.loop import Engine
from tocsin.errors import Conflict

Press = Callable[[Actor], Coroutine[Any, Any, Alert]]


@pytest.fixture
async def town(house: House, engine: Engine, clock: HandClock) -> Town:
    steps = [
        {"to": ["person:bob"]},
        {"to": ["person:alice"], "after": "10m"},
        {"to": ["person:carol"], "after": "20m"},
    ]
    await save_policy(house, OPERATOR, {"id": "three", "steps": steps})
    made = with_town(house, engine, clock)
    await made.opens(policy="three")
    return made


async def both(press: Press) -> tuple[Alert, Conflict]:
    """What became of two who press at once: of the one who was first, and of the other."""
    done = await asyncio.gather(press(ALICE), press(BOB), return_exceptions=True)
    [first] = [one for one in done if isinstance(one, Alert)]
    [second] = [one for one in done if isinstance(one, Conflict)]
    return first, second


async def happened(town: Town, kind: type[e.Event]) -> list[e.Happened]:
    return [one for one in (await alert_of(town.house, "A-1")).alert.happened if isinstance(one.event, kind)]


async def test_two_who_escalate_at_once_take_one_step(town: Town) -> None:
    before = len(await happened(town, e.Stepped))

    first, second = await both(lambda actor: deeds.escalate_now(town.house, actor, "A-1"))
    await town.later(seconds=0)

    [escalated] = await happened(town, e.EscalatedNow)
    assert len(await happened(town, e.Stepped)) == before + 1
    assert escalated.by in ("alice", "bob")
    assert second.message.startswith(f"{escalated.by.capitalize()} escalated it at ")
    assert first.escalation.stage == 1


async def test_after_half_a_minute_the_next_one_takes_a_further_step(town: Town) -> None:
    await deeds.escalate_now(town.house, BOB, "A-1")
    await town.later(seconds=30)
    await deeds.escalate_now(town.house, CAROL, "A-1")

    assert (await alert_of(town.house, "A-1")).alert.escalation.stage == 2


async def test_of_two_snoozes_at_once_one_holds(town: Town) -> None:
    until = {one: town.clock.now() + hours * timedelta(hours=1) for one, hours in ((ALICE, 4), (BOB, 1))}

    first, second = await both(lambda actor: deeds.snooze(town.house, actor, "A-1", until[actor]))

    [snoozed] = await happened(town, e.Snoozed)
    assert isinstance(snoozed.event, e.Snoozed)
    assert first.escalation.snoozed_until == snoozed.event.until
    assert f", until {snoozed.event.until:%Y-%m-%d %H:%M} UTC; do it again after" in second.message


async def test_of_two_who_reassign_at_once_the_second_reads_to_whom_it_went(town: Town) -> None:
    to = {ALICE: "carol", BOB: "alice"}

    _, second = await both(lambda actor: deeds.reassign(town.house, actor, "A-1", [f"person:{to[actor]}"]))

    [given] = await happened(town, e.Reassigned)
    assert isinstance(given.event, e.Reassigned)
    [whom] = given.event.to
    assert f" reassigned it to {whom.removeprefix('person:').capitalize()} at " in second.message


async def test_of_a_message_both_answer_the_second_reads_who_was_first(town: Town) -> None:
    batch = int(town.last("slack").key.removeprefix("D"))

    said = await asyncio.gather(*(deeds.escalate_batch(town.house, one, batch) for one in (ALICE, BOB)))

    assert sorted(one.startswith("You have escalated A-1.") for one in said) == [False, True]
    assert len(await happened(town, e.EscalatedNow)) == 1
