"""GitHub's API about code, as far as procedures use it: pull requests, checks, branches, workflows, deployments; REST and GraphQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from urllib.parse import quote

import msgspec

from tocsin.core.work import Refused
from tocsin.integrations.github.procedures.shapes import (
    Access,
    Branch,
    BranchRule,
    CheckRun,
    Commit,
    Deployment,
    DeploymentStatus,
    Note,
    Pull,
    Repository,
    Review,
    Run,
    Status,
    Workflow,
)
from tocsin.integrations.http import Failed, Outside

A_PAGE: Final = 100
MOST_PAGES: Final = 10
T = TypeVar("T")


class _Runs(msgspec.Struct, frozen=True):
    check_runs: list[CheckRun]


class _Combined(msgspec.Struct, frozen=True):
    statuses: list[Status]


class _WorkflowRuns(msgspec.Struct, frozen=True):
    workflow_runs: list[Run]


class _Answer(msgspec.Struct, frozen=True):
    data: dict[str, Any] | None = None
    errors: list[dict[str, Any]] = []


class CodeClient:
    """Calls GitHub. Every method raises Failed where GitHub does not do it."""

    def __init__(self, outside: Outside, graphql: str) -> None:
        self._outside = outside
        self._graphql = graphql
        self._viewer = ""

    async def aclose(self) -> None:
        await self._outside.aclose()

    async def repository(self, repository: str) -> Repository:
        return await self._get(_repo(repository), Repository)

    async def branch(self, repository: str, branch: str) -> Branch:
        return await self._get(f"{_repo(repository)}/branches/{quote(branch, safe='')}", Branch)

    async def rules(self, repository: str, branch: str) -> list[BranchRule]:
        """What rulesets ask of a branch; whoever may read the repository may read that."""
        path = f"{_repo(repository)}/rules/branches/{quote(branch, safe='')}"
        return await self._get(path, list[BranchRule], _page(1))

    async def protection(self, repository: str, branch: str) -> dict[str, Any]:
        """The whole protection, which only an admin may read."""
        return await self._get(_protection(repository, branch), dict[str, Any])

    async def protect(self, repository: str, branch: str, settings: Mapping[str, object]) -> None:
        """Replace the whole protection by that."""
        await self._send("PUT", _protection(repository, branch), dict[str, Any], settings)

    async def unrestrict(self, repository: str, branch: str) -> None:
        """Take only the restriction of pushes away."""
        await self._gone(f"{_protection(repository, branch)}/restrictions")

    async def is_member(self, org: str, login: str) -> bool:
        """Whether our account sees that somebody is in the organisation."""
        return await self._is_there(f"/orgs/{org}/members/{quote(login, safe='')}")

    async def has_team(self, org: str, slug: str) -> bool:
        return await self._is_there(f"/orgs/{org}/teams/{quote(slug, safe='')}")

    async def access(self, repository: str, login: str) -> Access:
        path = f"{_repo(repository)}/collaborators/{quote(login, safe='')}/permission"
        return await self._get(path, Access)

    async def commit(self, repository: str, ref: str) -> Commit:
        return await self._get(f"{_repo(repository)}/commits/{quote(ref, safe='')}", Commit)

    async def pulls_of(self, repository: str, sha: str) -> list[Pull]:
        """The pull requests that brought a commit."""
        return await self._get(f"{_repo(repository)}/commits/{sha}/pulls", list[Pull])

    async def check_runs(self, repository: str, sha: str) -> list[CheckRun]:
        """The newest run of each check at exactly this commit."""
        found: list[CheckRun] = []
        for page in range(1, MOST_PAGES + 1):
            path, params = f"{_repo(repository)}/commits/{sha}/check-runs", _page(page)
            runs = (await self._get(path, _Runs, params | {"filter": "latest"})).check_runs
            found += runs
            if len(runs) < A_PAGE:
                break
        return found

    async def statuses(self, repository: str, sha: str) -> list[Status]:
        """The newest status of each context at exactly this commit."""
        path = f"{_repo(repository)}/commits/{sha}/status"
        return (await self._get(path, _Combined, _page(1))).statuses

    # Pull requests

    async def pull(self, repository: str, number: int) -> Pull:
        return await self._get(f"{_repo(repository)}/pulls/{number}", Pull)

    async def pulls(self, repository: str, **filters: str) -> list[Pull]:
        """Pull requests, the newest first."""
        found: list[Pull] = []
        for page in range(1, MOST_PAGES + 1):
            pulls = await self._get(f"{_repo(repository)}/pulls", list[Pull], _page(page) | filters)
            found += pulls
            if len(pulls) < A_PAGE:
                break
        return found

    async def open_pull(self, repository: str, title: str, body: str, head: str, base: str) -> Pull:
        content = {"title": title, "body": body, "head": head, "base": base}
        return await self._send("POST", f"{_repo(repository)}/pulls", Pull, content)

    async def rewrite_pull(self, repository: str, number: int, body: str) -> None:
        await self._send("PATCH", f"{_repo(repository)}/pulls/{number}", Pull, {"body": body})

    async def request_review(
        self, repository: str, number: int, *, logins: Sequence[str] = (), teams: Sequence[str] = ()
    ) -> None:
        content: dict[str, object] = (
            {"reviewers": list(logins)} if logins else {"team_reviewers": list(teams)}
        )
        path = f"{_repo(repository)}/pulls/{number}/requested_reviewers"
        await self._send("POST", path, dict[str, Any], content)

    async def reviews(self, repository: str, number: int) -> list[Review]:
        return await self._get(f"{_repo(repository)}/pulls/{number}/reviews", list[Review], _page(1))

    async def merge(self, repository: str, number: int, sha: str, method: str, message: str = "") -> str:
        """Merge it if its head is still at `sha`; the commit that was made. `message` is that commit's, below its title."""
        path = f"{_repo(repository)}/pulls/{number}/merge"
        content = {"sha": sha, "merge_method": method} | ({"commit_message": message} if message else {})
        return str((await self._send("PUT", path, dict[str, Any], content)).get("sha", ""))

    async def comments(self, repository: str, number: int) -> list[Note]:
        found: list[Note] = []
        for page in range(1, MOST_PAGES + 1):
            path = f"{_repo(repository)}/issues/{number}/comments"
            notes = await self._get(path, list[Note], _page(page))
            found += notes
            if len(notes) < A_PAGE:
                break
        return found

    async def comment(self, repository: str, number: int, body: str) -> Note:
        path = f"{_repo(repository)}/issues/{number}/comments"
        return await self._send("POST", path, Note, {"body": body})

    async def add_label(self, repository: str, number: int, label: str) -> None:
        path = f"{_repo(repository)}/issues/{number}/labels"
        await self._send("POST", path, list[Any], {"labels": [label]})

    async def drop_label(self, repository: str, number: int, label: str) -> None:
        path = f"{_repo(repository)}/issues/{number}/labels/{quote(label, safe='')}"
        await self._gone(path)

    # Workflows and deployments

    async def workflow(self, repository: str, file: str) -> Workflow:
        return await self._get(_workflow(repository, file), Workflow)

    async def switch_workflow(self, repository: str, file: str, *, on: bool) -> None:
        path = f"{_workflow(repository, file)}/{'enable' if on else 'disable'}"
        await self._outside.fetch("PUT", path, now=_now())

    async def dispatch(self, repository: str, file: str, ref: str, inputs: Mapping[str, str]) -> None:
        content = {"ref": ref, "inputs": dict(inputs)}
        await self._outside.fetch(
            "POST", f"{_workflow(repository, file)}/dispatches", now=_now(), json=content
        )

    async def dispatched_runs(self, repository: str, file: str) -> list[Run]:
        """The newest runs of a workflow that somebody started by hand or by the API."""
        params = {"event": "workflow_dispatch", "per_page": "30"}
        return (await self._get(f"{_workflow(repository, file)}/runs", _WorkflowRuns, params)).workflow_runs

    async def deployments(self, repository: str, **filters: str) -> list[Deployment]:
        """The newest first."""
        return await self._get(f"{_repo(repository)}/deployments", list[Deployment], _page(1) | filters)

    async def deployment_statuses(self, repository: str, id: int) -> list[DeploymentStatus]:
        """The newest first."""
        path = f"{_repo(repository)}/deployments/{id}/statuses"
        return await self._get(path, list[DeploymentStatus], _page(1))

    async def viewer(self) -> str:
        """Our own account's login; asked once."""
        if not self._viewer:
            answer = await self.graphql("query { viewer { login } }", {})
            self._viewer = str(answer["viewer"]["login"])
        return self._viewer

    async def graphql(self, query: str, variables: Mapping[str, object]) -> dict[str, Any]:
        """What GitHub answers to a query of GraphQL. Failed, with its words and the kind of error as `code`, where it refuses."""
        answer = await self._send("POST", self._graphql, _Answer, {"query": query, "variables": variables})
        if answer.errors:
            first = answer.errors[0]
            words = "; ".join(str(one.get("message", "")) for one in answer.errors[:3])
            why = f"GitHub does not do it: {words}"
            raise Failed(Refused(why), 200, words, str(first.get("type", "")))
        return answer.data or {}

    async def _gone(self, path: str) -> None:
        """Delete it; what is gone already is gone."""
        try:
            await self._outside.fetch("DELETE", path, now=_now())
        except Failed as why:
            if why.status != 404:
                raise

    async def _is_there(self, path: str) -> bool:
        """Whether GitHub shows it. Membership answers 302 to those who may only see public members."""
        try:
            await self._outside.fetch("GET", path, now=_now())
        except Failed as why:
            if why.status in (302, 404):
                return False
            raise
        return True

    async def _get(self, path: str, want: type[T], params: Mapping[str, str] | None = None) -> T:
        return await self._outside.ask("GET", path, want, now=_now(), params=params)

    async def _send(self, method: str, path: str, want: type[T], content: Mapping[str, object]) -> T:
        return await self._outside.ask(method, path, want, now=_now(), body=content)


def _repo(repository: str) -> str:
    return f"/repos/{repository}"


def _protection(repository: str, branch: str) -> str:
    return f"{_repo(repository)}/branches/{quote(branch, safe='')}/protection"


def _workflow(repository: str, file: str) -> str:
    return f"{_repo(repository)}/actions/workflows/{quote(file, safe='')}"


def _page(page: int) -> dict[str, str]:
    return {"per_page": str(A_PAGE), "page": str(page)}


def _now() -> datetime:
    """Only for limits that GitHub names as instants of the world's own clock."""
    return datetime.now(UTC)
