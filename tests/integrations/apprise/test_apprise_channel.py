"""Pages through Apprise: what a chat shows, what is let through, and what goes wrong."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
import structlog

from devices import page
from integrations.apprise.conftest import TOKEN
from tocsin.clock import HandClock
from tocsin.core.channel import TOLD, Can
from tocsin.core.work import Delivered, Later, Outcome, Refused
from tocsin.errors import Invalid
from tocsin.integrations.apprise import connect
from tocsin.integrations.apprise.channel import AppriseChannel
from tocsin.integrations.guard import UNLESS_NAMED, Guard, networks
from tocsin.settings import read_settings
from tocsin.town import Town
from tocsin.town.hooks import Said


def refused(outcome: Outcome) -> str:
    assert isinstance(outcome, Refused), outcome
    return outcome.why


def later(outcome: Outcome) -> Later:
    assert isinstance(outcome, Later), outcome
    return outcome


async def test_a_page_is_said_in_the_chat_with_its_links(
    channel: AppriseChannel, to: str, said: list[Said], clock: HandClock
) -> None:
    outcome = await channel.send(page(to, clock.now()), 1)

    assert outcome == Delivered({"message": "page/INC-7/bob/1"})
    (one,) = said
    assert one.who == "Tocsin"
    assert one.text.splitlines() == [
        "[INC-7] Page: Sign-in is broken",
        "Sign-in is broken",
        "> Nobody can sign in.",
        "You are on call.",
        "",
        "Acknowledge: https://tocsin.acme.example/ack/INC-7/bob/5f3a",
        "Open: https://tocsin.acme.example/incidents/INC-7",
    ]


async def test_words_from_outside_call_nobody(
    channel: AppriseChannel, to: str, said: list[Said], clock: HandClock
) -> None:
    text = "@here @everyone: <!channel> <@U024BE7LH> is down, ask bob@acme.example or @heretics"

    await channel.send(page(to, clock.now(), text=text), 1)

    shown = said[0].text
    assert "@\u200bhere @\u200beveryone: <\u200b!channel> <\u200b@U024BE7LH> is down" in shown
    assert "bob@acme.example or @heretics" in shown


async def test_a_text_beyond_what_the_service_takes_is_cut_and_its_links_stay(
    channel: AppriseChannel, to: str, said: list[Said], clock: HandClock
) -> None:
    await channel.send(page(to, clock.now(), text="Everything is on fire. " * 1000), 1)

    (one,) = said
    assert 3900 < len(one.text) <= 4000
    assert "…\n\nAcknowledge: https://" in one.text


async def test_what_follows_up_on_a_page_is_said_without_anything_to_answer(
    channel: AppriseChannel, to: str, said: list[Said], clock: HandClock
) -> None:
    over = page(to, clock.now(), key="told", purpose=TOLD, text="It is resolved.", answer_link="")

    await channel.send(over, 1)

    assert "Acknowledge" not in said[0].text


async def test_whom_a_message_wakes_and_who_sees_it_is_not_known_and_it_says_so(
    channel: AppriseChannel,
) -> None:
    assert channel.can == Can()


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("429", Later("Mattermost asks us to slow down (429): The service is failing on purpose", timedelta(seconds=90))),
        ("500", Later("Mattermost has trouble of its own (500): The service is failing on purpose")),
        ("413", Refused("Mattermost finds it too large (413): The service is failing on purpose")),
        ("403", Refused("Mattermost does not take the credentials in the address (403): The service is failing on purpose")),
    ],
)  # fmt: skip
async def test_what_an_answer_means(
    channel: AppriseChannel, to: str, town: Town, clock: HandClock, kind: str, outcome: Outcome
) -> None:
    town.faults.add("chat", "*", kind, retry_after=90 if kind == "429" else None)

    assert await channel.send(page(to, clock.now()), 1) == outcome


@pytest.mark.parametrize("kind", ["timeout", "lost_answer"])
async def test_an_answer_that_never_comes_is_waited_for_no_longer(
    channel: AppriseChannel, to: str, town: Town, clock: HandClock, kind: str
) -> None:
    town.faults.add("chat", "*", kind)

    why = later(await channel.send(page(to, clock.now()), 1)).why

    assert why.startswith("Mattermost can't be reached: A Connection error occurred")


async def test_a_chat_that_knows_no_such_webhook_is_told_in_its_own_words(
    channel: AppriseChannel, to: str, town: Town, clock: HandClock
) -> None:
    town.hooks.channels.clear()

    outcome = await channel.send(page(to, clock.now()), 1)

    assert refused(outcome) == "Mattermost did not understand what it was asked (400): Invalid webhook."


async def test_no_redirect_is_followed(channel: AppriseChannel, town: Town, clock: HandClock) -> None:
    to = channel.address({"url": f"json://{town.url.partition('://')[2]}/phones"})

    outcome = await channel.send(page(to, clock.now()), 1)

    assert refused(outcome).startswith("JSON sends us elsewhere: correct its address")


@contextlib.asynccontextmanager
async def server(answer: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[tuple[str, asyncio.Event]]:  # fmt: skip
    """Where a stranger's server stands, and what says that its caller has gone."""
    gone = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 500 No\r\nContent-Type: text/plain\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            await answer(writer)
        gone.set()
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        host, port = listening.sockets[0].getsockname()
        yield f"json://{host}:{port}/", gone


