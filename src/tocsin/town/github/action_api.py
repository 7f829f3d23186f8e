"""GitHub's REST API for workflows and their runs: listed, switched off and on, started by hand, run again."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from tocsin.town.github.actions import Actions, Dispatch, Workflow
from tocsin.town.github.board import Board, Repo
from tocsin.town.github.build_shapes import BuildShapes
from tocsin.town.github.builds import CONCLUSIONS, Builds, Run
from tocsin.town.github.door import REPO, Door, Problem, body_of, page
from tocsin.town.github.hosting import Hosting
from tocsin.town.ids import iso
from tocsin.town.wire import JSON, Post

MOST_RUNS = 1000
"""So many GitHub gives of one list that is narrowed by branch, status or the like."""


class ActionApi:
    """The operations."""

    def __init__(
        self,
        door: Door,
        board: Board,
        hosting: Hosting,
        builds: Builds,
        actions: Actions,
        shapes: BuildShapes,
        post: Post,
    ) -> None:
        self._door = door
        self._board = board
        self._hosting = hosting
        self._builds = builds
        self._actions = actions
        self._shapes = shapes
        self._post = post

    def routes(self) -> list[BaseRoute]:
        route, runs = self._door.route, REPO + "/actions/runs"
        workflows, one = REPO + "/actions/workflows", REPO + "/actions/workflows/{workflow}"
        return [
            route("GET", runs, self._runs),
            route("GET", runs + "/{id:int}", self._run),
            route("POST", runs + "/{id:int}/rerun", self._again),
            route("POST", runs + "/{id:int}/rerun-failed-jobs", self._failed_again),
            route("GET", workflows, self._list),
            route("GET", one, self._get),
            route("GET", one + "/runs", self._runs_of),
            route("PUT", one + "/disable", self._disable),
            route("PUT", one + "/enable", self._enable),
            route("POST", one + "/dispatches", self._dispatch),
        ]

    # Runs

    async def _runs(self, request: Request) -> Response:
        repo = self._door.repo(request)
        return self._page_of(request, repo, self._builds.of(repo).runs)

    async def _runs_of(self, request: Request) -> Response:
        repo, workflow = await self._workflow(request)
        runs = [run for run in self._builds.of(repo).runs if run.workflow == workflow.name]
        return self._page_of(request, repo, runs)

    def _page_of(self, request: Request, repo: Repo, runs: list[Run]) -> Response:
        fits = [run for run in runs if self._fits(run, request.query_params)]
        shapes = [self._shapes.run(repo, run) for run in fits[::-1]][:MOST_RUNS]
        return page(request, shapes, lambda part: {"total_count": len(shapes), "workflow_runs": part})

    def _fits(self, run: Run, query: Any) -> bool:
        """`status` is either the state of a run or how it ended."""
        status, actor = query.get("status", run.status), self._board.login_of(run.commit.email)
        return (
            (status == run.status or (status in CONCLUSIONS and status == run.conclusion))
            and query.get("branch", run.branch) == run.branch
            and query.get("event", run.event) == run.event
            and query.get("head_sha", run.commit.sha) == run.commit.sha
            and query.get("actor", actor) == actor
            and _is_within(iso(run.at), query.get("created", ""))
        )

    async def _run(self, request: Request) -> Response:
        repo, run = self._found(request)
        return JSONResponse(self._shapes.run(repo, run))

    async def _again(self, request: Request) -> Response:
        return await self._run_again(request, failed_only=False)

    async def _failed_again(self, request: Request) -> Response:
        return await self._run_again(request, failed_only=True)

    async def _run_again(self, request: Request, failed_only: bool) -> Response:
        repo, run = self._found(request)
        if run.status != "completed":
            raise Problem(403, "This workflow is already running")
        if failed_only and run.conclusion == "success":
            raise Problem(403, "This workflow run cannot be retried")
        if self._actions.again is not None:
            await self._actions.again(repo, run, failed_only)
        return JSONResponse({}, status_code=201)

    def _found(self, request: Request) -> tuple[Repo, Run]:
        repo = self._door.repo(request)
        run = next((r for r in self._builds.of(repo).runs if r.id == request.path_params["id"]), None)
        if run is None:
            raise Problem(404, "Not Found")
        return repo, run

    # Workflows

    async def _list(self, request: Request) -> Response:
        repo = self._door.repo(request)
        shapes = [self._shape(repo, one) for one in await self._actions.workflows(repo)]
        return page(request, shapes, lambda part: {"total_count": len(shapes), "workflows": part})

    async def _get(self, request: Request) -> Response:
        return JSONResponse(self._shape(*await self._workflow(request)))

    async def _disable(self, request: Request) -> Response:
        repo, workflow = await self._workflow(request)
        self._actions.switch(repo, workflow.name, False)
        return Response(status_code=204)

    async def _enable(self, request: Request) -> Response:
        repo, workflow = await self._workflow(request)
        self._actions.switch(repo, workflow.name, True)
        return Response(status_code=204)

    async def _dispatch(self, request: Request) -> Response:
        (repo, workflow), body = await self._workflow(request), await body_of(request)
        ref = str(body.get("ref") or "")
        commit = await self._hosting.commit(repo, ref) if ref else None
        if commit is None:
            raise Problem(422, f"No ref found for: {ref}")
        repository = self._hosting.of(repo)
        text = await repository.text(commit.sha, workflow.path) if repository else ""
        if "workflow_dispatch" not in text:
            raise Problem(422, "Workflow does not have 'workflow_dispatch' trigger")
        if not self._actions.is_on(repo, workflow.name):
            raise Problem(422, "Cannot trigger a 'workflow_dispatch' on a disabled workflow")
        inputs = {str(name): str(value) for name, value in (body.get("inputs") or {}).items()}
        run, _ = self._actions.begin(repo, commit, workflow.name, ref, "workflow_dispatch", [])
        if self._actions.dispatched is not None:
            self._post.later(self._actions.dispatched(Dispatch(repo, workflow, ref, inputs, run)))
        if body.get("return_run_details") is not True:
            return Response(status_code=204)
        url = self._shapes.run(repo, run)["url"]
        return JSONResponse({"workflow_run_id": run.id, "run_url": url, "html_url": run.html_url})

    async def _workflow(self, request: Request) -> tuple[Repo, Workflow]:
        """By its id or the name of its file."""
        repo, wanted = self._door.repo(request), request.path_params["workflow"]
        for one in await self._actions.workflows(repo):
            if wanted in (str(one.id), one.path.rpartition("/")[2], one.path):
                return repo, one
        raise Problem(404, "Not Found")

    def _shape(self, repo: Repo, workflow: Workflow) -> JSON:
        on = self._actions.is_on(repo, workflow.name)
        state = "active" if on else "disabled_manually"
        return self._shapes.workflow(repo, workflow.id, workflow.name, workflow.path, state)


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
