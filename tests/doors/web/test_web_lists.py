"""The lists, and the pages about people and keys."""

from __future__ import annotations

import re
from datetime import datetime
from html import unescape

import httpx2
import pytest

from tocsin.acts import access, incidents, people
from tocsin.acts.house import House
from tocsin.acts.incidents import NewReport
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.oncall.schedules import Head, save_schedule
from tocsin.acts.oncall.weekly import save_weekly
from tocsin.core.case import Actor
from tocsin.core.oncall.named import people_in

Browser = httpx2.AsyncClient
BOB = Actor("bob", "web")


@pytest.fixture
async def admin(house: House, alice: Browser) -> Browser:
    """Alice's browser, while she is an admin."""
    await people.save_person(house, "alice", name="Alice", email="alice@acme.example", rights=("admin",))
    return alice


async def declared(house: House, text: str) -> str:
    return (await incidents.declare(house, BOB, NewReport("web", text, "Bob", outside=False))).ref


async def test_the_front_page_says_what_i_owe_what_is_open_and_who_is_on_call(
    house: House, bob: Browser, ref: str
) -> None:
    html = (await bob.get("/")).text

    assert "Report an incident" in html
    assert f'href="/incidents/{ref}#duty-own"' in html
    assert "nobody owns it" in html
    assert "<b>Bob</b> (ops) until" in html


async def test_the_front_page_of_who_owes_nothing_says_so(alice: Browser, ref: str) -> None:
    assert "Nothing. Good." in (await alice.get("/")).text


async def test_incidents_are_listed_by_status_newest_first_a_page_at_a_time(
    house: House, bob: Browser
) -> None:
    refs = [await declared(house, f"broken {n}") for n in range(52)]
    await incidents.dismiss(house, BOB, refs[0], "a typo", "looked")

    first = (await bob.get("/incidents")).text
    older = re.search(r'href="(/incidents\?[^"]+)" rel="next"', first)
    assert older
    second = (await bob.get(older[1].replace("&amp;", "&"))).text
    dismissed = (await bob.get("/incidents?status=dismissed")).text

    assert re.findall(r'class="ref">([\w-]+)<', first) == refs[:1:-1]
    assert re.findall(r'class="ref">([\w-]+)<', second) == refs[1::-1]
    assert re.findall(r'class="ref">([\w-]+)<', dismissed) == refs[:1]


@pytest.mark.parametrize("query", ["status=odd", "before=x", "before=-1", "before=99999999999999999999"])
async def test_a_list_that_can_not_be_is_refused_in_words(bob: Browser, query: str) -> None:
    assert (await bob.get(f"/incidents?{query}")).status_code == 422


async def test_the_ops_log_is_read_and_downloaded(house: House, bob: Browser, ref: str) -> None:
    await incidents.resolve(house, BOB, ref, "rolled back", "green", rolled_back=True)
    words = {"impact": "=1+1", "detection": "a post", "cause": "a deploy", "resolution": "rolled back"}
    await incidents.write_ops_log(house, BOB, ref, **words, links=("https://ci.example/1",))

    html = (await bob.get("/ops-log")).text
    markdown = await bob.get("/ops-log.md")
    csv = await bob.get("/ops-log.csv")

    assert '<a href="https://ci.example/1"' in html
    assert markdown.headers["content-type"] == "text/markdown; charset=utf-8"
    assert f"## {ref}: sign\\-in is broken" in markdown.text
    assert "'=1+1" in csv.text
    assert 'filename="ops-log.csv"' in csv.headers["content-disposition"]


async def test_the_handbook_is_a_page(bob: Browser) -> None:
    html = (await bob.get("/handbook")).text

    assert "<h1>Incidents</h1>" in html
    assert "<strong>Answer &#34;rolled back?&#34;.</strong>" in html
    assert "**" not in html


async def test_an_admin_adds_changes_and_removes_people(house: House, admin: Browser) -> None:
    form = {"name": "Dave", "email": "dave@acme.example", "slack_id": "", "right": "read"}

    await admin.post("/people/person", data={"handle": "dave", **form})
    await admin.post("/people/person", data={"about": "dave", **form, "name": "David"})
    changed = (await people.everybody(house)).people["dave"]
    await admin.post("/people/remove-person", data={"about": "dave"})

    assert (changed.name, changed.rights) == ("David", ("read",))
    assert "dave" not in (await people.everybody(house)).people


async def test_a_refused_person_stays_in_the_form(admin: Browser) -> None:
    refused = await admin.post(
        "/people/person",
        data={"handle": "dave", "name": "Dave", "email": "bob@acme.example", "slack_id": "", "right": "read"},
    )

    assert refused.status_code == 422
    assert "bob@acme.example is bob&#39;s address already" in refused.text
    assert '<details class="sheet" id="person" open>' in refused.text
    assert 'value="Dave"' in refused.text


