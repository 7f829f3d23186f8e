"""What people say to Tocsin in channels and in direct messages: in an incident's thread commands and notes, elsewhere a report.

Of what they say to each other only "I'm on it" in an incident's thread, or its own channel, is heeded; all else is dropped, and nothing is kept of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import structlog

from tocsin.acts import incidents, looks
from tocsin.core.words import is_thanks
from tocsin.integrations.slack import commands, reports
from tocsin.integrations.slack.asking import Ask
from tocsin.integrations.slack.blocks import JSON, plain
from tocsin.integrations.slack.client import SlackFailed
from tocsin.integrations.slack.grammar import is_on_it
from tocsin.integrations.slack.lobby import Caller, Lobby, Reply
from tocsin.integrations.slack.marks import key_of
from tocsin.integrations.slack.reports import Told

log = structlog.get_logger()

SUBTYPES = (None, "file_share", "thread_broadcast")
"""The kinds of message in which a person says something; the others are edits, joins and the like."""
CHANNELS = ("channel", "group")
"""Public and private ones, as Slack calls them."""
ONLY_THANKS: Final = "Gladly. That was no report, so nothing was opened; if something is broken, say what."
NOT_TO_REPORTERS = ("page", "remind", "ask", "word")
"""The second part of the keys of what Tocsin tells its own people; the rest of its direct messages answer reports."""
BEFORE_THANKS = 10
"""How many messages back thanks may be for an answer."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing that was said to Tocsin; `is_aside` where it was said to the others in a thread, without naming Tocsin."""

    event_id: str
    user: str
    channel: str
    ts: str
    thread: str
    text: str
    is_direct: bool
    is_aside: bool = False


def heard(payload: JSON) -> Heard | None:
    """What the event says; None for what is not said to Tocsin by a person: other bots, Tocsin itself, and chatter above all."""
    event = payload.get("event") or {}
    is_direct = event.get("type") == "message" and event.get("channel_type") == "im"
    is_aside = _is_aside(event)
    if event.get("type") != "app_mention" and not is_direct and not is_aside:
        return None
    if event.get("bot_id"):
        # Direct messages of a bot are mostly our own, which come back.
        if event.get("type") == "app_mention":
            log.info("slack_mention_ignored", why="a bot said it", bot=event["bot_id"])
        return None
    if not event.get("user") or event.get("subtype") not in SUBTYPES:
        return None
    bots = [one.get("user_id") for one in payload.get("authorizations") or []]
    if event["user"] in bots:
        return None
    text = str(event.get("text", ""))
    for bot in bots:
        text = text.replace(f"<@{bot}>", " ")
    return Heard(
        event_id=str(payload.get("event_id", "")),
        user=str(event["user"]),
        channel=str(event["channel"]),
        ts=str(event["ts"]),
        thread=str(event.get("thread_ts") or ""),
        text=" ".join(text.split(" ")).strip(),
        is_direct=is_direct,
        is_aside=is_aside,
    )


def _is_aside(event: JSON) -> bool:
    """A message in a channel that only says "I'm on it". One that names Tocsin comes as a mention too, and is heard as that."""
    is_in_channel = event.get("channel_type") in CHANNELS
    return event.get("type") == "message" and is_in_channel and is_on_it(str(event.get("text", "")))


async def answered(lobby: Lobby, caller: Caller, said: Heard) -> Reply:
    """Do what was said. A report is known again by its message, so that Slack may send it as often as it likes."""
    if said.is_aside:
        return await _on_it(lobby, caller, said)
    roster = await looks.roster(lobby.house)
    text = plain(said.text, roster)
    ref, is_reporters = await _incident_of(lobby, said)
    ask = Ask(lobby, caller, "", "", whole=text or "help", ref=ref, channel=said.channel)
    if not ref and is_thanks(text):
        return await _thanked(lobby, caller, said, text)
    if not ref and not _is_command(text):
        place = f"{said.channel}/{said.thread or said.ts}"
        back = commands.asked_back(ask, key=f"{said.channel}/{said.ts}", address=place)
        return back or await _reported(lobby, caller, said, text)
    if not await looks.event_is_new(lobby.house, "slack", said.event_id):
        return Reply()
    reply = await commands.run(ask)
    if reply is None and ref:
        url = await _url(lobby, said)
        await incidents.add_note(lobby.house, caller.actor, ref, text, url, from_outside=is_reporters)
        return Reply(f"Noted in the timeline of {ref}.")
    return reply or await _reported(lobby, caller, said, text)


