"""What goes out to PagerDuty, against the PagerDuty of the town over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tocsin.core import facts as f
from tocsin.core.facts_paging import KeptPager
from tocsin.core.people import Person
from tocsin.core.work import (
    ALERT_ACKNOWLEDGE,
    ALERT_CLOSE,
    ALERT_CREATE,
    Delivered,
    Desk,
    Later,
    Refused,
    Work,
)
from tocsin.errors import Invalid
from tocsin.integrations.pagerduty import PagerDutyLink, connect
from tocsin.integrations.pagerduty.events import LONGEST_SUMMARY, severity_of
from tocsin.integrations.pagerduty.reach import GIVEN_UP, PagerDutyReach
from tocsin.settings import read_settings
from tocsin.town import Town

MakeDesk = Callable[..., Desk]
THREAD = f.ThreadOpened("C1", "1.1", "https://acme.slack.com/archives/C1/p11")
REPORT = f.ReportReceived("r1", "x", "I can't sign in", "@jane", True, "x", "token")
WHY = {"why": "Nobody has answered"}
CREATE = Work(ALERT_CREATE, "INC-7/alert", "INC-7/alert/3", via="pagerduty", payload=WHY)
KEY = "INC-7@tocsin.acme.example"
TAKEN = f.PageAcknowledged("bob")
MAKING = "POST /events/v2/enqueue"


@pytest.fixture
def reach(link: PagerDutyLink) -> PagerDutyReach:
    assert isinstance(link.reach, PagerDutyReach)
    return link.reach


@pytest.fixture
def hasty(reach: PagerDutyReach) -> PagerDutyReach:
    """The same, with little patience."""
    return PagerDutyReach(reach._client, reach._keys, timedelta(milliseconds=150))


@pytest.fixture
def make_desk(make_desk: MakeDesk) -> MakeDesk:
    """Desks of a Tocsin that has no chat, so that no alert waits for a thread; the ops team keeps PagerDuty."""

    def make(*whats: f.What, **more: str) -> Desk:
        desk = make_desk(*whats, **more)
        kept, abilities = KeptPager("pagerduty", "ops"), desk.incident.abilities - {"thread"}
        return replace(desk, incident=replace(desk.incident, abilities=abilities, kept=kept))

    return make


async def made(town: Town, reach: PagerDutyReach, desk: Desk) -> str:
    await reach.carry_out(CREATE, desk, 1)
    [one] = town.pagerduty.incidents
    return one.id


def closing(does: str, id: str) -> Work:
    return Work(
        does, "INC-7/alert", f"INC-7/{does}/5", "pagerduty", {"alert": id, "alias": KEY, "team": "ops"}
    )


async def test_an_incident_pages_the_service_with_the_thread_s_link_first(
    town: Town, reach: PagerDutyReach, make_desk: MakeDesk
) -> None:
    outcome = await reach.carry_out(CREATE, make_desk(THREAD, REPORT), 1)

    [one] = town.pagerduty.incidents
    assert (one.title, one.key) == ("INC-7 Sign-in is broken", KEY)
    assert [link["text"] for link in one.links] == ["The thread", "INC-7 in Tocsin"]
    assert one.payload["severity"] == "critical"
    assert (one.payload["component"], one.payload["class"]) == ("service", "high")
    assert one.payload["source"] == "tocsin.acme.example"
    assert "@jane (x): I can't sign in" in one.payload["custom_details"]["description"]
    evidence = {"alert": one.id, "tiny": "1", "alias": KEY, "team": "ops", "url": town.pagerduty.link(one)}
    assert outcome == Delivered(evidence)


async def test_the_token_is_for_the_rest_api_and_the_routing_key_for_the_other(
    town: Town, reach: PagerDutyReach, make_desk: MakeDesk
) -> None:
    await reach.carry_out(CREATE, make_desk(THREAD), 1)

    sent, asked = town.requests
    assert "authorization" not in sent.headers
    assert sent.json["routing_key"] not in f"{asked.headers}{asked.query}"


async def test_a_long_title_is_cut(town: Town, reach: PagerDutyReach, make_desk: MakeDesk) -> None:
    await reach.carry_out(CREATE, make_desk(title="x" * 3000), 1)

    assert len(town.pagerduty.incidents[0].title) == LONGEST_SUMMARY


async def test_of_a_private_incident_pagerduty_learns_nothing(
    town: Town, reach: PagerDutyReach, make_desk: MakeDesk
) -> None:
    desk = make_desk(REPORT)
    await reach.carry_out(CREATE, replace(desk, incident=replace(desk.incident, private=True)), 1)

    sent = json.dumps(next(call for call in town.requests if call.method == "POST").json)
    assert town.pagerduty.incidents[0].title == "INC-7 is private: look at its page"
    assert "Sign-in" not in sent
    assert "sign in" not in sent
    assert "service" not in sent


async def test_an_event_that_is_accepted_and_comes_to_nothing_is_told_and_sent_once(
    town: Town, hasty: PagerDutyReach, make_desk: MakeDesk
) -> None:
    town.pagerduty.hold()
    later = Later("PagerDuty has accepted the event and not made an incident of it yet")

    assert await hasty.carry_out(CREATE, make_desk(), 1) == later
    assert await hasty.carry_out(CREATE, make_desk(), 2) == later
    town.pagerduty.process()
    assert isinstance(await hasty.carry_out(CREATE, make_desk(), 3), Delivered)

    assert [one.count for one in town.pagerduty.incidents] == [1]


@pytest.mark.parametrize("kind", ["lost_answer", "429", "500", "503", "timeout"])
async def test_whatever_goes_wrong_with_it_there_is_one_incident(
    town: Town, hasty: PagerDutyReach, make_desk: MakeDesk, kind: str
) -> None:
    hasty._client._events._patience = timedelta(milliseconds=300)
    town.faults.add("pagerduty", MAKING, kind)

    first = await hasty.carry_out(CREATE, make_desk(), 1)
    second = await hasty.carry_out(CREATE, make_desk(), 2)

    assert isinstance(first, Later)
    assert isinstance(second, Delivered)
    assert [one.count for one in town.pagerduty.incidents] == [1]


async def test_a_key_that_pagerduty_does_not_know_is_a_refusal_that_does_not_show_it(
    reach: PagerDutyReach, make_desk: MakeDesk
) -> None:
    wrong = PagerDutyReach(reach._client, {"": "W" * 32})

    outcome = await wrong.carry_out(CREATE, make_desk(), 1)

    assert isinstance(outcome, Refused)
    assert "PagerDuty did not understand what it was asked (400)" in outcome.why
    assert "Invalid routing key" in outcome.why
    assert "W" * 32 not in outcome.why


async def test_each_team_has_the_key_of_its_name(
    town: Town, reach: PagerDutyReach, make_desk: MakeDesk
) -> None:
    keys = {"Web": town.pagerduty.add_service("web"), "": town.pagerduty.add_service("rest")}
    several = PagerDutyReach(reach._client, keys)

    def kept(team: str, to: str = "") -> Desk:
        desk = make_desk()
        return replace(
            desk,
            incident=replace(desk.incident, ref=f"INC-{team}{to}", kept=KeptPager("pagerduty", team, to)),
        )

    await several.carry_out(CREATE, kept("web"), 1)
    await several.carry_out(CREATE, kept("ops"), 1)
    await several.carry_out(CREATE, kept("ops", "WEB"), 1)
    unknown = await several.carry_out(CREATE, kept("ops", "db"), 1)

    assert [one.service.name for one in town.pagerduty.incidents] == ["web", "rest", "web"]
    assert unknown == Refused("TOCSIN_PAGERDUTY_ROUTING_KEYS has no key for db: add db=KEY")


async def test_an_incident_that_is_over_before_it_went_out_is_not_sent(
    town: Town, reach: PagerDutyReach, make_desk: MakeDesk
) -> None:
    assert await reach.carry_out(CREATE, make_desk(TAKEN), 1) == Delivered()
    assert not town.requests


async def test_what_never_came_of_an_event_is_given_up_once_nobody_needs_it(
    town: Town, hasty: PagerDutyReach, make_desk: MakeDesk
) -> None:
    town.pagerduty.hold()
    await hasty.carry_out(CREATE, make_desk(), 1)
    assert isinstance(await hasty.carry_out(CREATE, make_desk(TAKEN), GIVEN_UP - 1), Later)

    assert await hasty.carry_out(CREATE, make_desk(TAKEN), GIVEN_UP) == Delivered()

    town.pagerduty.process()
    assert [one.status for one in town.pagerduty.incidents] == ["resolved"], "it pages nobody later on"


async def test_an_older_incident_of_the_same_key_is_another_one(
    town: Town, hasty: PagerDutyReach, make_desk: MakeDesk
) -> None:
    desk = make_desk()
    await made(town, hasty, desk)
    town.pagerduty.resolve(KEY)
    later = replace(desk, incident=replace(desk.incident, started_at=desk.now + timedelta(hours=1)))
    town.pagerduty.hold()

    assert isinstance(await hasty.carry_out(CREATE, later, 2), Later)


async def test_an_acknowledgement_is_in_the_person_s_name(
    town: Town, reach: PagerDutyReach, make_desk: MakeDesk
) -> None:
    id = await made(town, reach, make_desk())

    outcome = await reach.carry_out(closing(ALERT_ACKNOWLEDGE, id), make_desk(TAKEN), 1)

    assert isinstance(outcome, Delivered)
    [one] = town.pagerduty.incidents
    assert (one.status, one.agent.summary) == ("acknowledged", "Bob Okafor")


@pytest.mark.parametrize("email", ["", "nobody-there@acme.example"], ids=["no address", "unknown there"])
async def test_who_is_no_user_there_acknowledges_by_an_event(
    town: Town, reach: PagerDutyReach, make_desk: MakeDesk, email: str
) -> None:
    id = await made(town, reach, make_desk())
    desk = make_desk(TAKEN)
    desk = replace(desk, roster=replace(desk.roster, people={"bob": Person("bob", "Bob", email)}))

    outcome = await reach.carry_out(closing(ALERT_ACKNOWLEDGE, id), desk, 1)

    assert isinstance(outcome, Delivered)
    [one] = town.pagerduty.incidents
    assert (one.status, one.agent.type) == ("acknowledged", "service_reference")


async def test_a_token_that_may_only_read_acknowledges_by_an_event(
    town: Town, reach: PagerDutyReach, make_desk: MakeDesk
) -> None:
    id = await made(town, reach, make_desk())
    town.faults.add("pagerduty", "PUT *", "403")

    await reach.carry_out(closing(ALERT_ACKNOWLEDGE, id), make_desk(TAKEN), 1)

    assert [one.agent.type for one in town.pagerduty.incidents] == ["service_reference"]


async def test_an_event_that_changed_nothing_yet_is_tried_again(
    town: Town, hasty: PagerDutyReach, make_desk: MakeDesk
) -> None:
    id = await made(town, hasty, make_desk())
    town.faults.add("pagerduty", "PUT *", "403")
    town.pagerduty.hold()

    outcome = await hasty.carry_out(closing(ALERT_ACKNOWLEDGE, id), make_desk(TAKEN), 1)

    assert outcome == Later("PagerDuty has accepted the event, and the incident is not acknowledged yet")


@pytest.mark.parametrize("does", [ALERT_ACKNOWLEDGE, ALERT_CLOSE])
async def test_what_was_resolved_there_is_not_opened_again(
    town: Town, reach: PagerDutyReach, make_desk: MakeDesk, does: str
) -> None:
    id = await made(town, reach, make_desk())
    town.pagerduty.resolve(KEY, "bob@acme.example")

    outcome = await reach.carry_out(closing(does, id), make_desk(TAKEN), 1)

    assert isinstance(outcome, Delivered)
    assert [one.status for one in town.pagerduty.incidents] == ["resolved"]
    assert all(call.method != "PUT" for call in town.requests)


async def test_the_end_is_in_the_name_of_who_ended_it(
    town: Town, reach: PagerDutyReach, make_desk: MakeDesk
) -> None:
    id = await made(town, reach, make_desk())
    desk = make_desk(TAKEN, f.Resolved("rolled back", "it works"))
    facts = (*desk.incident.facts[:-1], replace(desk.incident.facts[-1], by="bob"))

    await reach.carry_out(
        closing(ALERT_CLOSE, id), replace(desk, incident=replace(desk.incident, facts=facts)), 1
    )

    [one] = town.pagerduty.incidents
    assert (one.status, one.agent.summary) == ("resolved", "Bob Okafor")


async def test_an_incident_that_is_gone_there_can_t_be_closed(
    reach: PagerDutyReach, make_desk: MakeDesk
) -> None:
    outcome = await reach.carry_out(closing(ALERT_CLOSE, "Q0"), make_desk(), 1)

    assert outcome == Refused("PagerDuty has no such incident any more")


async def test_it_waits_for_the_link_of_the_thread(
    town: Town, reach: PagerDutyReach, make_desk: MakeDesk
) -> None:
    desk = make_desk()
    desk = replace(desk, incident=replace(desk.incident, abilities=desk.incident.abilities | {"thread"}))

    assert isinstance(await reach.carry_out(CREATE, desk, 1), Later)
    assert not town.requests


def test_the_handbook_s_worst_severity_is_critical(make_desk: MakeDesk) -> None:
    desk = make_desk()
    severities = [one.id for one in desk.handbook.severities_of("service")]

    found = [severity_of(replace(desk.incident, severity=one), desk.handbook) for one in severities]

    assert found[0] == "critical"
    assert found == sorted(found, key=["critical", "error", "warning", "info"].index)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"TOCSIN_PAGERDUTY_ROUTING_KEYS": "R" * 32}, "TOCSIN_PAGERDUTY_TOKEN is not"),
        ({"TOCSIN_PAGERDUTY_TOKEN": "t"}, "TOCSIN_PAGERDUTY_ROUTING_KEYS is not"),
        ({"TOCSIN_PAGERDUTY_WEBHOOK_SECRETS": "s"}, "TOCSIN_PAGERDUTY_TOKEN is not"),
        ({"TOCSIN_PAGERDUTY_SCHEDULE": "P1"}, "TOCSIN_PAGERDUTY_TOKEN is not"),
        ({"TOCSIN_PAGERDUTY_ROUTING_KEYS": "ops=short"}, "write keys of 32 letters and digits"),
        ({"TOCSIN_PAGERDUTY_EVENTS_URL": "ftp://x"}, "write an address that begins with https://"),
        (
            {
                "TOCSIN_PAGERDUTY_ROUTING_KEYS": "R" * 32,
                "TOCSIN_PAGERDUTY_TOKEN": "t",
                "TOCSIN_PAGERDUTY_SCHEDULE": "P1",
                "TOCSIN_OPSGENIE_KEY": "k",
                "TOCSIN_OPSGENIE_SCHEDULE": "ops",
            },
            "TOCSIN_PAGERDUTY_SCHEDULE and TOCSIN_OPSGENIE_SCHEDULE are both set",
        ),
    ],
)
def test_settings_that_can_t_be_used_are_told(given: dict[str, str], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        read_settings(given)


def test_each_secret_of_a_setting_is_kept_out_of_the_logs() -> None:
    keys = f"ops={'A' * 32}, {'B' * 32}"
    given = {"TOCSIN_PAGERDUTY_ROUTING_KEYS": keys, "TOCSIN_PAGERDUTY_TOKEN": "t"}

    assert {"A" * 32, "B" * 32, keys} <= set(read_settings(given).secrets())


async def test_without_a_key_there_is_no_link() -> None:
    assert connect(read_settings({})) is None
