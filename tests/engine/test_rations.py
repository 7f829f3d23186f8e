"""How much goes out at most: what a provider takes in a second, and what one person gets within an hour. Nothing is lost."""

from __future__ import annotations

import pytest

from alert_steps import Device, Town, with_town
from tocsin.acts import people
from tocsin.acts.alerting.looks import alert_of
from tocsin.acts.house import House
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.policies_saved import save_policy
from tocsin.clock import HandClock
from tocsin.core.channel import Can
from tocsin.engine.loop import Engine
from tocsin.engine.rations import Rations
from tocsin.integrations.switchboard import Switchboard
from tocsin.integrations.twilio import TwilioLink, connect
from tocsin.settings import read_settings


@pytest.fixture
async def town(house: House, engine: Engine, clock: HandClock) -> Town:
    """For each of the people there is a policy that pages them alone."""
    town = with_town(house, engine, clock)
    for handle in ("alice", "bob", "carol"):
        await save_policy(
            house, OPERATOR, {"id": handle, "steps": [{"to": f"person:{handle}"}], "again_after": "2h"}
        )
    return town


def limited(town: Town, per_second: float) -> Device:
    """E-mail takes so many in a second from now on."""
    mail = Device("email", Can(per_second=per_second))
    town.house.given = {**town.house.given, "email": mail}
    town.devices["email"] = mail
    return mail


async def test_a_provider_gets_no_more_than_it_takes_the_severe_first_and_no_other_one_waits(
    town: Town,
) -> None:
    mail = limited(town, 1)
    for handle, priority in (("carol", "P3"), ("alice", "P3"), ("bob", "P1")):
        await town.opens(f"for {handle}", handle, priority=priority)

    assert len(town.devices["slack"].sent) == 2, "carol has no Slack; the others do not wait for the mails"
    assert [one.person for one in mail.sent] == ["carol"]
    await town.later(milliseconds=900)
    assert len(mail.sent) == 1
    await town.later(milliseconds=100)
    assert [one.person for one in mail.sent] == ["carol", "bob"]
    await town.later(seconds=1)
    assert [one.person for one in mail.sent] == ["carol", "bob", "alice"]


async def test_what_is_not_used_is_saved_up_for_a_second_and_no_longer(town: Town) -> None:
    mail = limited(town, 2)
    await town.later(minutes=10)
    for handle in ("carol", "alice", "bob"):
        await town.opens(f"for {handle}", handle)

    assert len(mail.sent) == 2
    await town.later(milliseconds=500)
    assert len(mail.sent) == 3


async def test_nodes_share_what_a_provider_takes(town: Town) -> None:
    limited(town, 4)
    rations, now = Rations(town.house), town.clock.now()
    async with town.house.pool.acquire() as conn:
        await conn.execute("SELECT pg_advisory_lock($1, 1), pg_advisory_lock($1, 2)", 0x746F6373)
        await rations.look(conn, now)

    assert rations.left(now) == {"email": 2}


async def test_who_got_many_gets_the_rest_collected_and_is_told_so(town: Town) -> None:
    town.house.pages_per_hour = 3
    mail = town.devices["email"]
    for n in range(8):
        await town.opens(f"No. {n}", "carol")
        await town.later(seconds=6)
    assert len(mail.sent) == 3

    await town.later(minutes=3)
    last = mail.sent[3:]
    assert [one.count for one in last] == [5]
    assert last[0].text.startswith("*5 alerts*")
    assert "It waited for 3 min, since 09:00 UTC." in last[0].text  # Nothing that Tocsin could not send.
    assert last[0].text.endswith(
        "More than 3 messages went to you within the hour: what comes is collected, one message every 3 min."
    )
    assert "is collected, one message every 3 min." in last[0].short
    await town.opens("for bob", "bob")
    assert town.last("email").person == "bob", "nobody else waits"
    await town.later(hours=1)
    await town.opens("much later", "carol")
    assert (town.last("email").person, "collected" in town.last("email").text) == ("carol", False)


async def test_without_a_limit_everything_goes_out_as_it_comes(town: Town) -> None:
    await people.save_person(town.house, "carol", name="Carol", email="carol@acme.example")
    for n in range(6):
        await town.opens(f"No. {n}", "carol")
        await town.later(seconds=6)

    assert len(town.devices["email"].sent) == 6


def test_twilio_takes_so_many_a_second_of_each_number_as_the_settings_say() -> None:
    given = {
        "TOCSIN_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TOCSIN_TWILIO_AUTH_TOKEN": "secret",
        "TOCSIN_TWILIO_FROM": "+12025550143, +44=+447400123456",
        "TOCSIN_TWILIO_PER_SECOND": "2.5",
    }
    link = connect(read_settings(given))

    assert isinstance(link, TwilioLink)
    assert {one.via: one.can.per_second for one in link.channels} == {"sms": 5, "voice": 5}
    both = Switchboard([link.channels[0], Device("sms", Can(per_second=1))])
    assert (both.can.per_second, Switchboard([link.channels[0], Device("sms")]).can.per_second) == (6, 0)


async def test_what_is_more_severe_than_what_they_got_of_late_does_not_wait_to_be_collected(
    town: Town,
) -> None:
    town.house.pages_per_hour = 3
    mail = town.devices["email"]
    for n in range(4):
        await town.opens(f"No. {n}", "carol")
        await town.later(seconds=6)
    assert len(mail.sent) == 3
    [held] = (await alert_of(town.house, "A-4")).deliveries
    assert held.why == "more than 3 messages went to them within the hour: what comes is collected"

    await town.opens("The vault is open", "carol", priority="P1")
    [severe] = mail.sent[3:]
    assert (severe.count, "first A-5" in severe.subject) == (2, True), "what waited comes along"
    await town.opens("The door is open", "carol", priority="P1")
    await town.later(seconds=6)
    assert len(mail.sent) == 4, "another one as severe is collected"
