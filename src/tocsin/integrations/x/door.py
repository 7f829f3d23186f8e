"""What comes in from X: a mention of our account belongs to an incident that is open already, or is heard as the handbook says."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog

from tocsin.acts import cursors, incidents, looks
from tocsin.acts.house import House
from tocsin.acts.inbox import hear
from tocsin.clock import at_least
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN
from tocsin.core.incident import Report
from tocsin.core.intake import Message
from tocsin.core.words import is_thanks
from tocsin.errors import Conflict, Invalid, NotFound
from tocsin.integrations.http import Failed
from tocsin.integrations.watching import watch
from tocsin.integrations.x.client import Mention, XClient

CURSOR: Final = "x/mentions"
LEASE: Final = timedelta(minutes=2)
"""Longer than a look takes, on the house's clock and on the machine's; a node that died while looking holds the others up for no longer."""
FIRST_LOOK: Final = timedelta(minutes=10)
"""How far back the very first look goes: what is older was dealt with before there was a Tocsin."""
SNOWFLAKE_EPOCH_MS: Final = 1_288_834_974_657
"""Ids on X are milliseconds since this instant, above 22 bits that tell posts of one millisecond apart."""

log = structlog.get_logger(__name__)


class XDoor:
    def __init__(self, client: XClient, web_url: str, poll: timedelta) -> None:
        self._client = client
        self._web_url = web_url.rstrip("/")
        self._poll = poll

    async def watch(self, house: House) -> None:
        """Look again and again until cancelled. Nothing that fails ends it; a limit of X's is waited out."""
        await watch(house, "x", self.look, self._poll)

    async def look(self, house: House) -> None:
        """One look for mentions; nothing where another node is looking. Raises Failed where X does not answer."""
        lease = at_least(house.clock, LEASE)
        cursor = await cursors.take(house, CURSOR, lease)
        if cursor is None:
            return
        since = cursor.value
        try:
            now = house.clock.now()
            since = since or _id_at(now - FIRST_LOOK)
            mentions = await self._client.mentions(since, now)
            since = await self._take_all(house, mentions, since)
        finally:
            # Only what was stored is left behind: the rest is read again, and the same key opens nothing twice.
            await cursors.leave(house, cursor, since)

    async def _take_all(self, house: House, mentions: list[Mention], since: str) -> str:
        """Take each, oldest first; one that fails does not hold up the others. The id up to which all are stored."""
        complete = True
        for mention in mentions:
            try:
                await self._take(house, mention)
            except (Invalid, Conflict, NotFound) as why:
                log.warning("x_mention_refused", post=mention.post.id, why=why.message)
            except Failed as why:
                log.warning("x_mention_later", post=mention.post.id, why=str(why))
                complete = False
            except Exception:
                log.exception("x_mention_later", post=mention.post.id)
                complete = False
            since = mention.post.id if complete else since
        return since

    async def _take(self, house: House, mention: Mention) -> None:
        post, now = mention.post, house.clock.now()
        me = await self._client.me(now)
        if post.author_id == me.id or post.is_repost:
            return
        name = f"@{mention.username}" if mention.username else f"user {post.author_id}"
        url = f"{self._web_url}/{mention.username or 'i'}/status/{post.id}"
        actor = Actor(person="", door="x", name=name)
        ref = await self._conversation(house, mention, me.id, now)
        earlier = (await looks.case(house, ref, TOCSIN)).incident.reports if ref else ()
        if any(report.source == "x" and report.address == post.id for report in earlier):
            return  # It was stored by a look that came no further.
        if ref and _is_of(earlier, name):
            await incidents.add_note(
                house, actor, ref, post.words, url, from_outside=True, once=("x", post.id)
            )
            return
        if ref is None and is_thanks(post.words) and await self._thanked(house, mention, actor, url):
            return
        message = Message(
            source="x",
            text=post.words,
            sender=name,
            received_at=now,
            answer_via="x",
            address=post.id,
            url=url,
            key=post.id,
        )
        await hear(house, message, joins=ref or "")

    async def _thanked(self, house: House, mention: Mention, actor: Actor, url: str) -> bool:
        """Thanks for an incident that is over are a note in its timeline, not a reason to page anybody."""
        near = [id for id in (mention.post.replies_to, mention.post.conversation_id) if id]
        ref = await looks.incident_of_conversation(house, "x", near, statuses=looks.STATUSES)
        if ref:
            post = mention.post
            await incidents.add_note(
                house, actor, ref, post.words, url, from_outside=True, once=("x", post.id)
            )
        return ref is not None

    async def _conversation(self, house: House, mention: Mention, me: str, now: datetime) -> str | None:
        """The open incident whose conversation it belongs to, if any."""
        post = mention.post
        if post.conversation_id == post.id:
            return None
        near = [id for id in (post.replies_to, post.conversation_id) if id]
        ref = await looks.incident_of_conversation(house, "x", near)
        if ref or post.in_reply_to_user_id != me or not post.replies_to:
            return ref
        # It answers our own answer to a report that stood somewhere within a conversation of others.
        ours = await self._client.find(post.replies_to, now)
        if ours is None or not ours.replies_to:
            return None
        return await looks.incident_of_conversation(house, "x", [ours.replies_to])


def _is_of(reports: tuple[Report, ...], name: str) -> bool:
    """Whether this person's report is part of the incident: then what they add is no report of its own."""
    return any(report.source == "x" and report.reporter == name and not report.moved_to for report in reports)


def _id_at(at: datetime) -> str:
    """The id that a post of that instant would have at least."""
    return str((int(at.timestamp() * 1000) - SNOWFLAKE_EPOCH_MS) << 22)
