"""Slack's JSON for what a workspace holds."""

from __future__ import annotations

from datetime import timedelta
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from tocsin.town.slack.workspace import Channel, Group, Message, User, Workspace
from tocsin.town.wire import JSON


def user_json(space: Workspace, user: User) -> JSON:
    local = space.now().astimezone(ZoneInfo(user.tz))
    profile: JSON = {
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": user.handle,
        "display_name_normalized": user.handle,
        "status_text": "",
        "status_emoji": "",
        "team": space.team_id,
    }
    if user.is_bot:
        profile |= {"api_app_id": space.app_id, "bot_id": space.bot_id}
    else:
        profile["email"] = user.email
    return {
        "id": user.id,
        "team_id": space.team_id,
        "name": user.handle,
        "deleted": False,
        "color": "9f69e7",
        "real_name": user.real_name,
        "tz": user.tz,
        "tz_label": "Coordinated Universal Time" if user.tz == "Etc/UTC" else local.tzname(),
        "tz_offset": int((local.utcoffset() or timedelta()).total_seconds()),
        "profile": profile,
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": 1_700_000_000,
    }


def group_json(space: Workspace, group: Group, *, with_users: bool) -> JSON:
    shape: JSON = {
        "id": group.id,
        "team_id": space.team_id,
        "is_usergroup": True,
        "is_subteam": True,
        "name": group.name,
        "description": "",
        "handle": group.handle,
        "is_external": False,
        "date_create": group.created,
        "date_update": group.created,
        "date_delete": group.disabled_at,
        "auto_provision": False,
        "enterprise_subteam_id": "",
        "created_by": space.bot.id,
        "updated_by": group.updated_by or space.bot.id,
        "prefs": {"channels": [], "groups": []},
        "channel_count": 0,
    }
    return shape | {"users": list(group.users)} if with_users else shape


def channel_json(space: Workspace, channel: Channel) -> JSON:
    if channel.dm_of is not None:
        return {
            "id": channel.id,
            "created": channel.created,
            "is_archived": False,
            "is_im": True,
            "is_org_shared": False,
            "user": channel.dm_of,
        }
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.is_private,
        "created": channel.created,
        "creator": space.bot.id,
        "is_archived": channel.is_archived,
        "is_general": channel.name == "general",
        "unlinked": 0,
        "is_shared": False,
        "is_ext_shared": False,
        "is_org_shared": False,
        "is_member": space.bot.id in channel.members,
        "topic": {"value": escape(channel.topic, quote=False), "creator": "", "last_set": 0},
        "purpose": {"value": channel.purpose, "creator": "", "last_set": 0},
    }


def bot_profile(space: Workspace) -> JSON:
    return {
        "id": space.bot_id,
        "app_id": space.app_id,
        "name": space.bot.real_name,
        "icons": {"image_36": "", "image_48": "", "image_72": ""},
        "deleted": False,
        "updated": 1_700_000_000,
        "team_id": space.team_id,
    }


def posted_json(space: Workspace, message: Message, *, with_metadata: bool = True) -> JSON:
    """A message as chat.postMessage gives it back, and as other answers build upon."""
    shape: JSON = {
        "type": "message",
        "user": message.user,
        "text": message.text,
        "ts": message.ts,
        "team": space.team_id,
    }
    if message.broadcast:
        shape["subtype"] = "thread_broadcast"
    if message.bot_id is not None:
        shape |= {"bot_id": message.bot_id, "app_id": space.app_id, "bot_profile": bot_profile(space)}
    if message.blocks:
        shape["blocks"] = message.blocks
    if message.thread_ts is not None:
        shape["thread_ts"] = message.thread_ts
    if message.is_reply:
        parent = space.message(message.channel, message.thread_ts or "")
        shape["parent_user_id"] = parent.user if parent else message.user
    if message.metadata is not None and with_metadata:
        shape["metadata"] = message.metadata
    return shape


def history_json(space: Workspace, message: Message, *, with_metadata: bool) -> JSON:
    """A message as conversations.history and conversations.replies give it."""
    shape = posted_json(space, message, with_metadata=with_metadata)
    if message.client_msg_id is not None:
        shape["client_msg_id"] = message.client_msg_id
    if message.edited_ts is not None:
        shape["edited"] = {"user": message.user, "ts": message.edited_ts}
    if message.reactions:
        shape["reactions"] = [
            {"name": name, "users": users, "count": len(users)} for name, users in message.reactions.items()
        ]
    replies = space.replies(message.channel, message.ts)
    if replies and not message.is_reply:
        shape |= _thread_json(message, replies)
    return shape


def _thread_json(message: Message, replies: list[Message]) -> JSON:
    users = list(dict.fromkeys(reply.user for reply in replies))
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users_count": len(users),
        "latest_reply": replies[-1].ts,
        "reply_users": users,
        "subscribed": False,
        "is_locked": False,
    }


def plain(space: Workspace, message: Message) -> dict[str, Any]:
    """A message for a reader who wants to see what was said, with handles in place of ids."""
    user = space.user(message.user)
    return {
        "ts": message.ts,
        "user": user.handle if user else message.user,
        "text": message.text,
        "blocks": message.blocks,
        "buttons": [
            {"action_id": action_id, "text": text, "value": value, "url": url}
            for action_id, text, value, url in message.buttons
        ],
        "thread_ts": message.thread_ts,
        "edited": message.edited,
        "metadata": message.metadata,
        "reactions": message.reactions,
    }
