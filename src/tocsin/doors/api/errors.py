"""What goes wrong, as JSON: the one file in which the API translates errors. Nothing of our inside is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import asyncpg
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Match

from tocsin.doors.api.body import limit_of
from tocsin.doors.api.wrong import problem_of
from tocsin.doors.errors import status_of
from tocsin.errors import Invalid, TocsinError, Unauthenticated, Unavailable

RETRY_SECONDS = 5
UNREACHABLE = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
)
"""How a database shows that it is gone, shuts down, or takes no more of us."""
API_NAMES = {"next_in": "next_in_minutes"}
"""Fields that are called otherwise in the API than inside."""


class Problem(BaseModel):
    """One field that can't be taken, and why."""

    field: str
    message: str


class ErrorBody(BaseModel):
    """Every error. `error` is its kind, `message` says what, which, and what to do; `field` names the input, if one."""

    error: str
    message: str
    field: str | None = None
    problems: list[Problem] = []


def handle_errors(app: FastAPI, routes: Sequence[BaseRoute]) -> None:
    """Have every error answered as JSON. `routes` are all there are, for saying what a path does take."""
    app.state.routes = routes
    app.add_exception_handler(TocsinError, _ours)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _of_http)
    for kind in UNREACHABLE:
        app.add_exception_handler(kind, _unreachable)
    app.add_exception_handler(Exception, _bug)


async def _ours(request: Request, why: Exception) -> JSONResponse:
    assert isinstance(why, TocsinError)
    kind = next((cls.__name__ for cls in type(why).__mro__ if cls.__module__ == "tocsin.errors"), "Error")
    field = API_NAMES.get(why.field or "", why.field)
    return _answer(status_of(why), kind, why.message, field, why.places, headers=_headers(why))


def _headers(why: TocsinError) -> dict[str, str]:
    if isinstance(why, Unauthenticated):
        return {"WWW-Authenticate": 'Bearer realm="tocsin"'}
    return {"Retry-After": str(RETRY_SECONDS)} if isinstance(why, Unavailable) else {}


async def _unreachable(request: Request, why: Exception) -> JSONResponse:
    gone = Unavailable("The database can't be reached at the moment: call again in a few seconds")
    return await _ours(request, gone)


async def _bug(request: Request, why: Exception) -> JSONResponse:
    return _answer(
        500, "Internal", "Something failed in Tocsin itself; its log says what. Nothing was changed"
    )


async def _not_valid(request: Request, why: Exception) -> JSONResponse:
    assert isinstance(why, RequestValidationError)
    errors = why.errors()
    if errors[0]["type"] == "json_invalid":
        return _answer(
            400, "Invalid", _where(why.body, errors[0]["loc"][1], errors[0]["ctx"]["error"]), "body"
        )
    problems = [problem_of(error, request) for error in errors]
    message = "; ".join(words for _, words in problems)
    return _answer(status_of(Invalid("")), "Invalid", message, problems[0][0], problems)


def _where(text: object, position: object, what: str) -> str:
    """What is wrong in a text that is no JSON, and where."""
    if not isinstance(text, str) or not isinstance(position, int):
        return f"The body is no JSON: {what}"
    line, column = text.count("\n", 0, position) + 1, position - (text.rfind("\n", 0, position) + 1) + 1
    return f"The body is no JSON: {what[:1].lower()}{what[1:]} at line {line}, column {column}"


async def _of_http(request: Request, why: Exception) -> JSONResponse:
    assert isinstance(why, HTTPException)
    path = request.url.path
    match why.status_code:
        case 404:
            return _answer(404, "NotFound", f"There is nothing at {path}; openapi.json lists what there is")
        case 405:
            allowed = ", ".join(_methods(request))
            message = f"{path} can't be asked with {request.method}; it takes {allowed}"
            return _answer(405, "MethodNotAllowed", message, headers={"Allow": allowed})
        case 413:
            message = f"The body is larger than {limit_of(path):,} bytes: send less"
            return _answer(413, "TooLarge", message, "body", headers={"Connection": "close"})
        case 400:
            return _answer(400, "Invalid", "The body can't be read: send JSON in UTF-8", "body")
        case other:
            return _answer(other, "Error", str(why.detail), headers=why.headers)


def _methods(request: Request) -> list[str]:
    """What this path can be asked with."""
    methods: set[str] = set()
    for route in request.app.state.routes:
        if route.matches(request.scope)[0] != Match.NONE:
            methods |= getattr(route, "methods", None) or set()
    return sorted(methods)


def _answer(
    status: int,
    error: str,
    message: str,
    field: str | None = None,
    problems: Sequence[tuple[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    body: dict[str, object] = {"error": error, "message": _fit(message), "field": field and _fit(field)}
    if problems:
        body["problems"] = [{"field": _fit(name), "message": _fit(words)} for name, words in problems]
    return JSONResponse(body, status, dict(headers or {}))


def _fit(words: str) -> str:
    """Words that quote what came in, which may hold halves of characters that no answer can."""
    return words.encode("utf-8", "replace").decode("utf-8")
