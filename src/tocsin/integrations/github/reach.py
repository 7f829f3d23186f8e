"""What goes out to GitHub: the public issue, and its closing.

GitHub has no idempotency key. What we write carries a hidden marker, and from the second try on we look for it first. The marker
is signed, so that nobody can guess it and have an issue of theirs taken for ours.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from tocsin.core.sent_words import words_for
from tocsin.core.words import shortened
from tocsin.core.work import ISSUE_CLOSE, ISSUE_OPEN, Delivered, Desk, Outcome, Refused, Work
from tocsin.integrations.github.client import Comment, GitHubClient
from tocsin.integrations.http import Failed

LONGEST_TITLE: Final = 256
SKEW: Final = timedelta(minutes=1)
"""How far GitHub's clock and ours may lie apart."""


class GitHubReach:
    name = "github"
    does = frozenset({ISSUE_OPEN, ISSUE_CLOSE})

    def __init__(self, client: GitHubClient) -> None:
        self._client = client

    async def carry_out(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        do = {ISSUE_OPEN: self._open, ISSUE_CLOSE: self._close}[work.does]
        try:
            return await do(work, desk, attempt)
        except Failed as why:
            return why.outcome

    async def _open(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        words = desk.incident.public.approved
        if words is None:
            return Refused("nobody has approved the public words")
        marker = _marker(work, desk)
        since = desk.incident.started_at - SKEW
        issue = await self._client.issue_with(marker, since, desk.now) if attempt > 1 else None
        if issue is None:
            title = shortened(words.title, LONGEST_TITLE)
            issue = await self._client.open_issue(title, f"{words.body}\n\n{marker}", desk.now)
        evidence = {
            "repository": self._client.repository,
            "number": str(issue.number),
            "url": issue.html_url,
        }
        return Delivered(evidence)

    async def _close(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        issue, text = desk.incident.public.issue, words_for(work, desk)
        if issue is None:
            return Refused("there is no issue of ours to close")
        if issue.repository != self._client.repository:
            return Refused(
                f"the issue is in {issue.repository}, and the settings name {self._client.repository}"
            )
        comment = await self._commented(work, desk, attempt, issue.number, text) if text else None
        reason = "not_planned" if desk.incident.dismissed else "completed"
        closed = await self._client.close_issue(issue.number, reason, desk.now)
        return Delivered({"url": comment.html_url if comment else closed.html_url, "text": text})

    async def _commented(self, work: Work, desk: Desk, attempt: int, number: int, text: str) -> Comment:
        marker = _marker(work, desk)
        since = desk.incident.started_at - SKEW
        client = self._client
        comment = await client.comment_with(marker, number, since, desk.now) if attempt > 1 else None
        return comment or await client.comment(number, f"{text}\n\n{marker}", desk.now)


def _marker(work: Work, desk: Desk) -> str:
    return f"<!-- tocsin:{work.key} {desk.sign(work.key, 'github')} -->"
