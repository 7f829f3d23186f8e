"""Pages to webhooks: what is posted and how it is signed, what a receiver may answer, and what goes wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
import structlog

from devices import Ear, page
from integrations.webhook.conftest import NEW, OLD
from tocsin.acts.house import House
from tocsin.clock import HandClock
from tocsin.core.channel import CODE, TOLD
from tocsin.core.work import Delivered, Later, Outcome, Refused
from tocsin.errors import Conflict, Invalid
from tocsin.integrations.guard import Guard, networks
from tocsin.integrations.typed import Typed
from tocsin.integrations.webhook import WebhookLink, connect
from tocsin.integrations.webhook.channel import WebhookChannel
from tocsin.integrations.webhook.signing import id_of, signed
from tocsin.settings import read_settings
from tocsin.town import Town
from tocsin.town.hooks import Receiver


def refused(outcome: Outcome) -> str:
    assert isinstance(outcome, Refused), outcome
    return outcome.why


def later(outcome: Outcome) -> Later:
    assert isinstance(outcome, Later), outcome
    return outcome


def channel_at(**settings: str) -> WebhookChannel:
    link = connect(read_settings(settings))
    assert isinstance(link, WebhookLink)
    return link.channels[0]


async def test_a_page_is_posted_as_signed_json_that_the_receiver_verifies(
    channel: WebhookChannel, to: str, bob: Receiver, town: Town, clock: HandClock, house: House
) -> None:
    message = page(to, clock.now())

    outcome = await channel.send(message, 1)

    (call,) = bob.calls
    assert outcome == Delivered({"message": call.id})
    assert call.type == "page"
    ticket_door = f"{house.places.base}/integrations/webhook/answer/K7QF2M/"
    assert call.data.pop("acknowledge_url").startswith(ticket_door)
    assert call.data == {
        "id": call.id,
        "person": "bob",
        "urgency": "high",
        "subject": "[INC-7] Page: Sign-in is broken",
        "text": message.text,
        "short": message.short,
        "link": message.link,
        "answer_link": message.answer_link,
        "follows": "",
    }
    (request,) = town.requests
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-timestamp"] == str(int(clock.now().timestamp()))
    assert request.json["timestamp"] == clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")


def test_the_signature_is_the_one_of_the_specifications_example() -> None:
    at = datetime.fromtimestamp(1_614_265_330, UTC)

    headers = signed("msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}', [OLD])

    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@pytest.mark.parametrize("known", [(OLD,), (NEW,), (OLD, NEW)])
async def test_while_the_secret_changes_a_receiver_may_know_either(
    channel: WebhookChannel, town: Town, clock: HandClock, known: tuple[str, ...]
) -> None:
    url = town.hooks.receiver("bob", *known)
    to = channel.address({"url": url, "secret": NEW, "second_secret": OLD})

    outcome = await channel.send(page(to, clock.now()), 1)

    assert isinstance(outcome, Delivered)
    assert len(town.requests[0].headers["webhook-signature"].split(" ")) == 2


async def test_a_receiver_that_knows_another_secret_is_told_as_such(
    channel: WebhookChannel, town: Town, clock: HandClock
) -> None:
    to = channel.address({"url": town.hooks.receiver("bob", NEW), "secret": OLD})

    outcome = await channel.send(page(to, clock.now()), 1)

    assert refused(outcome) == "The webhook does not take our signature: does it know the same secret? (401)"
    assert town.hooks.receivers["bob"].calls == []


async def test_what_was_recorded_and_is_sent_again_later_is_taken_by_nobody(
    channel: WebhookChannel, to: str, bob: Receiver, town: Town, clock: HandClock
) -> None:
    await channel.send(page(to, clock.now()), 1)
    recorded = town.requests[0]
    clock.advance(timedelta(minutes=6))

    async with httpx2.AsyncClient(trust_env=False) as client:
        replayed = await client.post(
            f"{town.url}/webhook/bob", headers=recorded.headers, content=recorded.body
        )

    assert (replayed.status_code, bob.refused) == (401, ["Message timestamp too old or too new"])
    assert len(bob.calls) == 1


async def test_what_was_changed_on_its_way_is_taken_by_nobody(
    channel: WebhookChannel, to: str, bob: Receiver, town: Town, clock: HandClock
) -> None:
    await channel.send(page(to, clock.now()), 1)
    recorded = town.requests[0]
    body = recorded.body.replace("bob", "eve")
    headers = {name: value for name, value in recorded.headers.items() if name != "content-length"}

    async with httpx2.AsyncClient(trust_env=False) as client:
        await client.post(f"{town.url}/webhook/bob", headers=headers, content=body)

    assert bob.refused == ["No matching signature found"]


async def test_a_second_try_has_the_same_id_so_that_a_lost_answer_makes_no_second_message(
    channel: WebhookChannel, to: str, bob: Receiver, town: Town, clock: HandClock
) -> None:
    town.faults.add("webhook", "*", "lost_answer")
    message = page(to, clock.now())

    first = await channel.send(message, 1)
    clock.advance(timedelta(minutes=20))
    second = await channel.send(page(to, clock.now()), 2)

    assert later(first).why == "The webhook broke off before its answer was whole (ClientPayloadError)"
    assert second == Delivered({"message": id_of(message.key)})
    assert (len(bob.calls), bob.doubles) == (1, 1)


async def test_what_follows_up_on_a_page_names_it_and_has_nothing_to_answer(
    channel: WebhookChannel, to: str, bob: Receiver, clock: HandClock
) -> None:
    await channel.send(page(to, clock.now()), 1)
    told = page(
        to, clock.now(), key="told/1", purpose=TOLD, ticket="", answer_link="", of=id_of("page/INC-7/bob/1")
    )

    await channel.send(told, 1)

    first, second = bob.calls
    assert (second.type, second.data["follows"], second.data["acknowledge_url"]) == ("told", first.id, "")


async def test_the_code_that_verifies_it_comes_as_any_message(
    channel: WebhookChannel, to: str, bob: Receiver, clock: HandClock
) -> None:
    code = page(
        to,
        clock.now(),
        purpose=CODE,
        subject="123456: Your code",
        short="123456 is your code for Tocsin.",
        ticket="",
    )

    await channel.send(code, 1)

    assert (bob.calls[0].type, bob.calls[0].data["short"]) == ("code", "123456 is your code for Tocsin.")


async def test_a_receiver_acknowledges_by_a_post_to_the_address_that_came_along(
    channel: WebhookChannel, to: str, bob: Receiver, town: Town, clock: HandClock, ear: Ear
) -> None:
    await channel.send(page(to, clock.now()), 1)

    answer = await town.hooks.acknowledge(bob.calls[0])

    assert (answer.status, bob.calls[0].said) == (200, "You have acknowledged INC-7")
    assert ear.heard == [("answered", "webhook", "acknowledge", "", "K7QF2M", "", "")]


async def test_an_acknowledgement_that_comes_too_late_says_so(
    channel: WebhookChannel, to: str, bob: Receiver, town: Town, clock: HandClock, ear: Ear
) -> None:
    ear.refusal = Conflict("Alice has acknowledged INC-7 already")
    await channel.send(page(to, clock.now()), 1)

    answer = await town.hooks.acknowledge(bob.calls[0])

    assert (answer.status, bob.calls[0].said) == (409, "Alice has acknowledged INC-7 already")


async def test_an_acknowledgement_that_was_forged_changes_nothing(
    channel: WebhookChannel, to: str, bob: Receiver, clock: HandClock, ear: Ear
) -> None:
    await channel.send(page(to, clock.now()), 1)
    address = bob.calls[0].data["acknowledge_url"]

    async with httpx2.AsyncClient(trust_env=False) as client:
        answers = [await client.post(address.replace("K7QF2M", "K7QF2N")), await client.get(address)]

    assert [one.status_code for one in answers] == [403, 405]
    assert ear.heard == []


class Answering:
    """Stands for whatever a stranger's server may say."""

    def __init__(self, answer: httpx2.Response) -> None:
        self.answer = answer

    async def call(self, method: str, url: str, **other: Any) -> httpx2.Response:
        return self.answer


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, b'{"acknowledged": true}', Delivered({"message": id_of("page/INC-7/bob/1")})),
        (299, b"\xff", Delivered({"message": id_of("page/INC-7/bob/1")})),
        (301, b"", Refused("The webhook sends us elsewhere: correct its address or name in the settings (301)")),
        (403, b"", Refused("The webhook does not take our signature: does it know the same secret? (403)")),
        (404, b"<h1>No</h1>", Refused("The webhook knows no such thing, or does not show it to our account (404)")),
        (410, b"", Refused("The webhook is gone: its receiver wants nothing more (410)")),
        (422, b'{"message": "no person"}', Refused("The webhook does not take the content (422): no person")),
        (502, b"", Later("The webhook has trouble of its own (502)")),
    ],
)  # fmt: skip
async def test_what_an_answer_means(
    ear: Ear, to: str, clock: HandClock, status: int, body: bytes, outcome: Outcome
) -> None:
    typed: Any = Answering(httpx2.Response(status, content=body))
    channel = WebhookChannel(typed, Guard(), lambda ticket: "")

    assert await channel.send(page(to, clock.now()), 1) == outcome
    assert ear.heard == []


