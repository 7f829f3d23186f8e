"""How an incident is learned from, on its page and on that of its retrospective; and the handbook over time."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from web_browser import browser, signed_in

from tocsin.acts import handbooks, incidents, learning, looks, people
from tocsin.acts.building import handbook_text
from tocsin.acts.house import House
from tocsin.acts.incidents import NewReport
from tocsin.clock import HandClock
from tocsin.core.asked import Asked
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN

Browser = httpx2.AsyncClient
BOB = Actor("bob", "web")


@pytest.fixture
async def carol(house: House) -> AsyncIterator[Browser]:
    async with browser(house) as client:
        await signed_in(house, client, "carol")
        yield client


@pytest.fixture
async def over(house: House, ref: str) -> str:
    """An incident that Bob owned and resolved."""
    await incidents.own(house, BOB, ref)
    await incidents.resolve(house, BOB, ref, "renewed it", "signed in", rolled_back=False)
    return ref


async def page(client: Browser, path: str) -> str:
    answer = await client.get(f"/incidents/{path}")
    assert answer.status_code == 200
    return answer.text


async def sent(client: Browser, path: str, **form: object) -> httpx2.Response:
    return await client.post(f"/incidents/{path}", data=form)


async def asked(house: House, ref: str) -> Asked:
    return (await looks.case(house, ref, TOCSIN)).incident.asked


def offered(html: str) -> set[str]:
    return set(re.findall(r'action="/incidents/INC-\d+/(?:retrospective/)?([\w-]+)"', html))


async def test_a_follow_up_is_filed_for_the_owner_unless_another_is_chosen(
    house: House, bob: Browser, over: str
) -> None:
    html = await page(bob, over)
    assert '<details class="sheet owed" id="follow-up" open>' in html
    assert '<option value="bob" selected>Bob</option>' in html

    await sent(bob, f"{over}/follow-up", title="Watch the certificate", to="carol", text="")
    html = await page(bob, over)
    assert "no-follow-ups" not in offered(html)
    assert "Watch the certificate" in html
    await sent(bob, f"{over}/follow-up-done", about="F1", how="an alarm")
    assert (await asked(house, over)).follow_ups[0].how == "an alarm"
    await sent(bob, f"{over}/follow-up-reopen", about="F1", reason="it is silent")
    assert (await asked(house, over)).follow_ups[0].done_at is None


async def test_nothing_has_to_follow_and_no_retrospective_with_their_reasons(
    house: House, bob: Browser, over: str
) -> None:
    refused = await sent(bob, f"{over}/no-follow-ups", reason=" ")
    assert refused.status_code == 422
    await sent(bob, f"{over}/no-follow-ups", reason="the alarm rang")
    await sent(bob, f"{over}/no-retrospective", reason="known, and mended")

    html = await page(bob, over)
    assert {"no-follow-ups", "no-retrospective"}.isdisjoint(offered(html))
    assert "known, and mended" in html


async def test_a_retrospective_is_proposed_in_three_working_days_and_moved(
    house: House, bob: Browser, over: str, clock: HandClock
) -> None:
    html = await page(bob, over)
    assert 'value="2026-03-05T15:00" type="datetime-local"' in html
    assert 'name="people" value="bob" checked' in html
    await sent(
        bob, f"{over}/plan-retrospective", starts_at="2026-03-05T15:00", minutes="45", people=["bob", "carol"]
    )

    html = await page(bob, over)
    assert "The retrospective is on Thursday 5 Mar, 15:00 UTC." in html
    assert "Move the retrospective" in html
    assert f'href="/incidents/{over}/retrospective"' in html
    planned = (await asked(house, over)).retrospective.planned
    assert planned is not None
    assert (planned.minutes, planned.people) == (45, ("bob", "carol"))


async def test_a_retrospectives_time_is_typed_in_ones_own_zone(house: House, bob: Browser, over: str) -> None:
    await people.save_person(house, "bob", name="Bob", email="bob@acme.example", zone="Europe/Berlin")

    html = await page(bob, over)
    await sent(bob, f"{over}/plan-retrospective", starts_at="2026-03-05T15:00", minutes="45", people=["bob"])

    assert "When? (Europe/Berlin)" in html
    assert "The retrospective is on Thursday 5 Mar, 15:00 Europe/Berlin." in await page(bob, over)
    planned = (await asked(house, over)).retrospective.planned
    assert planned is not None
    assert planned.starts_at == datetime(2026, 3, 5, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"starts_at": "soon", "minutes": "60"}, "is no time"),
        ({"starts_at": "", "minutes": "60"}, "starts_at is missing: say when it is"),
        ({"starts_at": "2026-03-01T15:00", "minutes": "60"}, "must lie ahead"),
        ({"starts_at": "2026-03-05T15:00", "minutes": "an hour"}, "is no number of minutes"),
        ({"starts_at": "2026-03-05T15:00", "minutes": "5"}, "takes 10 to 480 minutes"),
    ],
)
async def test_a_time_that_can_not_be_is_refused_with_what_was_typed(
    bob: Browser, over: str, form: dict[str, str], why: str
) -> None:
    answer = await sent(bob, f"{over}/plan-retrospective", **form)

    assert (answer.status_code, why in answer.text) == (422, True)
    assert '<details class="sheet owed" id="plan-retrospective" open>' in answer.text


async def test_the_document_has_a_form_under_each_heading_for_those_who_take_part(
    house: House, bob: Browser, carol: Browser, over: str, clock: HandClock
) -> None:
    at = clock.now().replace(day=5)
    await learning.plan_retrospective(house, BOB, over, at, 60, ("bob",))

    html = await page(bob, f"{over}/retrospective")
    for heading in ("What went well?", "What did not go well?", "What did we learn?"):
        assert f"<h2>{heading}</h2>" in html
    assert "<blockquote>Regardless of what we discover" in html
    assert html.count(f'action="/incidents/{over}/retrospective/feedback"') == 4
    answer = await sent(
        bob, f"{over}/retrospective/feedback", about="well", text="<b>quick</b>\n\n  - and calm"
    )
    assert answer.headers["location"] == f"/incidents/{over}/retrospective#write-well"
    wrong = await sent(bob, f"{over}/retrospective/feedback", about="learned", text=" ")
    assert wrong.status_code == 422

    html = await page(carol, f"{over}/retrospective")
    assert "Bob: &lt;b&gt;quick&lt;/b&gt;" in html
    assert "Write here …" in html
    text = await carol.get(f"/incidents/{over}/retrospective.md")
    assert text.headers["content-disposition"] == f'attachment; filename="retrospective-{over}.md"'
    assert "- Bob: <b>quick</b>" in text.text
    await sent(bob, f"{over}/retrospective/held", text="one action")
    assert "one action" in await page(bob, f"{over}/retrospective")
    assert "held" not in offered(await page(bob, f"{over}/retrospective"))


async def test_a_form_that_this_page_has_not_is_not_found(bob: Browser, over: str) -> None:
    assert (await sent(bob, f"{over}/retrospective/resolve")).status_code == 404


async def test_without_a_retrospective_the_page_says_so(bob: Browser, over: str) -> None:
    html = await page(bob, f"{over}/retrospective")

    assert "No retrospective is planned" in html
    assert "feedback" not in offered(html)


async def test_a_private_retrospective_is_nobody_elses(house: House, bob: Browser, carol: Browser) -> None:
    report = NewReport("web", "stolen keys", "bob", outside=False)
    ref = (await incidents.declare(house, BOB, report, kind="security")).ref

    for path in ("retrospective", "retrospective.md"):
        assert (await bob.get(f"/incidents/{ref}/{path}")).status_code == 200
        answer = await carol.get(f"/incidents/{ref}/{path}")
        assert (answer.status_code, "stolen keys" in answer.text) == (404, False)


async def test_each_version_of_the_handbook_says_who_made_it_and_why(house: House, bob: Browser) -> None:
    text = handbook_text(None).replace('version = "1"', 'version = "2"', 1)
    saved = await handbooks.new_version(house, text, "alice", "updates were <too> rare")

    html = (await bob.get("/handbook/versions")).text
    assert "saved by Alice" in html
    assert "updates were &lt;too&gt; rare" in html
    assert html.index("in force</span>") < html.index("shipped with Tocsin")
    got = await bob.get(f"/handbook/versions/{saved.number}")
    assert (got.text, got.headers["content-type"]) == (text, "application/toml; charset=utf-8")
    for number in ("99", "0", "x", "9" * 30):
        assert (await bob.get(f"/handbook/versions/{number}")).status_code == 404


async def test_the_score_is_a_table_per_duty_kind_and_team_over_a_window(
    house: House, bob: Browser, over: str, clock: HandClock
) -> None:
    clock.advance(timedelta(minutes=30))

    html = (await bob.get("/handbook/score?days=7")).text

    assert "By duty" in html
    assert "ops_team" in html
    assert "Acknowledge ownership" in html
    table = await bob.get("/handbook/score.csv?days=7")
    assert table.text.startswith("per,name,title,due,")
    for days in ("0", "x", "99999", "-1"):
        assert (await bob.get(f"/handbook/score?days={days}")).status_code == 422


@pytest.fixture
async def dora(house: House) -> AsyncIterator[Browser]:
    """Dora's browser: she is an admin."""
    await people.save_person(house, "dora", name="Dora", rights=("admin",))
    async with browser(house) as client:
        await signed_in(house, client, "dora")
        yield client


