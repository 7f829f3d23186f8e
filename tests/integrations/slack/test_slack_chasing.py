"""A page that is handed up, and a duty that is put off for a while, by the clicks of the messages that ask."""

from __future__ import annotations

from datetime import timedelta

import pytest
from slack_talk import ALICE, BOB, clicks, direct
from slack_world import World

from tocsin.acts import incidents
from tocsin.core.facts import DutySnoozed
from tocsin.town.slack import Message


@pytest.fixture
async def reminded(world: World) -> World:
    """INC-1, which Alice owns; her next steps are due now, and she is reminded of them."""
    await world.declare()
    await incidents.own(world.house, ALICE, "INC-1")
    await world.pass_by(timedelta(minutes=10))
    return world


def reminder(world: World) -> Message:
    return next(one for one in direct(world, "alice") if "next steps" in one.text and "next" in clicks(one))


async def snoozed(world: World) -> list[DutySnoozed]:
    return [one.what for one in (await world.incident()).facts if isinstance(one.what, DutySnoozed)]


async def test_a_page_is_handed_up_by_a_click_and_loses_that_click(world: World) -> None:
    await world.declare()
    [page] = direct(world, "bob")
    assert clicks(page) == ["own", "ack", "escalate"]

    await world.click("bob", page, "escalate")

    assert clicks(direct(world, "alice")[0]) == ["own", "ack"]
    [page] = direct(world, "bob")
    assert clicks(page) == ["own", "ack"]
    assert f"<@{world.id('alice')}>" in page.text
    assert "is paged now. Whoever takes it, takes it." in page.text
    assert any(f"<@{world.id('alice')}>" in text for text in world.thread())


async def test_a_page_is_handed_up_by_a_command(world: World) -> None:
    await world.declare()

    await world.command("bob", "escalate")
    assert "INC-1: the next people are paged." in world.whispered("bob")
    await world.command("bob", "escalate INC-1")

    assert "Every step of the escalation of INC-1 was taken; the last reached" in world.whispered("bob")


async def test_a_reminder_can_be_put_off_once_with_a_reason_that_the_thread_reads(reminded: World) -> None:
    told = reminder(reminded)
    assert clicks(told) == ["next", "snooze", "hand_over"]

    await reminded.click("alice", told, "snooze")
    assert "Communicate intended next steps" in str(reminded.view("alice").blocks)
    await reminded.submit("alice", reason={"reason": "on the phone with <Jane>"})

    assert any("asks for time until 09:25 UTC" in text for text in reminded.thread())
    assert "on the phone with &lt;Jane&gt;" in reminded.thread()[-1]
    settled = next(one for one in direct(reminded, "alice") if one.ts == told.ts)
    assert "It is left in peace until 09:25 UTC." in settled.text
    assert clicks(settled) == ["next"]


async def test_without_a_reason_the_form_stays_open_and_says_so(reminded: World) -> None:
    await reminded.click("alice", reminder(reminded), "snooze")
    await reminded.submit("alice", reason={"reason": "  "})

    assert "say why it takes longer" in reminded.view("alice").errors["reason"]
    assert await snoozed(reminded) == []


async def test_who_does_not_owe_it_is_refused_by_name(reminded: World) -> None:
    await reminded.command("bob", "snooze INC-1 next-steps she is busy")

    assert "Only who owes next-steps can ask for a while: Alice" in reminded.whispered("bob")


async def test_the_command_puts_it_off_too(reminded: World) -> None:
    await reminded.command("alice", "snooze next-steps on the phone")

    assert "the reminders wait" in reminded.whispered("alice")
    [one] = await snoozed(reminded)
    assert (one.duty, one.reason) == ("next-steps", "on the phone")


async def test_a_click_after_the_duty_was_done_is_refused_with_words(reminded: World) -> None:
    told = reminder(reminded)
    await reminded.click("alice", told, "snooze")
    await incidents.state_next_steps(reminded.house, ALICE, "INC-1", "look")
    await reminded.submit("alice", reason={"reason": "on the phone"})

    assert "next-steps is met already" in reminded.view("alice").errors["reason"]


async def test_both_are_not_offered_to_who_has_taken_it(world: World) -> None:
    await world.declare()
    await incidents.own(world.house, BOB, "INC-1")
    await world.settle()

    assert clicks(direct(world, "bob")[0]) == []


async def test_no_question_stays_in_the_thread_when_it_was_a_false_alarm(world: World) -> None:
    await world.declare()
    await incidents.own(world.house, ALICE, "INC-1")
    await world.pass_by(timedelta(minutes=30))
    asked = [one for one in world.town.slack.replies(world.root()) if "rolled_back" in clicks(one)]
    assert asked

    await incidents.dismiss(world.house, ALICE, "INC-1", "a test", "looked at it")
    await world.settle()

    assert not any("rolled_back" in clicks(one) for one in world.town.slack.replies(world.root()))
