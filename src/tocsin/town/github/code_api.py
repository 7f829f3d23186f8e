"""GitHub's REST API for what lies in git: commits, branches, refs, comparisons and files. All but files are only read."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from tocsin.town.git.commit import Commit
from tocsin.town.git.program import GitError
from tocsin.town.git.repository import Repository
from tocsin.town.github.board import Board, Repo
from tocsin.town.github.code_shapes import CodeShapes
from tocsin.town.github.door import REPO, Door, Problem, body_of, instant, page, unprocessable
from tocsin.town.github.hosting import Hosting
from tocsin.town.github.protection import Protections

COMPARED = 250
"""GitHub lists no more commits of a comparison."""


class CodeApi:
    """The operations."""

    def __init__(
        self, door: Door, board: Board, hosting: Hosting, protections: Protections, shapes: CodeShapes
    ) -> None:
        self._door = door
        self._board = board
        self._hosting = hosting
        self._protections = protections
        self._shapes = shapes

    def routes(self) -> list[BaseRoute]:
        route, contents = self._door.route, REPO + "/contents/{path:path}"
        return [
            route("GET", REPO + "/commits", self._commits),
            route("GET", REPO + "/compare/{base:path}...{head:path}", self._compare),
            route("GET", REPO + "/branches", self._branches),
            route("GET", REPO + "/branches/{branch:path}", self._branch),
            route("GET", REPO + "/git/ref/{ref:path}", self._ref),
            route("GET", REPO + "/git/matching-refs/{ref:path}", self._refs),
            route("GET", REPO + "/git/commits/{sha}", self._git_commit),
            route("GET", contents, self._contents),
            route("PUT", contents, self._write),
        ]

    def last_routes(self) -> list[BaseRoute]:
        """A commit by any ref, which may have slashes: behind all other routes that begin so."""
        return [self._door.route("GET", REPO + "/commits/{ref:path}", self._commit)]

    # Commits

    async def _commits(self, request: Request) -> Response:
        repo, query = self._door.repo(request), request.query_params
        if await self._hosting.commit(repo, repo.default_branch) is None:
            raise Problem(409, "Git Repository is empty.")
        ref = query.get("sha") or repo.default_branch
        if await self._hosting.commit(repo, ref) is None:
            raise Problem(404, "Not Found")
        found = await self._hosting.commits(repo, ref, path=query.get("path", ""))
        wanted = [one for one in found if self._is_wanted(one, query)]
        return page(request, [self._shapes.commit(repo, commit) for commit in wanted])

    def _is_wanted(self, commit: Commit, query: Any) -> bool:
        since, until = (instant(query.get(name), "Commit", name) for name in ("since", "until"))
        by = (self._board.login_of(commit.email), commit.email)
        return (
            query.get("author", commit.email) in by
            and (since is None or commit.at >= since)
            and (until is None or commit.at <= until)
        )

    async def _commit(self, request: Request) -> Response:
        repo, ref = self._door.repo(request), request.path_params["ref"]
        commit = await self._hosting.commit(repo, ref)
        if commit is None:
            raise Problem(422, f"No commit found for SHA: {ref}")
        repository = self._hosting.of(repo)
        changes = await repository.changes_by(commit) if repository is not None else []
        return JSONResponse(self._shapes.whole_commit(repo, commit, changes))

    async def _git_commit(self, request: Request) -> Response:
        repo = self._door.repo(request)
        commit = await self._hosting.commit(repo, request.path_params["sha"])
        if commit is None:
            raise Problem(404, "Not Found")
        return JSONResponse(self._shapes.git_commit(repo, commit))

    async def _compare(self, request: Request) -> Response:
        repo, repository = self._with_git(request)
        names = (request.path_params[end].rpartition(":")[2] for end in ("base", "head"))
        base, head = [await repository.commit_at(name) for name in names]
        if base is None or head is None:
            raise Problem(404, "Not Found")
        fork = await repository.merge_base(base.sha, head.sha)
        shared = await repository.commit_at(fork) if fork else None
        if shared is None:
            raise Problem(404, f"No common ancestor between {base.sha} and {head.sha}.")
        ahead = await repository.log(head.sha, f"^{base.sha}", limit=COMPARED)
        behind = await repository.log(base.sha, f"^{head.sha}")
        changes = await repository.changes(shared.sha, head.sha)
        shape = self._shapes.comparison(repo, base, shared, ahead[::-1], len(behind), changes)
        return JSONResponse(shape)

    # Branches and refs

    async def _branches(self, request: Request) -> Response:
        repo, repository = self._with_git(request)
        refs = await repository.refs()
        rules = {name: self._protections.of(repo, name) is not None for name in refs}
        wanted = request.query_params.get("protected")
        kept = [name for name in refs if wanted is None or rules[name] == (wanted == "true")]
        return page(
            request, [self._shapes.short_branch(repo, name, refs[name], rules[name]) for name in kept]
        )

    async def _branch(self, request: Request) -> Response:
        repo, name = self._door.repo(request), request.path_params["branch"]
        repository = self._hosting.of(repo)
        tip = await self._hosting.commit(repo, f"refs/heads/{name}" if repository else name)
        if tip is None:
            raise Problem(404, "Branch not found")
        rule = self._protections.of(repo, name)
        return JSONResponse(self._shapes.branch(repo, name, tip, rule.contexts if rule else None))

    async def _ref(self, request: Request) -> Response:
        repo, repository = self._with_git(request)
        name = f"refs/{request.path_params['ref']}"
        sha = (await repository.refs("refs/")).get(request.path_params["ref"])
        if sha is None:
            raise Problem(404, "Not Found")
        return JSONResponse(self._shapes.ref(repo, name, sha))

    async def _refs(self, request: Request) -> Response:
        repo, repository = self._with_git(request)
        refs = await repository.refs("refs/")
        kept = [name for name in refs if name.startswith(request.path_params["ref"])]
        return JSONResponse([self._shapes.ref(repo, f"refs/{name}", refs[name]) for name in kept])

    # Files

    async def _contents(self, request: Request) -> Response:
        repo, repository = self._with_git(request)
        ref, path = request.query_params.get("ref") or repo.default_branch, request.path_params["path"]
        tip = await repository.resolve(ref)
        if tip is None:
            raise Problem(404, f"No commit found for the ref {ref}")
        files, path = await repository.files(tip), path.strip("/")
        if path in files:
            contents = await repository.read(tip, path)
            return JSONResponse(self._shapes.contents(repo, ref, path, files[path], contents))
        start = f"{path}/" if path else ""
        below = sorted({name.removeprefix(start).split("/")[0] for name in files if name.startswith(start)})
        if not below:
            raise Problem(404, "Not Found")
        return JSONResponse(
            [
                self._shapes.contents(repo, ref, start + name, files[start + name], None)
                if start + name in files
                else self._shapes.folder(repo, ref, start + name)
                for name in below
            ]
        )

    async def _write(self, request: Request) -> Response:
        """A file's new contents as one commit. `sha` has to name the contents that it takes the place of."""
        (repo, repository), body = self._with_git(request), await body_of(request)
        path, branch = request.path_params["path"], str(body.get("branch") or repo.default_branch)
        try:
            contents = base64.b64decode(str(body["content"]))
            message = str(body["message"])
        except (KeyError, binascii.Error):
            raise unprocessable("Content", "content", "missing_field") from None
        tip = await repository.head(branch)
        files = await repository.files(tip) if tip else {}
        if files.get(path) != body.get("sha"):
            raise Problem(409, f"{path} does not match {body.get('sha')}")
        self._protections.check_push(repo, branch, self._board.login)
        by, was = self._board.login, files.get(path)
        try:
            sha = await repository.commit(branch, {path: contents}, author=by, message=message, expected=tip)
        except GitError:
            raise Problem(409, f"is at another commit but expected {tip}") from None
        commit, blob = await repository.commit_at(sha), (await repository.files(sha))[path]
        assert commit is not None
        shape = self._shapes.contents(repo, branch, path, blob, contents)
        told = {"content": shape, "commit": self._shapes.git_commit(repo, commit)}
        return JSONResponse(told, 200 if was else 201)

    def _with_git(self, request: Request) -> tuple[Repo, Repository]:
        repo = self._door.repo(request)
        repository = self._hosting.of(repo)
        if repository is None:
            raise Problem(404, "Not Found")
        return repo, repository
