"""Reactions that put a message on the timeline: once, with its author and its link, and only in an incident's conversation."""

from __future__ import annotations

import pytest
from slack_world import World

from tocsin.core.facts import NoteAdded
from tocsin.town.slack import Message


async def said_in_thread(world: World, text: str = "v42 went out at 08:50") -> Message:
    await world.declare()
    await world.say("carol", "incidents", text, world.root().ts)
    return world.town.slack.replies(world.root())[-1]


async def react(world: World, user: str, message: Message, sign: str = "pushpin") -> None:
    world.town.slack.space.channels[message.channel].members.add(world.id(user))
    await world.town.slack.react(user, message, sign)
    await world.settle()


async def notes(world: World) -> list[tuple[str, str]]:
    facts = (await world.incident()).facts
    return [(fact.by, fact.what.text) for fact in facts if isinstance(fact.what, NoteAdded)]


async def test_a_pin_puts_the_message_on_the_timeline_with_author_time_and_link(world: World) -> None:
    message = await said_in_thread(world)

    await react(world, "bob", message)

    assert await notes(world) == [("bob", "Carol wrote at 09:00 UTC:\nv42 went out at 08:50")]
    [note] = [fact.what for fact in (await world.incident()).facts if isinstance(fact.what, NoteAdded)]
    assert message.ts in note.url
    assert world.whispered("bob") == "It is on the timeline of INC-1."


async def test_what_a_pin_keeps_is_not_said_again_where_it_stands(world: World) -> None:
    message = await said_in_thread(world)
    before = world.thread()

    await react(world, "bob", message)

    assert len(await notes(world)) == 1
    assert world.thread() == before


async def test_it_stands_there_once_whoever_reacts_how_often(world: World) -> None:
    message = await said_in_thread(world)
    world.town.faults.add("slack", "reaction_added", "duplicate_event")

    await react(world, "bob", message)
    await react(world, "alice", message, "memo")
    await world.town.slack.unreact("bob", message, "pushpin")
    await react(world, "bob", message)

    assert len(await notes(world)) == 1


@pytest.mark.parametrize("sign", ["eyes", "thumbsup"])
async def test_other_signs_do_nothing(world: World, sign: str) -> None:
    message = await said_in_thread(world)

    await react(world, "bob", message, sign)

    assert await notes(world) == []


async def test_what_tocsin_said_itself_is_on_the_timeline_already(world: World) -> None:
    await world.declare()

    await react(world, "bob", world.root())

    assert await notes(world) == []


async def test_elsewhere_a_pin_is_only_a_pin(world: World) -> None:
    await world.declare()
    await world.say("carol", "general", "lunch?")

    await react(world, "bob", world.town.slack.messages("general")[-1])

    assert await notes(world) == []
    assert world.town.slack.ephemerals("bob") == []


async def test_who_has_no_seat_in_tocsin_may_pin_too(world: World) -> None:
    message = await said_in_thread(world)

    await react(world, "dan", message)

    assert [by for by, _ in await notes(world)] == ["Dan Fry"]


async def test_a_message_that_people_pin_goes_on_the_timeline_once(world: World) -> None:
    message = await said_in_thread(world)
    world.town.slack.space.channels[message.channel].members.add(world.id("bob"))

    await world.town.slack.pin("bob", message)
    await world.settle()
    await react(world, "alice", message)

    assert await notes(world) == [("bob", "Carol wrote at 09:00 UTC:\nv42 went out at 08:50")]
