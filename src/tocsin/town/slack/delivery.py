"""How Slack reaches the app: signed HTTP, or an envelope on a Socket Mode connection if one is open. Events are tried again."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from starlette.websockets import WebSocket, WebSocketDisconnect

from tocsin.town.faults import Faults
from tocsin.town.ids import Now
from tocsin.town.wire import JSON, NO_ANSWER, Answer, Post

PATIENCE = 3.0
"""Seconds that Slack waits for an app's answer."""


@dataclass(slots=True)
class AppUrls:
    """Where the app listens; empty if it does not."""

    events: str = ""
    commands: str = ""
    interactivity: str = ""


@dataclass(eq=False, slots=True)
class Socket:
    """One open Socket Mode connection and the envelopes that it has not acknowledged yet."""

    websocket: WebSocket
    waiting: dict[str, asyncio.Future[Any]] = field(default_factory=dict)


class Delivery:
    """Carries payloads to the app and brings back its answer."""

    def __init__(self, now: Now, faults: Faults, post: Post, signing_secret: str) -> None:
        self._now = now
        self._faults = faults
        self._post = post
        self.signing_secret = signing_secret
        self.urls = AppUrls()
        self.patience = PATIENCE
        self.retry_waits: tuple[float, ...] = (0.0, 0.3, 1.0)
        """Seconds before each further try of an event. Slack itself waits nothing, a minute, five minutes."""
        self.sockets: list[Socket] = []
        self._turn = itertools.count()

    async def event(self, name: str, payload: JSON) -> Answer:
        """Deliver an event, up to four times in all, until the app says 2xx or acknowledges."""
        answer = await self._event_until_taken(payload)
        if self._faults.take("slack", [name], ["duplicate_event"]) is not None:
            answer = await self._event_until_taken(payload)
        return answer

    async def _event_until_taken(self, payload: JSON) -> Answer:
        if not self.sockets and not self.urls.events:
            return Answer(NO_ANSWER)
        answer = await self._event_once(payload, 0, "")
        for number, wait in enumerate(self.retry_waits, start=1):
            if answer.ok:
                break
            await asyncio.sleep(wait)
            reason = "http_timeout" if answer.status == NO_ANSWER else "http_error"
            answer = await self._event_once(payload, number, reason)
        return answer

    async def _event_once(self, payload: JSON, retry: int, reason: str) -> Answer:
        if self.sockets:
            more = {"retry_attempt": retry, "retry_reason": reason}
            return await self._envelope("events_api", payload, False, more)
        headers = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": reason} if retry else {}
        return await self._signed(self.urls.events, json.dumps(payload), "application/json", headers)

    async def command(self, payload: dict[str, str]) -> Answer:
        """Deliver a slash command, once."""
        if self.sockets:
            return await self._envelope("slash_commands", payload, True, {})
        return await self._signed(
            self.urls.commands, urlencode(payload), "application/x-www-form-urlencoded", {}
        )

    async def interaction(self, payload: JSON) -> Answer:
        """Deliver a click, a shortcut or a submission, once."""
        if self.sockets:
            takes_answer = payload["type"] == "view_submission"
            return await self._envelope("interactive", payload, takes_answer, {})
        form = urlencode({"payload": json.dumps(payload)})
        return await self._signed(self.urls.interactivity, form, "application/x-www-form-urlencoded", {})

    async def _signed(self, url: str, body: str, content_type: str, headers: dict[str, str]) -> Answer:
        if not url:
            return Answer(NO_ANSWER)
        stamp = str(int(self._now().timestamp()))
        return await self._post.send(
            url,
            body.encode(),
            {
                "Content-Type": content_type,
                "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
                "X-Slack-Request-Timestamp": stamp,
                "X-Slack-Signature": signature(self.signing_secret, stamp, body),
                **headers,
            },
            within=self.patience,
        )

    async def _envelope(self, kind: str, payload: Any, takes_answer: bool, more: JSON) -> Answer:
        socket = self.sockets[next(self._turn) % len(self.sockets)]
        envelope_id = str(uuid.uuid4())
        waiting: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        socket.waiting[envelope_id] = waiting
        envelope = {
            "envelope_id": envelope_id,
            "payload": payload,
            "type": kind,
            "accepts_response_payload": takes_answer,
            **more,
        }
        try:
            await socket.websocket.send_text(json.dumps(envelope))
            return Answer(200, await asyncio.wait_for(waiting, self.patience))
        except (TimeoutError, WebSocketDisconnect, RuntimeError):
            return Answer(NO_ANSWER)
        finally:
            socket.waiting.pop(envelope_id, None)

    async def serve(self, websocket: WebSocket, app_id: str) -> None:
        """Keep one connection until either side closes it."""
        await websocket.accept()
        socket = Socket(websocket)
        self.sockets.append(socket)
        try:
            await websocket.send_text(json.dumps(self._hello(app_id)))
            while True:
                _acknowledge(socket, json.loads(await websocket.receive_text()))
        except (WebSocketDisconnect, RuntimeError, ValueError):
            pass
        finally:
            if socket in self.sockets:
                self.sockets.remove(socket)

    def _hello(self, app_id: str) -> JSON:
        return {
            "type": "hello",
            "num_connections": len(self.sockets),
            "debug_info": {"host": "applink-town", "build_number": 1, "approximate_connection_time": 18060},
            "connection_info": {"app_id": app_id},
        }

    async def drop_sockets(self, reason: str) -> None:
        """Tell every connection to go, and close it."""
        for socket in list(self.sockets):
            self.sockets.remove(socket)
            try:
                farewell = {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-town"}}
                await socket.websocket.send_text(json.dumps(farewell))
                await socket.websocket.close()
            except (WebSocketDisconnect, RuntimeError):
                continue


def _acknowledge(socket: Socket, message: JSON) -> None:
    waiting = socket.waiting.get(message.get("envelope_id", ""))
    if waiting is not None and not waiting.done():
        waiting.set_result(message.get("payload") or None)


def signature(secret: str, stamp: str, body: str) -> str:
    """Slack's v0 signature of a request."""
    digest = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256)
    return f"v0={digest.hexdigest()}"
