"""What was said in a channel, or in a thread, since an instant: page by page, with the marks that Tocsin's own messages bear."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final

from tocsin.integrations.slack.blocks import JSON
from tocsin.integrations.slack.client import Slack

PAGE_SIZE: Final = 200


async def looked(slack: Slack, channel: str, thread: str, since: datetime) -> AsyncIterator[JSON]:
    """The messages of the thread, or of the channel where there is none. Raises SlackFailed."""
    cursor, oldest = "", f"{since.timestamp():.6f}"
    while True:
        answer = await _page(slack, channel, thread, oldest, cursor)
        for message in answer.get("messages", []):
            yield message
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return


async def _page(slack: Slack, channel: str, thread: str, oldest: str, cursor: str) -> JSON:
    if thread:
        return await slack.do(
            lambda web: web.conversations_replies(
                channel=channel,
                ts=thread,
                oldest=oldest,
                cursor=cursor or None,
                limit=PAGE_SIZE,
                include_all_metadata=True,
            )
        )
    return await slack.do(
        lambda web: web.conversations_history(
            channel=channel,
            oldest=oldest,
            cursor=cursor or None,
            limit=PAGE_SIZE,
            include_all_metadata=True,
        )
    )
