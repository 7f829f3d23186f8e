"""GitHub's REST API for deployments, their statuses, and releases."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from tocsin.town.github.board import Board, Repo
from tocsin.town.github.deployment_shapes import DeploymentShapes
from tocsin.town.github.deployments import STATES, Deployment, Deployments
from tocsin.town.github.door import REPO, Door, Problem, body_of, page, unprocessable
from tocsin.town.github.hosting import Hosting


class DeploymentApi:
    """The operations."""

    def __init__(
        self, door: Door, board: Board, hosting: Hosting, deployments: Deployments, shapes: DeploymentShapes
    ) -> None:
        self._door = door
        self._board = board
        self._hosting = hosting
        self._deployments = deployments
        self._shapes = shapes

    def routes(self) -> list[BaseRoute]:
        route, one = self._door.route, REPO + "/deployments/{id:int}"
        return [
            route("GET", REPO + "/deployments", self._list),
            route("POST", REPO + "/deployments", self._create),
            route("GET", one, self._get),
            route("GET", one + "/statuses", self._statuses),
            route("POST", one + "/statuses", self._say),
            route("GET", REPO + "/releases", self._releases),
            route("POST", REPO + "/releases", self._release),
            route("GET", REPO + "/releases/latest", self._latest),
            route("GET", REPO + "/releases/tags/{tag:path}", self._tagged),
        ]

    async def _list(self, request: Request) -> Response:
        repo, query = self._door.repo(request), request.query_params
        fits = [
            one
            for one in self._deployments.of(repo)[::-1]
            if query.get("environment", one.environment) == one.environment
            and query.get("sha", one.sha) == one.sha
            and query.get("ref", one.ref) == one.ref
            and query.get("task", one.task) == one.task
        ]
        return page(request, [self._shapes.deployment(repo, one) for one in fits])

    async def _create(self, request: Request) -> Response:
        repo, body = self._door.repo(request), await body_of(request)
        ref = str(body.get("ref") or "")
        commit = await self._hosting.commit(repo, ref) if ref else None
        if commit is None:
            raise Problem(422, f"No ref found for: {ref}")
        made = self._deployments.create(
            repo,
            commit.sha,
            ref,
            self._board.login,
            environment=str(body.get("environment") or "production"),
            task=str(body.get("task") or "deploy"),
            description=body.get("description"),
            payload=body.get("payload") or "",
        )
        return JSONResponse(self._shapes.deployment(repo, made), status_code=201)

    async def _get(self, request: Request) -> Response:
        repo, one = self._one(request)
        return JSONResponse(self._shapes.deployment(repo, one))

    async def _statuses(self, request: Request) -> Response:
        repo, one = self._one(request)
        return page(request, [self._shapes.status(repo, one, status) for status in one.statuses[::-1]])

    async def _say(self, request: Request) -> Response:
        (repo, one), body = self._one(request), await body_of(request)
        if body.get("state") not in STATES:
            raise unprocessable("DeploymentStatus", "state", "inclusion")
        texts = {name: str(body.get(name) or "") for name in ("description", "log_url", "environment_url")}
        status = self._deployments.say(repo, one, body["state"], self._board.login, **texts)
        return JSONResponse(self._shapes.status(repo, one, status), status_code=201)

    def _one(self, request: Request) -> tuple[Repo, Deployment]:
        repo = self._door.repo(request)
        wanted = request.path_params["id"]
        one = next((one for one in self._deployments.of(repo) if one.id == wanted), None)
        if one is None:
            raise Problem(404, "Not Found")
        return repo, one

    async def _releases(self, request: Request) -> Response:
        repo = self._door.repo(request)
        return page(request, [self._shapes.release(repo, r) for r in self._deployments.releases(repo)[::-1]])

    async def _release(self, request: Request) -> Response:
        repo, body = self._door.repo(request), await body_of(request)
        tag = str(body.get("tag_name") or "")
        if not tag:
            raise unprocessable("Release", "tag_name", "missing_field")
        if any(one.tag == tag for one in self._deployments.releases(repo)):
            raise unprocessable("Release", "tag_name", "already_exists")
        made = self._deployments.release(
            repo,
            tag,
            self._board.login,
            target=str(body.get("target_commitish") or ""),
            name=str(body.get("name") or ""),
            body=str(body.get("body") or ""),
            draft=body.get("draft") is True,
            prerelease=body.get("prerelease") is True,
        )
        return JSONResponse(self._shapes.release(repo, made), status_code=201)

    async def _latest(self, request: Request) -> Response:
        repo = self._door.repo(request)
        public = [one for one in self._deployments.releases(repo) if not (one.draft or one.prerelease)]
        if not public:
            raise Problem(404, "Not Found")
        return JSONResponse(self._shapes.release(repo, public[-1]))

    async def _tagged(self, request: Request) -> Response:
        repo, tag = self._door.repo(request), request.path_params["tag"]
        one = next(
            (one for one in self._deployments.releases(repo) if one.tag == tag and not one.draft), None
        )
        if one is None:
            raise Problem(404, "Not Found")
        return JSONResponse(self._shapes.release(repo, one))
