"""GitHub's pages: issues and pull requests, branches with their checks, and the builds of the default branch."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from tocsin.town.github.board import Board, Issue, Repo
from tocsin.town.github.builds import CONCLUSIONS, Builds
from tocsin.town.github.code import Code
from tocsin.town.github.code_rows import CodeRows
from tocsin.town.github.markdown import html
from tocsin.town.github.people import People
from tocsin.town.pages import Pages
from tocsin.town.wire import Post

SHOWN_COMMITS = 12


class GitHubPage:
    """What a visitor sees and can do."""

    def __init__(
        self, board: Board, builds: Builds, code: Code, people: People, post: Post, pages: Pages
    ) -> None:
        self._board = board
        self._builds = builds
        self._hosting = code.hosting
        self._rows = CodeRows(code, board.login)
        self._people = people
        self._post = post
        self._pages = pages

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/github", self._overview),
            Route("/github/", self._overview),
            Route("/github/form", self._form, methods=["POST"]),
            Route("/github/build", self._build, methods=["POST"]),
            Route("/github/pull", self._on_pull, methods=["POST"]),
            Route("/github/{owner}/{repo}", self._overview),
            Route("/github/{owner}/{repo}/issues", self._overview),
            Route("/github/{owner}/{repo}/issues/{number:int}", self._one),
            Route("/github/{owner}/{repo}/pull/{number:int}", self._one),
            Route("/github/{owner}/{repo}/actions", self._overview),
            Route("/github/{owner}/{repo}/actions/runs/{id:int}", self._overview),
            Route("/github/{owner}/{repo}/commit/{sha}", self._overview),
        ]

    async def _overview(self, request: Request) -> Response:
        repos = list(self._board.repos.values())
        if "repo" in request.path_params:
            name = f"{request.path_params['owner']}/{request.path_params['repo']}".lower()
            repos = [repo for repo in repos if repo.full_name.lower() == name]
        return await self._show(request, repos=repos, issue=None)

    async def _one(self, request: Request) -> Response:
        params = request.path_params
        repo = self._board.repo(f"{params['owner']}/{params['repo']}")
        issue = self._board.issue(repo, params["number"]) if repo else None
        return await self._show(request, 200 if issue else 404, repos=[repo] if repo else [], issue=issue)

    async def _show(
        self, request: Request, status: int = 200, *, repos: list[Repo], issue: Issue | None
    ) -> Response:
        builds = {repo.full_name: await self._main_branch(repo) for repo in repos}
        branches = {repo.full_name: await self._rows.branches(repo) for repo in repos} if not issue else {}
        pull = await self._rows.pull(repos[0], issue) if issue and issue.pull else None
        return self._pages.show(
            "github.html",
            request,
            status,
            login=self._board.login,
            markdown=html,
            builds=builds,
            branches=branches,
            pull=pull,
            clone_url=self._hosting.url,
            why=request.query_params.get("why", ""),
            conclusions=CONCLUSIONS,
            repos=repos,
            issue=issue,
        )

    async def _main_branch(self, repo: Repo) -> list[dict[str, object]]:
        """The newest commits of the default branch, each with its runs there."""
        runs = [run for run in self._builds.of(repo).runs if run.branch == repo.default_branch]
        newest = await self._hosting.commits(repo, repo.default_branch, SHOWN_COMMITS)
        return [
            {"commit": commit, "runs": [run for run in runs if run.commit.sha == commit.sha]}
            for commit in newest
        ]

    async def _form(self, request: Request) -> Response:
        """A new issue; or a comment on one, with which it may be closed, reopened or labelled."""
        form = await request.form()
        user, name, title, text, label = (
            str(form.get(field, "")).strip() for field in ("user", "repo", "title", "text", "label")
        )
        user, repo = user or "jane", self._board.repo(name)
        if repo is not None and form.get("number"):
            return self._on_issue(repo, str(form["number"]), user, text, label, str(form.get("do", "")))
        if repo is not None and title:
            labels = [label] if label else []
            self._post.later(self._people.open_issue(user, name, title, text, labels))
        return RedirectResponse("/github", status_code=303)

    def _on_issue(self, repo: Repo, number: str, user: str, text: str, label: str, do: str) -> Response:
        issue = self._board.issue(repo, int(number)) if number.isdigit() else None
        if issue is None:
            return RedirectResponse("/github", status_code=303)
        where = (user, repo.full_name, issue.number)
        if text:
            self._post.later(self._people.comment(*where, text))
        if label:
            self._post.later(self._people.label_issue(*where, label))
        if do in ("open", "closed"):
            self._post.later(self._people.edit_issue(*where, {"state": do}))
        return RedirectResponse(issue.html_url.removeprefix(self._board.url), status_code=303)

    async def _on_pull(self, request: Request) -> Response:
        """Somebody approves, merges or closes a pull request; what GitHub refuses is shown on its page."""
        form = await request.form()
        name, number, user, do = (str(form.get(field, "")) for field in ("repo", "number", "user", "do"))
        repo = self._board.repo(name)
        issue = self._board.issue(repo, int(number)) if repo and number.isdigit() else None
        if repo is None or issue is None or issue.pull is None:
            return RedirectResponse("/github", status_code=303)
        why = await self._rows.do(repo, issue, user or "alice", do)
        page = issue.html_url.removeprefix(self._board.url)
        return RedirectResponse(f"{page}?{urlencode({'why': why})}" if why else page, status_code=303)

    async def _build(self, request: Request) -> Response:
        """Somebody pushes to the default branch, and the build ends as was chosen."""
        form = await request.form()
        user, name, message, conclusion = (
            str(form.get(field, "")).strip() for field in ("user", "repo", "message", "conclusion")
        )
        repo = self._board.repo(name)
        if repo is None or not message or conclusion not in CONCLUSIONS:
            return RedirectResponse("/github", status_code=303)
        repository = self._hosting.of(repo)
        if repository is not None:
            change = {f"changes/{self._board.next_id()}.md": f"{message}\n"}
            await repository.commit(repo.default_branch, change, author=user or "bob", message=message)
            return RedirectResponse(f"/github/{repo.full_name}/issues", status_code=303)
        commit = self._builds.push(repo, user or "bob", message)
        self._post.later(self._people.run(name, commit.sha, "CI", conclusion, "push", None))
        return RedirectResponse(f"/github/{repo.full_name}/issues", status_code=303)
