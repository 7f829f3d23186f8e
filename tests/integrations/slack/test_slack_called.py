"""Somebody who is called by name is asked for whoever else has answered, and says so themselves."""

from __future__ import annotations

import pytest
from slack_talk import ALICE, BOB, clicks, direct
from slack_world import World

from tocsin.acts import incidents


@pytest.fixture
async def owned(world: World) -> World:
    """INC-1, which Bob owns."""
    await world.declare()
    await incidents.own(world.house, BOB, "INC-1")
    await world.settle()
    return world


async def test_who_is_called_though_somebody_owns_it_can_answer_and_only_that(owned: World) -> None:
    await owned.command("bob", "page INC-1 @alice")

    [page] = direct(owned, "alice")
    assert "You are paged: Bob Okafor asks for Alice Lee" in page.text
    assert clicks(page) == ["ack"]
    await owned.click("alice", page, "ack")

    [page] = direct(owned, "alice")
    assert clicks(page) == []
    assert f"<@{owned.id('alice')}> has acknowledged at" in page.text
    assert f"<@{owned.id('alice')}> has acknowledged the page." in owned.thread()


async def test_what_others_answer_does_not_answer_for_who_was_called(world: World) -> None:
    await world.declare()
    await world.command("bob", "page INC-1 @alice")
    await incidents.acknowledge(world.house, BOB, "INC-1")
    await world.settle()
    assert clicks(direct(world, "alice")[0]) == ["own", "ack", "escalate"]

    await incidents.own(world.house, BOB, "INC-1")
    await world.settle()

    [page] = direct(world, "alice")
    assert clicks(page) == ["ack"]
    assert "is asked for as well, and has not answered yet" in page.text


async def test_the_end_settles_a_call_that_nobody_answered(owned: World) -> None:
    await owned.command("bob", "page INC-1 @alice")
    await incidents.resolve(owned.house, BOB, "INC-1", "rolled back", "sign-in works", rolled_back=True)
    await owned.settle()

    [page] = direct(owned, "alice")
    assert clicks(page) == []
    assert "Resolved by" in page.text


async def test_a_second_answer_to_a_call_says_nothing_twice(owned: World) -> None:
    await owned.command("bob", "page INC-1 @alice")
    await incidents.acknowledge(owned.house, ALICE, "INC-1")
    facts = len((await incidents.acknowledge(owned.house, ALICE, "INC-1")).facts)

    assert len((await incidents.acknowledge(owned.house, ALICE, "INC-1")).facts) == facts
