"""Test pages try every device; readiness says who can be reached; admins hear on Mondays of those who can't."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from doubles import Mailbox
from tocsin.acts import people
from tocsin.acts.contacts import choosing, methods, testing
from tocsin.acts.contacts.readiness import ready_people
from tocsin.acts.house import House
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.policies_saved import save_policy
from tocsin.clock import HandClock
from tocsin.core.channel import TEST, Can
from tocsin.core.readiness import Ready
from tocsin.core.work import Refused
from tocsin.errors import Conflict, Forbidden, Invalid, NotFound
from walks.device_steps import ADMIN, ALICE, BOB, NUMBER, Devices, with_devices

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
GONE = "21211: no valid number"


@pytest.fixture
async def devices(house: House, clock: HandClock, mailbox: Mailbox) -> Devices:
    found = with_devices(house, clock, mailbox)
    found.sms.can = Can(answers=True, tells_delivery=True, interrupts=True, length=160)
    await found.engine.run_due()  # From here on it is known until when was looked.
    return found


async def ready(house: House, person: str = "bob") -> Ready:
    return next(one for one in await ready_people(house) if one.person == person)


def amiss(one: Ready) -> list[tuple[str, bool]]:
    return [(some.words, some.is_grave) for some in one.amiss]


async def test_a_test_page_goes_to_every_method_whatever_the_rules_say_and_shows_what_came_of_it(
    devices: Devices, mailbox: Mailbox
) -> None:
    await devices.verified()
    await choosing.choose_rules(devices.house, BOB, "bob", {"high": ["email"]})
    await testing.start(devices.house, BOB, "bob")
    await devices.engine.run_due()

    [sms] = devices.sms.take()
    assert (sms.purpose, sms.short[:21], bool(sms.ticket)) == (TEST, "Test page from Tocsin", True)
    assert sorted(one.via for one in mailbox.notices if "Test page" in one.text) == ["email", "slack"]
    said = await devices.heard.answered("sms", does="acknowledge", ticket=sms.ticket)
    assert said == "Thank you: pages reach you here."
    found = await testing.last_test(devices.house, BOB, "bob")
    assert {one.contact: (one.state, bool(one.answered_at)) for one in found.messages} == {
        "slack": ("handed over", False),
        "email": ("handed over", False),
        "m1": ("handed over", True),
    }
    assert found.answered_at == devices.clock.now()


async def test_what_a_provider_refused_stands_in_the_test_and_once_in_readiness(devices: Devices) -> None:
    await devices.verified()
    devices.sms.answers.append(Refused(GONE))
    await testing.start(devices.house, BOB, "bob")
    await devices.engine.run_due()
    found = await testing.last_test(devices.house, BOB, "bob")
    assert [(one.state, one.words) for one in found.messages if one.contact == "m1"] == [("failed", GONE)]
    assert [one for one in amiss(await ready(devices.house)) if GONE in one[0]] == [
        (f"SMS is failing: {GONE}", True)
    ]


async def test_the_link_in_a_test_page_confirms_it_and_no_other_does(devices: Devices) -> None:
    await devices.verified()
    await testing.start(devices.house, BOB, "bob")
    await devices.engine.run_due()
    [sms] = devices.sms.take()
    assert sms.answer_link == devices.house.places.test_page(sms.ticket)
    assert await testing.confirm(devices.house, sms.ticket) == "bob"
    assert (await testing.last_test(devices.house, BOB, "bob")).answered_at is not None
    with pytest.raises(NotFound, match="no such test page"):
        await testing.confirm(devices.house, "aaaaaa")


async def test_an_answer_to_a_page_is_not_held_up_by_a_test_that_nobody_answered(devices: Devices) -> None:
    contact = await devices.verified()
    await testing.start(devices.house, BOB, "bob")
    walk = await devices.incident()
    said = await devices.heard.answered("sms", does="acknowledge", address=contact.address)
    assert said == f"You have acknowledged {walk.ref}."


async def test_who_may_be_tested_and_how_often(devices: Devices) -> None:
    with pytest.raises(Forbidden, match="can't look at or change how bob is reached"):
        await testing.start(devices.house, ALICE, "bob")
    with pytest.raises(NotFound, match="bob was never tested: tocsin page test bob"):
        await testing.last_test(devices.house, BOB, "bob")
    await testing.start(devices.house, ADMIN, "bob")
    with pytest.raises(Conflict, match="A test page went to bob just now"):
        await testing.start(devices.house, BOB, "bob")
    await people.save_person(devices.house, "erik", name="Erik")
    with pytest.raises(Conflict, match="erik has no contact method that could be tried"):
        await testing.start(devices.house, OPERATOR, "erik")


async def test_readiness_says_who_is_reached_how_and_what_is_amiss(devices: Devices) -> None:
    await people.save_person(devices.house, "erik", name="Erik")
    await people.save_team(devices.house, "web", ["erik"])
    await methods.add(devices.house, BOB, "bob", "push", {"number": "+1"})
    found = await ready_people(devices.house)
    assert [one.person for one in found] == ["erik", "alice", "bob"], "who can't be reached comes first"
    assert amiss(found[0]) == [("can't be reached at all", True), ("never tested", False)]
    bob = found[2]
    assert (bob.ways, bob.because) == (("Slack", "e-mail"), ("schedule ops", "team ops_team"))
    assert amiss(bob) == [
        ("nothing wakes them: only Slack and e-mail", False),
        ("Push is not verified", False),
        ("never tested", False),
    ]
    await devices.verified()
    assert "nothing wakes them" not in str(amiss(await ready(devices.house)))


async def test_a_test_page_that_is_not_answered_within_the_hour_is_grave(
    devices: Devices, clock: HandClock
) -> None:
    await devices.verified()
    await testing.start(devices.house, BOB, "bob")
    await devices.engine.run_due()
    assert not (await ready(devices.house)).is_at_risk
    clock.advance(HOUR)
    assert ("the test page of 2 Mar 2026 was not answered", True) in amiss(await ready(devices.house))


async def digests(devices: Devices, at: datetime) -> list[str]:
    devices.mailbox.notices.clear()
    devices.clock.set(at)
    await devices.engine.run_due()
    return [
        f"{one.to} {one.via}: {one.text}"
        for one in devices.mailbox.notices
        if "Pages may not reach" in one.text
    ]


async def test_on_mondays_at_nine_of_their_zone_admins_hear_who_may_not_be_reached(devices: Devices) -> None:
    await people.save_person(
        devices.house, "dora", name="Dora", email="dora@acme.example", rights=("admin",), zone="Asia/Tokyo"
    )
    await people.save_person(devices.house, "erik", name="Erik")
    await people.save_team(devices.house, "web", ["erik"])
    monday = datetime(2026, 3, 9, 0, 0, tzinfo=UTC)  # 09:00 in Tokyo
    assert await digests(devices, monday - timedelta(minutes=15)) == []
    [said] = await digests(devices, monday)
    assert said.startswith("dora email: Pages may not reach Erik")
    assert "*Erik*: can't be reached at all" in said
    assert await digests(devices, monday + HOUR) == []
    assert await digests(devices, monday + DAY) == []
    assert len(await digests(devices, monday + 7 * DAY)) == 1


async def test_where_all_is_well_nobody_hears_of_it(devices: Devices) -> None:
    await people.save_person(devices.house, "dora", name="Dora", email="dora@acme.example", rights=("admin",))
    assert await digests(devices, datetime(2026, 3, 9, 9, 0, tzinfo=UTC)) == []


async def sent_by_itself(devices: Devices, at: datetime) -> list[str]:
    devices.clock.set(at)
    await devices.engine.run_due()
    return [one.person for one in devices.sms.take() if one.purpose == TEST]


async def test_once_a_month_devices_are_tried_by_themselves_in_working_hours(devices: Devices) -> None:
    devices.house.monthly_tests = True
    await people.save_person(
        devices.house, "bob", name="Bob", email="bob@acme.example", zone="UTC", hours="Tue-Fri 13:00-17:00"
    )
    await devices.verified()
    assert await sent_by_itself(devices, datetime(2026, 3, 2, 14, 0, tzinfo=UTC)) == []
    assert await sent_by_itself(devices, datetime(2026, 3, 3, 12, 45, tzinfo=UTC)) == []
    assert await sent_by_itself(devices, datetime(2026, 3, 3, 13, 0, tzinfo=UTC)) == ["bob"]
    assert (await testing.last_test(devices.house, BOB, "bob")).by_itself
    assert await sent_by_itself(devices, datetime(2026, 3, 4, 13, 0, tzinfo=UTC)) == []
    assert await sent_by_itself(devices, datetime(2026, 4, 2, 14, 0, tzinfo=UTC)) == ["bob"]


async def test_nothing_is_tried_by_itself_where_it_is_switched_off_or_there_is_no_device(
    devices: Devices,
) -> None:
    await devices.verified()
    assert await sent_by_itself(devices, datetime(2026, 3, 3, 12, 0, tzinfo=UTC)) == []
    devices.house.monthly_tests = True
    await methods.remove(devices.house, BOB, "bob", "sms-1")
    await devices.engine.run_due()
    devices.mailbox.notices.clear()
    await sent_by_itself(devices, datetime(2026, 3, 4, 12, 0, tzinfo=UTC))
    assert [one for one in devices.mailbox.notices if "Test page" in one.text] == []


async def test_whom_a_policy_names_has_to_be_reachable_too(devices: Devices) -> None:
    steps = [{"to": ["on-call"]}, {"to": ["person:carol"]}]
    await save_policy(devices.house, OPERATOR, {"id": "pay", "steps": steps, "last_resort": ["person:alice"]})

    assert "policy pay" in (await ready(devices.house, "carol")).because
    assert "policy pay" in (await ready(devices.house, "alice")).because


async def test_1_answers_what_is_only_a_test_and_no_page(devices: Devices) -> None:
    await devices.verified()
    walk = await devices.incident()
    [page] = devices.sms.take()
    await testing.start(devices.house, BOB, "bob")
    await devices.engine.run_due()

    with pytest.raises(Invalid, match="1 answers pages that are only a test; 4 acknowledges this one"):
        await devices.heard.answered("sms", does="confirm", ticket=page.ticket)
    said = await devices.heard.answered("sms", does="confirm", address=NUMBER)

    assert said == "Thank you: pages reach you here."
    assert not (await walk.incident()).alert.acknowledged_at