async def test_an_edited_handbook_is_tried_then_saved_with_its_reason(
    house: House, dora: Browser, ref: str, clock: HandClock
) -> None:
    clock.advance(timedelta(minutes=30))
    base = house.handbook.hash
    text = handbook_text(None).replace('version = "1"', 'version = "2"', 1)
    form = {"base": base, "text": text.replace('within = "10m"', 'within = "2h"').replace("\n", "\r\n")}
    assert "[[duty]]" in (await dora.get("/handbook/edit")).text

    tried = (await dora.post("/handbook/edit", data={**form, "do": "try"})).text
    assert "1 incident under default, version 2" in tried
    assert house.handbook.hash == base
    silent = await dora.post("/handbook/edit", data={**form, "do": "save", "reason": " "})
    assert (silent.status_code, "say what changes, and why" in silent.text) == (422, True)
    saved = await dora.post("/handbook/edit", data={**form, "do": "save", "reason": "too strict"})

    assert saved.status_code == 303
    assert house.handbook.version == "2"
    newest = (await handbooks.history(house)).versions[0]
    assert (newest.author, newest.reason) == ("dora", "too strict")
    assert "\r" not in await handbooks.text_in_force(house)
    late = await dora.post("/handbook/edit", data={**form, "do": "save", "reason": "mine"})
    assert (late.status_code, "Somebody saved another version meanwhile" in late.text) == (409, True)


async def test_what_is_wrong_with_a_handbook_is_told_with_its_line_and_nothing_typed_is_lost(
    dora: Browser,
) -> None:
    broken = handbook_text(None).replace('id = "security"', 'id = "se curity"', 1)

    answer = await dora.post("/handbook/edit", data={"text": broken, "do": "save", "reason": "why"})
    tried = await dora.post("/handbook/edit", data={"text": broken, "do": "try"})

    for refused in (answer, tried):
        assert (refused.status_code in (409, 422), "se curity" in refused.text) == (True, True)
    assert "kind.id" in tried.text


async def test_who_may_only_respond_tries_a_handbook_and_saves_none(house: House, bob: Browser) -> None:
    html = (await bob.get("/handbook/edit")).text
    assert 'value="save"' not in html
    form = {"base": house.handbook.hash, "text": handbook_text(None), "reason": "x"}

    assert (await bob.post("/handbook/edit", data={**form, "do": "try"})).status_code == 200
    assert (await bob.post("/handbook/edit", data={**form, "do": "save"})).status_code == 403
