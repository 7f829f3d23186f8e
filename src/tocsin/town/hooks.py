"""What people run themselves: programs that take signed webhooks and verify them, and a chat (as Mattermost is) with incoming webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from tocsin.town.ids import Now
from tocsin.town.pages import Pages
from tocsin.town.wire import Answer, Post

TOLERANCE = timedelta(minutes=5)
"""How old a call may be: an older one may be a recording."""
PATIENCE = 5.0
LONGEST_POST = 16_383
"""Mattermost's own limit."""


@dataclass(slots=True)
class Call:
    """One message that a program took. `said` is what came back when it acknowledged."""

    id: str
    at: datetime
    type: str
    data: dict[str, Any]
    said: str = ""


@dataclass(slots=True)
class Receiver:
    """A program that takes webhooks. It takes each message once, and only with a signature of one of its secrets."""

    secrets: list[str]
    calls: list[Call] = field(default_factory=list)
    doubles: int = 0
    """How often a message came that was taken already."""
    refused: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Said:
    """One message in a channel of the chat."""

    at: datetime
    who: str
    text: str


@dataclass(slots=True)
class Hooks:
    now: Now
    post: Post
    pages: Pages
    url: str = ""
    receivers: dict[str, Receiver] = field(default_factory=dict)
    channels: dict[str, list[Said]] = field(default_factory=dict)
    """By the token of their incoming webhook."""

    def receiver(self, name: str, *secrets: str) -> str:
        """Run one more program; gives the address that it listens at."""
        self.receivers[name] = Receiver(list(secrets))
        return f"{self.url}/webhook/{name}"

    def channel(self, token: str) -> str:
        """Give a channel of the chat an incoming webhook; gives its address as Apprise writes it."""
        self.channels[token] = []
        return f"mmost://{self.url.partition('://')[2]}/chat/{token}"

    async def acknowledge(self, call: Call) -> Answer:
        """What a program does that answers on its own."""
        answer = await self.post.send(str(call.data["acknowledge_url"]), b"", {}, within=PATIENCE)
        call.said = str(answer.body or "No answer came")
        return answer

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/webhook/{name}", self._take, methods=["POST"]),
            Route("/chat/hooks/{token}", self._chat, methods=["POST"]),
            Route("/hooks", self._show),
            Route("/hooks", self._press, methods=["POST"]),
        ]

    async def _take(self, request: Request) -> Response:
        receiver = self.receivers.get(request.path_params["name"])
        if receiver is None:
            return PlainTextResponse("Nobody listens here", 404)
        body = await request.body()
        id = request.headers.get("webhook-id", "")
        if wrong := _wrong(request, body, receiver.secrets, self.now()):
            receiver.refused.append(wrong)
            return JSONResponse({"message": wrong}, 401)
        if any(call.id == id for call in receiver.calls):
            receiver.doubles += 1
        else:
            said = json.loads(body)
            receiver.calls.append(Call(id, self.now(), said["type"], said["data"]))
        return Response(status_code=204)

    async def _chat(self, request: Request) -> Response:
        said = self.channels.get(request.path_params["token"])
        if said is None:
            return _mattermost(400, "web.incoming_webhook.invalid.app_error", "Invalid webhook.")
        try:
            given = json.loads(await request.body())
            text = str(given["text"])
        except (ValueError, KeyError, TypeError):
            return _mattermost(400, "web.incoming_webhook.parse.app_error", "Unable to parse incoming data.")
        if len(text) > LONGEST_POST:
            return _mattermost(
                400, "web.incoming_webhook.text.length.app_error", "Maximum text length exceeded."
            )
        said.append(Said(self.now(), str(given.get("username") or "webhook"), text))
        return PlainTextResponse("ok")

    async def _show(self, request: Request) -> Response:
        return self.pages.show("hooks.html", request, receivers=self.receivers, channels=self.channels)

    async def _press(self, request: Request) -> Response:
        form = await request.form()
        receiver = self.receivers.get(str(form.get("of", "")))
        for call in receiver.calls if receiver else []:
            if call.id == form.get("id") and call.data["acknowledge_url"]:
                await self.acknowledge(call)
        return RedirectResponse("/hooks", 303)


def _wrong(request: Request, body: bytes, secrets: list[str], now: datetime) -> str:
    """Why a call is not taken, as the specification of Standard Webhooks 1.0 has it; "" where it is."""
    id, stamp = request.headers.get("webhook-id", ""), request.headers.get("webhook-timestamp", "")
    if not id or not stamp.isdecimal():
        return "Missing required headers"
    if abs(now.timestamp() - int(stamp)) > TOLERANCE.total_seconds():
        return "Message timestamp too old or too new"
    wanted = {_signature(secret, f"{id}.{stamp}.".encode() + body) for secret in secrets}
    for one in request.headers.get("webhook-signature", "").split(" "):
        version, _, signature = one.partition(",")
        if version == "v1" and any(hmac.compare_digest(signature, right) for right in wanted):
            return ""
    return "No matching signature found"


def _signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()


def _mattermost(status: int, id: str, message: str) -> Response:
    return JSONResponse({"id": id, "message": message, "status_code": status}, status)