async def test_a_receiver_that_is_asked_too_much_names_its_wait(
    channel: WebhookChannel, to: str, town: Town, clock: HandClock
) -> None:
    town.faults.add("webhook", "*", "429", retry_after=90)

    outcome = later(await channel.send(page(to, clock.now()), 1))

    assert outcome.why.startswith("The webhook asks us to slow down (429)")
    assert outcome.wait == timedelta(seconds=90)


async def test_a_receiver_that_never_answers_is_tried_later(
    channel: WebhookChannel, to: str, bob: Receiver, town: Town, clock: HandClock
) -> None:
    town.faults.add("webhook", "*", "timeout")

    assert "The webhook" in later(await channel.send(page(to, clock.now()), 1)).why
    assert bob.calls == []


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"secret": OLD}, "url"),
        ({"url": "ftp://hooks.example/x", "secret": OLD}, "url"),
        ({"url": "https:///x", "secret": OLD}, "url"),
        ({"url": "https://hooks.example:port/", "secret": OLD}, "url"),
        ({"url": "https://bob:pass@hooks.example/", "secret": OLD}, "url"),
        ({"url": f"https://hooks.example/{'a' * 2000}", "secret": OLD}, "url"),
        ({"url": "https://hooks.example/"}, "secret"),
        ({"url": "https://hooks.example/", "secret": "whsec_short"}, "secret"),
        ({"url": "https://hooks.example/", "secret": "c2hvcnQ="}, "secret"),
        ({"url": "https://hooks.example/", "secret": OLD, "second_secret": "none"}, "second_secret"),
        ({"url": "https://hooks.example/", "secret": OLD, "second_secret": OLD[6:]}, "second_secret"),
    ],
)
def test_what_is_no_webhook_is_refused_by_the_field(given: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as why:
        channel_at().address(given)

    assert why.value.field == field
    assert not any(secret in why.value.message for secret in (OLD[6:], "pass@", "c2hvcnQ="))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "LOCALHOST.", "me.localhost", "127.1", "0x7f.0.0.1", "2130706433", "017700000001", "0",
        "10.0.0.5", "169.254.169.254", "100.64.0.1", "224.0.0.1", "[::1]", "[::ffff:10.0.0.5]", "[::127.0.0.1]",
        "[64:ff9b::a00:5]", "[64:ff9b:1::a00:5]", "[2002:a00:5::]", "[fe80::1]", "[fec0::1]", "[fd00::1]",
    ],
)  # fmt: skip
def test_an_address_within_our_own_network_is_refused_as_soon_as_it_is_typed(host: str) -> None:
    with pytest.raises(Invalid) as why:
        channel_at().address({"url": f"https://{host}/hook", "secret": OLD})

    assert why.value.field == "url"
    assert "is within Tocsin's own network" in why.value.message


