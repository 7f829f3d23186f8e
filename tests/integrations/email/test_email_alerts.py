"""Alerts by mail over real SMTP with the town: the page, its thread, its one button, and the replies that answer it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from alert_steps import ALICE, KEY
from devices import page
from tocsin.acts import looks
from tocsin.acts.alerting import deeds
from tocsin.acts.alerting.looks import alert_of
from tocsin.acts.alerting.opening import open_alert
from tocsin.acts.house import House
from tocsin.acts.receipts import Heard
from tocsin.clock import HandClock
from tocsin.core.alerting.alert import opening_of
from tocsin.core.facts import TOCSIN
from tocsin.core.work import Delivered, Later, Refused
from tocsin.engine.loop import Engine
from tocsin.errors import Invalid
from tocsin.integrations.email import EmailLink, connect
from tocsin.integrations.email.alerts import EmailAlerts, meant
from tocsin.settings import read_settings
from tocsin.town import Town
from tocsin.town.mail import Mail

ADDRESS = "tocsin@acme.example"
BOB = "bob@acme.example"


@dataclass
class World:
    house: House
    town: Town
    engine: Engine
    clock: HandClock
    channel: EmailAlerts

    async def opens(self, *messages: str) -> None:
        for one in messages:
            await open_alert(self.house, KEY, opening_of(one, priority="P1"))
        await self.engine.run_due()

    def last(self, to: str = BOB) -> Mail:
        return self.town.mail.to(to)[-1]

    async def reply(self, text: str, sender: str = BOB, to: Mail | None = None) -> int:
        """Somebody replies to a mail, in words of their own."""
        mail = to or self.last()
        quoted = "\n".join(f"> {line}" for line in mail.text.splitlines())
        headers = {"In-Reply-To": mail.headers["Message-ID"], "References": mail.headers["Message-ID"]}
        answer = await self.town.mail.write(
            sender,
            ADDRESS,
            f"Re: {mail.subject}",
            f"{text}\n\nOn Monday, Tocsin wrote:\n{quoted}",
            headers=headers,
        )
        await self.engine.run_due()
        return answer.status

    async def stands(self, ref: str = "A-1") -> tuple[str, str]:
        one = (await alert_of(self.house, ref)).alert.escalation
        return one.status, one.acknowledged_by


def settings_for(town: Town, **more: str) -> dict[str, str]:
    return {
        "TOCSIN_SMTP_HOST": "127.0.0.1",
        "TOCSIN_SMTP_PORT": str(town.smtp_port),
        "TOCSIN_SMTP_TLS": "none",
        "TOCSIN_MAIL_FROM": f"Tocsin <{ADDRESS}>",
        **more,
    }


@pytest.fixture
async def world(house: House, engine: Engine, clock: HandClock, town: Town) -> AsyncIterator[World]:
    """Bob is on call; mail is all that pages go by, and replies come back."""
    heard = {"TOCSIN_MAIL_IN_PORT": "2525", "TOCSIN_MAIL_IN_ADDRESS": ADDRESS}
    link = connect(read_settings(settings_for(town, **heard)))
    assert isinstance(link, EmailLink)
    assert link.door
    link.routes(house)
    [channel] = link.given_channels
    assert isinstance(channel, EmailAlerts)
    house.given, house.receipts = {"email": channel}, Heard(house)
    link.door._port = 0  # Any that is free.
    async with link.door.open(house) as port:
        town.mail.point_at("127.0.0.1", port, ADDRESS)
        yield World(house, town, engine, clock, channel)
    await link.aclose()


async def test_the_page_is_urgent_has_one_button_and_says_how_to_reply(world: World) -> None:
    await world.opens("The disk is full")
    mail = world.last()
    assert mail.subject == "[A-1] P1 The disk is full"
    assert mail.headers["Importance"] == "high"
    assert "reply with the word ack" in mail.text
    assert any("/alerts/answer/D" in link for link in mail.links)
    assert mail.html.count('class="button"') == 1


@pytest.mark.parametrize("words", ["ack", "Acknowledge.", "4", "ACK, looking at it"])
async def test_a_reply_acknowledges_and_is_answered_in_the_thread(world: World, words: str) -> None:
    await world.opens("The disk is full")
    mail = world.last()
    assert await world.reply(words) == 250
    assert await world.stands() == ("acknowledged", "bob")
    answer = world.last()
    assert "You have acknowledged A-1." in answer.text
    assert answer.headers["In-Reply-To"] == mail.headers["Message-ID"]
    assert answer.headers.get("Importance") is None


@pytest.mark.parametrize("words", ["close", "6"])
async def test_a_reply_closes(world: World, words: str) -> None:
    await world.opens("The disk is full")
    await world.reply(words)
    assert (await world.stands())[0] == "closed"


async def test_a_reply_answers_all_alerts_of_its_mail(world: World) -> None:
    await world.opens("The disk is full", "The disk is slow", "The disk is gone")
    assert "Acknowledge all" in world.last().text
    await world.reply("ack")
    assert {(await world.stands(f"A-{n}"))[1] for n in (1, 2, 3)} == {"bob"}


async def test_whoever_replies_second_reads_who_was_first(world: World) -> None:
    await world.opens("The disk is full")
    page_ = world.last()
    await deeds.acknowledge(world.house, ALICE, "A-1")
    await world.engine.run_due()
    await world.reply("ack", to=page_)
    assert "Alice acknowledged it at" in world.last().text
    assert await world.stands() == ("acknowledged", "alice")


async def test_what_became_of_it_comes_quietly_into_the_same_thread(world: World) -> None:
    await world.opens("The disk is full")
    first = world.last()
    await deeds.acknowledge(world.house, ALICE, "A-1")
    await world.engine.run_due()
    told = world.last()
    assert "Alice has acknowledged it" in told.text
    assert told.headers["References"] == first.headers["References"]
    assert told.headers.get("Importance") is None
    assert 'class="button"' not in told.html


@pytest.mark.parametrize("sender", ["alice@acme.example", "mallory@evil.example"])
async def test_a_reply_from_another_address_answers_nothing(world: World, sender: str) -> None:
    await world.opens("The disk is full")
    await world.reply("ack", sender=sender)
    assert (await world.stands())[0] == "open"


async def test_a_reply_to_a_forged_id_answers_nothing(world: World) -> None:
    await world.opens("The disk is full")
    mail = world.last()
    real = mail.headers["Message-ID"]
    about, kept, signed = real.strip("<>").partition("@")[0].split(".")
    for forged in (
        f"<{about}.{kept}.{'0' * len(signed)}@acme.example>",
        f"<d99.{kept}.{signed}@acme.example>",
    ):
        mail.headers["Message-ID"] = forged
        await world.reply("ack", to=mail)
        assert (await world.stands())[0] == "open"


async def test_other_words_are_heard_as_any_mail_and_thanks_are_nothing(world: World) -> None:
    await world.opens("The disk is full")
    first = world.last()
    await world.reply("thanks!", to=first)
    assert await looks.incidents(world.house, TOCSIN) == []
    await world.reply("sign-in is broken as well", to=first)
    assert len(await looks.incidents(world.house, TOCSIN)) == 1
    assert (await world.stands())[0] == "open"


async def test_without_replies_none_is_asked_for(house: House, town: Town, clock: HandClock) -> None:
    link = connect(read_settings(settings_for(town)))
    assert isinstance(link, EmailLink)
    [channel] = link.given_channels
    assert not channel.can.answers
    assert isinstance(await channel.send(page(BOB, clock.now()), 1), Later)
    link.routes(house)
    assert isinstance(await channel.send(page(BOB, clock.now()), 1), Delivered)
    assert "reply with the word" not in town.mail.to(BOB)[-1].text


async def test_faults_are_tried_again_and_what_is_refused_for_good_is_not(world: World) -> None:
    now = world.clock.now()
    world.town.faults.add("mail", BOB, "451", times=1)
    assert isinstance(await world.channel.send(page(BOB, now), 1), Later)
    world.town.faults.add("mail", BOB, "550", times=1)
    assert isinstance(await world.channel.send(page(BOB, now), 2), Refused)
    assert isinstance(await world.channel.send(page("nobody", now), 1), Refused)


async def test_sent_twice_it_is_the_same_mail(world: World) -> None:
    now = world.clock.now()
    first = await world.channel.send(page(BOB, now, key="D7"), 1)
    again = await world.channel.send(page(BOB, now + timedelta(minutes=1), key="D7"), 2)
    assert first == again
    other = await world.channel.send(page(BOB, now, key="D8"), 1)
    assert other != first


def test_only_the_first_word_counts() -> None:
    assert [meant(one) for one in ("> ack", "not ack", "44", "", "Close it", "acked")] == [
        "acknowledge",
        "",
        "",
        "",
        "resolve",
        "",
    ]


async def test_nobody_adds_it_as_a_device(world: World) -> None:
    assert world.channel.shown(BOB) == BOB
    with pytest.raises(Invalid):
        world.channel.address({"email": BOB})
