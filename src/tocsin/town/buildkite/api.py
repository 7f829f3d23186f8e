"""Buildkite's REST API v2: builds listed, read and built again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tocsin.town.buildkite.pipelines import Build, Pipeline, Pipelines

V2 = "/buildkite/v2/organizations/{organization}"
UNKNOWN = (
    "Authentication required. Please supply a valid API Access Token: "
    "https://buildkite.com/docs/apis/rest-api#authentication"
)
FINISHED = ("passed", "failed", "blocked", "canceled")


class Problem(Exception):
    """What becomes Buildkite's error document."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Api:
    """Opens to one token."""

    def __init__(
        self, pipelines: Pipelines, token: str, rebuild: Callable[[Build], Awaitable[Build]]
    ) -> None:
        self._pipelines = pipelines
        self._token = token
        self._rebuild = rebuild

    def routes(self) -> list[BaseRoute]:
        pipeline = V2 + "/pipelines/{slug}"
        one = pipeline + "/builds/{number:int}"
        return [
            self._route("GET", V2 + "/builds", self._all),
            self._route("GET", pipeline, self._show),
            self._route("GET", pipeline + "/builds", self._list),
            self._route("GET", one, self._get),
            self._route("PUT", one + "/rebuild", self._again),
        ]

    def _route(self, method: str, path: str, handler: Callable[[Request], Awaitable[Response]]) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                self._check(request)
                return await handler(request)
            except Problem as problem:
                return JSONResponse({"message": str(problem)}, status_code=problem.status)

        return Route(path, endpoint, methods=[method])

    def _check(self, request: Request) -> None:
        if request.headers.get("authorization", "") != f"Bearer {self._token}":
            raise Problem(401, UNKNOWN)
        if request.path_params["organization"] != self._pipelines.organization:
            raise Problem(404, "No organization found")

    async def _all(self, request: Request) -> Response:
        return self._page(request, self._pipelines.all())

    async def _show(self, request: Request) -> Response:
        return JSONResponse(self._pipelines.pipeline(self._pipeline(request)))

    async def _list(self, request: Request) -> Response:
        return self._page(request, self._pipeline(request).builds)

    async def _get(self, request: Request) -> Response:
        return JSONResponse(self._pipelines.build(self._build(request)))

    async def _again(self, request: Request) -> Response:
        return JSONResponse(self._pipelines.build(await self._rebuild(self._build(request))))

    def _pipeline(self, request: Request) -> Pipeline:
        try:
            return self._pipelines.named(request.path_params["slug"])
        except ValueError:
            raise Problem(404, "No pipeline found") from None

    def _build(self, request: Request) -> Build:
        number = request.path_params["number"]
        found = next((one for one in self._pipeline(request).builds if one.number == number), None)
        if found is None:
            raise Problem(404, "No build found")
        return found

    def _page(self, request: Request, builds: list[Build]) -> Response:
        """Newest first, with the Link header that leads on."""
        query = request.query_params
        fits = _narrowed(query)
        kept = [build for build in builds[::-1] if fits(build)]
        size, number = min(_whole(query.get("per_page"), 30), 100), _whole(query.get("page"), 1)
        headers = {}
        if number * size < len(kept):
            headers["link"] = f'<{request.url.include_query_params(page=number + 1)}>; rel="next"'
        shown = kept[(number - 1) * size : number * size]
        return JSONResponse([self._pipelines.build(build) for build in shown], headers=headers)


def _narrowed(query: Any) -> Callable[[Build], bool]:
    """What the query leaves of a list."""
    states, branches, commits = (
        query.getlist(name) + query.getlist(f"{name}[]") for name in ("state", "branch", "commit")
    )
    wanted = {state for one in states for state in (FINISHED if one == "finished" else (one,))}
    since, until = _instant(query.get("created_from")), _instant(query.get("created_to"))
    finished = _instant(query.get("finished_from"))

    def fits(build: Build) -> bool:
        return (
            (not wanted or build.state in wanted)
            and (not branches or build.branch in branches)
            and (not commits or build.commit in commits)
            and (since is None or build.created_at >= since)
            and (until is None or build.created_at < until)
            and (finished is None or (build.finished_at is not None and build.finished_at >= finished))
        )

    return fits


def _instant(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise Problem(422, f"{text} is not a valid timestamp") from None


def _whole(text: str | None, default: int) -> int:
    return max(int(text), 1) if text and text.isdigit() else default
