"""GitHub's REST API, as far as we use it: issues, and what is written under them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from tocsin.integrations.http import Outside

API_VERSION = "2022-11-28"
A_PAGE = 100
MOST_PAGES = 10
T = TypeVar("T")


class Issue(msgspec.Struct, frozen=True):
    number: int
    html_url: str
    created_at: datetime
    body: str | None = None


class Comment(msgspec.Struct, frozen=True):
    html_url: str
    body: str | None = None


class _Commit(msgspec.Struct, frozen=True):
    message: str = ""


class Tip(msgspec.Struct, frozen=True):
    sha: str
    commit: _Commit


class Run(msgspec.Struct, frozen=True):
    """A workflow run, at its newest attempt."""

    html_url: str
    run_attempt: int = 1
    conclusion: str | None = None


class Suite(msgspec.Struct, frozen=True):
    """The checks of one app at one commit."""

    status: str | None
    updated_at: datetime


class _Runs(msgspec.Struct, frozen=True):
    workflow_runs: list[dict[str, Any]]


class GitHubClient:
    """Calls GitHub. `repository` (owner/name) is the one of public issues; comments and follow-ups may go to others as well.

    Every method raises Failed where GitHub does not do it.
    """

    def __init__(self, outside: Outside, repository: str) -> None:
        self._outside = outside
        self.repository = repository

    async def open_issue(
        self,
        title: str,
        body: str,
        now: datetime,
        repository: str,
        *,
        labels: Sequence[str] = (),
        assignees: Sequence[str] = (),
    ) -> Issue:
        """Labels that there are not yet are made, if the token may; one that it may not give is dropped in silence."""
        content: dict[str, object] = {"title": title, "body": body}
        content |= {"labels": list(labels)} if labels else {}
        content |= {"assignees": list(assignees)} if assignees else {}
        return await self._outside.ask("POST", _issues(repository), Issue, now=now, body=content)

    async def issue(self, number: int, now: datetime) -> Issue:
        return await self._outside.ask("GET", f"{_issues(self.repository)}/{number}", Issue, now=now)

    async def issue_with(self, marker: str, since: datetime, now: datetime, repository: str) -> Issue | None:
        """The first issue opened after `since` whose body holds the marker; None if there is none."""
        params = {"state": "all", "since": _instant(since), "sort": "created", "direction": "asc"}
        async for issue in self._each(_issues(repository), list[Issue], params, now):
            if marker in (issue.body or ""):
                return issue
        return None

    async def comment(self, number: int, text: str, now: datetime, repository: str) -> Comment:
        path = f"{_issues(repository)}/{number}/comments"
        return await self._outside.ask("POST", path, Comment, now=now, body={"body": text})

    async def comment_with(
        self, marker: str, number: int, since: datetime, now: datetime, repository: str
    ) -> Comment | None:
        """The first comment under the issue that holds the marker; None if there is none."""
        path = f"{_issues(repository)}/{number}/comments"
        async for comment in self._each(path, list[Comment], {"since": _instant(since)}, now):
            if marker in (comment.body or ""):
                return comment
        return None

    async def rewrite_issue(self, number: int, body: str, now: datetime) -> Issue:
        path = f"{_issues(self.repository)}/{number}"
        return await self._outside.ask("PATCH", path, Issue, now=now, body={"body": body})

    async def close_issue(
        self, number: int, reason: str, body: str, now: datetime, repository: str = ""
    ) -> Issue:
        """Close it, with its last text ("" leaves it); `reason` is completed or not_planned. One that is closed already stays so."""
        content = {"state": "closed", "state_reason": reason} | ({"body": body} if body else {})
        path = f"{_issues(repository or self.repository)}/{number}"
        return await self._outside.ask("PATCH", path, Issue, now=now, body=content)

    async def changed_issues(self, repository: str, since: datetime, now: datetime) -> list[dict[str, Any]]:
        """Issues, and pull requests among them, that changed since then, the longest ago first."""
        return await self._changed(_issues(repository), {"state": "all"}, since, now)

    async def new_comments(self, repository: str, since: datetime, now: datetime) -> list[dict[str, Any]]:
        """Comments under whichever issue that were written since then, the oldest first."""
        found = await self._changed(f"{_issues(repository)}/comments", {}, since, now)
        # GitHub's `since` looks at the last change: an old comment that was edited is no new one.
        new = [one for one in found if str(one["created_at"]) >= _instant(since)]
        return sorted(new, key=lambda one: (str(one["created_at"]), int(one["id"])))

    async def whole_issue(self, repository: str, number: int, now: datetime) -> dict[str, Any]:
        return await self._outside.ask("GET", f"{_issues(repository)}/{number}", dict[str, Any], now=now)

    async def about(self, repository: str, now: datetime) -> dict[str, Any]:
        """The repository itself, with its default branch."""
        return await self._outside.ask("GET", f"/repos/{repository}", dict[str, Any], now=now)

    async def ended_runs(
        self, repository: str, branch: str, since: datetime, now: datetime
    ) -> list[dict[str, Any]]:
        """Completed workflow runs of a branch that began since then, the newest first, however many: GitHub gives 1,000 of one list, so
        after those the list begins anew where it ended."""
        found: dict[int, dict[str, Any]] = {}
        begun = f">={_instant(since)}"
        while True:
            runs = await self._runs(
                repository, {"branch": branch, "status": "completed", "created": begun}, now
            )
            is_news = any(one["id"] not in found for one in runs)
            found |= {one["id"]: one for one in runs}
            if len(runs) < A_PAGE * MOST_PAGES or not is_news:
                return list(found.values())
            begun = f"{_instant(since)}..{runs[-1]['created_at']}"

    async def runs_going_on(self, repository: str, branch: str, now: datetime) -> list[dict[str, Any]]:
        """The workflow runs of a branch that have begun and not ended, the newest first."""
        return await self._runs(repository, {"branch": branch, "status": "in_progress"}, now)

    async def run(self, repository: str, id: int, now: datetime) -> Run:
        return await self._outside.ask("GET", f"/repos/{repository}/actions/runs/{id}", Run, now=now)

    async def run_again(self, repository: str, id: int, now: datetime, *, failed_only: bool) -> None:
        again = "rerun-failed-jobs" if failed_only else "rerun"
        await self._outside.fetch("POST", f"/repos/{repository}/actions/runs/{id}/{again}", now=now)

    async def suite(self, repository: str, id: int, now: datetime) -> Suite:
        return await self._outside.ask("GET", f"/repos/{repository}/check-suites/{id}", Suite, now=now)

    async def suite_again(self, repository: str, id: int, now: datetime) -> None:
        """Ask the suite's app to check the commit once more."""
        await self._outside.fetch("POST", f"/repos/{repository}/check-suites/{id}/rerequest", now=now)

    async def _runs(self, repository: str, params: dict[str, str], now: datetime) -> list[dict[str, Any]]:
        path, found = f"/repos/{repository}/actions/runs", list[dict[str, Any]]()
        for page in range(1, MOST_PAGES + 1):
            paged = {**params, "per_page": str(A_PAGE), "page": str(page)}
            runs = (await self._outside.ask("GET", path, _Runs, now=now, params=paged)).workflow_runs
            found += runs
            if len(runs) < A_PAGE:
                break
        return found

    async def commit_of(self, repository: str, ref: str, now: datetime) -> str:
        """The sha that a branch or a tag stands for."""
        path = f"/repos/{repository}/commits/{quote(ref, safe='')}"
        return str((await self._outside.ask("GET", path, dict[str, Any], now=now))["sha"])

    async def tip_of(self, repository: str, branch: str, now: datetime) -> Tip:
        """The commit at the tip of a branch."""
        path = f"/repos/{repository}/commits/{quote(branch, safe='')}"
        return await self._outside.ask("GET", path, Tip, now=now)

    async def newest_of(self, path: str, now: datetime, **filters: str) -> list[dict[str, Any]]:
        """The newest of a list, as many as one page holds: `path` as in /repos/acme/site/releases."""
        params = {"per_page": str(A_PAGE), **filters}
        return await self._outside.ask("GET", path, list[dict[str, Any]], now=now, params=params)

    async def _changed(
        self, path: str, params: dict[str, str], since: datetime, now: datetime
    ) -> list[dict[str, Any]]:
        """All that changed since then, the longest ago first, however much: after so many pages the list begins anew where they ended."""
        found: dict[int, dict[str, Any]] = {}
        while True:
            asked = {**params, "since": _instant(since), "sort": "updated", "direction": "asc"}
            items = [one async for one in self._each(path, list[dict[str, Any]], asked, now)]
            is_news = any(one["id"] not in found for one in items)
            found |= {one["id"]: one for one in items}
            if len(items) < A_PAGE * MOST_PAGES or not is_news:
                return list(found.values())
            since = datetime.fromisoformat(items[-1]["updated_at"])

    async def _each(
        self, path: str, want: type[list[T]], params: dict[str, str], now: datetime
    ) -> AsyncIterator[T]:
        """All items of a list, page by page, as far as they are asked for."""
        for page in range(1, MOST_PAGES + 1):
            paged = {**params, "per_page": str(A_PAGE), "page": str(page)}
            items = await self._outside.ask("GET", path, want, now=now, params=paged)
            for item in items:
                yield item
            if len(items) < A_PAGE:
                return


def _issues(repository: str) -> str:
    return f"/repos/{repository}/issues"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
