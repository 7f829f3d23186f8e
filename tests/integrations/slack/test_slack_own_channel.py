"""A channel for each incident, where the setting says so: made, topped, kept up to date, and archived last."""

from __future__ import annotations

from datetime import timedelta

import pytest
from slack_world import World, settings_for

from tocsin.acts import incidents
from tocsin.core.case import Actor
from tocsin.core.work import OWN_CHANNEL
from tocsin.integrations.slack import connect
from tocsin.settings import read_settings
from tocsin.town import Town
from tocsin.town.slack.workspace import Channel

NAME = "inc-1-sign-in-is-broken"
BOB = Actor("bob", "web", "Bob")
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def world(world: World) -> World:
    """As it is with TOCSIN_SLACK_CHANNEL_PER_INCIDENT."""
    world.house.abilities |= {OWN_CHANNEL}
    return world


def channel(world: World) -> Channel:
    found = world.town.slack.space.channel(NAME)
    assert found
    return found


def said(world: World) -> list[str]:
    return [message.text for message in world.town.slack.messages(NAME)]


async def close(world: World) -> None:
    """Resolve it, and settle every duty that is left, one way or the other."""
    await incidents.own(world.house, BOB, "INC-1")
    await incidents.dismiss(world.house, BOB, "INC-1", "a test", "looked at it")
    await world.settle()


async def test_the_setting_gives_the_ability(town: Town) -> None:
    link = connect(read_settings(settings_for(town, TOCSIN_SLACK_CHANNEL_PER_INCIDENT="true")))

    assert link
    assert OWN_CHANNEL in link.abilities
    await link.aclose()


async def test_its_card_stands_in_both_channels_and_the_one_leads_to_the_other(world: World) -> None:
    await world.declare()

    own, announced = world.town.slack.messages(NAME)[0], world.root()
    assert "Sign-in is broken" in own.text
    assert own.ts in channel(world).pins
    assert channel(world).topic == "INC-1 | High | open | nobody owns it yet"
    assert f"<#{channel(world).id}>" in str(announced.blocks)
    thread = (await world.incident()).thread
    assert thread
    assert (thread.channel, thread.message) == (channel(world).id, own.ts)
    assert thread.announced == f"{announced.channel}/{announced.ts}"
    assert world.thread() == [], "nothing is said under the announcement"


async def test_who_was_paged_is_let_in_and_so_is_who_comes_later(world: World) -> None:
    await world.declare()
    assert world.id("bob") in channel(world).members

    await world.command("alice", "own")

    assert world.id("alice") in channel(world).members


async def test_in_it_commands_notes_and_on_it_need_no_thread(world: World) -> None:
    await world.declare()

    await world.say("bob", NAME, "I'm on it")
    await world.say("bob", NAME, "@tocsin next roll back in 20m")
    await world.say("bob", NAME, "@tocsin v42 went out at 08:50")

    incident = await world.incident()
    assert incident.owner == "bob"
    assert incident.last_word == "roll back"
    assert await world.notes() == ["v42 went out at 08:50"]
    assert any("*Next steps*" in text for text in said(world))
    assert channel(world).topic == "INC-1 | High | open | Bob Okafor"
    assert "Bob" in str(world.root().blocks) or world.id("bob") in str(world.root().blocks)


async def test_a_pin_in_it_counts(world: World) -> None:
    await world.declare()
    await world.say("carol", NAME, "the check fails since 08:51")

    await world.town.slack.react("bob", world.town.slack.messages(NAME)[-1], "pushpin")
    await world.settle()

    assert [note.splitlines()[-1] for note in await world.notes()] == ["the check fails since 08:51"]


async def test_elsewhere_words_are_no_part_of_it(world: World) -> None:
    await world.declare()

    await world.say("bob", "incidents", "I'm on it")
    await world.say("dan", "incidents", "@tocsin search is slow")

    assert (await world.incident()).owner == ""
    assert (await world.incident("INC-2")).title == "search is slow"


async def test_it_is_archived_last_and_what_begins_again_goes_on_under_its_card(world: World) -> None:
    await world.declare()
    await close(world)
    assert (await world.incident()).status == "closed"
    assert channel(world).is_archived
    assert "is closed: every duty is settled" in said(world)[-1]

    await incidents.reopen(world.house, BOB, "INC-1", "it fails again")
    await world.settle()

    assert any("*Opened again*" in text for text in world.thread())
    assert "open" in world.root().text


async def test_after_a_lost_answer_there_is_one_channel_and_one_card_in_each(world: World) -> None:
    world.quick()
    world.town.faults.add("slack", "conversations.create", "lost_answer")
    world.town.faults.add("slack", "chat.postMessage", "lost_answer", times=3)

    await world.declare()
    for _ in range(6):
        world.clock.advance(MINUTE)
        await world.settle()

    assert len(world.town.slack.messages("incidents")) == 1
    assert sum("Sign-in is broken (" in text for text in said(world)) == 1


def bookmarks(world: World) -> dict[str, str]:
    return {str(one["title"]): str(one["link"]) for one in channel(world).bookmarks}


async def test_its_bookmarks_are_the_page_and_what_comes_later_each_once(world: World) -> None:
    await world.declare()
    assert bookmarks(world) == {"Incident page": world.house.places.incident("INC-1")}

    await incidents.own(world.house, BOB, "INC-1")
    await incidents.state_next_steps(world.house, BOB, "INC-1", "look")
    await incidents.approve_public_words(world.house, BOB, "INC-1", title="t", body="b", post="p {issue}")
    await world.settle()
    await world.settle()

    assert list(bookmarks(world)) == ["Incident page", "Public issue", "Public post"]
    assert len(channel(world).bookmarks) == 3


async def test_its_name_follows_the_title(world: World) -> None:
    await world.declare()

    await world.command("bob", "title INC-1 The certificate ran out")
    assert world.town.slack.has_channel("inc-1-the-certificate-ran-out")
    await world.command("bob", "title INC-1 Sign-in: certificate")

    assert world.town.slack.has_channel("inc-1-sign-in-certificate")
    assert not world.town.slack.has_channel(NAME)


async def test_a_name_that_people_gave_it_stays(world: World) -> None:
    await world.declare()
    channel(world).name = "inc-1-war-room"

    await world.command("bob", "title INC-1 The certificate ran out")

    assert world.town.slack.has_channel("inc-1-war-room")


@pytest.mark.parametrize("method", ["conversations.rename", "bookmarks.list", "bookmarks.add"])
async def test_what_the_app_may_not_do_there_holds_up_nothing(world: World, method: str) -> None:
    world.town.slack.forbid(method)

    await world.declare()
    own = channel(world).id
    await world.command("bob", "title INC-1 The certificate ran out")

    assert "The certificate ran out" in world.root().text
    assert "The certificate ran out" in world.town.slack.messages(own)[0].text


async def test_one_that_becomes_private_leaves_it(world: World) -> None:
    await world.declare()
    await incidents.own(world.house, BOB, "INC-1")

    await incidents.change_kind(world.house, BOB, "INC-1", "security", "a hole")
    await world.settle()

    left = world.town.slack.space.channel("inc-1")
    assert left
    assert left.is_archived
    assert left.topic == "INC-1 goes on in private."
    assert world.root().text == "INC-1 goes on in private."
    assert [one.text for one in world.town.slack.messages("inc-1")] == ["INC-1 goes on in private."]
