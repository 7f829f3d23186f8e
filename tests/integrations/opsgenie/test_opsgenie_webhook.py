"""Opsgenie's webhook, as the Opsgenie of the town delivers it, and as strangers forge it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from pager_world import ALIAS, acknowledgements, carried_out, declared, incident, notes, served

from tocsin.acts import incidents
from tocsin.acts.house import House
from tocsin.core.case import Actor
from tocsin.integrations.alerting import LIMIT_BYTES
from tocsin.integrations.opsgenie import OpsgenieLink, connect
from tocsin.integrations.opsgenie.door import PATH
from tocsin.settings import read_settings
from tocsin.town import Town
from tocsin.town.wire import JSON, Answer
from town.specs import check_opsgenie

SECRET = "a secret between Opsgenie and us"
BOB, MALLORY = "bob@acme.example", "mallory@elsewhere.example"
STAYS = "INC-1 stays open until it is resolved here."


@pytest.fixture
async def link(town: Town) -> AsyncIterator[OpsgenieLink]:
    town.opsgenie.add_team("ops_team")
    settings = {
        "TOCSIN_OPSGENIE_KEY": town.opsgenie.key,
        "TOCSIN_OPSGENIE_TEAM": "ops_team",
        "TOCSIN_OPSGENIE_BASE_URL": f"{town.url}/opsgenie",
        "TOCSIN_OPSGENIE_WEBHOOK_SECRET": SECRET,
    }
    link = connect(read_settings(settings))
    assert isinstance(link, OpsgenieLink)
    yield link
    await link.aclose()


@pytest.fixture
async def hooked(house: House, link: OpsgenieLink, town: Town) -> AsyncIterator[Town]:
    """The town, with its webhook set up, and an incident with its alert."""
    async with served(house, link) as url:
        town.opsgenie.webhooks.url = url + PATH
        town.opsgenie.webhooks.headers = {"Authorization": f"Bearer {SECRET}"}
        await declared(house, link)
        await town.settled()
        yield town


def deliveries(town: Town) -> list[tuple[str, int]]:
    return [(payload["action"], answer.status) for payload, answer in town.opsgenie.webhooks.sent]


async def test_an_acknowledgement_there_is_one_here_at_once(house: House, hooked: Town) -> None:
    hooked.opsgenie.acknowledge(ALIAS, BOB)
    await hooked.settled()

    assert await acknowledgements(house) == [("bob", "opsgenie")]
    assert deliveries(hooked) == [("Create", 200), ("Acknowledge", 200)]


async def test_a_delivery_and_a_look_at_the_same_moment_leave_one_fact(
    house: House, hooked: Town, link: OpsgenieLink
) -> None:
    hooked.faults.add("opsgenie", "Acknowledge", "duplicate_event")
    hooked.opsgenie.acknowledge(ALIAS, BOB)

    await asyncio.gather(hooked.settled(), link.door.look(house))

    assert await acknowledgements(house) == [("bob", "opsgenie")]


async def test_what_the_webhook_lost_a_look_finds(house: House, hooked: Town, link: OpsgenieLink) -> None:
    hooked.faults.add("opsgenie", "Acknowledge", "drop")
    hooked.opsgenie.acknowledge(ALIAS, BOB)
    await hooked.settled()
    assert await acknowledgements(house) == []

    await link.door.look(house)

    assert await acknowledgements(house) == [("bob", "opsgenie")]


async def test_an_acknowledgement_here_comes_back_and_changes_nothing(
    house: House, hooked: Town, link: OpsgenieLink
) -> None:
    await incidents.acknowledge(house, Actor("bob", "web", "Bob"), "INC-1")
    await carried_out(house, link)
    await hooked.settled()
    asked = len([call for call in hooked.requests if call.method == "POST"])
    await carried_out(house, link)

    [alert] = hooked.opsgenie.alerts
    assert alert.acknowledged_by == BOB, "in the person's name"
    assert ("Acknowledge", 200) in deliveries(hooked)
    assert await acknowledgements(house) == [("bob", "web")]
    assert await notes(house) == []
    assert len([call for call in hooked.requests if call.method == "POST"]) == asked
    for call in hooked.requests:
        check_opsgenie(call)


async def test_a_stranger_s_acknowledgement_is_told_once(
    house: House, hooked: Town, link: OpsgenieLink
) -> None:
    hooked.faults.add("opsgenie", "Acknowledge", "duplicate_event")
    hooked.opsgenie.acknowledge(ALIAS, MALLORY)
    await asyncio.gather(hooked.settled(), link.door.look(house))

    assert await acknowledgements(house) == []
    [(by, text)] = await notes(house)
    assert by == MALLORY
    assert text.startswith(f"{MALLORY} acknowledged alert 1 in Opsgenie.")


async def test_who_closes_it_there_has_answered_the_page_and_no_more(
    house: House, hooked: Town, link: OpsgenieLink
) -> None:
    hooked.opsgenie.close(ALIAS, BOB)
    await asyncio.gather(hooked.settled(), link.door.look(house))

    assert (await incident(house)).is_open
    assert await acknowledgements(house) == [("bob", "opsgenie")]
    assert await notes(house) == [("bob", f"Bob closed alert 1 in Opsgenie. {STAYS}")]


async def test_a_closing_after_the_acknowledgement_is_told(house: House, hooked: Town) -> None:
    hooked.opsgenie.acknowledge(ALIAS, BOB)
    await hooked.settled()
    hooked.opsgenie.close(ALIAS, "")
    await hooked.settled()

    assert (await incident(house)).is_open
    assert await notes(house) == [("System", f"System closed alert 1 in Opsgenie. {STAYS}")]


async def test_who_acknowledged_before_somebody_else_closed_it_has_answered(
    house: House, hooked: Town, link: OpsgenieLink
) -> None:
    hooked.opsgenie.webhooks.url = ""
    hooked.opsgenie.acknowledge(ALIAS, BOB)
    hooked.opsgenie.close(ALIAS, MALLORY)
    await link.door.look(house)

    assert await acknowledgements(house) == [("bob", "opsgenie")]
    assert await notes(house) == [(MALLORY, f"{MALLORY} closed alert 1 in Opsgenie. {STAYS}")]


async def test_a_stranger_s_closing_is_told_and_ends_no_paging(house: House, hooked: Town) -> None:
    hooked.opsgenie.close(ALIAS, MALLORY)
    await hooked.settled()

    assert (await incident(house)).alert.acknowledged_at is None
    [(by, text)] = await notes(house)
    assert by == MALLORY
    assert "Tocsin knows nobody with that address, so it goes on paging" in text


async def test_a_closing_by_us_comes_back_and_changes_nothing(
    house: House, hooked: Town, link: OpsgenieLink
) -> None:
    alice = Actor("alice", "web", "Alice")
    await incidents.own(house, alice, "INC-1")
    await incidents.dismiss(house, alice, "INC-1", "a drill", "I looked")
    await carried_out(house, link)
    await hooked.settled()

    [alert] = hooked.opsgenie.alerts
    assert alert.closed_by == "alice@acme.example"
    assert ("Close", 200) in deliveries(hooked)
    assert await notes(house) == []


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({}, "Authorization is missing: add the custom header"),
        ({"Authorization": "Basic Ym9iOmJvYg=="}, "Authorization is missing"),
        ({"Authorization": f"Bearer {SECRET}x"}, "Authorization does not fit"),
        ({"Authorization": "Bearer é"}, "Authorization does not fit"),
    ],
)
async def test_a_forged_delivery_is_refused_by_name_and_asks_nothing(
    house: House, hooked: Town, headers: dict[str, str], says: str
) -> None:
    hooked.opsgenie.webhooks.headers = {name: value.encode() for name, value in headers.items()}  # type: ignore[misc]
    asked = len(hooked.requests)

    hooked.opsgenie.acknowledge(ALIAS, BOB)
    await hooked.settled()

    _, answer = hooked.opsgenie.webhooks.sent[-1]
    assert answer.status == 401
    assert says in answer.body["error"]
    assert len(hooked.requests) == asked
    assert await acknowledgements(house) == []


@pytest.mark.parametrize(
    ("payload", "status", "says"),
    [
        ({"action": "Close", "alert": {"alertId": "of another"}}, 200, "nothing that is open has that alert"),
        ({"action": "AddNote", "alert": {"alertId": "x"}}, 200, "Tocsin does nothing with AddNote"),
        ({"alert": {}}, 400, "This is no delivery as Opsgenie describes it"),
        ({"action": "x" * LIMIT_BYTES}, 413, "larger than the 262,144 bytes"),
    ],
    ids=["another's alert", "a note", "no action", "too long"],
)
async def test_a_delivery_that_concerns_nothing_is_told_so(
    hooked: Town, payload: JSON, status: int, says: str
) -> None:
    answer = await hooked.opsgenie.webhooks.send(payload)

    assert (answer.status, says in str(answer.body)) == (status, True)


async def test_while_opsgenie_can_t_be_asked_it_is_told_to_come_again(house: House, hooked: Town) -> None:
    hooked.faults.add("opsgenie", "GET /v2/alerts/*", "503")
    hooked.opsgenie.acknowledge(ALIAS, BOB)
    await hooked.settled()

    payload, answer = hooked.opsgenie.webhooks.sent[-1]
    assert answer == Answer(503, {"error": "Opsgenie can't be asked what came of it just now: send it again"})
    assert (await hooked.opsgenie.webhooks.send(payload)).status == 200
    assert await acknowledgements(house) == [("bob", "opsgenie")]


async def test_without_a_secret_the_door_is_shut(house: House, town: Town) -> None:
    link = connect(read_settings({"TOCSIN_OPSGENIE_KEY": "k"}))
    assert link is not None
    async with served(house, link) as url:
        town.opsgenie.webhooks.url = url + PATH
        answer = await town.opsgenie.webhooks.send({"action": "Close"})
    await link.aclose()

    assert answer.status == 404
    assert "set TOCSIN_OPSGENIE_WEBHOOK_SECRET" in answer.body["error"]


def test_the_secret_is_shown_nowhere(link: OpsgenieLink) -> None:
    assert SECRET not in repr(vars(link)) + repr(link.door)
