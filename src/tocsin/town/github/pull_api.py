"""GitHub's REST API for pull requests: opened, edited, reviewed, merged."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from tocsin.town.github.board import Board, Issue, Repo
from tocsin.town.github.code_shapes import CodeShapes
from tocsin.town.github.door import REPO, Door, Problem, body_of, page, unprocessable
from tocsin.town.github.merging import Merging
from tocsin.town.github.pull_shapes import PullShapes
from tocsin.town.github.pulls import VERDICTS, Pulls, pull_of
from tocsin.town.wire import JSON

STATES = ("open", "closed", "all")
METHODS = ("merge", "squash", "rebase")


class PullApi:
    """The operations. Whatever the token does, its bot has done."""

    def __init__(
        self, door: Door, board: Board, pulls: Pulls, merging: Merging, shapes: PullShapes, code: CodeShapes
    ) -> None:
        self._door = door
        self._board = board
        self._pulls = pulls
        self._merging = merging
        self._shapes = shapes
        self._code = code

    def routes(self) -> list[BaseRoute]:
        route, pulls, pull = self._door.route, REPO + "/pulls", REPO + "/pulls/{number:int}"
        asked = pull + "/requested_reviewers"
        return [
            route("GET", pulls, self._list),
            route("POST", pulls, self._open),
            route("GET", pull, self._get),
            route("PATCH", pull, self._edit),
            route("GET", pull + "/commits", self._commits),
            route("GET", pull + "/files", self._files),
            route("GET", pull + "/merge", self._is_merged),
            route("PUT", pull + "/merge", self._merge),
            route("GET", asked, self._asked),
            route("POST", asked, self._ask),
            route("DELETE", asked, self._take_back),
            route("GET", pull + "/reviews", self._reviews),
            route("POST", pull + "/reviews", self._review),
            route("GET", REPO + "/commits/{sha}/pulls", self._of_commit),
            route("GET", REPO + "/collaborators/{login}/permission", self._permission),
        ]

    async def _list(self, request: Request) -> Response:
        repo, query = self._door.repo(request), request.query_params
        state, head, base = query.get("state", "open"), query.get("head"), query.get("base")
        if state not in STATES:
            raise unprocessable("PullRequest", "state", "invalid")
        found = [
            issue
            for issue in self._pulls.of(repo, state)
            if head in (None, f"{repo.owner}:{pull_of(issue).branch}") and base in (None, pull_of(issue).base)
        ]
        if query.get("sort") == "updated":
            found.sort(key=lambda issue: issue.updated_at)
        rising = (
            query.get("direction", "desc" if query.get("sort", "created") == "created" else "asc") == "asc"
        )
        return page(request, [self._shapes.simple(repo, one) for one in (found if rising else found[::-1])])

    async def _open(self, request: Request) -> Response:
        repo, body = self._door.repo(request), await body_of(request)
        missing = next((name for name in ("title", "head", "base") if not body.get(name)), None)
        if missing is not None:
            raise unprocessable("PullRequest", missing, "missing_field")
        issue = await self._pulls.open(
            repo,
            self._board.login,
            str(body["title"]),
            head=str(body["head"]),
            base=str(body["base"]),
            body=body.get("body"),
            draft=body.get("draft") is True,
        )
        shape = await self._whole(repo, issue)
        return JSONResponse(shape, status_code=201, headers={"Location": shape["url"]})

    async def _get(self, request: Request) -> Response:
        return JSONResponse(await self._whole(*self._pull(request)))

    async def _edit(self, request: Request) -> Response:
        (repo, issue), body = self._pull(request), await body_of(request)
        if body.get("state") not in (None, "open", "closed"):
            raise unprocessable("PullRequest", "state", "invalid")
        if body.get("base") and await self._pulls.git(repo).head(body["base"]) is None:
            raise unprocessable("PullRequest", "base", "invalid")
        wanted: dict[str, str | None] = {}
        wanted |= {name: body[name] for name in ("title", "body", "base", "state") if name in body}
        self._pulls.edit(repo, issue, self._board.login, wanted)
        return JSONResponse(await self._whole(repo, issue))

    async def _commits(self, request: Request) -> Response:
        repo, issue = self._pull(request)
        repository, pull = self._pulls.git(repo), pull_of(issue)
        commits = await repository.log(pull.sha, f"^{pull.base_sha}")
        return page(request, [self._code.commit(repo, commit) for commit in commits[::-1]])

    async def _files(self, request: Request) -> Response:
        repo, issue = self._pull(request)
        repository, pull = self._pulls.git(repo), pull_of(issue)
        fork = await repository.merge_base(pull.base_sha, pull.sha) or pull.base_sha
        changes = await repository.changes(fork, pull.sha)
        return page(request, [self._code.file(repo, pull.sha, change) for change in changes])

    async def _is_merged(self, request: Request) -> Response:
        _, issue = self._pull(request)
        if pull_of(issue).merged_at is None:
            raise Problem(404, "Not Found")
        return Response(status_code=204)

    async def _merge(self, request: Request) -> Response:
        (repo, issue), body = self._pull(request), await body_of(request)
        method = str(body.get("merge_method") or "merge")
        if method not in METHODS:
            raise unprocessable("PullRequest", "merge_method", "invalid")
        made = await self._merging.merge(
            repo,
            issue,
            self._board.login,
            method=method,
            sha=body.get("sha"),
            title=str(body.get("commit_title") or ""),
            message=str(body.get("commit_message") or ""),
        )
        return JSONResponse({"sha": made, "merged": True, "message": "Pull Request successfully merged"})

    async def _asked(self, request: Request) -> Response:
        repo, issue = self._pull(request)
        shape = self._shapes.simple(repo, issue)
        return JSONResponse({"users": shape["requested_reviewers"], "teams": shape["requested_teams"]})

    async def _ask(self, request: Request) -> Response:
        (repo, issue), body = self._pull(request), await body_of(request)
        logins, teams = _names(body, "reviewers"), _names(body, "team_reviewers")
        self._pulls.request(repo, issue, self._board.login, logins, teams)
        return JSONResponse(self._shapes.simple(repo, issue), status_code=201)

    async def _take_back(self, request: Request) -> Response:
        (repo, issue), body = self._pull(request), await body_of(request)
        self._pulls.take_back_request(issue, _names(body, "reviewers"), _names(body, "team_reviewers"))
        return JSONResponse(self._shapes.simple(repo, issue))

    async def _reviews(self, request: Request) -> Response:
        repo, issue = self._pull(request)
        shapes = [self._shapes.review(repo, issue, review) for review in pull_of(issue).reviews]
        return page(request, shapes)

    async def _review(self, request: Request) -> Response:
        (repo, issue), body = self._pull(request), await body_of(request)
        event = str(body.get("event") or "COMMENT")
        if event not in VERDICTS:
            raise unprocessable("PullRequestReview", "event", "invalid")
        review = self._pulls.review(repo, issue, self._board.login, event, str(body.get("body") or ""))
        await self._merging.try_auto(repo, pull_of(issue).sha)
        return JSONResponse(self._shapes.review(repo, issue, review))

    async def _of_commit(self, request: Request) -> Response:
        """The pull requests that brought a commit, or would bring it."""
        repo = self._door.repo(request)
        repository = self._pulls.git(repo)
        sha = await repository.resolve(request.path_params["sha"])
        if sha is None:
            raise Problem(422, f"No commit found for SHA: {request.path_params['sha']}")
        found = []
        for issue in self._pulls.of(repo):
            pull = pull_of(issue)
            brought = await repository.log(pull.sha, f"^{pull.base_sha}")
            if sha == pull.merge_sha or sha in [commit.sha for commit in brought]:
                found.append(self._shapes.simple(repo, issue))
        return page(request, found)

    async def _permission(self, request: Request) -> Response:
        repo, login = self._door.repo(request), request.path_params["login"]
        admin = login in self._board.admins
        name = "admin" if admin else "write" if self._board.may_write(repo, login) else "read"
        levels = {
            "pull": True,
            "triage": name != "read",
            "push": name != "read",
            "maintain": admin,
            "admin": admin,
        }
        user = self._shapes.user(login) | {"permissions": levels, "role_name": name}
        return JSONResponse({"permission": name, "role_name": name, "user": user})

    def _pull(self, request: Request) -> tuple[Repo, Issue]:
        repo, issue = self._door.issue(request)
        if issue.pull is None:
            raise Problem(404, "Not Found")
        self._pulls.git(repo)
        return repo, issue

    async def _whole(self, repo: Repo, issue: Issue) -> JSON:
        size = await self._merging.size(repo, issue, self._board.login)
        return self._shapes.whole(repo, issue, size)


def _names(body: JSON, field: str) -> list[str]:
    names = body.get(field) or []
    if not isinstance(names, list):
        raise unprocessable("PullRequest", field, "invalid")
    return [str(name) for name in names]
