"""Calendars that people's programs subscribe to, each under a secret link: no key, no session."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tocsin.acts.house import GONE, House
from tocsin.acts.oncall.feeds import calendar_of
from tocsin.errors import NotFound


def routes(house: House) -> Sequence[Route]:
    async def calendar(request: Request) -> Response:
        try:
            name, written = await calendar_of(house, request.path_params["secret"])
        except NotFound as why:
            return PlainTextResponse(why.message + "\n", 404)
        except GONE:
            again = {"Retry-After": "60"}
            return PlainTextResponse("The database can't be reached at the moment\n", 503, again)
        headers = {
            "Content-Disposition": f'inline; filename="{name}.ics"',
            "Cache-Control": "private, no-cache",
            "X-Robots-Tag": "noindex",
        }
        return Response(written, media_type="text/calendar; charset=utf-8", headers=headers)

    return [Route("/calendars/{secret}.ics", calendar)]
