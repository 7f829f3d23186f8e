"""The channel that an incident gets for itself, where the setting says so: made, topped with its card, and archived last.

The card also stands in the incidents channel, where everybody sees it; both are kept up to date.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from tocsin.core import facts as f
from tocsin.core.incident import Incident
from tocsin.core.people import Roster
from tocsin.integrations.slack.channel import IncidentsChannel
from tocsin.integrations.slack.client import Slack, SlackFailed

LONGEST_NAME: Final = 60
"""Slack takes 80 signs; more than this nobody reads in the list of channels."""
LONGEST_TOPIC: Final = 250
ARCHIVED: Final = ("already_archived", "is_archived", "channel_not_found")


def name_of(incident: Incident) -> str:
    """`inc-12-sign-in-is-broken`: of its first title, so that a second try finds what the first one made."""
    first = incident.facts[0].what
    title = first.title if isinstance(first, f.Declared) else incident.title
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return f"{incident.ref.lower()}-{slug}"[:LONGEST_NAME].rstrip("-")


async def make(slack: Slack, name: str, *, is_private: bool = False) -> str:
    """The id of the channel of that name, made at the first call. Raises SlackFailed."""
    try:
        answer = await slack.do(lambda web: web.conversations_create(name=name, is_private=is_private))
        return str(answer["channel"]["id"])
    except SlackFailed as failed:
        if failed.error != "name_taken":
            raise
    return await IncidentsChannel(slack, name).id()  # An earlier try made it, unseen.


async def pin(slack: Slack, channel: str, message: str) -> None:
    """Keep the card at the top. Without the permission it is only not pinned."""
    try:
        await slack.do(lambda web: web.pins_add(channel=channel, timestamp=message))
    except SlackFailed as failed:
        if failed.error not in ("already_pinned", "missing_scope"):
            raise


async def set_topic(slack: Slack, channel: str, topic: str) -> None:
    """Say in the topic how it stands. Slack tells the channel of each change, so one that changes nothing is not made."""
    topic = topic[:LONGEST_TOPIC]
    known = await slack.do(lambda web: web.conversations_info(channel=channel))
    if ((known.get("channel") or {}).get("topic") or {}).get("value") != topic:
        await slack.do(lambda web: web.conversations_setTopic(channel=channel, topic=topic))


async def archive(slack: Slack, channel: str) -> None:
    try:
        await slack.do(lambda web: web.conversations_archive(channel=channel))
    except SlackFailed as failed:
        if failed.error not in ARCHIVED:
            raise


def topic_of(incident: Incident, severity: str, roster: Roster) -> str:
    owner = roster.name(incident.owner) if incident.owner else "nobody owns it yet"
    return f"{incident.ref} | {severity} | {incident.status} | {owner}"
