"""An incident that becomes private leaves the conversation that everybody reads: what Tocsin said there is taken back.

What people wrote there is theirs to delete: an app may not.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from tocsin.core.incident import Incident, Thread
from tocsin.integrations.slack import own_channel
from tocsin.integrations.slack.blocks import JSON, section
from tocsin.integrations.slack.client import Slack, SlackFailed
from tocsin.integrations.slack.marks import key_of
from tocsin.integrations.slack.own_channel import ARCHIVED
from tocsin.integrations.slack.talk import looked

DELETED: Final = ("message_not_found", "thread_not_found")


async def leave(slack: Slack, left: Thread, incident: Incident, since: datetime) -> None:
    """Delete what Tocsin said, empty the card, and close a channel of its own under a name that tells nothing. Raises SlackFailed."""
    text = f"{incident.ref} goes on in private."
    root = "" if left.announced else left.message
    try:
        await _take_back(slack, left, root, since)
        await _empty(slack, left.channel, left.message, text)
        if left.announced:
            await own_channel.rename(slack, left.channel, own_channel.name_of(incident.ref, ""))
            await slack.do(lambda web: web.conversations_setTopic(channel=left.channel, topic=text))
    except SlackFailed as failed:
        if not left.announced or failed.error not in ARCHIVED:
            raise  # A channel that is in the archive was left before.
    if left.announced:
        channel, _, message = left.announced.partition("/")
        await _empty(slack, channel, message, text)
        await own_channel.archive(slack, left.channel)


async def _take_back(slack: Slack, left: Thread, root: str, since: datetime) -> None:
    said = [
        str(one["ts"])
        async for one in looked(slack, left.channel, root, since)
        if key_of(one) and str(one["ts"]) != left.message
    ]
    for ts in said:
        try:
            await slack.do(lambda web: web.chat_delete(channel=left.channel, ts=ts))  # noqa: B023 (called at once)
        except SlackFailed as failed:
            if failed.error not in DELETED:
                raise


async def _empty(slack: Slack, channel: str, message: str, text: str) -> None:
    blocks: list[JSON] = [section(text)]
    await slack.do(lambda web: web.chat_update(channel=channel, ts=message, text=text, blocks=blocks))
