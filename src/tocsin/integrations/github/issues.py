"""The webhook's events about issues: which of them are reports, and which words belong to an incident that is known.

An issue that is opened or labelled, and a comment that calls Tocsin by its name, are heard as the handbook's rules say. A comment under
a public issue of ours, or under an issue from which an incident was opened, reaches that incident's thread. What Tocsin itself wrote
comes back to us as events too: it is known by its account's name and by its signed marker, and left, so that nothing ever loops. So
are other bots' comments, and their issues and labels unless a rule of the handbook names the bot as a sender. A webhook of a whole
organisation brings the issues of every repository: those that Tocsin was not told to watch are left as well.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any, Final

import msgspec

from tocsin.acts import inbox, incidents, looks
from tocsin.acts.house import House
from tocsin.acts.inbox import Heard
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN
from tocsin.core.intake import IGNORED, JOINED, OPENED, Message, is_named
from tocsin.core.words import LONGEST_TEXT, is_thanks, shortened
from tocsin.errors import TocsinError
from tocsin.integrations.github.marks import is_marked

SOURCE: Final = "github"
HEARD_ACTIONS: Final = ("opened", "labeled")
OURS: Final = ("OWNER", "MEMBER", "COLLABORATOR")
"""How GitHub calls those who belong to the repository's organisation; everybody else is an outsider."""
BOT: Final = "Bot"
TAKEN: Final = "This comment was taken already"
WAITS: Final = "message {message} waits in the inbox until somebody has looked at it"

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=1000, pattern=r"^[^\x00]+$")]
Number = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class _User(msgspec.Struct, frozen=True):
    login: Word
    type: str = "User"


class _Label(msgspec.Struct, frozen=True):
    name: str


class _Issue(msgspec.Struct, frozen=True):
    number: Number
    title: str
    html_url: Word
    body: str | None = None
    user: _User | None = None
    labels: tuple[_Label, ...] = ()
    author_association: str = "NONE"
    pull_request: dict[str, Any] | None = None


class _Repository(msgspec.Struct, frozen=True):
    full_name: Word


class _Issues(msgspec.Struct, frozen=True):
    action: str
    issue: _Issue
    repository: _Repository
    sender: _User | None = None

    @property
    def by(self) -> _User | None:
        """Whose word it is that this is a report: who put the label on, or who opened the issue."""
        return self.sender if self.action == "labeled" and self.sender else self.issue.user


class _Comment(msgspec.Struct, frozen=True):
    id: Number
    html_url: Word
    body: str | None = None
    user: _User | None = None
    author_association: str = "NONE"


class _IssueComment(msgspec.Struct, frozen=True):
    action: str
    issue: _Issue
    comment: _Comment
    repository: _Repository


