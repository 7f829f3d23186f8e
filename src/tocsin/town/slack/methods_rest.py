"""The Web API's other methods: auth, what is read of conversations, users.*, views.*."""

from __future__ import annotations

import base64
import time

from tocsin.town.slack.api import Args, Method, Refused
from tocsin.town.slack.blocks import faults_of_view
from tocsin.town.slack.desk import Desk
from tocsin.town.slack.methods_chat import find_channel, find_message
from tocsin.town.slack.shapes import channel_json, history_json, user_json
from tocsin.town.slack.views import View, view_json
from tocsin.town.slack.workspace import Channel, Message
from tocsin.town.wire import JSON


def auth_test(desk: Desk, args: Args) -> JSON:
    space = desk.space
    return {
        "url": "https://acme-town.slack.com/",
        "team": "Acme",
        "user": space.bot.handle,
        "team_id": space.team_id,
        "user_id": space.bot.id,
        "bot_id": space.bot_id,
        "is_enterprise_install": False,
    }


def open_conversation(desk: Desk, args: Args) -> JSON:
    if args.text("channel"):
        channel = find_channel(desk, args)
    else:
        users = args.need("users").split(",")
        if users[0] not in desk.space.users:
            raise Refused("user_not_found")
        if len(users) > 1:
            raise Refused("method_not_supported_for_channel_type")
        channel = desk.space.dm(users[0])
    if args.flag("return_im"):
        return {"channel": channel_json(desk.space, channel)}
    return {"channel": {"id": channel.id}}


def history(desk: Desk, args: Args) -> JSON:
    channel = find_channel(desk, args)
    seen = [m for m in desk.space.messages if m.channel == channel.id and (not m.is_reply or m.broadcast)]
    page, cursor = _page(_between(seen, args)[::-1], args)
    return {
        "messages": _shown(desk, page, args),
        "has_more": bool(cursor),
        "pin_count": len(channel.pins),
        "response_metadata": {"next_cursor": cursor},
    }


def replies(desk: Desk, args: Args) -> JSON:
    channel = find_channel(desk, args)
    root = desk.space.message(channel.id, args.need("ts"))
    if root is None:
        raise Refused("thread_not_found")
    thread = _between(desk.space.replies(channel.id, root.ts), args)
    page, cursor = _page([root, *thread], args)
    shown = _shown(desk, page, args)
    for message in shown:
        message.pop("subtype", None)
    return {
        "messages": shown,
        "has_more": bool(cursor),
        "response_metadata": {"next_cursor": cursor},
    }


def _between(messages: list[Message], args: Args) -> list[Message]:
    oldest, latest = args.text("oldest") or "0", args.text("latest") or "9" * 10
    if args.flag("inclusive"):
        return [m for m in messages if float(oldest) <= float(m.ts) <= float(latest)]
    return [m for m in messages if float(oldest) < float(m.ts) < float(latest)]


def _page(messages: list[Message], args: Args) -> tuple[list[Message], str]:
    """One page and the cursor of the next, empty if there is none."""
    start = offset_of(args.text("cursor"))
    end = start + min(max(args.number("limit", 100), 1), 999)
    return messages[start:end], cursor_at(end) if end < len(messages) else ""


def cursor_at(offset: int) -> str:
    return base64.b64encode(f"next_ts:{offset}".encode()).decode()


def offset_of(cursor: str) -> int:
    try:
        return int(base64.b64decode(cursor).decode().removeprefix("next_ts:") or 0)
    except ValueError:
        raise Refused("invalid_cursor") from None


def _shown(desk: Desk, messages: list[Message], args: Args) -> list[JSON]:
    with_metadata = args.flag("include_all_metadata")
    return [history_json(desk.space, message, with_metadata=with_metadata) for message in messages]


def permalink(desk: Desk, args: Args) -> JSON:
    channel = find_channel(desk, args)
    message = find_message(desk, args, channel, "message_ts")
    return {"channel": channel.id, "permalink": permalink_of(desk.url, channel, message)}


def permalink_of(url: str, channel: Channel, message: Message) -> str:
    """The town's own page, opened at the message."""
    thread = message.thread_ts or message.ts
    return f"{url}/slack?channel={channel.id}&thread={thread}#m{message.ts}"


def user_info(desk: Desk, args: Args) -> JSON:
    user = desk.space.users.get(args.need("user", "user_not_found"))
    if user is None:
        raise Refused("user_not_found")
    return {"user": user_json(desk.space, user)}


def list_users(desk: Desk, args: Args) -> JSON:
    members = [user_json(desk.space, user) for user in desk.space.users.values()]
    cache_ts = int(desk.space.now().timestamp())
    return {"members": members, "cache_ts": cache_ts, "response_metadata": {"next_cursor": ""}}


def lookup_by_email(desk: Desk, args: Args) -> JSON:
    email = args.need("email").lower()
    user = next((u for u in desk.space.users.values() if u.email.lower() == email and not u.is_bot), None)
    if user is None:
        raise Refused("users_not_found")
    return {"user": user_json(desk.space, user)}


def open_view(desk: Desk, args: Args) -> JSON:
    view = _checked_view(args)
    trigger = desk.triggers.get(args.need("trigger_id"))
    if trigger is None:
        raise Refused("invalid_trigger_id")
    if trigger.used:
        raise Refused("exchanged_trigger_id")
    if time.monotonic() > trigger.expires:
        raise Refused("expired_trigger_id")
    trigger.used = True
    return {"view": view_json(desk.space, desk.show_view(trigger.user, view))}


def update_view(desk: Desk, args: Args) -> JSON:
    payload = _checked_view(args)
    view = _known_view(desk, args)
    if args.text("hash") and args.text("hash") != view.hash:
        raise Refused("hash_conflict")
    desk.change_view(view, payload)
    return {"view": view_json(desk.space, view)}


def publish_view(desk: Desk, args: Args) -> JSON:
    """What the app shows one user in its Home tab; it takes the place of what stood there."""
    payload = _checked_view(args)
    user = args.need("user_id")
    if user not in desk.space.users:
        raise Refused("user_not_found")
    if payload["type"] != "home":
        raise Refused("invalid_arguments", ["[ERROR] must be a home tab [json-pointer:/view/type]"])
    return {"view": view_json(desk.space, desk.show_home(user, payload))}


def _known_view(desk: Desk, args: Args) -> View:
    id, external = args.text("view_id"), args.text("external_id")
    for view in desk.views:
        if view.is_open and (view.id == id or (external and view.payload.get("external_id") == external)):
            return view
    raise Refused("not_found")


def _checked_view(args: Args) -> JSON:
    view = args.json("view")
    if view is None:
        raise Refused("invalid_arguments", ["[ERROR] missing required field: view"])
    faults = faults_of_view(view)
    if faults:
        raise Refused("invalid_arguments", [f"[ERROR] {fault}" for fault in faults])
    checked: JSON = view
    return checked


METHODS: dict[str, Method] = {
    "auth.test": auth_test,
    "chat.getPermalink": permalink,
    "conversations.open": open_conversation,
    "conversations.history": history,
    "conversations.replies": replies,
    "users.info": user_info,
    "users.list": list_users,
    "users.lookupByEmail": lookup_by_email,
    "views.open": open_view,
    "views.publish": publish_view,
    "views.update": update_view,
}
