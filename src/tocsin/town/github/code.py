"""GitHub's side of git as a whole: repositories, checks, protected branches, and the webhooks of pushes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.routing import BaseRoute

from tocsin.town.git.commit import NOTHING, Change, Commit, Push
from tocsin.town.git.repository import Files, Repository
from tocsin.town.github.action_api import ActionApi
from tocsin.town.github.actions import Actions
from tocsin.town.github.board import Board, Repo
from tocsin.town.github.build_shapes import BuildShapes
from tocsin.town.github.builds import Builds
from tocsin.town.github.check_api import CheckApi
from tocsin.town.github.check_shapes import CheckShapes
from tocsin.town.github.checks import Checks
from tocsin.town.github.code_api import CodeApi
from tocsin.town.github.code_shapes import CodeShapes
from tocsin.town.github.deployment_api import DeploymentApi
from tocsin.town.github.deployment_shapes import DeploymentShapes
from tocsin.town.github.deployments import Deployments
from tocsin.town.github.door import Door
from tocsin.town.github.graphql import GraphQL
from tocsin.town.github.hosting import Hosting
from tocsin.town.github.merging import Merging
from tocsin.town.github.org_api import OrgApi
from tocsin.town.github.protection import Protections
from tocsin.town.github.protection_api import ProtectionApi
from tocsin.town.github.pull_api import PullApi
from tocsin.town.github.pull_shapes import PullShapes
from tocsin.town.github.pulls import Pulls
from tocsin.town.github.shapes import Shapes
from tocsin.town.github.suite_api import SuiteApi
from tocsin.town.github.webhooks import Webhooks
from tocsin.town.wire import Post

TOLD = 20
"""A webhook carries no more commits of a push than it takes."""


class Code:
    """Wires what the files beside this one do."""

    def __init__(
        self,
        board: Board,
        builds: Builds,
        door: Door,
        shapes: Shapes,
        build_shapes: BuildShapes,
        webhooks: Webhooks,
        post: Post,
    ) -> None:
        self._board = board
        self._webhooks = webhooks
        self._post = post
        self.hosting = Hosting(board, builds)
        self.checks = Checks(board)
        self.protections = Protections(board, self.checks)
        self.hosting.rules = self.protections.rule
        self.hosting.watchers.append(self._pushed)
        self._shapes = CodeShapes(board, shapes, build_shapes)
        pull_shapes = PullShapes(board, shapes, build_shapes)
        self.check_shapes = CheckShapes(board, shapes, build_shapes)
        self.pulls = Pulls(board, self.hosting, self.protections, pull_shapes, webhooks)
        self.merging = Merging(board, self.pulls, self.checks, self.protections)
        self.checks.watchers.append(self._checked)
        deployment_shapes = DeploymentShapes(board, shapes, build_shapes)
        self.deployments = Deployments(board, deployment_shapes, webhooks)
        self.actions = Actions(
            board, builds, self.hosting, self.checks, build_shapes, self.check_shapes, webhooks
        )
        self.reactions: list[Callable[[Push], Awaitable[None]]] = [self.pulls.follow, self._tell]
        """What follows from a push, one after the other."""
        self._api = CodeApi(door, board, self.hosting, self.protections, self._shapes)
        self._apis = (
            OrgApi(door, board, shapes),
            ProtectionApi(door, board, self.hosting, self.protections, shapes, build_shapes),
            CheckApi(door, board, self.hosting, self.checks, self.check_shapes, build_shapes),
            SuiteApi(door, board, self.hosting, self.checks, self.check_shapes, build_shapes, webhooks),
            PullApi(door, board, self.pulls, self.merging, pull_shapes, self._shapes),
            DeploymentApi(door, board, self.hosting, self.deployments, deployment_shapes),
            ActionApi(door, board, self.hosting, builds, self.actions, build_shapes, post),
            GraphQL(door, board, self.pulls, self.merging),
            self._api,
        )

    async def repository(
        self, full_name: str, files: Files | None, author: str, message: str, default_branch: str
    ) -> Repository:
        """The repository of that name, made if it is new."""
        known = self.hosting.of(full_name)
        if known is not None:
            return known
        repo = self._board.repo(full_name) or self._board.add_repo(full_name)
        repo.default_branch = default_branch
        return await self.hosting.create(repo, files or {}, author, message)

    def repo(self, full_name: str) -> Repo:
        repo = self._board.repo(full_name)
        if repo is None:
            raise ValueError(f"There is no repository {full_name!r} in the town")
        return repo

    def _pushed(self, push: Push) -> None:
        self._post.later(self._react(push))

    async def _react(self, push: Push) -> None:
        for reaction in list(self.reactions):
            await reaction(push)

    def _checked(self, repo: Repo, sha: str) -> None:
        self._post.later(self.merging.try_auto(repo, sha))

    async def _tell(self, push: Push) -> None:
        repo, repository = self._board.repo(push.repository), self.hosting.of(push.repository)
        if repo is None or repository is None:
            return
        commits, forced = await _news(repository, push, repo.default_branch)
        self._webhooks.later("push", self._shapes.push_event(repo, push, commits, forced))

    def routes(self) -> list[BaseRoute]:
        return [*self.hosting.routes(), *(route for api in self._apis for route in api.routes())]

    def last_routes(self) -> list[BaseRoute]:
        return self._api.last_routes()


async def _news(
    repository: Repository, push: Push, default_branch: str
) -> tuple[list[tuple[Commit, list[Change]]], bool]:
    """The commits that a push brought, oldest first, each with what it changed; and whether it threw away others."""
    if push.deleted:
        return [], False
    known = push.before if push.before != NOTHING else await repository.head(default_branch)
    since = [f"^{known}"] if known and known != push.after else []
    commits = await repository.log(push.after, *since, limit=TOLD)
    told = [(commit, await repository.changes_by(commit)) for commit in commits[::-1]]
    forced = push.before != NOTHING and not await repository.contains(push.after, push.before)
    return told, forced
