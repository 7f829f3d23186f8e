"""Channels: all that there are; and the incidents channel, found by its name or id, and joined, once."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

from tocsin.core.work import Refused
from tocsin.integrations.slack.blocks import JSON
from tocsin.integrations.slack.client import INVITE, Slack, SlackFailed

CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{8,}")
LINK = re.compile(r"<((?:https?|mailto):[^|>]+)(?:\|([^>]*))?>")
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

    async def is_private(self) -> bool:
        """Whether only its members read it, as it is now. Raises SlackFailed."""
        return bool((await self._channel_of(await self.id())).get("is_private"))

    async def _channel_of(self, id: str) -> JSON:
        answer = await self._slack.do(lambda web: web.conversations_info(channel=id))
        return dict(answer["channel"])

    async def _channel_named(self, name: str) -> JSON:
        async for channel in every_channel(self._slack, but_archived=True):
            if channel.get("name") == name:
                return channel
        why = f"there is no channel #{name} that Tocsin can see: create it, or {INVITE}"
        raise SlackFailed(Refused(why), "channel_not_found")


async def every_channel(slack: Slack, *, but_archived: bool) -> AsyncIterator[JSON]:
    """Those that Tocsin can see. Raises SlackFailed."""
    cursor = ""
    while True:
        answer = await slack.do(
            lambda web: web.conversations_list(
                types="public_channel,private_channel",
                exclude_archived=but_archived,
                limit=PAGE_SIZE,
                cursor=cursor or None,  # noqa: B023 (called at once)
            )
        )
        for channel in answer.get("channels", []):
            yield dict(channel)
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return


async def channels_called(slack: Slack) -> dict[str, str]:
    """Their ids by their names, those in the archive too. Raises SlackFailed."""
    found = [one async for one in every_channel(slack, but_archived=False)]
    return {str(one.get("name", "")): str(one["id"]) for one in found}


def topic_in(channel: JSON) -> str:
    """Its topic as people typed it: Slack answers with its signs escaped and its links marked."""
    said = str((channel.get("topic") or {}).get("value", ""))
    linked = LINK.sub(lambda found: found[2] or found[1].removeprefix("mailto:"), said)
    return linked.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
