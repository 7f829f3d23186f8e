"""A push service and the browsers that it wakes: each opens its messages with keys of its own, shows them, and answers."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from tocsin.town.ids import Now, whole_number
from tocsin.town.push.keys import Keys, NotForUs, check_sender
from tocsin.town.wire import Answer, Post

__all__ = ["Device", "PushService", "Shown"]
LARGEST = 4096
URGENCIES = ("very-low", "low", "normal", "high")
TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")
PATIENCE = 5.0


@dataclass(slots=True)
class Shown:
    """One notification on a screen. `said` is what came back when somebody pressed a button of it."""

    id: str
    title: str
    body: str
    link: str
    answer: str
    receipt: str
    urgent: bool
    urgency: str
    ttl: int
    topic: str
    at: datetime
    said: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"title": self.title, "body": self.body, "link": self.link, "said": self.said}


@dataclass(slots=True)
class Device:
    """A browser that subscribed. `pushed` is all that came, `shown` what stands on its screen."""

    name: str
    endpoint: str
    server_key: str
    keys: Keys = field(default_factory=Keys)
    gone: bool = False
    pushed: list[Shown] = field(default_factory=list)
    shown: dict[str, Shown] = field(default_factory=dict)

    def subscription(self) -> dict[str, Any]:
        """As `PushSubscription.toJSON()` gives it."""
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": self.keys.as_json()}


class PushService:
    """What tests and the demo hold in their hands."""

    def __init__(self, now: Now, post: Post) -> None:
        self._now = now
        self._post = post
        self._numbers = itertools.count(1)
        self.devices: dict[str, Device] = {}
        self.url = ""
        """Where the town is reached, without `/push`."""
        self.largest = LARGEST
        """The most bytes that it takes."""

    def subscribe(self, name: str, server_key: str) -> Device:
        """The person with this device allows notifications; `server_key` is the public key of who may send."""
        id = f"{whole_number(name)}-{next(self._numbers)}"
        self.devices[id] = device = Device(name, f"{self.url}/push/{id}", server_key)
        return device

    async def press(self, device: Device, id: str, action: str) -> Answer:
        """Press a button as the service worker of the app would have it: "acknowledge", or "" to open the notification."""
        shown = device.shown[id]
        url = shown.answer if action == "acknowledge" else shown.receipt
        body = b"" if action == "acknowledge" else b"seen"
        answer = await self._post.send(url, body, {"Content-Type": "text/plain"}, within=PATIENCE)
        if action == "acknowledge":
            shown.said = str(answer.body or "No answer came")
        return answer

    def routes(self) -> list[BaseRoute]:
        return [Route("/push/{id}", self._push, methods=["POST"])]

    def as_json(self) -> list[dict[str, Any]]:
        return [
            {"name": d.name, "gone": d.gone, "shown": [one.as_json() for one in d.shown.values()]}
            for d in self.devices.values()
        ]

    async def _push(self, request: Request) -> Response:
        device = self.devices.get(request.path_params["id"])
        if device is None or device.gone:
            return _problem(404 if device is None else 410, "The subscription has expired or is unknown")
        body, headers = await request.body(), request.headers
        if len(body) > self.largest:
            return _problem(413, f"At most {self.largest} bytes are taken")
        wrong = _wrong(headers.get("ttl", ""), headers.get("urgency", "normal"), headers.get("topic"))
        if wrong or headers.get("content-encoding") != "aes128gcm":
            return _problem(400, wrong or "Content-Encoding must be aes128gcm")
        try:
            check_sender(headers.get("authorization", ""), self.url, device.server_key, self._now())
        except NotForUs as why:
            return _problem(403 if "authorization" in headers else 401, str(why))
        self._show(device, body, headers)
        at = f"{self.url}/push/message/{next(self._numbers)}"
        return Response(status_code=201, headers={"Location": at, "TTL": headers["ttl"]})

    def _show(self, device: Device, body: bytes, headers: Any) -> None:
        """The service can't read it; the device opens it and shows it, instead of what has the same id."""
        said = json.loads(device.keys.opened(body))
        shown = Shown(
            **{
                name: str(said.get(name, "")) for name in ("id", "title", "body", "link", "answer", "receipt")
            },
            urgent=bool(said.get("urgent")),
            urgency=headers.get("urgency", "normal"),
            ttl=int(headers["ttl"]),
            topic=headers.get("topic", ""),
            at=self._now(),
        )
        device.pushed.append(shown)
        device.shown[shown.id] = shown
        if shown.receipt:
            self._post.later(self._post.send(shown.receipt, b"delivered", {}, within=PATIENCE))


def _wrong(ttl: str, urgency: str, topic: str | None) -> str:
    if not ttl.isdecimal():
        return "The TTL header is missing"
    if urgency not in URGENCIES:
        return f"There is no urgency {urgency}"
    if topic is not None and not TOPIC.fullmatch(topic):
        return "A topic has at most 32 signs of base64url"
    return ""


def _problem(status: int, message: str) -> Response:
    body = json.dumps({"code": status, "errno": 100 + status % 100, "message": message})
    return Response(body, status, media_type="application/json")
