"""GitHub's REST API for repositories, issues, comments and labels, with its errors, pages and limit headers."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from tocsin.town.github.board import Board, Issue, Repo
from tocsin.town.github.door import REPO, Door, Problem, body_of, instant, page, unprocessable
from tocsin.town.github.pen import Due, Pen
from tocsin.town.github.shapes import Shapes
from tocsin.town.github.webhooks import Webhooks
from tocsin.town.wire import JSON

STATES = {"open", "closed"}
REASONS = {"completed", "not_planned", "duplicate", "reopened"}


class Api:
    """The operations."""

    def __init__(self, door: Door, board: Board, shapes: Shapes, pen: Pen, webhooks: Webhooks) -> None:
        self._door = door
        self._board = board
        self._shapes = shapes
        self._pen = pen
        self._webhooks = webhooks
        self.may_assign = True
        """Whether the token has push access. GitHub silently drops the assignees of those who have not."""

    def routes(self) -> list[BaseRoute]:
        issue = REPO + "/issues/{number:int}"
        comment = REPO + "/issues/comments/{id:int}"
        return [
            self._door.route("GET", "/github/user", self._me),
            self._door.route("GET", "/github/users/{login}", self._user),
            self._door.route("GET", REPO, self._repo),
            self._door.route("GET", REPO + "/labels", self._labels),
            self._door.route("POST", REPO + "/labels", self._create_label),
            self._door.route("GET", REPO + "/issues", self._list),
            self._door.route("POST", REPO + "/issues", self._create),
            self._door.route("GET", issue, self._get),
            self._door.route("PATCH", issue, self._edit),
            self._door.route("GET", issue + "/comments", self._comments),
            self._door.route("POST", issue + "/comments", self._comment),
            self._door.route("GET", issue + "/labels", self._issue_labels),
            self._door.route("POST", issue + "/labels", self._add_labels),
            self._door.route("DELETE", issue + "/labels/{name}", self._drop_label),
            self._door.route("GET", REPO + "/issues/comments", self._all_comments),
            self._door.route("GET", comment, self._get_comment),
            self._door.route("PATCH", comment, self._edit_comment),
            self._door.route("GET", REPO + "/assignees", self._assignees),
        ]

    def last_route(self) -> BaseRoute:
        """For all that is not there. It has to stand behind every other route."""
        return self._door.route("GET", "/github/repos/{rest:path}", self._nothing)

    async def _nothing(self, request: Request) -> Response:
        raise Problem(404, "Not Found")

    # Reading

    async def _me(self, request: Request) -> Response:
        return JSONResponse(self._shapes.account(self._board.login))

    async def _user(self, request: Request) -> Response:
        return JSONResponse(self._shapes.account(request.path_params["login"]))

    async def _repo(self, request: Request) -> Response:
        return JSONResponse(self._shapes.repo(self._door.repo(request)))

    async def _labels(self, request: Request) -> Response:
        repo = self._door.repo(request)
        return page(request, [self._shapes.label(repo, label) for label in repo.labels.values()])

    async def _list(self, request: Request) -> Response:
        repo, query = self._door.repo(request), request.query_params
        if query.get("state", "open") not in STATES | {"all"}:
            raise unprocessable("Issue", "state", "invalid")
        issues = [issue for issue in repo.issues if _wanted(issue, query)]
        order = {"updated": lambda i: i.updated_at, "comments": lambda i: len(i.comments)}
        issues.sort(key=order.get(query.get("sort", ""), lambda i: i.number))
        newest_first = issues if query.get("direction") == "asc" else issues[::-1]
        return page(request, [self._shapes.issue(repo, issue) for issue in newest_first])

    async def _get(self, request: Request) -> Response:
        return JSONResponse(self._shapes.issue(*self._door.issue(request)))

    async def _comments(self, request: Request) -> Response:
        repo, issue = self._door.issue(request)
        since = instant(request.query_params.get("since"))
        kept = [comment for comment in issue.comments if since is None or comment.updated_at >= since]
        return page(request, [self._shapes.comment(repo, issue, comment) for comment in kept])

    async def _all_comments(self, request: Request) -> Response:
        """Those under every issue. Without `sort` GitHub leaves `direction` out of account."""
        repo, query = self._door.repo(request), request.query_params
        since, order = instant(query.get("since")), query.get("sort", "")
        pairs = [(issue, comment) for issue in repo.issues for comment in issue.comments]
        kept = [pair for pair in pairs if since is None or pair[1].updated_at >= since]
        kept.sort(key=lambda pair: pair[1].id)
        if order == "updated":
            kept.sort(key=lambda pair: pair[1].updated_at)
        if order and query.get("direction", "desc") == "desc":
            kept.reverse()
        return page(request, [self._shapes.comment(repo, issue, comment) for issue, comment in kept])

    async def _issue_labels(self, request: Request) -> Response:
        repo, issue = self._door.issue(request)
        return page(request, [self._shapes.label(repo, label) for label in issue.labels])

    async def _get_comment(self, request: Request) -> Response:
        repo = self._door.repo(request)
        found = self._board.find_comment(repo, request.path_params["id"])
        if found is None:
            raise Problem(404, "Not Found")
        return JSONResponse(self._shapes.comment(repo, *found))

    async def _assignees(self, request: Request) -> Response:
        repo = self._door.repo(request)
        logins = sorted({repo.owner, *self._board.members})
        return page(request, [self._shapes.user(login) for login in logins])

    # Writing. Whatever the token does, its bot has done, and GitHub tells of it like of anybody's act

    async def _create(self, request: Request) -> Response:
        repo, body = self._door.repo(request), await body_of(request)
        title = str(body.get("title") or "").strip()
        if not title:
            raise unprocessable("Issue", "title", "missing_field")
        issue, dues = self._pen.open(
            repo,
            self._board.login,
            title,
            body.get("body"),
            _label_names(body.get("labels") or []),
            self._assignable(repo, None, body.get("assignees") or []),
        )
        self._tell(dues)
        shape = self._shapes.issue(repo, issue)
        return JSONResponse(shape, status_code=201, headers={"Location": shape["url"]})

    async def _edit(self, request: Request) -> Response:
        (repo, issue), body = self._door.issue(request), await body_of(request)
        _check_edit(body)
        wanted: JSON = {n: body[n] for n in ("title", "body", "state", "state_reason") if n in body}
        if "labels" in body:
            wanted["labels"] = _label_names(body["labels"])
        if "assignees" in body:
            wanted["assignees"] = self._assignable(repo, issue, body["assignees"])
        self._tell(self._pen.edit(repo, issue, self._board.login, wanted))
        return JSONResponse(self._shapes.issue(repo, issue))

    def _assignable(self, repo: Repo, issue: Issue | None, logins: Any) -> list[str]:
        """With push access, a login that cannot be assigned spoils the whole request; without, all are dropped."""
        if not isinstance(logins, list):
            raise unprocessable("Issue", "assignees", "invalid")
        if not self.may_assign:
            return issue.assignees if issue else []
        for login in logins:
            if not self._board.can_be_assigned(repo, issue, login):
                raise unprocessable("Issue", "assignees", "invalid", value=str(login))
        return logins

    async def _comment(self, request: Request) -> Response:
        (repo, issue), body = self._door.issue(request), await body_of(request)
        text = body.get("body")
        if not isinstance(text, str) or not text.strip():
            raise unprocessable("IssueComment", "body", "missing_field")
        comment, dues = self._pen.comment(repo, issue, self._board.login, text)
        self._tell(dues)
        shape = self._shapes.comment(repo, issue, comment)
        return JSONResponse(shape, status_code=201, headers={"Location": shape["url"]})

    async def _edit_comment(self, request: Request) -> Response:
        repo, body = self._door.repo(request), await body_of(request)
        found = self._board.find_comment(repo, request.path_params["id"])
        if found is None:
            raise Problem(404, "Not Found")
        if not isinstance(body.get("body"), str):
            raise unprocessable("IssueComment", "body", "missing_field")
        issue, comment = found
        self._tell(self._pen.edit_comment(repo, issue, comment, self._board.login, body["body"]))
        return JSONResponse(self._shapes.comment(repo, issue, comment))

    async def _create_label(self, request: Request) -> Response:
        repo, body = self._door.repo(request), await body_of(request)
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
        (repo, issue), body = self._door.issue(request), await body_of(request)
        names = [label.name for label in issue.labels] + _label_names(body.get("labels") or [])
        self._tell(self._pen.label(repo, issue, self._board.login, names))
        return JSONResponse([self._shapes.label(repo, label) for label in issue.labels])

    async def _drop_label(self, request: Request) -> Response:
        (repo, issue), name = self._door.issue(request), request.path_params["name"].lower()
        kept = [label.name for label in issue.labels if label.name.lower() != name]
        if len(kept) == len(issue.labels):
            raise Problem(404, "Label does not exist")
        self._tell(self._pen.label(repo, issue, self._board.login, kept))
        return JSONResponse([self._shapes.label(repo, label) for label in issue.labels])

    def _tell(self, dues: list[Due]) -> None:
        for due in dues:
            self._webhooks.later(*due)


def _wanted(issue: Issue, query: Any) -> bool:
    state, since = query.get("state", "open"), instant(query.get("since"))
    labels = {name.lower() for name in query.get("labels", "").split(",") if name}
    return (
        state in ("all", issue.state)
        and labels <= {label.name.lower() for label in issue.labels}
        and query.get("creator", issue.user) == issue.user
        and (since is None or issue.updated_at >= since)
    )


def _check_edit(body: JSON) -> None:
    if body.get("state") not in STATES | {None}:
        raise unprocessable("Issue", "state", "invalid")
    if body.get("state_reason") not in REASONS | {None}:
        raise unprocessable("Issue", "state_reason", "invalid")


def _label_names(labels: Any) -> list[str]:
    if not isinstance(labels, list):
        raise unprocessable("Issue", "labels", "invalid")
    return [str(label["name"] if isinstance(label, dict) else label) for label in labels]
