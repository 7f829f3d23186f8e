"""Opsgenie kept by one team only: whom it pages, and whom Tocsin does, at the same time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from walk_steps import ALICE, BOB, Walk

from doubles import EVERYTHING
from tocsin.acts import incidents, people
from tocsin.acts.oncall.weekly import save_weekly
from tocsin.clock import HandClock
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches
from tocsin.integrations.opsgenie import OpsgenieLink, connect
from tocsin.settings import read_settings
from tocsin.town import Town


@pytest.fixture
async def town(clock: HandClock) -> AsyncIterator[Town]:
    town = Town(now=clock.now)
    town.opsgenie.add_team("Platform")
    await town.start()
    yield town
    await town.stop()


@pytest.fixture
async def link(town: Town) -> AsyncIterator[OpsgenieLink]:
    """A key and no team: only teams that say so keep it."""
    settings = {"TOCSIN_OPSGENIE_KEY": town.opsgenie.key, "TOCSIN_OPSGENIE_BASE_URL": f"{town.url}/opsgenie"}
    link = connect(read_settings(settings))
    assert isinstance(link, OpsgenieLink)
    yield link
    await link.aclose()


@pytest.fixture
def walk(walk: Walk, link: OpsgenieLink) -> Walk:
    walk.house.abilities = EVERYTHING | link.abilities
    named = [walk.mailbox.under(name) for name in ("slack", "x", "email", "github")]
    assert link.reach
    walk.engine = Engine(walk.house, Reaches([link.reach, *named]))
    return walk


async def settled(walk: Walk) -> None:
    await walk.begin()
    walk.clock.advance(timedelta(seconds=2))
    await walk.engine.run_due()


async def test_without_a_choice_tocsin_pages_by_itself(walk: Walk, town: Town) -> None:
    await settled(walk)

    assert walk.mailbox.people() == ["bob"]
    assert not town.opsgenie.alerts


async def test_a_team_that_keeps_it_is_paged_there_under_its_name_there(walk: Walk, town: Town) -> None:
    await people.save_team(walk.house, "ops_team", ["alice", "bob"], pager="opsgenie:Platform")

    await settled(walk)

    [alert] = town.opsgenie.alerts
    assert len(alert.responders) == 1
    assert walk.mailbox.people() == []
    await walk.wait(10)
    assert len(walk.mailbox.people()) > 1, "the next step is ours"


async def test_who_is_on_call_for_another_team_is_paged_by_us_at_once(
    walk: Walk, town: Town, link: OpsgenieLink
) -> None:
    await people.save_team(walk.house, "ops_team", ["alice", "bob"], pager="opsgenie:Platform")
    await people.save_team(walk.house, "web", ["carol"])
    first = walk.clock.now().replace(tzinfo=None, microsecond=0) - timedelta(days=1)
    await save_weekly(walk.house, "web", team="web", zone="UTC", first_handoff=first, participants=["carol"])

    await settled(walk)

    assert len(town.opsgenie.alerts) == 1
    assert walk.mailbox.people() == ["carol"]


async def test_a_team_whose_pager_is_linked_no_longer_is_paged_by_us(walk: Walk, town: Town) -> None:
    await people.save_team(walk.house, "ops_team", ["alice", "bob"], pager="opsgenie:Platform")
    walk.house.abilities = EVERYTHING

    await settled(walk)

    assert walk.mailbox.people() == ["bob"]


async def test_a_team_that_left_it_is_paged_by_us_when_an_incident_is_opened_again(
    walk: Walk, town: Town
) -> None:
    await people.save_team(walk.house, "ops_team", ["alice", "bob"], pager="opsgenie:Platform")
    await settled(walk)
    await walk.steered()
    await incidents.resolve(walk.house, ALICE, walk.ref, "renewed it", "signed in myself")
    await people.save_team(walk.house, "ops_team", ["alice", "bob"], pager="")

    await incidents.reopen(walk.house, BOB, walk.ref, "it is back")
    await walk.engine.run_due()

    assert [alert.status for alert in town.opsgenie.alerts] == ["closed"], "the old one, and no new one"
    assert walk.mailbox.people() == ["bob"]
