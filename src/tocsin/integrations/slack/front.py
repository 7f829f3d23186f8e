"""All that Slack sends, whichever way it comes: a command, an interaction, an event. Each gives the body of the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tocsin.acts import looks
from tocsin.integrations.slack import clicks, forms, home, mentions, reactions
from tocsin.integrations.slack.asking import Ask
from tocsin.integrations.slack.blocks import JSON, plain
from tocsin.integrations.slack.commands import slash
from tocsin.integrations.slack.genie import genie
from tocsin.integrations.slack.lobby import Caller, Lobby, Reply
from tocsin.integrations.slack.mentions import Heard
from tocsin.integrations.slack.reactions import Reaction

NOTHING: Final[JSON] = {}
SLASHES = {"/tocsin": slash, "/inc": slash, "/genie": genie}


async def command(lobby: Lobby, form: Mapping[str, str]) -> JSON:
    """A slash command."""
    handler = SLASHES.get(form.get("command", ""), slash)

    async def doing() -> Reply:
        caller = await lobby.caller(form["user_id"], form.get("user_name", ""))
        ask = Ask(
            lobby,
            caller,
            "",
            "",
            whole=plain(form.get("text", ""), await looks.roster(lobby.house)),
            channel=form.get("channel_id", ""),
            trigger=form.get("trigger_id", ""),
        )
        return await lobby.heard(caller, handler(ask))

    async def late(reply: Reply) -> None:
        await lobby.respond(form.get("response_url", ""), reply)

    said = f"{form.get('command', '')} {form.get('text', '')}".strip()
    reply = await lobby.in_time(lobby.unbroken(doing(), said), late)
    return reply.as_message() if reply.text else NOTHING


async def interaction(lobby: Lobby, payload: JSON) -> JSON:
    """A click, a shortcut, or a form that was sent."""
    handler = INTERACTIONS.get(str(payload.get("type")))
    return await handler(lobby, payload) if handler else NOTHING


async def event(lobby: Lobby, payload: JSON) -> None:
    """An event. Raises when it could not be dealt with, so that Slack sends it again."""
    if user := home.opened(payload):
        lobby.keep(_home(lobby, user))
        return
    reaction = reactions.seen(payload, lobby.signs)
    if reaction:
        await _reacted(lobby, reaction)
        return
    said = mentions.heard(payload)
    if said is None:
        return

    async def doing() -> Reply:
        caller = await lobby.caller(said.user)
        return await lobby.heard(caller, mentions.answered(lobby, caller, said))

    async def late(reply: Reply) -> None:
        await _say_back(lobby, said, reply)

    reply = await lobby.in_time(doing(), late)
    lobby.keep(late(reply))


async def _reacted(lobby: Lobby, reaction: Reaction) -> None:
    async def doing() -> Reply:
        caller = await lobby.caller(reaction.user)
        return await lobby.heard(caller, reactions.heeded(lobby, caller, reaction))

    async def late(reply: Reply) -> None:
        await lobby.whisper(reaction.user, reply, reaction.channel)

    reply = await lobby.in_time(doing(), late)
    lobby.keep(late(reply))


async def _say_back(lobby: Lobby, said: Heard, reply: Reply) -> None:
    await lobby.whisper(said.user, reply, "" if said.is_direct else said.channel, said.thread)


async def _home(lobby: Lobby, user: str) -> None:
    await home.show(lobby, await lobby.caller(user))


async def _click_at_home(lobby: Lobby, payload: JSON) -> JSON:
    """A click in the Home tab, which has no channel: words go to the person alone, and the tab is drawn as things stand then."""
    user = str(payload["user"]["id"])

    async def doing() -> Reply:
        caller = await _caller(lobby, payload)
        return await lobby.heard(caller, clicks.clicked(lobby, caller, payload, home.HOME))

    async def late(reply: Reply) -> None:
        await lobby.whisper(user, reply)
        await _home(lobby, user)

    reply = await lobby.in_time(lobby.unbroken(doing()), late)
    lobby.keep(late(reply))
    return NOTHING


async def _click(lobby: Lobby, payload: JSON) -> JSON:
    if (payload.get("view") or {}).get("type") == home.HOME:
        return await _click_at_home(lobby, payload)
    url, thread = (
        str(payload.get("response_url", "")),
        str((payload.get("container") or {}).get("thread_ts") or ""),
    )

    async def doing() -> Reply:
        caller = await _caller(lobby, payload)
        return await lobby.heard(caller, clicks.clicked(lobby, caller, payload))

    async def late(reply: Reply) -> None:
        await lobby.respond(url, reply, thread)

    reply = await lobby.in_time(lobby.unbroken(doing()), late)
    lobby.keep(late(reply))
    return NOTHING


async def _submission(lobby: Lobby, payload: JSON) -> JSON:
    """A sent form: its errors go back into it; words go to who sent it, in the channel from which they opened it."""
    user = str(payload["user"]["id"])
    channel = forms.channel_of(payload["view"])

    async def doing() -> Reply:
        caller = await _caller(lobby, payload)
        return await lobby.heard(caller, forms.take(lobby, caller, payload["view"]))

    async def late(reply: Reply) -> None:
        await lobby.whisper(user, reply, "" if channel == home.HOME else channel)
        if channel == home.HOME:
            await _home(lobby, user)

    reply = await lobby.in_time(lobby.unbroken(doing()), late)
    if reply.errors:
        return {"response_action": "errors", "errors": dict(reply.errors)}
    lobby.keep(late(reply))
    return NOTHING


async def _message_shortcut(lobby: Lobby, payload: JSON) -> JSON:
    async def doing() -> Reply:
        caller = await _caller(lobby, payload)
        return await lobby.heard(caller, clicks.message_shortcut(lobby, caller, payload))

    message = payload.get("message") or {}
    thread = str(message.get("thread_ts") or message.get("ts") or "")

    async def late(reply: Reply) -> None:
        await lobby.respond(str(payload.get("response_url", "")), reply, thread)

    reply = await lobby.in_time(lobby.unbroken(doing()), late)
    lobby.keep(late(reply))
    return NOTHING


async def _global_shortcut(lobby: Lobby, payload: JSON) -> JSON:
    async def doing() -> Reply:
        caller = await _caller(lobby, payload)
        return await lobby.heard(caller, clicks.global_shortcut(lobby, payload))

    async def late(reply: Reply) -> None:
        await lobby.whisper(str(payload["user"]["id"]), reply)

    reply = await lobby.in_time(lobby.unbroken(doing()), late)
    lobby.keep(late(reply))
    return NOTHING


async def _caller(lobby: Lobby, payload: JSON) -> Caller:
    user = payload["user"]
    return await lobby.caller(str(user["id"]), str(user.get("username") or user.get("name") or ""))


INTERACTIONS = {
    "block_actions": _click,
    "view_submission": _submission,
    "message_action": _message_shortcut,
    "shortcut": _global_shortcut,
}
