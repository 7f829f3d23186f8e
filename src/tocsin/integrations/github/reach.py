"""What goes out to GitHub: the public issue with its latest state, its closing, follow-ups, and the answers to who reported there.

GitHub has no idempotency key. What we write carries a hidden marker, and from the second try on we look for it first. The marker
is signed, so that nobody can guess it and have an issue of theirs taken for ours.
"""

from __future__ import annotations

import re
from typing import Final

from tocsin.core import facts as f
from tocsin.core.sent_words import words_for
from tocsin.core.texts import issue_text
from tocsin.core.words import shortened
from tocsin.core.work import (
    ANSWER,
    BUILD_RERUN,
    FOLLOW_UP_CLOSE,
    FOLLOW_UP_OPEN,
    ISSUE_CLOSE,
    ISSUE_OPEN,
    ISSUE_UPDATE,
    TELL,
    Delivered,
    Desk,
    Outcome,
    Refused,
    Work,
)
from tocsin.integrations.github.client import Comment, GitHubClient
from tocsin.integrations.github.follow_up_issue import SKEW, close_follow_up, filed_at, open_follow_up
from tocsin.integrations.github.marks import marker, marker_in
from tocsin.integrations.github.rerunning import run_again
from tocsin.integrations.http import Failed

LONGEST_TITLE: Final = 256
PLACE: Final = re.compile(r"([\w.-]+/[\w.-]+)#([0-9]{1,18})", re.ASCII)


class GitHubReach:
    name = "github"
    does = frozenset(
        {ISSUE_OPEN, ISSUE_UPDATE, ISSUE_CLOSE, FOLLOW_UP_OPEN, FOLLOW_UP_CLOSE, ANSWER, TELL, BUILD_RERUN}
    )

    def __init__(self, client: GitHubClient, follow_ups: str = "") -> None:
        """`follow_ups` is the repository for them, if it is another than that of the public issues."""
        self._client = client
        self._follow_ups = follow_ups or client.repository

    async def carry_out(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        do = {
            ISSUE_OPEN: self._open,
            ISSUE_UPDATE: self._update,
            ISSUE_CLOSE: self._close,
            FOLLOW_UP_OPEN: self._follow_up,
            FOLLOW_UP_CLOSE: self._follow_up_done,
            ANSWER: self._answer,
            TELL: self._answer,
            BUILD_RERUN: self._run_again,
        }[work.does]
        try:
            return await do(work, desk, attempt)
        except Failed as why:
            return why.outcome

    async def _run_again(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        return await run_again(self._client, work, desk)

    async def _open(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        words = desk.incident.public.approved
        if words is None:
            return Refused("nobody has approved the public words")
        mark, where = marker(work, desk), self._client.repository
        since = desk.incident.started_at - SKEW
        issue = await self._client.issue_with(mark, since, desk.now, where) if attempt > 1 else None
        if issue is None:
            title = shortened(words.title, LONGEST_TITLE)
            issue = await self._client.open_issue(title, f"{words.body}\n\n{mark}", desk.now, where)
        return Delivered({"repository": where, "number": str(issue.number), "url": issue.html_url})

    async def _update(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        """Write the latest state into the issue's own text. The same text a second time changes nothing."""
        issue = self._issue_of(desk, "update")
        if isinstance(issue, Refused):
            return issue
        text = issue_text(desk.incident)
        body, url = await self._rewritten(work, desk, issue.number, text)
        if body:
            url = (await self._client.rewrite_issue(issue.number, body, desk.now)).html_url
        return Delivered({"url": url, "text": text})

    async def _rewritten(self, work: Work, desk: Desk, number: int, text: str) -> tuple[str, str]:
        """The issue's new body, which keeps its marker ("" where it reads so already), and its address."""
        issue = await self._client.issue(number, desk.now)
        body = f"{text}\n\n{marker_in(issue.body or '', desk) or marker(work, desk)}"
        is_new = (issue.body or "").replace("\r\n", "\n") != body
        return body if is_new else "", issue.html_url

    def _issue_of(self, desk: Desk, to: str) -> f.IssueOpened | Refused:
        """Our public issue, if this token can be expected to write there."""
        issue = desk.incident.public.issue
        if issue is None:
            return Refused(f"there is no issue of ours to {to}")
        if issue.repository != self._client.repository:
            return Refused(
                f"the issue is in {issue.repository}, and the settings name {self._client.repository}"
            )
        return issue

    async def _close(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        """Say how it ended, in a comment and in the issue's own text, and close it."""
        issue, text = self._issue_of(desk, "close"), words_for(work, desk)
        if isinstance(issue, Refused):
            return issue
        comment = await self._commented(work, desk, attempt, issue.number, text) if text else None
        reason = "not_planned" if desk.incident.dismissed else "completed"
        body, _ = await self._rewritten(work, desk, issue.number, issue_text(desk.incident, text))
        closed = await self._client.close_issue(issue.number, reason, body, desk.now)
        return Delivered({"url": comment.html_url if comment else closed.html_url, "text": text})

    async def _follow_up(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        since = filed_at(desk, work.payload["follow_up"]) - SKEW
        return await open_follow_up(self._client, self._follow_ups, work, desk, attempt, since)

    async def _follow_up_done(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        return await close_follow_up(self._client, work, desk, attempt)

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
