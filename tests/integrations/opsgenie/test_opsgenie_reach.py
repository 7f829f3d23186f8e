"""What goes out to Opsgenie, against the Opsgenie of the town over real HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tocsin.core import facts as f
from tocsin.core.places import Places
from tocsin.core.work import ALERT_CLOSE, ALERT_CREATE, Delivered, Desk, Later, Refused, Work
from tocsin.errors import Invalid
from tocsin.integrations.opsgenie import OpsgenieLink, connect
from tocsin.integrations.opsgenie.alerts import alias_of, priority_of
from tocsin.integrations.opsgenie.reach import OpsgenieReach
from tocsin.settings import read_settings
from tocsin.town import Town
from town.specs import check_opsgenie

MakeDesk = Callable[..., Desk]
THREAD = f.ThreadOpened("C1", "1.1", "https://acme.slack.com/archives/C1/p11")
REPORT = f.ReportReceived("r1", "x", "I can't sign in", "@jane", True, "x", "token")
RESOLVED = f.Resolved("rolled back", "sign-in works")
WHY = {"why": "Nobody has answered"}
CREATE = Work(ALERT_CREATE, "INC-7/alert", "INC-7/alert/3", via="opsgenie", payload=WHY)
CLOSE = Work(ALERT_CLOSE, "INC-7/alert", "INC-7/alert-close/5", via="opsgenie")
ALIAS = "INC-7@tocsin.acme.example"
MAKING = "POST /v2/alerts"


@pytest.fixture
def reach(link: OpsgenieLink) -> OpsgenieReach:
    assert isinstance(link.reach, OpsgenieReach)
    return link.reach


@pytest.fixture
def hasty(reach: OpsgenieReach) -> OpsgenieReach:
    """The same, with little patience."""
    return OpsgenieReach(reach._client, "ops_team", reach._web_url, timedelta(milliseconds=150))


@pytest.fixture
def make_desk(make_desk: MakeDesk) -> MakeDesk:
    """Desks of a Tocsin that has no chat, so that no alert waits for a thread."""

    def make(*whats: f.What, **more: str) -> Desk:
        desk = make_desk(*whats, **more)
        return replace(desk, incident=replace(desk.incident, abilities=desk.incident.abilities - {"thread"}))

    return make


async def test_an_alert_pages_the_team_with_the_thread_s_link_first(
    town: Town, reach: OpsgenieReach, make_desk: MakeDesk
) -> None:
    outcome = await reach.carry_out(CREATE, make_desk(THREAD, REPORT), 1)

    [alert] = town.opsgenie.alerts
    assert (alert.message, alert.alias) == ("INC-7 Sign-in is broken", ALIAS)
    assert alert.description.startswith(f"{THREAD.url}\n\nhttps://tocsin.acme.example/incidents/INC-7\n")
    assert "Nobody has answered" in alert.description
    assert "@jane (x): I can't sign in" in alert.description
    assert len(alert.responders) == 1
    assert outcome == Delivered(
        {
            "alert": alert.id,
            "tiny": "1",
            "alias": ALIAS,
            "team": "ops_team",
            "url": town.opsgenie.link(alert),
        }
    )


async def test_the_request_is_what_opsgenie_asks_for(
    town: Town, reach: OpsgenieReach, make_desk: MakeDesk
) -> None:
    await reach.carry_out(CREATE, make_desk(THREAD), 1)

    request = town.requests[0]
    assert request.headers["authorization"] == f"GenieKey {town.opsgenie.key}"
    assert request.json["responders"] == [{"type": "team", "name": "ops_team"}]
    assert request.json["tags"] == ["tocsin", "service", "high"]
    assert request.json["priority"] == "P1"
    assert request.json["details"] == {
        "tocsin": "INC-7/alert/3",
        "incident": "https://tocsin.acme.example/incidents/INC-7",
    }


async def test_every_call_and_its_answer_fit_opsgenie_s_own_description(
    town: Town, reach: OpsgenieReach, make_desk: MakeDesk
) -> None:
    await reach.carry_out(CREATE, make_desk(THREAD), 2)
    await reach.carry_out(CLOSE, make_desk(THREAD, RESOLVED), 1)

    calls = [call.method for call in town.requests]
    assert calls == ["GET", "POST", "GET", "GET", "POST", "GET"]
    for call in town.requests:
        check_opsgenie(call)


async def test_a_long_title_is_cut_at_130_characters_with_an_ellipsis(
    town: Town, reach: OpsgenieReach, make_desk: MakeDesk
) -> None:
    await reach.carry_out(CREATE, make_desk(title="Sign-in is very broken " * 10), 1)

    message = town.opsgenie.alerts[0].message
    assert len(message) <= 130
    assert message.endswith("…")


async def test_without_a_thread_the_incident_s_page_comes_first(
    town: Town, reach: OpsgenieReach, make_desk: MakeDesk
) -> None:
    await reach.carry_out(CREATE, make_desk(), 1)

    assert town.opsgenie.alerts[0].description.startswith("https://tocsin.acme.example/incidents/INC-7\n")


async def test_of_a_private_incident_opsgenie_learns_only_that_somebody_is_needed(
    town: Town, reach: OpsgenieReach, make_desk: MakeDesk
) -> None:
    desk = make_desk(REPORT)
    private = replace(desk, incident=replace(desk.incident, private=True))

    await reach.carry_out(CREATE, private, 1)

    sent = town.requests[0].body
    assert town.opsgenie.alerts[0].message == "INC-7 is private: look at its page"
    assert not [word for word in ("Sign-in", "sign in", "@jane", "service", "Nobody") if word in sent]


async def test_an_accepted_request_is_not_an_alert(
    town: Town, hasty: OpsgenieReach, make_desk: MakeDesk
) -> None:
    town.opsgenie.hold()

    first = await hasty.carry_out(CREATE, make_desk(), 1)
    town.opsgenie.process()
    second = await hasty.carry_out(CREATE, make_desk(), 2)

    assert first == Later("Opsgenie has accepted the alert and not made it yet")
    assert isinstance(second, Delivered)
    assert [alert.count for alert in town.opsgenie.alerts] == [1]


async def test_a_second_try_before_the_first_was_processed_makes_no_second_alert(
    town: Town, hasty: OpsgenieReach, make_desk: MakeDesk
) -> None:
    town.opsgenie.hold()

    await hasty.carry_out(CREATE, make_desk(), 1)
    await hasty.carry_out(CREATE, make_desk(), 2)
    town.opsgenie.process()
    outcome = await hasty.carry_out(CREATE, make_desk(), 3)

    assert isinstance(outcome, Delivered)
    assert [alert.count for alert in town.opsgenie.alerts] == [1], (
        "the request is asked after, not made again"
    )


@pytest.mark.parametrize("kind", ["lost_answer", "500", "503", "429"])
async def test_whatever_goes_wrong_there_is_one_alert(
    town: Town, reach: OpsgenieReach, make_desk: MakeDesk, kind: str
) -> None:
    town.faults.add("opsgenie", MAKING, kind)

    first = await reach.carry_out(CREATE, make_desk(), 1)
    second = await reach.carry_out(CREATE, make_desk(), 2)

    assert isinstance(first, Later)
    assert isinstance(second, Delivered)
    assert [alert.count for alert in town.opsgenie.alerts] == [1]


async def test_an_alert_of_an_earlier_round_is_not_taken_for_this_one(
    town: Town, reach: OpsgenieReach, make_desk: MakeDesk
) -> None:
    again = Work(ALERT_CREATE, "INC-7/alert", "INC-7/alert/9", via="opsgenie")
    await reach.carry_out(CREATE, make_desk(), 1)
    town.opsgenie.close(ALIAS, "bob@acme.example")

    await reach.carry_out(again, make_desk(), 2)

    assert [alert.status for alert in town.opsgenie.alerts] == ["closed", "open"]


async def test_the_alert_is_closed_with_a_note(town: Town, reach: OpsgenieReach, make_desk: MakeDesk) -> None:
    made = await reach.carry_out(CREATE, make_desk(), 1)
    assert isinstance(made, Delivered)

    outcome = await reach.carry_out(CLOSE, make_desk(RESOLVED), 1)

    [alert] = town.opsgenie.alerts
    assert alert.status == "closed"
    assert alert.notes == ["INC-7 is resolved: https://tocsin.acme.example/incidents/INC-7"]
    assert outcome == Delivered({"alert": alert.id, "alias": ALIAS, "url": town.opsgenie.link(alert)})


@pytest.mark.parametrize("by_id", [False, True], ids=["by its alias", "by its id"])
async def test_an_alert_that_a_person_has_closed_is_left_closed(
    town: Town, reach: OpsgenieReach, make_desk: MakeDesk, by_id: bool
) -> None:
    made = await reach.carry_out(CREATE, make_desk(), 1)
    assert isinstance(made, Delivered)
    town.opsgenie.close(ALIAS, "bob@acme.example")
    payload = {"alert": made.evidence["alert"]} if by_id else {}

    outcome = await reach.carry_out(
        Work(ALERT_CLOSE, CLOSE.lane, CLOSE.key, via="opsgenie", payload=payload), make_desk(RESOLVED), 1
    )

    assert isinstance(outcome, Delivered)
    assert town.opsgenie.alerts[0].closed_by == "bob@acme.example"


async def test_a_wrong_key_is_refused_by_name_and_never_shown(town: Town, make_desk: MakeDesk) -> None:
    settings = {"TOCSIN_OPSGENIE_KEY": "wrong-and-secret", "TOCSIN_OPSGENIE_TEAM": "ops_team"}
    link = connect(read_settings({**settings, "TOCSIN_OPSGENIE_BASE_URL": f"{town.url}/opsgenie"}))
    assert link is not None
    assert link.reach is not None

    outcome = await link.reach.carry_out(CREATE, make_desk(), 1)
    await link.aclose()

    assert outcome == Refused(
        "Opsgenie does not take our credentials: check its tokens in the settings (401): API Key does not exist"
    )


@pytest.mark.parametrize(
    ("severity", "priority"),
    [("high", "P1"), ("low", "P3"), ("unheard-of", "P1")],
    ids=["the worst", "the third", "one that the handbook lacks"],
)
def test_the_worse_it_is_the_higher_the_priority(make_desk: MakeDesk, severity: str, priority: str) -> None:
    desk = make_desk(f.SeverityChanged("high", severity, "because"))

    assert priority_of(desk.incident, desk.handbook) == priority


@pytest.mark.parametrize(
    ("base", "alias"),
    [
        ("https://tocsin.acme.example", "INC-7@tocsin.acme.example"),
        ("http://127.0.0.1:8008", "INC-7@127.0.0.1:8008"),
        ("https://acme.example/tocsin", "INC-7@acme.example.tocsin"),
    ],
)
def test_an_alias_names_the_incident_and_the_tocsin(make_desk: MakeDesk, base: str, alias: str) -> None:
    assert alias_of(make_desk().incident, Places(base)) == alias


def test_people_see_alerts_beside_the_api() -> None:
    settings = {"TOCSIN_OPSGENIE_KEY": "k", "TOCSIN_OPSGENIE_TEAM": "t"}
    link = connect(read_settings({**settings, "TOCSIN_OPSGENIE_BASE_URL": "https://api.eu.opsgenie.com"}))

    assert link is not None
    assert isinstance(link.reach, OpsgenieReach)
    assert link.reach._web_url == "https://app.eu.opsgenie.com"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"TOCSIN_OPSGENIE_TEAM": "ops_team"}, "TOCSIN_OPSGENIE_KEY is not"),
        ({"TOCSIN_OPSGENIE_SCHEDULE": "ops"}, "TOCSIN_OPSGENIE_KEY is not"),
    ],
    ids=["a team alone", "a schedule alone"],
)
def test_settings_that_are_of_no_use_are_told(given: dict[str, str], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        read_settings(given)


async def test_without_a_key_there_is_no_link() -> None:
    assert connect(read_settings({})) is None


async def test_an_alert_waits_for_the_link_of_the_thread_five_seconds_and_two_tries_long(
    town: Town, reach: OpsgenieReach, make_desk: MakeDesk
) -> None:
    desk = make_desk()
    desk = replace(desk, incident=replace(desk.incident, abilities=desk.incident.abilities | {"thread"}))
    why = "the thread is being opened: its link belongs into the alert"

    # The incident of the desk is a second old.
    assert await reach.carry_out(CREATE, desk, 1) == Later(why, timedelta(seconds=1.5))
    assert await reach.carry_out(CREATE, desk, 2) == Later(why, timedelta(seconds=4))
    assert not town.requests
    late = replace(desk, now=desk.now + timedelta(seconds=4))

    assert isinstance(await reach.carry_out(CREATE, late, 3), Delivered)


async def test_an_incident_that_was_opened_again_has_an_alert_of_its_own(
    town: Town, reach: OpsgenieReach, make_desk: MakeDesk
) -> None:
    again = Work(ALERT_CREATE, "INC-7/alert", "INC-7/alert/2")
    await reach.carry_out(CREATE, make_desk(), 1)

    await reach.carry_out(again, make_desk(RESOLVED, f.Reopened("it is back")), 1)

    # The first could not be closed: it does not swallow the second.
    assert [(one.alias, one.count) for one in town.opsgenie.alerts] == [
        (ALIAS, 1),
        ("INC-7.2@tocsin.acme.example", 1),
    ]
