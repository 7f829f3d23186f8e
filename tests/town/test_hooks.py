"""The town's programs and chat: what they take, what they refuse, and the page that shows it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import httpx2
import pytest

from tocsin.town import Town

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = json.dumps(
    {
        "type": "page",
        "data": {
            "subject": "Sign-in is broken",
            "text": "Look at https://acme.example",
            "person": "bob",
            "urgency": "high",
            "link": "https://tocsin.example/INC-1",
            "acknowledge_url": "",
        },
    }
).encode()


def signed(town: Town, body: bytes = BODY, id: str = "msg_1") -> dict[str, str]:
    stamp = str(int(town.hooks.now().timestamp()))
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    signature = base64.b64encode(hmac.digest(key, f"{id}.{stamp}.".encode() + body, hashlib.sha256)).decode()
    return {"webhook-id": id, "webhook-timestamp": stamp, "webhook-signature": f"v1,{signature}"}


async def post(url: str, body: bytes, headers: dict[str, str]) -> httpx2.Response:
    async with httpx2.AsyncClient(trust_env=False) as client:
        return await client.post(url, content=body, headers=headers)


async def test_a_signed_message_is_taken_once_and_shown(town: Town) -> None:
    url = town.hooks.receiver("bob", SECRET)

    answers = [await post(url, BODY, signed(town)) for _ in range(2)]
    async with httpx2.AsyncClient(trust_env=False) as client:
        page = (await client.get(f"{town.url}/hooks")).text

    assert [one.status_code for one in answers] == [204, 204]
    assert "Sign-in is broken" in page
    assert "1 came twice and were taken once." in page


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"webhook-signature": "v1,c2lnbmVk"}, "No matching signature found"),
        ({"webhook-signature": "v1a,c2lnbmVk"}, "No matching signature found"),
        ({"webhook-id": "msg_2"}, "No matching signature found"),
        ({"webhook-id": ""}, "Missing required headers"),
        ({"webhook-timestamp": "yesterday"}, "Missing required headers"),
        ({"webhook-timestamp": "1614265330"}, "Message timestamp too old or too new"),
    ],
)
async def test_what_is_not_rightly_signed_is_refused(town: Town, change: dict[str, str], why: str) -> None:
    url = town.hooks.receiver("bob", SECRET)

    answer = await post(url, BODY, signed(town) | change)

    assert (answer.status_code, answer.json()) == (401, {"message": why})


@pytest.mark.parametrize(
    ("token", "body", "message"),
    [
        ("known", b"{}", "Unable to parse incoming data."),
        ("known", b"[]", "Unable to parse incoming data."),
        ("known", json.dumps({"text": "x" * 16_384}).encode(), "Maximum text length exceeded."),
        ("other", b'{"text": "hello"}', "Invalid webhook."),
    ],
)
async def test_the_chat_refuses_as_mattermost_does(town: Town, token: str, body: bytes, message: str) -> None:
    town.hooks.channel("known")

    answer = await post(f"{town.url}/chat/hooks/{token}", body, {})

    assert (answer.status_code, answer.json()["message"]) == (400, message)
