"""The conversation of a private incident: a channel of its own, that only its members are let into."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.core.incident import Incident
from tocsin.core.people import Roster
from tocsin.integrations.slack.client import Slack, SlackFailed
from tocsin.integrations.slack.own_channel import make

HARMLESS = ("already_in_channel", "cant_invite_self")


async def open_channel(slack: Slack, incident: Incident, roster: Roster) -> str:
    """The id of the incident's own private channel, made at the first call, with its members in it. Raises SlackFailed."""
    name = f"{incident.ref.lower()}-private"
    channel = await make(slack, name, is_private=True)
    await invite(slack, channel, sorted(incident.members), roster)
    return channel


async def invite(slack: Slack, channel: str, people: Iterable[str], roster: Roster) -> None:
    """Let these people in; those without Slack read it on the web. One by one, so that one refusal keeps nobody else out."""
    for handle in people:
        person = roster.people.get(handle)
        if person is None or not person.slack_id:
            continue
        try:
            await slack.do(lambda web: web.conversations_invite(channel=channel, users=person.slack_id))  # noqa: B023 (called at once)
        except SlackFailed as failed:
            if failed.error not in HARMLESS:
                raise
