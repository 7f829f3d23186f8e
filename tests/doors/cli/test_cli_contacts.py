"""`tocsin contact …`, as somebody types it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from doubles import Mailbox
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.core.work import Later, Refused
from walks.device_steps import ALICE, NUMBER, Devices, with_devices

Run = Callable[..., Awaitable[Any]]


@pytest.fixture
def devices(house: House, clock: HandClock, mailbox: Mailbox) -> Devices:
    return with_devices(house, clock, mailbox)


async def test_a_device_is_added_verified_and_shown(devices: Devices, alice: Run) -> None:
    listed = await alice("contact", "channels")
    added = await alice("contact", "add", "sms", NUMBER, "--name", "phone")
    verified = await alice("contact", "verify", "phone", await devices.code())
    ruled = await alice("contact", "rules", "high", "phone", "slack after 2m")

    assert "sms      SMS     number" in listed.out
    assert added.out.splitlines() == [
        "A code was sent to phone (SMS +49…78).",
        "It is used once you typed that: tocsin contact verify phone CODE",
    ]
    assert verified.out == "phone is verified: pages reach you there from now on.\n"
    assert ruled.out.splitlines()[:8] == [
        "METHOD  CHANNEL  STATE  ADDRESS",
        "slack   Slack    ok     UALICE001",
        "email   e-mail   ok     alice@acme.example",
        "phone   SMS      ok     +49…78",
        "",
        "A page of high urgency now (phone, slack after 2m):",
        "  phone: at once",
        "  slack: after 2 min",
    ]
    assert "  email: no, no rule names it" in ruled.out


async def test_why_a_device_is_not_verified_is_said(devices: Devices, alice: Run, clock: HandClock) -> None:
    async def state() -> str:
        [line] = [one for one in (await alice("contact", "list")).out.splitlines() if one.startswith("phone")]
        return " ".join(line.split())

    await alice("contact", "add", "sms", NUMBER, "--name", "phone")
    code = await devices.code()
    asked = "phone SMS not verified: its code has not been typed in, and is good until 09:10 UTC +49…78"
    assert await state() == asked

    for _ in range(5):
        await alice("contact", "verify", "phone", f"{(int(code) + 1) % 1_000_000:06}")
    assert await state() == "phone SMS not verified: a wrong code was typed 5 times, ask for another +49…78"

    await alice("contact", "code", "phone")
    await devices.code()
    clock.advance(timedelta(minutes=10))
    expired = "phone SMS not verified: its code expired at 2026-03-02 09:10 UTC, ask for another +49…78"
    assert await state() == expired

    await alice("contact", "code", "phone")
    devices.sms.answers.append(Later("the provider is down"))
    await devices.engine.run_due()
    down = "phone SMS not verified: its code did not come there: the provider is down +49…78"
    assert await state() == down

    clock.advance(timedelta(minutes=1))
    devices.sms.answers.append(Refused("21211: no valid number"))
    await devices.engine.run_due()
    refused = "phone SMS not verified: its code did not come there: 21211: no valid number +49…78"
    assert await state() == refused


async def test_removing_the_last_device_is_asked_about(devices: Devices, alice: Run) -> None:
    await alice("contact", "add", "sms", f"number={NUMBER}")
    no = await alice("contact", "remove", "sms-1", stdin="n\n")
    assert (no.code, "! Only slack and email is left to reach alice" in no.err) == (1, True)
    yes = await alice("contact", "remove", "sms-1", "--yes")
    assert yes.out == "sms-1 is removed.\n"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("add", "pigeon", "x"), 2, "'pigeon' is no way to reach people that is set up here"),
        (("add", "sms", "a=1", "b"), 2, "'b' is no field: write it as FIELD=VALUE"),
        (("rules", "urgent", "slack"), 2, "'urgent' is no urgency; there are high, low"),
        (("quiet", "22:00-07:00"), 2, "alice has no time zone"),
        (("verify", "phone", "1"), 1, "alice has no contact method phone; there are: slack, email"),
        (("list", "--person", "bob"), 1, "can't look at or change how bob is reached"),
    ],
)
async def test_what_is_wrong_is_said(
    devices: Devices, alice: Run, words: tuple[str, ...], code: int, said: str
) -> None:
    ended = await alice("contact", *words)
    assert (ended.code, said in ended.err) == (code, True)


async def test_a_test_page_and_readiness(devices: Devices, alice: Run) -> None:
    await devices.verified(ALICE, name="phone")
    sent = await alice("page", "test", "alice")
    await devices.engine.run_due()
    tested = await alice("contact", "tested", "alice")
    ready = await alice("contact", "readiness")

    assert sent.out.splitlines()[0] == "Test page of 03-02 09:00 UTC for alice, asked by alice:"
    assert "slack   slack    handed over  -         -" in tested.out
    assert "phone   sms      handed over  -         -" in tested.out
    assert (
        "bob: ok, by Slack, e-mail (schedule ops, team ops_team)\n  - nothing wakes them: only Slack"
        in ready.out
    )


async def test_a_secret_is_read_from_standard_input_and_one_that_there_is_none_of_is_refused(
    devices: Devices, alice: Run
) -> None:
    await alice("contact", "add", "sms", NUMBER, "--name", "phone")
    empty = await alice("contact", "secret", "phone", stdin="")
    refused = await alice("contact", "secret", "phone", stdin="whsec_abc\n")

    assert "No secret came on standard input: openssl rand -base64 32 makes one" in empty.err
    assert "SMS has no secret to change" in refused.err
