"""PagerDuty as the pager of a team, through acts, rows, the engine and real HTTP: what counts is the acknowledgement."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from walk_steps import ALICE, BOB, Walk

from doubles import EVERYTHING
from tocsin.acts import incidents, people
from tocsin.clock import HandClock
from tocsin.core.duties import MET, OWED
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches
from tocsin.integrations.pagerduty import PagerDutyLink, connect
from tocsin.settings import read_settings
from tocsin.town import Town

KEY = "INC-1@127.0.0.1:8008"
MAKING = "POST /events/v2/enqueue"


@pytest.fixture
async def town(clock: HandClock) -> AsyncIterator[Town]:
    town = Town(now=clock.now)
    for handle in ("alice", "bob"):
        town.pagerduty.add_user(handle.title(), f"{handle}@acme.example")
    await town.start()
    yield town
    await town.stop()


@pytest.fixture
async def link(town: Town) -> AsyncIterator[PagerDutyLink]:
    settings = {
        "TOCSIN_PAGERDUTY_ROUTING_KEYS": f"ops_team={town.pagerduty.add_service('ops')}",
        "TOCSIN_PAGERDUTY_TOKEN": town.pagerduty.token,
        "TOCSIN_PAGERDUTY_BASE_URL": f"{town.url}/pagerduty/api",
        "TOCSIN_PAGERDUTY_EVENTS_URL": f"{town.url}/pagerduty/events",
    }
    link = connect(read_settings(settings))
    assert isinstance(link, PagerDutyLink)
    yield link
    await link.aclose()


@pytest.fixture
async def walk(walk: Walk, link: PagerDutyLink) -> Walk:
    walk.house.abilities = EVERYTHING | link.abilities
    await people.save_team(walk.house, "ops_team", ["alice", "bob"], pager="pagerduty")
    named = [walk.mailbox.under(name) for name in ("slack", "x", "email", "github")]
    assert link.reach
    walk.engine = Engine(walk.house, Reaches([link.reach, *named]))
    return walk


async def settled(walk: Walk) -> Walk:
    """Begun, and the alert is out: it has waited for the thread's link."""
    await walk.begin()
    walk.clock.advance(timedelta(seconds=2))
    await walk.engine.run_due()
    return walk


async def test_the_incident_there_has_the_thread_s_link_and_nobody_is_paged_besides(
    walk: Walk, town: Town
) -> None:
    await settled(walk)

    [there] = town.pagerduty.incidents
    incident = await walk.incident()
    assert incident.thread
    assert there.links[0] == {"href": incident.thread.url, "text": "The thread"}
    assert walk.mailbox.people() == []
    said = "\n".join(one.text for one in walk.mailbox.sent if one.does == "thread.say")
    assert "PagerDuty has the alert, and pages" in said


async def test_one_that_was_made_is_no_page_that_was_heard(walk: Walk, town: Town) -> None:
    await settled(walk)
    await walk.wait(10)

    assert (await walk.duty("reach-on-call")).state == OWED
    assert len(walk.mailbox.people()) > 1, "the whole team is paged by our own means"
    assert [one.count for one in town.pagerduty.incidents] == [1]


async def test_an_acknowledgement_there_meets_the_duty_and_ends_the_paging(
    walk: Walk, town: Town, link: PagerDutyLink
) -> None:
    await settled(walk)
    town.pagerduty.acknowledge(KEY, "bob@acme.example")
    await link.door.look(walk.house)

    assert (await walk.duty("reach-on-call")).state == MET
    await walk.wait(9)
    assert walk.mailbox.people() == []


async def test_a_key_that_is_refused_pages_by_our_own_means_at_once(walk: Walk, town: Town) -> None:
    town.pagerduty._board.services.clear()
    await settled(walk)

    assert walk.mailbox.people() == ["bob"]
    assert "delivery_refused" in await walk.kinds()
    assert not town.pagerduty.incidents


async def test_while_it_is_down_the_next_step_pages_by_our_own_means_and_it_is_told(
    walk: Walk, town: Town
) -> None:
    town.faults.add("pagerduty", "*", "503", times=100)
    await settled(walk)
    for _ in range(10):
        await walk.wait(1)

    assert len(walk.mailbox.people()) > 1
    assert (await walk.kinds()).count("delivery_delayed") == 1
    town.faults.clear()
    await walk.wait(5)
    assert [one.count for one in town.pagerduty.incidents] == [1]


@pytest.mark.parametrize("kind", ["lost_answer", "429", "500"])
async def test_whatever_goes_wrong_with_it_there_is_one_incident(walk: Walk, town: Town, kind: str) -> None:
    town.faults.add("pagerduty", MAKING, kind)
    await settled(walk)
    for _ in range(3):
        await walk.wait(1)

    assert [one.count for one in town.pagerduty.incidents] == [1]
    assert (await walk.kinds()).count("alert_created") == 1


async def test_an_incident_that_is_opened_again_has_one_of_its_own(
    walk: Walk, town: Town, link: PagerDutyLink
) -> None:
    await settled(walk)
    await incidents.acknowledge(walk.house, BOB, walk.ref)
    await walk.steered()
    await incidents.resolve(walk.house, ALICE, walk.ref, "renewed it", "signed in myself")
    await walk.engine.run_due()

    await incidents.reopen(walk.house, BOB, walk.ref, "it is back")
    await walk.engine.run_due()
    await link.door.look(walk.house)

    old, new = town.pagerduty.incidents
    assert (old.status, new.status) == ("resolved", "triggered")
    assert (old.log[-2].agent.summary, old.agent.summary) == ("Bob", "Alice")
    assert new.key != old.key
    assert (await walk.incident()).alert.acknowledged_at is None
