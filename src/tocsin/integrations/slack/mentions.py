"""What people say to Tocsin in channels and in direct messages: in an incident's thread commands and notes, elsewhere a report."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.acts import incidents, looks
from tocsin.integrations.slack import commands, reports
from tocsin.integrations.slack.asking import Ask
from tocsin.integrations.slack.blocks import JSON, plain
from tocsin.integrations.slack.client import SlackFailed
from tocsin.integrations.slack.lobby import Caller, Lobby, Reply
from tocsin.integrations.slack.reach import key_of
from tocsin.integrations.slack.reports import Told

SUBTYPES = (None, "file_share", "thread_broadcast")
"""The kinds of message in which a person says something; the others are edits, joins and the like."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing that was said to Tocsin."""

    event_id: str
    user: str
    channel: str
    ts: str
    thread: str
    text: str
    is_direct: bool


def heard(payload: JSON) -> Heard | None:
    """What the event says; None for what is not said to Tocsin by a person: other bots and Tocsin itself above all."""
    event = payload.get("event") or {}
    is_direct = event.get("type") == "message" and event.get("channel_type") == "im"
    if event.get("type") != "app_mention" and not is_direct:
        return None
    if event.get("bot_id") or not event.get("user") or event.get("subtype") not in SUBTYPES:
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
    )


async def answered(lobby: Lobby, caller: Caller, said: Heard) -> Reply:
    """Do what was said. A report is known again by its message, so that Slack may send it as often as it likes."""
    roster = await looks.roster(lobby.house)
    text = plain(said.text, roster)
    ref = await _incident_of(lobby, said)
    ask = Ask(lobby, caller, "", "", whole=text or "help", ref=ref, channel=said.channel)
    if not ref and not _is_command(text):
        return await _reported(lobby, caller, said, text)
    if not await looks.event_is_new(lobby.house, "slack", said.event_id):
        return Reply()
    reply = await commands.run(ask)
    if reply is None and ref:
        await incidents.add_note(lobby.house, caller.actor, ref, text, await _url(lobby, said))
        return Reply(f"Noted in the timeline of {ref}.")
    return reply or await _reported(lobby, caller, said, text)


async def _reported(lobby: Lobby, caller: Caller, said: Heard, text: str) -> Reply:
    thread = said.thread or said.ts
    key = f"{said.channel}/{said.ts}"
    told = Told(text, address=f"{said.channel}/{thread}", url=await _url(lobby, said), key=key)
    reply = await reports.declared(lobby, caller, told)
    return reply if await looks.event_is_new(lobby.house, "slack", said.event_id) else Reply()


def _is_command(text: str) -> bool:
    """Outside of a thread only what can't be a report: a command that stands alone, or names its incident."""
    return text.strip().lower() in (
        "",
        "help",
        "list",
        "who",
        "own",
        "ack",
        "status",
        "on it",
        "i'm on it",
    ) or (commands.names_an_incident(text))


async def _incident_of(lobby: Lobby, said: Heard) -> str:
    """The incident of whose thread, or of whose reporter's message, or of whose page this is a part."""
    if not said.thread:
        return ""
    place = f"{said.channel}/{said.thread}"
    found = await looks.incident_of_thread(lobby.house, said.channel, said.thread)
    found = found or await looks.incident_of_conversation(lobby.house, "slack", [place])
    if not found and said.is_direct:
        found = await _incident_of_page(lobby, said)
    return found or ""


async def _incident_of_page(lobby: Lobby, said: Heard) -> str:
    """Tocsin's own direct messages bear the key of their work, which begins with the incident."""
    try:
        answer = await lobby.slack.do(
            lambda web: web.conversations_replies(
                channel=said.channel, ts=said.thread, limit=1, include_all_metadata=True
            )
        )
    except SlackFailed:
        return ""
    messages = answer.get("messages") or [{}]
    return key_of(messages[0]).partition("/")[0]


async def _url(lobby: Lobby, said: Heard) -> str:
    try:
        return await lobby.slack.permalink(said.channel, said.ts)
    except SlackFailed:
        return ""
