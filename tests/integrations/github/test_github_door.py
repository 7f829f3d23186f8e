"""GitHub's webhook, as the GitHub of the town delivers it, and as strangers forge it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator

import httpx2
import msgspec
import pytest
from starlette.applications import Starlette

from tocsin.acts.house import House
from tocsin.integrations.github import GitHubLink
from tocsin.integrations.github.door import LIMIT_BYTES, PATH, GitHubDoor

SECRET = "a secret between GitHub and us"
ISSUE = b'{"action": "opened", "issue": {"number": 1}}'


@pytest.fixture
async def web(house: House, link: GitHubLink) -> AsyncIterator[httpx2.AsyncClient]:
    """Tocsin, as the outside reaches it."""
    transport = httpx2.ASGITransport(Starlette(routes=link.routes(house)))
    async with httpx2.AsyncClient(base_url="https://tocsin.acme.example", transport=transport) as web:
        yield web


def signed(
    body: bytes, *, event: str = "star", delivery: str = "d-1", secret: str = SECRET
) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": delivery,
        "X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
    }


async def post(web: httpx2.AsyncClient, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str]]:
    response = await web.post(PATH, content=body, headers=headers)
    answer: dict[str, str] = response.json()
    return response.status_code, answer


async def test_the_signature_of_github_s_own_example_is_taken(house: House) -> None:
    """From docs.github.com, validating webhook deliveries: "Hello, World!" under "It's a Secret to Everybody"."""
    door = GitHubDoor("It's a Secret to Everybody", {})
    right = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"

    door._check_signature(right, b"Hello, World!")


async def test_a_ping_is_answered(web: httpx2.AsyncClient) -> None:
    body = b'{"zen": "Keep it logically awesome.", "hook_id": 1}'

    assert await post(web, body, signed(body, event="ping")) == (200, {"ok": "The webhook is set up"})


async def test_an_event_is_named_and_left(web: httpx2.AsyncClient) -> None:
    assert await post(web, ISSUE, signed(ISSUE)) == (
        200,
        {"ignored": "Tocsin does nothing with star events"},
    )


async def test_a_delivery_that_comes_twice_is_taken_once(web: httpx2.AsyncClient) -> None:
    await post(web, ISSUE, signed(ISSUE))

    assert await post(web, ISSUE, signed(ISSUE)) == (200, {"ignored": "the delivery d-1 was taken already"})


async def test_a_delivery_that_we_died_over_is_taken_when_it_comes_again(house: House) -> None:
    taken: list[bytes] = []

    async def take(house: House, body: bytes) -> dict[str, str]:
        taken.append(body)
        if len(taken) == 1:
            raise ConnectionResetError("the database is gone")
        return {"ok": "done"}

    door = Starlette(routes=GitHubDoor(SECRET, {"star": take}).routes(house))
    transport = httpx2.ASGITransport(door, raise_app_exceptions=False)
    async with httpx2.AsyncClient(base_url="https://tocsin.acme.example", transport=transport) as web:
        first = await web.post(PATH, content=ISSUE, headers=signed(ISSUE))
        again = await post(web, ISSUE, signed(ISSUE))

    assert first.status_code == 500
    assert again == (200, {"ok": "done"})


async def test_an_event_that_lacks_what_github_always_sends_is_refused_by_name(house: House) -> None:
    async def take(house: House, body: bytes) -> dict[str, str]:
        msgspec.json.decode(body, type=dict[str, int])
        raise AssertionError("it could be read")

    transport = httpx2.ASGITransport(Starlette(routes=GitHubDoor(SECRET, {"star": take}).routes(house)))
    async with httpx2.AsyncClient(base_url="https://tocsin.acme.example", transport=transport) as web:
        status, answer = await post(web, ISSUE, signed(ISSUE))

    assert status == 400
    assert answer["error"].startswith("This is no star event as GitHub describes it: ")


FORGED = [
    ({"X-Hub-Signature-256": ""}, "X-Hub-Signature-256 is missing", "none"),
    (signed(ISSUE, secret="another secret"), "X-Hub-Signature-256 does not fit", "another secret"),
    (signed(b"{}"), "X-Hub-Signature-256 does not fit", "another body's"),
    ({"X-Hub-Signature-256": "sha256="}, "X-Hub-Signature-256 does not fit", "half of one"),
    ({"X-Hub-Signature": "sha1=00"}, "X-Hub-Signature-256 is missing", "only the old weak one"),
]


@pytest.mark.parametrize(("headers", "why", "reason"), FORGED, ids=[row[2] for row in FORGED])
async def test_a_forged_signature_is_refused_by_name_and_leaves_no_trace(
    web: httpx2.AsyncClient, headers: dict[str, str], why: str, reason: str
) -> None:
    status, answer = await post(web, ISSUE, {**signed(ISSUE), "X-Hub-Signature-256": "", **headers})
    after = await post(web, ISSUE, signed(ISSUE))

    assert status == 401, reason
    assert answer["error"].startswith(why)
    assert "taken already" not in after[1]["ignored"]


async def test_a_signature_that_is_no_ascii_is_refused_like_any_other(web: httpx2.AsyncClient) -> None:
    headers = {name.encode(): value.encode() for name, value in signed(ISSUE).items()}
    headers[b"X-Hub-Signature-256"] = b"sha256=\xfc\xff"

    response = await web.post(PATH, content=ISSUE, headers=list(headers.items()))

    assert response.status_code == 401


async def test_what_is_too_large_is_refused_with_the_limit(web: httpx2.AsyncClient) -> None:
    body = b" " * (LIMIT_BYTES + 1)

    assert await post(web, body, signed(body)) == (
        413,
        {"error": "The delivery is larger than the 1,048,576 bytes that are taken"},
    )


WRONG = [
    ({"X-GitHub-Event": ""}, ISSUE, 400, "X-GitHub-Event is missing", "no event"),
    ({"X-GitHub-Delivery": ""}, ISSUE, 400, "X-GitHub-Delivery is missing", "no delivery"),
    ({"X-GitHub-Delivery": "d" * 201}, ISSUE, 400, "X-GitHub-Delivery is missing, or too long", "a long one"),
    (
        {"Content-Type": "application/x-www-form-urlencoded"},
        b"payload=%7B%7D",
        415,
        "Set the webhook",
        "a form",
    ),
    ({}, b"{", 400, "The delivery can't be read", "half of JSON"),
    ({}, b"[]", 400, "The delivery can't be read", "JSON of another shape"),
]


@pytest.mark.parametrize(("headers", "body", "status", "why", "reason"), WRONG, ids=[row[4] for row in WRONG])
async def test_what_github_never_sends_is_refused_by_name(
    web: httpx2.AsyncClient, headers: dict[str, str], body: bytes, status: int, why: str, reason: str
) -> None:
    answer = await post(web, body, {**signed(body), **headers})

    assert answer[0] == status, reason
    assert answer[1]["error"].startswith(why)


async def test_without_a_secret_the_webhook_is_not_there_and_says_why(house: House) -> None:
    transport = httpx2.ASGITransport(Starlette(routes=GitHubDoor("", {}).routes(house)))

    async with httpx2.AsyncClient(base_url="https://tocsin.acme.example", transport=transport) as web:
        answer = await post(web, ISSUE, signed(ISSUE))

    assert answer == (404, {"error": "The webhook is not set up here: set TOCSIN_GITHUB_WEBHOOK_SECRET"})
