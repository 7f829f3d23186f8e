"""A private incident in Slack: a conversation of its own, and no word of it anywhere else."""

from __future__ import annotations

import json
from datetime import timedelta

from integrations.slack.slack_world import World
from tocsin.acts import incidents, people
from tocsin.core.case import Actor
from tocsin.town.slack import Message

HOLE = "anyone can sign in as anyone"


def channels(world: World) -> dict[str, list[Message]]:
    """What stands in each channel but direct messages, threads too."""
    space = world.town.slack.space
    return {
        channel.name: [message for message in space.messages if message.channel == channel.id]
        for channel in space.channels.values()
        if channel.dm_of is None
    }


def members(world: World, name: str) -> set[str]:
    channel = world.town.slack.space.channel(name)
    assert channel
    return {world.town.slack.space.users[id].handle for id in channel.members} - {"tocsin"}


async def test_it_gets_a_private_channel_that_only_its_members_are_in(world: World) -> None:
    await world.declare(HOLE, kind="security")

    channel = world.town.slack.space.channel("inc-1-private")
    assert channel
    assert channel.is_private
    assert members(world, "inc-1-private") == {"bob"}
    assert channels(world)["incidents"] == []


async def test_who_is_paged_later_is_let_in(world: World) -> None:
    await people.save_team(world.house, "security_team", ["alice"])
    await world.declare(HOLE, kind="security")

    await world.pass_by(timedelta(minutes=11))

    assert members(world, "inc-1-private") == {"alice", "bob"}


async def test_one_that_becomes_private_says_no_word_where_everybody_reads_any_more(world: World) -> None:
    await world.declare(HOLE)
    await world.command("bob", "kind INC-1 security it is a hole, not an outage")
    seen = len(channels(world)["incidents"])

    await world.command("bob", "own INC-1")
    await world.command("bob", "next INC-1 I rotate the keys")

    assert world.root().text == "INC-1 goes on in private."
    assert len(channels(world)["incidents"]) <= seen
    assert any("rotate the keys" in message.text for message in channels(world)["inc-1-private"])


async def test_what_tocsin_said_in_the_open_is_taken_back_when_it_becomes_private(world: World) -> None:
    await world.declare(HOLE)
    await world.say("carol", "incidents", "is it the gateway?", world.root().ts)
    assert HOLE in json.dumps([message.text for message in channels(world)["incidents"]])

    await world.command("bob", "kind INC-1 security it is a hole, not an outage")
    await world.pass_by(timedelta(minutes=1))

    left = [message.text for message in channels(world)["incidents"]]
    assert left == ["INC-1 goes on in private.", "is it the gateway?"]
    told = [message.text for message in channels(world)["inc-1-private"]]
    assert any("what people wrote there stays until they delete it" in text for text in told)


async def test_lists_and_questions_tell_others_nothing(world: World) -> None:
    await world.declare(HOLE, kind="security")

    listed = await world.command("carol", "list")
    status = await world.command("carol", "status INC-1")

    assert HOLE not in json.dumps([listed.body, status.body])
    assert "There is no incident INC-1" in json.dumps(status.body)
    assert HOLE in json.dumps((await world.command("bob", "list")).body)


async def test_who_writes_that_they_are_on_it_in_its_own_channel_owns_it(world: World) -> None:
    await world.declare(HOLE, kind="security")
    [root, *_] = channels(world)["inc-1-private"]

    await world.say("bob", "inc-1-private", "I'm on it", root.ts)

    assert (await world.incident()).owner == "bob"


async def test_the_public_card_is_emptied_also_while_another_drawing_of_it_waits(world: World) -> None:
    await world.declare(HOLE)
    bob = Actor("bob", "web", "Bob")
    await incidents.own(world.house, bob, "INC-1")

    await incidents.change_kind(world.house, bob, "INC-1", "security", "a hole")
    await world.settle()

    assert HOLE not in world.root().text
    assert "goes on in private" in world.root().text


async def test_the_card_of_a_private_one_has_a_button_for_each_step_that_is_owed(world: World) -> None:
    """Slack refuses two buttons of one name, and with them the whole card."""
    await world.declare(HOLE, kind="security")

    [card] = channels(world)["inc-1-private"][:1]
    steps = [(act, value) for act, _, value, _ in card.buttons if act.startswith("step")]
    assert steps == [("step", "INC-1|security-lead"), ("step#2", "INC-1|legal")]
    await world.click("bob", card, "step#2")
    assert world.town.slack.open_view("bob")
