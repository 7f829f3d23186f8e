"""Alerts in Slack over real signed HTTP with the town: pages with buttons, posts in a policy's channel, and what comes of pressing."""

from __future__ import annotations

import asyncio
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from slack_talk import clicks, direct
from slack_world import World

from alert_steps import KEY
from devices import page
from tocsin.acts.alerting.deeds import acknowledge, add_responders, snooze
from tocsin.acts.alerting.looks import alert_of
from tocsin.acts.alerting.opening import open_alert
from tocsin.acts.receipts import Heard
from tocsin.core.alerting.alert import opening_of
from tocsin.core.case import Actor
from tocsin.core.channel import TOLD
from tocsin.core.work import Delivered, Later, Refused
from tocsin.errors import Invalid
from tocsin.town.slack import Message

BUTTONS = ["alert_ack", "alert_close", "alert_more"]


@pytest.fixture
def paging(world: World) -> World:
    """Bob is on call; Slack is all that pages go by."""
    house = world.house
    house.given = {one.via: one for one in world.link.given_channels}
    house.receipts = Heard(house)
    world.town.slack.add_channel("ops", bot_in=False)
    return world


async def opens(world: World, *messages: str, priority: str = "P1", to: tuple[str, ...] = ()) -> list[str]:
    """The refs of alerts of which all that is due at once was done."""
    opened = [await open_alert(world.house, KEY, opening_of(one, priority=priority)) for one in messages]
    for one in opened:
        if to:
            await add_responders(world.house, Actor("alice", "web"), one.ref, to)
    await world.settle()
    return [one.ref for one in opened]


async def status(world: World, ref: str = "A-1") -> tuple[str, str]:
    one = (await alert_of(world.house, ref)).alert.escalation
    return one.status, one.acknowledged_by


def ops(world: World) -> list[Message]:
    return world.town.slack.messages("ops")


async def test_the_page_has_the_words_and_its_buttons(paging: World) -> None:
    await opens(paging, "The disk <!channel> is full {@alice}")
    [message] = direct(paging, "bob")
    assert "*A-1* P1 *The disk &lt;!channel&gt; is full" in message.text
    assert clicks(message) == BUTTONS
    assert direct(paging, "alice") == []


async def test_acknowledging_rewrites_the_page_so_that_no_button_stays(paging: World) -> None:
    await opens(paging, "The disk is full")
    [message] = direct(paging, "bob")
    await paging.click("bob", message, "alert_ack")
    assert await status(paging) == ("acknowledged", "bob")
    [message] = direct(paging, "bob")
    assert (clicks(message), message.text) == ([], "*A-1* The disk is full\nBob Okafor has acknowledged it.")
    assert paging.whispered("bob") == "You have acknowledged A-1."


async def test_closing_ends_it(paging: World) -> None:
    await opens(paging, "The disk is full")
    await paging.click("bob", direct(paging, "bob")[0], "alert_close")
    assert (await status(paging))[0] == "closed"
    assert clicks(direct(paging, "bob")[0]) == []


async def test_every_page_about_it_is_rewritten_not_only_the_last(paging: World) -> None:
    await opens(paging, "The disk is full")
    await paging.pass_by(timedelta(minutes=11))
    pages = direct(paging, "bob")
    assert [clicks(one) for one in pages] == [BUTTONS, BUTTONS]
    await paging.click("bob", pages[0], "alert_ack")
    assert [clicks(one) for one in direct(paging, "bob")] == [[], []]


async def test_an_hour_of_silence_is_a_choice_of_the_menu(paging: World) -> None:
    await opens(paging, "The disk is full")
    await paging.town.slack.click("bob", direct(paging, "bob")[0], "alert_more", _option(paging, "snooze"))
    await paging.settle()
    assert (await status(paging))[0] == "snoozed"
    assert "snoozed until" in paging.whispered("bob")
    [message] = direct(paging, "bob")
    assert (clicks(message), message.text) == (
        [],
        "*A-1* The disk is full\nBob Okafor snoozed it until 10:00 UTC.",
    )
    await paging.pass_by(timedelta(hours=1))
    assert [clicks(one) for one in direct(paging, "bob")] == [[], BUTTONS]


