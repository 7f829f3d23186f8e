"""Alerts of their own for teams that keep Opsgenie or PagerDuty: made there, acknowledged and closed both ways, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from alert_steps import ALICE, BOB, KEY, Town, with_town
from tocsin.acts import people
from tocsin.acts.alerting.looks import alert_of
from tocsin.acts.house import House
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.oncall.weekly import save_weekly
from tocsin.acts.policies_saved import save_policy
from tocsin.clock import HandClock
from tocsin.core.alerting.outside import alias_of
from tocsin.engine.loop import Engine
from tocsin.integrations import opsgenie, pagerduty
from tocsin.settings import read_settings
from tocsin.town import Town as Outside
from town.pagerduty_calls import check_pagerduty

MADE = {"opsgenie": "POST /v2/alerts", "pagerduty": "POST /events/v2/enqueue"}


@dataclass
class Pager:
    """The pager of the town that the ops team keeps, and who hears what of Tocsin. `states` are those of all alerts there."""

    name: str
    outside: Outside
    link: opsgenie.OpsgenieLink | pagerduty.PagerDutyLink
    town: Town
    states: Callable[[], list[str]]
    answer: Callable[[str, str, str], None]

    async def looks(self) -> None:
        await self.link.door.look(self.town.house)
        await self.town.engine.run_due()

    async def does_there(self, what: str, ref: str, mail: str = "bob@acme.example") -> None:
        """Somebody answers in the pager, and Tocsin looks."""
        key = alias_of(self.town.house.places.alert(ref), 255)
        self.answer(what, key, mail)
        await self.looks()

    async def status(self, ref: str) -> tuple[str, str]:
        one = (await alert_of(self.town.house, ref)).alert
        return one.status, one.escalation.closed_by or one.escalation.acknowledged_by


@pytest.fixture
async def outside(clock: HandClock) -> AsyncIterator[Outside]:
    town = Outside(now=clock.now)
    town.opsgenie.add_team("Platform")
    for handle in ("alice", "bob"):
        town.pagerduty.add_user(handle.title(), f"{handle}@acme.example")
    await town.start()
    yield town
    await town.stop()


@pytest.fixture(params=["opsgenie", "pagerduty"])
async def pager(
    request: pytest.FixtureRequest, outside: Outside, house: House, engine: Engine, clock: HandClock
) -> AsyncIterator[Pager]:
    made = (_opsgenie if request.param == "opsgenie" else _pagerduty)(outside)
    town = with_town(house, engine, clock)
    house.abilities = house.abilities | made.link.abilities
    house.given = {**house.given, **{one.via: one for one in made.link.given_channels}}
    choice = "opsgenie:Platform" if request.param == "opsgenie" else "pagerduty"
    await people.save_team(house, "ops_team", ["alice", "bob"], pager=choice)
    made.town = town
    yield made
    await made.link.aclose()
    for call in outside.requests if request.param == "pagerduty" else ():
        check_pagerduty(call)


def _opsgenie(outside: Outside) -> Pager:
    there = outside.opsgenie
    settings = {"TOCSIN_OPSGENIE_KEY": there.key, "TOCSIN_OPSGENIE_BASE_URL": f"{outside.url}/opsgenie"}
    link = opsgenie.connect(read_settings(settings))
    assert isinstance(link, opsgenie.OpsgenieLink)

    def states() -> list[str]:
        return [
            one.status if one.status == "closed" else "acknowledged" if one.acknowledged_at else "open"
            for one in there.alerts
        ]

    def answer(what: str, alias: str, mail: str) -> None:
        (there.acknowledge if what == "acknowledge" else there.close)(alias, mail)

    return Pager("opsgenie", outside, link, None, states, answer)  # type: ignore[arg-type]


def _pagerduty(outside: Outside) -> Pager:
    there = outside.pagerduty
    settings = {
        "TOCSIN_PAGERDUTY_ROUTING_KEYS": f"ops_team={there.add_service('ops')}",
        "TOCSIN_PAGERDUTY_TOKEN": there.token,
        "TOCSIN_PAGERDUTY_BASE_URL": f"{outside.url}/pagerduty/api",
        "TOCSIN_PAGERDUTY_EVENTS_URL": f"{outside.url}/pagerduty/events",
    }
    link = pagerduty.connect(read_settings(settings))
    assert isinstance(link, pagerduty.PagerDutyLink)
    names = {"triggered": "open", "acknowledged": "acknowledged", "resolved": "closed"}

    def answer(what: str, key: str, mail: str) -> None:
        (there.acknowledge if what == "acknowledge" else there.resolve)(key, mail)

    return Pager("pagerduty", outside, link, None, lambda: [names[x.status] for x in there.incidents], answer)  # type: ignore[arg-type]


async def test_it_is_made_there_and_the_next_step_is_ours(pager: Pager) -> None:
    opened = await pager.town.opens(priority="P1", description="95 percent")

    assert (pager.states(), pager.town.heard()) == (["open"], [])
    sent = (await alert_of(pager.town.house, opened.ref)).deliveries
    assert [(one.via, one.state, one.contact.rpartition("/")[2]) for one in sent] == [
        (pager.name, "handed over", "A-1")
    ]
    await pager.town.later(minutes=10)
    assert {line.partition("/")[0] for line in pager.town.heard()} == {"alice", "bob"}
    assert pager.states() == ["open"]


async def test_who_answers_there_has_answered_here_and_a_closing_there_ends_it(pager: Pager) -> None:
    opened = await pager.town.opens()

    await pager.does_there("acknowledge", opened.ref)
    acknowledged = await pager.status(opened.ref)
    await pager.town.later(hours=1)
    await pager.does_there("close", opened.ref, "alice@acme.example")

    assert acknowledged == ("acknowledged", "bob")
    assert await pager.status(opened.ref) == ("closed", "alice")
    told = (await alert_of(pager.town.house, opened.ref)).told
    assert told[-1].text.startswith("Alice closed it: closed in ")
    assert pager.town.heard() == []


async def test_who_answers_here_has_answered_there_each_alert_for_itself(pager: Pager) -> None:
    first = await pager.town.opens("The disk is full")
    second = await pager.town.opens("The queue is long")
    assert sorted(pager.states()) == ["open", "open"]

    await pager.town.does("acknowledge", BOB, first.ref)
    assert sorted(pager.states()) == ["acknowledged", "open"]
    await pager.town.does("close", KEY, first.ref)
    await pager.town.does("close", ALICE, second.ref, "it was nothing")

    assert pager.states() == ["closed", "closed"]


async def test_an_acknowledgement_that_is_taken_back_here_is_not_put_again_by_what_stands_there(
    pager: Pager,
) -> None:
    opened = await pager.town.opens()
    await pager.does_there("acknowledge", opened.ref)
    await pager.town.does("unacknowledge", BOB, opened.ref)

    await pager.looks()

    assert (await pager.status(opened.ref))[0] == "open"
    assert {line.partition("/")[0] for line in pager.town.heard()} == {"bob"}, "ours page from now on"


async def test_a_stranger_there_acknowledges_nothing_here_and_may_close_it(pager: Pager) -> None:
    pager.outside.pagerduty.add_user("Mallory", "mallory@elsewhere.example")
    opened = await pager.town.opens()

    await pager.does_there("acknowledge", opened.ref, "mallory@elsewhere.example")
    open_still = await pager.status(opened.ref)
    await pager.does_there("close", opened.ref, "mallory@elsewhere.example")

    assert open_still == ("open", "")
    assert (await pager.status(opened.ref))[0] == "closed"


async def test_what_the_pager_refuses_ours_bring_at_once(pager: Pager) -> None:
    pager.outside.faults.add(pager.name, MADE[pager.name], "413")
    await pager.town.opens()
    await pager.town.later(seconds=1)

    assert {line.partition("/")[0] for line in pager.town.heard()} == {"bob"}
    assert pager.states() == []


async def test_a_pager_that_does_not_answer_is_tried_on_and_ours_page_beside_it(pager: Pager) -> None:
    pager.outside.faults.add(pager.name, MADE[pager.name], "503", times=3)
    await pager.town.opens()
    quiet = pager.town.heard()
    for _ in range(3):
        await pager.town.later(minutes=2)

    assert quiet == []
    assert {line.partition("/")[0] for line in pager.town.heard()} == {"bob"}
    assert pager.states() == ["open"]


async def test_who_is_of_no_team_that_keeps_it_is_paged_by_us_at_the_same_moment(pager: Pager) -> None:
    house = pager.town.house
    await people.save_team(house, "web", ["carol"])
    first = house.clock.now().replace(tzinfo=None, microsecond=0)
    await save_weekly(house, "web", team="web", zone="UTC", first_handoff=first, participants=["carol"])
    steps = [{"to": ["schedule:web", "schedule:ops"]}]
    await save_policy(house, OPERATOR, {"id": "both", "steps": steps})
    alone = {"id": "alone", "team": "ops_team", "steps": [{"to": "person:bob"}]}
    await save_policy(house, OPERATOR, alone)

    await pager.town.opens(policy="both")
    assert ({line.partition("/")[0] for line in pager.town.heard()}, pager.states()) == ({"carol"}, ["open"])
    await pager.town.opens("Another", policy="alone")
    assert (pager.town.heard(), pager.states()) == ([], ["open", "open"])
    await people.save_team(house, "ops_team", ["alice", "bob"], pager="own")
    await pager.town.opens("One more", policy="alone")
    assert ({line.partition("/")[0] for line in pager.town.heard()}, pager.states()) == (
        {"bob"},
        ["open", "open"],
    )


def silent_until(pager: Pager) -> list[datetime | None]:
    there = pager.outside
    found = there.opsgenie.alerts if pager.name == "opsgenie" else there.pagerduty.incidents
    return [one.snoozed_until for one in found]


def owners(pager: Pager) -> list[str]:
    if pager.name == "opsgenie":
        return [one.owner for one in pager.outside.opsgenie.alerts]
    return [",".join(user.email for user in one.assigned) for one in pager.outside.pagerduty.incidents]


async def test_who_snoozes_it_here_has_it_silent_there_and_nobody_has_acknowledged(pager: Pager) -> None:
    opened = await pager.town.opens()
    until = pager.town.clock.now() + timedelta(hours=1)

    await pager.town.does("snooze", BOB, opened.ref, until)
    await pager.looks()

    assert silent_until(pager) == [until]
    assert await pager.status(opened.ref) == ("snoozed", "")
    await pager.town.later(minutes=59)
    assert pager.town.heard() == []
    await pager.town.later(minutes=2)
    await pager.looks()
    assert (await pager.status(opened.ref))[0] == "open"
    assert pager.states() == ["open"]


async def test_who_gives_it_to_others_here_has_given_it_to_them_there(pager: Pager) -> None:
    opened = await pager.town.opens()

    await pager.town.does("reassign", BOB, opened.ref, ["person:alice"])
    await pager.looks()

    assert owners(pager) == ["alice@acme.example"]
    assert pager.states() == ["open"]
    assert {line.partition("/")[0] for line in pager.town.heard()} == {
        "alice"
    }  # She is paged by Tocsin, too.


async def test_what_the_pager_can_not_be_told_is_said_with_its_reason(pager: Pager) -> None:
    opened = await pager.town.opens()
    await people.save_person(pager.town.house, "alice", name="Alice", email="", slack_id="UALICE")
    await pager.town.does("reassign", BOB, opened.ref, ["person:alice"])

    sent = (await alert_of(pager.town.house, opened.ref)).deliveries
    [given] = [one for one in sent if one.purpose == "given"]
    assert (given.state, "mail address" in given.why) == ("failed", True)
    assert owners(pager) == [""]


async def test_that_it_is_open_again_or_handed_up_here_acknowledges_nothing_there(pager: Pager) -> None:
    opened = await pager.town.opens()
    await pager.town.does("reassign", BOB, opened.ref, ["person:alice"])
    await pager.town.does("escalate_now", ALICE, opened.ref)
    await pager.looks()
    assert (pager.states(), owners(pager)) == (["open"], ["alice@acme.example"])

    await pager.town.does("snooze", ALICE, opened.ref, pager.town.clock.now() + timedelta(hours=1))
    await pager.town.later(hours=1)
    await pager.looks()
    assert pager.states() == ["open"]
    assert (await pager.status(opened.ref))[0] == "open"
