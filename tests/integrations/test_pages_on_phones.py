"""The whole way of a page by ntfy and by Web Push: a device is added, shows its code, is verified, is paged, and acknowledges."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx2
import pytest

from devices import doors_of
from doors.web.web_browser import browser, signed_in
from doubles import EVERYTHING, Mailbox
from tocsin.acts import looks
from tocsin.acts.contacts import methods
from tocsin.acts.house import House
from tocsin.acts.oncall.by import By
from tocsin.acts.receipts import Heard
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.engine.channel_reach import ChannelReach
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches
from tocsin.integrations import channels_of, ntfy, webpush
from tocsin.integrations.link import Link
from tocsin.settings import read_settings
from tocsin.town import Town
from tocsin.town.push import Device
from walks.walk_steps import Walk, tweet

BOB = By(Actor("bob", "web"))
TOPIC = "bob-8fk2q0xw7e"


@pytest.fixture
async def links(town: Town) -> AsyncIterator[list[Link]]:
    settings = read_settings(
        {
            "TOCSIN_NTFY_SERVER": f"{town.url}/ntfy",
            "TOCSIN_WEBPUSH_CONTACT": "mailto:ops@acme.example",
            "TOCSIN_PRIVATE_NETWORKS": "127.0.0.0/8",
        }
    )
    links = [link for link in (ntfy.connect(settings), webpush.connect(settings)) if link]
    yield links
    for link in links:
        await link.aclose()


@pytest.fixture
async def walk(house: House, links: list[Link], clock: HandClock, mailbox: Mailbox) -> AsyncIterator[Walk]:
    """A Tocsin with both channels, whose doors are open over HTTP."""
    house.channels, house.receipts = channels_of(links), Heard(house)
    house.abilities = EVERYTHING | frozenset[str]().union(*(link.abilities for link in links))
    reaches = [mailbox.under(name) for name in ("slack", "x", "email", "github")]
    channels = [ChannelReach(one, house) for one in house.channels.values()]
    engine = Engine(house, Reaches([*reaches, *channels]))
    async with AsyncExitStack() as open_doors:
        await open_doors.enter_async_context(doors_of(links, house))
        yield Walk(house, engine, clock, mailbox)


@pytest.fixture
async def bob(house: House, walk: Walk) -> AsyncIterator[httpx2.AsyncClient]:
    async with browser(house) as client:
        await signed_in(house, client, "bob")
        yield client


async def added(bob: httpx2.AsyncClient, town: Town, walk: Walk) -> Device:
    """Bob's phone, added on the page but not verified."""
    key = (await httpx2.AsyncClient().get(f"{walk.house.places.base}/integrations/webpush/key")).json()["key"]
    phone = town.push.subscribe("bob's phone", key)
    form = {"subscription": json.dumps(phone.subscription()), "name": "phone"}
    answer = await bob.post("/me/push", data=form)
    assert answer.status_code == 303
    await walk.engine.run_due()
    return phone


def code_in(text: str) -> str:
    found = re.search(r"\b\d{6}\b", text)
    assert found
    return found[0]


async def test_a_browser_is_added_on_its_page_and_acknowledges_a_page(
    bob: httpx2.AsyncClient, town: Town, walk: Walk
) -> None:
    phone = await added(bob, town, walk)
    (code,) = phone.pushed
    asked = await bob.get("/me/contacts")
    about = re.search(r'name="about" value="(m\d+)"', asked.text)
    assert about
    assert code.link == f"{walk.house.places.base}/me/contacts"

    wrong = await bob.post("/me/contacts/verify", data={"about": about[1], "code": "no code"})
    right = await bob.post("/me/contacts/verify", data={"about": about[1], "code": code_in(code.title)})
    ref = (await walk.begin(tweet())).ref
    page = phone.pushed[-1]
    answer = await town.push.press(phone, page.id, "acknowledge")
    again = await town.push.press(phone, page.id, "acknowledge")

    assert (again.status, again.body) == (answer.status, answer.body)
    assert (wrong.status_code, right.status_code) == (422, 303)
    assert "That is not the code for phone" in wrong.text
    assert page.title.startswith(f"[{ref}] Page: ")
    assert (answer.status, page.said) == (200, f"You have acknowledged {ref}.")
    incident = (await looks.case(walk.house, ref, "bob")).incident
    assert incident.alert.acknowledged_by == "bob"


async def test_that_it_was_acknowledged_takes_the_place_of_the_page(
    bob: httpx2.AsyncClient, town: Town, walk: Walk
) -> None:
    phone = await added(bob, town, walk)
    await methods.verify(walk.house, BOB, "bob", "phone", code_in(phone.pushed[0].title))
    await walk.begin(tweet())
    page = phone.pushed[-1]

    await town.push.press(phone, page.id, "acknowledge")
    await walk.engine.run_due()

    assert phone.shown[page.id].body.endswith("Bob has acknowledged.")
    assert not phone.shown[page.id].answer


async def test_a_browser_is_not_typed_but_added_on_its_own_page(bob: httpx2.AsyncClient, walk: Walk) -> None:
    page = (await bob.get("/me/contacts")).text

    assert '<a href="/me/push">Add this device by Web Push …</a>' in page
    assert "Add ntfy …" in page
    assert "Add Web Push …" not in page


async def test_what_is_no_subscription_is_said_on_the_page(bob: httpx2.AsyncClient, walk: Walk) -> None:
    answer = await bob.post("/me/push", data={"subscription": "{}", "name": "phone"})

    assert answer.status_code == 422
    assert "This is no subscription of a browser" in answer.text


async def test_without_web_push_the_page_says_what_to_set(bob: httpx2.AsyncClient, house: House) -> None:
    house.channels = {}

    answer = await bob.get("/me/push")

    assert "TOCSIN_WEBPUSH_CONTACT" in answer.text


async def test_a_browser_that_is_gone_is_left_out_and_said_so_on_the_page(
    bob: httpx2.AsyncClient, town: Town, walk: Walk
) -> None:
    phone = await added(bob, town, walk)
    await methods.verify(walk.house, BOB, "bob", "phone", code_in(phone.pushed[0].title))
    phone.gone = True

    await walk.begin(tweet())

    assert "This browser does not take messages any more" in (await bob.get("/me/contacts")).text


async def test_a_topic_of_ntfy_is_verified_and_acknowledges_a_page(town: Town, walk: Walk) -> None:
    house = walk.house
    topic = await methods.add(house, BOB, "bob", "ntfy", {"topic": TOPIC})
    await walk.engine.run_due()
    await methods.verify(house, BOB, "bob", topic.id, code_in(town.ntfy.shown(TOPIC)[-1].title))
    ref = (await walk.begin(tweet())).ref
    page = town.ntfy.shown(TOPIC)[-1]

    await town.ntfy.press(page, "Acknowledge")
    await walk.engine.run_due()

    assert (page.priority, page.said) == (5, f"You have acknowledged {ref}.")
    assert (await looks.case(house, ref, "bob")).incident.alert.acknowledged_by == "bob"
    over = town.ntfy.shown(TOPIC)[-1]
    assert (over.sequence, over.priority) == (page.sequence, 2)
    assert over.message.endswith("Bob has acknowledged.")
