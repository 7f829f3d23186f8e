"""Who stands at the web door and what they may: sessions, rights, forms from our own pages only, and errors as pages in words."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import quote, urlsplit

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tocsin.acts import access, inbox
from tocsin.core.oncall.picture import STYLE
from tocsin.doors.errors import UNREACHABLE, status_of
from tocsin.doors.web.visit import SESSION, Visit, Web
from tocsin.errors import Forbidden, TocsinError, Unauthenticated

log = structlog.get_logger(__name__)

Handler = Callable[[Visit], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]
# A picture of a schedule brings its colours with it, also where it stands in a page: these and no other style.
OWN_STYLE: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'; "
    f"style-src 'self' 'sha256-{OWN_STYLE}'",
    # Not no-referrer: under that policy browsers send "Origin: null" with a form, also to their own site, and over plain http
    # nothing else would tell our own forms from a stranger's. No other site ever gets our addresses either way.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}
HEADINGS: Final = {
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    409: "It has moved on",
    422: "That can't be taken as it is",
    500: "Our own fault",
    503: "Not reachable",
}
OUR_FAULT: Final = (
    "Something went wrong on our side, and nothing was changed. Go back and try again; if it burns, act in the thread, "
    "by the command line or by telephone, and write it down here later."
)
GONE: Final = (
    "The database can't be reached at the moment, and nothing was changed. Try again in a minute; "
    "until then act in the thread or by telephone."
)


def guarded(web: Web, handler: Handler, right: str = "") -> Endpoint:
    """The endpoint of a page. `right` is what a visitor must have; "" lets everybody in, signed in or not."""

    async def endpoint(request: Request) -> Response:
        visit = Visit(web, request)
        try:
            response = await _let_in(visit, handler, right)
        except TocsinError as why:
            response = problem(visit, status_of(why), why.message)
        except UNREACHABLE:
            log.exception("the database can't be reached")
            response = problem(visit, 503, GONE)
        except Exception:
            log.exception("a page failed", method=request.method, page=getattr(handler, "__name__", ""))
            response = problem(visit, 500, OUR_FAULT)
        return sealed(response)

    return endpoint


def sealed(response: Response) -> Response:
    """The response with the headers that keep other sites out; nobody keeps a copy of a page unless it says so."""
    for name, value in HEADERS.items():
        response.headers[name] = value
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def problem(visit: Visit, status: int, message: str) -> Response:
    """An error as a page: what is wrong, what to do, and what had been typed, so that nothing is lost."""
    heading = HEADINGS.get(status, "That did not work")
    return visit.page("error.html", status=status, heading=heading, message=message, typed=visit.typed())


async def _let_in(visit: Visit, handler: Handler, right: str) -> Response:
    request = visit.request
    if request.method == "POST":
        await visit.read_form()
        _must_be_ours(visit)
    visit.visitor = await access.visitor_of_session(visit.house, request.cookies.get(SESSION, ""))
    if right and visit.visitor is None:
        if request.method == "POST":
            raise Unauthenticated("You are not signed in any more. Sign in, then send it again")
        return RedirectResponse(f"/sign-in?next={quote(visit.path)}", 303)
    if right and visit.visitor:
        visit.visitor.must(right)
    if visit.visitor and visit.visitor.may("read"):
        visit.waiting = await inbox.how_many_wait(visit.house)
    return await handler(visit)


def _must_be_ours(visit: Visit) -> None:
    """A form counts only if it came from a page of ours: browsers say so, and programs that say nothing carry no session."""
    headers = visit.request.headers
    site = headers.get("sec-fetch-site", "")
    origin = headers.get("origin", "")
    if site and site not in ("same-origin", "none"):
        raise Forbidden(
            f"This form came from another site ({origin or site}). Open the page here and send it again"
        )
    if not site and origin and not _is_own(visit, origin):
        raise Forbidden(
            f"This form came from {origin}, and this Tocsin is {visit.house.places.base}. Open the page there and send it again"
        )


def _is_own(visit: Visit, origin: str) -> bool:
    own = {visit.request.headers.get("host", ""), urlsplit(visit.house.places.base).netloc}
    return urlsplit(origin).netloc in own - {""}