async def test_a_name_that_leads_into_our_own_network_is_refused_when_it_is_called(
    to: str, town: Town, clock: HandClock
) -> None:
    async def rebound(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    guard = Guard(look_up=rebound)
    typed = Typed("The webhook", guard, only_https=True)
    channel = WebhookChannel(typed, guard, lambda ticket: "")
    port = town.url.rpartition(":")[2]
    to = channel.address({"url": f"https://rebinding.example:{port}/webhook/bob", "secret": OLD})

    outcome = await channel.send(page(to, clock.now()), 1)
    await typed.aclose()

    assert refused(outcome).startswith("rebinding.example is within Tocsin's own network")
    assert not town.requests


async def test_a_page_is_never_posted_in_the_clear_over_the_internet(clock: HandClock) -> None:
    async def found(host: str, port: int) -> Sequence[str]:
        return ["93.184.216.34"]

    guard = Guard(networks("10.0.0.0/8"), found)
    typed = Typed("The webhook", guard, only_https=True)
    channel = WebhookChannel(typed, guard, lambda ticket: "")
    to = channel.address({"url": "http://hooks.example/x", "secret": OLD})

    outcome = await channel.send(page(to, clock.now()), 1)
    await typed.aclose()

    assert "its address has to begin with https://" in refused(outcome)


def test_neither_the_path_nor_the_secret_is_shown() -> None:
    channel = channel_at()
    to = channel.address({"url": "https://hooks.example:8443/T0/B1/x9?key=1#top", "secret": OLD[6:]})

    assert channel.shown(to) == "https://hooks.example:8443/…"
    assert json.loads(to) == {"url": "https://hooks.example:8443/T0/B1/x9?key=1", "secrets": [OLD]}


async def test_no_secret_stands_in_a_log(
    channel: WebhookChannel, to: str, town: Town, clock: HandClock
) -> None:
    town.faults.add("webhook", "*", "500")

    with structlog.testing.capture_logs() as logs:
        outcome = await channel.send(page(to, clock.now()), 1)

    said = f"{logs} {outcome}"
    assert OLD[6:] not in said
    assert "K7QF2M" not in said


def test_who_wants_no_webhooks_has_none() -> None:
    assert connect(read_settings({"TOCSIN_WEBHOOKS": "false"})) is None
