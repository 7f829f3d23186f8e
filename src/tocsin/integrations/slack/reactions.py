"""What a reaction to a message does: a sign for the timeline, or a pin, keeps it there, one for follow-ups files it, and two answer a report.

Each works once, whoever reacts how often. Taking a reaction back changes nothing: a timeline is only added to.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tocsin.acts import incidents, learning, looks
from tocsin.core.decisions_learning import becomes_issue
from tocsin.core.message_parts import ACK, OWN, clock
from tocsin.core.words import LONGEST_TITLE, shortened
from tocsin.errors import Forbidden, Invalid
from tocsin.integrations.slack.anyway import VALUE_LIMIT
from tocsin.integrations.slack.blocks import JSON, actions, button, escaped, offered, plain, section
from tocsin.integrations.slack.client import SlackFailed
from tocsin.integrations.slack.lobby import Caller, Lobby, Reply
from tocsin.integrations.slack.marks import key_of

TIMELINE, FOLLOW_UP, SEEN, ACCEPTED = "timeline", "follow_up", "seen", "accepted"
ANSWERS: Final[Mapping[str, str]] = {
    "eyes": SEEN,
    "white_check_mark": ACCEPTED,
    "heavy_check_mark": ACCEPTED,
}
"""What people put on a report in any case; they mean something to Tocsin on a report and on a card, and nowhere else."""
FILE: Final = "file_follow_up"
GONE: Final = ("thread_not_found", "message_not_found", "channel_not_found", "not_in_channel")


def signs(timeline: Collection[str], follow_up: Collection[str]) -> dict[str, str]:
    """What each sign does. Invalid, naming it, for one that would do two things."""
    found = dict(ANSWERS)
    for does, names in ((TIMELINE, timeline), (FOLLOW_UP, follow_up)):
        for name in names:
            if found.get(name, does) != does:
                raise Invalid(
                    f"TOCSIN_SLACK_{does.upper()}_SIGNS has {name}, which stands for {found[name]} already"
                )
            found[name] = does
    return found


@dataclass(frozen=True, slots=True)
class Reaction:
    """Who reacted to which message, and what the sign stands for."""

    user: str
    channel: str
    ts: str
    does: str = TIMELINE


def seen(payload: JSON, signs: Mapping[str, str]) -> Reaction | None:
    """The reaction that an event tells of, or the pin; None for other signs than these, for what is no message, and for Tocsin's own."""
    event = payload.get("event") or {}
    item = event.get("item") or {}
    bots = [one.get("user_id") for one in payload.get("authorizations") or []]
    if event.get("type") == "pin_added" and item.get("type") == "message" and event.get("user") not in bots:
        return Reaction(str(event["user"]), str(item["channel"]), str(item["message"]["ts"]))
    if event.get("type") != "reaction_added" or item.get("type") != "message" or event.get("user") in bots:
        return None
    # A skin tone comes after the name: `memo::skin-tone-2`.
    does = signs.get(str(event.get("reaction", "")).partition("::")[0])
    return Reaction(str(event["user"]), str(item["channel"]), str(item["ts"]), does) if does else None


async def heeded(lobby: Lobby, caller: Caller, reaction: Reaction) -> Reply:
    return await DOES[reaction.does](lobby, caller, reaction)


async def _put_on_timeline(lobby: Lobby, caller: Caller, reaction: Reaction) -> Reply:
    """A note in the incident whose conversation the message is a part of; nothing for messages elsewhere, and for our own."""
    message, ref = await _told_in(lobby, reaction)
    if message is None:
        return Reply()
    text = plain(str(message.get("text") or ""), await looks.roster(lobby.house))
    said = f"{await _author(lobby, message)} wrote at {_clock(reaction.ts)}:\n{text or '(no words)'}"
    url = await lobby.slack.permalink(reaction.channel, reaction.ts)
    if await incidents.keep_message(lobby.house, caller.actor, ref, said, url):
        return Reply(f"It is on the timeline of {ref}.")
    return Reply()


