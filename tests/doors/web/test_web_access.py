"""Who may see and do what at the web door: sessions, rights, forms from other sites, and links that sign in."""

from __future__ import annotations

import re

import httpx2
import pytest
from web_browser import browser, signed_in

from tocsin.acts import access, looks, people
from tocsin.acts.building import make_house
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.core.facts import TOCSIN
from tocsin.doors.web import PAGES
from tocsin.doors.web.visit import SESSION

Browser = httpx2.AsyncClient
GUARDED_PAGES = [(path, right) for method, path, _, right in PAGES if method == "GET" and right]
GUARDED_FORMS = [(path, right) for method, path, _, right in PAGES if method == "POST" and right]


def filled(path: str) -> str:
    return re.sub(r"\{\w+\}", "1", path.replace("{ref}", "INC-1").replace("{act}", "own"))


def test_only_the_reporters_and_the_signing_in_pages_are_open_to_everybody() -> None:
    assert {path for _, path, _, right in PAGES if not right} == {
        "/report", "/status/{token}", "/ack/{ref}/{person}/{signature}", "/answer/{ref}/{about}/{person}/{signature}", "/sign-in", "/sign-in/{secret}", "/sign-out", "/test-page/{ticket}", "/alerts/answer/{ref}/{person}/{signature}",
    }  # fmt: skip


@pytest.mark.parametrize(("path", "right"), GUARDED_PAGES)
async def test_a_stranger_is_sent_to_sign_in_and_back(stranger: Browser, path: str, right: str) -> None:
    answer = await stranger.get(filled(path))

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/sign-in?next={filled(path)}"


@pytest.mark.parametrize(("path", "right"), GUARDED_FORMS)
async def test_a_strangers_form_is_refused_and_what_they_typed_is_shown(
    stranger: Browser, path: str, right: str
) -> None:
    answer = await stranger.post(filled(path), data={"text": "my words"})

    assert answer.status_code == 401
    assert "<pre>my words</pre>" in answer.text


@pytest.mark.parametrize("path", ["/people", "/keys"])
async def test_people_and_keys_are_for_admins(bob: Browser, path: str) -> None:
    answer = await bob.get(path)

    assert answer.status_code == 403
    assert "bob has no right to admin" in answer.text.lower()


@pytest.mark.parametrize(
    ("headers", "status", "why"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303, "our own page, in a browser of today"),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, 403, "another site"),
        ({"Sec-Fetch-Site": "same-site"}, 403, "a neighbour under the same domain"),
        ({"Origin": "http://127.0.0.1:8008"}, 303, "our own page, in an old browser or over plain http"),
        ({"Origin": "https://evil.example"}, 403, "another site, in an old browser"),
        ({"Origin": "null"}, 403, "a sandboxed frame"),
    ],
)
async def test_forms_count_only_from_our_own_pages(
    house: House, ref: str, headers: dict[str, str], status: int, why: str
) -> None:
    async with browser(house) as client:
        await signed_in(house, client, "bob")
        del client.headers["Sec-Fetch-Site"]

        answer = await client.post(f"/incidents/{ref}/own", headers=headers)

    assert answer.status_code == status, why
    assert bool((await looks.case(house, ref, TOCSIN)).incident.owner) == (status == 303)


async def test_a_form_from_another_site_is_refused_by_name(bob: Browser, ref: str) -> None:
    answer = await bob.post(
        f"/incidents/{ref}/own",
        headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    )

    assert "This form came from another site (https://evil.example)" in answer.text


@pytest.mark.parametrize("path", ["/report", "/sign-in", "/static/tocsin.css", "/nothing", "/people"])
async def test_every_answer_keeps_other_sites_out(stranger: Browser, path: str) -> None:
    headers = (await stranger.get(path)).headers

    assert "default-src 'self'; frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


async def test_looking_at_a_sign_in_link_does_not_use_it_up(house: House, stranger: Browser) -> None:
    secret = await access.sign_in_link(house, "bob")

    looked = await stranger.get(f"/sign-in/{secret}")
    used = await stranger.post(f"/sign-in/{secret}", data={"next": "/incidents"})

    assert looked.status_code == 200
    assert SESSION not in looked.cookies
    assert (used.status_code, used.headers["location"]) == (303, "/incidents")
    cookie = used.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert (await stranger.get("/")).status_code == 200


async def test_a_sign_in_link_works_once(house: House, stranger: Browser) -> None:
    secret = await access.sign_in_link(house, "bob")
    await stranger.post(f"/sign-in/{secret}")

    again = await stranger.post(f"/sign-in/{secret}")

    assert again.status_code == 401
    assert "This link was used already" in again.text


