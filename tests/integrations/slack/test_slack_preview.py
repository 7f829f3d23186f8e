"""The update for the public by a command: shown first, and out only by a click."""

from __future__ import annotations

from dataclasses import replace

import pytest
from slack_talk import ALICE, BOB
from slack_world import World

from tocsin.acts import incidents, looks
from tocsin.town.slack import Message


@pytest.fixture
async def told(world: World) -> World:
    """INC-1, which Alice owns, and of which the public knows."""
    await world.declare()
    await incidents.own(world.house, ALICE, "INC-1")
    await incidents.state_next_steps(world.house, ALICE, "INC-1", "look")
    await incidents.approve_public_words(world.house, ALICE, "INC-1", title="t", body="b", post="p {issue}")
    await world.settle()
    return world


def shown(world: World, handle: str = "alice") -> Message:
    return world.town.slack.ephemerals(handle)[-1]


async def updates(world: World) -> list[str]:
    return [one.text for _, one in (await world.incident()).public.updates]


async def test_nothing_goes_out_before_it_is_approved(told: World) -> None:
    await told.command("alice", "public api is down, <see> below")

    assert "*Nothing has gone out yet.* INC-1: the issue shows and a post says this" in shown(told).text
    assert "> api is down, &lt;see&gt; below" in shown(told).text
    assert [one[0] for one in shown(told).buttons] == ["publish_update", "discard_update", "report_anyway"]
    assert await updates(told) == []


async def test_pressed_twice_it_goes_out_once(told: World) -> None:
    await told.command("alice", "public Half of it is back")
    preview = replace(shown(told))

    await told.click("alice", shown(told), "publish_update")
    await told.click("alice", preview, "publish_update")

    assert await updates(told) == ["Half of it is back"]
    assert "the public is told" in told.whispered("alice")


async def test_after_other_words_went_out_an_old_preview_does_not(told: World) -> None:
    await told.command("alice", "public Half of it is back")
    old = shown(told)
    await incidents.approve_public_update(told.house, ALICE, "INC-1", text="All of it is back", post="-")

    await told.click("alice", old, "publish_update")

    assert await updates(told) == ["All of it is back"]
    assert "The public was told something else meanwhile" in told.whispered("alice")


async def test_what_is_discarded_goes_nowhere(told: World) -> None:
    await told.command("alice", "public Half of it is back")
    await told.click("alice", shown(told), "discard_update")

    assert shown(told).text == "INC-1: nothing has gone out."
    assert shown(told).buttons == []
    assert await updates(told) == []


async def test_what_was_meant_as_a_report_becomes_one(told: World) -> None:
    await told.command("alice", "public api is down")
    await told.click("alice", shown(told), "report_anyway")

    rows = await looks.open_incidents(told.house, "alice")
    assert [row.title for row in rows] == ["public api is down", "Sign-in is broken"]


async def test_who_may_not_publish_is_refused_before_and_can_report_it(told: World) -> None:
    await told.command("bob", "public api is down")

    assert "Public words are the owner's to approve" in shown(told, "bob").text
    assert [one[0] for one in shown(told, "bob").buttons] == ["report_anyway"]


async def test_what_a_post_can_not_hold_is_refused_before(told: World) -> None:
    await told.command("alice", f"public {'half of it is back ' * 16}")
    assert "X takes 280" in shown(told).text


async def test_words_about_a_private_incident_are_refused_and_offered_nowhere(world: World) -> None:
    await world.declare(kind="security")
    await incidents.own(world.house, BOB, "INC-1")

    await world.command("bob", "public INC-1 the admin panel is open")

    assert shown(world, "bob").buttons == []
    assert [row.ref for row in await looks.open_incidents(world.house, "bob")] == ["INC-1"]


async def test_the_form_of_an_update_can_lower_the_severity_and_tell_the_public_at_once(told: World) -> None:
    await told.command("alice", "update INC-1")
    await told.submit(
        "alice",
        text={"text": "Half of it is back"},
        severity={"severity": "moderate"},
        public={"public": "same"},
    )

    incident = await told.incident()
    assert (incident.last_word, incident.severity) == ("Half of it is back", "moderate")
    assert await updates(told) == ["Half of it is back"]


async def test_who_may_not_tell_the_public_posts_nothing_by_halves(told: World) -> None:
    await told.command("bob", "update INC-1")
    await told.submit("bob", text={"text": "Half of it is back"}, public={"public": "same"})

    assert "Public words are the owner's to approve" in str(told.view("bob").errors)
    assert (await told.incident()).last_word == "look"
