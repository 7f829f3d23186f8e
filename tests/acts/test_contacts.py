"""Devices are verified by a code before they are used; who may change them, and what their owner hears of it."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import pytest

from doubles import Mailbox
from tocsin.acts import people
from tocsin.acts.contacts import choosing, methods
from tocsin.acts.contacts.whose import method_of, shown
from tocsin.acts.house import House
from tocsin.acts.oncall.by import By
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.core.channel import CODE
from tocsin.core.people import Person
from tocsin.core.work import Refused
from tocsin.errors import Conflict, Forbidden, Invalid, NotFound
from walks.device_steps import ADMIN, ALICE, BOB, NUMBER, Devices, with_devices

GIVEN = {"number": NUMBER}


@pytest.fixture
def devices(house: House, clock: HandClock, mailbox: Mailbox) -> Devices:
    return with_devices(house, clock, mailbox)


async def bob(house: House) -> Person:
    return (await people.everybody(house)).people["bob"]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


async def test_a_code_goes_to_the_new_device_and_verifies_it(devices: Devices) -> None:
    added = await methods.add(devices.house, BOB, "bob", "sms", {"number": "+49 1511 2345678"}, "My phone")
    assert (added.name, added.address, added.verified) == ("my-phone", NUMBER, False)
    code = await devices.code()
    [message] = [one for one in devices.sms.sent if one.purpose == CODE]
    assert (message.to, message.short, message.ticket) == (NUMBER, f"{code} is your code for Tocsin.", "")

    await methods.verify(devices.house, BOB, "bob", "my-phone", f" {code[:3]} {code[3:]}")
    assert [one.verified for one in (await bob(devices.house)).methods] == [True]


async def test_no_code_stands_in_the_database(devices: Devices, pool: asyncpg.Pool) -> None:
    await methods.add(devices.house, BOB, "bob", "sms", GIVEN)
    code = await devices.code()
    for table in ("works", "contact_codes", "contact_messages", "oncall_changes"):
        assert not await pool.fetchval(f"SELECT count(*) FROM {table} t WHERE t::text ~ '\\m{code}\\M'")


async def test_a_wrong_code_is_counted_and_after_five_the_right_one_opens_nothing(devices: Devices) -> None:
    await methods.add(devices.house, BOB, "bob", "sms", GIVEN, "phone")
    code = await devices.code()
    for left in ("4 more tries", "3 more tries", "2 more tries", "1 more try", "ask for another"):
        with pytest.raises(Invalid, match=f"not the code for phone; {left}"):
            await methods.verify(devices.house, BOB, "bob", "phone", wrong(code))
    with pytest.raises(Invalid, match="no code for phone that is still good"):
        await methods.verify(devices.house, BOB, "bob", "phone", code)


async def test_a_code_is_good_for_ten_minutes_and_once(devices: Devices, clock: HandClock) -> None:
    await methods.add(devices.house, BOB, "bob", "sms", GIVEN, "phone")
    code = await devices.code()
    clock.advance(timedelta(minutes=10))
    with pytest.raises(Invalid, match="no code for phone that is still good"):
        await methods.verify(devices.house, BOB, "bob", "phone", code)
    await methods.resend(devices.house, BOB, "bob", "phone")
    code = await devices.code()
    await methods.verify(devices.house, BOB, "bob", "phone", code)
    with pytest.raises(Invalid, match="no code for phone that is still good"):
        await methods.verify(devices.house, BOB, "bob", "phone", code)


async def test_a_new_code_ends_the_old_one(devices: Devices) -> None:
    await methods.add(devices.house, BOB, "bob", "sms", GIVEN, "phone")
    old = await devices.code()
    await methods.resend(devices.house, BOB, "bob", "phone")
    new = await devices.code()
    with pytest.raises(Invalid, match="not the code"):
        await methods.verify(devices.house, BOB, "bob", "phone", old)
    await methods.verify(devices.house, BOB, "bob", "phone", new)


async def test_a_code_that_waited_too_long_is_not_sent(devices: Devices, clock: HandClock) -> None:
    await methods.add(devices.house, BOB, "bob", "sms", GIVEN)
    clock.advance(timedelta(minutes=11))
    await devices.engine.run_due()
    assert devices.sms.sent == []


async def test_only_so_many_codes_an_hour_go_to_one_address_whatever_is_removed_meanwhile(
    devices: Devices, clock: HandClock
) -> None:
    for _ in range(5):
        added = await methods.add(devices.house, BOB, "bob", "sms", GIVEN)
        await methods.remove(devices.house, BOB, "bob", added.id)
    for by in (BOB, ALICE):
        with pytest.raises(Conflict, match="At most 5 codes an hour go to one address"):
            await methods.add(devices.house, by, by.person, "sms", GIVEN)
    assert (await bob(devices.house)).methods == ()
    clock.advance(timedelta(hours=1))
    await methods.add(devices.house, BOB, "bob", "sms", GIVEN)


async def test_only_so_many_codes_an_hour_go_out_for_one_person(devices: Devices) -> None:
    for n in range(10):
        await methods.add(devices.house, BOB, "bob", "sms", {"number": f"+{n}"})
    with pytest.raises(Conflict, match="At most 10 codes an hour go to one person"):
        await methods.add(devices.house, BOB, "bob", "sms", {"number": "+10"})


@pytest.mark.parametrize(
    ("via", "given", "name", "words"),
    [
        ("pigeon", GIVEN, "", "'pigeon' is no way to reach people that is set up here; there are: sms, push"),
        ("sms", {"number": "12"}, "", "'12' is no number"),
        ("sms", {"nummer": "12"}, "", "SMS has no field nummer; it has number"),
        ("sms", {"number": f"+{'1' * 4000}"}, "", "An address has at most 4,000 characters"),
        ("sms", GIVEN, "slack", "slack means something else in rules"),
        ("sms", GIVEN, "push", "push means something else in rules"),
        ("sms", GIVEN, "m7", "m7 means something else in rules"),
        ("sms", GIVEN, "ö", "'ö' is no name for a contact method"),
    ],
)
async def test_what_can_be_no_contact_method_is_refused_by_name(
    devices: Devices, via: str, given: dict[str, str], name: str, words: str
) -> None:
    with pytest.raises(Invalid, match=words):
        await methods.add(devices.house, BOB, "bob", via, given, name)


async def test_the_same_device_or_name_twice_is_refused(devices: Devices) -> None:
    await methods.add(devices.house, BOB, "bob", "sms", GIVEN, "phone")
    with pytest.raises(Conflict, match="has that contact method already"):
        await methods.add(devices.house, BOB, "bob", "sms", GIVEN)
    with pytest.raises(Conflict, match="has a contact method phone already"):
        await methods.add(devices.house, BOB, "bob", "sms", {"number": "+1"}, "phone")
    second = await methods.add(devices.house, BOB, "bob", "sms", {"number": "+1"})
    assert second.name == "sms-1"
    with pytest.raises(Conflict, match="has a contact method phone already"):
        await methods.rename(devices.house, BOB, "bob", "sms-1", "phone")


async def test_nobody_but_they_and_an_admin_may_change_how_they_are_reached(devices: Devices) -> None:
    await methods.add(devices.house, BOB, "bob", "sms", GIVEN, "phone")
    nobody = By(Actor("", "api", "the key ci"))
    for by in (ALICE, nobody):
        with pytest.raises(Forbidden, match="can't look at or change how bob is reached"):
            await methods.add(devices.house, by, "bob", "sms", {"number": "+1"})
        with pytest.raises(Forbidden, match="can't look at or change how bob is reached"):
            await methods.remove(devices.house, by, "bob", "phone")
        with pytest.raises(Forbidden, match="can't look at or change how bob is reached"):
            await choosing.choose_rules(devices.house, by, "bob", {})


async def test_an_admin_may_add_a_device_but_not_verify_it(devices: Devices) -> None:
    added = await methods.add(devices.house, ADMIN, "bob", "sms", GIVEN, "phone")
    code = await devices.code()
    with pytest.raises(Forbidden, match="Only bob can verify a contact method of theirs"):
        await methods.verify(devices.house, ADMIN, "bob", "phone", code)
    assert shown(devices.house, added) == "+49…78"
    await methods.verify(devices.house, BOB, "bob", "phone", code)


async def test_they_hear_of_each_change_on_what_they_had_before(devices: Devices, mailbox: Mailbox) -> None:
    await methods.add(devices.house, ADMIN, "bob", "sms", GIVEN, "phone")
    await devices.engine.run_due()
    told = [(one.to, one.via) for one in mailbox.notices if "dora added *phone* (SMS)" in one.text]
    assert sorted(told) == [("bob", "email"), ("bob", "slack")]
    await methods.remove(devices.house, BOB, "bob", "phone")
    await devices.engine.run_due()
    assert any("You removed *phone* (SMS)" in one.text for one in mailbox.notices)
    assert all(NUMBER not in one.text for one in mailbox.notices)


async def test_each_change_stands_in_the_log_without_the_address(
    devices: Devices, pool: asyncpg.Pool
) -> None:
    await devices.verified(name="phone")
    await choosing.choose_rules(devices.house, BOB, "bob", {"high": ["phone"]})
    await methods.remove(devices.house, BOB, "bob", "phone")
    found = await pool.fetch("SELECT by, words FROM oncall_changes WHERE subject = 'bob' ORDER BY id")
    assert [(row["by"], row["words"]) for row in found] == [
        ("bob", "added a contact method of bob (SMS)"),
        ("bob", "verified a contact method of bob (sms)"),
        ("bob", "set by which rules bob is reached"),
        ("bob", "removed a contact method of bob (sms)"),
    ]


async def test_removing_the_last_device_warns_and_more_so_who_is_on_call(devices: Devices) -> None:
    await devices.verified(name="phone")
    look = await methods.remove(devices.house, BOB, "bob", "phone", preview=True)
    assert look.warnings == (
        "Only slack and email is left to reach bob: add one that wakes them",
        "bob is on call now",
    )
    assert len((await bob(devices.house)).methods) == 1
    await people.save_person(devices.house, "erik", name="Erik")
    erik = By(Actor("erik", "web"))
    await devices.verified(erik, "+2", "phone")
    gone = await methods.remove(devices.house, erik, "erik", "phone")
    assert gone.warnings == ("erik can't be reached at all now: add another contact method",)


async def test_rules_go_by_names_survive_a_renaming_and_go_with_the_device(devices: Devices) -> None:
    await devices.verified(name="phone")
    await choosing.choose_rules(
        devices.house, BOB, "bob", {"high": ["phone", "slack after 2m"], "low": ["sms"]}
    )
    await methods.rename(devices.house, BOB, "bob", "phone", "mobile")
    assert choosing.written_rules(await bob(devices.house)) == {
        "high": ["mobile", "slack after 2m"],
        "low": ["sms"],
    }
    await methods.remove(devices.house, BOB, "bob", "mobile")
    assert choosing.written_rules(await bob(devices.house)) == {"high": ["slack after 2m"], "low": ["sms"]}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"urgent": []}, "'urgent' is no urgency; there are high, low"),
        ({"high": ["phone later"]}, "'phone later' is no rule: write phone, or phone after 5m"),
        ({"high": ["pigeon"]}, "bob has no contact method pigeon; there are: slack, email"),
        ({"high": ["slack after 2d"]}, "a rule waits at most 1 day"),
        ({"high": ["slack after 2m"]}, "The first rule for high has to be at once"),
        ({"low": ["slack"] * 21}, "There are 21 rules for low; at most 20 are taken"),
    ],
)
async def test_wrong_rules_are_refused_by_name(
    devices: Devices, said: dict[str, list[str]], words: str
) -> None:
    with pytest.raises((Invalid, NotFound), match=words):
        await choosing.choose_rules(devices.house, BOB, "bob", said)


async def test_quiet_hours_need_a_zone_and_two_times(devices: Devices) -> None:
    with pytest.raises(Invalid, match="bob has no time zone"):
        await choosing.choose_quiet(devices.house, BOB, "bob", "22:00-07:00")
    await people.save_person(devices.house, "bob", name="Bob", email="bob@acme.example", zone="Europe/Berlin")
    for text in ("22-7", "22:00-22:00", "24:00-07:00"):
        with pytest.raises(Invalid, match="no quiet hours: write them as 22:00-07:00"):
            await choosing.choose_quiet(devices.house, BOB, "bob", text)
    await choosing.choose_quiet(devices.house, BOB, "bob", "22:00-07:00")
    assert str((await bob(devices.house)).quiet) == "22:00-07:00"
    await choosing.choose_quiet(devices.house, BOB, "bob", "")
    assert (await bob(devices.house)).quiet is None


async def test_a_code_that_cannot_be_sent_marks_the_device(devices: Devices) -> None:
    await methods.add(devices.house, BOB, "bob", "sms", GIVEN, "phone")
    devices.sms.answers.append(Refused("21211: no valid number"))
    await devices.engine.run_due()
    assert method_of(await bob(devices.house), "phone").failing == "21211: no valid number"


async def test_whoever_leaves_takes_their_devices_along(devices: Devices, pool: asyncpg.Pool) -> None:
    await devices.verified(ALICE, name="phone")
    await choosing.choose_rules(devices.house, ALICE, "alice", {"high": ["phone"]})
    await people.remove_person(devices.house, "alice")
    assert await pool.fetchval("SELECT count(*) FROM contact_methods") == 0
    await people.save_person(devices.house, "alice", name="Another Alice")
    assert (await people.everybody(devices.house)).people["alice"].contacts == ()
