"""What goes out on X: answers to reporters, the public post, its updates, and its ending.

X has no idempotency key. From the second try on we first look through our own posts for the one that an earlier try left.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from tocsin.core import facts as f
from tocsin.core.sent_words import fact_for, words_for
from tocsin.core.texts import ISSUE_MARK, POST_LIMIT, fitted
from tocsin.core.work import (
    ANSWER,
    POST_ANSWER,
    POST_PUBLISH,
    POST_UPDATE,
    TELL,
    Delivered,
    Desk,
    Later,
    Outcome,
    Refused,
    Work,
)
from tocsin.integrations.http import Failed
from tocsin.integrations.x.client import Post, XClient

LINK = re.compile(r"https?://\S+")
DANGLING = re.compile(r"(?:[;,]?\s*\w+:)?\s*" + re.escape(ISSUE_MARK))
"""The mark of a link that there is not, with the word that leads to it ("…; updates: {issue}")."""
SKEW = timedelta(minutes=1)
"""How far X's clock and ours may lie apart."""
UNSEEN = timedelta(minutes=1)
ENOUGH_TRIES = 5


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to stand on X: a text, and the id of the post that it answers ("" for none)."""

    text: str
    reply_to: str = ""


class XReach:
    name = "x"
    does = frozenset({ANSWER, TELL, POST_PUBLISH, POST_UPDATE, POST_ANSWER})

    def __init__(self, client: XClient, web_url: str) -> None:
        self._client = client
        self._web_url = web_url.rstrip("/")

    async def carry_out(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        draft = DRAFTS[work.does](work, desk)
        if isinstance(draft, Refused):
            return draft
        try:
            me = await self._client.me(desk.now)
            id = await self._published(draft, desk) if attempt > 1 else ""
            id = id or await self._client.post(draft.text, draft.reply_to, desk.now)
        except Failed as why:
            if _says_double(why):
                return await self._after_double(draft, desk, attempt)
            return why.outcome
        return self._delivered(draft, id, me.username)

    def _delivered(self, draft: Draft, id: str, username: str) -> Delivered:
        url = f"{self._web_url}/{username}/status/{id}"
        return Delivered({"text": draft.text, "post": id, "url": url})

    async def _published(self, draft: Draft, desk: Desk) -> str:
        """The id of the post that an earlier try left; "" where there is none."""
        earliest = desk.incident.started_at - SKEW
        for post in await self._client.own_posts(desk.now):
            if _is_same(post, draft) and (post.created_at is None or post.created_at >= earliest):
                return post.id
        return ""

    async def _after_double(self, draft: Draft, desk: Desk, attempt: int) -> Outcome:
        """X has this text from us already. It may be our own earlier try, which X shows only after a while."""
        try:
            me = await self._client.me(desk.now)
            id = await self._published(draft, desk)
        except Failed as why:
            return why.outcome
        if id:
            return self._delivered(draft, id, me.username)
        if attempt < ENOUGH_TRIES:
            return Later("X says that it has this text from us already, but does not show it yet", UNSEEN)
        return Refused("X takes no text twice, and has this one from before the incident: change its words")


def _to_reporter(work: Work, desk: Desk) -> Draft | Refused:
    report = desk.incident.report(work.payload["report"])
    if report is None or not report.address:
        return Refused("the report names no post on X that could be answered")
    if report.moved_to:
        return Refused(f"the report moved to {report.moved_to}, which answers it")
    text = words_for(work, desk)
    if not text:
        return Refused("there are no words for it: write them")
    name = f"{report.reporter} " if report.reporter.startswith("@") else ""
    return Draft(fitted(f"{name}{text}"), report.address)


def _public_post(work: Work, desk: Desk) -> Draft | Refused:
    public = desk.incident.public
    if public.approved is None:
        return Refused("nobody has approved the public words")
    if public.issue:
        return Draft(fitted(public.approved.post.replace(ISSUE_MARK, public.issue.url)))
    return Draft(fitted(DANGLING.sub("", public.approved.post).strip()))


def _post_update(work: Work, desk: Desk) -> Draft | Refused:
    """The words that were approved for this update, and no others."""
    post, approved = desk.incident.public.post, fact_for(work, desk)
    if post is None:
        return Refused("there is no post of ours to answer")
    if not isinstance(approved, f.PublicUpdateApproved) or not approved.post:
        return Refused("nobody has approved this update")
    return Draft(_told_apart(work, desk), post.post)


def _told_apart(work: Work, desk: Desk) -> str:
    """The update's words. X takes no text twice: one that says again what an earlier one said carries the time of its approval."""
    said: set[str] = set()
    text = ""
    for fact in desk.incident.facts:
        if not isinstance(fact.what, f.PublicUpdateApproved) or not fact.what.post:
            continue
        for stamp in (
            "",
            f"({fact.at:%H:%M} UTC)",
            f"({fact.at:%H:%M:%S} UTC)",
            f"({fact.at:%H:%M:%S} UTC, {fact.n})",
        ):
            text = _stamped(fact.what.post, stamp)
            if _plain(text) not in said:
                break
        said.add(_plain(text))
        if str(fact.n) == work.payload.get("fact"):
            return text
    return text


def _stamped(text: str, stamp: str) -> str:
    return f"{fitted(text, POST_LIMIT - len(stamp) - 1)} {stamp}" if stamp else fitted(text)


def _post_ending(work: Work, desk: Desk) -> Draft | Refused:
    post, text = desk.incident.public.post, words_for(work, desk)
    if post is None:
        return Refused("there is no post of ours to answer")
    return Draft(fitted(text), post.post) if text else Refused("there are no words for it: write them")


DRAFTS: Final[Mapping[str, Callable[[Work, Desk], Draft | Refused]]] = {
    ANSWER: _to_reporter,
    TELL: _to_reporter,
    POST_PUBLISH: _public_post,
    POST_UPDATE: _post_update,
    POST_ANSWER: _post_ending,
}


def _says_double(why: Failed) -> bool:
    return why.status == 403 and "duplicate" in why.says.lower()


def _is_same(post: Post, draft: Draft) -> bool:
    return post.replies_to == draft.reply_to and _plain(post.words) == _plain(draft.text)


def _plain(text: str) -> str:
    """The text as X may have changed it on the way: links become others, white space is cut."""
    return " ".join(LINK.sub("…", text).split())
