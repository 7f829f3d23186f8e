"""The small door at which a device acknowledges: an address that only who got the message knows, to which nothing more is sent.

Any service whose notifications have buttons may have one. Looking at the address changes nothing: only a POST does.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from tocsin.acts.house import GONE, House
from tocsin.core.channel import ACKNOWLEDGE
from tocsin.doors.errors import status_of
from tocsin.errors import TocsinError

log = structlog.get_logger(__name__)
NOT_OURS: Final = (
    "This button was not made by this Tocsin, or was cut short. Open the link in the message instead"
)
NOT_NOW: Final = "The database can't be reached at the moment: try again in a minute"


class AnswerDoor:
    """The answers of one channel. With `any_site` pages of other sites may read what is said back, as ntfy's own web app has to."""

    def __init__(self, via: str, *, any_site: bool = False) -> None:
        self._via = via
        self._path = f"/integrations/{via}/answer"
        self._headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        if any_site:
            # Nothing is let in by it: no cookie counts here, and the address is the proof.
            self._headers["Access-Control-Allow-Origin"] = "*"

    def address(self, house: House, ticket: str) -> str:
        """Where a POST acknowledges the message of that ticket."""
        signature = house.sign(self._subject, ticket)
        return f"{house.places.base}{self._path}/{quote(ticket, safe='')}/{signature}"

    def route(self, house: House) -> BaseRoute:
        async def answer(request: Request) -> Response:
            ticket, signature = request.path_params["ticket"], request.path_params["signature"]
            if not house.sign.holds(self._subject, ticket, signature):
                log.warning("an_answer_was_forged", via=self._via)
                return PlainTextResponse(NOT_OURS, 403, self._headers)
            try:
                said = await house.receipts.answered(self._via, ticket=ticket, does=ACKNOWLEDGE)
            except TocsinError as why:
                return PlainTextResponse(why.message, status_of(why), self._headers)
            except GONE:
                return PlainTextResponse(NOT_NOW, 503, self._headers)
            return PlainTextResponse(said, headers=self._headers)

        return Route(self._path + "/{ticket}/{signature}", answer, methods=["POST"])

    @property
    def _subject(self) -> str:
        """What the signature is for, so that one made for another purpose opens nothing here."""
        return f"answer by {self._via}"