async def test_escalating_pages_the_next_people(paging: World) -> None:
    await opens(paging, "The disk is full")
    await paging.town.slack.click("bob", direct(paging, "bob")[0], "alert_more", _option(paging, "escalate"))
    await paging.settle()
    assert len(direct(paging, "alice")) == 1
    assert paging.whispered("bob") == "You have escalated A-1."


async def test_many_alerts_are_one_message_that_acknowledges_all(paging: World) -> None:
    await opens(paging, "The disk is full", "The disk is slow", "The disk is gone")
    [message] = direct(paging, "bob")
    labels = [one["text"]["text"] for one in _row(message) if one["type"] == "button"]
    assert labels == ["Acknowledge all", "Close all", "All alerts"]
    await paging.click("bob", message, "alert_ack")
    assert {(await status(paging, ref))[1] for ref in ("A-1", "A-2", "A-3")} == {"bob"}
    [message] = direct(paging, "bob")
    assert clicks(message) == []


async def test_of_many_that_are_answered_in_turns_the_buttons_stay_until_the_last_and_it_says_how_many_are_left(
    paging: World,
) -> None:
    await opens(paging, "The disk is full", "The disk is slow", "The disk is gone")
    await acknowledge(paging.house, Actor("alice", "web"), "A-1")
    await paging.settle()
    [message] = direct(paging, "bob")
    assert message.text == (
        "*2 of 3 alerts left*\n• *A-3* P1 The disk is gone\n• *A-2* P1 The disk is slow\nA-1: Alice Lee has acknowledged it."
    )
    assert clicks(message) == BUTTONS
    await snooze(paging.house, Actor("alice", "web"), "A-2", paging.clock.now() + timedelta(hours=1))
    await paging.pass_by(timedelta(minutes=1))
    [message] = direct(paging, "bob")
    assert _row(message)[0]["text"]["text"] == "Acknowledge"

    await paging.click("bob", message, "alert_ack")
    await paging.pass_by(timedelta(minutes=1))
    [message] = direct(paging, "bob")
    assert await status(paging, "A-3") == ("acknowledged", "bob")
    assert message.text == (
        "*3 alerts, none is left*\nA-1: Alice Lee has acknowledged it.\nA-2: Alice Lee snoozed it until 10:00 UTC.\n"
        "A-3: Bob Okafor has acknowledged it."
    )
    assert clicks(message) == []


async def test_a_channel_of_a_policy_gets_a_post_on_which_anyone_of_ours_acts(paging: World) -> None:
    await opens(paging, "The disk is full", to=("channel:#ops",))
    [post] = ops(paging)
    assert "*A-1* P1" in post.text
    assert _row(post)[-1]["url"].endswith("/alerts/A-1")
    await paging.click("alice", post, "alert_ack")
    assert await status(paging) == ("acknowledged", "alice")
    assert clicks(ops(paging)[0]) == []
    assert clicks(direct(paging, "bob")[0]) == []


async def test_who_presses_second_is_told_who_was_first(paging: World) -> None:
    await opens(paging, "The disk is full", to=("channel:#ops",))
    [post] = ops(paging)
    still_shown = deepcopy(post)
    await paging.click("alice", post, "alert_ack")
    await paging.click("bob", still_shown, "alert_ack")
    assert "A-1: Alice acknowledged it at" in paging.whispered("bob").replace(" Lee", "")
    assert await status(paging) == ("acknowledged", "alice")


async def test_two_who_press_at_once_are_both_told_the_truth(paging: World) -> None:
    await opens(paging, "The disk is full", to=("channel:#ops",))
    [post] = ops(paging)
    people = ("alice", "bob")
    await asyncio.gather(*(paging.town.slack.click(who, post, "alert_ack") for who in people))
    await paging.settle()
    winner = (await status(paging))[1]
    [other] = [who for who in people if who != winner]
    assert paging.whispered(winner) == "You have acknowledged A-1."
    assert "acknowledged it at" in paging.whispered(other)


