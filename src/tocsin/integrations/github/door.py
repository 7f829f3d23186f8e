"""What comes in from GitHub: its signed webhook. Who takes which event is given; the rest are named and left.

A delivery is remembered once it was dealt with, not before: one that we die over is sent again (by hand, or by us) and must not be
taken for old. Two that come at the same moment are both taken, so whoever takes an event does it once, by a key of the event's own.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tocsin.acts import looks
from tocsin.acts.house import House

PATH: Final = "/integrations/github/webhook"
LIMIT_BYTES: Final = 1024 * 1024
Take = Callable[[House, bytes], Awaitable[dict[str, str]]]
"""Deals with one event, given the body of its delivery, and says in `ok` or `ignored` what became of it."""


class _Refusal(Exception):
    """What the sender of a webhook is told instead of a yes."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


class GitHubDoor:
    """`secret` is the one that was typed in at GitHub; "" where the webhook is not set up."""

    def __init__(self, secret: str, events: Mapping[str, Take]) -> None:
        self._secret = secret.encode()
        self._events = events

    def routes(self, house: House) -> list[BaseRoute]:
        async def webhook(request: Request) -> Response:
            try:
                return JSONResponse(await self._take(house, request))
            except _Refusal as why:
                return JSONResponse({"error": why.why}, status_code=why.status)

        return [Route(PATH, webhook, methods=["POST"])]

    async def _take(self, house: House, request: Request) -> dict[str, str]:
        if not self._secret:
            raise _Refusal(404, "The webhook is not set up here: set TOCSIN_GITHUB_WEBHOOK_SECRET")
        body = await _body(request)
        self._check_signature(request.headers.get("X-Hub-Signature-256", ""), body)
        event = _header(request, "X-GitHub-Event")
        delivery = _header(request, "X-GitHub-Delivery")
        _check_json(request, body)
        if event == "ping":
            return {"ok": "The webhook is set up"}
        if await looks.event_was_seen(house, "github", delivery):
            return {"ignored": f"the delivery {delivery} was taken already"}
        answer = await self._dealt_with(house, event, body)
        await looks.event_is_new(house, "github", delivery)
        return answer

    async def _dealt_with(self, house: House, event: str, body: bytes) -> dict[str, str]:
        take = self._events.get(event)
        if take is None:
            return {"ignored": f"Tocsin does nothing with {event} events"}
        try:
            return await take(house, body)
        except msgspec.ValidationError as why:
            raise _Refusal(400, f"This is no {event} event as GitHub describes it: {why}") from why

    def _check_signature(self, given: str, body: bytes) -> None:
        if not given:
            raise _Refusal(
                401, "X-Hub-Signature-256 is missing: type the webhook's secret in at GitHub as well"
            )
        right = "sha256=" + hmac.new(self._secret, body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(right.encode(), given.encode()):
            raise _Refusal(
                401,
                "X-Hub-Signature-256 does not fit: GitHub and Tocsin have different secrets for the webhook",
            )


def _header(request: Request, name: str) -> str:
    value = request.headers.get(name, "")
    if not value or len(value) > 200:
        raise _Refusal(400, f"{name} is missing, or too long to be GitHub's")
    return value


async def _body(request: Request) -> bytes:
    """The whole body, which is never read further than to the limit, whatever length it claims."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LIMIT_BYTES:
            raise _Refusal(413, f"The delivery is larger than the {LIMIT_BYTES:,} bytes that are taken")
    return body


def _check_json(request: Request, body: bytes) -> None:
    if not request.headers.get("Content-Type", "").startswith("application/json"):
        raise _Refusal(415, "Set the webhook's content type to application/json at GitHub")
    try:
        msgspec.json.decode(body, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as why:
        raise _Refusal(400, f"The delivery can't be read: {why}") from why
