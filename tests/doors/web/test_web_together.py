"""What people ask of each other in an incident, from its page: tasks, a handover, public updates, recorded steps."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx2
import pytest
from web_browser import browser, signed_in

from tocsin.acts import asking, incidents, looks, people
from tocsin.acts.house import House
from tocsin.acts.incidents import NewReport
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN
from tocsin.core.incident import Incident
from tocsin.engine.loop import Engine

Browser = httpx2.AsyncClient
BOB, CAROL = Actor("bob", "web"), Actor("carol", "web")


@pytest.fixture
async def carol(house: House) -> AsyncIterator[Browser]:
    async with browser(house) as client:
        await signed_in(house, client, "carol")
        yield client


@pytest.fixture
async def owned(house: House, ref: str) -> str:
    """An incident that Bob owns."""
    await incidents.own(house, BOB, ref)
    return ref


async def page(client: Browser, ref: str) -> str:
    return (await client.get(f"/incidents/{ref}")).text


async def sent(client: Browser, ref: str, act: str, **form: str) -> httpx2.Response:
    return await client.post(f"/incidents/{ref}/{act}", data=form)


async def incident(house: House, ref: str) -> Incident:
    return (await looks.case(house, ref, TOCSIN)).incident


def offered(html: str) -> set[str]:
    return set(re.findall(r'action="/incidents/INC-\d+/([\w-]+)"', html))


async def test_the_owner_delegates_and_reads_beside_each_name_what_keeps_them(
    house: House, bob: Browser, alice: Browser, owned: str
) -> None:
    await people.save_person(house, "carol", name="Carol", zone="UTC", hours="Sat-Sun 09:00-17:00")
    other = (await incidents.declare(house, CAROL, NewReport("web", "disk full", "carol", outside=False))).ref
    await incidents.own(house, CAROL, other)

    html = await page(bob, owned)
    assert f'<option value="carol">Carol (off duty now; owns {other})</option>' in html
    assert html.index('<option value="alice">Alice</option>') < html.index('<option value="carol">')
    assert "delegate" not in offered(await page(alice, owned))
    await sent(bob, owned, "delegate", to="carol", text="look at the balancer")

    said = await page(bob, owned)
    assert "Carol is asked, and may answer until 09:10 UTC." in said
    assert "Mind: Carol is off duty now (Sat-Sun 09:00-17:00, UTC)." in said
    assert (await incident(house, owned)).asked.tasks[0].to == "carol"


async def test_who_is_asked_sees_it_first_and_says_yes_then_reports(
    house: House, carol: Browser, bob: Browser, owned: str
) -> None:
    await asking.delegate(house, BOB, owned, "carol", "look at the balancer")

    html = await page(carol, owned)
    assert html.index("Bob asks you to do this now, before all other work (T1)") < html.index(
        "What you can do"
    )
    assert {"accept-task", "decline-task"} <= offered(html)
    assert "accept-task" not in offered(await page(bob, owned))
    await sent(carol, owned, "accept-task", about="T1")
    html = await page(carol, owned)
    assert '<details class="sheet owed" id="report-task-T1" open>' in html
    await sent(carol, owned, "report-task", about="T1", text="restarted it")

    assert (await incident(house, owned)).asked.tasks[0].said == "restarted it"
    assert "restarted it" in await page(bob, owned)


async def test_a_task_is_declined_or_withdrawn(
    house: House, carol: Browser, bob: Browser, owned: str
) -> None:
    for text in ("one", "two"):
        await asking.delegate(house, BOB, owned, "carol", text)

    await sent(carol, owned, "decline-task", about="T1", reason="on a train")
    await sent(bob, owned, "withdraw-task", about="T2", reason="it is well")

    assert [(one.state, one.said) for one in (await incident(house, owned)).asked.tasks] == [
        ("declined", "on a train"),
        ("withdrawn", "it is well"),
    ]


async def test_a_handover_is_pending_until_it_is_accepted(
    house: House, carol: Browser, bob: Browser, owned: str
) -> None:
    await sent(bob, owned, "hand-over", to="carol", summary="my shift ends")
    html = await page(bob, owned)
    assert "Carol is asked to take it over" in html
    assert "hand-over" not in offered(html)
    assert "Bob asks you to take INC-1 over" in await page(carol, owned)
    await sent(carol, owned, "decline-handover", reason="asleep")
    assert (await incident(house, owned)).owner == "bob"

    await sent(bob, owned, "hand-over", to="carol")
    await sent(carol, owned, "accept-handover")

    assert (await incident(house, owned)).owner == "carol"


async def test_it_can_be_handed_to_who_is_on_call(house: House, alice: Browser, ref: str) -> None:
    await incidents.own(house, Actor("alice", "web"), ref)

    assert '<option value="on-call">Who is on call: Bob</option>' in await page(alice, ref)
    await sent(alice, ref, "hand-over", to="on-call")

    handover = (await incident(house, ref)).asked.handover
    assert handover is not None
    assert handover.to == "bob"


@pytest.mark.parametrize(
    ("act", "form", "status", "why"),
    [
        ("delegate", {"to": "", "text": "look"}, 422, "Choose whom to ask"),
        ("delegate", {"to": "carol", "text": ""}, 422, "text is missing"),
        ("hand-over", {"to": ""}, 422, "Choose whom to ask"),
        ("accept-task", {"about": "T9"}, 404, "has no task T9"),
        ("accept-handover", {}, 409, "Nobody is asked"),
        ("public-update", {"text": "x"}, 409, "approve the first words"),
        ("step", {"about": "nothing"}, 404, "has no step nothing"),
    ],
)
async def test_what_is_refused_comes_back_with_what_was_typed(
    carol: Browser,
    house: House,
    bob: Browser,
    owned: str,
    act: str,
    form: dict[str, str],
    status: int,
    why: str,
) -> None:
    client = carol if act.startswith("accept") else bob

    answer = await sent(client, owned, act, **form)

    assert (answer.status_code, why in answer.text) == (status, True)


async def test_the_owner_tells_the_public_how_it_stands_in_their_last_words(
    house: House, bob: Browser, alice: Browser, owned: str, engine: Engine, clock: HandClock
) -> None:
    assert "public-update" not in offered(await page(bob, owned))
    await incidents.approve_public_words(house, BOB, owned)
    await engine.run_due()
    clock.advance(timedelta(minutes=1))
    await incidents.post_update(house, BOB, owned, "we are rolling back")

    html = await page(bob, owned)
    assert "\nWe are rolling back.</textarea>" in html
    assert "public-update" not in offered(await page(alice, owned))
    await sent(bob, owned, "public-update", text="Rolling back.", post="")

    update = (await incident(house, owned)).public.updates[-1][1]
    assert (update.text, update.post) == ("Rolling back.", "")


async def test_a_step_of_the_handbook_is_a_form_with_its_fields_and_its_help(
    house: House, bob: Browser, carol: Browser
) -> None:
    report = NewReport("web", "Foo is down", "bob", outside=False)
    ref = (await incidents.declare(house, BOB, report, kind="customer-instance")).ref
    await incidents.own(house, BOB, ref)

    html = await page(bob, ref)
    assert '<details class="sheet owed" id="step-customer" open>' in html
    assert "Anyone may give a customer whose licence fails a key for 7 days." in html
    refused = await sent(bob, ref, "step", about="license-key", **{"value-0": "Foo", "value-1": ""})
    assert refused.status_code == 422
    assert 'value="Foo"' in refused.text
    await sent(bob, ref, "step", about="license-key", **{"value-0": "Foo", "value-1": "7 days"})

    assert (await incident(house, ref)).steps[0].values == (("Customer", "Foo"), ("Valid for", "7 days"))
    assert "A licence key, again" in await page(carol, ref)


async def test_the_next_update_may_wait_as_long_as_the_handbook_lets_it(bob: Browser, owned: str) -> None:
    assert "as the handbook says (30 min)" in (await page(bob, owned)).replace("30m", "30 min")


async def test_people_have_hours_and_a_login_at_github_which_they_keep(house: House, bob: Browser) -> None:
    form = {"name": "Bob", "email": "bob@acme.example", "github": "@bobo", "zone": "UTC"}
    wrong = await bob.post("/me", data={**form, "hours": "nine to five"})
    assert (wrong.status_code, "are no hours" in wrong.text) == (422, True)

    await bob.post("/me", data={**form, "hours": "Mon-Fri 09:00-17:00"})

    me = (await people.everybody(house)).people["bob"]
    assert (me.github, me.zone, me.hours) == ("bobo", "UTC", "Mon-Fri 09:00-17:00")
    assert 'value="Mon-Fri 09:00-17:00"' in (await bob.get("/me")).text


async def test_one_chooses_on_ones_own_page_how_long_before_a_shift_one_hears_of_it(
    house: House, bob: Browser
) -> None:
    await bob.post("/me/notices", data={"notices": "1h"})
    assert (await people.everybody(house)).people["bob"].notices == ("1h",)
    assert 'value="1h" checked' in " ".join((await bob.get("/me")).text.split())
    wrong = await bob.post("/me/notices", data={"notices": "2h"})
    assert (wrong.status_code, "is no time for a notice" in wrong.text) == (422, True)
    await bob.post("/me/notices", data={})
    assert (await people.everybody(house)).people["bob"].notices == ()


async def test_in_a_private_incident_one_reads_that_whoever_is_asked_knows_of_it(
    house: House, bob: Browser
) -> None:
    report = NewReport("web", "stolen keys", "bob", outside=False)
    ref = (await incidents.declare(house, BOB, report, kind="security")).ref
    await incidents.own(house, BOB, ref)

    html = await page(bob, ref)

    assert html.count("It is private: whoever you name here knows of it from then on.") == 3
    assert "It becomes an issue of its own" not in html
