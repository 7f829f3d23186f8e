"""Opsgenie as the pager of a team, through acts, rows, the engine and real HTTP: what counts is the acknowledgement."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from walk_steps import ALICE, BOB, Walk

from doubles import EVERYTHING
from tocsin.acts import incident_paging, incidents
from tocsin.acts.oncall.overrides import take_on_call
from tocsin.clock import HandClock
from tocsin.core.duties import LATE, MET, OWED
from tocsin.core.work import ALERT_CREATE, URGENCY
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches
from tocsin.integrations.http import Outside
from tocsin.integrations.opsgenie import OpsgenieLink, connect
from tocsin.integrations.opsgenie.client import OpsgenieClient
from tocsin.integrations.opsgenie.reach import OpsgenieReach
from tocsin.settings import read_settings
from tocsin.town import Town

ALIAS = "INC-1@127.0.0.1:8008"
MAKING = "POST /v2/alerts"


@pytest.fixture
async def town(clock: HandClock) -> AsyncIterator[Town]:
    town = Town(now=clock.now)
    town.opsgenie.add_team("ops_team")
    town.opsgenie.add_schedule("ops", ["bob@acme.example"])
    await town.start()
    yield town
    await town.stop()


@pytest.fixture
async def link(town: Town) -> AsyncIterator[OpsgenieLink]:
    settings = {
        "TOCSIN_OPSGENIE_KEY": town.opsgenie.key,
        "TOCSIN_OPSGENIE_TEAM": "ops_team",
        "TOCSIN_OPSGENIE_SCHEDULE": "ops",
        "TOCSIN_OPSGENIE_BASE_URL": f"{town.url}/opsgenie",
    }
    link = connect(read_settings(settings))
    assert isinstance(link, OpsgenieLink)
    yield link
    await link.aclose()


@pytest.fixture
def walk(walk: Walk, link: OpsgenieLink) -> Walk:
    """A Tocsin with Slack, X, e-mail, GitHub (the mailbox) and Opsgenie (the town's)."""
    walk.house.abilities = EVERYTHING | link.abilities
    named = [walk.mailbox.under(name) for name in ("slack", "x", "email", "github")]
    assert link.reach
    walk.engine = Engine(walk.house, Reaches([link.reach, *named]))
    return walk


async def shift(walk: Walk, seconds: float) -> None:
    walk.clock.advance(timedelta(seconds=seconds))
    await walk.engine.run_due()


async def settled(walk: Walk) -> Walk:
    """Begun, and the alert is out: it has waited for the thread's link."""
    await walk.begin()
    await shift(walk, 2)
    return walk


async def test_the_alert_is_made_with_the_thread_s_link_and_nobody_is_paged_besides(
    walk: Walk, town: Town
) -> None:
    await settled(walk)

    [alert] = town.opsgenie.alerts
    incident = await walk.incident()
    assert incident.thread
    assert alert.alias == ALIAS
    assert alert.description.startswith(incident.thread.url)
    assert incident.alert.outside
    assert incident.alert.outside.alert == alert.id
    assert walk.mailbox.people() == []


async def test_an_alert_that_was_made_is_no_page_that_was_heard(walk: Walk, town: Town) -> None:
    await settled(walk)
    assert (await walk.duty("reach-on-call")).state == OWED

    await walk.wait(10)

    assert (await walk.duty("reach-on-call")).state == OWED
    assert len(walk.mailbox.people()) > 1, "the whole team is paged by our own means"
    assert len(town.opsgenie.alerts) == 1
    await incidents.acknowledge(walk.house, BOB, walk.ref)
    assert (await walk.duty("reach-on-call")).state == LATE


async def test_an_acknowledgement_there_meets_the_duty_and_ends_the_paging(
    walk: Walk, town: Town, link: OpsgenieLink
) -> None:
    await settled(walk)
    town.opsgenie.acknowledge(ALIAS, "bob@acme.example")
    await link.door.look(walk.house)

    assert (await walk.duty("reach-on-call")).state == MET
    await walk.wait(9)
    assert walk.mailbox.people() == []


async def test_what_was_acknowledged_there_and_is_taken_back_here_stays_so_and_is_paged_by_us(
    walk: Walk, town: Town, link: OpsgenieLink
) -> None:
    await settled(walk)
    town.opsgenie.acknowledge(ALIAS, "bob@acme.example")
    await link.door.look(walk.house)
    await incident_paging.unacknowledge(walk.house, BOB, walk.ref)
    await link.door.look(walk.house)
    await walk.engine.run_due()

    assert (await walk.incident()).alert.acknowledged_at is None
    assert {one.to for one in walk.mailbox.take("page")} == {"bob"}


async def test_an_acknowledgement_here_ends_the_escalation_there(walk: Walk, town: Town) -> None:
    await settled(walk)
    await incidents.acknowledge(walk.house, BOB, walk.ref)
    await walk.engine.run_due()

    [alert] = town.opsgenie.alerts
    assert alert.acknowledged_at
    assert any("has acknowledged INC-1 in Tocsin" in note for note in alert.notes)


async def test_an_alert_that_comes_after_the_acknowledgement_is_acknowledged(walk: Walk, town: Town) -> None:
    town.opsgenie.hold()
    await settled(walk)
    await incidents.acknowledge(walk.house, BOB, walk.ref)
    town.opsgenie.process()
    await shift(walk, 30)

    assert all(alert.acknowledged_at for alert in town.opsgenie.alerts)


async def test_whoever_opsgenie_says_is_on_call_owes_it(walk: Walk, town: Town, link: OpsgenieLink) -> None:
    town.opsgenie.add_schedule("ops", ["alice@acme.example"])
    await link.door.look(walk.house)

    await settled(walk)

    assert (await walk.incident()).alert.people == ("alice",)
    assert (await walk.duty("reach-on-call")).owes == ("alice",)


async def test_where_we_know_nobody_on_call_the_alert_is_made_and_waited_for(
    walk: Walk, town: Town, link: OpsgenieLink
) -> None:
    town.opsgenie.add_schedule("ops", ["mallory@elsewhere.example"])
    await link.door.look(walk.house)

    await settled(walk)
    assert len(town.opsgenie.alerts) == 1
    assert walk.mailbox.people() == []
    said = "\n".join(one.text for one in walk.mailbox.sent if one.does == "thread.say")
    assert "Opsgenie is asked to page whoever is on call there" in said

    await walk.wait(10)
    assert walk.mailbox.people() != []


async def test_what_opsgenie_refuses_is_paged_by_our_own_means_at_once(walk: Walk, town: Town) -> None:
    wrong = OpsgenieReach(OpsgenieClient(Outside("Opsgenie", f"{town.url}/opsgenie")), "ops_team", "")
    named = [walk.mailbox.under(name) for name in ("slack", "x", "email", "github")]
    walk.engine = Engine(walk.house, Reaches([wrong, *named]))
    await settled(walk)

    assert walk.mailbox.people() == ["bob"]
    assert "delivery_refused" in await walk.kinds()
    await walk.wait(10)
    assert len(walk.mailbox.people()) > 1
    assert not town.opsgenie.alerts


async def test_a_pager_that_is_taken_away_is_a_refusal(walk: Walk, town: Town) -> None:
    able = frozenset(URGENCY) - {ALERT_CREATE}
    named = [replace(walk.mailbox.under(name), does=able) for name in ("slack", "x", "email", "github")]
    walk.engine = Engine(walk.house, Reaches(named))
    await settled(walk)

    assert walk.mailbox.people() == ["bob"]


async def test_while_opsgenie_is_down_the_next_step_pages_by_our_own_means_and_it_is_told(
    walk: Walk, town: Town
) -> None:
    town.faults.add("opsgenie", "*", "503", times=100)
    await settled(walk)
    assert walk.mailbox.people() == []

    for _ in range(10):
        await walk.wait(1)

    assert len(walk.mailbox.people()) > 1
    kinds = await walk.kinds()
    assert kinds.count("delivery_delayed") == 1
    town.faults.clear()
    await walk.wait(5)
    assert [alert.count for alert in town.opsgenie.alerts] == [1]


@pytest.mark.parametrize("kind", ["lost_answer", "429", "500", "timeout"])
async def test_whatever_goes_wrong_with_it_there_is_one_alert(walk: Walk, town: Town, kind: str) -> None:
    town.faults.add("opsgenie", MAKING, kind)
    await settled(walk)
    for _ in range(3):
        await walk.wait(1)

    assert [alert.count for alert in town.opsgenie.alerts] == [1]
    assert (await walk.kinds()).count("alert_created") == 1


async def test_the_alert_is_closed_when_it_is_over(walk: Walk, town: Town) -> None:
    await settled(walk)
    await walk.steered()
    await walk.resolved()

    assert [alert.status for alert in town.opsgenie.alerts] == ["closed"]
    assert (await walk.kinds()).count("alert_closed") == 1


async def test_an_alert_that_comes_after_the_end_is_closed_too(walk: Walk, town: Town) -> None:
    town.opsgenie.hold()
    await walk.begin()
    await walk.steered()
    await incidents.resolve(walk.house, ALICE, walk.ref, "renewed it", "signed in myself")
    town.opsgenie.process()
    await walk.wait(1)
    await walk.wait(1)

    assert {alert.status for alert in town.opsgenie.alerts} <= {"closed"}


async def test_an_incident_that_is_opened_again_has_an_alert_of_its_own(
    walk: Walk, town: Town, link: OpsgenieLink
) -> None:
    await settled(walk)
    town.opsgenie.acknowledge(ALIAS, "bob@acme.example")
    await link.door.look(walk.house)
    await walk.steered()
    await walk.resolved()

    await incidents.reopen(walk.house, BOB, walk.ref, "it is back")
    await walk.engine.run_due()
    await link.door.look(walk.house)

    old, new = town.opsgenie.alerts
    assert (old.status, new.status) == ("closed", "open")
    assert (await walk.incident()).alert.acknowledged_at is None
    town.opsgenie.acknowledge(new.alias, "alice@acme.example")
    await link.door.look(walk.house)
    assert (await walk.incident()).alert.acknowledged_by == "alice"


async def test_an_acknowledgement_here_is_one_alike(walk: Walk, town: Town) -> None:
    await settled(walk)
    await incidents.acknowledge(walk.house, BOB, walk.ref)

    await walk.wait(9)
    assert walk.mailbox.people() == []


async def test_nobody_takes_on_call_over_here_while_the_pager_says_who_it_is(
    walk: Walk, link: OpsgenieLink
) -> None:
    await link.door.look(walk.house)

    with pytest.raises(Exception, match="The pager that this organisation keeps says who is on call"):
        await take_on_call(walk.house, ALICE, "alice", timedelta(hours=1))
