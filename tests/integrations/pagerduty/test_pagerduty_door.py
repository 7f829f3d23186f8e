"""Who answers an incident in PagerDuty has answered the page here: by looking, and by its signed webhooks."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from pager_world import ALIAS, acknowledgements, carried_out, declared, incident, notes, served

from tocsin.acts import cursors, incidents, looks, people
from tocsin.acts.house import House
from tocsin.core.case import Actor
from tocsin.integrations.alerting import LIMIT_BYTES
from tocsin.integrations.http import Failed
from tocsin.integrations.pagerduty import PagerDutyLink, connect
from tocsin.integrations.pagerduty.door import CURSOR, PATH, PagerDutyDoor
from tocsin.settings import read_settings
from tocsin.town import Town
from tocsin.town.wire import JSON

BOB, MALLORY = "bob@acme.example", "mallory@elsewhere.example"
STAYS = "INC-1 stays open until it is resolved here."


def deliveries(town: Town) -> list[tuple[str, int]]:
    return [(one["event"]["event_type"], answer.status) for one, answer in town.pagerduty.webhooks.sent]


async def test_an_acknowledgement_there_is_one_here(
    house: House, link: PagerDutyLink, town: Town, made: str
) -> None:
    town.pagerduty.acknowledge(ALIAS, BOB)

    await link.door.look(house)
    await link.door.look(house)

    assert await acknowledgements(house) == [("bob", "pagerduty")]


async def test_an_incident_that_nobody_has_acknowledged_changes_nothing(
    house: House, link: PagerDutyLink, made: str
) -> None:
    before = len((await incident(house)).facts)

    await link.door.look(house)

    assert len((await incident(house)).facts) == before


async def test_an_acknowledged_incident_is_asked_after_no_more(
    house: House, link: PagerDutyLink, town: Town, made: str
) -> None:
    await incidents.acknowledge(house, Actor("alice", "web", "Alice"), made)
    asked = len(town.requests)

    await link.door.look(house)

    assert len(town.requests) == asked


async def test_a_stranger_s_acknowledgement_is_told_once_and_does_not_count(
    house: House, link: PagerDutyLink, town: Town, made: str
) -> None:
    town.pagerduty.acknowledge(ALIAS, MALLORY)

    await link.door.look(house)
    await link.door.look(house)

    [(by, text)] = await notes(house)
    assert by == MALLORY
    assert text.startswith(f"{MALLORY} acknowledged alert #1 in PagerDuty. Tocsin knows nobody with that")
    assert await acknowledgements(house) == []


async def test_a_user_who_is_gone_there_is_a_stranger(
    house: House, link: PagerDutyLink, town: Town, made: str
) -> None:
    town.pagerduty.acknowledge(ALIAS, BOB)
    town.pagerduty._board.users.clear()

    await link.door.look(house)

    assert [by for by, _ in await notes(house)] == ["Bob Okafor"]
    assert await acknowledgements(house) == []


async def test_a_time_out_that_closes_it_there_is_told_and_ends_no_paging(
    house: House, link: PagerDutyLink, town: Town, made: str
) -> None:
    town.pagerduty.resolve(ALIAS)

    await link.door.look(house)
    await link.door.look(house)

    [(by, text)] = await notes(house)
    assert by == "PagerDuty"
    assert "PagerDuty closed alert #1 in PagerDuty. Tocsin knows nobody" in text
    assert (await incident(house)).alert.acknowledged_at is None


async def test_one_that_was_merged_is_answered_where_it_went(
    house: House, link: PagerDutyLink, town: Town, made: str
) -> None:
    town.pagerduty._board.take(
        {
            "event_action": "trigger",
            "dedup_key": "other",
            "payload": {"summary": "Other", "source": "x", "severity": "critical"},
        },
        next(iter(town.pagerduty._board.services.values())),
    )
    town.pagerduty.merge(ALIAS, "other", MALLORY)
    await link.door.look(house)
    assert await notes(house) == []

    town.pagerduty.acknowledge("other", BOB)
    await link.door.look(house)

    assert await acknowledgements(house) == [("bob", "pagerduty")]


async def test_only_one_node_looks_at_a_time(
    house: House, link: PagerDutyLink, town: Town, made: str
) -> None:
    town.pagerduty.acknowledge(ALIAS, BOB)
    assert await cursors.take(house, CURSOR, timedelta(minutes=2))

    await link.door.look(house)

    assert await acknowledgements(house) == []


@pytest.mark.parametrize("path", ["GET /api/incidents/*", "GET /api/*/log_entries", "GET /api/users/*"])
@pytest.mark.parametrize("kind", ["503", "429", "lost_answer", "403"])
async def test_a_look_that_failed_is_made_again(
    house: House, link: PagerDutyLink, town: Town, made: str, path: str, kind: str
) -> None:
    town.pagerduty.acknowledge(ALIAS, BOB)
    town.faults.add("pagerduty", path, kind)

    with pytest.raises(Failed):
        await link.door.look(house)
    await link.door.look(house)

    assert await acknowledgements(house) == [("bob", "pagerduty")]


async def test_who_acknowledged_before_a_time_out_closed_it_has_answered(
    house: House, link: PagerDutyLink, town: Town, made: str
) -> None:
    town.pagerduty.acknowledge(ALIAS, BOB)
    town.pagerduty.resolve(ALIAS)

    await link.door.look(house)

    assert await acknowledgements(house) == [("bob", "pagerduty")]
    assert await notes(house) == [("PagerDuty", f"PagerDuty closed alert #1 in PagerDuty. {STAYS}")]


async def test_one_that_can_t_be_looked_at_keeps_none_of_the_others_from_it(
    house: House, link: PagerDutyLink, town: Town, made: str
) -> None:
    await declared(house, link, "Search is slow for a customer", key="k2")
    first, second = town.pagerduty.incidents
    town.faults.add("pagerduty", f"GET /api/incidents/{second.id}", "403", times=2)
    town.pagerduty.acknowledge(first.key, BOB)

    with pytest.raises(Failed, match="PagerDuty does not allow it"):
        await link.door.look(house)

    assert await acknowledgements(house) == [("bob", "pagerduty")]


# Who is on call


async def test_who_is_on_call_there_is_on_call_here(house: House, link: PagerDutyLink, town: Town) -> None:
    house.abilities = link.abilities | {"on-call-by:pagerduty"}
    door = PagerDutyDoor(link.door._client, "PSCHED1")
    town.pagerduty.add_schedule("PSCHED1", ["alice@acme.example", MALLORY])

    await door.look(house)

    assert (await looks.roster(house)).on_call == ("alice",)


async def test_without_a_schedule_what_another_pager_says_stays(house: House, link: PagerDutyLink) -> None:
    house.abilities = link.abilities | {"on-call-by:opsgenie"}
    await people.save_on_call_outside(house, "ops", ["alice@acme.example"])
    await link.door.look(house)
    assert (await looks.roster(house)).on_call == ("alice",)

    house.abilities = link.abilities
    await link.door.look(house)

    assert (await looks.roster(house)).on_call == ("bob",)


# The webhook


async def test_a_signed_delivery_brings_the_acknowledgement_at_once(house: House, hooked: Town) -> None:
    hooked.pagerduty.acknowledge(ALIAS, BOB)
    await hooked.settled()

    assert await acknowledgements(house) == [("bob", "pagerduty")]
    assert deliveries(hooked) == [("incident.triggered", 200), ("incident.acknowledged", 200)]


@pytest.mark.parametrize(
    "secrets",
    [["the-secret-until-now"], ["another", "the-secret-from-now-on"]],
    ids=["the old one", "two, one of them ours"],
)
async def test_one_right_signature_is_enough(house: House, hooked: Town, secrets: list[str]) -> None:
    hooked.pagerduty.webhooks.secrets = secrets
    hooked.pagerduty.acknowledge(ALIAS, BOB)
    await hooked.settled()

    assert await acknowledgements(house) == [("bob", "pagerduty")]


async def test_a_delivery_and_a_look_at_the_same_moment_leave_one_fact(
    house: House, hooked: Town, link: PagerDutyLink
) -> None:
    hooked.faults.add("pagerduty", "incident.acknowledged", "duplicate_event")
    hooked.pagerduty.acknowledge(ALIAS, BOB)

    await asyncio.gather(hooked.settled(), link.door.look(house), link.door.look(house))

    assert await acknowledgements(house) == [("bob", "pagerduty")]


async def test_what_the_webhook_lost_a_look_finds(house: House, hooked: Town, link: PagerDutyLink) -> None:
    hooked.faults.add("pagerduty", "incident.acknowledged", "drop")
    hooked.pagerduty.acknowledge(ALIAS, BOB)
    await hooked.settled()
    assert await acknowledgements(house) == []

    await link.door.look(house)

    assert await acknowledgements(house) == [("bob", "pagerduty")]


async def test_an_acknowledgement_here_comes_back_and_changes_nothing(
    house: House, hooked: Town, link: PagerDutyLink
) -> None:
    await incidents.acknowledge(house, Actor("bob", "web", "Bob"), "INC-1")
    for _ in range(2):
        await carried_out(house, link)
        await hooked.settled()

    [there] = hooked.pagerduty.incidents
    assert [(one.verb, one.agent.summary) for one in there.log[1:]] == [("acknowledge", "Bob Okafor")]
    assert ("incident.acknowledged", 200) in deliveries(hooked)
    assert await acknowledgements(house) == [("bob", "web")]
    assert await notes(house) == []


async def test_who_closes_it_there_has_answered_the_page_and_no_more(
    house: House, hooked: Town, link: PagerDutyLink
) -> None:
    hooked.faults.add("pagerduty", "incident.resolved", "duplicate_event")
    hooked.pagerduty.resolve(ALIAS, BOB)
    await asyncio.gather(hooked.settled(), link.door.look(house))
    await carried_out(house, link)

    assert (await incident(house)).is_open
    assert await acknowledgements(house) == [("bob", "pagerduty")]
    assert await notes(house) == [("bob", f"Bob closed alert #1 in PagerDuty. {STAYS}")]
    assert [one.status for one in hooked.pagerduty.incidents] == ["resolved"], "nothing opens it again there"


async def test_a_closing_by_us_comes_back_and_changes_nothing(
    house: House, hooked: Town, link: PagerDutyLink
) -> None:
    alice = Actor("alice", "web", "Alice")
    await incidents.own(house, alice, "INC-1")
    await incidents.dismiss(house, alice, "INC-1", "a drill", "I looked")
    await carried_out(house, link)
    await hooked.settled()

    [there] = hooked.pagerduty.incidents
    assert (there.status, there.agent.summary) == ("resolved", "Alice Lee")
    assert ("incident.resolved", 200) in deliveries(hooked)
    assert await notes(house) == []


@pytest.mark.parametrize(
    ("signature", "says"),
    [
        ("", "X-PagerDuty-Signature is missing"),
        ("v2=abc", "has no signature of version 1"),
        ("v1=" + "0" * 64, "X-PagerDuty-Signature does not fit"),
    ],
)
async def test_a_forged_delivery_is_refused_by_name_and_asks_nothing(
    house: House, hooked: Town, signature: str, says: str
) -> None:
    hooked.pagerduty.webhooks.url, url = "", hooked.pagerduty.webhooks.url
    hooked.pagerduty.acknowledge(ALIAS, BOB)
    hooked.pagerduty.webhooks.url = url
    asked = len(hooked.requests)
    payload, _ = hooked.pagerduty.webhooks.sent[0]
    forged = {"event": {**payload["event"], "event_type": "incident.acknowledged"}}

    answer = await hooked.pagerduty.webhooks.send(forged, signature=signature)

    assert answer.status == 401
    assert says in answer.body["error"]
    assert len(hooked.requests) == asked
    assert await acknowledgements(house) == []


@pytest.mark.parametrize(
    ("payload", "status", "says"),
    [
        (
            {"event": {"event_type": "incident.resolved", "data": {"id": "Q0"}}},
            200,
            "nothing that is open has that one",
        ),
        ({"event": {"event_type": "incident.escalated"}}, 200, "Tocsin does nothing with incident.escalated"),
        ({"event": {"event_type": "pagey.ping", "data": {"message": "Hé"}}}, 200, "nothing with pagey.ping"),
        ({"messages": []}, 400, "This is no delivery as PagerDuty describes it"),
        ({"x": "x" * LIMIT_BYTES}, 413, "larger than the 262,144 bytes"),
    ],
    ids=["another's incident", "an escalation", "a ping", "version 2", "too long"],
)
async def test_a_delivery_that_concerns_nothing_is_told_so(
    hooked: Town, payload: JSON, status: int, says: str
) -> None:
    answer = await hooked.pagerduty.webhooks.send(payload)

    assert (answer.status, says in str(answer.body)) == (status, True)


async def test_while_pagerduty_can_t_be_asked_it_sends_again(house: House, hooked: Town) -> None:
    hooked.faults.add("pagerduty", "GET /api/incidents/*", "503")
    hooked.pagerduty.acknowledge(ALIAS, BOB)
    await hooked.settled()
    assert deliveries(hooked)[-1] == ("incident.acknowledged", 503)

    await hooked.pagerduty.webhooks.again()

    assert await acknowledgements(house) == [("bob", "pagerduty")]


async def test_without_a_secret_the_door_is_shut(house: House, town: Town) -> None:
    settings = {"TOCSIN_PAGERDUTY_ROUTING_KEYS": "R" * 32, "TOCSIN_PAGERDUTY_TOKEN": "t"}
    link = connect(read_settings(settings))
    assert link is not None
    async with served(house, link) as url:
        town.pagerduty.webhooks.url = url + PATH
        answer = await town.pagerduty.webhooks.send({"event": {}})
    await link.aclose()

    assert answer.status == 404
    assert "set TOCSIN_PAGERDUTY_WEBHOOK_SECRETS" in answer.body["error"]


async def test_a_private_incident_is_answered_too_and_its_strangers_are_told(
    kept: House, link: PagerDutyLink, town: Town
) -> None:
    await declared(kept, link, kind="security")
    town.pagerduty.acknowledge(ALIAS, MALLORY)
    await link.door.look(kept)

    assert (await incident(kept)).private
    assert [by for by, _ in await notes(kept)] == [MALLORY]
