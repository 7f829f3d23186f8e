"""The Web API's methods on messages: chat.*, reactions.add, pins.add."""

from __future__ import annotations

from typing import Any

from tocsin.town.slack.api import Args, Method, Refused
from tocsin.town.slack.blocks import faults_of_blocks
from tocsin.town.slack.desk import Desk
from tocsin.town.slack.shapes import posted_json
from tocsin.town.slack.workspace import Channel, Message
from tocsin.town.wire import JSON

MAX_TEXT = 40_000


def find_channel(desk: Desk, args: Args, name: str = "channel") -> Channel:
    """The channel that an argument names: by id, by name, or as the direct messages with a user."""
    known = args.need(name)
    if known in desk.space.users:
        return desk.space.dm(known)
    channel = desk.space.channel(known)
    if channel is None:
        raise Refused("channel_not_found")
    return channel


def find_message(desk: Desk, args: Args, channel: Channel, name: str = "ts") -> Message:
    message = desk.space.message(channel.id, args.need(name))
    if message is None:
        raise Refused("message_not_found")
    return message


def content(args: Args) -> tuple[str, list[JSON]]:
    """Text and blocks, checked as Slack checks them."""
    text, blocks = args.text("text"), args.json("blocks") or []
    if not text and not blocks and not args.json("attachments"):
        raise Refused("no_text")
    if len(text) > MAX_TEXT:
        raise Refused("msg_too_long")
    faults = faults_of_blocks(blocks)
    if faults:
        raise Refused("invalid_blocks", [f"[ERROR] {fault}" for fault in faults])
    return text, blocks


def metadata(args: Args) -> JSON | None:
    given: Any = args.json("metadata")
    if given is None:
        return None
    if not isinstance(given, dict) or not given.get("event_type") or "event_payload" not in given:
        raise Refused("invalid_metadata_format")
    return given


def post_message(desk: Desk, args: Args) -> JSON:
    channel = find_channel(desk, args)
    text, blocks = content(args)
    if channel.is_private and desk.space.bot.id not in channel.members:
        raise Refused("channel_not_found")
    if channel.is_archived:
        raise Refused("is_archived")
    thread = args.text("thread_ts") or None
    broadcast = thread is not None and args.flag("reply_broadcast")
    more = {"thread_ts": thread, "broadcast": broadcast, "metadata": metadata(args)}
    message = desk.write(desk.by_bot(channel.id, text, blocks, **more))
    return {"channel": channel.id, "ts": message.ts, "message": posted_json(desk.space, message)}


def post_ephemeral(desk: Desk, args: Args) -> JSON:
    channel = find_channel(desk, args)
    user = desk.space.users.get(args.need("user"))
    if user is None or user.id not in channel.members:
        raise Refused("user_not_in_channel")
    text, blocks = content(args)
    return {"message_ts": desk.whisper(channel.id, user.id, text, blocks, args.text("thread_ts") or None).ts}


def update(desk: Desk, args: Args) -> JSON:
    channel = find_channel(desk, args)
    message = find_message(desk, args, channel)
    if message.bot_id != desk.space.bot_id:
        raise Refused("cant_update_message")
    text, blocks = content(args)
    changes: JSON = {"text": text}
    if "blocks" in args.given:
        changes["blocks"] = blocks
    elif "text" in args.given:
        changes["blocks"] = []
    if "metadata" in args.given:
        changes["metadata"] = metadata(args)
    desk.edit(message, changes)
    shape = posted_json(desk.space, message)
    shape["edited"] = {"user": desk.space.bot_id, "ts": message.edited_ts}
    known = {
        name: value
        for name, value in shape.items()
        if name not in ("ts", "thread_ts", "parent_user_id", "subtype")
    }
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": known}


def delete(desk: Desk, args: Args) -> JSON:
    channel = find_channel(desk, args)
    message = find_message(desk, args, channel)
    if message.bot_id != desk.space.bot_id:
        raise Refused("cant_delete_message")
    desk.delete(message)
    return {"channel": channel.id, "ts": message.ts}


def react(desk: Desk, args: Args) -> JSON:
    channel = find_channel(desk, args)
    message = find_message(desk, args, channel, "timestamp")
    if channel.is_archived:
        raise Refused("is_archived")
    name = args.need("name", "no_reaction").strip(":")
    who = message.reactions.setdefault(name, [])
    if desk.space.bot.id in who:
        raise Refused("already_reacted")
    who.append(desk.space.bot.id)
    desk.later(desk.send_reaction("reaction_added", desk.space.bot.id, message, name))
    return {}


def pin(desk: Desk, args: Args) -> JSON:
    channel = find_channel(desk, args)
    message = find_message(desk, args, channel, "timestamp")
    if message.ts in channel.pins:
        raise Refused("already_pinned")
    channel.pins.append(message.ts)
    return {}


METHODS: dict[str, Method] = {
    "chat.postMessage": post_message,
    "chat.postEphemeral": post_ephemeral,
    "chat.update": update,
    "chat.delete": delete,
    "reactions.add": react,
    "pins.add": pin,
}
