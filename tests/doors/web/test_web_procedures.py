"""The web of procedures: planned from the incident's page, seen and steered on the run's own."""

from __future__ import annotations

from datetime import timedelta

import httpx2
import pytest

from procedure_doubles import SITE, FakeHand, FakeProcedure
from tocsin.acts import incidents
from tocsin.acts.house import House
from tocsin.core.case import Actor
from tocsin.core.procedures.hands import Done, Evidence, Failed
from tocsin.core.work import Later
from tocsin.engine.loop import Engine

Browser = httpx2.AsyncClient
ALICE = Actor("alice", "web")


@pytest.fixture
async def hand(house: House, ref: str) -> FakeHand:
    """Alice owns the incident, and the site can be rolled back."""
    hand = FakeHand()
    house.hands, house.procedures, house.declared = {"fake": hand}, {"roll-back": FakeProcedure()}, SITE
    await incidents.own(house, ALICE, ref)
    return hand


async def planned(alice: Browser, engine: Engine, ref: str) -> str:
    """Where the run is seen."""
    form = {"about": "roll-back", "target": "site", "reason": "sign-in <fails>", "given_to": "0f0f0f0"}
    answer = await alice.post(f"/incidents/{ref}/procedure", data=form)
    assert answer.status_code == 303
    await engine.run_due()
    return answer.headers["Location"]


async def test_rolling_back_is_the_first_that_is_offered_from_the_owners_first_minute(
    alice: Browser, hand: FakeHand, ref: str
) -> None:
    page = (await alice.get(f"/incidents/{ref}")).text

    assert 'id="procedure-roll-back"' in page
    first = min(page.index(f'id="{id}"') for id in ("next-steps", "update", "resolve", "rollback"))
    assert page.index('id="procedure-roll-back"') < first
    assert '<option value="site">site</option>' in page


async def test_nothing_is_offered_where_nothing_is_declared(alice: Browser, ref: str) -> None:
    assert "procedure-roll-back" not in (await alice.get(f"/incidents/{ref}")).text


async def test_a_plan_is_shown_with_its_steps_and_verdict_and_one_button_approves_and_runs_it(
    alice: Browser, hand: FakeHand, engine: Engine, ref: str
) -> None:
    place = await planned(alice, engine, ref)
    assert place == f"/incidents/{ref}/procedures/P1"
    page = (await alice.get(place)).text
    assert "<h1>Roll back site</h1>" in page
    assert "2. Freeze site at 1a2b3c4" in page
    assert "sign-in &lt;fails&gt;" in page
    assert "Approve and run</button>" in page
    assert "undo restore" in page

    answer = await alice.post(f"{place}/approve-and-run", data={})
    await engine.run_due()

    assert answer.headers["Location"] == place
    page = (await alice.get(place)).text
    assert '<span class="tag met">done and verified</span>' in page
    assert "effect of restore" in page
    incident = (await alice.get(f"/incidents/{ref}")).text
    assert f'href="/incidents/{ref}/procedures/P1">P1 Roll back site</a>' in incident
    assert incident.index('id="procedures"') < incident.index('id="do"')
    assert "renovate.json, since" in incident


async def test_a_branch_that_is_locked_is_shown_with_those_who_may_push(
    alice: Browser, hand: FakeHand, engine: Engine, ref: str
) -> None:
    locked = {"branch": "main", "users": ["joe"], "teams": ["stampers"]}
    hand.answers["restore"] = [Done((Evidence("main", "locked"),), {"locked": locked})]

    await alice.post(f"{await planned(alice, engine, ref)}/approve-and-run", data={})
    await engine.run_due()

    page = (await alice.get(f"/incidents/{ref}")).text
    assert '<span class="tag overdue">locked</span> main of site, since' in page
    assert "only joe, the team stampers may push. It has to be unlocked before" in page