class IssueDoor:
    """`bot` is the login of the account whose token Tocsin has: the name by which comments call it. `repositories` are those it watches."""

    def __init__(self, bot: str, repositories: Collection[str]) -> None:
        self._bot = bot.casefold()
        self._repositories = frozenset(repository.casefold() for repository in repositories)
        self._call = re.compile(rf"(?<![\w/@-])@{re.escape(self._bot)}(?![\w-])", re.IGNORECASE)

    async def issues(self, house: House, body: bytes) -> dict[str, str]:
        """Take an `issues` event."""
        told = msgspec.json.decode(body, type=_Issues)
        issue = told.issue
        if told.action not in HEARD_ACTIONS:
            return {"ignored": f"Tocsin does nothing with an issue that is {told.action}"}
        if issue.pull_request is not None:
            return {"ignored": "This is a pull request, and no issue"}
        if self._is_ours(house, issue.user, issue.body):
            return {"ignored": "Tocsin wrote this issue itself"}
        if not self._watches(told.repository):
            return {"ignored": _elsewhere(told.repository)}
        by = told.by
        if by and by.type == BOT and not is_named(house.handbook.intake, SOURCE, _called(by)):
            return {"ignored": f"{by.login} is a bot, and no rule of the handbook names it among its senders"}
        place = _place(told.repository, issue)
        message = Message(
            source=SOURCE,
            title=issue.title,
            text=issue.body or "",
            sender=_called(issue.user),
            received_at=house.clock.now(),
            labels=tuple(label.name for label in issue.labels),
            outside=await _is_outside(house, issue.user, issue.author_association),
            calls=self._calls(issue.title) or self._calls(issue.body),
            answer_via=SOURCE,
            address=place,
            url=issue.html_url,
            key=place,
        )
        joins = await looks.incident_of_conversation(house, SOURCE, [place])
        return _answer(await inbox.hear(house, message, joins=joins or ""))

    async def issue_comment(self, house: House, body: bytes) -> dict[str, str]:
        """Take an `issue_comment` event."""
        told = msgspec.json.decode(body, type=_IssueComment)
        issue, comment = told.issue, told.comment
        if told.action != "created":
            return {"ignored": f"Tocsin does nothing with a comment that is {told.action}"}
        if issue.pull_request is not None:
            return {"ignored": "This is a comment on a pull request, and on no issue"}
        if self._is_ours(house, comment.user, comment.body):
            return {"ignored": "Tocsin wrote this comment itself"}
        if comment.user and comment.user.type == BOT:
            return {"ignored": f"{comment.user.login} is a bot: Tocsin does not talk with bots"}
        return await self._commented(house, told)

    async def _commented(self, house: House, told: _IssueComment) -> dict[str, str]:
        """A person's comment: a note for the incident that it belongs to, a report, or neither."""
        place, comment = _place(told.repository, told.issue), told.comment
        calls, thanks = self._calls(comment.body), is_thanks(comment.body or "")
        key = f"comment/{comment.id}"
        if await looks.event_was_seen(house, SOURCE, key):
            # Noted: when it comes again, the incident may be over, and it is no further word.
            return {"ignored": TAKEN}
        heard = await inbox.was_heard(house, SOURCE, key)
        public = await looks.incident_of_issue(house, told.repository.full_name, told.issue.number)
        if public and not heard and (await looks.case(house, public, TOCSIN)).incident.is_open:
            return await _note(house, told, public)
        ref = await looks.incident_of_conversation(house, SOURCE, [place])
        if public and ref is None:
            return await self._after_the_end(house, told, public)
        if heard:
            return {"ignored": TAKEN}
        if ref and (not calls or await _has_reported(house, ref, _called(comment.user))):
            return await _note(house, told, ref)
        if ref is None and thanks:
            over = await looks.incident_of_conversation(house, SOURCE, [place], statuses=looks.STATUSES)
            if over:
                return await _note(house, told, over)
        if not calls:
            return {"ignored": f"This comment does not call @{self._bot}"}
        if ref is None and not self._watches(told.repository):
            return {"ignored": _elsewhere(told.repository)}
        return await self._called_for(house, told, ref or "")

    async def _after_the_end(self, house: House, told: _IssueComment, ref: str) -> dict[str, str]:
        """A word under our public issue when its incident is over: it may be broken still, so somebody has to look at an outsider's."""
        comment, calls = told.comment, self._calls(told.comment.body)
        outside = await _is_outside(house, comment.user, comment.author_association)
        if is_thanks(comment.body or "") or not (outside or calls):
            return await _note(house, told, ref)
        heard = await inbox.hear(house, await self._message(house, told, calls=calls), looked_at=True)
        where = f"it became part of {heard.ref}" if heard.ref else WAITS.format(message=heard.message)
        await _note(house, told, ref, f"Said under the public issue after the end; {where}:\n")
        return _answer(heard)

    async def _called_for(self, house: House, told: _IssueComment, joins: str) -> dict[str, str]:
        """Somebody calls Tocsin to an issue: that is a report. The issue itself, if it waits for a look, is part of it."""
        place = _place(told.repository, told.issue)
        heard = await inbox.hear(house, await self._message(house, told), joins=joins)
        if heard.ref:
            await inbox.take_along(house, SOURCE, place, heard.ref)
        return _answer(heard)

    async def _message(self, house: House, told: _IssueComment, *, calls: bool = True) -> Message:
        comment = told.comment
        return Message(
            source=SOURCE,
            title=told.issue.title,
            text=comment.body or "",
            sender=_called(comment.user),
            received_at=house.clock.now(),
            outside=await _is_outside(house, comment.user, comment.author_association),
            calls=calls,
            answer_via=SOURCE,
            address=_place(told.repository, told.issue),
            url=comment.html_url,
            key=f"comment/{comment.id}",
        )

    def _calls(self, text: str | None) -> bool:
        """Whether it calls Tocsin; what is only quoted from somebody else, or shown as code, calls nobody."""
        lines = [line for line in _without_code(text or "") if not line.lstrip().startswith(">")]
        return bool(self._call.search(re.sub(r"`[^`]*`", "", "\n".join(lines))))

    def _watches(self, repository: _Repository) -> bool:
        return repository.full_name.casefold() in self._repositories

    def _is_ours(self, house: House, user: _User | None, body: str | None) -> bool:
        login = user.login.casefold() if user else ""
        return login in (self._bot, f"{self._bot}[bot]") or is_marked(body or "", house.sign)