async def test_an_admin_can_not_remove_themselves(house: House, admin: Browser) -> None:
    refused = await admin.post("/people/remove-person", data={"about": "alice"})

    assert refused.status_code == 422
    assert "alice" in (await people.everybody(house)).people


@pytest.mark.parametrize(
    ("act", "title", "data"),
    [
        ("remove-person", "Remove Bob", {"about": "bob"}),
        ("team", "Change web", {"about": "web", "seen": "bob"}),
        ("person", "Change Bob", {"about": "bob", "name": "Bob", "right": "respond"}),
        ("rotation", "Change ops", {"about": "ops", "version": "1", "team": "ops_team", "zone": "UTC",
                      "first_handoff": "2026-03-09T09:00", "participants": "alice"}),
    ],
)  # fmt: skip
async def test_what_leaves_nobody_on_call_is_seen_first_and_done_when_it_is_meant(
    house: House, admin: Browser, act: str, title: str, data: dict[str, str]
) -> None:
    await people.save_team(house, "web", ["bob"])
    first = datetime.fromisoformat("2026-03-02 09:00")
    await save_weekly(house, "duty", team="web", zone="UTC", first_handoff=first, participants=["team:web"])
    before = await people.everybody(house)

    seen = await admin.post(f"/people/{act}", data=data)
    after = await people.everybody(house)
    [meant] = re.findall(r'name="meant" value="([^"]+)"', seen.text)
    done = await admin.post(f"/people/{act}", data={**data, "meant": unescape(meant)})

    assert (seen.status_code, "Nothing is saved yet." in seen.text) == (200, True)
    assert "This leaves nobody on call" in seen.text
    assert f"<h1>{title}</h1>" in seen.text
    assert (after.version, done.status_code) == (before.version, 303)
    assert (await people.everybody(house)).version != before.version


async def test_who_is_taken_out_is_seen_to_move_shifts_first(house: House, admin: Browser) -> None:
    seen = await admin.post("/people/remove-person", data={"about": "bob"})
    [meant] = re.findall(r'name="meant" value="([^"]+)"', seen.text)
    there = "bob" in (await people.everybody(house)).people
    done = await admin.post("/people/remove-person", data={"about": "bob", "meant": meant})

    assert "<h1>Remove Bob</h1>" in seen.text
    assert "is no longer on call" in seen.text
    assert (there, done.status_code, "bob" in (await people.everybody(house)).people) == (True, 303, False)


async def test_a_team_that_others_changed_meanwhile_is_not_overwritten(house: House, admin: Browser) -> None:
    stale = await admin.post(
        "/people/team", data={"about": "ops_team", "seen": "alice", "members": ["alice", "carol"]}
    )

    assert stale.status_code == 409
    assert "ops_team has other members than you saw: now alice, bob" in stale.text
    assert 'name="seen" value="alice,bob"' in stale.text
    assert (await people.everybody(house)).teams["ops_team"] == ("alice", "bob")


async def test_where_no_pager_is_linked_none_is_asked_for(admin: Browser) -> None:
    assert "Pager that it keeps" not in (await admin.get("/people")).text


async def test_an_admin_says_which_pager_a_team_keeps(house: House, admin: Browser) -> None:
    house.abilities |= {"pager:opsgenie", "pager:pagerduty"}
    team = {"about": "ops_team", "seen": "alice,bob", "members": ["alice", "bob"]}
    wrong = await admin.post("/people/team", data={**team, "pager": "splunk"})
    done = await admin.post("/people/team", data={**team, "pager": "pagerduty:web"})
    shown = (await admin.get("/people")).text
    house.abilities -= {"pager:pagerduty"}
    lost = (await admin.get("/people")).text
    still = await admin.post("/people/team", data={**team, "members": ["alice"], "pager": "pagerduty:web"})
    known = await people.everybody(house)
    team["seen"] = "alice"
    await admin.post("/people/team", data={**team, "pager": ""})

    assert wrong.status_code == 422
    assert "splunk is no pager that is linked here" in wrong.text
    assert done.status_code == 303
    assert "Paged by pagerduty:web<" in shown
    assert "Paged by pagerduty:web, which is not linked: Tocsin pages instead" in lost
    assert still.status_code == 303
    assert (known.teams["ops_team"], known.pagers) == (("alice",), {"ops_team": "pagerduty:web"})
    assert (await people.everybody(house)).pagers == {}


