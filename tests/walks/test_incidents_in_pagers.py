"""An incident in the pager that its team keeps: that it is silent for a while, and to whom it is given, is told there, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from walk_steps import ALICE, BOB, Walk

from doubles import EVERYTHING
from tocsin.acts import incident_paging, incidents, people
from tocsin.clock import HandClock
from tocsin.core.facts import DeliveryRefused
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches
from tocsin.integrations import opsgenie, pagerduty
from tocsin.settings import read_settings
from tocsin.town import Town
from town.pagerduty_calls import check_pagerduty
from town.specs import check_opsgenie


@pytest.fixture
async def town(clock: HandClock) -> AsyncIterator[Town]:
    town = Town(now=clock.now)
    town.opsgenie.add_team("Platform")
    for handle in ("alice", "bob"):
        town.pagerduty.add_user(handle.title(), f"{handle}@acme.example")
    await town.start()
    yield town
    await town.stop()


@pytest.fixture(params=["opsgenie", "pagerduty"])
async def paged(request: pytest.FixtureRequest, walk: Walk, town: Town) -> AsyncIterator[str]:
    """An incident that the pager of that name has; `looks` of its door are made by hand."""
    name = str(request.param)
    link = connected(name, town)
    house = walk.house
    house.abilities = EVERYTHING | link.abilities
    await people.save_team(
        house, "ops_team", ["alice", "bob"], pager="opsgenie:Platform" if name == "opsgenie" else name
    )
    named = [walk.mailbox.under(one) for one in ("slack", "x", "email", "github")]
    assert link.reach
    walk.engine = Engine(house, Reaches([link.reach, *named]))
    await walk.begin()
    await walk.wait(2 / 60)
    yield name
    await link.door.look(house)
    assert (await walk.incident()).alert.acknowledged_at is None, "neither is an acknowledgement"
    await link.aclose()
    for call in town.requests:
        (check_opsgenie if name == "opsgenie" else check_pagerduty)(call)


def connected(name: str, town: Town) -> opsgenie.OpsgenieLink | pagerduty.PagerDutyLink:
    if name == "opsgenie":
        there = {"TOCSIN_OPSGENIE_KEY": town.opsgenie.key, "TOCSIN_OPSGENIE_BASE_URL": f"{town.url}/opsgenie"}
        made = opsgenie.connect(read_settings(there))
        assert isinstance(made, opsgenie.OpsgenieLink)
        return made
    settings = {
        "TOCSIN_PAGERDUTY_ROUTING_KEYS": f"ops_team={town.pagerduty.add_service('ops')}",
        "TOCSIN_PAGERDUTY_TOKEN": town.pagerduty.token,
        "TOCSIN_PAGERDUTY_BASE_URL": f"{town.url}/pagerduty/api",
        "TOCSIN_PAGERDUTY_EVENTS_URL": f"{town.url}/pagerduty/events",
    }
    link = pagerduty.connect(read_settings(settings))
    assert isinstance(link, pagerduty.PagerDutyLink)
    return link


async def test_it_is_silent_there_as_long_as_here(walk: Walk, town: Town, paged: str) -> None:
    until = walk.clock.now() + timedelta(hours=1)
    await incident_paging.snooze_pages(walk.house, BOB, walk.ref, until)
    await walk.engine.run_due()

    there = town.opsgenie.alerts if paged == "opsgenie" else town.pagerduty.incidents
    assert [one.snoozed_until for one in there] == [until]


async def test_it_belongs_there_to_those_to_whom_it_is_given_here(walk: Walk, town: Town, paged: str) -> None:
    await incident_paging.reassign(walk.house, BOB, walk.ref, ["person:alice"])
    await walk.engine.run_due()

    found = (
        [one.owner for one in town.opsgenie.alerts]
        if paged == "opsgenie"
        else [user.email for one in town.pagerduty.incidents for user in one.assigned]
    )
    assert found == ["alice@acme.example"]
    assert "alice" in walk.mailbox.people()


async def test_what_can_not_be_told_there_is_said_in_the_timeline(walk: Walk, town: Town, paged: str) -> None:
    await people.save_person(walk.house, "alice", name="Alice", email="", slack_id="UALICE")
    await incident_paging.reassign(walk.house, BOB, walk.ref, ["person:alice"])
    await walk.engine.run_due()

    refused = [x.what for x in (await walk.incident()).facts if isinstance(x.what, DeliveryRefused)]
    assert [(one.what, "mail address" in one.why) for one in refused] == [("alert.assign", True)]
    assert ALICE.person == "alice"


async def test_once_it_is_over_nothing_more_is_told(walk: Walk, town: Town, paged: str) -> None:
    town.opsgenie.hold()
    await incident_paging.snooze_pages(walk.house, BOB, walk.ref, walk.clock.now() + timedelta(hours=1))
    await incidents.dismiss(walk.house, ALICE, walk.ref, "a false alarm", "looked at it")
    town.opsgenie.process()
    await walk.engine.run_due()

    there = town.opsgenie.alerts if paged == "opsgenie" else town.pagerduty.incidents
    assert [one.snoozed_until for one in there] == [None]
