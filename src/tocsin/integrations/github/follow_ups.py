"""The webhook's word that an issue was closed or opened again: a follow-up's, which is done with it, or the public one of an incident.

Each word leads to the same state however often it comes. What is no issue of an incident's is left to whoever else takes issues.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final

import msgspec

from tocsin.acts import incidents, learning, looks
from tocsin.acts.house import House
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN
from tocsin.errors import TocsinError

SOURCE: Final = "github"
CLOSED: Final = "closed"
ACTIONS: Final = (CLOSED, "reopened")
REASONS: Final = {"not_planned": " as not planned", "duplicate": " as a duplicate"}
"""How GitHub calls an end that is no completion: people should hear of it."""
Take = Callable[[House, bytes], Awaitable[dict[str, str]]]

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=1000, pattern=r"^[^\x00]+$")]
Number = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class _User(msgspec.Struct, frozen=True):
    login: Word


class _Issue(msgspec.Struct, frozen=True):
    number: Number
    html_url: Word
    updated_at: str = ""
    state_reason: str | None = None
    pull_request: dict[str, Any] | None = None


class _Repository(msgspec.Struct, frozen=True):
    full_name: Word


class _Issues(msgspec.Struct, frozen=True):
    action: str
    issue: _Issue
    repository: _Repository
    sender: _User | None = None


class FollowUpDoor:
    """`bot` is the login of our own account, `otherwise` takes all other events about issues."""

    def __init__(self, bot: str, otherwise: Take) -> None:
        self._ours = (bot.casefold(), f"{bot.casefold()}[bot]")
        self._otherwise = otherwise

    async def issues(self, house: House, body: bytes) -> dict[str, str]:
        """Take an `issues` event."""
        told = msgspec.json.decode(body, type=_Issues)
        if told.action not in ACTIONS or told.issue.pull_request is not None:
            return await self._otherwise(house, body)
        repository, number = told.repository.full_name, told.issue.number
        actor = await _actor(house, told.sender)
        try:
            if found := await looks.follow_up_of_issue(house, repository, number):
                return await _follow_up(house, actor, told, *found)
            if ref := await looks.incident_of_issue(house, repository, number):
                return await self._public(house, actor, told, ref)
        except TocsinError as why:
            return {"ignored": f"It changes nothing here: {why.message}"}
        return await self._otherwise(house, body)

    async def _public(self, house: House, actor: Actor, told: _Issues, ref: str) -> dict[str, str]:
        """Our public issue, closed by a person while the incident goes on: the thread should know, and nothing is done about it."""
        if told.sender and told.sender.login.casefold() in self._ours:
            return {"ignored": "Tocsin did this itself"}
        incident = (await looks.case(house, ref, TOCSIN)).incident
        if not incident.is_open:
            return {"ignored": "The incident of this issue is over"}
        if told.action == CLOSED:
            text = f"{_who(told)} closed the public issue{_reason(told)}, though {ref} goes on: open it there again if that was a mistake."
        else:
            text = f"{_who(told)} opened the public issue again."
        once = (
            SOURCE,
            f"{told.action}/{told.repository.full_name}#{told.issue.number}/{told.issue.updated_at}",
        )
        url = told.issue.html_url
        await incidents.add_note(house, actor, ref, text, url, from_outside=True, once=once)
        return {"ok": "The incident's thread hears of it"}


async def _follow_up(house: House, actor: Actor, told: _Issues, ref: str, id: str) -> dict[str, str]:
    url = told.issue.html_url
    if told.action == CLOSED:
        how = f"{_who(told)} closed its issue{_reason(told)}."
        await learning.finish_follow_up(house, actor, ref, id, how, url, from_outside=True)
        return {"ok": "The follow-up is done"}
    why = f"{_who(told)} opened its issue again."
    await learning.reopen_follow_up(house, actor, ref, id, why, from_outside=True)
    return {"ok": "The follow-up is not done after all"}


async def _actor(house: House, sender: _User | None) -> Actor:
    """Whoever did it: one of our people, or a stranger."""
    person = (await looks.roster(house)).by_github(sender.login) if sender else None
    return Actor(person.handle if person else "", SOURCE, f"@{sender.login}" if sender else "a ghost")


def _who(told: _Issues) -> str:
    return f"@{told.sender.login}" if told.sender else "Somebody"


def _reason(told: _Issues) -> str:
    return REASONS.get(told.issue.state_reason or "", "")
