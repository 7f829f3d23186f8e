"""What the pagers that teams keep have in common: how long an alert waits, and how their webhooks are read. It knows none of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import Final, TypeVar

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tocsin.core.work import Desk, Later, Refused
from tocsin.integrations.http import Failed

LIMIT_BYTES: Final = 256 * 1024
"""PagerDuty promises no more than 55 KB; Opsgenie cuts the long fields."""
FOR_THE_THREAD: Final = timedelta(seconds=5)
"""How long an alert waits for the link of the thread: no longer, since nothing that pages may wait for Slack."""
GIVEN_UP: Final = 10
"""After so many looks in vain an alert that nobody needs any more is taken for lost."""
MOMENT: Final = timedelta(seconds=1.5)
NAPS: Final = (0.1, 0.2, 0.5, 1.0)
"""Seconds of the machine between two questions; the last one goes on."""
T = TypeVar("T")
log = structlog.get_logger(__name__)


def wait_for_thread(desk: Desk, attempt: int) -> Later | None:
    """The alert waits for the thread's link, which belongs into it; None where it goes out now."""
    left = FOR_THE_THREAD - (desk.now - desk.incident.started_at)
    if "thread" not in desk.incident.abilities or desk.incident.thread is not None or left <= timedelta():
        return None
    # Twice at most, so that a third try in vain, of which people are told, is one of the pager's.
    wait = min(MOMENT, left) if attempt == 1 else left
    return Later("the thread is being opened: its link belongs into the alert", wait)


async def until(ask: Callable[[], Awaitable[T | None]], patience: timedelta) -> T | None:
    """Ask again and again until there is an answer; None where our patience (in the machine's time) ended first."""
    loop = asyncio.get_running_loop()
    end, naps = loop.time() + patience.total_seconds(), list(NAPS)
    while (answer := await ask()) is None:
        nap = naps.pop(0) if len(naps) > 1 else naps[0]
        if loop.time() + nap > end:
            return None
        await asyncio.sleep(nap)
    return answer


async def look_at_each(things: Iterable[T], look: Callable[[T], Awaitable[None]]) -> Failed | None:
    """Look at each of them; gives the first refusal, which concerns one thing alone and keeps none of the others from being looked at.

    Raises Failed where the service does not answer, or asks us to slow down: then the rest would fare no better.
    """
    refused = None
    for thing in things:
        try:
            await look(thing)
        except Failed as why:
            if not isinstance(why.outcome, Refused):
                raise
            refused = refused or why
    return refused


class Forged(Exception):
    """A request to a webhook's address that is not from the pager, or can't be read: what its sender is told."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


def webhook(path: str, label: str, take: Callable[[Request, bytes], Awaitable[str]]) -> BaseRoute:
    """A route that reads a delivery and says in one word what came of it. A pager that can't be asked just now is told to come again."""

    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse({"ok": await take(request, await body_of(request))})
        except Forged as why:
            log.warning("webhook_refused", service=label, why=why.why)
            return JSONResponse({"error": why.why}, status_code=why.status)
        except Failed as why:
            words = f"{label} can't be asked what came of it just now: send it again"
            log.warning("webhook_put_off", service=label, why=str(why))
            return JSONResponse({"error": words}, status_code=503, headers={"Retry-After": "10"})

    return Route(path, endpoint, methods=["POST"])


def read_delivery(body: bytes, shape: type[T], label: str) -> T:
    """The delivery as that shape. Forged (400) where it is another."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as why:
        raise Forged(400, f"This is no delivery as {label} describes it: {why}") from why


async def body_of(request: Request) -> bytes:
    """The whole body, which is never read further than to the limit, whatever length it claims."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LIMIT_BYTES:
            raise Forged(413, f"The delivery is larger than the {LIMIT_BYTES:,} bytes that are taken")
    return body
