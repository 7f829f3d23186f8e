"""What is learned, what is recorded and what the public hears, as people do it in Slack: by command and by form."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from slack_talk import ALICE, clicks, direct
from slack_world import World

from tocsin.acts import incidents
from tocsin.core.facts import StepTaken
from tocsin.integrations.slack.forms_learning import in_working_days


@pytest.fixture
async def ended(world: World) -> World:
    """INC-1, which Alice owned and resolved."""
    await world.declare()
    await incidents.own(world.house, ALICE, "INC-1")
    await incidents.resolve(world.house, ALICE, "INC-1", "renewed", "signed in myself")
    for handle in ("alice", "bob"):
        await world.command(handle, "who")
    return world


async def test_a_follow_up_by_command(ended: World) -> None:
    await ended.command("alice", f"follow-up <@{ended.id('bob')}> renew them by machine")
    assert f"F1 is <@{ended.id('bob')}>'s" in ended.whispered("alice")
    await ended.command("bob", "follow-up done F1 a job does it")

    [one] = (await ended.incident()).asked.follow_ups
    assert (one.title, one.to, one.how) == ("renew them by machine", "bob", "a job does it")


async def test_a_follow_up_by_the_form_proposes_the_owner(ended: World) -> None:
    await ended.click("alice", ended.root(), "follow_up")
    menu = ended.view("alice").blocks[1]["element"]
    assert menu["initial_option"]["value"] == "alice"
    await ended.submit("alice", title={"title": "renew them by machine"}, to={"to": "bob"})
    assert (await ended.incident()).asked.follow_ups[0].to == "bob"
    assert "renew them by machine" in str(ended.root().blocks)

    await ended.click("bob", direct(ended, "bob")[-1], "follow_up_done")
    await ended.submit("bob", how={"how": "a job does it"})
    assert (await ended.incident()).asked.follow_ups[0].done_at
    assert clicks(direct(ended, "bob")[-1]) == []


async def test_nothing_follows_by_command(ended: World) -> None:
    await ended.command("alice", "nothing follows because it was a drill")

    assert "no_follow_ups" in [fact.kind for fact in (await ended.incident()).facts]
    assert "Nothing has to follow." in str(ended.root().blocks)


async def test_a_retrospective_by_command(ended: World) -> None:
    await ended.command("alice", f"retro 2026-03-05 15:00 for 45m with <@{ended.id('bob')}> and @carol")

    planned = (await ended.incident()).asked.retrospective.planned
    assert planned
    assert planned.starts_at == datetime(2026, 3, 5, 15, tzinfo=UTC)
    assert (planned.minutes, planned.people) == (45, ("bob", "carol", "alice"))
    assert "the retrospective is" in ended.whispered("alice")


@pytest.mark.parametrize("words", ["retro soon", "retro 2026-02-31 15:00", "retro 2026-03-05"])
async def test_a_time_that_is_none_is_refused_with_an_example(ended: World, words: str) -> None:
    await ended.command("alice", words)

    assert "Write the time as 2026-03-05 15:00, in UTC" in ended.whispered("alice")


async def test_a_retrospective_by_the_form_proposes_a_time_and_who_took_part(ended: World) -> None:
    await ended.click("alice", ended.root(), "retrospective")
    when, _, who, _ = ended.view("alice").blocks
    proposed = in_working_days(ended.clock.now())
    assert when["element"]["initial_date_time"] == proposed.timestamp()
    assert [one["value"] for one in who["element"]["initial_options"]] == ["alice"]
    await ended.submit("alice", people={"people": ["alice", "bob"]})

    planned = (await ended.incident()).asked.retrospective.planned
    assert planned
    assert (planned.starts_at, planned.people) == (proposed, ("alice", "bob"))


def test_three_working_days_ahead_leaves_the_weekend_out() -> None:
    assert in_working_days(datetime(2026, 3, 5, 9, tzinfo=UTC)) == datetime(2026, 3, 10, 15, tzinfo=UTC)


async def test_no_retrospective_by_command(ended: World) -> None:
    await ended.command("alice", "no retro because it is known and mended")

    declined = (await ended.incident()).asked.retrospective.declined
    assert declined
    assert declined.reason == "it is known and mended"


async def test_feedback_by_command_and_by_the_form(ended: World) -> None:
    await ended.command("alice", "feedback well the page came at once")
    assert "No retrospective of INC-1 is planned" in ended.whispered("alice")
    await ended.command("alice", "retro 2026-03-05 15:00")
    await ended.command("alice", "feedback well the page came at once")
    await ended.command("bob", "feedback the runbook was old")
    await ended.submit("bob", section={"section": "not-well"})

    assert (await ended.incident()).asked.retrospective.feedback == (
        ("alice", "well", "the page came at once"),
        ("bob", "not-well", "the runbook was old"),
    )


async def test_that_it_was_held_is_said_by_the_cards_button(ended: World) -> None:
    await ended.command("alice", "retro 2026-03-05 15:00")
    await ended.click("alice", ended.root(), "retrospective_held")
    await ended.submit("alice", text={"text": "one action"})

    assert (await ended.incident()).asked.retrospective.held


async def test_a_step_by_command_and_by_the_handbooks_form(world: World) -> None:
    await world.declare(kind="customer-instance")
    await incidents.own(world.house, ALICE, "INC-1")
    await world.command("alice", "step license-key customer: Acme; valid for: 7 days")
    await world.command("alice", "step down-migration")
    fields = [block["block_id"] for block in world.view("alice").blocks if block["type"] == "input"]
    assert fields[:4] == ["From version", "To version", "How it was rehearsed", "Result"]
    await world.submit("alice", **{name: {name: "1"} for name in fields[:4]})

    taken = [fact.what for fact in (await world.incident()).facts if isinstance(fact.what, StepTaken)]
    assert [(one.step, len(one.values)) for one in taken] == [("license-key", 2), ("down-migration", 4)]
    assert taken[0].values == (("Customer", "Acme"), ("Valid for", "7 days"))


async def test_a_step_that_is_owed_stands_on_the_card(world: World) -> None:
    await world.declare(kind="customer-instance")
    await incidents.own(world.house, ALICE, "INC-1")
    await world.settle()
    assert ["step", "The customer …"] in [list(button[:2]) for button in world.root().buttons]


async def test_a_step_that_is_none_is_named_with_those_there_are(world: World) -> None:
    await world.declare(kind="customer-instance")
    await world.command("alice", "step dance")

    assert "customer-instance has no step dance; it has: customer, down-migration" in world.whispered("alice")


async def test_the_public_is_told_by_command_and_by_the_form(world: World) -> None:
    await world.declare()
    await incidents.own(world.house, ALICE, "INC-1")
    await world.command("alice", "public it is being mended")
    assert "The public has heard nothing of INC-1 yet" in world.whispered("alice")
    await incidents.state_next_steps(world.house, ALICE, "INC-1", "look")
    await incidents.approve_public_words(world.house, ALICE, "INC-1", title="t", body="b", post="p {issue}")
    await world.settle()
    await world.command("alice", "public Half of it is back")
    await world.click("alice", world.town.slack.ephemerals("alice")[-1], "publish_update")
    await world.command("bob", "public nonsense")
    assert "Public words are the owner's to approve" in world.whispered("bob")
    await world.click("alice", world.root(), "public_update")
    assert [block["block_id"] for block in world.view("alice").blocks] == ["text", "post"]
    await world.submit("alice", text={"text": "All but search is back"}, post={"post": ""})

    updates = [update for _, update in (await world.incident()).public.updates]
    assert [(one.text, one.post) for one in updates] == [
        ("Half of it is back", "Half of it is back"),
        ("All but search is back", ""),
    ]
