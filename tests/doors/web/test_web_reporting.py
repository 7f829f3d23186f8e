"""What outsiders see: the form on which anybody reports, and the status page on which they read what became of it."""

from __future__ import annotations

from datetime import timedelta

import httpx2
import pytest
from web_browser import browser

from doubles import Mailbox
from tocsin.acts import incidents, looks
from tocsin.acts.building import make_house
from tocsin.acts.house import House
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.policies_saved import save_policy
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN
from tocsin.core.incident import Report
from tocsin.doors.web.reporting import Turnstile
from tocsin.engine.loop import Engine

Browser = httpx2.AsyncClient
BOB = Actor("bob", "web")


async def reported(client: Browser, **form: str) -> str:
    """Where the status page of a new report is."""
    answer = await client.post("/report", data=form)
    assert answer.status_code == 303
    return answer.headers["location"]


async def only_report(house: House, ref: str = "INC-1") -> Report:
    return (await looks.case(house, ref, TOCSIN)).incident.reports[0]


async def test_anybody_reports_without_signing_in_and_reads_that_it_is_handled(
    house: House, stranger: Browser
) -> None:
    status = await reported(stranger, text="the site is down", name="Sam")

    html = (await stranger.get(status)).text
    report = await only_report(house)
    assert "Somebody is being told right now" in html
    assert "We are on it." in html
    assert "the site is down" in html
    assert "We are looking into it right now" in html
    assert (report.source, report.reporter, report.outside, report.answer_via) == (
        "form",
        "Sam",
        True,
        "page",
    )


async def test_an_empty_form_opens_an_incident_too(house: House, stranger: Browser) -> None:
    await reported(stranger)

    incident = (await looks.case(house, "INC-1", TOCSIN)).incident
    assert (incident.title, incident.severity) == ("(nothing was said)", "high")


async def test_who_leaves_an_address_is_answered_by_mail_as_well(
    house: House, stranger: Browser, engine: Engine, mailbox: Mailbox
) -> None:
    status = await reported(stranger, text="down", email="sam@customer.example")
    await engine.run_due()

    report = await only_report(house)
    assert (report.answer_via, report.address) == ("email", "sam@customer.example")
    assert "R1" in {one.to for one in mailbox.sent if one.does == "answer"}
    assert "We are looking into it" in (await stranger.get(status)).text


async def test_without_mail_of_our_own_the_status_page_is_the_answer(house: House, clock: HandClock) -> None:
    mute = await make_house(house.pool, clock)
    async with browser(mute) as client:
        await reported(client, text="down", email="sam@customer.example")

    assert (await only_report(house)).answer_via == "page"


async def test_an_address_that_is_none_does_not_stand_in_the_way_and_is_kept(
    house: House, stranger: Browser
) -> None:
    await reported(stranger, text="the site is down", email="sam at home")

    report = await only_report(house)
    assert report.answer_via == "page"
    assert report.text == "the site is down\n\n(to be answered at: sam at home)"


async def test_a_strangers_name_never_passes_for_one_of_ours(house: House, stranger: Browser) -> None:
    await reported(stranger, text="down", name="alice")

    facts = (await looks.case(house, "INC-1", TOCSIN)).incident.facts
    assert "alice" not in {fact.by for fact in facts}


async def test_a_report_that_is_too_long_is_refused_with_both_lengths(stranger: Browser) -> None:
    refused = await stranger.post("/report", data={"text": "x" * 100_001})

    assert refused.status_code == 422
    assert "100,001 characters; at most 100,000" in refused.text


async def test_a_program_that_fills_in_everything_is_asked_again(house: House, stranger: Browser) -> None:
    refused = await stranger.post("/report", data={"text": "buy now", "website": "https://spam.example"})

    assert refused.status_code == 422
    assert "A field that people can&#39;t see was filled in" in refused.text
    assert await looks.incidents(house, TOCSIN) == []


