"""A small stand-in for GitHub: repositories with issues and comments, the REST API and the webhooks."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from tocsin.town.faults import Faults
from tocsin.town.github.api import Api
from tocsin.town.github.board import Board, Comment, Issue, Repo
from tocsin.town.github.markdown import html
from tocsin.town.github.shapes import Shapes
from tocsin.town.github.webhooks import Webhooks
from tocsin.town.ids import Now, iso
from tocsin.town.pages import Pages
from tocsin.town.wire import Answer, Post

__all__ = ["Comment", "GitHub", "Issue", "Repo"]

LOGIN = "tocsin[bot]"


class GitHub:
    """What tests and the demo hold in their hands."""

    token = "town-github-token"  # noqa: S105 (opens nothing but the town)
    login = LOGIN

    def __init__(self, now: Now, faults: Faults, post: Post, pages: Pages) -> None:
        self._pages = pages
        self._post = post
        self.board = Board(now, LOGIN)
        self._shapes = Shapes(self.board)
        self.webhooks = Webhooks(faults, post)
        self._api = Api(self.board, self._shapes, self.webhooks, self.token)

    @property
    def url(self) -> str:
        """Where the town is reached, without `/github`."""
        return self.board.url

    @url.setter
    def url(self, url: str) -> None:
        self.board.url = url

    def add_repo(self, full_name: str) -> Repo:
        return self.board.add_repo(full_name)

    def point_webhook_at(self, url: str, secret: str) -> None:
        self.webhooks.url, self.webhooks.secret = url, secret

    async def open_issue(
        self, user: str, repo: str, title: str, body: str = "", labels: list[str] | None = None
    ) -> Answer:
        """An outsider opens an issue; gives the app's answer to the webhook. The issue is then the last of `issues(repo)`."""
        where = self._known(repo)
        issue = self.board.open_issue(where, user, title, body, labels or [])
        return await self.webhooks.deliver("issues", self._shapes.event("opened", where, issue, user))

    async def comment(self, user: str, repo: str, number: int, text: str) -> Answer:
        where, issue = self._known(repo), self.issue(repo, number)
        comment = self.board.comment(issue, user, text)
        event = self._shapes.event("created", where, issue, user)
        shape = self._shapes.comment(where, issue, comment)
        return await self.webhooks.deliver("issue_comment", event | {"comment": shape})

    async def close_issue(self, user: str, repo: str, number: int) -> Answer:
        where, issue = self._known(repo), self.issue(repo, number)
        self.board.set_state(issue, "closed", None, user)
        return await self.webhooks.deliver("issues", self._shapes.event("closed", where, issue, user))

    def issues(self, repo: str) -> list[Issue]:
        """Oldest first, closed ones too."""
        return self._known(repo).issues

    def issue(self, repo: str, number: int) -> Issue:
        found = self.board.issue(self._known(repo), number)
        if found is None:
            raise ValueError(f"There is no issue {repo}#{number}")
        return found

    def _known(self, full_name: str) -> Repo:
        repo = self.board.repo(full_name)
        if repo is None:
            raise ValueError(f"There is no repository {full_name!r}; add it with add_repo")
        return repo

    def as_json(self) -> dict[str, Any]:
        return {"issues": [_plain(issue) for repo in self.board.repos.values() for issue in repo.issues]}

    # The wire

    def routes(self) -> list[BaseRoute]:
        return [
            *self._api.routes(),
            Route("/github", self._overview),
            Route("/github/", self._overview),
            Route("/github/form", self._form, methods=["POST"]),
            Route("/github/{owner}/{repo}", self._overview),
            Route("/github/{owner}/{repo}/issues", self._overview),
            Route("/github/{owner}/{repo}/issues/{number:int}", self._one),
        ]

    async def _overview(self, request: Request) -> Response:
        repos = list(self.board.repos.values())
        if "repo" in request.path_params:
            name = f"{request.path_params['owner']}/{request.path_params['repo']}".lower()
            repos = [repo for repo in repos if repo.full_name.lower() == name]
        return self._pages.show("github.html", request, repos=repos, issue=None, login=LOGIN, markdown=html)

    async def _one(self, request: Request) -> Response:
        params = request.path_params
        repo = self.board.repo(f"{params['owner']}/{params['repo']}")
        issue = self.board.issue(repo, params["number"]) if repo else None
        status = 200 if issue else 404
        repos = [repo] if repo else []
        return self._pages.show(
            "github.html", request, status, repos=repos, issue=issue, login=LOGIN, markdown=html
        )

    async def _form(self, request: Request) -> Response:
        form = await request.form()
        user, repo = str(form.get("user") or "jane"), str(form.get("repo", ""))
        number, text = str(form.get("number", "")), str(form.get("text", "")).strip()
        if number and text:
            self._post.later(self.comment(user, repo, int(number), text))
            return RedirectResponse(f"/github/{repo}/issues/{number}", status_code=303)
        if form.get("title") and self.board.repo(repo) is not None:
            self._post.later(self.open_issue(user, repo, str(form["title"]), text))
        return RedirectResponse("/github", status_code=303)


def _plain(issue: Issue) -> dict[str, Any]:
    return {
        "repo": issue.repo,
        "number": issue.number,
        "user": issue.user,
        "title": issue.title,
        "body": issue.body,
        "state": issue.state,
        "state_reason": issue.state_reason,
        "labels": [label.name for label in issue.labels],
        "url": issue.html_url,
        "created_at": iso(issue.created_at),
        "comments": [
            {"id": c.id, "user": c.user, "body": c.body, "created_at": iso(c.created_at)}
            for c in issue.comments
        ],
    }
