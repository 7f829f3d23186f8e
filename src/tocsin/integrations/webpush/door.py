"""What browsers ask of Web Push: the public key, the service worker, and where a notification answers and tells that it came."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Final

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from tocsin.acts.house import GONE, House
from tocsin.acts.receiving import DELIVERED, SEEN
from tocsin.integrations.answering import NOT_NOW, AnswerDoor
from tocsin.integrations.webpush.notification import Ways

log = structlog.get_logger(__name__)
VIA: Final = "webpush"
PATH: Final = f"/integrations/{VIA}"
FORGED: Final = "This receipt was not asked for by this Tocsin"
STATES: Final = (DELIVERED, SEEN)
LONGEST_WORD: Final = 20


class PushDoor:
    def __init__(self) -> None:
        self._answers = AnswerDoor(VIA)
        self._worker = files(__package__).joinpath("worker.js").read_bytes()

    def ways(self, house: House, ticket: str, id: str) -> Ways:
        """The addresses that the notification of this id brings along."""
        answer = self._answers.address(house, ticket) if ticket else ""
        base = house.places.base
        return Ways(answer, f"{base}{PATH}/receipt/{id}/{house.sign(SUBJECT, id)}", house.places.contacts)

    def routes(self, house: House, public_key: Callable[[], Awaitable[str]]) -> list[BaseRoute]:
        async def key(request: Request) -> Response:
            try:
                return JSONResponse({"key": await public_key()}, headers={"Cache-Control": "no-store"})
            except GONE:
                return PlainTextResponse(NOT_NOW, 503)

        async def receipt(request: Request) -> Response:
            return await _receipt(house, request)

        return [
            Route(f"{PATH}/key", key, methods=["GET"]),
            Route(f"{PATH}/worker.js", self._show_worker, methods=["GET"]),
            Route(PATH + "/receipt/{id}/{signature}", receipt, methods=["POST"]),
            self._answers.route(house),
        ]

    async def _show_worker(self, request: Request) -> Response:
        headers = {
            # It works for all our pages, though it lies deeper.
            "Service-Worker-Allowed": "/",
            "Cache-Control": "no-cache",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(self._worker, media_type="text/javascript", headers=headers)


SUBJECT: Final = "receipt by web push"


async def _receipt(house: House, request: Request) -> Response:
    id, signature = request.path_params["id"], request.path_params["signature"]
    if not house.sign.holds(SUBJECT, id, signature):
        log.warning("a_receipt_was_forged", via=VIA)
        return PlainTextResponse(FORGED, 403)
    said = bytearray()
    async for piece in request.stream():
        said += piece
        if len(said) > LONGEST_WORD:
            break
    state = said.decode(errors="replace")
    if state not in STATES:
        return PlainTextResponse(f"A receipt says {' or '.join(STATES)}", 422)
    try:
        await house.receipts.told(VIA, id, state)
    except GONE:
        return PlainTextResponse(NOT_NOW, 503)
    return Response(status_code=204)
