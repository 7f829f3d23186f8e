"""How one is reached, by plain forms: each drawn from what the channel asks for, each refusal beside what was typed."""

from __future__ import annotations

import re
from html import unescape

import httpx2
import pytest
from web_browser import browser, signed_in

from doubles import Mailbox
from tocsin.acts import people
from tocsin.acts.contacts import choosing
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.integrations.webhook import WebhookLink, connect
from tocsin.settings import read_settings
from walks.device_steps import BOB, NUMBER, Devices, with_devices

Browser = httpx2.AsyncClient
PLACE = "/me/contacts"


@pytest.fixture
def devices(house: House, clock: HandClock, mailbox: Mailbox) -> Devices:
    return with_devices(house, clock, mailbox)


def words(answer: httpx2.Response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


async def send(client: Browser, act: str, **data: str) -> httpx2.Response:
    return await client.post(f"{PLACE}/{act}", data=data, follow_redirects=True)


async def test_a_device_is_added_verified_renamed_and_removed(devices: Devices, bob: Browser) -> None:
    form = await bob.get(PLACE)
    assert "Add SMS … It may not wake you. You can acknowledge on it. Number Such as +4930123456" in words(
        form
    )

    added = await send(bob, "add", about="sms", **{"given-number": NUMBER}, name="phone")
    assert "A code was sent to phone." in words(added)
    assert "phone not verified SMS · +49…78" in words(added)
    verified = await send(bob, "verify", about="m1", code=await devices.code())
    assert "phone is verified: pages go there from now on." in words(verified)
    assert "phone in use" in words(verified)
    renamed = await send(bob, "rename", about="m1", name="mobile")
    assert "Only slack and email is left to reach bob: add one that wakes them. bob is on call now." in words(
        renamed
    )
    gone = await send(bob, "remove", about="m1")
    assert "mobile is removed. Only slack and email is left" in words(gone)
    assert NUMBER not in gone.text


async def test_what_is_wrong_stands_beside_what_was_typed(devices: Devices, bob: Browser) -> None:
    wrong = await send(bob, "add", about="sms", **{"given-number": "12"}, name="phone")
    assert (wrong.status_code, "'12' is no number" in words(wrong), 'value="12"' in wrong.text) == (
        422,
        True,
        True,
    )
    assert 'class="question wrong"' in wrong.text
    rules = await send(bob, "rules", about="high", rules="pigeon")
    assert (rules.status_code, "bob has no contact method pigeon" in words(rules)) == (404, True)
    quiet = await send(bob, "quiet", start="22:00", end="07:00")
    assert "bob has no time zone: set one first" in words(quiet)
    gone = await send(bob, "verify", about="m9", code="123456")
    assert "bob has no contact method m9" in words(gone)
    assert (await send(bob, "explode")).status_code == 404


async def test_another_code_is_sent_on_the_press_of_a_button(devices: Devices, bob: Browser) -> None:
    await send(bob, "add", about="sms", **{"given-number": NUMBER})
    again = await send(bob, "code", about="m1")
    assert "Another code was sent to sms-1" in words(again)


async def test_rules_and_quiet_hours_show_in_what_a_page_would_do(devices: Devices, bob: Browser) -> None:
    await people.save_person(devices.house, "bob", name="Bob", email="bob@acme.example", zone="UTC")
    saved = await send(bob, "rules", about="high", rules="email\r\nemail after 5m\r\n")
    assert "If a page came now: email at once email after 5 min" in words(saved)
    quiet = await send(bob, "quiet", start="08:00", end="10:00")
    assert "email 2 Mar 2026, 10:00 UTC , when quiet hours (08:00-10:00) end" in words(quiet)
    none = await send(bob, "quiet", start="", end="")
    assert "There are no quiet hours." in words(none)


async def test_an_admin_sees_and_changes_anybodys_but_verifies_none(devices: Devices) -> None:
    await people.save_person(devices.house, "dora", name="Dora", rights=("admin",))
    await choosing.choose_rules(devices.house, BOB, "bob", {"high": ["slack"]})
    async with browser(devices.house) as dora:
        await signed_in(devices.house, dora, "dora")
        place = "/people/bob/contacts"
        await dora.post(f"{place}/add", data={"about": "sms", "given-number": NUMBER})
        seen = await dora.get(place)
        assert "How bob is reached" in words(seen)
        assert "not verified" in words(seen)
        assert ("The code that came to it" in words(seen), NUMBER in seen.text) == (False, False)
        refused = await dora.post(f"{place}/verify", data={"about": "m1", "code": await devices.code()})
        assert "Only bob can verify" in words(refused)


async def test_nobody_else_sees_how_one_is_reached(devices: Devices, alice: Browser) -> None:
    assert (await alice.get("/people/bob/contacts")).status_code == 403
    assert (await alice.post("/people/bob/contacts/quiet", data={})).status_code == 403


async def test_whoever_can_be_reached_nowhere_is_told_so(devices: Devices) -> None:
    await people.save_person(devices.house, "erik", name="Erik")
    async with browser(devices.house) as erik:
        await signed_in(devices.house, erik, "erik")
        assert "No page can reach you: add a contact method." in words(await erik.get(PLACE))


async def test_a_test_page_is_sent_by_a_button_and_answered_by_its_link(
    devices: Devices, bob: Browser, stranger: Browser
) -> None:
    contact = await devices.verified(name="phone")
    sent = await send(bob, "test")
    assert "A test page is on its way to every contact method." in words(sent)
    assert "Not answered yet." in words(sent)
    again = await send(bob, "test")
    assert (again.status_code, "A test page went to bob just now" in words(again)) == (409, True)
    await devices.engine.run_due()
    [page] = [one for one in devices.sms.take() if one.to == contact.address]

    looked = await stranger.get(page.link)
    assert "Nothing is wrong." in words(looked)
    assert "Not answered yet." in words(await bob.get(PLACE))
    confirmed = await stranger.post(page.link)
    assert "Thank you: pages reach bob this way." in words(confirmed)
    assert "phone answered" in words(await bob.get(PLACE))
    assert (await stranger.post("/test-page/aaaaaa")).status_code == 404


async def test_the_page_of_readiness_shows_whom_no_page_reaches_first(devices: Devices, bob: Browser) -> None:
    await people.save_person(devices.house, "erik", name="Erik")
    await people.save_team(devices.house, "web", ["erik"])
    seen = words(await bob.get("/on-call/readiness"))
    assert "Erik erik can't be reached team web can't be reached at all" in seen
    assert seen.index("Erik") < seen.index("Alice")
    assert "Bob bob reached schedule ops · team ops_team By Slack, e-mail" in seen


async def test_the_secret_of_a_webhook_is_changed_on_its_page(devices: Devices, bob: Browser) -> None:
    link = connect(read_settings({"TOCSIN_PRIVATE_NETWORKS": "127.0.0.0/8"}))
    assert isinstance(link, WebhookLink)
    devices.house.channels = {**devices.house.channels, "webhook": link.channels[0]}
    devices.house.abilities = devices.house.abilities | {"page:webhook"}
    first, second = (f"whsec_{sign * 32}" for sign in "AB")
    given = {"given-url": "http://127.0.0.1:9/x", "given-secret": first}

    await send(bob, "add", about="webhook", name="hook", **given)
    wrong = await send(bob, "secret", about="m1", secret="none")
    changed = await send(bob, "secret", about="m1", secret=second)
    ended = await send(bob, "secret", about="m1", secret="")

    assert (wrong.status_code, "That is no secret to sign with" in words(wrong)) == (422, True)
    assert "hook is signed with the new secret and the one before it" in words(changed)
    assert "hook is signed with its newest secret alone from now on" in words(ended)
    assert second not in changed.text
    await link.aclose()
