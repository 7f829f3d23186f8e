"""What goes out to GitHub: the public issue, its closing, and the answers to who reported there.

GitHub has no idempotency key. What we write carries a hidden marker, and from the second try on we look for it first. The marker
is signed, so that nobody can guess it and have an issue of theirs taken for ours.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from tocsin.core.sent_words import words_for
from tocsin.core.words import shortened
from tocsin.core.work import ANSWER, ISSUE_CLOSE, ISSUE_OPEN, TELL, Delivered, Desk, Outcome, Refused, Work
from tocsin.integrations.github.client import Comment, GitHubClient
from tocsin.integrations.github.marks import marker
from tocsin.integrations.http import Failed

LONGEST_TITLE: Final = 256
PLACE: Final = re.compile(r"([\w.-]+/[\w.-]+)#([0-9]{1,18})", re.ASCII)
SKEW: Final = timedelta(minutes=1)
"""How far GitHub's clock and ours may lie apart."""


class GitHubReach:
    name = "github"
    does = frozenset({ISSUE_OPEN, ISSUE_CLOSE, ANSWER, TELL})

    def __init__(self, client: GitHubClient) -> None:
        self._client = client

    async def carry_out(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        do = {
            ISSUE_OPEN: self._open,
            ISSUE_CLOSE: self._close,
            ANSWER: self._answer,
            TELL: self._answer,
        }[work.does]
        try:
            return await do(work, desk, attempt)
        except Failed as why:
            return why.outcome

    async def _open(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        words = desk.incident.public.approved
        if words is None:
            return Refused("nobody has approved the public words")
        mark = marker(work, desk)
        since = desk.incident.started_at - SKEW
        issue = await self._client.issue_with(mark, since, desk.now) if attempt > 1 else None
        if issue is None:
            title = shortened(words.title, LONGEST_TITLE)
            issue = await self._client.open_issue(title, f"{words.body}\n\n{mark}", desk.now)
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

    async def _answer(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        """Answer a reporter under their own issue, or under the one to which they called us."""
        report = desk.incident.report(work.payload["report"])
        repository, number = _place(report.address) if report else ("", 0)
        if report is None or not number:
            return Refused("the report names no issue on GitHub that could be answered")
        if report.moved_to:
            return Refused(f"the report moved to {report.moved_to}, which answers it")
        text = words_for(work, desk)
        if not text:
            return Refused("there are no words for it: write them")
        name = f"{report.reporter} " if report.reporter.startswith("@") else ""
        comment = await self._commented(work, desk, attempt, number, f"{name}{text}", repository)
        return Delivered({"url": comment.html_url, "text": text})

    async def _commented(
        self, work: Work, desk: Desk, attempt: int, number: int, text: str, repository: str = ""
    ) -> Comment:
        """A comment under an issue, of our own repository where none is named."""
        mark, client, since = marker(work, desk), self._client, desk.incident.started_at - SKEW
        where = repository or client.repository
        comment = await client.comment_with(mark, number, since, desk.now, where) if attempt > 1 else None
        return comment or await client.comment(number, f"{text}\n\n{mark}", desk.now, where)


def _place(address: str) -> tuple[str, int]:
    """The repository and the number of the issue that an address such as `acme/website#7` names; ("", 0) for anything else."""
    found = PLACE.fullmatch(address)
    return (found[1], int(found[2])) if found else ("", 0)
