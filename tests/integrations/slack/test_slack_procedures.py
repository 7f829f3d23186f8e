"""Procedures in Slack: the card offers a roll-back, the plan comes into the thread with its buttons, and words do the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
from slack_talk import ALICE, clicks
from slack_world import World

from procedure_doubles import SITE, FakeHand, FakeProcedure
from tocsin.acts import incidents
from tocsin.core.deploys.judging import ABILITY
from tocsin.core.procedures.run import Run
from tocsin.core.work import Later
from tocsin.town.slack.workspace import Message


@pytest.fixture
async def stage(world: World) -> World:
    """INC-1, which Alice owns, and a site that can be rolled back."""
    world.house.abilities |= {ABILITY}
    world.house.declared = SITE
    world.house.procedures = {"roll-back": FakeProcedure()}
    world.house.hands = {"fake": FakeHand()}
    await world.declare()
    await incidents.own(world.house, ALICE, "INC-1")
    await world.settle()
    for handle in ("alice", "bob"):
        await world.command(handle, "who")
    return world


async def run_of(world: World, id: str = "P1") -> Run:
    run = (await world.incident()).run(id)
    assert run
    return run


def said(world: World, words: str) -> Message:
    """The message of the thread with these words."""
    return next(one for one in world.town.slack.replies(world.root()) if words in one.text)


def of_run(world: World) -> list[Message]:
    """What the thread says of P1."""
    replies = world.town.slack.replies(world.root())
    return [one for one in replies if one.text.startswith("*P1 ")]


async def test_the_card_offers_a_roll_back_whose_form_plans_it_and_one_click_runs_it(stage: World) -> None:
    assert "plan_procedure" in str(clicks(stage.root()))
    await stage.click("alice", stage.root(), "plan_procedure")
    assert "Only planned" in str(stage.view("alice").blocks)
    await stage.submit("alice", reason={"reason": "sign-in fails"}, **{"given to": {"given to": "0f0f0f0"}})

    plan = said(stage, "P1 Roll back site* is planned: safe")
    assert "Restore site at 1a2b3c4" in plan.text
    assert (await run_of(stage)).inputs == {"to": "0f0f0f0"}
    await stage.click("alice", plan, "approve_run")

    assert (await run_of(stage)).state == "verified"
    assert [one.text.splitlines()[0] for one in of_run(stage)] == [
        "*P1 Roll back site* is done and verified at 09:00 UTC. http://127.0.0.1:8008/incidents/INC-1/procedures/P1",
        "*P1 Roll back site* is done and verified.",
    ]
    assert clicks(of_run(stage)[0]) == []
    assert "plan_procedure" not in str(clicks(stage.root()))


async def test_it_is_not_offered_before_there_is_an_owner_or_where_nothing_is_declared(world: World) -> None:
    await world.declare()
    assert "plan_procedure" not in str(clicks(world.root()))
    await incidents.own(world.house, ALICE, "INC-1")
    await world.settle()

    assert "plan_procedure" not in str(clicks(world.root()))


async def test_it_is_planned_approved_run_and_stopped_by_words(stage: World) -> None:
    hand = stage.house.hands["fake"]
    assert isinstance(hand, FakeHand)
    hand.answers["watch"] = [Later("the pipeline runs", timedelta(minutes=5))]

    await stage.command("alice", "procedure plan roll-back site to=0f0f0f0 because sign-in fails")
    assert "*P1* Roll back site: being planned" in stage.whispered("alice")
    await stage.command("alice", "procedure INC-1 run P1")
    assert "P1 is not approved yet" in stage.whispered("alice")
    await stage.command("bob", "procedure approve P1")
    await stage.command("alice", "procedure run P1")
    await stage.command("alice", "procedure status P1")
    assert "4. Watch site at 1a2b3c4: running" in stage.whispered("alice")
    await stage.command("bob", "procedure stop P1 because wrong one")

    assert (await run_of(stage)).said.endswith("stopped it: wrong one")
    await stage.command("alice", "procedure go-on P1 because it was right")
    await stage.command("alice", "procedure")
    assert "P1" in stage.whispered("alice")
    assert (await run_of(stage)).state == "verified"


@pytest.mark.parametrize("quotes", ['""', "“”"])
async def test_what_is_given_may_be_several_words_in_quotes(stage: World, quotes: str) -> None:
    to = f"to={quotes[0]}the one before{quotes[1]}"
    await stage.command("alice", f"procedure plan roll-back site {to} because it fails")

    assert (await run_of(stage)).inputs == {"to": "the one before"}


async def test_a_plan_is_withdrawn_by_words_and_what_lacks_is_asked_for(stage: World) -> None:
    await stage.command("alice", "procedure plan roll-back site")
    assert "because REASON" in stage.whispered("alice")
    await stage.command("alice", "procedure plan roll-back site 0f0f because it fails")
    assert "write NAME=VALUE" in stage.whispered("alice")
    await stage.command("alice", "procedure approve")
    assert "because REASON" in stage.whispered("alice")
    await stage.command("alice", "procedure plan roll-back site because it fails")

    await stage.command("alice", "procedure withdraw P1 because it is well")

    assert (await run_of(stage)).said == "it is well"


async def test_stop_is_a_click_in_the_thread(stage: World) -> None:
    hand = stage.house.hands["fake"]
    assert isinstance(hand, FakeHand)
    hand.answers["restore"] = [Later("GitHub is down", timedelta(minutes=5))]
    await stage.command("alice", "procedure plan roll-back site because it fails")
    await stage.click("alice", said(stage, "is planned"), "approve_run")

    await stage.click("bob", said(stage, "is under way"), "stop_run")

    assert (await run_of(stage)).state == "stopped"


async def test_a_run_has_one_message_which_shows_how_far_it_is_and_what_can_be_decided_now(
    stage: World,
) -> None:
    hand = stage.house.hands["fake"]
    assert isinstance(hand, FakeHand)
    hand.answers["watch"] = [Later("the pipeline runs", timedelta(minutes=5))]
    await stage.command("alice", "procedure plan roll-back site because it fails")
    [message] = of_run(stage)
    assert clicks(message) == ["approve_run"]

    await stage.command("alice", "procedure approve P1")
    [message] = of_run(stage)
    assert clicks(message) == ["start_run"]
    await stage.command("alice", "procedure run P1")

    [message] = of_run(stage)
    alice = f"<@{stage.town.slack.user_id('alice')}>"
    assert message.text.splitlines()[1:] == [
        f"Approved by {alice} at 09:00 UTC.",
        "✓ 1. Look again: nothing may have moved since it was planned",
        "✓ 2. Freeze site at 1a2b3c4",
        "✓ 3. Restore site at 1a2b3c4",
        "▸ 4. Watch site at 1a2b3c4",
        "Frozen: renovate.json. INC-1 does not close before that is thawed.",
    ]
    assert clicks(message) == ["stop_run"]


async def test_the_message_of_a_run_that_somebody_deleted_is_said_again(stage: World) -> None:
    await stage.command("alice", "procedure plan roll-back site because it fails")
    [message] = of_run(stage)
    stage.town.slack.desk.delete(message)

    await stage.command("alice", "procedure withdraw P1 because it is well")

    assert [one.text.partition(". ")[0] for one in of_run(stage)] == [
        "*P1 Roll back site* is withdrawn: it is well"
    ]


async def test_words_about_a_procedure_that_is_broken_are_still_a_report(stage: World) -> None:
    await stage.command("bob", "procedure page shows nothing at all")

    assert await stage.house.pool.fetchval("SELECT count(*) FROM incidents") == 2
