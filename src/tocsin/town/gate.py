"""The one ASGI middleware through which every call to a service passes: it keeps the log, and it lets calls fail when told to."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tocsin.town.faults import Fault, Faults
from tocsin.town.ids import Now
from tocsin.town.wire import parsed

KEPT = 20_000
PACKS = "(git's own bytes)"
HTTP_KINDS = ("429", "403", "410", "413", "500", "503", "timeout", "lost_answer")
API_PATHS = {
    "/slack/api/": "slack",
    "/slack/response/": "slack",
    "/x/2/": "x",
    "/github/repos/": "github",
    "/github/user": "github",
    "/github/graphql": "github",
    "/github/git/": "github",
    "/google/v1/": "google",
    "/google/token": "google",
    "/opsgenie/v2/": "opsgenie",
    "/ntfy/": "ntfy",
    "/push/": "push",
    "/pagerduty/events/": "pagerduty",
    "/pagerduty/api/": "pagerduty",
    "/webhook/": "webhook",
    "/chat/hooks/": "chat",
    "/twilio/2010-04-01/": "twilio",
    "/site/": "site",
    "/buildkite/v2/": "buildkite",
}


@dataclass(slots=True)
class Exchange:
    """One call of a service's API and what it was answered. Status 0 means that it never got an answer."""

    service: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: str
    status: int = 0
    answer: str = ""
    answer_headers: dict[str, str] = field(default_factory=dict)
    fault: str | None = None

    @property
    def json(self) -> Any:
        return parsed(self.body)

    @property
    def answer_json(self) -> Any:
        return parsed(self.answer)


class Gate:
    """Wraps the town's app."""

    def __init__(self, app: ASGIApp, faults: Faults, now: Now) -> None:
        self._app = app
        self._faults = faults
        self._now = now
        self.log: deque[Exchange] = deque(maxlen=KEPT)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        service = service_of(scope["path"]) if scope["type"] == "http" else None
        if service is None:
            await self._app(scope, receive, send)
            return
        body = await _whole_body(receive)
        exchange = _exchange(service, scope, body)
        self.log.append(exchange)
        fault = self._faults.take(service, names_of(exchange), HTTP_KINDS)
        keeping = _keeping(exchange, send)
        if fault is None:
            await self._app(scope, _replay(body, receive), keeping)
            return
        exchange.fault = fault.kind
        await self._fail(fault, scope, _replay(body, receive), receive, keeping)

    async def _fail(self, fault: Fault, scope: Scope, replay: Receive, receive: Receive, send: Send) -> None:
        if fault.kind == "timeout":
            await _hold(receive, self._faults.patience)
            await _break_off(send)
        elif fault.kind == "lost_answer":
            await self._app(scope, replay, _swallow)
            await _break_off(send)
        else:
            await _refuse(fault, self._now(), send)


def service_of(path: str) -> str | None:
    """Which service's API a path belongs to; None for the pages that people look at."""
    if path.startswith("/site/control"):
        return None
    return next((service for start, service in API_PATHS.items() if path.startswith(start)), None)


def names_of(exchange: Exchange) -> list[str]:
    """All that a fault may call this request by: its path, in full and within the service, with its verb, its last part."""
    within = "/" + exchange.path.removeprefix(f"/{exchange.service}/")
    last = exchange.path.rsplit("/", 1)[-1]
    return [
        exchange.path,
        within,
        last,
        exchange.method,
        f"{exchange.method} {within}",
        f"{exchange.method} {exchange.path}",
    ]


def _exchange(service: str, scope: Scope, body: bytes) -> Exchange:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query = scope["query_string"].decode("latin-1")
    text = PACKS if _is_git(scope["path"]) else body.decode("utf-8", errors="replace")
    return Exchange(service, scope["method"], scope["path"], query, headers, text)


def _is_git(path: str) -> bool:
    """Whether packs go to and fro, which are binary and may be large."""
    return path.startswith("/github/git/")


async def _whole_body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _keeping(exchange: Exchange, send: Send) -> Send:
    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            exchange.status = message["status"]
            exchange.answer_headers = {
                n.decode("latin-1"): v.decode("latin-1") for n, v in message["headers"]
            }
        elif message["type"] == "http.response.body" and not _is_git(exchange.path):
            exchange.answer += message.get("body", b"").decode("utf-8", errors="replace")
        await send(message)

    return keep


