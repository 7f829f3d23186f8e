"""Many incidents at once: one message for each person and device, limits shared with alerts, and nothing lost whoever is killed."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from alert_steps import KEY
from doubles import Mailbox
from tocsin.acts import incidents, looks
from tocsin.acts.alerting.opening import open_alert
from tocsin.acts.alerting.watching import alive
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.core import facts as f
from tocsin.core.alerting.alert import opening_of
from tocsin.core.case import Actor
from tocsin.core.channel import PAGED, TOLD, Can
from tocsin.core.facts import TOCSIN
from tocsin.core.incident import Incident
from tocsin.core.work import Later, Refused
from tocsin.engine import deliveries
from tocsin.engine.loop import Engine
from tocsin.store import works as work_rows
from walks.device_steps import ALICE, BOB, Devices, with_devices

BOB_BY_SMS = Actor("bob", "sms")
ALICE_ON_SLACK = Actor("alice", "slack")


@pytest.fixture
def devices(house: House, clock: HandClock, mailbox: Mailbox) -> Devices:
    return with_devices(house, clock, mailbox)


async def declared(devices: Devices, many: int, severity: str = "", first: int = 1) -> list[str]:
    """So many incidents at the same moment, with nothing carried out yet; their refs."""
    refs = []
    for n in range(first, first + many):
        report = incidents.NewReport("api", f"thing {n} is broken", "jane", outside=False)
        made = await incidents.declare(
            devices.house, Actor("bob", "api"), report, severity=severity, reason="x" if severity else ""
        )
        refs.append(made.ref)
    return refs


async def seen(devices: Devices, ref: str) -> Incident:
    return (await looks.case(devices.house, ref, TOCSIN)).incident


async def on(devices: Devices, ref: str, via: str) -> list[f.PageDelivered]:
    found = [one.what for one in (await seen(devices, ref)).facts if isinstance(one.what, f.PageDelivered)]
    return [one for one in found if one.via == via]


async def test_thirty_incidents_are_one_text_message_and_each_has_it_as_evidence(devices: Devices) -> None:
    await devices.verified()
    refs = await declared(devices, 29) + await declared(devices, 1, first=30)

    await devices.engine.run_due()

    [sms] = devices.sms.take()
    assert sms.short.startswith("30 incidents, first INC-30: thing 30 is broken")
    assert "… and 20 more" in sms.text
    assert (sms.purpose, sms.count, len(sms.short) <= 160) == (PAGED, 30, True)
    for ref in refs:
        [one] = await on(devices, ref, "sms")
        assert (one.message, one.among) == ("sms-2", 30)
    assert (
        len([one for one in devices.mailbox.sent if one.does == "page"]) == 60
    )  # Slack and e-mail, each with its buttons.


async def test_the_severe_is_named_first_and_one_answer_acknowledges_all_and_says_who_was_first(
    devices: Devices,
) -> None:
    await devices.verified()
    await declared(devices, 1)
    await declared(devices, 2, severity="low", first=2)
    await devices.engine.run_due()
    [sms] = devices.sms.take()
    assert sms.short.startswith("3 incidents, first INC-1")
    await incidents.acknowledge(devices.house, ALICE_ON_SLACK, "INC-2")

    said = await devices.heard.answered("sms", does="acknowledge", ticket=sms.ticket)

    assert said == "You have acknowledged INC-1, INC-3. alice has acknowledged INC-2 already."
    assert (await seen(devices, "INC-3")).alert.acknowledged_by == "bob"
    resolved = await devices.heard.answered("sms", does="resolve", address=sms.to)
    assert resolved.endswith(
        f"To resolve them, their owners say what was done: {devices.house.places.incidents}"
    )


async def test_what_comes_within_seconds_waits_for_its_device_and_goes_out_as_one(devices: Devices) -> None:
    await devices.verified()
    await declared(devices, 1)
    await devices.engine.run_due()
    await declared(devices, 3, first=2)
    await devices.engine.run_due()
    assert [one.count for one in devices.sms.take()] == [1]

    await devices.walk.wait(5 / 60)

    assert [one.count for one in devices.sms.take()] == [3]


async def test_when_others_answer_it_is_told_in_one_message_too(devices: Devices) -> None:
    await devices.verified()
    refs = await declared(devices, 4)
    await devices.engine.run_due()
    devices.sms.take()
    for ref in refs:
        await incidents.own(devices.house, ALICE_ON_SLACK, ref)

    await devices.engine.run_due()

    [told] = devices.sms.take()
    assert (told.purpose, told.short) == (TOLD, "INC-1, INC-2, INC-3, INC-4. Alice owns it.")


async def test_a_message_of_many_keeps_its_buttons_until_the_last_is_answered(devices: Devices) -> None:
    await devices.verified(number="+1", via="push")
    await declared(devices, 2)
    await devices.engine.run_due()
    [page] = devices.push.take()

    await incidents.own(devices.house, ALICE_ON_SLACK, "INC-1")
    await devices.engine.run_due()
    assert devices.push.take() == []
    await incidents.own(devices.house, ALICE_ON_SLACK, "INC-2")
    await devices.engine.run_due()

    [told] = devices.push.take()
    assert (told.of, told.ticket, told.subject) == ("push-2", "", "All of them are answered")
    assert "*INC-1* thing 1 is broken: Alice owns it." in told.text
    assert page.ticket


async def test_a_message_that_fails_goes_the_next_way_for_each_of_them(devices: Devices) -> None:
    await devices.verified()
    await devices.verified(number="+1", via="push", name="phone")
    refs = await declared(devices, 3)
    devices.sms.answers = [Refused("the number is none")]

    await devices.engine.run_due()

    assert ([one.count for one in devices.push.take()], devices.sms.take()) == ([3], [])
    refused = [
        one.what for one in (await seen(devices, refs[2])).facts if isinstance(one.what, f.DeliveryRefused)
    ]
    assert [(one.via, one.why) for one in refused] == [("sms", "the number is none")]


async def test_what_could_not_go_out_is_tried_again_as_the_same_message(devices: Devices) -> None:
    await devices.verified()
    await declared(devices, 3)
    devices.sms.answers = [Later("busy")]
    await devices.engine.run_due()
    await declared(devices, 1, first=4)

    await devices.walk.wait(1)

    assert sorted(one.count for one in devices.sms.take()) == [1, 3]


async def test_a_node_killed_between_leaves_each_sent_or_sent_again_under_the_same_key(
    devices: Devices, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await devices.verified()
    refs = await declared(devices, 3)
    record, times = deliveries.acts.record, 0

    async def killed(*given: object) -> None:
        nonlocal times
        is_page = given[1].work.via == "sms"  # type: ignore[attr-defined]
        times += is_page
        if is_page and times > 1:
            raise KeyboardInterrupt  # As by kill -9: nothing after the first is written down.
        await record(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(deliveries.acts, "record", killed)
    with pytest.raises(KeyboardInterrupt):
        await devices.engine.run_due()
    monkeypatch.undo()
    assert [len(await on(devices, ref, "sms")) for ref in refs] == [1, 0, 0]
    async with pool.acquire() as conn:
        await work_rows.free_dead(conn, devices.clock.now())
    await devices.engine.run_due()

    first, again = devices.sms.take()
    assert (first.key, first.ticket, again.count) == (again.key, again.ticket, 2)
    assert [len(await on(devices, ref, "sms")) for ref in refs] == [1, 1, 1]


async def test_alerts_and_incidents_count_together_and_who_gets_too_many_gets_them_collected_and_nothing_less(
    devices: Devices,
) -> None:
    devices.house.pages_per_hour = 4
    await devices.verified()
    for n in range(3):
        await open_alert(devices.house, KEY, opening_of(f"Disk {n}"), to=["person:bob"])
        await devices.walk.wait(1)
    devices.sms.take()
    devices.mailbox.sent.clear()
    await declared(devices, 1)
    await devices.walk.wait(1)
    devices.sms.take()

    await declared(devices, 1, first=2)
    await devices.engine.run_due()
    await devices.walk.wait(1)
    await declared(devices, 1, first=3)
    await devices.engine.run_due()
    assert devices.sms.take() == []
    assert (
        len([one for one in devices.mailbox.sent if one.does == "page"]) >= 6
    )  # The cheaper ways say it at once.
    await devices.walk.wait(2.1)

    [sms] = devices.sms.take()
    assert sms.count == 2
    assert "More than 4 messages went to you within the hour" in sms.text


async def test_what_is_more_severe_than_what_they_got_does_not_wait_to_be_collected(devices: Devices) -> None:
    devices.house.pages_per_hour = 2
    await devices.verified()
    await declared(devices, 2, severity="low")
    await devices.walk.wait(0)
    devices.sms.take()
    await devices.walk.wait(1)

    await declared(devices, 1, severity="low", first=3)
    await declared(devices, 1, first=4)
    await devices.engine.run_due()

    [sms] = devices.sms.take()
    assert sms.short.startswith("2 incidents, first INC-4")


async def test_what_a_provider_takes_in_a_second_is_shared_by_incidents_and_alerts(devices: Devices) -> None:
    devices.sms.can = Can(answers=True, length=160, per_second=1)
    await devices.verified()
    await devices.verified(ALICE, "+4915100000001")
    await devices.walk.wait(1)
    devices.sms.take()
    await open_alert(devices.house, KEY, opening_of("Disk"), to=["person:alice"])
    await declared(devices, 2)

    await devices.engine.run_due()
    first = devices.sms.take()
    await devices.walk.wait(2 / 60)

    assert [one.person for one in first] == ["bob"]
    assert [one.person for one in devices.sms.take()] == ["alice"]
    assert BOB.person == "bob"


async def test_three_nodes_tell_a_person_of_each_incident_once(devices: Devices, pool: asyncpg.Pool) -> None:
    await devices.verified()
    refs = await declared(devices, 30)
    reaches = devices.engine._reaches
    nodes = [Engine(devices.house, reaches) for _ in range(3)]
    running = [asyncio.create_task(one.run()) for one in nodes]
    waiting = "SELECT count(*) FROM works WHERE does = 'page' AND state <> 'done'"
    for _ in range(500):
        if not await pool.fetchval(waiting):
            break
        await asyncio.sleep(0.02)
    for one in nodes:
        one.stop()
    await asyncio.wait(running, timeout=10)

    sent = devices.sms.take()
    assert sum(one.count for one in sent) == 30
    assert len(sent) <= len(nodes), "at most one of each node, where all claim at the same instant"
    assert [len(await on(devices, ref, "sms")) for ref in refs] == [1] * 30


async def test_after_an_outage_of_ours_pages_of_incidents_say_since_when_they_waited(
    devices: Devices, clock: HandClock
) -> None:
    await devices.verified()
    house = devices.house
    async with house.pool.acquire() as conn:
        await alive(house, conn)
    await declared(devices, 3)
    clock.advance(timedelta(minutes=20))
    async with house.pool.acquire() as conn:
        assert await alive(house, conn) == timedelta(minutes=20)

    await devices.engine.run_due()

    late = "It waited for 20 min, since 09:00 UTC: Tocsin could not send it before."
    [sms] = devices.sms.take()
    assert sms.short == f"3 incidents, first INC-3: thing 3 is broken. Severity high. {late}"
    assert sms.text.endswith(late)
    on_call = [one.text for one in devices.mailbox.take("page") if "Late: " not in one.text]
    assert len(on_call) == 6
    assert all(text.endswith(late) for text in on_call)
