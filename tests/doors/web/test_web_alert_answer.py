"""The page behind the link in a page about alerts: looking changes nothing, the buttons answer for one person, and nothing else does."""

from __future__ import annotations

from datetime import timedelta

import httpx2
import pytest

from alert_steps import ALICE, BOB, KEY, Town, with_town
from tocsin.acts.alerting import deeds
from tocsin.acts.alerting.looks import alert_of
from tocsin.acts.alerting.opening import open_alert
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.core.alerting.alert import opening_of
from tocsin.core.channel import Message
from tocsin.engine.loop import Engine

Browser = httpx2.AsyncClient


@pytest.fixture
def town(house: House, engine: Engine, clock: HandClock) -> Town:
    return with_town(house, engine, clock)


async def paged(town: Town, *messages: str) -> str:
    """The address in the mail to Bob about these."""
    for one in messages[:-1]:
        await open_alert(town.house, KEY, opening_of(one, priority="P1"))
    await town.opens(messages[-1], priority="P1")
    return path(town, town.last("email"))


def path(town: Town, message: Message) -> str:
    return message.answer_link.removeprefix(town.house.places.base)


async def stands(town: Town, ref: str) -> tuple[str, str]:
    one = (await alert_of(town.house, ref)).alert.escalation
    return one.status, one.acknowledged_by


async def test_looking_changes_nothing(town: Town, stranger: Browser) -> None:
    address = await paged(town, "The disk <b>is</b> full")
    answer = await stranger.get(address)
    assert answer.status_code == 200
    assert "The disk &lt;b&gt;is&lt;/b&gt; full" in answer.text
    assert "You answer as Bob" in answer.text
    assert await stands(town, "A-1") == ("open", "")


async def test_one_alert_is_acknowledged_then_closed(town: Town, stranger: Browser) -> None:
    address = await paged(town, "The disk is full")
    done = await stranger.post(address, data={"do": "acknowledge"})
    assert (done.status_code, done.headers["location"]) == (303, address)
    after = await stranger.get(address)
    assert "You have acknowledged A-1." in after.text
    assert "Acknowledge</button>" not in after.text
    assert await stands(town, "A-1") == ("acknowledged", "bob")
    await stranger.post(address, data={"do": "close"})
    assert (await stands(town, "A-1"))[0] == "closed"
    assert "There is nothing to answer any more" in (await stranger.get(address)).text


async def test_many_are_answered_at_once_or_each(town: Town, stranger: Browser) -> None:
    address = await paged(town, "The disk is full", "The disk is slow", "The disk is gone")
    page = (await stranger.get(address)).text
    assert "3 alerts" in page
    assert "Acknowledge all" in page
    await stranger.post(address, data={"do": "close", "ref": "A-2"})
    assert [(await stands(town, one))[0] for one in ("A-1", "A-2", "A-3")] == ["open", "closed", "open"]
    await stranger.post(address, data={"do": "acknowledge", "ref": "A-1"})
    assert await stands(town, "A-1") == ("acknowledged", "bob")
    await stranger.post(address, data={"do": "acknowledge"})
    assert await stands(town, "A-3") == ("acknowledged", "bob")
    await stranger.post(address, data={"do": "close"})
    assert {(await stands(town, one))[0] for one in ("A-1", "A-2", "A-3")} == {"closed"}


async def test_who_comes_second_is_told_who_was_first(town: Town, stranger: Browser) -> None:
    address = await paged(town, "The disk is full", "The disk is slow")
    await deeds.acknowledge(town.house, ALICE, "A-1")
    one = await stranger.post(address, data={"do": "acknowledge", "ref": "A-1"})
    assert one.status_code == 409
    assert "Alice acknowledged it at" in one.text
    await stranger.post(address, data={"do": "acknowledge"})
    said = (await stranger.get(address)).text
    assert "You have acknowledged A-2." in said
    assert "A-1: Alice acknowledged it at" in said


@pytest.mark.parametrize(
    ("form", "wrong"),
    [
        ({"do": "reopen"}, "is neither of the two buttons"),
        ({}, "is neither of the two buttons"),
        ({"do": "close", "ref": "A-2"}, "is none of the alerts of this message"),
    ],
)
async def test_what_is_no_button_of_it_changes_nothing(
    town: Town, stranger: Browser, form: dict[str, str], wrong: str
) -> None:
    address = await paged(town, "The disk is full")
    await town.later(minutes=1)
    await town.opens("Another one")
    answer = await stranger.post(address, data=form)
    assert answer.status_code in (400, 422)
    assert wrong in answer.text
    assert [(await stands(town, one))[0] for one in ("A-1", "A-2")] == ["open", "open"]