async def _swallow(message: Message) -> None:
    return None


async def _hold(receive: Receive, patience: float) -> None:
    """Wait until the caller gives up, or until our patience ends."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience):
            while (await receive())["type"] != "http.disconnect":
                pass


async def _break_off(send: Send) -> None:
    """Promise more than is sent, so that the server has to cut the connection."""
    await send({"type": "http.response.start", "status": 500, "headers": [(b"content-length", b"64")]})
    await send({"type": "http.response.body", "body": b"", "more_body": True})


async def _refuse(fault: Fault, now: datetime, send: Send) -> None:
    status = int(fault.kind)
    body = json.dumps(_refusal(fault.service, status)).encode()
    headers = [(b"content-type", b"application/json; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    if status in (429, 403):
        headers.extend(_limits(fault, now))
    elif fault.retry_after is not None:
        headers.append((b"retry-after", b"%d" % fault.retry_after))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _limits(fault: Fault, now: datetime) -> list[tuple[bytes, bytes]]:
    """X names the instant at which its window ends; the others say how long to wait."""
    wait = 1 if fault.retry_after is None else fault.retry_after
    if fault.service == "x":
        reset = b"%d" % (int(now.timestamp()) + wait)
        return [
            (b"x-rate-limit-limit", b"900"),
            (b"x-rate-limit-remaining", b"0"),
            (b"x-rate-limit-reset", reset),
        ]
    if fault.service == "pagerduty" and fault.kind == "403":
        return []  # There it is what a key may not do, and no limit.
    if fault.service == "opsgenie" and fault.retry_after is None:
        return [(b"x-ratelimit-state", b"THROTTLED"), (b"x-ratelimit-period-in-sec", b"60")]
    headers = [(b"retry-after", b"%d" % wait)]
    if fault.service == "github":
        headers += [(b"x-ratelimit-limit", b"5000"), (b"x-ratelimit-remaining", b"0")]
    return headers


def _refusal(service: str, status: int) -> dict[str, Any]:
    if service == "slack":
        return {"ok": False, "error": "ratelimited" if status == 429 else "internal_error"}
    if service == "x":
        title = {429: "Too Many Requests", 503: "Service Unavailable", 403: "Forbidden"}.get(
            status, "Internal Error"
        )
        return {"title": title, "detail": title, "type": "about:blank", "status": status}
    if service == "github":
        return _github_refusal(status)
    if service == "google":
        return _google_refusal(status)
    if service == "opsgenie":
        said = {403: "You are not authorized to do this", 429: "You are making too many requests!"}
        return {"message": said.get(status, "Internal error"), "took": 0.001, "requestId": "7ac0c0de"}
    if service == "ntfy":
        said = {403: "forbidden", 429: "limit reached: too many requests"}
        return {
            "code": status * 100 + 1,
            "http": status,
            "error": said.get(status, "internal server error"),
        }
    if service == "pagerduty":
        words = {403: "Access Denied", 429: "Rate Limit Exceeded"}.get(status, "Internal Server Error")
        return {"error": {"message": words, "code": 2020}}
    if service == "twilio":
        said = {403: "Forbidden", 429: "Too Many Requests"}
        number = {429: 20429}.get(status, 20000 + status)
        more = f"https://www.twilio.com/docs/errors/{number}"
        return {
            "code": number,
            "message": said.get(status, "Internal server error"),
            "more_info": more,
            "status": status,
        }
    return {"error": "The service is failing on purpose"}


def _google_refusal(status: int) -> dict[str, Any]:
    meaning, message = {
        403: ("PERMISSION_DENIED", "The caller does not have permission"),
        429: ("RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Write requests'"),
        503: ("UNAVAILABLE", "The service is currently unavailable."),
    }.get(status, ("INTERNAL", "Internal error encountered."))
    return {"error": {"code": status, "message": message, "status": meaning}}


def _github_refusal(status: int) -> dict[str, Any]:
    url = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api"
    if status in (403, 429):
        return {
            "message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
            "documentation_url": url,
            "status": str(status),
        }
    return {"message": "Server Error" if status == 500 else "Service unavailable", "documentation_url": url}
