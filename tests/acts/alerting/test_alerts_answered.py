"""A bare key from a telephone answers the one page that still waits for an answer, wherever the others were answered."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alert_steps import ALICE, KEY
from doubles import Mailbox
from tocsin.acts.alerting import deeds
from tocsin.acts.alerting.looks import alert_of
from tocsin.acts.alerting.opening import open_alert
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.core.alerting.alert import opening_of
from tocsin.errors import Conflict
from walks.device_steps import NUMBER, Devices, with_devices


@pytest.fixture
async def devices(house: House, clock: HandClock, mailbox: Mailbox) -> Devices:
    made = with_devices(house, clock, mailbox)
    await made.verified()
    return made


async def opens(devices: Devices, message: str) -> str:
    """An alert that pages Bob on his telephone, in a message of its own."""
    devices.clock.advance(timedelta(seconds=10))
    opened = await open_alert(devices.house, KEY, opening_of(message))
    await devices.engine.run_due()
    return opened.ref


async def bare_4(devices: Devices) -> str:
    said = await devices.heard.answered("sms", does="acknowledge", address=NUMBER)
    await devices.engine.run_due()
    return said


async def test_what_was_acknowledged_or_closed_elsewhere_is_not_asked_about(devices: Devices) -> None:
    taken, closed, waits = [await opens(devices, f"Disk {n} is full") for n in range(3)]
    with pytest.raises(
        Conflict, match=rf"Which one\? .*\w{{6}}: {waits}, \w{{6}}: {closed}, \w{{6}}: {taken}\)"
    ):
        await bare_4(devices)
    await deeds.acknowledge(devices.house, ALICE, taken)
    await deeds.close(devices.house, KEY, closed)

    assert await bare_4(devices) == f"You have acknowledged {waits}."


async def test_a_snoozed_alert_waits_for_no_answer(devices: Devices) -> None:
    snoozed, waits = [await opens(devices, f"Disk {n} is full") for n in range(2)]
    await deeds.snooze(devices.house, ALICE, snoozed, devices.clock.now() + timedelta(hours=1))
    assert await bare_4(devices) == f"You have acknowledged {waits}."


async def test_what_went_to_others_is_not_asked_about(devices: Devices) -> None:
    gone, waits = [await opens(devices, f"Disk {n} is full") for n in range(2)]
    await deeds.reassign(devices.house, ALICE, gone, ["person:carol"])
    assert await bare_4(devices) == f"You have acknowledged {waits}."


async def test_a_page_that_came_again_is_not_asked_about_twice(devices: Devices) -> None:
    ref = await opens(devices, "The disk is full")
    devices.sms.take()
    await devices.walk.wait(10)  # The whole team is paged, Bob once more.
    assert len(devices.sms.take()) == 1
    assert await bare_4(devices) == f"You have acknowledged {ref}."


async def test_an_acknowledgement_that_was_taken_back_waits_again(devices: Devices) -> None:
    ref = await opens(devices, "The disk is full")
    await bare_4(devices)
    await deeds.unacknowledge(devices.house, ALICE, ref)
    await bare_4(devices)
    assert (await alert_of(devices.house, ref)).alert.escalation.acknowledged_by == "bob"


async def test_where_nothing_waits_the_newest_says_how_it_stands(devices: Devices) -> None:
    ref = await opens(devices, "The disk is full")
    await deeds.acknowledge(devices.house, ALICE, ref)
    assert f"{ref}: Alice acknowledged it" in await bare_4(devices)
