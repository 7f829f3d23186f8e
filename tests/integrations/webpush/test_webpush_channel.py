"""Pages in browsers by Web Push: what the device reads, what its buttons do, and what goes wrong."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx2
import msgspec
import pytest
import structlog

from devices import Ear, page
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.core.channel import CODE, LOW, TOLD
from tocsin.core.work import Delivered, Later, Outcome, Refused
from tocsin.errors import Conflict, Invalid
from tocsin.integrations.webpush import WebPushLink, connect
from tocsin.integrations.webpush.channel import WebPushChannel
from tocsin.integrations.webpush.crypto import new_key
from tocsin.settings import read_settings
from tocsin.town import Town
from tocsin.town.push import Device, Shown


def only_shown(device: Device) -> Shown:
    (shown,) = device.shown.values()
    return shown


def refused(outcome: Outcome) -> str:
    assert isinstance(outcome, Refused), outcome
    return outcome.why


def later(outcome: Outcome) -> Later:
    assert isinstance(outcome, Later), outcome
    return outcome


async def test_the_device_alone_reads_the_page_and_shows_it(
    channel: WebPushChannel, to: str, town: Town, phone: Device, clock: HandClock
) -> None:
    outcome = await channel.send(page(to, clock.now()), 1)

    shown = only_shown(phone)
    assert outcome == Delivered({"message": shown.id})
    assert (shown.title, shown.body) == (
        "[INC-7] Page: Sign-in is broken",
        "Sign-in is broken\n> Nobody can sign in.\nYou are on call.",
    )
    assert shown.link == "https://tocsin.acme.example/incidents/INC-7"
    assert "Sign-in" not in town.requests[0].body


@pytest.mark.parametrize(
    ("other", "urgency", "urgent", "ttl"),
    [
        ({}, "high", True, 3600),
        ({"urgency": LOW}, "normal", False, 12 * 3600),
        ({"purpose": TOLD}, "normal", False, 3600),
        ({"purpose": CODE}, "high", True, 600),
    ],
)
async def test_how_it_is_brought_depends_on_what_it_is(
    channel: WebPushChannel,
    to: str,
    phone: Device,
    clock: HandClock,
    other: dict[str, Any],
    urgency: str,
    urgent: bool,
    ttl: int,
) -> None:
    await channel.send(page(to, clock.now(), **other), 1)

    shown = only_shown(phone)
    assert (shown.urgency, shown.urgent, shown.ttl) == (urgency, urgent, ttl)
    assert shown.topic == shown.id


async def test_the_button_acknowledges_and_says_what_came_of_it(
    channel: WebPushChannel, to: str, town: Town, phone: Device, clock: HandClock, ear: Ear
) -> None:
    await channel.send(page(to, clock.now()), 1)
    await town.settled()
    shown = only_shown(phone)

    answer = await town.push.press(phone, shown.id, "acknowledge")

    assert (answer.status, shown.said) == (200, "You have acknowledged INC-7")
    assert ear.heard == [
        ("told", "webpush", shown.id, "delivered", ""),
        ("answered", "webpush", "acknowledge", "", "K7QF2M", "", ""),
    ]


async def test_that_somebody_opened_it_is_heard(
    channel: WebPushChannel, to: str, town: Town, phone: Device, clock: HandClock, ear: Ear
) -> None:
    await channel.send(page(to, clock.now()), 1)
    await town.settled()

    await town.push.press(phone, only_shown(phone).id, "")

    assert ear.heard[-1] == ("told", "webpush", only_shown(phone).id, "seen", "")


async def test_an_answer_that_is_refused_is_said_back(
    channel: WebPushChannel, to: str, town: Town, phone: Device, clock: HandClock, ear: Ear
) -> None:
    ear.refusal = Conflict("INC-7 is over")
    await channel.send(page(to, clock.now()), 1)

    answer = await town.push.press(phone, only_shown(phone).id, "acknowledge")

    assert (answer.status, only_shown(phone).said) == (409, "INC-7 is over")


async def test_forged_answers_and_receipts_are_refused_and_change_nothing(
    channel: WebPushChannel, to: str, town: Town, phone: Device, clock: HandClock, ear: Ear
) -> None:
    await channel.send(page(to, clock.now()), 1)
    await town.settled()
    ear.heard.clear()
    shown = only_shown(phone)

    async with httpx2.AsyncClient(trust_env=False) as client:
        answers = [
            await client.post(shown.answer.replace("K7QF2M", "K7QF2N")),
            await client.post(shown.receipt.replace(shown.id, "0" * 32), content="seen"),
            await client.post(shown.receipt.replace("/receipt/", "/answer/")),
            await client.post(shown.receipt, content="acknowledged"),
            await client.post(shown.receipt, content="x" * 100_000),
        ]

    assert [one.status_code for one in answers] == [403, 403, 403, 422, 422]
    assert ear.heard == []


async def test_what_follows_up_takes_the_place_of_the_page_also_on_a_device_that_is_switched_off(
    channel: WebPushChannel, to: str, phone: Device, clock: HandClock
) -> None:
    sent = await channel.send(page(to, clock.now()), 1)
    assert isinstance(sent, Delivered)
    over = page(
        to,
        clock.now(),
        key="told",
        purpose=TOLD,
        text="Alice is on it.",
        ticket="",
        of=sent.evidence["message"],
    )

    await channel.send(over, 1)

    assert (only_shown(phone).body, only_shown(phone).answer) == ("Alice is on it.", "")
    assert [one.topic for one in phone.pushed] == [sent.evidence["message"]] * 2


async def test_what_is_sent_again_is_one_notification(
    channel: WebPushChannel, to: str, town: Town, phone: Device, clock: HandClock
) -> None:
    town.faults.add("push", "*", "lost_answer")
    message = page(to, clock.now())

    first = await channel.send(message, 1)
    second = await channel.send(message, 2)

    assert later(first).why.startswith("The push service broke off before its answer was whole")
    assert isinstance(second, Delivered)
    assert (len(phone.pushed), len(phone.shown)) == (2, 1)


@pytest.mark.parametrize(
    "text", ["Sign-in is broken. " * 500, "日本語のとても長い文章、" * 500, '"\\\n' * 900]
)
async def test_a_long_message_is_cut_to_what_every_push_service_takes(
    channel: WebPushChannel, to: str, phone: Device, clock: HandClock, text: str
) -> None:
    outcome = await channel.send(page(to, clock.now(), text=text), 1)

    assert isinstance(outcome, Delivered)
    assert only_shown(phone).body.endswith("…")


async def test_where_a_push_service_takes_less_the_message_is_shortened(
    channel: WebPushChannel, to: str, town: Town, phone: Device, clock: HandClock
) -> None:
    town.push.largest = 1200

    outcome = await channel.send(page(to, clock.now(), text="Sign-in is broken. " * 500), 1)

    assert isinstance(outcome, Delivered)
    assert [one.status for one in town.requests] == [413, 201]
    assert only_shown(phone).answer
    assert 50 < len(only_shown(phone).body) < 1000


async def test_what_is_too_large_even_so_is_refused(
    channel: WebPushChannel, to: str, town: Town, clock: HandClock
) -> None:
    town.faults.add("push", "*", "413", times=2)

    assert "finds it too large (413)" in refused(await channel.send(page(to, clock.now()), 1))


@pytest.mark.parametrize("kind", ["gone", "410", "unknown"])
async def test_a_browser_that_is_gone_is_refused_with_what_to_do(
    channel: WebPushChannel, to: str, town: Town, phone: Device, clock: HandClock, kind: str
) -> None:
    phone.gone = kind == "gone"
    if kind == "410":
        town.faults.add("push", "*", "410")
    if kind == "unknown":
        town.push.devices.clear()

    why = refused(await channel.send(page(to, clock.now()), 1))

    assert why.startswith("This browser does not take messages any more")
    assert "/me/push" in why


async def test_a_limit_is_waited_out_as_long_as_the_push_service_asks(
    channel: WebPushChannel, to: str, town: Town, clock: HandClock
) -> None:
    town.faults.add("push", "*", "429", retry_after=30)

    outcome = later(await channel.send(page(to, clock.now()), 1))

    assert "asks us to slow down (429)" in outcome.why
    assert outcome.wait == timedelta(seconds=30)


@pytest.mark.parametrize("kind", ["500", "503", "timeout"])
async def test_trouble_that_passes_is_tried_later(
    channel: WebPushChannel, to: str, town: Town, phone: Device, clock: HandClock, kind: str
) -> None:
    town.faults.add("push", "*", kind)

    outcome = later(await channel.send(page(to, clock.now()), 1))

    assert "push service" in outcome.why
    assert phone.pushed == []


async def test_a_device_that_was_added_under_another_key_says_what_to_do(
    channel: WebPushChannel, town: Town, clock: HandClock
) -> None:
    other = town.push.subscribe("an old phone", "BNo_key_of_ours")
    to = channel.address({"subscription": json.dumps(other.subscription())})

    why = refused(await channel.send(page(to, clock.now()), 1))

    assert "does not take our key (403)" in why
    assert "/me/push again" in why


async def test_our_key_is_made_once_and_kept(channel: WebPushChannel, house: House, town: Town) -> None:
    first = await channel.public_key()

    again = connect(read_settings({"TOCSIN_WEBPUSH_CONTACT": "https://acme.example/contact"}))
    assert isinstance(again, WebPushLink)
    again.routes(house)

    assert await again.channel.public_key() == first
    await again.aclose()


async def test_a_key_of_the_settings_comes_before_the_kept_one(house: House) -> None:
    settings = {"TOCSIN_WEBPUSH_CONTACT": "mailto:ops@acme.example", "TOCSIN_WEBPUSH_KEY": new_key()}
    links = [connect(read_settings(settings)) for _ in range(2)]

    keys = set()
    for link in links:
        assert isinstance(link, WebPushLink)
        keys.add(await link.channel.public_key())
        await link.aclose()

    assert len(keys) == 1


def test_a_key_that_is_none_is_refused_by_name() -> None:
    settings = {"TOCSIN_WEBPUSH_CONTACT": "mailto:ops@acme.example", "TOCSIN_WEBPUSH_KEY": "hunter2"}

    with pytest.raises(Invalid, match="TOCSIN_WEBPUSH_KEY is not a private key of the curve P-256") as why:
        connect(read_settings(settings))

    assert "hunter2" not in why.value.message


@pytest.mark.parametrize("contact", ["ops@acme.example", "http://acme.example", "mailto:nobody"])
def test_a_contact_that_push_services_do_not_take_is_refused(contact: str) -> None:
    with pytest.raises(Invalid, match="TOCSIN_WEBPUSH_CONTACT"):
        read_settings({"TOCSIN_WEBPUSH_CONTACT": contact})


def test_without_a_contact_there_is_no_web_push() -> None:
    assert connect(read_settings({})) is None


async def test_an_endpoint_within_our_own_network_is_never_called(
    to: str, town: Town, house: House, clock: HandClock
) -> None:
    link = connect(read_settings({"TOCSIN_WEBPUSH_CONTACT": "mailto:ops@acme.example"}))
    assert isinstance(link, WebPushLink)
    link.routes(house)

    outcome = await link.channel.send(page(to, clock.now()), 1)
    await link.aclose()

    assert "127.0.0.1 is within Tocsin's own network" in refused(outcome)
    assert not town.requests


async def test_an_endpoint_within_our_own_network_is_refused_by_name_when_it_is_given(
    phone: Device, link: WebPushLink
) -> None:
    given = {**phone.subscription(), "endpoint": "https://10.0.0.5/push/1"}

    with pytest.raises(
        Invalid, match=r"10\.0\.0\.5 is within Tocsin's own network: .* TOCSIN_PRIVATE_NETWORKS"
    ):
        link.channel.address({"subscription": msgspec.json.encode(given).decode()})


class TestAddresses:
    """What a browser gave is taken as it is, and shown so that its owner knows it."""

    @pytest.mark.parametrize(
        ("endpoint", "browser"),
        [
            ("https://fcm.googleapis.com/fcm/send/abc", "Chrome, or another browser of its kind"),
            ("https://updates.push.services.mozilla.com/wpush/v2/abc", "Firefox"),
            ("https://web.push.apple.com/abc", "Safari"),
            ("https://wns2-par02p.notify.windows.com/w/?token=abc", "Edge"),
            ("https://push.acme.example:8443/abc", "push.acme.example"),
            ("https://fcm.googleapis.com.evil.example/abc", "fcm.googleapis.com.evil.example"),
        ],
    )
    async def test_a_device_is_shown_by_its_browser(
        self, channel: WebPushChannel, phone: Device, endpoint: str, browser: str
    ) -> None:
        given = phone.subscription() | {"endpoint": endpoint}

        address = channel.address({"subscription": json.dumps(given)})

        shown = channel.shown(address)
        assert shown.rpartition(" (…")[0] == browser
        assert "abc" not in shown
        assert set(json.loads(address)) == {"endpoint", "keys"}

    @pytest.mark.parametrize(
        "change",
        [
            {"endpoint": "ftp://push.example/1"},
            {"endpoint": "https:///1"},
            {"endpoint": "https://bob@push.example/1"},
            {"endpoint": "https://push.example/\n1"},
            {"endpoint": "https://push.example:port/1"},
            {"endpoint": "https://push.example/" + "a" * 2_000},
            {"keys": {}},
            {"keys": {"p256dh": "AAAA", "auth": "AAAA"}},
            {"keys": None},
        ],
    )
    async def test_what_is_no_subscription_is_refused(
        self, channel: WebPushChannel, phone: Device, change: dict[str, Any]
    ) -> None:
        with pytest.raises(Invalid, match="no subscription of a browser") as why:
            channel.address({"subscription": json.dumps(phone.subscription() | change)})

        assert why.value.field == "subscription"

    @pytest.mark.parametrize("text", ["", "[]", "null", "{" * 5_000, "\udc80"])
    async def test_what_is_no_json_is_refused_too(self, channel: WebPushChannel, text: str) -> None:
        with pytest.raises(Invalid):
            channel.address({"subscription": text})


async def test_the_worker_is_served_for_all_our_pages_and_may_change(
    channel: WebPushChannel, house: House
) -> None:
    async with httpx2.AsyncClient(trust_env=False) as client:
        worker = await client.get(f"{house.places.base}/integrations/webpush/worker.js")
        key = await client.get(f"{house.places.base}/integrations/webpush/key")

    assert worker.headers["content-type"].startswith("text/javascript")
    assert worker.headers["service-worker-allowed"] == "/"
    assert worker.headers["cache-control"] == "no-cache"
    assert key.json() == {"key": await channel.public_key()}


async def test_no_secret_stands_in_a_log(
    channel: WebPushChannel, to: str, town: Town, phone: Device, clock: HandClock
) -> None:
    town.faults.add("push", "*", "500")

    with structlog.testing.capture_logs() as logs:
        outcome = await channel.send(page(to, clock.now()), 1)

    said = f"{logs} {outcome}"
    assert phone.endpoint not in said
    assert msgspec.json.decode(to)["keys"]["auth"] not in said
