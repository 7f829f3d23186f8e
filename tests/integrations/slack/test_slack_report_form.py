"""The form of a report: what it asks follows the kind that is chosen in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from slack_world import World

from tocsin.acts import looks
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.policies_saved import save_policy
from tocsin.core.facts import TOCSIN

ENTERED = {"title": {"title": "A hole"}, "text": {"text": "Invoices of <others>"}}


async def choose(world: World, kind: str, **entered: dict[str, Any]) -> None:
    view = world.view("alice")
    await world.town.slack.click_in_view("alice", view, "kind", kind, ENTERED | entered)
    await world.settle()


def block(world: World, name: str) -> dict[str, Any]:
    return next(one for one in world.view("alice").blocks if one["block_id"].partition("#")[0] == name)


def severities(world: World) -> list[str]:
    return [option["value"] for option in block(world, "severity")["element"]["options"]]


async def test_another_kind_brings_its_own_severities_the_worst_first(world: World) -> None:
    await world.command("alice", "", "general")
    assert severities(world) == ["high", "moderate", "low"]

    await choose(world, "security")

    assert severities(world) == ["S1", "S2", "S3", "S4"]
    assert (
        block(world, "severity")["block_id"] == "severity#security"
    )  # Slack keeps what was chosen under the same name.
    assert block(world, "severity")["element"]["initial_option"]["value"] == "S1"
    assert block(world, "kind")["element"]["initial_option"]["value"] == "security"
    assert "A severity below S1" in str(block(world, "reason")["hint"])


async def test_what_was_entered_before_stays(world: World) -> None:
    await world.command("alice", "", "general")

    await choose(world, "security", reason={"reason": "seen once"})

    assert block(world, "title")["element"]["initial_value"] == "A hole"
    assert block(world, "text")["element"]["initial_value"] == "Invoices of <others>"
    assert block(world, "reason")["element"]["initial_value"] == "seen once"


async def test_it_can_be_chosen_back(world: World) -> None:
    await world.command("alice", "", "general")
    await choose(world, "security")

    await choose(world, "service")

    assert severities(world) == ["high", "moderate", "low"]


async def test_the_severity_of_the_new_kind_is_what_is_reported(world: World) -> None:
    await world.command("alice", "", "general")
    await choose(world, "security")

    severity = {"severity#security": {"severity": "S3"}, "reason": {"reason": "seen once"}}
    await world.submit("alice", **ENTERED, **severity)

    incident = (await looks.case(world.house, "INC-1", TOCSIN)).incident
    assert (incident.kind, incident.severity) == ("security", "S3")


async def test_of_two_choices_the_later_one_counts_whichever_comes_first(world: World) -> None:
    await world.command("alice", "", "general")
    as_it_was = replace(world.view("alice"))
    await choose(world, "security")

    await world.town.slack.click_in_view("alice", as_it_was, "kind", "customer-instance")
    await world.settle()

    assert severities(world) == ["S1", "S2", "S3", "S4"]
    assert world.town.slack.dm("alice") == []


async def test_a_form_that_was_closed_meanwhile_is_left_alone(world: World) -> None:
    await world.command("alice", "", "general")
    view = world.view("alice")
    await world.town.slack.close_view("alice", view)

    await world.town.slack.click_in_view("alice", view, "kind", "security")
    await world.settle()

    assert world.town.slack.dm("alice") == []


async def test_whom_it_pages_is_chosen_where_policies_are_saved_and_stays_chosen(world: World) -> None:
    await world.command("alice", "", "general")
    assert not any(one["block_id"] == "policy" for one in world.view("alice").blocks)
    doc = {"id": "own", "name": "Our own", "steps": [{"to": ["person:alice"]}]}
    await save_policy(world.house, OPERATOR, doc)

    await world.command("alice", "", "general")
    options = block(world, "policy")["element"]["options"]
    assert [(one["value"], one["text"]["text"]) for one in options] == [("own", "Our own (own)")]
    await choose(world, "security", policy={"policy": "own"})
    assert block(world, "policy")["element"]["initial_option"]["value"] == "own"
    await world.submit("alice", title={"title": "x"}, policy={"policy": "own"})

    assert (await world.incident()).alert.people == ("alice",)
