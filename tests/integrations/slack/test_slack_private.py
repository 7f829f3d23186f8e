"""A private incident in Slack: a conversation of its own, and no word of it anywhere else."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from integrations.slack.slack_world import World
from tocsin.acts import incidents, looks, people
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN
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


@pytest.mark.parametrize(
    "words", ["we were hacked, customer data leaked", "there is an exploit of XYZSECRET"]
)
@pytest.mark.parametrize("door", ["command", "report", "genie", "mention", "direct", "shortcut"])
async def test_words_of_security_are_private_from_the_first_second_by_whatever_way(
    world: World, door: str, words: str
) -> None:
    match door:
        case "command":
            await world.command("bob", words)
        case "report":
            await world.command("bob", f"report {words}")
        case "genie":
            await world.command("bob", f'alert "{words}" for @alice', command="/genie")
        case "mention":
            await world.say("bob", "incidents", f"<@{world.town.slack.bot_user_id}> {words}")
        case "direct":
            await world.say("bob", "@tocsin", words)
        case _:
            await world.say("bob", "incidents", words)
            await world.shortcut("bob", "declare_incident", world.root())

    incident = await world.incident()
    assert (incident.kind, incident.private) == ("security", True)
    said = [message.text for message in channels(world)["incidents"] if message.bot_id]
    assert not any(words in one for one in said)


@pytest.mark.parametrize("way", ["shortcut", "command", "report", "genie", "mention"])
async def test_what_is_said_in_a_private_conversation_opens_nothing_and_belongs_to_it(
    world: World, way: str
) -> None:
    await world.declare(HOLE, kind="security")
    words = "XYZSECRET fails for everybody"
    match way:
        case "shortcut":
            await world.say("bob", "inc-1-private", words)
            message = channels(world)["inc-1-private"][-1]
            await world.shortcut("bob", "declare_incident", message)
            await world.shortcut("bob", "declare_incident", message)
        case "mention":
            await world.say("bob", "inc-1-private", f"<@{world.town.slack.bot_user_id}> report {words}")
        case "genie":
            await world.command("bob", f'alert "{words}" for @alice', "inc-1-private", command="/genie")
        case _:
            text = f"report {words}" if way == "report" else words
            await world.command("bob", text, "inc-1-private")

    assert await looks.open_incidents(world.house, TOCSIN) == await looks.open_incidents(world.house, "bob")
    assert [row.ref for row in await looks.open_incidents(world.house, TOCSIN)] == ["INC-1"]
    kept = [fact for fact in (await world.incident()).facts if words in str(fact.what)]
    assert len(kept) == 1
    assert "inc-2" not in str(list(channels(world)))
    assert channels(world)["incidents"] == []


async def test_a_message_of_an_incidents_thread_is_noted_there_and_opens_no_other(world: World) -> None:
    await world.declare()
    await world.say("alice", "incidents", "the gateway is down", world.root().ts)
    said = channels(world)["incidents"][-1]

    await world.shortcut("bob", "declare_incident", said)

    assert [row.ref for row in await looks.open_incidents(world.house, TOCSIN)] == ["INC-1"]
    assert "Noted in the timeline of INC-1" in world.whispered("bob")
