"""GitHub's REST API for commits and workflow runs; both are only read."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from tocsin.town.github.build_shapes import BuildShapes
from tocsin.town.github.builds import CONCLUSIONS, Builds, Commit, Run
from tocsin.town.github.door import REPO, Door, Problem, instant, page


class BuildApi:
    """The operations."""

    def __init__(self, door: Door, builds: Builds, shapes: BuildShapes) -> None:
        self._door = door
        self._builds = builds
        self._shapes = shapes

    def routes(self) -> list[BaseRoute]:
        runs = REPO + "/actions/runs"
        return [
            self._door.route("GET", REPO + "/commits", self._commits),
            self._door.route("GET", REPO + "/commits/{ref}", self._commit),
            self._door.route("GET", runs, self._runs),
            self._door.route("GET", runs + "/{id:int}", self._run),
        ]

    async def _commits(self, request: Request) -> Response:
        repo, query = self._door.repo(request), request.query_params
        commits = self._builds.of(repo).commits
        if not commits:
            raise Problem(409, "Git Repository is empty.")
        tip = self._builds.commit(repo, query.get("sha") or repo.default_branch)
        if tip is None:
            raise Problem(404, "Not Found")
        seen = [one for one in commits[: commits.index(tip) + 1] if _is_wanted(one, query)]
        return page(request, [self._shapes.commit(repo, commit) for commit in seen[::-1]])

    async def _commit(self, request: Request) -> Response:
        repo, ref = self._door.repo(request), request.path_params["ref"]
        commit = self._builds.commit(repo, ref)
        if commit is None:
            raise Problem(422, f"No commit found for SHA: {ref}")
        return JSONResponse(self._shapes.whole_commit(repo, commit))

    async def _runs(self, request: Request) -> Response:
        repo = self._door.repo(request)
        fits = [run for run in self._builds.of(repo).runs if _fits(run, request.query_params)]
        shapes = [self._shapes.run(repo, run) for run in fits[::-1]]
        return page(request, shapes, lambda part: {"total_count": len(shapes), "workflow_runs": part})

    async def _run(self, request: Request) -> Response:
        repo = self._door.repo(request)
        run = next((r for r in self._builds.of(repo).runs if r.id == request.path_params["id"]), None)
        if run is None:
            raise Problem(404, "Not Found")
        return JSONResponse(self._shapes.run(repo, run))


def _is_wanted(commit: Commit, query: Any) -> bool:
    since, until = (instant(query.get(name), "Commit", name) for name in ("since", "until"))
    return (
        query.get("author", commit.author) in (commit.author, commit.email)
        and (since is None or commit.at >= since)
        and (until is None or commit.at <= until)
    )


def _fits(run: Run, query: Any) -> bool:
    """`status` is either the state of a run, which is always completed here, or how it ended."""
    status = query.get("status", "completed")
    return (
        (status == "completed" or (status in CONCLUSIONS and status == run.conclusion))
        and query.get("branch", run.branch) == run.branch
        and query.get("event", run.event) == run.event
        and query.get("head_sha", run.commit.sha) == run.commit.sha
        and query.get("actor", run.commit.author) == run.commit.author
    )
