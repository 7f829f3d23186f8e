"""How much a caller may send at once: more than that is refused by name, before it fills the memory."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LIMIT_BYTES = 1024 * 1024


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
    announced = dict(scope["headers"]).get(b"content-length", b"0")
    came = 0

    async def counted() -> Message:
        nonlocal came
        if announced.isdigit() and int(announced) > LIMIT_BYTES:
            raise HTTPException(413)
        message = await receive()
        came += len(message.get("body", b""))
        if came > LIMIT_BYTES:
            raise HTTPException(413)
        return message

    return counted
