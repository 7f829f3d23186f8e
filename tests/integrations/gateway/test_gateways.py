"""SMS and calls through a provider that the settings describe, over real HTTP, and what comes back of them."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx2
import pytest
from pager_world import served
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from twilio_world import ALICE, BOB, PAGE, Ears, linked

from tocsin.acts.house import House
from tocsin.core.work import Delivered, Later, Refused
from tocsin.errors import Invalid
from tocsin.integrations import channels_of
from tocsin.integrations.gateway import GatewayLink, connect
from tocsin.integrations.gateway.described import gateways_from
from tocsin.integrations.gateway.door import look
from tocsin.settings import read_settings
from tocsin.town import Town

SECRET = "a secret of sixteen signs or more"
KEY = "the key of the account"
TEXT = "INC-7 Sign-in <is> broken. You are paged: on call. Reply 4 to acknowledge, 6 to resolve (k3f9ab)"


@dataclass
class Provider:
    """Takes every call, and keeps it. `answers` are given first."""

    took: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)
    inbox: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""

    def routes(self, house: House) -> list[Route]:
        return [
            Route("/send", self._send, methods=["GET", "POST"]),
            Route("/inbox", self._inbox, methods=["GET"]),
        ]

    async def _send(self, request: Request) -> Response:
        body = (await request.body()).decode() or request.url.query
        self.took.append((request.method, body, dict(request.headers)))
        return self.answers.pop(0) if self.answers else JSONResponse({"messages": [{"id": 77}]})

    async def _inbox(self, request: Request) -> Response:
        return JSONResponse({"data": {"items": self.inbox}})


@pytest.fixture
async def provider(house: House) -> AsyncIterator[Provider]:
    one = Provider()
    async with served(house, one) as url:  # type: ignore[arg-type]
        one.url = url
        yield one


def described(provider: Provider, more: str = "", **changes: str) -> str:
    parts = {
        "name": "'acme'",
        "via": "'sms'",
        "url": f"'{provider.url}/send'",
        "headers": f"{{ Authorization = 'Token {KEY}' }}",
        "body": "{ to = '{to}', content = { text = '{text}' }, ref = 'tocsin {key}' }",
        "id": "'messages.0.id'",
        **changes,
    }
    lines = "\n".join(f"{name} = {value}" for name, value in parts.items() if value)
    return f"[[gateway]]\n{lines}\n{more}\n"


HEARD = f"""
secret = '{SECRET}'
reply = {{ from = 'sender', text = 'message', id = 'id' }}
receipt = {{ id = 'ref', state = 'status', delivered = ['DELIVRD'], failed = ['UNDELIV', 'EXPIRED'], words = 'error.text' }}
"""


def link_of(text: str) -> GatewayLink:
    link = connect(read_settings({"TOCSIN_GATEWAYS": text}))
    assert isinstance(link, GatewayLink)
    return link


async def test_a_message_is_filled_in_as_json_whatever_stands_in_it(provider: Provider) -> None:
    [channel] = link_of(described(provider, HEARD)).channels
    nasty = 'He said "no", {to} \\ {key}\x07'
    one = await channel.send(PAGE, 1)
    await channel.send(PAGE.__class__(**{**_fields(), "short": nasty}), 1)

    method, body, headers = provider.took[0]
    assert (method, headers["authorization"]) == ("POST", f"Token {KEY}")
    assert json.loads(body) == {"to": BOB, "content": {"text": TEXT}, "ref": "tocsin work-1"}
    assert one == Delivered({"message": "77"})
    assert json.loads(provider.took[1][1])["content"]["text"].startswith(nasty)


def _fields() -> dict[str, Any]:
    return {name: getattr(PAGE, name) for name in PAGE.__slots__}


@pytest.mark.parametrize(("kind", "method"), [("form", "POST"), ("query", "GET")])
async def test_a_form_and_an_address_are_filled_in_just_as_safely(
    provider: Provider, kind: str, method: str
) -> None:
    body = "{ dest = '{to}', msg = '{text}' }"
    [channel] = link_of(described(provider, type=f"'{kind}'", method=f"'{method}'", body=body)).channels
    await channel.send(PAGE.__class__(**{**_fields(), "short": "a&dest=+1=%00#é"}), 1)

    took, sent, _ = provider.took[0]
    assert took == method
    [dest, msg] = parse_qsl(sent, keep_blank_values=True)
    assert dest == ("dest", BOB)
    assert msg[1].startswith("a&dest=+1=%00#é")


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (429, {"Retry-After": "9"}, Later),
        (500, {}, Later),
        (401, {}, Refused),
        (400, {}, Refused),
    ],
)
async def test_what_a_provider_refuses_is_told(
    provider: Provider, status: int, headers: dict[str, str], expected: type
) -> None:
    provider.answers = [JSONResponse({"message": "no credit"}, status_code=status, headers=headers)]
    [channel] = link_of(described(provider)).channels
    outcome = await channel.send(PAGE, 1)

    assert isinstance(outcome, expected)
    assert "no credit" in outcome.why  # type: ignore[attr-defined]
    assert KEY not in repr(outcome)


async def test_an_answer_without_an_id_is_taken_all_the_same(provider: Provider) -> None:
    provider.answers = [Response("OK"), JSONResponse({"messages": []})]
    [channel] = link_of(described(provider)).channels
    assert await channel.send(PAGE, 1) == Delivered({})
    assert await channel.send(PAGE, 1) == Delivered({})


async def test_receipts_and_replies_come_in_with_the_secret(house: House, provider: Provider) -> None:
    house.receipts = ears = Ears()
    basic = base64.b64encode(f"x:{SECRET}".encode()).decode()
    async with served(house, link_of(described(provider, HEARD))) as url, httpx2.AsyncClient() as client:

        async def sent(item: dict[str, Any], kind: str = f"Bearer {SECRET}", *, form: bool = False) -> Any:
            how: dict[str, Any] = {"data": item} if form else {"json": item}
            door = f"{url}/integrations/gateway/acme"
            return await client.post(door, headers={"Authorization": kind}, **how)

        await sent({"ref": 77, "status": "DELIVRD"})
        await sent({"ref": "78", "status": "EXPIRED", "error": {"text": "phone is off"}}, f"Basic {basic}")
        await sent({"ref": "79", "status": "ENROUTE"})
        said = await sent({"sender": BOB[1:], "message": "4 k3f9ab"}, form=True)
        hint = await sent({"sender": BOB, "message": "what?"})
        neither = await sent({"something": "else"})

    assert ears.told_of == [("sms", "77", "delivered", ""), ("sms", "78", "failed", "phone is off")]
    [answer] = ears.answers
    assert (answer["does"], answer["ticket"], answer["address"]) == ("acknowledge", "k3f9ab", BOB)
    assert said.json()["ok"].startswith("You have acknowledged INC-7.")
    assert hint.json()["ok"].startswith("Reply 4 to acknowledge")
    assert neither.json() == {"ok": "Tocsin finds neither a receipt nor a reply in it"}


@pytest.mark.parametrize("given", ["", "Bearer wrong", "Basic !!!", "Basic eDp3cm9uZw==", "Bearer"])
async def test_without_the_secret_nothing_counts(house: House, provider: Provider, given: str) -> None:
    house.receipts = ears = Ears()
    async with served(house, link_of(described(provider, HEARD))) as url, httpx2.AsyncClient() as client:
        answer = await client.post(
            f"{url}/integrations/gateway/acme",
            headers={"Authorization": given},
            json={"sender": BOB, "message": "4"},
        )
    assert answer.status_code == 401
    assert answer.json()["error"].startswith("Authorization does not fit: acme sends another secret")
    assert ears.answers == []


async def test_where_nothing_reaches_us_replies_are_fetched_once_each(
    house: House, provider: Provider
) -> None:
    house.receipts = ears = Ears()
    fetched = HEARD.replace(
        f"secret = '{SECRET}'", f"poll = {{ url = '{provider.url}/inbox', list = 'data.items' }}"
    )
    link = link_of(described(provider, fetched))
    assert (link.routes(house), len(link.tasks(house))) == ([], 1)
    [(gateway, outside)] = link._pairs
    provider.inbox = [{"id": "1", "sender": BOB, "message": "4"}]

    await look(house, gateway, outside)
    assert ears.answers == [], "what stood there before us is not about us"
    provider.inbox += [{"id": "2", "sender": BOB, "message": "6"}, {"ref": "77", "status": "DELIVRD"}]
    await look(house, gateway, outside)
    await look(house, gateway, outside)

    assert [one["does"] for one in ears.answers] == ["resolve"]
    assert ears.told_of == [("sms", "77", "delivered", "")]


async def test_a_gateway_that_hears_nothing_ends_its_messages_with_the_link(provider: Provider) -> None:
    [channel] = link_of(described(provider)).channels
    await channel.send(PAGE.__class__(**{**_fields(), "answer_link": "https://t.example/ack/1"}), 1)
    assert json.loads(provider.took[0][1])["content"]["text"].endswith("on call. https://t.example/ack/1")
    assert not channel.can.answers


async def test_a_call_by_a_gateway_says_what_can_be_heard(provider: Provider) -> None:
    [deaf] = link_of(described(provider, via="'voice'")).channels
    [channel] = link_of(described(provider, HEARD, via="'voice'")).channels
    page = PAGE.__class__(**{**_fields(), "short": "INC-7. See https://t.example/1"})
    await channel.send(page, 1)
    await deaf.send(page, 1)

    said = [json.loads(body)["content"]["text"] for _, body, _ in provider.took]
    assert said == ["INC-7. See Press 4 to acknowledge, 6 to resolve.", "INC-7. See"]
    assert channel.can.rings


async def test_each_number_goes_by_the_first_provider_that_carries_it(town: Town, provider: Provider) -> None:
    gateway, twilio = link_of(described(provider, prefixes="['+49']")), linked(town)
    sms = channels_of([gateway, twilio])["sms"]
    await sms.send(PAGE, 1)
    await sms.send(PAGE.__class__(**{**_fields(), "to": ALICE}), 1)

    assert json.loads(provider.took[0][1])["to"] == BOB
    assert [one.to for one in town.twilio.texts] == [ALICE]
    assert (sms.address({"number": BOB}), sms.address({"number": ALICE})) == (BOB, ALICE)
    assert channels_of([gateway, twilio])["voice"].label == "Phone call"
    await twilio.aclose()


async def test_a_country_that_no_gateway_reaches_is_refused_by_name(provider: Provider) -> None:
    [channel] = link_of(described(provider, prefixes="['+49']")).channels
    with pytest.raises(Invalid, match="No gateway reaches") as refused:
        channel.address({"number": ALICE})
    assert refused.value.field == "number"


@pytest.mark.parametrize(
    ("changes", "more", "why"),
    [
        ({"url": "'ftp://x'"}, "", "needs addresses that begin with https://"),
        ({"url": "'https://x/{to}'"}, "", "has holes in its address"),
        ({"name": "'Acme!'"}, "", "needs a name of small letters"),
        ({"body": "{ to = '{to}', text = '{txt}' }"}, "", "knows no hole 'txt': there are to, text, key"),
        ({"body": "{ to = '{to}' }"}, "", "needs {to} and {text} in its body"),
        ({"type": "'form'"}, "", "has texts only in a form"),
        ({"method": "'GET'"}, "", "takes type query with method GET"),
        ({"prefixes": "['49']"}, "", "has prefixes other than such as +49"),
        ({}, "reply = { from = 'a', text = 'b' }", "needs a secret (or poll)"),
        ({}, f"secret = '{SECRET}'", "says nothing of what it sends"),
        ({}, "secret = 'short'\nreply = { from = 'a', text = 'b' }", "needs a secret of at least 16 signs"),
        ({"id": ""}, HEARD, "needs id: where its answer has the id"),
        ({"via": "'fax'"}, "", "fax"),
        ({"colour": "'red'"}, "", "colour"),
    ],
)
async def test_a_gateway_that_can_not_be_is_refused_by_name(
    provider: Provider, changes: dict[str, str], more: str, why: str
) -> None:
    with pytest.raises(Invalid) as refused:
        gateways_from(described(provider, more, **changes))
    assert refused.value.message.startswith("TOCSIN_GATEWAYS: ")
    assert why in refused.value.message
    assert KEY not in refused.value.message


def test_two_gateways_of_one_name_are_refused() -> None:
    with pytest.raises(Invalid, match="two gateways have the name 'acme'"):
        gateways_from(described(Provider(url="https://x")) * 2)


def test_a_gateway_shows_no_secret() -> None:
    [one] = gateways_from(described(Provider(url="https://x"), HEARD))
    assert repr(one) == "Gateway('acme')"
