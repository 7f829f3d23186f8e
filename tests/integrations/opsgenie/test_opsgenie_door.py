"""Who acknowledges an alert in Opsgenie has acknowledged the page, through acts and rows."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tocsin.acts import cursors, incidents, looks
from tocsin.acts.declare import NewReport
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.core import facts as f
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches
from tocsin.errors import NotFound
from tocsin.integrations.http import Failed
from tocsin.integrations.opsgenie import OpsgenieLink
from tocsin.integrations.opsgenie.door import CURSOR, OpsgenieDoor
from tocsin.town import Town
from town.specs import check_opsgenie

ALIAS = "INC-1@127.0.0.1:8008"


@pytest.fixture
async def declared(house: House, link: OpsgenieLink) -> str:
    """An incident that was declared while Opsgenie was the pager, with its alert."""
    house.abilities = link.abilities
    report = NewReport(
        source="cli", text="Sign-in is broken", reporter="carol", outside=False, answer_via="page", key="k1"
    )
    await incidents.declare(house, Actor("carol", "cli", "Carol"), report, title="Sign-in is broken")
    assert link.reach is not None
    await Engine(house, Reaches([link.reach])).run_due()
    assert (await looks.case(house, "INC-1", TOCSIN)).incident.alert.outside
    return "INC-1"


async def notes(house: House) -> list[str]:
    facts = (await looks.case(house, "INC-1", TOCSIN)).incident.facts
    return [fact.what.text for fact in facts if isinstance(fact.what, f.NoteAdded)]


async def test_an_acknowledgement_there_is_one_here(
    house: House, link: OpsgenieLink, town: Town, declared: str
) -> None:
    town.opsgenie.acknowledge(ALIAS, "Bob@Acme.example")

    await link.door.look(house)

    incident = (await looks.case(house, declared, TOCSIN)).incident
    [fact] = [fact for fact in incident.facts if isinstance(fact.what, f.PageAcknowledged)]
    assert incident.alert.acknowledged_by == "bob"
    assert (fact.by, fact.door) == ("bob", "opsgenie")


async def test_an_alert_that_nobody_has_acknowledged_changes_nothing(
    house: House, link: OpsgenieLink, declared: str
) -> None:
    before = len((await looks.case(house, declared, TOCSIN)).incident.facts)

    await link.door.look(house)

    incident = (await looks.case(house, declared, TOCSIN)).incident
    assert incident.alert.acknowledged_at is None
    assert len(incident.facts) == before


async def test_an_acknowledged_incident_is_asked_after_no_more(
    house: House, link: OpsgenieLink, town: Town, declared: str
) -> None:
    await incidents.acknowledge(house, Actor("alice", "web", "Alice"), declared)
    asked = len(town.requests)

    await link.door.look(house)

    assert [call.path for call in list(town.requests)[asked:]] == ["/opsgenie/v2/schedules/ops/on-calls"]


async def test_a_stranger_s_acknowledgement_is_told_once_and_does_not_count(
    house: House, link: OpsgenieLink, town: Town, declared: str
) -> None:
    town.opsgenie.acknowledge(ALIAS, "mallory@elsewhere.example")

    await link.door.look(house)
    await link.door.look(house)

    [note] = await notes(house)
    assert note.startswith("mallory@elsewhere.example acknowledged alert 1 in Opsgenie.")
    assert (await looks.case(house, declared, TOCSIN)).incident.alert.acknowledged_at is None


async def test_an_acknowledgement_by_nobody_in_particular_does_not_count(
    house: House, link: OpsgenieLink, town: Town, declared: str
) -> None:
    town.opsgenie.acknowledge(ALIAS, "")

    await link.door.look(house)

    assert (await looks.case(house, declared, TOCSIN)).incident.alert.acknowledged_at is None


async def test_only_one_node_looks_at_a_time(
    house: House, link: OpsgenieLink, town: Town, declared: str
) -> None:
    town.opsgenie.acknowledge(ALIAS, "bob@acme.example")
    assert await cursors.take(house, CURSOR, timedelta(minutes=2))

    await link.door.look(house)

    assert (await looks.case(house, declared, TOCSIN)).incident.alert.acknowledged_at is None


async def test_a_look_that_failed_is_made_again(
    house: House, link: OpsgenieLink, town: Town, declared: str
) -> None:
    town.opsgenie.acknowledge(ALIAS, "bob@acme.example")
    town.faults.add("opsgenie", "GET /v2/alerts/*", "503")

    with pytest.raises(Failed):
        await link.door.look(house)
    await link.door.look(house)

    assert (await looks.case(house, declared, TOCSIN)).incident.alert.acknowledged_by == "bob"


async def test_incidents_from_before_opsgenie_are_not_asked_after(
    house: House, link: OpsgenieLink, town: Town
) -> None:
    report = NewReport(
        source="cli", text="It is slow", reporter="carol", outside=False, answer_via="page", key="k1"
    )
    await incidents.declare(house, Actor("carol", "cli", "Carol"), report, title="It is slow")

    await link.door.look(house)

    assert [call.path for call in town.requests] == ["/opsgenie/v2/schedules/ops/on-calls"]


async def test_the_watch_outlives_a_failed_look(
    house: House, link: OpsgenieLink, town: Town, declared: str, clock: HandClock
) -> None:
    town.opsgenie.acknowledge(ALIAS, "bob@acme.example")
    town.faults.add("opsgenie", "GET /v2/alerts/*", "503")

    acknowledged = asyncio.Event()
    house.wake = acknowledged.set
    watching = asyncio.create_task(link.door.watch(house))
    async with asyncio.timeout(5):
        while town.requests[-1].status != 503:
            await asyncio.sleep(0.005)

    clock.advance(timedelta(seconds=10))
    await asyncio.wait_for(acknowledged.wait(), 5)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)

    assert (await looks.case(house, declared, TOCSIN)).incident.alert.acknowledged_by == "bob"


async def on_call(house: House) -> list[tuple[str, list[str]]]:
    return [(one.schedule, [who.handle for who in one.people]) for one in await looks.on_call(house)]


async def test_who_is_on_call_there_is_on_call_here(
    house: House, link: OpsgenieLink, town: Town, declared: str
) -> None:
    assert await on_call(house) == [("ops", ["bob"])]

    town.opsgenie.add_schedule("ops", ["alice@acme.example", "mallory@elsewhere.example"])
    await link.door.look(house)

    assert await on_call(house) == [("ops", ["alice"])]
    assert (await looks.roster(house)).on_call == ("alice",)
    for call in town.requests:
        check_opsgenie(call)


async def test_only_the_schedule_of_the_pager_is_known_then(house: House, link: OpsgenieLink) -> None:
    house.abilities = link.abilities
    await link.door.look(house)

    assert [one.schedule for one in await looks.on_call(house, "OPS")] == ["ops"]
    with pytest.raises(NotFound, match="There is no schedule night; there are: ops"):
        await looks.on_call(house, "night")


async def test_without_a_schedule_the_rotations_here_count_again(
    house: House, link: OpsgenieLink, town: Town
) -> None:
    house.abilities = link.abilities
    town.opsgenie.add_schedule("ops", ["alice@acme.example"])
    await link.door.look(house)
    assert await on_call(house) == [("ops", ["alice"])]

    await OpsgenieDoor(link.door._client).look(house)

    assert await on_call(house) == [("ops", ["bob"])]


async def test_a_schedule_that_opsgenie_has_not_stops_no_acknowledgement(
    house: House, link: OpsgenieLink, town: Town, declared: str
) -> None:
    town.opsgenie.acknowledge(ALIAS, "bob@acme.example")
    strange = OpsgenieDoor(link.door._client, "no such schedule")

    with pytest.raises(Failed):
        await strange.look(house)

    assert (await looks.case(house, declared, TOCSIN)).incident.alert.acknowledged_by == "bob"


async def test_an_old_incident_is_looked_at_behind_any_number_of_newer_ones(
    house: House, link: OpsgenieLink, town: Town, declared: str
) -> None:
    for n in range(101):
        report = NewReport(
            source="cli", text=f"Thing {n} is slow", reporter="carol", outside=False, key=f"n{n}"
        )
        await incidents.declare(house, Actor("carol", "cli", "Carol"), report)
    town.opsgenie.acknowledge(ALIAS, "bob@acme.example")

    await link.door.look(house)

    assert (await looks.case(house, declared, TOCSIN)).incident.alert.acknowledged_by == "bob"