async def _file(lobby: Lobby, caller: Caller, reaction: Reaction) -> Reply:
    """A follow-up of who reacted. Where it becomes an issue, others will read the words: then they are asked first."""
    message, ref = await _told_in(lobby, reaction)
    if message is None:
        return Reply()
    if not caller.actor.person:
        raise Forbidden("Only a person can file a follow-up")
    text = plain(str(message.get("text") or ""), await looks.roster(lobby.house))
    title = shortened(" ".join(text.split()), LONGEST_TITLE)
    if not title:
        return Reply(f"That message has no words to be a follow-up of {ref}: `/tocsin followup {ref} TITLE`")
    place = f"{reaction.channel}/{reaction.ts}"
    incident = (await looks.case(lobby.house, ref, caller.actor.person)).incident
    if not becomes_issue(incident):
        return await filed(lobby, caller, ref, f"{place}|{title}")
    value = f"{ref}|{place}|{title}"
    if len(value) > VALUE_LIMIT:
        raise Invalid(f"That message is too long: /tocsin followup {ref} TITLE", field="title")
    asks = f"Is this a follow-up of {ref}? It becomes an issue, yours, with these words:\n> {escaped(title)}"
    clicks = [
        button(FILE, "File it", value, is_main=True),
        button("follow_up", "In other words …", f"{ref}|{title}"),
    ]
    return Reply(asks, [section(asks), *actions(clicks)])


async def filed(lobby: Lobby, caller: Caller, ref: str, what: str) -> Reply:
    """File what somebody wrote, with the link to it; a message that is filed already is not filed twice."""
    place, _, title = what.partition("|")
    channel, _, ts = place.partition("/")
    url = await lobby.slack.permalink(channel, ts)
    known = await learning.file_message(lobby.house, caller.actor, ref, title, url)
    id = next(one.id for one in reversed(known.asked.follow_ups) if url in one.text)
    return Reply(f"{id} of {ref} is filed, and yours: {escaped(title)}", replaces=True)


async def _seen(lobby: Lobby, caller: Caller, reaction: Reaction) -> Reply:
    """Who was paged for it acknowledges the page by that; of anybody else it means only that they looked."""
    ref = await _report_at(lobby, reaction)
    if not ref or not caller.actor.person:
        return Reply()
    incident = (await looks.case(lobby.house, ref, caller.actor.person)).incident
    if not incident.is_awaited(caller.actor.person):
        return Reply()
    await incidents.acknowledge(lobby.house, caller.actor, ref)
    text = f"You acknowledged the page of {ref}. Nobody owns it by that alone."
    return Reply(text, [section(text), *actions(offered((OWN,), ref))])


async def _accepted(lobby: Lobby, caller: Caller, reaction: Reaction) -> Reply:
    """Nobody is made an owner by a sign that may mean anything: they are offered to say that they are on it."""
    ref = await _report_at(lobby, reaction)
    if not ref or not caller.actor.person:
        return Reply()
    incident = (await looks.case(lobby.house, ref, caller.actor.person)).incident
    if not incident.is_open or incident.owner:
        return Reply()
    offers = (OWN,) if incident.alert.acknowledged_at else (OWN, ACK)
    text = f"Nobody owns {ref} yet. Are you on it?"
    return Reply(text, [section(text), *actions(offered(offers, ref))])


DOES: Final[Mapping[str, Callable[[Lobby, Caller, Reaction], Awaitable[Reply]]]] = {
    TIMELINE: _put_on_timeline,
    FOLLOW_UP: _file,
    SEEN: _seen,
    ACCEPTED: _accepted,
}


async def _told_in(lobby: Lobby, reaction: Reaction) -> tuple[JSON | None, str]:
    """The message, and the incident whose conversation it is a part of; (None, "") for messages elsewhere, and for our own."""
    message = await _message(lobby, reaction)
    if message is None or key_of(message):
        return None, ""
    thread = str(message.get("thread_ts") or message["ts"])
    ref = await looks.incident_of_talk(lobby.house, reaction.channel, thread)
    return (message, ref) if ref else (None, "")


async def _report_at(lobby: Lobby, reaction: Reaction) -> str:
    """The open incident that was reported by this message, or whose card it is; "" for every other message."""
    place = f"{reaction.channel}/{reaction.ts}"
    ref = await looks.incident_of_conversation(lobby.house, "slack", [place])
    return ref or await looks.incident_of_thread(lobby.house, reaction.channel, reaction.ts) or ""


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
        if failed.error in GONE:
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