async def test_what_is_refused_has_no_button_and_says_why(
    alice: Browser, hand: FakeHand, house: House, engine: Engine, ref: str
) -> None:
    house.procedures = {"roll-back": FakeProcedure(refusals=("the schema is dirty",))}
    page = (await alice.get(await planned(alice, engine, ref))).text

    assert '<p class="refused">the schema is dirty</p>' in page
    assert page.count(">refused</span>") == 1
    assert "Approve" not in page.partition("Steps")[0].partition("<h1>")[2]


async def test_an_override_is_asked_for_its_reason_and_keeps_what_was_typed(
    alice: Browser, hand: FakeHand, house: House, engine: Engine, ref: str
) -> None:
    house.procedures = {"roll-back": FakeProcedure(refusals=("no fresh backup",), overridable=True)}
    place = await planned(alice, engine, ref)

    refused = await alice.post(f"{place}/approve-and-run", data={"override": " "})
    assert refused.status_code == 422
    assert "To do it all the same, write down why" in refused.text

    await alice.post(f"{place}/approve-and-run", data={"override": "the disk is full"})
    await engine.run_due()
    page = (await alice.get(place)).text
    assert "the disk is full" in page
    assert "done and verified" in page


async def test_a_failed_run_says_what_stands_and_goes_on(
    alice: Browser, hand: FakeHand, engine: Engine, ref: str
) -> None:
    hand.says = ["pushing …"]
    hand.answers["restore"] = [Failed("the push was refused", ("GH006: protected",))]
    place = await planned(alice, engine, ref)
    await alice.post(f"{place}/approve-and-run", data={})
    await engine.run_due()
    page = (await alice.get(place)).text
    assert "the push was refused" in page
    assert "GH006: protected" in page
    assert "What stands, and what does not" in page
    assert "pushing …" in page

    await alice.post(f"{place}/go-on", data={"reason": "mended"})
    await engine.run_due()

    assert "done and verified" in (await alice.get(place)).text


async def test_stop_is_at_hand_while_it_runs(
    alice: Browser, bob: Browser, hand: FakeHand, engine: Engine, ref: str
) -> None:
    hand.answers["watch"] = [Later("the pipeline runs", timedelta(minutes=5))]
    place = await planned(alice, engine, ref)
    await alice.post(f"{place}/approve-and-run", data={})
    await engine.run_due()
    page = (await alice.get(place)).text
    assert "it waits for what it watches" in page
    assert "Stop at the next safe point" in page

    await bob.post(f"{place}/stop", data={"reason": "wrong one"})
    assert "it ends at the next safe point" in (await alice.get(place)).text
    await engine.run_due()

    assert "Bob stopped it: wrong one" in (await alice.get(place)).text


async def test_a_plan_can_be_withdrawn_and_a_bad_form_keeps_what_was_typed(
    alice: Browser, hand: FakeHand, engine: Engine, ref: str
) -> None:
    refused = await alice.post(
        f"/incidents/{ref}/procedure",
        data={"about": "roll-back", "target": "site", "reason": "", "given_to": "abc"},
    )
    assert refused.status_code == 422
    assert 'value="abc"' in refused.text
    place = await planned(alice, engine, ref)

    await alice.post(f"{place}/withdraw", data={"reason": "it is well"})

    page = (await alice.get(place)).text
    assert "withdrawn" in page
    assert (">to come</span>" in page, ">not done</span>" in page) == (False, True)
    assert (await alice.post(f"{place}/nonsense", data={})).status_code == 404
    assert (await alice.get(f"/incidents/{ref}/procedures/P9")).status_code == 404
    assert (await alice.get(f"/incidents/{ref}/procedures")).headers[
        "Location"
    ] == f"/incidents/{ref}#procedures"


async def test_links_in_evidence_are_web_links_only(
    alice: Browser, hand: FakeHand, engine: Engine, ref: str
) -> None:
    hand.answers["restore"] = [Done((Evidence("tree", "<b>equal</b>", "javascript:alert(1)"),))]
    place = await planned(alice, engine, ref)
    await alice.post(f"{place}/approve-and-run", data={})
    await engine.run_due()
    page = (await alice.get(place)).text

    assert "javascript:" not in page
    assert "&lt;b&gt;equal&lt;/b&gt;" in page
