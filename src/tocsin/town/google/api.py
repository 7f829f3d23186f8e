"""Google Docs v1 as far as reading a document and inserting text go, and the token endpoint before it."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tocsin.town.google.documents import Document, Drawer, length, shape
from tocsin.town.google.oauth import Booth, NoToken
from tocsin.town.wire import JSON

STRIPPED = re.compile("[\x00-\x08\x0c-\x1f\ue000-\uf8ff]")
"""What Google leaves out of an inserted text."""
UNAUTHENTICATED = (
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
    "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
)
Handler = Callable[[Request, Document], Awaitable[JSON]]


class Problem(Exception):
    """What becomes Google's error JSON."""

    def __init__(self, code: int, status: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.body = {"error": {"code": code, "message": message, "status": status}}


def wrong(message: str) -> Problem:
    return Problem(400, "INVALID_ARGUMENT", message)


class Api:
    """The operations."""

    def __init__(self, drawer: Drawer, booth: Booth) -> None:
        self._drawer = drawer
        self._booth = booth
        self.token_url = ""

    def routes(self) -> list[BaseRoute]:
        path = "/google/v1/documents/{id}"
        return [
            Route("/google/token", self._token, methods=["POST"]),
            self._route("POST", path + ":batchUpdate", self._update),
            self._route("GET", path, self._get),
        ]

    def _route(self, method: str, path: str, handler: Handler) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                return JSONResponse(await handler(request, self._document(request)))
            except Problem as problem:
                return JSONResponse(problem.body, status_code=problem.code)

        return Route(path, endpoint, methods=[method])

    async def _token(self, request: Request) -> Response:
        form = await request.form()
        grant, assertion = str(form.get("grant_type", "")), str(form.get("assertion", ""))
        try:
            return JSONResponse(self._booth.token(grant, assertion, self.token_url))
        except NoToken as why:
            return JSONResponse(why.body, status_code=400)

    def _document(self, request: Request) -> Document:
        if not self._booth.admits(request.headers.get("authorization", "")):
            raise Problem(401, "UNAUTHENTICATED", UNAUTHENTICATED)
        document = self._drawer.documents.get(request.path_params["id"])
        if document is None:
            raise Problem(404, "NOT_FOUND", "Requested entity was not found.")
        if not document.is_shared:
            raise Problem(403, "PERMISSION_DENIED", "The caller does not have permission")
        return document

    async def _get(self, request: Request, document: Document) -> JSON:
        return shape(document)

    async def _update(self, request: Request, document: Document) -> JSON:
        body = await _body(request)
        required = (body.get("writeControl") or {}).get("requiredRevisionId")
        if required not in (None, document.revision):
            why = f"The required revision ID '{required}' does not match the latest revision."
            raise Problem(400, "FAILED_PRECONDITION", why)
        requests = body.get("requests")
        if not isinstance(requests, list) or not requests:
            raise wrong("Must specify at least one request.")
        inserts = [_insert(number, one, document) for number, one in enumerate(requests)]
        for index, text in inserts:
            # Without a place of its own, a text goes before the newline that ends the document as it is by then.
            self._drawer.insert(document, index or length(document.text), text)
            document.entries.append(text)
        return {
            "documentId": document.id,
            "replies": [{} for _ in inserts],
            "writeControl": {"requiredRevisionId": document.revision},
        }


async def _body(request: Request) -> JSON:
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        raise wrong("Invalid JSON payload received. Unexpected token.") from None
    if not isinstance(body, dict):
        raise wrong('Invalid JSON payload received. Unknown name "": Root element must be a message.')
    for name in body:
        if name not in ("requests", "writeControl"):
            raise wrong(f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.')
    return body


def _insert(number: int, request: Any, document: Document) -> tuple[int, str]:
    """Where to insert which text; 0 is the end."""
    what = request.get("insertText") if isinstance(request, dict) else None
    if not isinstance(what, dict):
        raise wrong(f"Invalid requests[{number}]: No request set.")
    text = STRIPPED.sub("", str(what.get("text") or ""))
    if not text:
        raise wrong(
            f"Invalid requests[{number}].insertText: Insert text requests must specify text to insert."
        )
    location = what.get("location")
    if location is None and "endOfSegmentLocation" in what:
        return 0, text
    index = location.get("index") if isinstance(location, dict) else None
    last = length(document.text)
    if not isinstance(index, int) or not 1 <= index <= last:
        why = f"Index {index} must be less than the end index of the referenced segment, {last + 1}."
        raise wrong(f"Invalid requests[{number}].insertText: {why}")
    return index, text