async def test_a_forged_link_shows_nothing_and_changes_nothing(town: Town, stranger: Browser) -> None:
    address = await paged(town, "The disk is full")
    *parts, person, signature = address.split("/")
    forged = [
        "/".join([*parts, person, signature[:-1] + ("0" if signature[-1] != "0" else "1")]),
        "/".join([*parts, "alice", signature]),
        "/".join([*parts[:-1], "D99", person, signature]),
    ]
    for one in forged:
        for answer in (await stranger.get(one), await stranger.post(one, data={"do": "close"})):
            assert answer.status_code == 403
            assert "was not made by this Tocsin" in answer.text
            assert "The disk is full" not in answer.text
    assert (await stands(town, "A-1"))[0] == "open"


async def test_a_link_to_what_is_no_message_says_so(town: Town, stranger: Browser) -> None:
    house = town.house
    for ref in ("D77", "INC-1", "D0"):
        address = house.places.answer_alerts(ref, "bob", house.sign(ref, "bob"))
        answer = await stranger.get(address.removeprefix(house.places.base))
        assert answer.status_code == 404


async def test_a_link_of_somebody_who_left_is_refused(town: Town, stranger: Browser) -> None:
    house = town.house
    address = house.places.answer_alerts("D1", "gone", house.sign("D1", "gone"))
    answer = await stranger.post(address.removeprefix(house.places.base), data={"do": "close"})
    assert answer.status_code == 403
    assert "is not in this Tocsin any more" in answer.text


async def test_closed_by_somebody_else_it_says_by_whom(town: Town, stranger: Browser) -> None:
    address = await paged(town, "The disk is full")
    await deeds.close(town.house, BOB, "A-1")
    page = (await stranger.get(address)).text
    assert "Bob" in page
    assert "closed it" in page
    assert (await stranger.post(address, data={"do": "acknowledge"})).status_code == 303


async def test_its_buttons_say_how_many_they_are_for_where_others_have_some(
    town: Town, stranger: Browser
) -> None:
    address = await paged(town, "The disk is full", "The disk is slow", "The disk is gone", "No disk")
    await deeds.acknowledge(town.house, ALICE, "A-1")
    await deeds.snooze(town.house, ALICE, "A-2", town.clock.now() + timedelta(hours=1))

    page = (await stranger.get(address)).text
    assert "Snoozed until" in page
    assert ("Acknowledge 2<" in page, "Close 2<" in page) == (True, True)
    await stranger.post(address, data={"do": "close"})
    stands = [(await alert_of(town.house, f"A-{n}")).alert.status for n in range(1, 5)]
    assert stands == ["acknowledged", "snoozed", "closed", "closed"]


async def test_the_link_in_a_mail_says_to_whom_the_alert_went_and_has_no_buttons(
    town: Town, stranger: Browser
) -> None:
    address = await paged(town, "The disk is full")
    await town.does("reassign", ALICE, "A-1", ["person:carol"])

    page = (await stranger.get(address)).text
    assert "Alice reassigned it to Carol." in page
    assert ("Acknowledge" in page, "Close" in page) == (False, False)
    await stranger.post(address, data={"do": "acknowledge"})
    assert "A-1: Alice reassigned it to Carol at" in (await stranger.get(address)).text
    assert await stands(town, "A-1") == ("open", "")


async def test_of_several_the_link_answers_only_those_that_are_still_theirs(
    town: Town, stranger: Browser
) -> None:
    address = await paged(town, "The disk is full", "The disk is slow", "The disk is gone")
    await town.does("reassign", ALICE, "A-2", ["person:carol"])

    page = (await stranger.get(address)).text
    assert ("Acknowledge 2<" in page, "Close 2<" in page, "Acknowledge A-2" in page) == (True, True, False)
    one = await stranger.post(address, data={"do": "close", "ref": "A-2"})
    assert (one.status_code, "Alice reassigned it to Carol; take it over" in one.text) == (409, True)
    await stranger.post(address, data={"do": "close"})
    assert [(await stands(town, f"A-{n}"))[0] for n in (1, 2, 3)] == ["closed", "open", "closed"]
