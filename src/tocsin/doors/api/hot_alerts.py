"""Opening an alert without a detour: a storm of them is what this house is for, so the plain call stands before the rest of the API.

Whatever is not plain (no key, a field that can't be, a refusal) goes on to the API with the same body, which answers it in words.
"""

from __future__ import annotations

from typing import Final

from pydantic import ValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tocsin.acts.access import hashed, visitor_of
from tocsin.acts.alerting.opening import open_alert
from tocsin.acts.house import GONE, House
from tocsin.core.case import Actor
from tocsin.doors.api import asked_alerts as asked
from tocsin.doors.api.alerts import opened_told, opening_asked
from tocsin.doors.api.body import LIMIT_BYTES
from tocsin.doors.api.hot import JSON, key_of
from tocsin.errors import TocsinError

PATH: Final = "/alerts"


class HotAlerts:
    """Stands before the API."""

    def __init__(self, app: ASGIApp, house: House) -> None:
        self._app = app
        self._house = house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or not _is_ours(scope):
            await self._app(scope, receive, send)
            return
        came = await _body(receive)
        answer = await self._answer(key_of(scope), came)
        if answer is None:
            await self._app(scope, _again(came, receive), send)
            return
        length = (b"content-length", str(len(answer)).encode())
        await send({"type": "http.response.start", "status": 201, "headers": [JSON, length]})
        await send({"type": "http.response.body", "body": answer})

    async def _answer(self, key: bytes, came: list[Message]) -> bytes | None:
        """What the plain call is answered; None where somebody else has to. Nothing was done then."""
        if not key or came[-1].get("more_body"):
            return None
        try:
            body = asked.OpenAlert.model_validate_json(b"".join(one.get("body", b"") for one in came))
            holder, known = await self._house.callers.ask(self._house, hashed(key.decode("latin-1")))
        except (ValidationError, *GONE):
            return None
        visitor = visitor_of(holder) if holder else None
        if visitor is None or not visitor.may("report"):
            return None
        try:
            opening = opening_asked(body, visitor)
            actor = Actor(visitor.person, "api", visitor.name)
            opened = await open_alert(self._house, actor, opening, body.policy, body.to, known)
        except TocsinError:
            return None
        return opened_told(opened, self._house).model_dump_json().encode()


def _is_ours(scope: Scope) -> bool:
    path: str = scope["path"].removeprefix(scope.get("root_path", ""))
    return path == PATH


async def _body(receive: Receive) -> list[Message]:
    """What came of the body, as far as it may go."""
    came: list[Message] = []
    size = 0
    while True:
        message = await receive()
        came.append(message)
        size += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body") or size > LIMIT_BYTES:
            return came


def _again(came: list[Message], receive: Receive) -> Receive:
    """The same messages once more, then whatever follows."""
    left = list(came)

    async def again() -> Message:
        return left.pop(0) if left else await receive()

    return again
