"""A reaction that puts a message on the timeline: with who wrote it, when, and the link to it; once, whoever reacts how often.

Anybody who can see an incident's conversation may do it. Taking the reaction back changes nothing: a timeline is only added to.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from tocsin.acts import incidents, looks
from tocsin.core.message_parts import clock
from tocsin.integrations.slack.blocks import JSON, plain
from tocsin.integrations.slack.client import SlackFailed
from tocsin.integrations.slack.lobby import Caller, Lobby, Reply
from tocsin.integrations.slack.marks import key_of


@dataclass(frozen=True, slots=True)
class Reaction:
    """Who reacted to which message."""

    user: str
    channel: str
    ts: str


def seen(payload: JSON, signs: Collection[str]) -> Reaction | None:
    """The reaction that an event tells of; None for other signs than these, for what is no message, and for Tocsin's own."""
    event = payload.get("event") or {}
    item = event.get("item") or {}
    bots = [one.get("user_id") for one in payload.get("authorizations") or []]
    if event.get("type") != "reaction_added" or item.get("type") != "message" or event.get("user") in bots:
        return None
    # A skin tone comes after the name: `memo::skin-tone-2`.
    if str(event.get("reaction", "")).partition("::")[0] not in signs:
        return None
    return Reaction(str(event["user"]), str(item["channel"]), str(item["ts"]))


async def put_on_timeline(lobby: Lobby, caller: Caller, reaction: Reaction) -> Reply:
    """A note in the incident whose conversation the message is a part of; nothing for messages elsewhere, and for our own."""
    message = await _message(lobby, reaction)
    if message is None or key_of(message):
        return Reply()
    thread = str(message.get("thread_ts") or message["ts"])
    ref = await looks.incident_of_talk(lobby.house, reaction.channel, thread)
    if not ref:
        return Reply()
    text = plain(str(message.get("text") or ""), await looks.roster(lobby.house))
    said = f"{await _author(lobby, message)} wrote at {_clock(reaction.ts)}:\n{text or '(no words)'}"
    url = await lobby.slack.permalink(reaction.channel, reaction.ts)
    if await incidents.keep_message(lobby.house, caller.actor, ref, said, url):
        return Reply(f"It is on the timeline of {ref}.")
    return Reply()


async def _message(lobby: Lobby, reaction: Reaction) -> JSON | None:
    """The message itself: asked for by its own time Slack gives it alone, be it a thread's first or a reply in one."""
    try:
        answer = await lobby.slack.do(
            lambda web: web.conversations_replies(
                channel=reaction.channel,
                ts=reaction.ts,
                oldest=reaction.ts,
                latest=reaction.ts,
                inclusive=True,
                limit=1,
                include_all_metadata=True,
            )
        )
    except SlackFailed as failed:
        if failed.error in ("thread_not_found", "message_not_found", "channel_not_found", "not_in_channel"):
            return None
        raise
    found: list[JSON] = answer.get("messages") or []
    return next((one for one in found if str(one.get("ts")) == reaction.ts), None)


async def _author(lobby: Lobby, message: JSON) -> str:
    if message.get("user") and not message.get("bot_id"):
        return (await lobby.caller(str(message["user"]))).name
    return str(message.get("username") or (message.get("bot_profile") or {}).get("name") or "An app")


def _clock(ts: str) -> str:
    return clock(datetime.fromtimestamp(float(ts), UTC))
