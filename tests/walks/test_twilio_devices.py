"""Pages reach people's phones through Twilio, and they answer there: the whole house, with the Twilio of the town."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from doubles import Mailbox
from integrations.pager_world import served
from integrations.twilio_world import linked
from tocsin.acts import incidents, looks
from tocsin.acts.contacts import choosing, methods
from tocsin.acts.house import House
from tocsin.acts.receipts import Heard
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN
from tocsin.core.incident import Incident
from tocsin.core.places import Places
from tocsin.engine.channel_reach import ChannelReach
from tocsin.engine.loop import Engine
from tocsin.engine.reaches import Reaches
from tocsin.errors import Invalid
from tocsin.integrations.twilio import TwilioLink
from tocsin.integrations.twilio.door import SMS_IN
from tocsin.town import Town
from walks.device_steps import BOB, NUMBER
from walks.walk_steps import Walk, tweet


@dataclass
class Phones:
    """The house with Twilio as its way to phones."""

    house: House
    engine: Engine
    walk: Walk
    town: Town
    link: TwilioLink

    async def verified(self, via: str) -> None:
        """Bob's phone, verified by the code that it got."""
        added = await methods.add(self.house, BOB, "bob", via, {"number": "+49 151 12345678"})
        await self.engine.run_due()
        code = await self._code(via)
        await methods.verify(self.house, BOB, "bob", added.id, code)
        await self.engine.run_due()

    async def _code(self, via: str) -> str:
        if via == "sms":
            return self.town.twilio.texts[-1].body[:6]
        call = self.town.twilio.calls[-1]
        await self.town.twilio.answer(call)
        await self.town.twilio.end(call)
        return "".join(sign for sign in call.said[1].partition(" is your code")[0] if sign.isdecimal())

    async def incident(self) -> Incident:
        return (await looks.case(self.house, self.walk.ref, TOCSIN)).incident


@pytest.fixture
async def phones(house: House, clock: HandClock, mailbox: Mailbox) -> AsyncIterator[Phones]:
    town = Town(now=clock.now)
    await town.start()
    link = linked(town)
    house.abilities |= link.abilities
    house.channels, house.receipts = {one.via: one for one in link.channels}, Heard(house)
    named = [mailbox.under(name) for name in ("slack", "x", "email", "github")]
    reaches = Reaches([*named, *(ChannelReach(one, house) for one in link.channels)])
    engine = Engine(house, reaches)
    async with served(house, link) as url:
        house.places = Places(url)
        town.twilio.carrier.reply_url = url + SMS_IN
        yield Phones(house, engine, Walk(house, engine, clock, mailbox), town, link)
    await link.aclose()
    await town.stop()


async def test_a_page_by_sms_is_acknowledged_by_a_reply(phones: Phones) -> None:
    await phones.verified("sms")
    await phones.walk.begin(tweet())
    page = phones.town.twilio.texts[-1]
    assert page.to == NUMBER
    assert page.body.startswith(f"{phones.walk.ref} @acme sign-in is broken.")
    await phones.town.twilio.deliver(page)

    await phones.town.twilio.reply(NUMBER, "4")

    assert (await phones.incident()).alert.acknowledged_by == "bob"
    assert phones.town.twilio.texts[-1].body == f"You have acknowledged {phones.walk.ref}."


async def test_with_several_pages_open_the_sign_says_which(phones: Phones) -> None:
    await phones.verified("sms")
    await phones.walk.begin(tweet())
    first = phones.walk.ref
    ticket = phones.town.twilio.texts[-1].body.rpartition("(")[2].rstrip(")")
    report = incidents.NewReport("form", "search is down", "Joe", True)
    second = await Walk(phones.house, phones.engine, phones.walk.clock, phones.walk.mailbox).begin(report)
    await second.wait(0.1)

    await phones.town.twilio.reply(NUMBER, "4")
    which = phones.town.twilio.texts[-1].body
    await phones.town.twilio.reply(NUMBER, f"4 {ticket}")

    assert which.startswith("Which one? Answer with the key and the sign of the page")
    assert phones.town.twilio.texts[-1].body == f"You have acknowledged {first}."


async def test_a_page_by_call_is_acknowledged_by_a_key(phones: Phones) -> None:
    await phones.verified("voice")
    await phones.walk.begin(tweet())
    call = phones.town.twilio.calls[-1]
    await phones.town.twilio.answer(call)
    await phones.town.twilio.press(call, "4")

    assert (await phones.incident()).alert.acknowledged_by == "bob"
    assert call.said[-2:] == [f"You have acknowledged {phones.walk.ref}.", "Goodbye."]
    assert call.status == "completed"


async def test_nobody_is_called_only_to_hear_that_it_is_over(phones: Phones) -> None:
    await phones.verified("voice")
    await phones.verified("sms")
    await choosing.choose_rules(phones.house, BOB, "bob", {"high": ["voice", "sms"]})
    await phones.walk.begin(tweet())
    calls = len(phones.town.twilio.calls)
    await incidents.own(phones.house, Actor("alice", "web", "Alice"), phones.walk.ref)
    await phones.walk.wait(2 / 60)  # Twilio takes one in a second.

    assert len(phones.town.twilio.calls) == calls
    assert phones.town.twilio.texts[-1].body.endswith("Alice owns it.")


async def test_a_number_that_is_none_is_refused_by_name(phones: Phones) -> None:
    with pytest.raises(Invalid, match="0151 1234 has no country") as refused:
        await methods.add(phones.house, BOB, "bob", "sms", {"number": "0151 1234"})
    assert refused.value.field == "number"