async def test_an_admin_sets_teams_and_the_rotation(house: House, admin: Browser) -> None:
    rotation = {"team": "web", "zone": "Europe/Berlin", "first_handoff": "2026-03-02T09:00"}

    await admin.post("/people/team", data={"name": "web", "members": ["bob", "carol"]})
    await admin.post("/people/rotation", data={"name": "web", **rotation, "participants": "@carol, bob"})
    html = (await admin.get("/people")).text

    known = await people.everybody(house)
    assert known.teams["web"] == ("bob", "carol")
    assert people_in(known.schedules[-1].plan) == ("carol", "bob")
    assert "Carol, then Bob" in html
    assert "<b>Carol</b> (web) until" in html


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("first_handoff", "monday", "The first handoff is a date and a time"),
        ("participants", "", "participants is empty"),
        ("participants", "zoe", "nobody is called zoe"),
        ("zone", "Mars/Base", "Mars/Base"),
    ],
)
async def test_a_rotation_that_can_not_be_is_refused_in_words(
    admin: Browser, field: str, value: str, why: str
) -> None:
    form = {
        "about": "ops",
        "version": "1",
        "team": "ops_team",
        "zone": "UTC",
        "first_handoff": "2026-03-02T09:00",
        "participants": "bob",
    }

    refused = await admin.post("/people/rotation", data={**form, field: value})

    assert refused.status_code in (404, 422)
    assert why in refused.text


async def test_a_rotation_that_somebody_else_changed_meanwhile_is_not_overwritten(
    house: House, admin: Browser
) -> None:
    form = {"team": "ops_team", "zone": "UTC", "first_handoff": "2026-03-02T09:00", "participants": "carol"}
    await admin.post("/people/rotation", data={"about": "ops", "version": "1", **form})

    stale = await admin.post(
        "/people/rotation", data={"about": "ops", "version": "1", **form, "participants": "bob"}
    )

    assert stale.status_code == 409
    assert "ops is at version 2, and you saw 1: alice changed the schedule ops" in unescape(stale.text)
    assert 'name="version" value="2"' in stale.text
    assert people_in((await people.everybody(house)).schedules[0].plan) == ("carol",)


async def test_a_schedule_that_is_more_than_a_weekly_rotation_is_listed_without_that_form(
    house: House, admin: Browser
) -> None:
    plan = {"zone": "UTC", "layers": [{"name": "base"}, {"name": "nights"}]}
    await save_schedule(house, OPERATOR, "nights", plan, head=Head(name="The nights"))

    html = (await admin.get("/people")).text

    assert "The nights" in html
    assert 'name="about" value="ops"' in html
    assert 'name="about" value="nights"' not in html


async def test_a_key_is_shown_once_and_can_be_revoked(house: House, admin: Browser) -> None:
    made = (await admin.post("/keys/create", data={"name": "ci", "person": "", "right": "report"})).text
    key = re.search(r"tocsin_[\w-]+(?=</pre>)", made)
    later = (await admin.get("/keys")).text
    await admin.post("/keys/revoke", data={"about": "ci"})

    assert key
    assert key[0] not in later
    assert [one.rights for one in await access.list_keys(house)] == [("report",)]
    assert "revoked" in (await admin.get("/keys")).text


async def test_a_key_that_is_there_already_is_refused_beside_the_form(admin: Browser) -> None:
    await admin.post("/keys/create", data={"name": "ci", "person": "", "right": "report"})

    again = await admin.post("/keys/create", data={"name": "ci", "person": "", "right": "report"})

    assert again.status_code == 409
    assert "There is a key ci already" in again.text


async def test_everybody_sets_their_own_name_and_addresses_but_not_their_rights(
    house: House, bob: Browser
) -> None:
    await bob.post(
        "/me", data={"name": "Robert", "email": "r@acme.example", "slack_id": "U1", "right": "admin"}
    )

    me = (await people.everybody(house)).people["bob"]
    assert (me.name, me.email, me.slack_id, me.rights) == ("Robert", "r@acme.example", "U1", ("respond",))


async def test_who_takes_away_all_that_reaches_them_is_asked_where_that_opens_a_gap(
    house: House, bob: Browser
) -> None:
    asked = await bob.post("/me", data={"name": "Bob"})
    before = (await people.everybody(house)).people["bob"].email
    [meant] = re.findall(r'name="meant" value="([^"]+)"', asked.text)
    done = await bob.post("/me", data={"name": "Bob", "meant": meant})
    stale = await bob.post("/me", data={"name": "Rob", "version": "5"})

    assert "This leaves nobody on call who can be reached" in asked.text
    assert 'action="/me#preview"' in asked.text
    assert (before, done.status_code, stale.status_code) == ("bob@acme.example", 303, 409)
    assert (await people.everybody(house)).people["bob"].name == "Bob"


async def test_the_front_page_says_which_service_does_not_answer(
    house: House, bob: Browser, ref: str
) -> None:
    async with house.pool.acquire() as conn:
        await conn.execute(
            "UPDATE works SET attempts = 2, last_why = 'no answer within 30 s' WHERE via = 'slack'"
        )
    html = unescape((await bob.get("/")).text)

    assert "<b>Slack</b> does not take what Tocsin sends" in html
    assert "no answer within 30 s" in html