async def _on_it(lobby: Lobby, caller: Caller, said: Heard) -> Reply:
    """Own the incident in whose thread, or own channel, it was said, and in no other. Owning twice changes nothing, so Slack may send it twice."""
    ref = await looks.incident_of_talk(lobby.house, said.channel, said.thread)
    if ref:
        await incidents.own(lobby.house, caller.actor, ref)
    return Reply()


async def _thanked(lobby: Lobby, caller: Caller, said: Heard, text: str) -> Reply:
    """Thanks open nothing. Those for an answer to a report, also after the end, are a note in its timeline."""
    place = f"{said.channel}/{said.thread}"
    ref = await looks.incident_of_conversation(lobby.house, "slack", [place], statuses=looks.STATUSES)
    if not ref and said.is_direct and not said.thread:
        ref = await _answered_before(lobby, said)
    if not await looks.event_is_new(lobby.house, "slack", said.event_id):
        return Reply()
    if not ref:
        return Reply(ONLY_THANKS)
    url = await _url(lobby, said)
    await incidents.add_note(lobby.house, caller.actor, ref, text, url, from_outside=True)
    return Reply()


async def _answered_before(lobby: Lobby, said: Heard) -> str:
    """The incident that Tocsin's last direct message was about, if that answered a report; "" if there is none, or Slack won't say."""
    try:
        answer = await lobby.slack.do(
            lambda web: web.conversations_history(
                channel=said.channel, latest=said.ts, limit=BEFORE_THANKS, include_all_metadata=True
            )
        )
    except SlackFailed:
        return ""
    key = next((key for key in map(key_of, answer.get("messages") or []) if key), "")
    ref, _, what = key.partition("/")
    return "" if what.partition("/")[0] in NOT_TO_REPORTERS else ref


async def _reported(lobby: Lobby, caller: Caller, said: Heard, text: str) -> Reply:
    thread = said.thread or said.ts
    key = f"{said.channel}/{said.ts}"
    told = Told(text, address=f"{said.channel}/{thread}", url=await _url(lobby, said), key=key)
    reply = await reports.declared(lobby, caller, told)
    return reply if await looks.event_is_new(lobby.house, "slack", said.event_id) else Reply()


def _is_command(text: str) -> bool:
    """Outside of a thread only what can't be a report: a command that stands alone, or names its incident."""
    return (
        text.strip().lower()
        in (
            "",
            "help",
            "list",
            "who",
            "own",
            "ack",
            "status",
            "on it",
            "i'm on it",
        )
        or commands.names_an_incident(text)
        or commands.is_answer(text)
    )


async def _incident_of(lobby: Lobby, said: Heard) -> tuple[str, bool]:
    """The incident of whose thread or own channel, or of whose reporter's message, or of whose direct message this is a part.

    With it, whether that is not its thread but a conversation with one person: what they say there belongs to it, whoever may know of it.
    """
    found = None if said.is_direct else await looks.incident_of_talk(lobby.house, said.channel, said.thread)
    if found:
        return found, False
    if not said.thread:
        return "", False
    found = await looks.incident_of_conversation(lobby.house, "slack", [f"{said.channel}/{said.thread}"])
    if not found and said.is_direct:
        found = await _incident_of_direct(lobby, said)
    return found or "", bool(found)


async def _incident_of_direct(lobby: Lobby, said: Heard) -> str:
    """Tocsin's own direct messages bear a key, which begins with the incident where they are about one."""
    try:
        answer = await lobby.slack.do(
            lambda web: web.conversations_replies(
                channel=said.channel, ts=said.thread, limit=1, include_all_metadata=True
            )
        )
    except SlackFailed:
        return ""
    messages = answer.get("messages") or [{}]
    ref = key_of(messages[0]).partition("/")[0]
    return ref if ref.startswith("INC-") else ""


async def _url(lobby: Lobby, said: Heard) -> str:
    try:
        return await lobby.slack.permalink(said.channel, said.ts)
    except SlackFailed:
        return ""
