"""Cover in Slack: who is asked presses a button, whoever is first has it, and no button stays that does nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from slack_world import World

from tocsin.acts import people
from tocsin.acts.oncall.by import By
from tocsin.acts.oncall.cover import accept_cover, ask_cover, withdraw_cover
from tocsin.acts.oncall.overrides import Wish, add_override
from tocsin.core.case import Actor
from tocsin.core.oncall.model import Change
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches
from tocsin.integrations.email import connect
from tocsin.settings import read_settings
from tocsin.town.slack import Message

ALICE, BOB, CAROL = (By(Actor(one, "web", one)) for one in ("alice", "bob", "carol"))
TOMORROW = datetime(2026, 3, 4, 14, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
async def known(world: World) -> None:
    """Carol has a Slack id as well; what the making of all this tells is out."""
    carol = world.town.slack.space.user("carol")
    assert carol
    await people.save_person(
        world.house, "carol", name="Carol Díaz", email=carol.email, slack_id=carol.id, zone="Europe/Berlin"
    )
    await world.pass_by(2 * timedelta(minutes=1))


def last(world: World, person: str) -> Message:
    return world.town.slack.dm(person)[-1]


def acts(message: Message) -> list[str]:
    return [one[0] for one in message.buttons]


async def ask(world: World, by: By = BOB) -> int:
    asked = await ask_cover(
        world.house, by, "ops", person="bob", start=TOMORROW, end=TOMORROW + 4 * HOUR,
        asked=["alice", "carol"], reason="dentist",
    )  # fmt: skip
    await world.settle()
    return asked.row.id


async def test_who_is_asked_presses_a_button_and_the_others_see_who_was_first(world: World) -> None:
    await ask(world)
    shown = last(world, "carol")
    assert shown.text == (
        "*Bob Okafor asks you to take an on-call shift*\n"
        "ops: Wed 4 Mar, 15:00 to 19:00 CET (4 h)\n> dentist\nWhoever is first takes it."
    )
    assert acts(shown) == ["take_cover", "open_page"]
    assert "14:00 to 18:00 UTC" in last(world, "alice").text

    await world.click("carol", shown, "take_cover")

    assert last(world, "carol").text == (
        "*You took it.* ops: Wed 4 Mar, 15:00 to 19:00 CET, instead of Bob Okafor."
    )
    assert last(world, "alice").text.startswith("*Carol Díaz took it.*")
    assert [acts(last(world, one)) for one in ("alice", "carol")] == [["open_page"]] * 2
    assert last(world, "bob").text == (
        "*Carol Díaz takes your on-call shift*\nops: Wed 4 Mar, 14:00 to 18:00 UTC"
    ), "and not that his shifts changed as well"
    before = len(world.town.slack.dm("bob"))
    await world.pass_by(3 * timedelta(minutes=1))
    assert len(world.town.slack.dm("bob")) == before


async def test_of_two_who_press_at_once_both_are_told_the_truth(world: World) -> None:
    await ask(world)
    buttons = {one: last(world, one) for one in ("alice", "carol")}

    await asyncio.gather(
        *(world.town.slack.click(one, shown, "take_cover") for one, shown in buttons.items())
    )
    await world.settle()

    [winner] = [one for one in buttons if last(world, one).text.startswith("*You took it.*")]
    [loser] = [one for one in buttons if one != winner]
    name = {"alice": "Alice Lee", "carol": "Carol Díaz"}[winner]
    assert any(one.text.startswith(f"*{name} took it.*") for one in world.town.slack.dm(loser))
    told = [one.text for one in (*world.town.slack.ephemerals(loser), *world.town.slack.dm(loser))]
    assert any(f"{winner} was first: the shift is taken" in one for one in told)
    assert len([one for one in world.town.slack.dm("bob") if "takes your on-call shift" in one.text]) == 1


async def test_of_a_part_the_rest_is_asked_for_on_the_same_button(world: World) -> None:
    id = await ask(world)
    await accept_cover(world.house, CAROL, id, start=TOMORROW, end=TOMORROW + HOUR)
    await world.settle()
    assert last(world, "bob").text == (
        "*Carol Díaz takes a part of your on-call shift*\nops: Wed 4 Mar, 14:00 to 15:00 UTC\n"
        "Still yours, and still asked for: Wed 4 Mar, 15:00 to 18:00 UTC"
    )
    shown = last(world, "alice")
    assert "Wed 4 Mar, 15:00 to 18:00 UTC (3 h)" in shown.text
    await world.click("alice", shown, "take_cover")
    assert last(world, "alice").text.startswith("*You took it.* ops: Wed 4 Mar, 15:00 to 18:00 UTC")
    assert acts(last(world, "alice")) == ["open_page"]


async def test_of_a_part_in_the_middle_both_ends_are_asked_for(world: World) -> None:
    id = await ask(world)
    await accept_cover(world.house, CAROL, id, start=TOMORROW + HOUR, end=TOMORROW + 2 * HOUR)
    await world.settle()
    first, second = world.town.slack.dm("alice")[-2:]
    assert "14:00 to 15:00 UTC" in first.text
    assert "16:00 to 18:00 UTC" in second.text
    for one in (first, second):
        await world.click("alice", one, "take_cover")
    assert all(one.text.startswith("*You took it.*") for one in world.town.slack.dm("alice")[-2:])


async def test_what_is_withdrawn_can_not_be_taken_and_says_so(world: World) -> None:
    id = await ask(world, ALICE)
    assert last(world, "bob").text == (
        "*Alice Lee asks others to take your on-call shift*\n"
        "ops: Wed 4 Mar, 14:00 to 18:00 UTC. Asked: Alice Lee and Carol Díaz"
    )
    await withdraw_cover(world.house, ALICE, id, expected=1)
    await world.settle()
    assert last(world, "carol").text.startswith("*Nobody needs to take it any more.*")
    assert last(world, "bob").text.startswith("*Alice Lee withdrew the request for cover of your shift*")
    assert acts(last(world, "carol")) == ["open_page"]


async def test_nobody_takes_it_and_whose_it_is_hears_so_a_day_and_an_hour_before(world: World) -> None:
    await ask(world)
    world.clock.advance(TOMORROW - 24 * HOUR - world.clock.now())
    await world.settle()
    assert last(world, "bob").text == (
        "*Nobody took your on-call shift: it is still yours*\nops: tomorrow 14:00 to 18:00 UTC, in 24 h"
    )
    world.clock.advance(23 * HOUR)
    await world.settle()
    assert last(world, "bob").text.endswith("ops: today 14:00 to 18:00 UTC, in 1 h")
    before = len(world.town.slack.dm("carol"))
    world.clock.advance(HOUR)
    await world.settle()
    shown = last(world, "carol")
    assert shown.text == "*Nobody took it.* Bob Okafor stays on call. ops: today 15:00 to 19:00 CET."
    assert (acts(shown), len(world.town.slack.dm("carol"))) == (["open_page"], before)


async def test_what_an_override_took_away_meanwhile_is_no_longer_said_to_be_theirs(world: World) -> None:
    await ask(world)
    wish = Wish(Change.TAKE, TOMORROW + 3 * HOUR, ["carol"], start=TOMORROW - HOUR)
    await add_override(world.house, ALICE, "ops", wish)
    world.clock.advance(TOMORROW - 24 * HOUR - world.clock.now())
    await world.settle()
    await add_override(world.house, ALICE, "ops", replace(wish, end=TOMORROW + 4 * HOUR))
    world.clock.advance(23 * HOUR)
    await world.settle()
    warned = [one for one in world.town.slack.dm("bob") if "still yours" in one.text]
    world.clock.advance(HOUR)
    await world.settle()

    assert [one.text for one in warned] == [
        "*Nobody took your on-call shift: it is still yours*\nops: tomorrow 17:00 to 18:00 UTC, in 27 h"
    ]
    assert any(
        one.text
        == "*There is nothing to take any more.* Bob Okafor is not on call then. ops: today 15:00 to 19:00 CET."
        for one in world.town.slack.dm("carol")
    )


async def test_cover_is_asked_for_by_a_command(world: World) -> None:
    await world.command("bob", "cover ask 2h for ops because dentist at noon")
    said = world.whispered("bob")
    await world.settle()

    assert said.startswith("*Asked* Alice Lee")
    assert "to take your shift in ops" in said
    assert last(world, "alice").text.startswith("*Bob Okafor asks you to take an on-call shift*\nops: ")
    assert "(2 h)\n> dentist at noon" in last(world, "alice").text
    await world.command("bob", "cover ask")
    again = world.whispered("bob")
    assert "Cover for it is asked for already: request" in again
    for words, why in (("cover ask for nights", "You have no shift in nights within 60 days"),):
        await world.command("bob", words)
        assert why in world.whispered("bob")


async def test_once_it_is_taken_nobody_is_warned(world: World) -> None:
    id = await ask(world)
    await accept_cover(world.house, CAROL, id)
    await world.settle()
    world.clock.advance(TOMORROW - world.clock.now())
    await world.settle()
    assert not [one for one in world.town.slack.dm("bob") if "still yours" in one.text]
    assert last(world, "alice").text.startswith("*Carol Díaz took it.*")


async def test_what_was_not_sent_yet_when_somebody_took_it_is_never_sent(world: World) -> None:
    asked = await ask_cover(
        world.house, BOB, "ops", start=TOMORROW, end=TOMORROW + HOUR, asked=["alice", "carol"]
    )
    before = len(world.town.slack.dm("alice"))
    await accept_cover(world.house, CAROL, asked.row.id)
    await world.settle()
    assert len(world.town.slack.dm("alice")) == before


async def test_by_mail_the_asking_has_a_link(world: World) -> None:
    town = world.town
    settings = {"TOCSIN_SMTP_HOST": "127.0.0.1", "TOCSIN_SMTP_PORT": str(town.smtp_port)}
    link = connect(
        read_settings({**settings, "TOCSIN_SMTP_TLS": "none", "TOCSIN_MAIL_FROM": "tocsin@acme.example"})
    )
    assert link
    assert link.reach
    engine = Engine(world.house, Reaches([link.reach]))
    await engine.run_due()
    await ask_cover(world.house, BOB, "ops", start=TOMORROW, end=TOMORROW + HOUR, asked=["carol"])
    await engine.run_due()
    mail = town.mail.to("carol@acme.example")[-1]
    assert mail.subject == "Bob Okafor asks for cover: ops, Wed 4 Mar, 15:00 to 16:00 CET"
    assert mail.text.startswith("Bob Okafor asks you to take an on-call shift")
    assert f"{world.house.places.base}/on-call" in mail.links


async def test_when_the_one_who_asks_leaves_or_the_schedule_is_deleted_no_button_stays(world: World) -> None:
    await ask(world)
    await people.remove_person(world.house, "bob")
    await world.settle()
    shown = next(one for one in reversed(world.town.slack.dm("carol")) if "ops: Wed 4 Mar" in one.text)
    assert shown.text.startswith("*Nobody needs to take it any more.*")
    assert acts(shown) == ["open_page"]
