"""The channels that a policy names hear of incidents, over real signed HTTP with the town: with the thread, and never what is private."""

from __future__ import annotations

import html

import pytest
from slack_talk import clicks
from slack_world import World

from tocsin.acts import incident_paging, incidents
from tocsin.acts.incidents import NewReport
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.policies_saved import save_policy
from tocsin.core import facts as f
from tocsin.core.case import Actor
from tocsin.engine.loop import Engine
from tocsin.engine.place_reach import PlaceReach
from tocsin.engine.reaches import Reaches
from tocsin.town.slack import Message

ALICE = Actor("alice", "slack")


@pytest.fixture
def told(world: World) -> World:
    """Bob is on call; policies may name channels."""
    house = world.house
    house.given = {one.via: one for one in world.link.given_channels}
    world.engine = Engine(
        house, Reaches([world.link.reach, world.mailbox.under("email"), PlaceReach(house.given["channel"])])
    )
    world.town.slack.add_channel("ops", bot_in=False)
    return world


async def declared(world: World, *to: str, kind: str = "") -> str:
    await save_policy(world.house, OPERATOR, {"id": "own", "steps": [{"to": list(to)}]})
    report = NewReport("api", "Sign-in is broken", "jane", outside=False)
    ref = (await incidents.declare(world.house, Actor("bob", "api"), report, kind=kind, policy="own")).ref
    for _ in range(3):
        await world.settle()
    return ref


def ops(world: World, channel: str = "ops") -> list[Message]:
    return world.town.slack.messages(channel)


async def of_places(world: World, ref: str) -> list[f.What]:
    kinds = (f.PlacesCalled, f.PlaceTold, f.DeliveryRefused)
    return [one.what for one in (await world.incident(ref)).facts if isinstance(one.what, kinds)]


async def test_a_channel_is_told_with_the_thread_and_rewritten_once_somebody_has_it(told: World) -> None:
    ref = await declared(told, "on-call", "channel:#ops")

    [message] = ops(told)
    thread = (await told.incident(ref)).thread
    assert thread
    assert f"*{ref} Sign-in is broken*" in message.text
    assert "Bob Okafor is paged (on call). Reported by jane (the API)." in message.text
    assert thread.url in html.unescape(message.text)
    assert clicks(message) == []
    [evidence] = await of_places(told, ref)
    assert isinstance(evidence, f.PlaceTold)
    assert (evidence.place, evidence.url.startswith(told.town.url)) == ("channel:#ops", True)
    found = await incident_paging.paging(told.house, ref, "bob")
    assert [one.text for one in found.told] == ["Step 1: Bob Okafor, channel:#ops"]

    await incidents.own(told.house, ALICE, ref)
    await told.settle()
    assert "Alice Lee owns it." in ops(told)[0].text
    await incidents.dismiss(told.house, ALICE, ref, "a false alarm", "looked at it")
    await told.settle()
    assert "It was dismissed: it is no incident." in ops(told)[0].text
    assert len(ops(told)) == 1


async def test_of_a_private_incident_nothing_is_said_in_a_channel_that_everybody_reads(told: World) -> None:
    told.town.slack.add_channel("vault", bot_in=True, is_private=True)
    ref = await declared(told, "on-call", "channel:#ops", "channel:#vault", kind="security")

    assert ops(told) == []
    refused = [one for one in await of_places(told, ref) if isinstance(one, f.DeliveryRefused)]
    assert [one.why for one in refused] == [f"{ref} is private, and everybody can read #ops"]
    [inside] = ops(told, "vault")
    assert inside.text == f"*{ref} is private: look at its page*\n{told.house.places.incident(ref)}"


async def test_one_that_becomes_private_is_taken_back_to_that_where_it_was_told(told: World) -> None:
    ref = await declared(told, "on-call", "channel:#ops")
    await incidents.change_kind(told.house, Actor("bob", "slack"), ref, "security", "data leaked")
    await incidents.own(told.house, Actor("bob", "slack"), ref)
    await told.settle()

    assert "Sign-in" not in ops(told)[0].text


async def test_a_step_that_tells_a_channel_alone_reaches_nobody_and_the_next_follows(told: World) -> None:
    ref = await declared(told, "channel:#ops")

    [called, evidence] = await of_places(told, ref)
    assert isinstance(called, f.PlacesCalled)
    assert isinstance(evidence, f.PlaceTold)
    assert (await told.incident(ref)).alert.people == ()
    assert any("Step 1 reaches nobody. Told as well: channel:#ops." in one for one in told.thread())
