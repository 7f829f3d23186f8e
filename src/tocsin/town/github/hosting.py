"""The git repositories behind GitHub's pages: where they lie, who may reach them over HTTP, and who is told when they move."""

from __future__ import annotations

import base64
import binascii
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from tocsin.town.git.backend import Backend, Rule
from tocsin.town.git.commit import Commit, Push
from tocsin.town.git.program import check_version
from tocsin.town.git.repository import Files, Repository
from tocsin.town.github.board import Board, Repo
from tocsin.town.github.builds import Builds

PAGE_SIZE = 10_000
WRONG_TOKEN = "Invalid username or token. Password authentication is not supported for Git operations.\n"  # noqa: S105


class Hosting:
    """The repositories that have git behind them. A folder for them is made with the first one."""

    def __init__(self, board: Board, builds: Builds) -> None:
        self._board = board
        self._builds = builds
        self._root: Path | None = None
        self._backend = Backend(self._judge)
        self.repositories: dict[str, Repository] = {}
        self.tokens: dict[str, str] = {}
        """Whose each token is."""
        self.watchers: list[Callable[[Push], None]] = []
        """Told of every branch and tag that moved, in any repository."""
        self.rules: Callable[[Repository, Push], Rule | None] = lambda repository, push: None
        """What holds for a push; None for a branch that is not protected."""

    async def create(self, repo: Repo, files: Files, author: str, message: str) -> Repository:
        """Put git behind a repository; with files there is a first commit on its default branch."""
        name = repo.full_name
        if self._root is None:
            self._root = Path(tempfile.mkdtemp(prefix="tocsin-town-git-"))
            await check_version(self._root)
            self._backend.install(self._root)
        folder = self._root / f"{name}.git"
        repository = Repository(name, folder, self._board.now, self._board.person)
        await repository.make(repo.default_branch)
        self.repositories[name.lower()] = repository
        if files:
            await repository.commit(repo.default_branch, files, author=author, message=message)
        # Only from now on: what a repository begins with was there before anybody looked.
        repository.watchers.append(self._moved)
        return repository

    def of(self, repo: Repo | str) -> Repository | None:
        name = repo if isinstance(repo, str) else repo.full_name
        return self.repositories.get(name.lower())

    def url(self, full_name: str) -> str:
        return f"{self._board.url}/github/git/{full_name}.git"

    def close(self) -> None:
        """Take the folder away."""
        if self._root is not None:
            shutil.rmtree(self._root, ignore_errors=True)
            self._root = None

    # Commits, whether or not there is git behind a repository

    async def commit(self, repo: Repo, ref: str) -> Commit | None:
        repository = self.of(repo)
        if repository is None:
            return self._builds.commit(repo, ref)
        return await repository.commit_at(repo.default_branch if ref == "HEAD" else ref)

    async def commits(self, repo: Repo, ref: str, limit: int = PAGE_SIZE, path: str = "") -> list[Commit]:
        """Those up to a ref, newest first."""
        repository, tip = self.of(repo), await self.commit(repo, ref)
        if tip is None:
            return []
        if repository is not None:
            return await repository.log(tip.sha, limit=limit, path=path)
        known = self._builds.of(repo).commits
        return known[: known.index(tip) + 1][::-1][:limit]

    # HTTP

    def routes(self) -> list[BaseRoute]:
        path = "/github/git/{owner}/{name}/{rest:path}"
        return [Route(path, self._answer, methods=["GET", "POST"])]

    async def _answer(self, request: Request) -> Response:
        who = self._login(request.headers.get("authorization", ""))
        if who is None:
            headers = {"WWW-Authenticate": 'Basic realm="GitHub"'}
            return PlainTextResponse(WRONG_TOKEN, 401, headers)
        params = request.path_params
        repository = self.of(f"{params['owner']}/{params['name'].removesuffix('.git')}")
        if repository is None:
            return PlainTextResponse("Repository not found.\n", 404)
        return await self._backend.answer(request, repository, params["rest"], who)

    def _login(self, authorization: str) -> str | None:
        """GitHub takes a token as the password of any user; `x-access-token` is the custom."""
        kind, _, encoded = authorization.partition(" ")
        if kind.lower() != "basic":
            return None
        try:
            _, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return self.tokens.get(password)

    async def _judge(self, repository: Repository, pushes: list[Push]) -> dict[str, Rule]:
        judged = {push.ref: self.rules(repository, push) for push in pushes}
        return {ref: rule for ref, rule in judged.items() if rule is not None}

    def _moved(self, push: Push) -> None:
        for watcher in list(self.watchers):
            watcher(push)