async def test_an_eleventh_report_within_a_minute_is_told_to_wait_and_loses_nothing(
    house: House, stranger: Browser, clock: HandClock
) -> None:
    first = [(await stranger.post("/report", data={"text": f"down {n}"})).status_code for n in range(10)]
    refused = await stranger.post("/report", data={"text": "down once more"})
    clock.advance(timedelta(minutes=1))
    later = await stranger.post("/report", data={"text": "down once more"})

    assert first == [303] * 10
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    assert "wait a minute and send it again" in refused.text
    assert "down once more</textarea>" in refused.text
    assert later.status_code == 303


def test_the_limit_counts_each_address_by_itself_and_a_network_of_ipv6_as_one(clock: HandClock) -> None:
    turnstile = Turnstile()

    first = [turnstile.lets("2001:db8::1", clock.now()) for _ in range(10)]

    assert first == [True] * 10
    assert not turnstile.lets("2001:db8::2", clock.now())
    assert turnstile.lets("2001:db8:0:1::1", clock.now())
    assert turnstile.lets("192.0.2.1", clock.now())


async def test_one_of_us_reports_with_kind_and_severity_from_the_inside(house: House, bob: Browser) -> None:
    form = (await bob.get("/report")).text
    await reported(
        bob,
        text="anybody can read invoices",
        title="Leak",
        kind="security",
        severity="S2",
        reason="one page",
    )

    incident = (await looks.case(house, "INC-1", TOCSIN)).incident
    assert 'name="severity"' in form
    assert 'name="email"' not in form
    assert (incident.title, incident.kind, incident.severity) == ("Leak", "security", "S2")
    assert (incident.reports[0].outside, incident.reports[0].reporter) == (False, "Bob")
    assert incident.facts[0].by == "bob"


async def test_the_status_page_shows_the_public_end_and_nothing_internal(
    house: House, stranger: Browser
) -> None:
    status = await reported(stranger, text="down")
    await incidents.own(house, BOB, "INC-1")
    await incidents.add_note(house, BOB, "INC-1", "the intern did it")
    await incidents.resolve(
        house, BOB, "INC-1", "fired nobody", "the check is green", public="It works again."
    )

    html = (await stranger.get(status)).text
    assert "It is resolved" in html
    assert "It works again." in html
    assert not any(
        word in html.lower() for word in ("bob", "intern", "fired", "check is green", "inc-1", "high")
    )


async def test_the_status_page_says_when_it_was_no_incident(house: House, stranger: Browser) -> None:
    status = await reported(stranger, text="down")
    await incidents.dismiss(house, BOB, "INC-1", "user error", "sign-in works from everywhere")

    html = (await stranger.get(status)).text
    assert "it works as it should" in html
    assert "user error" not in html


async def test_the_status_page_of_a_report_that_moved_stays_where_it_was(
    house: House, stranger: Browser
) -> None:
    await reported(stranger, text="search is slow")
    status = await reported(stranger, text="search is down")
    await incidents.join(house, BOB, "INC-2", "INC-1")

    html = (await stranger.get(status)).text
    assert "We are on it." in html
    assert "search is down" in html
    assert "We are looking into it right now" in html
    assert "moved here" not in html


@pytest.mark.parametrize("token", ["nobody-was-given-this", "%00", "a%20b"])
async def test_a_status_page_that_nobody_was_given_does_not_exist(stranger: Browser, token: str) -> None:
    answer = await stranger.get(f"/status/{token}")

    assert answer.status_code == 404


async def test_one_of_us_chooses_whom_it_pages_where_policies_are_saved_and_a_stranger_does_not(
    house: House, bob: Browser, stranger: Browser
) -> None:
    assert 'name="policy"' not in (await bob.get("/report")).text
    await save_policy(house, OPERATOR, {"id": "own", "name": "Our own", "steps": [{"to": ["person:alice"]}]})

    assert "Our own (own)" in (await bob.get("/report")).text
    assert 'name="policy"' not in (await stranger.get("/report")).text
    gone = await bob.post("/report", data={"text": "kept words", "policy": "gone"})
    await reported(bob, text="x", policy="own")

    assert gone.status_code == 404
    assert "There is no policy gone" in gone.text
    assert "kept words" in gone.text
    incident = (await looks.case(house, "INC-1", TOCSIN)).incident
    assert incident.alert.people == ("alice",)