async def test_somebody_whom_tocsin_does_not_know_changes_nothing(paging: World) -> None:
    await opens(paging, "The disk is full", to=("channel:#ops",))
    for act, value in (("alert_ack", None), ("alert_more", "D{}|escalate"), ("alert_more", "D{}|snooze")):
        [post] = ops(paging)
        chosen = value and _option(paging, value.rpartition("|")[2], post)
        await paging.town.slack.click("dan", post, act, chosen)
        await paging.settle()
        assert "is nobody that Tocsin knows" in paging.whispered("dan")
    assert (await status(paging))[0] == "open"


async def test_a_button_of_no_alert_says_so(paging: World) -> None:
    await opens(paging, "The disk is full")
    [message] = direct(paging, "bob")
    for value in ("", "INC-1|x", "D0|", "D99999999999999999999|"):
        for element in _row(message):
            element["value"] = value
        await paging.town.slack.click("bob", message, "alert_ack")
        await paging.settle()
        assert "stands for no alert" in paging.whispered("bob")
    assert (await status(paging))[0] == "open"


async def test_a_lost_answer_posts_nothing_twice(paging: World) -> None:
    paging.quick()
    paging.town.faults.add("slack", "chat.postMessage", "lost_answer", times=1)
    await opens(paging, "The disk is full")
    assert len(direct(paging, "bob")) == 1
    await paging.pass_by(timedelta(minutes=1))
    [message] = direct(paging, "bob")
    await paging.click("bob", message, "alert_ack")
    assert await status(paging) == ("acknowledged", "bob")
    assert clicks(direct(paging, "bob")[0]) == []


async def test_a_channel_that_is_none_is_refused_by_its_name(paging: World) -> None:
    [direct_, posted] = paging.link.given_channels
    answer = await posted.send(page("#nowhere", paging.clock.now()), 1)
    assert isinstance(answer, Refused)
    assert "#nowhere" in answer.why
    assert "in the policy" in answer.why
    paging.town.slack.add_channel("nowhere", bot_in=False)
    assert isinstance(await posted.send(page("#nowhere", paging.clock.now()), 2), Delivered)
    gone = await direct_.send(page("U404NOBODY", paging.clock.now()), 1)
    assert isinstance(gone, Refused)
    assert "correct the Slack id" in gone.why


async def test_slacks_own_faults_are_tried_again(paging: World) -> None:
    [direct_, _] = paging.link.given_channels
    for kind in ("429", "500"):
        paging.town.faults.add("slack", "chat.postMessage", kind, times=1)
        answer = await direct_.send(page(paging.id("bob"), paging.clock.now()), 1)
        assert isinstance(answer, Later)
        paging.clock.advance(timedelta(minutes=1))


async def test_a_page_that_somebody_deleted_needs_no_rewriting(paging: World) -> None:
    [direct_, _] = paging.link.given_channels
    message = page(paging.id("bob"), paging.clock.now(), purpose=TOLD, of="D0123456789/1.000001", ticket="")
    assert isinstance(await direct_.send(message, 1), Delivered | Refused)


def test_nobody_adds_these_as_a_device(paging: World) -> None:
    for one in paging.link.given_channels:
        assert one.shown("#ops") == "#ops"
        with pytest.raises(Invalid):
            one.address({})


async def test_acknowledged_elsewhere_the_post_is_rewritten_too(paging: World) -> None:
    await opens(paging, "The disk is full", to=("channel:#ops",))
    await acknowledge(paging.house, Actor("bob", "web"), "A-1")
    await paging.settle()
    assert clicks(ops(paging)[0]) == []
    assert len(ops(paging)) == 1


def _row(message: Message) -> list[dict[str, Any]]:
    [row] = [block for block in message.blocks if block["type"] == "actions"]
    elements: list[dict[str, Any]] = row["elements"]
    return elements


def _option(world: World, what: str, message: Message | None = None) -> str:
    [menu] = [one for one in _row(message or direct(world, "bob")[0]) if one.get("action_id") == "alert_more"]
    [value] = [option["value"] for option in menu["options"] if option["value"].endswith(f"|{what}")]
    return str(value)
