"""Messages in Slack, each posted once: it bears the key of its work, by which what an earlier try posted unseen is found."""

from __future__ import annotations

from datetime import datetime, timedelta

from tocsin.integrations.slack.blocks import JSON
from tocsin.integrations.slack.client import Slack, SlackFailed
from tocsin.integrations.slack.marks import key_of, marked
from tocsin.integrations.slack.said import Said
from tocsin.integrations.slack.talk import looked

SKEW = timedelta(minutes=5)
"""How far Slack's clock and ours may differ when we look for what we posted."""
PERSON = ("U", "W")
"""What the ids of people begin with; posting to one goes to their direct messages."""


class Posts:
    """Posts, finds and rewrites messages."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack

    async def post(
        self, key: str, attempt: int, since: datetime, channel: str, message: Said, *, thread: str = ""
    ) -> tuple[str, str]:
        """Post once: the channel's id and the message's. What an earlier attempt posted unseen is found by its key."""
        if attempt > 1:
            found = await self.posted(key, channel, since, thread=thread)
            if found:
                return found
        answer = await self._slack.do(
            lambda web: web.chat_postMessage(
                channel=channel,
                text=message.text,
                blocks=message.blocks,
                thread_ts=thread or None,
                reply_broadcast=message.loud if thread else None,
                metadata=marked(key),
                unfurl_links=False,
                unfurl_media=False,
            )
        )
        return str(answer["channel"]), str(answer["ts"])

    async def posted(
        self, key: str, channel: str, since: datetime, *, thread: str = ""
    ) -> tuple[str, str] | None:
        """Where the message with this key stands, the channel's id and its own; None where it was not posted."""
        if channel.startswith(PERSON):
            opened = await self._slack.do(lambda web: web.conversations_open(users=channel))
            channel = str(opened["channel"]["id"])
        found = await self.message([key], channel, thread, since - SKEW)
        return (channel, str(found["ts"])) if found else None

    async def message(self, keys: list[str], channel: str, thread: str, since: datetime) -> JSON | None:
        """The message that bears the first of these keys, else the next of them; None where there is none."""
        found: dict[str, JSON] = {}
        async for one in looked(self._slack, channel, thread, since):
            if (key := key_of(one)) in keys:
                found[key] = one
            if keys[0] in found:
                break
        return next((found[key] for key in keys if key in found), None)

    async def update(self, channel: str, message: str, shown: Said) -> None:
        await self._slack.do(
            lambda web: web.chat_update(channel=channel, ts=message, text=shown.text, blocks=shown.blocks)
        )

    async def permalink_if_quick(self, channel: str, message: str) -> str:
        """A page counts as delivered without its address: nothing may hold it up."""
        try:
            return await self._slack.permalink(channel, message)
        except SlackFailed:
            return ""