async def test_of_an_answer_without_end_only_the_beginning_is_read(
    channel: AppriseChannel, clock: HandClock
) -> None:
    async def pour(writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    async with server(pour) as (url, gone):
        outcome = await channel.send(page(channel.address({"url": url}), clock.now()), 1)
        await asyncio.wait_for(gone.wait(), 10)

    assert later(outcome).why.startswith("JSON has trouble of its own (500)")


async def test_a_server_that_drips_its_answer_is_cut_off_in_time(clock: HandClock) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    channel = AppriseChannel(Guard(networks("127.0.0.0/8")), timedelta(seconds=0.5))
    async with server(drip) as (url, gone):
        outcome = await channel.send(page(channel.address({"url": url}), clock.now()), 1)
        await asyncio.wait_for(gone.wait(), 10)

    assert later(outcome).why.startswith("JSON ")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "Write an address of Apprise"),
        ("nonsense", "Write an address of Apprise"),
        ("two words://x", "Write an address of Apprise"),
        (f"tgram://{'a' * 3000}", "Write an address of Apprise"),
        ("nope://somewhere/secret99", "Apprise can't use this address"),
        ("file:///etc/passwd", "Apprise can't use this address"),
        ("exec://reboot", "Apprise can't use this address"),
        ("tgram://bad", "Apprise can't use this address"),
        ("syslog://", "Tocsin sends nothing to syslog:// (it leads to the machine on which Tocsin runs"),
        ("DBUS://", "Tocsin sends nothing to dbus:// (it leads to the machine"),
        ("gnome://", "Tocsin sends nothing to gnome://"),
        ("windows://", "Tocsin sends nothing to windows://"),
        ("macosx://", "Tocsin sends nothing to macosx://"),
        ("rsyslog://10.0.0.5", "Tocsin sends nothing to rsyslog:// (it is no HTTP"),
        ("mqtt://10.0.0.5/x", "Tocsin sends nothing to mqtt:// (it is no HTTP"),
        ("mailto://bob:secret99@acme.example", "Tocsin sends nothing to mailto:// (Tocsin sends e-mail itself)"),
        ("vapid://bob@acme.example/bob", "Tocsin sends nothing to vapid:// (Tocsin speaks Web Push itself)"),
        ("discord://123456/secret99?template=/etc/passwd", "has Apprise read a file"),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/?template=http://10.0.0.5/", "has Apprise read a file"),
        ("fcm://project@apikey/bob?mode=oauth2&keyfile=/etc/passwd", "has Apprise read a file"),
        ("mmost://127.0.0.1:8065/secret99", "127.0.0.1 is within Tocsin's own network"),
        ("mmosts://localhost/secret99", "localhost is within Tocsin's own network"),
        ("jsons://0x7f.1/secret99", "Apprise can't use this address"),
        ("jsons://127.1/secret99", ""),
        ("jsons://[::ffff:10.0.0.5]/secret99", "is within Tocsin's own network"),
    ],
)  # fmt: skip
def test_what_is_not_let_through_is_refused_by_name(url: str, why: str) -> None:
    with pytest.raises(Invalid) as refusal:
        AppriseChannel(Guard()).address({"url": url})

    assert why in refusal.value.message
    assert refusal.value.field == "url"
    assert "secret99" not in refusal.value.message


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("tgram://123456789:ABCdefGHIjklMNOpqrsTUVwxyz1234567/987654321", "Telegram (tgram://…21)"),
        ("https://discord.com/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", "Discord (https://…js)"),
        ("mmosts://chat.acme.example/8fk2q0xw7e4711ab9c3d5e6f7g8h", "Mattermost (mmosts://…8h)"),
        ("jsons://a.example", "JSON (jsons://…)"),
    ],
)
def test_an_address_is_shown_by_its_service(url: str, shown: str) -> None:
    channel = AppriseChannel(Guard())

    assert channel.shown(channel.address({"url": url})) == shown


