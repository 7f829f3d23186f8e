"""GitHub's GraphQL API, as far as REST has no word for it: reverting, merging by itself, drafts; and what pull requests look like."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from tocsin.town.github.board import AutoMerge, Board, Issue, Pull, Repo
from tocsin.town.github.door import Door, Problem, body_of
from tocsin.town.github.graphql_text import Field, Unreadable, read
from tocsin.town.github.merging import Merging
from tocsin.town.github.pulls import Pulls, pull_of
from tocsin.town.github.reverting import revert
from tocsin.town.ids import iso
from tocsin.town.wire import JSON

MERGEABLE = {True: "MERGEABLE", False: "CONFLICTING", None: "UNKNOWN"}
DECISIONS = {"approved": "APPROVED", "changes_requested": "CHANGES_REQUESTED"}
Found = tuple[Repo, Issue]


class NotThere(Exception):
    """An id or a name that leads to nothing."""


class GraphQL:
    """One endpoint. An answer is always 200; what failed stands among its errors."""

    def __init__(self, door: Door, board: Board, pulls: Pulls, merging: Merging) -> None:
        self._door = door
        self._board = board
        self._pulls = pulls
        self._merging = merging
        self._queries: dict[str, Callable[[JSON], Awaitable[JSON | None]]] = {
            "viewer": self._viewer,
            "repository": self._repository,
            "node": self._node,
        }
        self._mutations: dict[str, Callable[[Found, JSON], Awaitable[JSON]]] = {
            "revertPullRequest": self._revert,
            "enablePullRequestAutoMerge": self._enable,
            "disablePullRequestAutoMerge": self._disable,
            "convertPullRequestToDraft": self._to_draft,
            "markPullRequestReadyForReview": self._to_ready,
        }

    def routes(self) -> list[BaseRoute]:
        return [self._door.route("POST", "/github/graphql", self._answer)]

    async def _answer(self, request: Request) -> Response:
        body = await body_of(request)
        try:
            operation = read(str(body.get("query") or ""), body.get("variables") or {})
        except Unreadable as why:
            return JSONResponse({"errors": [{"message": str(why)}]})
        known = self._queries if operation.kind == "query" else self._mutations
        unknown = [field.of for field in operation.fields if field.of not in known]
        if unknown:
            kind = operation.kind.capitalize()
            return JSONResponse({"errors": [_undefined(operation.kind, unknown[0], kind)]})
        data: JSON = {}
        errors: list[JSON] = []
        for field in operation.fields:
            data[field.name] = await self._one(operation.kind, field, errors)
        return JSONResponse({"data": data} | ({"errors": errors} if errors else {}))

    async def _one(self, kind: str, field: Field, errors: list[JSON]) -> Any:
        where = {"path": [field.name], "locations": [{"line": 1, "column": 1}]}
        try:
            if kind == "query":
                return await select(await self._queries[field.of](field.arguments), field.fields)
            asked = field.arguments.get("input") or {}
            found = self._by_id(str(asked.get("pullRequestId") or ""))
            answer = await self._mutations[field.of](found, asked)
            answer |= {
                "clientMutationId": asked.get("clientMutationId"),
                "actor": {"login": self._board.login},
            }
            return await select(answer, field.fields)
        except NotThere as why:
            errors.append({"type": "NOT_FOUND", "message": str(why)} | where)
        except Problem as why:
            errors.append({"type": "UNPROCESSABLE", "message": str(why)} | where)
        except Unreadable as why:
            errors.append(_undefined(kind, str(why), "PullRequest"))
        return None

    # What is asked for

    async def _viewer(self, arguments: JSON) -> JSON:
        return {"login": self._board.login, "id": f"U_{self._board.login}"}

    async def _repository(self, arguments: JSON) -> JSON:
        name = f"{arguments.get('owner')}/{arguments.get('name')}"
        repo = self._board.repo(name)
        if repo is None:
            raise NotThere(f"Could not resolve to a Repository with the name '{name}'.")

        async def pull_request(asked: JSON) -> JSON:
            issue = self._board.issue(repo, int(asked.get("number") or 0))
            if issue is None or issue.pull is None:
                raise NotThere(
                    f"Could not resolve to a PullRequest with the number of {asked.get('number')}."
                )
            return await self._shape((repo, issue))

        wanted = {"pullRequest": pull_request}
        return _repo_shape(repo) | wanted

    async def _node(self, arguments: JSON) -> JSON:
        return await self._shape(self._by_id(str(arguments.get("id") or "")))

    def _by_id(self, id: str) -> Found:
        for repo in self._board.repos.values():
            for issue in repo.issues:
                if issue.pull is not None and id == f"PR_{issue.id}":
                    return repo, issue
        raise NotThere(f"Could not resolve to a node with the global id of '{id}'")

    # What is done

    async def _revert(self, found: Found, asked: JSON) -> JSON:
        repo, issue = found
        words = {name: asked.get(name) for name in ("title", "body")}
        made = await revert(
            self._pulls, repo, issue, self._board.login, **words, draft=asked.get("draft") is True
        )
        return {"pullRequest": await self._shape(found), "revertPullRequest": await self._shape((repo, made))}

    async def _enable(self, found: Found, asked: JSON) -> JSON:
        repo, issue = found
        expected = asked.get("expectedHeadOid")
        if expected and expected != pull_of(issue).sha:
            raise Problem(422, "Head sha didn't match expected head sha")
        method = str(asked.get("mergeMethod") or "MERGE").lower()
        title, text = str(asked.get("commitHeadline") or ""), str(asked.get("commitBody") or "")
        await self._merging.enable_auto(repo, issue, AutoMerge(self._board.login, method, title, text))
        return {"pullRequest": await self._shape(found)}

    async def _disable(self, found: Found, asked: JSON) -> JSON:
        self._merging.disable_auto(*found, self._board.login)
        return {"pullRequest": await self._shape(found)}

    async def _to_draft(self, found: Found, asked: JSON) -> JSON:
        if not found[0].has_drafts:
            raise Problem(422, "Draft pull requests are not supported in this repository.")
        self._pulls.set_draft(*found, self._board.login, True)
        return {"pullRequest": await self._shape(found)}

    async def _to_ready(self, found: Found, asked: JSON) -> JSON:
        self._pulls.set_draft(*found, self._board.login, False)
        return {"pullRequest": await self._shape(found)}

    # Shapes

    async def _shape(self, found: Found) -> JSON:
        repo, issue = found
        pull, size = pull_of(issue), await self._merging.size(repo, issue, self._board.login)
        state = "MERGED" if pull.merged_at else issue.state.upper()
        return {
            "__typename": "PullRequest",
            "id": f"PR_{issue.id}",
            "number": issue.number,
            "title": issue.title,
            "body": issue.body or "",
            "url": issue.html_url,
            "state": state,
            "isDraft": pull.draft,
            "merged": pull.merged_at is not None,
            "mergedAt": iso(pull.merged_at) if pull.merged_at else None,
            "closed": issue.state == "closed",
            "createdAt": iso(issue.created_at),
            "updatedAt": iso(issue.updated_at),
            "mergeable": MERGEABLE[size.mergeable],
            "mergeStateStatus": size.state.upper(),
            "headRefName": pull.branch,
            "headRefOid": pull.sha,
            "baseRefName": pull.base,
            "baseRefOid": pull.base_sha,
            "author": {"login": issue.user},
            "mergeCommit": {"oid": pull.merge_sha} if pull.merge_sha else None,
            "mergedBy": {"login": pull.merged_by} if pull.merged_by else None,
            "reviewDecision": _decision(pull),
            "autoMergeRequest": _auto_merge(pull),
            "labels": {"nodes": [{"name": label.name} for label in issue.labels]},
            "repository": _repo_shape(repo),
        }


async def select(value: Any, fields: list[Field]) -> Any:
    """Of a whole shape what was asked for; what takes arguments is a function. Raises Unreadable for a field that it has not."""
    if value is None or not fields:
        return value
    if isinstance(value, list):
        return [await select(one, fields) for one in value]
    picked = {}
    for field in fields:
        if field.of not in value:
            raise Unreadable(field.of)
        inner = value[field.of]
        picked[field.name] = await select(
            await inner(field.arguments) if callable(inner) else inner, field.fields
        )
    return picked


def _decision(pull: Pull) -> str | None:
    last = [review.state for review in pull.reviews if review.state in DECISIONS]
    return DECISIONS[last[-1]] if last else None


def _auto_merge(pull: Pull) -> JSON | None:
    auto = pull.auto_merge
    return {"mergeMethod": auto.method.upper(), "enabledBy": {"login": auto.by}} if auto else None


def _repo_shape(repo: Repo) -> JSON:
    return {
        "__typename": "Repository",
        "id": f"R_{repo.id}",
        "name": repo.name,
        "nameWithOwner": repo.full_name,
        "autoMergeAllowed": repo.allow_auto_merge,
        "defaultBranchRef": {"name": repo.default_branch},
    }


def _undefined(kind: str, field: str, type: str) -> JSON:
    return {
        "path": [kind, field],
        "extensions": {"code": "undefinedField", "typeName": type, "fieldName": field},
        "locations": [{"line": 1, "column": 1}],
        "message": f"Field '{field}' doesn't exist on type '{type}'",
    }
