"""The whole way of a page by a webhook and by Apprise: it is added, shows its code, is verified, is paged, and hears that it is over."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from devices import doors_of
from doubles import EVERYTHING, Mailbox
from tocsin.acts import incidents, looks
from tocsin.acts.contacts import methods
from tocsin.acts.house import House
from tocsin.acts.oncall.by import By
from tocsin.acts.people import everybody
from tocsin.acts.receipts import Heard
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.core.contacts import ContactMethod
from tocsin.engine.channel_reach import ChannelReach
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches
from tocsin.errors import Invalid
from tocsin.integrations import apprise, channels_of, webhook
from tocsin.integrations.link import Link
from tocsin.settings import read_settings
from tocsin.town import Town
from walks.walk_steps import Walk, tweet

BOB = By(Actor("bob", "web"))
OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
TOKEN = "8fk2q0xw7e4711ab"


@pytest.fixture
async def links(town: Town) -> AsyncIterator[list[Link]]:
    settings = read_settings({"TOCSIN_PRIVATE_NETWORKS": "127.0.0.0/8"})
    links = [link for link in (webhook.connect(settings), apprise.connect(settings)) if link]
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


def code_in(text: str) -> str:
    found = re.search(r"\b\d{6}\b", text)
    assert found
    return found[0]


async def hooked(walk: Walk, town: Town, name: str, **secrets: str) -> ContactMethod:
    """Bob's webhook, verified by the code that its receiver got."""
    given = {"url": f"{town.url}/webhook/bob", **secrets}
    added = await methods.add(walk.house, BOB, "bob", "webhook", given, name)
    await walk.engine.run_due()
    code = [call for call in town.hooks.receivers["bob"].calls if call.type == "code"][-1]
    return await methods.verify(walk.house, BOB, "bob", added.id, code_in(code.data["short"]))


async def test_a_program_is_paged_acknowledges_and_hears_that_it_is_over(town: Town, walk: Walk) -> None:
    town.hooks.receiver("bob", OLD)
    await hooked(walk, town, "bot", secret=OLD)
    ref = (await walk.begin(tweet())).ref
    page = town.hooks.receivers["bob"].calls[-1]

    await town.hooks.acknowledge(page)
    await walk.engine.run_due()

    assert (page.type, page.data["person"]) == ("page", "bob")
    assert page.said == f"You have acknowledged {ref}."
    assert (await looks.case(walk.house, ref, "bob")).incident.alert.acknowledged_by == "bob"
    await walk.resolved()
    told = town.hooks.receivers["bob"].calls[-1]
    assert (told.type, told.data["follows"], told.data["acknowledge_url"]) == ("told", page.id, "")
    assert told.data["text"].endswith("It is resolved.")


async def test_a_program_goes_from_one_secret_to_the_other_without_losing_a_page(
    town: Town, walk: Walk
) -> None:
    town.hooks.receiver("bob", OLD)
    former = await hooked(walk, town, "bot", secret=OLD)
    receiver = town.hooks.receivers["bob"]

    await hooked(walk, town, "bot-new", secret=NEW, second_secret=OLD)
    await methods.remove(walk.house, BOB, "bob", former.id)
    receiver.secrets = [NEW]
    await walk.begin(tweet())

    assert [call.type for call in receiver.calls].count("page") == 1
    assert receiver.refused == []


async def test_a_receiver_that_wants_nothing_more_is_left_out(town: Town, walk: Walk) -> None:
    town.hooks.receiver("bob", OLD)
    await hooked(walk, town, "bot", secret=OLD)
    town.faults.add("webhook", "*", "410", 9)

    await walk.begin(tweet())

    bob = (await everybody(walk.house)).people["bob"]
    assert [one.failing for one in bob.methods] == ["The webhook is gone: its receiver wants nothing more (410)"]  # fmt: skip


async def test_a_webhook_within_our_network_is_never_added(town: Town, walk: Walk) -> None:
    link = webhook.connect(read_settings({}))
    assert link
    walk.house.channels = channels_of([link])

    with pytest.raises(Invalid, match="is within Tocsin's own network") as why:
        await methods.add(
            walk.house, BOB, "bob", "webhook", {"url": "https://10.0.0.5/hook", "secret": OLD}, "bot"
        )

    assert why.value.field == "url"
    await link.aclose()


async def test_a_chat_is_verified_paged_and_hears_that_it_was_acknowledged(town: Town, walk: Walk) -> None:
    house = walk.house
    url = town.hooks.channel(TOKEN)
    chat = await methods.add(house, BOB, "bob", "apprise", {"url": url}, "chat")
    await walk.engine.run_due()
    said = town.hooks.channels[TOKEN]
    await methods.verify(house, BOB, "bob", chat.id, code_in(said[-1].text))
    ref = (await walk.begin(tweet())).ref
    page = said[-1]

    assert page.text.startswith(f"[{ref}] Page: ")
    assert f"Acknowledge: {house.places.base}/ack/{ref}/bob/" in page.text
    await incidents.acknowledge(house, Actor("alice", "web"), ref)
    await walk.engine.run_due()
    assert "Alice has acknowledged." in said[-1].text
    assert "Acknowledge: " not in said[-1].text
