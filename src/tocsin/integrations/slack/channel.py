"""The incidents channel: found by its name or id, and joined, once."""

from __future__ import annotations

import re

from tocsin.core.work import Refused
from tocsin.integrations.slack.blocks import JSON
from tocsin.integrations.slack.client import INVITE, Slack, SlackFailed

CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{8,}")
PAGE_SIZE = 200


class IncidentsChannel:
    """`name` is what the setting says: a name, with # or without, or an id."""

    def __init__(self, slack: Slack, name: str) -> None:
        self._slack = slack
        self._name = name.lstrip("#")
        self._id = ""

    async def id(self) -> str:
        """The id of the incidents channel, of which we are a member. Raises SlackFailed."""
        if not self._id:
            is_id = CHANNEL_ID.fullmatch(self._name) is not None
            found = await (self._channel_of(self._name) if is_id else self._channel_named(self._name))
            if not found.get("is_member") and not found.get("is_private"):
                await self._slack.do(lambda web: web.conversations_join(channel=found["id"]))
            self._id = str(found["id"])
        return self._id

    async def _channel_of(self, id: str) -> JSON:
        answer = await self._slack.do(lambda web: web.conversations_info(channel=id))
        return dict(answer["channel"])

    async def _channel_named(self, name: str) -> JSON:
        cursor = ""
        while True:
            answer = await self._slack.do(
                lambda web: web.conversations_list(
                    types="public_channel,private_channel",
                    exclude_archived=True,
                    limit=PAGE_SIZE,
                    cursor=cursor or None,  # noqa: B023 (called at once)
                )
            )
            for channel in answer.get("channels", []):
                if channel.get("name") == name:
                    return dict(channel)
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                why = f"there is no channel #{name} that Tocsin can see: create it, or {INVITE}"
                raise SlackFailed(Refused(why), "channel_not_found")
