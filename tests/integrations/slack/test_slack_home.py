"""The Home tab: what waits for one person, with the clicks that settle it, and nothing of what they may not know."""

from __future__ import annotations

import json

from slack_talk import ALICE, BOB
from slack_world import World

from tocsin.acts import asking, incidents, people
from tocsin.acts.incidents import NewReport
from tocsin.town.slack import View


async def home(world: World, user: str) -> View:
    await world.town.slack.open_home(user)
    await world.settle()
    view = world.town.slack.home(user)
    assert view
    return view


async def press(world: World, user: str, act: str) -> None:
    view = world.town.slack.home(user)
    assert view
    await world.town.slack.click_in_view(user, view, act)
    await world.settle()


def said(view: View) -> str:
    return json.dumps(view.blocks)


def acts(view: View) -> list[str]:
    return [e["action_id"] for block in view.blocks if block["type"] == "actions" for e in block["elements"]]


def titles(view: View) -> list[str]:
    return [block["text"]["text"] for block in view.blocks if block["type"] == "header"]


async def test_who_owes_nothing_is_told_so_and_can_report(world: World) -> None:
    view = await home(world, "alice")

    assert "You owe nothing" in said(view)
    assert titles(view) == ["Open incidents", "On call"]
    assert acts(view)[:2] == ["report", "home"]


async def test_the_owner_sees_what_they_owe_the_most_urgent_first_and_settles_it_there(world: World) -> None:
    await world.declare()
    await incidents.own(world.house, ALICE, "INC-1")
    await world.settle()
    view = await home(world, "alice")
    assert "You owe" in titles(view)
    assert "next" in acts(view)

    await press(world, "alice", "next")
    await world.submit("alice", text={"text": "Roll v42 back"})

    assert (await world.incident()).last_word == "Roll v42 back"
    drawn = world.town.slack.home("alice")
    assert drawn
    assert "next" not in acts(drawn)


async def test_nobody_else_sees_it_as_theirs(world: World) -> None:
    await world.declare()
    await incidents.own(world.house, ALICE, "INC-1")

    view = await home(world, "bob")

    assert "You owe nothing" in said(view)
    assert "Sign-in is broken" in said(view)


async def test_a_page_waits_there_until_it_is_answered_there(world: World) -> None:
    await world.declare()
    await incidents.page(world.house, BOB, "INC-1", ("person:alice",))
    await world.settle()
    view = await home(world, "alice")
    assert titles(view)[0] == "Your pages"
    assert acts(view).count("own") == 1

    await press(world, "alice", "own")

    assert (await world.incident()).owner == "alice"
    drawn = world.town.slack.home("alice")
    assert drawn
    assert "Your pages" not in titles(drawn)


async def test_what_one_is_asked_is_accepted_there(world: World) -> None:
    await world.declare()
    await incidents.own(world.house, ALICE, "INC-1")
    await asking.delegate(world.house, ALICE, "INC-1", "bob", "Look at the proxy")
    await world.settle()
    view = await home(world, "bob")
    assert "You are asked" in titles(view)
    assert "Look at the proxy" in said(view)

    await press(world, "bob", "accept_task")

    drawn = world.town.slack.home("bob")
    assert drawn
    assert "report_task" in acts(drawn)
    assert "accept_task" not in acts(drawn)


async def test_a_refusal_comes_as_a_direct_message(world: World) -> None:
    await world.declare()
    await incidents.page(world.house, BOB, "INC-1", ("person:alice",))
    await home(world, "alice")
    await incidents.own(world.house, BOB, "INC-1")

    await press(world, "alice", "own")

    assert any("has owned INC-1" in message.text for message in world.town.slack.dm("alice"))


async def test_a_private_incident_is_on_the_home_of_its_members_only(world: World) -> None:
    await people.save_person(world.house, "carol", name="Carol Díaz", email="carol@acme.example")
    report = NewReport("web", "Zanzibar leaks", "Alice Lee", outside=False, answer_via="page")
    await incidents.declare(world.house, ALICE, report, kind="security")
    await world.settle()

    assert "Zanzibar" in said(await home(world, "alice"))
    assert "Zanzibar" not in said(await home(world, "carol"))
    assert "Zanzibar" not in said(await home(world, "dan"))


async def test_a_stranger_is_told_how_to_be_known_and_can_report(world: World) -> None:
    view = await home(world, "dan")
    assert "does not know you yet" in said(view)
    assert "dan@acme.example" in said(view)

    await press(world, "dan", "report")
    await world.submit("dan", text={"text": "The proxy answers 502"})

    assert (await world.incident()).title == "The proxy answers 502"
    drawn = world.town.slack.home("dan")
    assert drawn
    assert "The proxy answers 502" in said(drawn)


async def test_the_tab_of_messages_draws_nothing(world: World) -> None:
    event = {"type": "app_home_opened", "user": world.id("alice"), "tab": "messages"}
    await world.town.slack.desk.send_event("app_home_opened", event)
    await world.settle()

    assert world.town.slack.home("alice") is None


async def test_many_incidents_fit_into_what_slack_takes(world: World) -> None:
    for n in range(30):
        report = NewReport("web", f"Fault {n} {'x' * 150}", "Al", outside=False, answer_via="page")
        await incidents.declare(world.house, ALICE, report)
        await incidents.own(world.house, ALICE, f"INC-{n + 1}")

    view = await home(world, "alice")

    assert len(view.blocks) <= 100
    assert "more:" in said(view)


async def test_when_slack_takes_no_home_nothing_else_is_held_up(world: World) -> None:
    world.town.faults.add("slack", "views.publish", "500")
    await world.town.slack.open_home("alice")
    await world.settle()

    await world.command("alice", "Sign-in fails")

    assert (await world.incident()).title == "Sign-in fails"
