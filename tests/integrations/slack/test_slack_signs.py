"""Reactions that do more than keep a message: one files it as a follow-up, two answer a report."""

from __future__ import annotations

from dataclasses import replace

import pytest
from slack_talk import ALICE, clicks
from slack_world import World

from tocsin.acts import incidents
from tocsin.core.asked import FollowUp
from tocsin.errors import Invalid
from tocsin.integrations.slack.reactions import signs
from tocsin.town.slack import Message


async def said_in_thread(world: World, text: str = "renew <them> by machine") -> Message:
    await world.declare()
    await incidents.own(world.house, ALICE, "INC-1")
    await world.settle()
    await world.say("carol", "incidents", text, world.root().ts)
    return world.town.slack.replies(world.root())[-1]


async def react(world: World, user: str, message: Message, sign: str) -> None:
    world.town.slack.space.channels[message.channel].members.add(world.id(user))
    await world.town.slack.react(user, message, sign)
    await world.settle()


async def follow_ups(world: World) -> tuple[FollowUp, ...]:
    return (await world.incident()).asked.follow_ups


async def report(world: World) -> Message:
    """What Dan said in #general, which opened INC-1."""
    await world.say("dan", "general", "@tocsin sign-in is down")
    return world.town.slack.messages("general")[0]


def shown(world: World, handle: str) -> Message:
    return world.town.slack.ephemerals(handle)[-1]


async def test_before_others_read_the_words_in_an_issue_who_reacted_is_asked(world: World) -> None:
    message = await said_in_thread(world)

    await react(world, "bob", message, "fast_forward")

    assert await follow_ups(world) == ()
    assert "It becomes an issue, yours, with these words:\n> renew &lt;them&gt; by machine" in (
        shown(world, "bob").text
    )
    assert clicks(shown(world, "bob")) == ["file_follow_up", "follow_up"]


async def test_one_click_files_it_once_with_the_link_to_the_message(world: World) -> None:
    message = await said_in_thread(world)
    await react(world, "bob", message, "fast_forward")
    at_once = replace(shown(world, "bob"))

    await world.click("bob", shown(world, "bob"), "file_follow_up")
    await world.click("bob", at_once, "file_follow_up")

    [one] = await follow_ups(world)
    assert (one.title, one.to) == ("renew <them> by machine", "bob")
    assert message.ts in one.text
    assert "F1 of INC-1 is filed, and yours" in shown(world, "bob").text


async def test_in_private_no_issue_is_promised_and_it_is_filed_at_once(world: World) -> None:
    """Nobody else will read the words: there is nothing to ask."""
    await world.declare("a hole", kind="security")
    [root, *_] = world.town.slack.messages("inc-1-private")
    await world.say("bob", "inc-1-private", "rotate the keys", root.ts)

    await react(world, "bob", world.town.slack.replies(root)[-1], "fast_forward")

    [one] = await follow_ups(world)
    assert (one.title, one.to) == ("rotate the keys", "bob")
    assert shown(world, "bob").text == "F1 of INC-1 is filed, and yours: rotate the keys"
    said = [message.text for message in world.town.slack.messages("inc-1-private")]
    said += [message.text for message in world.town.slack.replies(root)]
    assert [text for text in said if "issue" in text.lower()] == []


async def test_other_words_are_asked_for_in_the_form(world: World) -> None:
    await react(world, "bob", await said_in_thread(world), "fast_forward")

    await world.click("bob", shown(world, "bob"), "follow_up")

    assert "renew <them> by machine" in str(world.view("bob").blocks)


async def test_who_is_nobody_of_ours_can_not_file_one(world: World) -> None:
    await react(world, "dan", await said_in_thread(world), "fast_forward")

    assert "Only a person can file a follow-up" in shown(world, "dan").text
    assert await follow_ups(world) == ()


async def test_a_message_elsewhere_is_no_follow_up(world: World) -> None:
    await world.declare()
    await world.say("carol", "general", "lunch?")

    await react(world, "bob", world.town.slack.messages("general")[-1], "fast_forward")

    assert world.town.slack.ephemerals("bob") == []


async def test_eyes_of_who_was_paged_acknowledge_the_page(world: World) -> None:
    await react(world, "bob", await report(world), "eyes")

    assert (await world.incident()).alert.acknowledged_by == "bob"
    assert (await world.incident()).owner == ""
    assert clicks(shown(world, "bob")) == ["own"]


async def test_eyes_on_the_card_do_too(world: World) -> None:
    await world.declare()

    await react(world, "bob", world.root(), "eyes")

    assert (await world.incident()).alert.acknowledged_by == "bob"


@pytest.mark.parametrize("who", ["alice", "dan"])
async def test_eyes_of_anybody_else_only_look(world: World, who: str) -> None:
    await react(world, who, await report(world), "eyes")

    assert (await world.incident()).alert.acknowledged_at is None
    assert not any("acknowledged" in one.text for one in world.town.slack.ephemerals(who))


async def test_a_check_mark_offers_to_own_it_and_makes_nobody_an_owner(world: World) -> None:
    await react(world, "alice", await report(world), "white_check_mark")

    assert (await world.incident()).owner == ""
    assert "Nobody owns INC-1 yet. Are you on it?" in shown(world, "alice").text
    await world.click("alice", shown(world, "alice"), "own")
    assert (await world.incident()).owner == "alice"


async def test_signs_on_what_somebody_owns_or_on_a_mere_message_say_nothing(world: World) -> None:
    message = await said_in_thread(world)
    before = len(world.town.slack.ephemerals("bob"))

    await react(world, "bob", message, "eyes")
    await react(world, "bob", message, "white_check_mark")
    await react(world, "bob", world.root(), "heavy_check_mark")

    assert len(world.town.slack.ephemerals("bob")) == before


def test_a_sign_that_would_do_two_things_is_refused_by_name() -> None:
    assert signs(["memo"], ["fast_forward"])["memo"] == "timeline"
    with pytest.raises(Invalid, match="TOCSIN_SLACK_FOLLOW_UP_SIGNS has memo, which stands for timeline"):
        signs(["memo"], ["memo"])
    with pytest.raises(Invalid, match="TOCSIN_SLACK_TIMELINE_SIGNS has eyes, which stands for seen already"):
        signs(["eyes"], [])
