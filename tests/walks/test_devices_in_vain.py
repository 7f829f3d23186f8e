"""A page of an incident that a device does not bring goes on by the person's next rule at once, and by no other."""

from __future__ import annotations

import pytest

from doubles import Mailbox
from tocsin.acts import looks, people
from tocsin.acts.contacts import choosing
from tocsin.acts.house import House
from tocsin.acts.incidents import acknowledge
from tocsin.acts.receiving import DELIVERED, FAILED
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN, Paged
from tocsin.core.work import Later, Refused
from tocsin.engine.pager import Pager
from walks.device_steps import BOB, Devices, with_devices

RULES = {"high": ["phone", "watch after 5m", "email after 8m"]}


@pytest.fixture
async def devices(house: House, clock: HandClock, mailbox: Mailbox) -> Devices:
    made = with_devices(house, clock, mailbox)
    await made.verified(name="phone")
    await made.verified(number="+1", via="push", name="watch")
    await choosing.choose_rules(house, BOB, "bob", RULES)
    return made


def paged(devices: Devices) -> dict[str, int]:
    """How many pages came by each way since it was asked last."""
    email = [one for one in devices.mailbox.take("page") if one.via == "email"]
    return {"sms": len(devices.sms.take()), "push": len(devices.push.take()), "email": len(email)}


async def said_of(devices: Devices, state: str) -> None:
    """What the provider says of the newest text message."""
    await devices.heard.told("sms", f"sms-{next(devices.sms.numbers) - 1}", state, "no such number")
    await devices.engine.run_due()


async def overdue(devices: Devices) -> None:
    await Pager(devices.house, 1).overdue()
    await devices.engine.run_due()


async def test_what_the_provider_could_not_deliver_goes_by_the_next_rule_at_once(devices: Devices) -> None:
    await devices.incident()
    assert paged(devices) == {"sms": 1, "push": 0, "email": 0}
    await said_of(devices, FAILED)
    assert paged(devices) == {"sms": 0, "push": 1, "email": 0}


async def test_what_was_delivered_leaves_the_later_rules_their_time(devices: Devices) -> None:
    walk = await devices.incident()
    paged(devices)
    await said_of(devices, DELIVERED)
    await walk.wait(2)
    await overdue(devices)
    assert paged(devices) == {"sms": 0, "push": 0, "email": 0}
    await walk.wait(3)
    assert paged(devices)["push"] == 1


async def test_what_is_not_delivered_in_time_goes_by_the_next_rule_once(devices: Devices) -> None:
    walk = await devices.incident()
    paged(devices)
    await overdue(devices)
    assert paged(devices) == {"sms": 0, "push": 0, "email": 0}
    await walk.wait(1)
    await overdue(devices)
    await overdue(devices)
    assert paged(devices) == {"sms": 0, "push": 1, "email": 0}


async def test_what_the_provider_refuses_goes_by_the_next_rule_at_once(devices: Devices) -> None:
    devices.sms.answers.append(Refused("no such number"))
    await devices.incident()
    assert paged(devices) == {"sms": 0, "push": 1, "email": 0}


async def test_a_provider_that_is_down_brings_the_next_rule_forward_once(devices: Devices) -> None:
    devices.sms.answers.extend([Later("it is down")] * 4)
    walk = await devices.incident()
    assert paged(devices) == {"sms": 0, "push": 0, "email": 0}
    await walk.wait(0.1)
    assert paged(devices) == {"sms": 0, "push": 1, "email": 0}
    for _ in range(3):
        await walk.wait(0.3)
    assert paged(devices) == {"sms": 1, "push": 0, "email": 0}


async def test_what_was_acknowledged_meanwhile_goes_nowhere_else(devices: Devices) -> None:
    walk = await devices.incident()
    paged(devices)
    await acknowledge(walk.house, Actor("alice", "web"), walk.ref)
    await devices.engine.run_due()
    devices.sms.take(), devices.push.take()
    await said_of(devices, FAILED)
    assert paged(devices) == {"sms": 0, "push": 0, "email": 0}


async def people_paged(devices: Devices) -> list[tuple[str, ...]]:
    facts = (await looks.case(devices.house, "INC-1", TOCSIN)).incident.facts
    return [fact.what.people for fact in facts if isinstance(fact.what, Paged)]


async def test_where_no_message_goes_out_the_next_step_follows_at_once(devices: Devices) -> None:
    devices.sms.answers.append(Refused("no such number"))
    devices.push.answers.append(Refused("unknown device"))
    devices.mailbox.answers["page"] = [Refused("mailbox full")]
    await choosing.choose_rules(devices.house, BOB, "bob", {"high": ["phone", "watch", "email"]})
    await people.save_person(devices.house, "bob", name="Bob", email="bob@acme.example")
    await devices.incident()

    assert await people_paged(devices) == [("bob",), ("alice", "bob")]
    facts = (await looks.case(devices.house, "INC-1", TOCSIN)).incident.facts
    assert "no message went out" in str([fact.what for fact in facts if fact.kind == "nobody_to_page"])


async def test_a_method_that_no_rule_names_brings_it_where_those_that_one_names_do_not(
    devices: Devices,
) -> None:
    await choosing.choose_rules(devices.house, BOB, "bob", {"high": ["phone"]})
    await devices.incident()
    assert paged(devices) == {"sms": 1, "push": 0, "email": 0}
    await said_of(devices, FAILED)
    assert [(one.to, one.via) for one in devices.mailbox.take("page")] == [("bob", "slack")]
    assert await people_paged(devices) == [("bob",)]
