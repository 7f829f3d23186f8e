"""GitHub's REST API for check runs, check suites and commit statuses."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from tocsin.town.github.board import Board, Repo
from tocsin.town.github.build_shapes import BuildShapes
from tocsin.town.github.check_shapes import CheckShapes
from tocsin.town.github.checks import ENDS, STATES, CheckRun, Checks
from tocsin.town.github.door import REPO, Door, Problem, body_of, page, unprocessable
from tocsin.town.github.hosting import Hosting
from tocsin.town.wire import JSON

PROGRESS = ("queued", "in_progress", "completed")


class CheckApi:
    """The operations."""

    def __init__(
        self,
        door: Door,
        board: Board,
        hosting: Hosting,
        checks: Checks,
        shapes: CheckShapes,
        builds: BuildShapes,
    ) -> None:
        self._door = door
        self._board = board
        self._hosting = hosting
        self._checks = checks
        self._shapes = shapes
        self._builds = builds

    def routes(self) -> list[BaseRoute]:
        route, of_commit = self._door.route, REPO + "/commits/{ref:path}"
        return [
            route("GET", of_commit + "/check-runs", self._list),
            route("GET", of_commit + "/check-suites", self._suites),
            route("GET", of_commit + "/status", self._combined),
            route("GET", of_commit + "/statuses", self._statuses),
            route("POST", REPO + "/statuses/{sha}", self._set_status),
            route("POST", REPO + "/check-runs", self._create),
            route("GET", REPO + "/check-runs/{id:int}", self._get),
            route("PATCH", REPO + "/check-runs/{id:int}", self._update),
        ]

    async def _list(self, request: Request) -> Response:
        repo, query = self._door.repo(request), request.query_params
        sha = await self._sha(repo, request)
        newest = query.get("filter", "latest") == "latest"
        runs = self._checks.runs(repo, sha) if newest else _all(self._checks, repo, sha)
        kept = [
            self._shapes.run(repo, run)
            for run in runs
            if query.get("check_name", run.name) == run.name and query.get("status", run.status) == run.status
        ]
        return page(request, kept, lambda part: {"total_count": len(kept), "check_runs": part})

    async def _suites(self, request: Request) -> Response:
        repo = self._door.repo(request)
        commit = await self._hosting.commit(repo, request.path_params["ref"])
        if commit is None:
            raise Problem(422, f"No commit found for SHA: {request.path_params['ref']}")
        runs = _all(self._checks, repo, commit.sha)
        head = self._builds.head_commit(commit)
        shapes = [
            self._shapes.suite(repo, repo.default_branch, [run for run in runs if run.suite_id == id], head)
            for id in dict.fromkeys(run.suite_id for run in runs)
        ]
        return page(request, shapes, lambda part: {"total_count": len(shapes), "check_suites": part})

    async def _combined(self, request: Request) -> Response:
        repo = self._door.repo(request)
        sha = await self._sha(repo, request)
        return JSONResponse(self._shapes.combined(repo, sha, self._checks.statuses(repo, sha)))

    async def _statuses(self, request: Request) -> Response:
        repo = self._door.repo(request)
        sha = await self._sha(repo, request)
        found = [one for one in self._checks.of(repo).statuses[::-1] if one.sha == sha]
        return page(request, [self._shapes.status(repo, status) for status in found])

    async def _set_status(self, request: Request) -> Response:
        repo, body = self._door.repo(request), await body_of(request)
        if body.get("state") not in STATES:
            raise unprocessable("Status", "state", "inclusion")
        sha, context = request.path_params["sha"], str(body.get("context") or "default")
        if await self._hosting.commit(repo, sha) is None:
            raise Problem(422, f"No commit found for SHA: {sha}")
        status = self._checks.set_status(
            repo,
            sha,
            context,
            body["state"],
            self._board.login,
            body.get("description"),
            body.get("target_url"),
        )
        return JSONResponse(self._shapes.status(repo, status), status_code=201)

    async def _create(self, request: Request) -> Response:
        repo, body = self._door.repo(request), await body_of(request)
        if not body.get("name") or not body.get("head_sha"):
            raise Problem(422, 'Invalid request.\n\n"name" and "head_sha" must be supplied.')
        if await self._hosting.commit(repo, str(body["head_sha"])) is None:
            raise Problem(422, f"No commit found for SHA: {body['head_sha']}")
        app = self._board.login.removesuffix("[bot]")
        run = self._checks.start(repo, str(body["head_sha"]), str(body["name"]), app=app)
        self._take(repo, run, body)
        return JSONResponse(self._shapes.run(repo, run), status_code=201)

    async def _get(self, request: Request) -> Response:
        repo = self._door.repo(request)
        return JSONResponse(self._shapes.run(repo, self._run(repo, request)))

    async def _update(self, request: Request) -> Response:
        repo, body = self._door.repo(request), await body_of(request)
        run = self._run(repo, request)
        self._take(repo, run, body)
        return JSONResponse(self._shapes.run(repo, run))

    def _take(self, repo: Repo, run: CheckRun, body: JSON) -> None:
        """A conclusion completes a run, whatever its status says."""
        end, output = body.get("conclusion"), body.get("output") or {}
        if end not in (None, *ENDS) or body.get("status") not in (None, *PROGRESS):
            raise unprocessable("CheckRun", "conclusion", "invalid")
        run.title, run.summary = output.get("title") or run.title, output.get("summary") or run.summary
        run.details_url = body.get("details_url") or run.details_url
        run.external_id = body.get("external_id") or run.external_id
        status = "completed" if end else body.get("status") or run.status
        self._checks.update(repo, run, status, end)

    def _run(self, repo: Repo, request: Request) -> CheckRun:
        run = self._checks.run(repo, request.path_params["id"])
        if run is None:
            raise Problem(404, "Not Found")
        return run

    async def _sha(self, repo: Repo, request: Request) -> str:
        ref = request.path_params["ref"]
        commit = await self._hosting.commit(repo, ref)
        if commit is None:
            raise Problem(422, f"No commit found for SHA: {ref}")
        return commit.sha


def _all(checks: Checks, repo: Repo, sha: str) -> list[CheckRun]:
    return [run for run in checks.of(repo).runs if run.sha == sha]
