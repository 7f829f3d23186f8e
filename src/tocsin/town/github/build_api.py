"""GitHub's REST API for workflow runs, which are only read."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from tocsin.town.github.build_shapes import BuildShapes
from tocsin.town.github.builds import CONCLUSIONS, Builds, Run
from tocsin.town.github.door import REPO, Door, Problem, page
from tocsin.town.ids import iso

MOST_RUNS = 1000
"""So many GitHub gives of one list that is narrowed by branch, status or the like."""


class BuildApi:
    """The operations."""

    def __init__(self, door: Door, builds: Builds, shapes: BuildShapes) -> None:
        self._door = door
        self._builds = builds
        self._shapes = shapes

    def routes(self) -> list[BaseRoute]:
        runs = REPO + "/actions/runs"
        return [
            self._door.route("GET", runs, self._runs),
            self._door.route("GET", runs + "/{id:int}", self._run),
        ]

    async def _runs(self, request: Request) -> Response:
        repo = self._door.repo(request)
        fits = [run for run in self._builds.of(repo).runs if _fits(run, request.query_params)]
        shapes = [self._shapes.run(repo, run) for run in fits[::-1]][:MOST_RUNS]
        return page(request, shapes, lambda part: {"total_count": len(shapes), "workflow_runs": part})

    async def _run(self, request: Request) -> Response:
        repo = self._door.repo(request)
        run = next((r for r in self._builds.of(repo).runs if r.id == request.path_params["id"]), None)
        if run is None:
            raise Problem(404, "Not Found")
        return JSONResponse(self._shapes.run(repo, run))


def _fits(run: Run, query: Any) -> bool:
    """`status` is either the state of a run, which is always completed here, or how it ended."""
    status = query.get("status", "completed")
    return (
        (status == "completed" or (status in CONCLUSIONS and status == run.conclusion))
        and query.get("branch", run.branch) == run.branch
        and query.get("event", run.event) == run.event
        and query.get("head_sha", run.commit.sha) == run.commit.sha
        and query.get("actor", run.commit.author) == run.commit.author
        and _is_within(iso(run.at), query.get("created", ""))
    )


def _is_within(at: str, span: str) -> bool:
    """GitHub's search syntax for instants: `>=A`, `<=B`, `A..B`, or nothing."""
    first, is_range, last = span.partition("..")
    if is_range:
        return (first in ("", "*") or at >= first) and (last in ("", "*") or at <= last)
    if span.startswith(">="):
        return at >= span[2:]
    if span.startswith("<="):
        return at <= span[2:]
    return at.startswith(span)