@pytest.mark.parametrize("before", ["", "http://127.0.0.1:8008/sign-in/"])
async def test_a_pasted_link_or_its_code_signs_in(house: House, stranger: Browser, before: str) -> None:
    secret = await access.sign_in_link(house, "bob")

    answer = await stranger.post("/sign-in", data={"link": f" {before}{secret} ", "next": "//evil.example"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_a_paste_that_is_no_link_is_refused_and_kept(stranger: Browser) -> None:
    answer = await stranger.post("/sign-in", data={"link": "what?", "next": "/"})

    assert answer.status_code == 422
    assert 'value="what?"' in answer.text


async def test_over_https_cookies_travel_over_nothing_else(house: House, clock: HandClock) -> None:
    safe = await make_house(house.pool, clock, public_url="https://tocsin.acme.example")
    secret = await access.sign_in_link(safe, "bob")
    async with browser(safe) as client:
        answer = await client.post(f"/sign-in/{secret}")

    assert all("Secure" in cookie for cookie in answer.headers.get_list("set-cookie"))


async def test_signing_out_ends_the_session_itself(house: House, bob: Browser) -> None:
    session = bob.cookies[SESSION]

    await bob.post("/sign-out")

    assert await access.visitor_of_session(house, session) is None


async def test_the_first_admin_is_led_to_say_who_they_are(house: House, stranger: Browser) -> None:
    secret = await access.first_admin_link(house)

    answer = await stranger.post(f"/sign-in/{secret}", data={"next": "/"})
    await stranger.post("/me", data={"name": "Ada", "email": "ada@acme.example", "slack_id": ""})

    assert answer.headers["location"] == "/me"
    ada = (await people.everybody(house)).people["admin"]
    assert (ada.name, ada.email, ada.rights) == ("Ada", "ada@acme.example", ("admin",))


async def test_the_link_in_a_page_changes_nothing_when_it_is_only_followed(
    house: House, stranger: Browser, ref: str
) -> None:
    answer = await stranger.get(f"/ack/{ref}/bob/{house.sign(ref, 'bob')}")

    assert answer.status_code == 200
    assert "sign-in is broken" in answer.text
    assert (await looks.case(house, ref, TOCSIN)).incident.alert.acknowledged_at is None


async def test_a_button_behind_the_link_in_a_page_acknowledges_or_owns_without_signing_in(
    house: House, stranger: Browser, ref: str
) -> None:
    path = f"/ack/{ref}/bob/{house.sign(ref, 'bob')}"

    acknowledged = await stranger.post(path, data={"do": "acknowledge"})
    after = await stranger.get(path)
    await stranger.post(path, data={"do": "own"})

    assert (acknowledged.status_code, acknowledged.headers["location"]) == (303, path)
    assert "nobody owns it yet" in after.text
    incident = (await looks.case(house, ref, TOCSIN)).incident
    assert (incident.alert.acknowledged_by, incident.owner) == ("bob", "bob")


@pytest.mark.parametrize("signature", ["0" * 40, "x", "%C3%A9"])
async def test_a_forged_signature_is_refused_by_name(stranger: Browser, ref: str, signature: str) -> None:
    looked = await stranger.get(f"/ack/{ref}/bob/{signature}")
    answered = await stranger.post(f"/ack/{ref}/bob/{signature}", data={"do": "own"})

    assert {looked.status_code, answered.status_code} <= {403, 404}
    assert "sign-in is broken" not in looked.text


async def test_the_link_of_one_person_does_not_work_for_another(
    house: House, stranger: Browser, ref: str
) -> None:
    answer = await stranger.get(f"/ack/{ref}/alice/{house.sign(ref, 'bob')}")

    assert answer.status_code == 403
    assert "This link was not made by this Tocsin" in answer.text


async def test_the_link_of_somebody_who_has_left_does_not_work_any_more(
    house: House, stranger: Browser, ref: str
) -> None:
    await people.remove_person(house, "carol")

    answer = await stranger.post(f"/ack/{ref}/carol/{house.sign(ref, 'carol')}", data={"do": "own"})

    assert answer.status_code == 403


async def test_what_somebody_else_owns_is_said_behind_the_link(
    house: House, stranger: Browser, bob: Browser, ref: str
) -> None:
    await bob.post(f"/incidents/{ref}/own")

    answer = await stranger.post(f"/ack/{ref}/alice/{house.sign(ref, 'alice')}", data={"do": "own"})

    assert answer.status_code == 409
    assert "Bob has owned INC-1" in answer.text


async def test_our_own_fault_is_said_in_words_and_shows_no_insides(house: House, bob: Browser) -> None:
    await house.pool.execute("ALTER TABLE incidents RENAME TO gone")

    answer = await bob.get("/")

    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert "incidents" not in answer.text.split("<main>")[1]


async def test_a_database_that_is_gone_is_said_in_words_and_what_was_typed_is_not_lost(
    house: House, bob: Browser, ref: str
) -> None:
    await house.pool.close()

    answer = await bob.post(f"/incidents/{ref}/note", data={"text": "my long note"})

    assert answer.status_code == 503
    assert "The database can&#39;t be reached at the moment" in answer.text
    assert "<pre>my long note</pre>" in answer.text
