"""How much a caller may send at once: more than that is refused by name, before it fills the memory."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LIMIT_BYTES = 1024 * 1024
LIMITS = {"/apply": 16 * LIMIT_BYTES, "/calendars/": 16 * LIMIT_BYTES}
"""Of the paths that begin so: the files of a large house; and a calendar, which says itself that it is too large."""


class BodyLimit:
    """Stands before the routes; counts what comes in, whatever the caller announced."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._app(scope, _counted(scope, receive), send)
        else:
            await self._app(scope, receive, send)


def _counted(scope: Scope, receive: Receive) -> Receive:
    limit = limit_of(scope["path"])
    announced = dict(scope["headers"]).get(b"content-length", b"0")
    came = 0

    async def counted() -> Message:
        nonlocal came
        if announced.isdigit() and int(announced) > limit:
            raise HTTPException(413)
        message = await receive()
        came += len(message.get("body", b""))
        if came > limit:
            raise HTTPException(413)
        return message

    return counted


def limit_of(path: str) -> int:
    """How many bytes are taken there."""
    return next(
        (limit for start, limit in LIMITS.items() if f"/api/v1{start}" in path or path.startswith(start)),
        LIMIT_BYTES,
    )
