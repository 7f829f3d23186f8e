"""GitHub's REST API, as far as we use it: issues, and what is written under them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import TypeVar

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