def _without_code(text: str) -> Iterator[str]:
    """The lines outside of fences, as GitHub shows them: a fence that is never closed goes on to the end."""
    fence = ""
    for line in text.splitlines():
        if fence:
            if line.startswith(fence) and not line.strip(fence[0] + " \t"):
                fence = ""
        elif line.startswith(("```", "~~~")):
            rest = line.lstrip(line[0])
            # Signs that end in the same line are code within a sentence.
            if line[0] == "~" or "`" not in rest:
                fence = line[: len(line) - len(rest)]
                continue
            yield line
        else:
            yield line


async def _note(house: House, told: _IssueComment, ref: str, before: str = "") -> dict[str, str]:
    """The comment reaches the incident's thread, once; `before` stands before its words."""
    comment = told.comment
    roster = await looks.roster(house)
    person = roster.by_github(comment.user.login) if comment.user else None
    actor = Actor(person.handle if person else "", SOURCE, _called(comment.user))
    text = before + shortened(comment.body or "(an empty comment)", LONGEST_TEXT - len(before))
    once = (SOURCE, f"comment/{comment.id}")
    try:
        await incidents.add_note(house, actor, ref, text, comment.html_url, from_outside=True, once=once)
    except TocsinError as why:
        return {"ignored": f"This comment can't be noted: {why.message}"}
    return {"ok": "The comment reaches the incident's thread"}


async def _has_reported(house: House, ref: str, name: str) -> bool:
    """Whether this person's report is part of the incident: then what they add is no report of its own."""
    reports = (await looks.case(house, ref, TOCSIN)).incident.handles_reports
    return any(report.source == SOURCE and report.reporter == name for report in reports)


async def _is_outside(house: House, user: _User | None, association: str) -> bool:
    known = user and (await looks.roster(house)).by_github(user.login)
    return not known and association not in OURS


def _place(repository: _Repository, issue: _Issue) -> str:
    """The issue's address: where its reporters are answered."""
    return f"{repository.full_name}#{issue.number}"


def _elsewhere(repository: _Repository) -> str:
    return f"{repository.full_name} is none of the repositories whose issues Tocsin takes"


def _called(user: _User | None) -> str:
    """How somebody is called; an account that was deleted has no name any more."""
    return f"@{user.login}" if user else "a ghost"


SAYS: Final[Mapping[str, str]] = {
    OPENED: "It opened an incident",
    JOINED: "It joined an incident",
    "waiting": "It waits in the inbox",
    "aside": "Somebody has put it aside already",
}


def _answer(heard: Heard) -> dict[str, str]:
    """For GitHub's list of deliveries, which others read than those who may know of the incident: it names none."""
    if heard.state == IGNORED:
        return {"ignored": f"The handbook's rule {heard.rule} says so"}
    if not heard.is_new:
        return {"ignored": f"This was taken already: {SAYS[heard.state].lower()}"}
    return {"ok": SAYS[heard.state]}
