"""The inbox in Slack: a message with two clicks, which is rewritten once somebody has looked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from slack_world import World

from tocsin.acts import inbox
from tocsin.core.case import Actor
from tocsin.core.intake import Message

NO_ANSWER = ["lost_answer", "timeout", "503"]


async def heard(world: World, text: str = "@acme <!here> hm?") -> None:
    now = world.house.clock.now()
    await inbox.hear(
        world.house, Message("x", text, "@jane", now, url="https://x.com/1", address="1", key="1")
    )
    await world.settle()


def acts(world: World, n: int = 0) -> list[str]:
    blocks = world.town.slack.messages("incidents")[n].blocks or []
    return [one["action_id"] for block in blocks for one in block.get("elements", [])]


async def test_a_message_that_waits_is_posted_with_two_clicks_and_calls_nobody(world: World) -> None:
    await heard(world)

    [shown] = world.town.slack.messages("incidents")
    assert "*@jane* by X: https://x.com/1" in shown.text
    assert "&lt;!here&gt; hm?" in shown.text
    assert acts(world) == ["inbox_open", "inbox_aside", "open_inbox"]


async def test_a_click_opens_an_incident_and_no_click_stays_live(world: World) -> None:
    await heard(world)

    await world.click("bob", world.root(), "inbox_open")

    incident = await world.incident()
    assert (incident.reports[0].reporter, incident.facts[0].by) == ("@jane", "bob")
    assert "opened INC-1 at 09:00 UTC." in world.root().text
    assert acts(world) == ["open_page"]


async def test_a_click_puts_it_aside_and_says_who_did(world: World) -> None:
    await heard(world)

    await world.click("bob", world.root(), "inbox_aside")

    assert f"<@{world.id('bob')}> put it aside at 09:00 UTC." in world.root().text
    assert acts(world) == []


async def test_of_what_went_private_no_word_stays_in_the_channel(world: World) -> None:
    await heard(world, "@acme your tokens are on pastebin")

    await inbox.open_message(world.house, Actor("bob", "web", "Bob"), 1, kind="security")
    await world.settle()

    text = world.root().text
    assert text == "This message was looked at, and goes on in private."
    assert "pastebin" not in str(world.root().blocks)


@pytest.mark.parametrize("fault", NO_ANSWER)
async def test_it_is_posted_once_although_the_answer_was_lost(world: World, fault: str) -> None:
    world.town.faults.add("slack", "chat.postMessage", fault, times=1)
    world.quick()
    await heard(world)

    await world.pass_by(timedelta(minutes=2))

    assert len(world.town.slack.messages("incidents")) == 1
    assert (await inbox.inbox(world.house, "bob")).waiting[0].posted


async def test_what_was_looked_at_before_slack_came_back_is_not_posted_any_more(world: World) -> None:
    world.town.faults.add("slack", "chat.postMessage", "503", times=1)
    await heard(world)
    await inbox.put_aside(world.house, Actor("bob", "web", "Bob"), 1)

    await world.pass_by(timedelta(minutes=2))

    assert world.town.slack.messages("incidents") == []


async def test_the_command_lists_what_waits_and_its_clicks_draw_the_list_anew(world: World) -> None:
    await world.command("bob", "inbox")
    assert world.whispered("bob") == "Nothing waits in the inbox."
    await heard(world)

    await world.command("bob", "inbox")
    listed = world.town.slack.ephemerals("bob")[-1]
    assert "*1 waiting*" in listed.text
    assert "&lt;!here&gt; hm?" in str(listed.blocks)
    assert [one[0] for one in listed.buttons] == ["inbox_open", "inbox_aside"]
    await world.click("bob", listed, "inbox_aside")

    assert world.whispered("bob") == "Nothing waits in the inbox."
    assert all(not one.buttons for one in world.town.slack.ephemerals("bob"))
    assert (await inbox.inbox(world.house, "bob")).waiting == []


async def test_the_inbox_is_for_people_of_ours(world: World) -> None:
    await heard(world, "my password is hunter2")

    await world.command("dan", "inbox", "general")

    assert "Only a person whom Tocsin knows can look at the inbox" in world.whispered("dan")
    assert "hunter2" not in world.whispered("dan")
