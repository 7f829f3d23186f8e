"""GitHub's REST API for organisations, as far as it tells who belongs to one."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from tocsin.town.github.board import Board
from tocsin.town.github.door import Door, Problem
from tocsin.town.github.shapes import Shapes


class OrgApi:
    """The operations. All repositories of the town that no person owns are of organisations with the same people."""

    def __init__(self, door: Door, board: Board, shapes: Shapes) -> None:
        self._door = door
        self._board = board
        self._shapes = shapes

    def routes(self) -> list[BaseRoute]:
        route, org = self._door.route, "/github/orgs/{org}"
        return [
            route("GET", org + "/members/{login}", self._member),
            route("GET", org + "/teams/{slug}", self._team),
        ]

    async def _member(self, request: Request) -> Response:
        login = request.path_params["login"]
        if self._org(request) and login in self._board.members | self._board.admins | {self._board.login}:
            return Response(status_code=204)
        raise Problem(404, f"User does not exist or is not a public member of {request.path_params['org']}")

    async def _team(self, request: Request) -> Response:
        org, slug = self._org(request), request.path_params["slug"]
        if slug not in self._board.teams:
            raise Problem(404, "Not Found")
        return JSONResponse(self._shapes.team(org, slug))

    def _org(self, request: Request) -> str:
        org: str = request.path_params["org"]
        if org in self._board.persons:
            raise Problem(404, "Not Found")
        return org