def found(*machines: str) -> Guard:
    async def look_up(host: str, port: int) -> Sequence[str]:
        if not machines:
            raise OSError("unknown")
        return machines

    return Guard(networks("10.20.0.0/16"), look_up)


@pytest.mark.parametrize("machine", ["127.0.0.1", "10.0.0.5", "::ffff:127.0.0.1", "169.254.169.254"])
async def test_a_name_that_leads_into_our_own_network_is_refused_when_it_is_called(
    to: str, town: Town, clock: HandClock, machine: str
) -> None:
    channel = AppriseChannel(found("93.184.216.34", machine))
    port = town.url.rpartition(":")[2]
    to = channel.address({"url": f"mmosts://rebinding.example:{port}/{TOKEN}"})

    outcome = await channel.send(page(to, clock.now()), 1)

    assert refused(outcome) == f"Mattermost: … is within Tocsin's own network: {UNLESS_NAMED}"
    assert not town.requests


async def test_a_name_is_looked_up_once_and_what_was_found_is_what_is_called(
    town: Town, said: list[Said], clock: HandClock
) -> None:
    answers = [["127.0.0.1"], ["10.0.0.5"]]

    async def rebinding(host: str, port: int) -> Sequence[str]:
        return answers.pop(0)

    channel = AppriseChannel(Guard(networks("127.0.0.1/32"), rebinding))
    port = town.url.rpartition(":")[2]
    to = channel.address({"url": f"mmost://chat.example:{port}/chat/{TOKEN}"})

    outcome = await channel.send(page(to, clock.now()), 1)

    assert isinstance(outcome, Delivered)
    assert (len(said), answers) == (1, [["10.0.0.5"]])
    assert town.requests[0].headers["host"] == f"chat.example:{port}"


async def test_nothing_is_sent_in_the_clear_over_the_internet(clock: HandClock) -> None:
    channel = AppriseChannel(found("93.184.216.34"))
    to = channel.address({"url": f"mmost://chat.example/{TOKEN}"})

    outcome = await channel.send(page(to, clock.now()), 1)

    assert "would be called without encryption" in refused(outcome)


async def test_a_host_that_nobody_knows_is_tried_later(clock: HandClock) -> None:
    channel = AppriseChannel(found())
    to = channel.address({"url": f"mmosts://chat.example/{TOKEN}"})

    outcome = await channel.send(page(to, clock.now()), 1)

    assert later(outcome).why.startswith("Mattermost can't be reached: nobody knows")


async def test_no_proxy_of_the_environment_stands_between(
    channel: AppriseChannel, to: str, said: list[Said], clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    assert isinstance(await channel.send(page(to, clock.now()), 1), Delivered)


async def test_no_part_of_the_address_stands_in_a_log_or_in_a_failure(
    channel: AppriseChannel, to: str, town: Town, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    outcomes = []

    with structlog.testing.capture_logs() as logs:
        for kind in ("403", "500", "timeout"):
            town.faults.add("chat", "*", kind)
            outcomes.append(await channel.send(page(to, clock.now()), 1))

    said = f"{logs} {outcomes} {[one.getMessage() for one in caplog.records if one.name != 'urllib3.connectionpool']}"
    assert len(outcomes) == 3
    assert TOKEN not in said


async def test_calls_that_are_made_at_once_are_kept_apart(
    channel: AppriseChannel, to: str, said: list[Said], town: Town, clock: HandClock
) -> None:
    wrong = channel.address({"url": town.hooks.channel("another-one")})
    del town.hooks.channels["another-one"]

    outcomes = await asyncio.gather(
        *(channel.send(page(to if n % 2 else wrong, clock.now()), 1) for n in range(8))
    )

    assert [type(one) for one in outcomes] == [Refused, Delivered] * 4
    assert len(said) == 4


def test_the_library_is_loaded_by_nobody_until_it_is_needed() -> None:
    code = (
        "import sys; from tocsin.integrations import connect_all; from tocsin.settings import read_settings;"
        "connect_all(read_settings({})); print('apprise' in sys.modules, 'requests' in sys.modules)"
    )

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout.split() == ["False", "False"]


def test_who_wants_no_other_services_has_none() -> None:
    assert connect(read_settings({"TOCSIN_APPRISE": "false"})) is None


def test_outside_of_a_call_the_library_calls_nobody() -> None:
    AppriseChannel(Guard()).address({"url": "jsons://a.example"})
    requests: Any = sys.modules["requests"]

    with pytest.raises(LookupError):
        requests.get("https://a.example/")
