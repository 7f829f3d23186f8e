"""Clicks on buttons, and the shortcuts: each is one act, or opens the form that asks for the rest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from tocsin.acts import asking, incidents, looks, rerunning
from tocsin.acts.house import House
from tocsin.acts.oncall import cover
from tocsin.acts.oncall.by import by_actor
from tocsin.acts.oncall.cover_telling import TAKE
from tocsin.acts.procedures import deeds
from tocsin.core.case import Actor
from tocsin.core.inbox_words import OPEN_IT, PUT_ASIDE
from tocsin.errors import NotFound
from tocsin.integrations.slack import alert_clicks, anyway, inbox, preview, reactions, reports
from tocsin.integrations.slack.asking import Ask
from tocsin.integrations.slack.blocks import JSON, about, act_of, plain
from tocsin.integrations.slack.client import SlackFailed
from tocsin.integrations.slack.forms import FORMS, REPORT, open_form, open_report, redraw_report
from tocsin.integrations.slack.genie import alerts, choosing, grammar
from tocsin.integrations.slack.lobby import Caller, Lobby, Reply
from tocsin.integrations.slack.marks import key_of
from tocsin.integrations.slack.reports import Told

Act = Callable[[House, Actor, str, str], Awaitable[object]]

DECLARE: Final = "declare_incident"


async def _own(house: House, actor: Actor, ref: str, what: str) -> object:
    return await incidents.own(house, actor, ref)


async def _ack(house: House, actor: Actor, ref: str, what: str) -> object:
    return await incidents.acknowledge(house, actor, ref)


async def _escalate(house: House, actor: Actor, ref: str, what: str) -> object:
    return await incidents.escalate(house, actor, ref)


async def _approve_public(house: House, actor: Actor, ref: str, what: str) -> object:
    return await incidents.approve_public_words(house, actor, ref)


async def _approve_action(house: House, actor: Actor, ref: str, what: str) -> object:
    return await incidents.approve_action(house, actor, ref, what)


async def _accept_task(house: House, actor: Actor, ref: str, what: str) -> object:
    return await asking.accept_task(house, actor, ref, what)


async def _accept_handover(house: House, actor: Actor, ref: str, what: str) -> object:
    return await asking.accept_handover(house, actor, ref, what)


async def _approve_run(house: House, actor: Actor, ref: str, what: str) -> object:
    return await deeds.approve(house, actor, ref, what, runs=True)


async def _start_run(house: House, actor: Actor, ref: str, what: str) -> object:
    return await deeds.start(house, actor, ref, what)


async def _stop_run(house: House, actor: Actor, ref: str, what: str) -> object:
    return await deeds.stop(house, actor, ref, what)


async def _rerun_build(house: House, actor: Actor, ref: str, what: str) -> object:
    return await rerunning.ask(house, actor, ref)


async def _take_cover(house: House, actor: Actor, id: str, what: str) -> object:
    if not (id.isascii() and id.isdigit() and len(id) < 18):
        raise NotFound("This button stands for no request for cover")
    return await cover.accept_cover(house, await by_actor(house, actor), int(id))


ACTS: dict[str, Act] = {
    "own": _own,
    "ack": _ack,
    "escalate": _escalate,
    "approve_public": _approve_public,
    "approve_action": _approve_action,
    "accept_task": _accept_task,
    "accept_handover": _accept_handover,
    TAKE: _take_cover,
    "approve_run": _approve_run,
    "start_run": _start_run,
    "stop_run": _stop_run,
    "rerun_build": _rerun_build,
    OPEN_IT: inbox.open_it,
    PUT_ASIDE: inbox.put_aside,
}
"""The clicks that do something at once. What they did shows in the thread, so they answer nothing."""
DONE: Final = {"own": "You own {ref}.", "ack": "The page of {ref} is acknowledged."}
"""What words with such a click become, where nothing else rewrites them."""


async def clicked(lobby: Lobby, caller: Caller, payload: JSON, place: str = "") -> Reply:
    """Do what the button says. Buttons that are links, and those of older versions, do nothing.

    `place` stands for the channel where the button is not in one.
    """
    action = payload["actions"][0]
    act, (ref, what) = act_of(str(action["action_id"])), about(str(action.get("value") or ""))
    if act in alert_clicks.CLICKS:
        return await alert_clicks.pressed(lobby, caller, act, action)
    if act == choosing.ACK_ALL:
        return await choosing.ack_all(lobby, caller, what.split())
    if (payload.get("view") or {}).get("callback_id") == REPORT:
        await redraw_report(lobby, payload["view"])
        return Reply()
    if act == preview.PUBLISH:
        return await preview.publish(lobby, caller, ref, what)
    if act == preview.DISCARD:
        return preview.discard(ref)
    if act == reactions.FILE:
        return await reactions.filed(lobby, caller, ref, what)
    if act in anyway.LABELS:
        channel = str((payload.get("channel") or {}).get("id", ""))
        return await _opened_anyway(lobby, caller, act, str(action.get("value") or ""), channel)
    if act in ACTS:
        await ACTS[act](lobby.house, caller.actor, ref, what)
        if act in DONE and _is_whispered(payload):
            return Reply(DONE[act].format(ref=ref), replaces=True)
        if act in (OPEN_IT, PUT_ASIDE) and (payload.get("container") or {}).get("is_ephemeral"):
            return replace(await inbox.listed(lobby.house, caller.actor), replaces=True)
    elif act == REPORT:
        await open_report(lobby, str(payload["trigger_id"]), place)
    elif act in FORMS:
        channel = place or str((payload.get("channel") or {}).get("id", ""))
        await open_form(lobby, caller.actor, act, str(payload["trigger_id"]), ref, what, channel)
    return Reply()


def _is_whispered(payload: JSON) -> bool:
    """Whether the button stands in words for one person alone, which no work of ours rewrites."""
    container, message = payload.get("container") or {}, payload.get("message") or {}
    is_direct = str((payload.get("channel") or {}).get("id", "")).startswith("D")
    return bool(container.get("is_ephemeral")) or (is_direct and not key_of(message))


async def _opened_anyway(lobby: Lobby, caller: Caller, act: str, value: str, channel: str) -> Reply:
    """It is a report after all: opened once, however often it is pressed, and answered in the place of the button."""
    key, address, text = anyway.carried(value)
    if act == anyway.ALERT_ANYWAY:
        reply = await alerts.alert(
            Ask(lobby, caller, "", "", whole=text, channel=channel), grammar.alert(text), key
        )
    else:
        told = Told(text, address=address, url=await _url(lobby, key) if address else "", key=key)
        reply = await reports.declared(lobby, caller, told, said_in=channel, on_purpose=True)
    return replace(reply, replaces=True)


async def global_shortcut(lobby: Lobby, payload: JSON) -> Reply:
    if payload.get("callback_id") == DECLARE or payload.get("callback_id") == "report":
        await open_report(lobby, str(payload["trigger_id"]))
    return Reply()


async def message_shortcut(lobby: Lobby, caller: Caller, payload: JSON) -> Reply:
    """ "Report as incident": the message's words, its address, and its thread as the way back."""
    if payload.get("callback_id") != DECLARE:
        return Reply()
    message, channel = payload["message"], str(payload["channel"]["id"])
    ts = str(message["ts"])
    url = await _url(lobby, f"{channel}/{ts}")
    text = plain(_words_of(message), await looks.roster(lobby.house))
    thread = message.get("thread_ts") or ts
    author = str(message.get("user") or "")
    said_by = await lobby.caller(author) if author and not message.get("bot_id") else None
    told = Told(text, address=f"{channel}/{thread}", url=url, key=f"{channel}/{ts}", said_by=said_by)
    return await reports.declared(lobby, caller, told, said_in=f"{channel}/{thread}")


def _words_of(message: JSON) -> str:
    """The text of a message; of one that has none (an alert's), what its attachments say."""
    if message.get("text"):
        return str(message["text"])
    attachments = message.get("attachments") or []
    return "\n".join(
        str(one.get("fallback") or one.get("text") or one.get("title") or "") for one in attachments
    )


async def _url(lobby: Lobby, message: str) -> str:
    """The link to a message (CHANNEL/ts); "" where Slack does not say."""
    channel, _, ts = message.partition("/")
    try:
        return await lobby.slack.permalink(channel, ts)
    except SlackFailed:
        return ""
