"""Alerts in Slack: by direct message to a person, and as a post in a channel that a policy names. Each is rewritten once it is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Final

from tocsin.core.channel import PAGED, Can, Field, Message
from tocsin.core.people import Roster
from tocsin.core.work import Delivered, Later, Outcome, Refused
from tocsin.errors import Invalid
from tocsin.integrations.slack.alert_clicks import buttons
from tocsin.integrations.slack.blocks import actions, fitted, link_button, section
from tocsin.integrations.slack.channel import IncidentsChannel, every_channel
from tocsin.integrations.slack.client import Slack, SlackFailed, outcome_of
from tocsin.integrations.slack.posting import Posts
from tocsin.integrations.slack.said import Said

TRIED_WITHIN: Final = timedelta(hours=2)
"""How far back it is looked for what an earlier try may have posted unseen: longer than a page is tried."""
GONE: Final = ("message_not_found", "thread_not_found")
"""Somebody deleted the message: there are no buttons left on it."""
NOBODY: Final = Roster()
PATIENCE_SECONDS: Final = 5.0
"""How long somebody who saves a policy waits for what Slack says of its channels."""
PLACES: Final[Mapping[str, str]] = {
    "channel_not_found": "shows no such channel to Tocsin: create it, invite Tocsin with /invite, or name another in the policy",
    "not_in_channel": "does not let Tocsin in there: invite it with /invite, or name another channel in the policy",
    "is_archived": "has it in the archive: take it out of there, or name another channel in the policy",
}
"""What stays until somebody does something, where the channel is a policy's."""


class DirectAlerts:
    """To the person's own Slack id, as the directory gives it."""

    via = "slack"
    label = "Slack"
    can = Can(answers=True, settles=True)
    fields: tuple[Field, ...] = ()

    def __init__(self, slack: Slack) -> None:
        self._posts = Posts(slack)

    def address(self, given: Mapping[str, str]) -> str:
        raise Invalid("Who somebody is in Slack stands in the directory of people: save it there")

    def shown(self, address: str) -> str:
        return address

    async def send(self, message: Message, attempt: int) -> Outcome:
        try:
            return await _sent(self._posts, message, attempt, message.to)
        except SlackFailed as failed:
            # That there is no such channel says of a person that there is no such person.
            return (
                outcome_of(200, "user_not_found") if failed.error == "channel_not_found" else failed.outcome
            )


class PostedAlerts:
    """To a channel, by its name (#ops) or id. Anyone of ours who presses a button there acts in their own name."""

    via = "channel"
    label = "A channel in Slack"
    can = Can(answers=True, settles=True)
    fields: tuple[Field, ...] = ()

    def __init__(self, slack: Slack) -> None:
        self._slack = slack
        self._posts = Posts(slack)
        self._places: dict[str, IncidentsChannel] = {}
        self._there: set[str] = set()
        """Those that Slack showed, until one of them takes no message."""

    def address(self, given: Mapping[str, str]) -> str:
        raise Invalid("A channel is named by a policy, as channel:#ops")

    def shown(self, address: str) -> str:
        return address

    async def amiss(self, places: Collection[str]) -> Mapping[str, str] | Later:
        asked = [one for one in places if one not in self._there]
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                found = await places_amiss(self._slack, asked) if asked else {}
        except TimeoutError:
            return Later("Slack does not answer")
        except SlackFailed as failed:
            return Later(failed.outcome.why)
        self._there.update(one for one in asked if one not in found)
        return found

    async def send(self, message: Message, attempt: int) -> Outcome:
        place = self._places.setdefault(message.to, IncidentsChannel(self._slack, message.to))
        try:
            if message.is_private and message.purpose == PAGED and not await place.is_private():
                return Refused(f"{message.incident} is private, and everybody can read {message.to}")
            sent = await _sent(self._posts, message, attempt, await place.id())
            return await self._with_link(sent) if message.incident else sent
        except SlackFailed as failed:
            # It may be made anew under the same name.
            self._places.pop(message.to, None)
            self._there.discard(message.to)
            why = PLACES.get(failed.error)
            return Refused(f"Slack {why} ({message.to}, {failed.error})") if why else failed.outcome

    async def _with_link(self, sent: Delivered) -> Delivered:
        """Evidence that people can look at."""
        channel, _, ts = sent.evidence["message"].partition("/")
        url = await self._posts.permalink_if_quick(channel, ts)
        return Delivered({**sent.evidence, "url": url})


async def places_amiss(slack: Slack, places: Collection[str]) -> Mapping[str, str]:
    """Which of these channels, by name or id, Slack does not show to Tocsin, or has in the archive. Raises SlackFailed."""
    found = {str(one["id"]): one async for one in every_channel(slack, but_archived=False)}
    found |= {str(one.get("name", "")): one for one in found.values()}
    said = {}
    for place in places:
        one = found.get(place.lstrip("#"))
        if one is None or one.get("is_archived"):
            said[place] = f"Slack {PLACES['is_archived' if one else 'channel_not_found']}"
    return said


async def _sent(posts: Posts, message: Message, attempt: int, to: str) -> Delivered:
    said = _said(message)
    if message.of:
        for one in (message.of, *message.also):
            await _rewritten(posts, one, said)
        return Delivered({"message": message.of})
    channel, ts = await posts.post(message.key, attempt, message.now - TRIED_WITHIN, to, said)
    return Delivered({"message": f"{channel}/{ts}"})


async def _rewritten(posts: Posts, message: str, said: Said) -> None:
    channel, _, ts = message.partition("/")
    try:
        await posts.update(channel, ts, said)
    except SlackFailed as failed:
        if failed.error not in GONE:
            raise


def _said(message: Message) -> Said:
    """The words, what can be pressed while it is a page, and the way to more."""
    text = fitted(message.text, NOBODY, message.link)
    asks = message.left or (message.count if message.purpose == PAGED else 0)
    # An incident is answered in its thread.
    pressed = buttons(message.key, message.ticket, asks) if asks and not message.incident else []
    label = "Open" if message.count == 1 else "All alerts"
    ways = [link_button("open_page", label, message.link)] if message.link else []
    return Said(text, [section(text), *actions([*pressed, *ways])])
