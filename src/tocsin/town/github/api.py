"""GitHub's REST API for repositories, issues, comments and labels, with its errors, pages and limit headers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tocsin.town.github.board import Board, Issue, Repo
from tocsin.town.github.shapes import Shapes
from tocsin.town.github.webhooks import Webhooks
from tocsin.town.wire import JSON

DOCS = "https://docs.github.com/rest"
REPO = "/github/repos/{owner}/{repo}"
STATES = {"open", "closed"}
REASONS = {"completed", "not_planned", "duplicate", "reopened"}


class Problem(Exception):
    """What becomes GitHub's error document."""

    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"message": message, "documentation_url": DOCS, "status": str(status)} | more


def unprocessable(resource: str, field: str, code: str) -> Problem:
    errors = [{"resource": resource, "field": field, "code": code}]
    return Problem(422, "Validation Failed", errors=errors)


Handler = Callable[[Request], Awaitable[Response]]


class Api:
    """The operations."""

    def __init__(self, board: Board, shapes: Shapes, webhooks: Webhooks, token: str) -> None:
        self._board = board
        self._shapes = shapes
        self._webhooks = webhooks
        self._token = token
        self._used = 0

    def routes(self) -> list[BaseRoute]:
        issue = REPO + "/issues/{number:int}"
        comment = REPO + "/issues/comments/{id:int}"
        return [
            self._route("GET", "/github/user", self._me),
            self._route("GET", "/github/users/{login}", self._user),
            self._route("GET", REPO, self._repo),
            self._route("GET", REPO + "/labels", self._labels),
            self._route("POST", REPO + "/labels", self._create_label),
            self._route("GET", REPO + "/issues", self._list),
            self._route("POST", REPO + "/issues", self._create),
            self._route("GET", issue, self._get),
            self._route("PATCH", issue, self._edit),
            self._route("GET", issue + "/comments", self._comments),
            self._route("POST", issue + "/comments", self._comment),
            self._route("GET", issue + "/labels", self._issue_labels),
            self._route("POST", issue + "/labels", self._add_labels),
            self._route("GET", comment, self._get_comment),
            self._route("PATCH", comment, self._edit_comment),
            self._route("GET", "/github/repos/{rest:path}", self._nothing),
        ]

    def _route(self, method: str, path: str, handler: Handler) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                self._check_token(request)
                answer = await handler(request)
            except Problem as problem:
                answer = JSONResponse(problem.body, status_code=problem.status)
            self._used += 1
            answer.headers["x-ratelimit-limit"] = "5000"
            answer.headers["x-ratelimit-remaining"] = str(max(5000 - self._used, 1))
            answer.headers["x-ratelimit-used"] = str(self._used)
            answer.headers["x-ratelimit-reset"] = str(int(self._board.now().timestamp()) + 3600)
            answer.headers["x-ratelimit-resource"] = "core"
            return answer

        return Route(path, endpoint, methods=[method])

    def _check_token(self, request: Request) -> None:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if not token:
            raise Problem(401, "Requires authentication")
        if kind.lower() not in ("bearer", "token") or token != self._token:
            raise Problem(401, "Bad credentials")

    # Finding

    def _the_repo(self, request: Request) -> Repo:
        params = request.path_params
        repo = self._board.repo(f"{params['owner']}/{params['repo']}")
        if repo is None:
            raise Problem(404, "Not Found")
        return repo

    def _the_issue(self, request: Request) -> tuple[Repo, Issue]:
        repo = self._the_repo(request)
        issue = self._board.issue(repo, request.path_params["number"])
        if issue is None:
            raise Problem(404, "Not Found")
        return repo, issue

    async def _nothing(self, request: Request) -> Response:
        raise Problem(404, "Not Found")

    # Reading

    async def _me(self, request: Request) -> Response:
        return JSONResponse(self._shapes.account(self._board.login))

    async def _user(self, request: Request) -> Response:
        return JSONResponse(self._shapes.account(request.path_params["login"]))

    async def _repo(self, request: Request) -> Response:
        return JSONResponse(self._shapes.repo(self._the_repo(request)))

    async def _labels(self, request: Request) -> Response:
        repo = self._the_repo(request)
        return self._page(request, [self._shapes.label(repo, label) for label in repo.labels.values()])

    async def _list(self, request: Request) -> Response:
        repo, query = self._the_repo(request), request.query_params
        if query.get("state", "open") not in STATES | {"all"}:
            raise unprocessable("Issue", "state", "invalid")
        issues = [issue for issue in repo.issues if _wanted(issue, query)]
        order = {"updated": lambda i: i.updated_at, "comments": lambda i: len(i.comments)}
        issues.sort(key=order.get(query.get("sort", ""), lambda i: i.number))
        newest_first = issues if query.get("direction") == "asc" else issues[::-1]
        return self._page(request, [self._shapes.issue(repo, issue) for issue in newest_first])

    async def _get(self, request: Request) -> Response:
        return JSONResponse(self._shapes.issue(*self._the_issue(request)))

    async def _comments(self, request: Request) -> Response:
        repo, issue = self._the_issue(request)
        since = _instant(request.query_params.get("since"))
        kept = [comment for comment in issue.comments if since is None or comment.updated_at >= since]
        return self._page(request, [self._shapes.comment(repo, issue, comment) for comment in kept])

    async def _issue_labels(self, request: Request) -> Response:
        repo, issue = self._the_issue(request)
        return self._page(request, [self._shapes.label(repo, label) for label in issue.labels])

    async def _get_comment(self, request: Request) -> Response:
        repo = self._the_repo(request)
        found = self._board.find_comment(repo, request.path_params["id"])
        if found is None:
            raise Problem(404, "Not Found")
        return JSONResponse(self._shapes.comment(repo, *found))

    # Writing

    async def _create(self, request: Request) -> Response:
        repo, body = self._the_repo(request), await _body(request)
        title = str(body.get("title") or "").strip()
        if not title:
            raise unprocessable("Issue", "title", "missing_field")
        labels = _label_names(body.get("labels") or [])
        issue = self._board.open_issue(repo, self._board.login, title, body.get("body"), labels)
        self._webhooks.later("issues", self._shapes.event("opened", repo, issue, self._board.login))
        shape = self._shapes.issue(repo, issue)
        return JSONResponse(shape, status_code=201, headers={"Location": shape["url"]})

    async def _edit(self, request: Request) -> Response:
        (repo, issue), body = self._the_issue(request), await _body(request)
        _check_edit(body)
        before = (issue.title, issue.body, issue.state)
        issue.title = body.get("title") or issue.title
        issue.body = body.get("body", issue.body)
        if "labels" in body:
            issue.labels = [self._board.label(repo, name) for name in _label_names(body["labels"])]
        if "state" in body:
            self._board.set_state(issue, body["state"], body.get("state_reason"), self._board.login)
        issue.updated_at = self._board.now()
        self._tell_of_edit(repo, issue, before)
        return JSONResponse(self._shapes.issue(repo, issue))

    def _tell_of_edit(self, repo: Repo, issue: Issue, before: tuple[str, str | None, str]) -> None:
        title, body, state = before
        changes: JSON = {}
        if issue.title != title:
            changes["title"] = {"from": title}
        if issue.body != body:
            changes["body"] = {"from": body or ""}
        if changes:
            event = self._shapes.event("edited", repo, issue, self._board.login)
            self._webhooks.later("issues", event | {"changes": changes})
        if issue.state != state:
            action = "closed" if issue.state == "closed" else "reopened"
            self._webhooks.later("issues", self._shapes.event(action, repo, issue, self._board.login))

    async def _comment(self, request: Request) -> Response:
        (repo, issue), body = self._the_issue(request), await _body(request)
        text = body.get("body")
        if not isinstance(text, str) or not text.strip():
            raise unprocessable("IssueComment", "body", "missing_field")
        comment = self._board.comment(issue, self._board.login, text)
        shape = self._shapes.comment(repo, issue, comment)
        event = self._shapes.event("created", repo, issue, self._board.login)
        self._webhooks.later("issue_comment", event | {"comment": shape})
        return JSONResponse(shape, status_code=201, headers={"Location": shape["url"]})

    async def _edit_comment(self, request: Request) -> Response:
        repo, body = self._the_repo(request), await _body(request)
        found = self._board.find_comment(repo, request.path_params["id"])
        if found is None:
            raise Problem(404, "Not Found")
        if not isinstance(body.get("body"), str):
            raise unprocessable("IssueComment", "body", "missing_field")
        issue, comment = found
        comment.body, comment.updated_at = body["body"], self._board.now()
        return JSONResponse(self._shapes.comment(repo, issue, comment))

    async def _create_label(self, request: Request) -> Response:
        repo, body = self._the_repo(request), await _body(request)
        name = str(body.get("name") or "")
        if not name:
            raise unprocessable("Label", "name", "missing_field")
        if name.lower() in repo.labels:
            raise unprocessable("Label", "name", "already_exists")
        label = self._board.label(repo, name)
        label.color, label.description = body.get("color") or label.color, body.get("description")
        shape = self._shapes.label(repo, label)
        return JSONResponse(shape, status_code=201, headers={"Location": shape["url"]})

    async def _add_labels(self, request: Request) -> Response:
        (repo, issue), body = self._the_issue(request), await _body(request)
        for name in _label_names(body.get("labels") or []):
            label = self._board.label(repo, name)
            if label not in issue.labels:
                issue.labels.append(label)
        return JSONResponse([self._shapes.label(repo, label) for label in issue.labels])

    def _page(self, request: Request, items: list[JSON]) -> Response:
        """One page and the Link header that leads to the others."""
        size = min(max(_whole(request, "per_page", 30), 1), 100)
        page = max(_whole(request, "page", 1), 1)
        last = max((len(items) + size - 1) // size, 1)
        headers = {}
        wanted = {"prev": page - 1, "first": 1} if page > 1 else {}
        if page < last:
            wanted |= {"next": page + 1, "last": last}
        if wanted:
            url = request.url
            headers["link"] = ", ".join(
                f'<{url.include_query_params(page=n)}>; rel="{rel}"' for rel, n in wanted.items()
            )
        return JSONResponse(items[(page - 1) * size : page * size], headers=headers)


def _wanted(issue: Issue, query: Any) -> bool:
    state, since = query.get("state", "open"), _instant(query.get("since"))
    labels = {name.lower() for name in query.get("labels", "").split(",") if name}
    return (
        state in ("all", issue.state)
        and labels <= {label.name.lower() for label in issue.labels}
        and query.get("creator", issue.user) == issue.user
        and (since is None or issue.updated_at >= since)
    )


def _instant(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise unprocessable("Issue", "since", "invalid") from None


def _whole(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isdigit() else default


async def _body(request: Request) -> JSON:
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        raise Problem(400, "Problems parsing JSON") from None
    if not isinstance(body, dict):
        raise Problem(400, "Body should be a JSON object")
    return body


def _check_edit(body: JSON) -> None:
    if body.get("state") not in STATES | {None}:
        raise unprocessable("Issue", "state", "invalid")
    if body.get("state_reason") not in REASONS | {None}:
        raise unprocessable("Issue", "state_reason", "invalid")


def _label_names(labels: Any) -> list[str]:
    if not isinstance(labels, list):
        raise unprocessable("Issue", "labels", "invalid")
    return [str(label["name"] if isinstance(label, dict) else label) for label in labels]
