"""GitHub's REST API for one check suite: read, and asked for again, which its app hears of by a webhook."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from tocsin.town.github.board import Board, Repo
from tocsin.town.github.build_shapes import CHECKS_APP, BuildShapes
from tocsin.town.github.check_shapes import CheckShapes
from tocsin.town.github.checks import CheckRun, Checks
from tocsin.town.github.door import REPO, Door, Problem
from tocsin.town.github.hosting import Hosting
from tocsin.town.github.webhooks import Webhooks
from tocsin.town.wire import JSON

NOT_TOLD = ("repository", "rerequestable", "runs_rerequestable")
"""What the event leaves out of a suite."""


class SuiteApi:
    """The operations."""

    def __init__(
        self,
        door: Door,
        board: Board,
        hosting: Hosting,
        checks: Checks,
        shapes: CheckShapes,
        builds: BuildShapes,
        webhooks: Webhooks,
    ) -> None:
        self._door = door
        self._board = board
        self._hosting = hosting
        self._checks = checks
        self._shapes = shapes
        self._builds = builds
        self._webhooks = webhooks

    def routes(self) -> list[BaseRoute]:
        one = REPO + "/check-suites/{id:int}"
        return [
            self._door.route("GET", one, self._get),
            self._door.route("POST", one + "/rerequest", self._again),
        ]

    async def _get(self, request: Request) -> Response:
        repo = self._door.repo(request)
        return JSONResponse(await self._shape(repo, self._newest(repo, request)))

    async def _again(self, request: Request) -> Response:
        """Each check of it waits anew, and its app is told to see to that."""
        repo = self._door.repo(request)
        runs = self._newest(repo, request)
        if runs[0].app == CHECKS_APP:
            raise Problem(422, "Actions' suites are run again by their workflow run")
        for run in runs:
            self._checks.start(repo, run.sha, run.name, app=run.app, suite_id=run.suite_id)
        suite = await self._shape(repo, self._newest(repo, request))
        self._webhooks.later(
            "check_suite",
            {
                "action": "rerequested",
                "check_suite": {name: value for name, value in suite.items() if name not in NOT_TOLD},
                "repository": self._builds.repo_in_event(repo),
                "sender": self._shapes.sender(self._board.login),
            },
        )
        return JSONResponse({}, status_code=201)

    def _newest(self, repo: Repo, request: Request) -> list[CheckRun]:
        """The newest run of each of its checks."""
        id = request.path_params["id"]
        all_of_it = [run for run in self._checks.of(repo).runs if run.suite_id == id]
        if not all_of_it:
            raise Problem(404, "Not Found")
        return list({run.name: run for run in all_of_it}.values())

    async def _shape(self, repo: Repo, runs: list[CheckRun]) -> JSON:
        commit = await self._hosting.commit(repo, runs[0].sha)
        head = self._builds.head_commit(commit) if commit else {}
        return self._shapes.suite(repo, repo.default_branch, runs, head)
