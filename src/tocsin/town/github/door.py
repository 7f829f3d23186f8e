"""How every call of GitHub's REST API is let in and answered: the token, the errors, the pages, the limit headers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tocsin.town.github.board import Board, Issue, Repo
from tocsin.town.wire import JSON

DOCS = "https://docs.github.com/rest"
REPO = "/github/repos/{owner}/{repo}"


class Problem(Exception):
    """What becomes GitHub's error document."""

    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"message": message, "documentation_url": DOCS, "status": str(status)} | more


def unprocessable(resource: str, field: str, code: str, **more: str) -> Problem:
    errors = [{"resource": resource, "field": field, "code": code} | more]
    return Problem(422, "Validation Failed", errors=errors)


Handler = Callable[[Request], Awaitable[Response]]


class Door:
    """Opens to one token."""

    def __init__(self, board: Board, token: str) -> None:
        self._board = board
        self._token = token
        self._used = 0

    def route(self, method: str, path: str, handler: Handler) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                self._check_token(request)
                answer = await handler(request)
            except Problem as problem:
                answer = JSONResponse(problem.body, status_code=problem.status)
            self._used += 1
            answer.headers["x-ratelimit-limit"] = "5000"
            answer.headers["x-ratelimit-remaining"] = str(max(5000 - self._used, 1))
            answer.headers["x-ratelimit-used"] = str(self._used)
            answer.headers["x-ratelimit-reset"] = str(int(self._board.now().timestamp()) + 3600)
            answer.headers["x-ratelimit-resource"] = "core"
            return answer

        return Route(path, endpoint, methods=[method])

    def _check_token(self, request: Request) -> None:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if not token:
            raise Problem(401, "Requires authentication")
        if kind.lower() not in ("bearer", "token") or token != self._token:
            raise Problem(401, "Bad credentials")

    def repo(self, request: Request) -> Repo:
        """The repository of the path."""
        params = request.path_params
        repo = self._board.repo(f"{params['owner']}/{params['repo']}")
        if repo is None:
            raise Problem(404, "Not Found")
        return repo

    def issue(self, request: Request) -> tuple[Repo, Issue]:
        """The issue of the path, and its repository."""
        repo = self.repo(request)
        issue = self._board.issue(repo, request.path_params["number"])
        if issue is None:
            raise Problem(404, "Not Found")
        return repo, issue


def page(
    request: Request, items: list[JSON], within: Callable[[list[JSON]], Any] = lambda part: part
) -> Response:
    """One page and the Link header that leads to the others; `within` wraps the part that is shown."""
    size = min(max(_whole(request, "per_page", 30), 1), 100)
    number = max(_whole(request, "page", 1), 1)
    last = max((len(items) + size - 1) // size, 1)
    headers = {}
    wanted = {"prev": number - 1, "first": 1} if number > 1 else {}
    if number < last:
        wanted |= {"next": number + 1, "last": last}
    if wanted:
        url = request.url
        headers["link"] = ", ".join(
            f'<{url.include_query_params(page=n)}>; rel="{rel}"' for rel, n in wanted.items()
        )
    return JSONResponse(within(items[(number - 1) * size : number * size]), headers=headers)


def instant(text: str | None, resource: str = "Issue", field: str = "since") -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise unprocessable(resource, field, "invalid") from None


def _whole(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isdigit() else default


async def body_of(request: Request) -> JSON:
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        raise Problem(400, "Problems parsing JSON") from None
    if not isinstance(body, dict):
        raise Problem(400, "Body should be a JSON object")
    return body
