"""A page reaches people's devices by their rules, they answer there, and hear when somebody else did."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import pytest

from doubles import Mailbox
from tocsin.acts import incident_paging, incidents, looks, people
from tocsin.acts.contacts import choosing, methods
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.core import facts as f
from tocsin.core.case import Actor
from tocsin.core.channel import PAGED, TOLD
from tocsin.core.facts import TOCSIN
from tocsin.core.incident import Incident
from tocsin.core.work import Later, Refused
from tocsin.errors import Conflict, Invalid, NotFound
from walks.device_steps import ALICE, BOB, NUMBER, Devices, with_devices
from walks.walk_steps import Walk

OTHER = "+4915100000000"


@pytest.fixture
def devices(house: House, clock: HandClock, mailbox: Mailbox) -> Devices:
    return with_devices(house, clock, mailbox)


async def incident_of(walk: Walk) -> Incident:
    return (await looks.case(walk.house, walk.ref, TOCSIN)).incident


async def test_a_page_goes_to_every_verified_device_at_once_and_to_no_other(devices: Devices) -> None:
    await devices.verified()
    await devices.verified(number="+1", via="push")
    await methods.add(devices.house, BOB, "bob", "sms", {"number": OTHER})
    await devices.engine.run_due()
    devices.sms.take()

    walk = await devices.incident()

    [sms], [push] = devices.sms.take(), devices.push.take()
    assert (sms.to, sms.person, sms.purpose) == (NUMBER, "bob", PAGED)
    assert sms.short.startswith(f"{walk.ref} @acme sign-in is broken. Severity high. You are paged: on call")
    assert (len(sms.short) <= 160, "{@" in sms.text, sms.ticket != push.ticket) == (True, False, True)
    assert sms.answer_link == walk.house.places.acknowledge(walk.ref, "bob", walk.house.sign(walk.ref, "bob"))
    assert sorted(one.via for one in walk.mailbox.sent if one.does == "page") == ["email", "slack"]


async def test_rules_delay_a_device_and_an_acknowledgement_spares_it(devices: Devices) -> None:
    await devices.verified(name="phone")
    await choosing.choose_rules(devices.house, BOB, "bob", {"high": ["slack", "phone after 2m"]})

    walk = await devices.incident()
    assert (devices.sms.take(), [one.via for one in walk.mailbox.take("page")]) == ([], ["slack"])
    await walk.wait(2)
    [by_rule] = devices.sms.take()
    assert (by_rule.to, "It waited" in by_rule.text) == (NUMBER, False)

    second = await Walk(walk.house, walk.engine, walk.clock, walk.mailbox).begin(letter())
    await incidents.acknowledge(walk.house, Actor("bob", "slack"), second.ref)
    await second.wait(2)
    assert [one for one in devices.sms.take() if second.ref in one.subject] == []


def letter() -> incidents.NewReport:
    return incidents.NewReport("form", "search is down", "Joe", True)


async def test_the_ticket_sent_back_acknowledges_in_the_name_of_who_was_paged(devices: Devices) -> None:
    await devices.verified()
    walk = await devices.incident()
    [page] = devices.sms.take()

    said = await devices.heard.answered("sms", does="acknowledge", ticket=page.ticket.upper())

    incident = await incident_of(walk)
    assert said == f"You have acknowledged {walk.ref}."
    assert incident.alert.acknowledged_by == "bob"
    assert next(x for x in incident.facts if isinstance(x.what, f.PageAcknowledged)).door == "sms"


async def test_to_resolve_from_a_device_acknowledges_and_says_what_is_missing(devices: Devices) -> None:
    await devices.verified()
    walk = await devices.incident()
    [page] = devices.sms.take()
    said = await devices.heard.answered("sms", does="resolve", ticket=page.ticket)
    assert said.startswith(
        f"You have acknowledged {walk.ref}. To resolve it, its owner says what was done: http"
    )
    assert (await incident_of(walk)).is_open


async def test_an_answer_is_found_by_the_providers_id_and_by_the_address_of_the_device(
    devices: Devices,
) -> None:
    await devices.verified()
    await devices.verified(ALICE, OTHER)
    walk = await devices.incident()
    devices.sms.take()
    await walk.wait(10)  # Nobody answers: the whole team is paged.
    assert {one.person for one in devices.sms.take()} == {"alice", "bob"}

    assert (
        await devices.heard.answered("sms", does="acknowledge", address=OTHER)
        == f"You have acknowledged {walk.ref}."
    )
    assert (
        await devices.heard.answered("sms", does="acknowledge", message="sms-3")
        == f"alice has acknowledged {walk.ref} already."
    )


async def test_an_answer_without_a_ticket_is_asked_back_where_several_pages_wait(devices: Devices) -> None:
    await devices.verified()
    first = await devices.incident()
    second = await Walk(first.house, first.engine, first.clock, first.mailbox).begin(letter())
    await first.wait(0.1)  # What comes to one device within seconds waits, to be one message.
    pages = devices.sms.take()
    with pytest.raises(
        Conflict, match="Which one\\? Answer with the key and the sign of the page, such as 4 "
    ):
        await devices.heard.answered("sms", does="acknowledge", address=NUMBER)
    await devices.heard.answered("sms", does="acknowledge", address=NUMBER, ticket=pages[0].ticket)
    said = await devices.heard.answered("sms", does="acknowledge", address=NUMBER)
    assert said == f"You have acknowledged {second.ref}."


async def test_an_answer_that_names_nothing_of_ours_is_refused_with_words(devices: Devices) -> None:
    await devices.verified()
    await devices.incident()
    for wrong in ({"ticket": "nonsense"}, {"message": "sms-99"}, {"address": "+1"}, {}):
        with pytest.raises(NotFound, match="no page that this could answer"):
            await devices.heard.answered("sms", does="acknowledge", **wrong)
    with pytest.raises(Invalid, match="is no answer; there are 4 to acknowledge, 6 to resolve"):
        await devices.heard.answered("sms", does="explode", address=NUMBER)


async def test_a_page_that_is_over_says_so_to_whoever_answers_it(devices: Devices) -> None:
    await devices.verified()
    walk = await devices.incident()
    [page] = devices.sms.take()
    await incidents.own(walk.house, Actor("alice", "slack"), walk.ref)
    await incidents.dismiss(walk.house, Actor("alice", "slack"), walk.ref, "a test", "signed in myself")
    with pytest.raises(Conflict, match=f"{walk.ref} was dismissed"):
        await devices.heard.answered("sms", does="acknowledge", ticket=page.ticket)


async def test_whoever_was_paged_hears_once_that_it_is_answered_and_once_that_it_is_over(
    devices: Devices,
) -> None:
    await devices.verified()
    await devices.verified(number="+1", via="push")
    walk = await devices.incident()
    devices.sms.take(), devices.push.take()

    await incidents.acknowledge(walk.house, Actor("alice", "slack"), walk.ref)
    await incidents.own(walk.house, Actor("alice", "slack"), walk.ref)
    await walk.engine.run_due()
    await incidents.dismiss(walk.house, Actor("alice", "slack"), walk.ref, "a test", "signed in myself")
    await walk.engine.run_due()

    told = devices.sms.take()
    assert [one.purpose for one in told] == [TOLD, TOLD]
    assert ["owns it" in told[0].short, "dismissed" in told[1].short] == [True, True]
    assert {one.ticket for one in told} == {""}
    assert {one.of for one in devices.push.take()} == {"push-2"}, "what can be rewritten is"


async def test_whoever_was_paged_hears_until_when_it_is_silent_and_is_paged_anew_after_that(
    devices: Devices,
) -> None:
    await devices.verified()
    await devices.verified(number="+1", via="push")
    walk = await devices.incident()
    devices.sms.take(), devices.push.take()

    until = walk.clock.now() + timedelta(hours=1)
    await incident_paging.snooze_pages(walk.house, Actor("alice", "slack"), walk.ref, until)
    await walk.engine.run_due()
    [told], [rewritten] = devices.sms.take(), devices.push.take()
    await walk.wait(60)

    assert f"Alice asks that nobody be paged until {until:%Y-%m-%d %H:%M} UTC." in told.short
    assert (rewritten.of, rewritten.ticket) == ("push-2", "")
    again = [*devices.sms.take(), *devices.push.take()]
    assert [one.purpose for one in again if "the time without pages is over" in one.short] == [PAGED, PAGED]


async def test_whoever_answered_on_the_device_is_not_told_of_it_there(devices: Devices) -> None:
    await devices.verified()
    walk = await devices.incident()
    [page] = devices.sms.take()
    await devices.heard.answered("sms", does="acknowledge", ticket=page.ticket)
    await walk.engine.run_due()
    assert devices.sms.take() == []


async def test_a_message_keeps_its_ticket_at_every_try(devices: Devices, pool: asyncpg.Pool) -> None:
    await devices.verified()
    devices.sms.answers.append(Later("busy"))
    walk = await devices.incident()
    first = await pool.fetchval("SELECT ticket FROM contact_messages WHERE purpose = 'page'")
    await walk.wait(0.1)
    [page] = devices.sms.take()
    assert page.ticket == first


async def test_a_device_whose_provider_refuses_is_left_out_for_a_while_and_heals(devices: Devices) -> None:
    await devices.verified()
    devices.sms.answers.append(Refused("21211: no valid number"))
    walk = await devices.incident()
    refused = [x.what for x in (await incident_of(walk)).facts if isinstance(x.what, f.DeliveryRefused)]
    assert [(one.via, one.why) for one in refused] == [("sms", "21211: no valid number")]
    [bob] = (await people.everybody(walk.house)).people["bob"].methods
    assert bob.failing == "21211: no valid number"

    await Walk(walk.house, walk.engine, walk.clock, walk.mailbox).begin(letter())
    assert devices.sms.take() == []
    await walk.wait(6 * 60)
    devices.sms.take()
    later = await Walk(walk.house, walk.engine, walk.clock, walk.mailbox).begin(
        incidents.NewReport("form", "search is down again", "Joe", True)
    )
    await later.wait(0.1)
    [page] = [one for one in devices.sms.take() if later.ref in one.subject and one.person == "bob"]
    await devices.heard.told("sms", f"sms-{page.key and await number_of(walk.house, page.key)}", "delivered")
    [bob] = (await people.everybody(walk.house)).people["bob"].methods
    assert bob.failing == ""


async def number_of(house: House, key: str) -> str:
    """The number that the channel gave the message with that key."""
    message: str = await house.pool.fetchval("SELECT message FROM contact_messages WHERE key = $1", key)
    return message.removeprefix("sms-")


async def test_receipts_out_of_order_take_nothing_back(devices: Devices, pool: asyncpg.Pool) -> None:
    await devices.verified()
    await devices.incident()
    for state in ("seen", "delivered", "failed", "nonsense"):
        await devices.heard.told("sms", "sms-2", state, "words")
    await devices.heard.told("sms", "sms-99", "delivered")
    assert await pool.fetchval("SELECT state FROM contact_messages WHERE message = 'sms-2'") == "seen"


async def test_a_device_that_was_removed_meanwhile_gets_nothing(devices: Devices) -> None:
    await devices.verified(name="phone")
    await choosing.choose_rules(devices.house, BOB, "bob", {"high": ["slack", "phone after 2m"]})
    walk = await devices.incident()
    await methods.remove(devices.house, BOB, "bob", "phone")
    await walk.wait(2)
    assert devices.sms.take() == []
