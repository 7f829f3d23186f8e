"""The Web API's methods on channels: they are made, joined, found, named, and archived."""

from __future__ import annotations

from tocsin.town.slack.api import Args, Method, Refused
from tocsin.town.slack.desk import Desk
from tocsin.town.slack.methods_chat import find_channel
from tocsin.town.slack.methods_rest import cursor_at, offset_of
from tocsin.town.slack.shapes import channel_json
from tocsin.town.slack.workspace import Channel
from tocsin.town.wire import JSON

MOST_BOOKMARKS = 100


def list_channels(desk: Desk, args: Args) -> JSON:
    wanted = (args.text("types") or "public_channel").split(",")
    kinds = {"public_channel": "channel", "private_channel": "group", "im": "im"}
    shown = {kinds[kind] for kind in wanted if kind in kinds}
    bot = desk.space.bot.id
    channels = [
        c
        for c in desk.space.channels.values()
        if c.kind in shown
        and (c.kind == "channel" or bot in c.members)
        and not (c.is_archived and args.flag("exclude_archived"))
    ]
    start = offset_of(args.text("cursor"))
    end = start + args.number("limit", 100)
    return {
        "channels": [channel_json(desk.space, channel) for channel in channels[start:end]],
        "response_metadata": {"next_cursor": cursor_at(end) if end < len(channels) else ""},
    }


def channel_info(desk: Desk, args: Args) -> JSON:
    channel = find_channel(desk, args)
    shape = channel_json(desk.space, channel)
    if args.flag("include_num_members"):
        shape["num_members"] = len(channel.members)
    return {"channel": shape}


def join(desk: Desk, args: Args) -> JSON:
    channel = _open_channel(desk, args)
    channel.members.add(desk.space.bot.id)
    return {"channel": channel_json(desk.space, channel)}


def create(desk: Desk, args: Args) -> JSON:
    name = _new_name(desk, args)
    channel = desk.space.add_channel(name, creator=desk.space.bot.id, is_private=args.flag("is_private"))
    return {"channel": channel_json(desk.space, channel)}


def rename(desk: Desk, args: Args) -> JSON:
    """Only who made a channel, or runs the workspace, may call it something else."""
    channel = _own_channel(desk, args)
    if channel.creator != desk.space.bot.id:
        raise Refused("not_authorized")
    channel.name = _new_name(desk, args)
    return {"channel": channel_json(desk.space, channel)}


def _new_name(desk: Desk, args: Args) -> str:
    name = args.need("name", "invalid_name_required")
    if len(name) > 80:
        raise Refused("invalid_name_maxlength")
    if name != name.lower() or not all(sign.isalnum() or sign in "-_" for sign in name):
        raise Refused("invalid_name_specials")
    if desk.space.channel(name) is not None:
        raise Refused("name_taken")
    return name


def add_bookmark(desk: Desk, args: Args) -> JSON:
    channel = _bookmarked(desk, args)
    title, link = args.need("title"), args.text("link")
    if args.need("type") != "link":
        raise Refused("invalid_bookmark_type")
    if not link.startswith(("http://", "https://")):
        raise Refused("invalid_link")
    if len(channel.bookmarks) >= MOST_BOOKMARKS:
        raise Refused("too_many_bookmarks")
    bookmark = {
        "id": f"Bk{len(channel.bookmarks) + 1:09}",
        "channel_id": channel.id,
        "title": title,
        "link": link,
        "emoji": args.text("emoji"),
        "icon_url": None,
        "type": "link",
        "app_id": desk.space.app_id,
    }
    channel.bookmarks.append(bookmark)
    return {"bookmark": bookmark}


def list_bookmarks(desk: Desk, args: Args) -> JSON:
    return {"bookmarks": list(_bookmarked(desk, args).bookmarks)}


def _bookmarked(desk: Desk, args: Args) -> Channel:
    """The channel of a method on bookmarks, which call it `channel_id`."""
    channel = desk.space.channels.get(args.need("channel_id"))
    if channel is None or (channel.is_private and desk.space.bot.id not in channel.members):
        raise Refused("channel_not_found")
    return channel


def invite(desk: Desk, args: Args) -> JSON:
    channel = _own_channel(desk, args)
    users = args.need("users", "no_user").split(",")
    if not set(users) <= set(desk.space.users):
        raise Refused("user_not_found")
    if desk.space.bot.id in users:
        raise Refused("cant_invite_self")
    if set(users) <= channel.members:
        raise Refused("already_in_channel")
    channel.members.update(users)
    return {"channel": channel_json(desk.space, channel)}


def set_topic(desk: Desk, args: Args) -> JSON:
    channel = _own_channel(desk, args)
    topic = args.text("topic")
    if len(topic) > 250:
        raise Refused("too_long")
    channel.topic = topic
    return {"channel": channel_json(desk.space, channel)}


def archive(desk: Desk, args: Args) -> JSON:
    channel = find_channel(desk, args)
    if channel.dm_of is not None:
        raise Refused("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise Refused("already_archived")
    if channel.name == "general":
        raise Refused("cant_archive_general")
    if desk.space.bot.id not in channel.members:
        raise Refused("not_in_channel")
    channel.is_archived = True
    return {}


def _open_channel(desk: Desk, args: Args) -> Channel:
    channel = find_channel(desk, args)
    if channel.dm_of is not None:
        raise Refused("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise Refused("is_archived")
    return channel


def _own_channel(desk: Desk, args: Args) -> Channel:
    """A channel that the app is a member of, as Slack wants it of whoever changes one."""
    channel = _open_channel(desk, args)
    if desk.space.bot.id not in channel.members:
        raise Refused("channel_not_found" if channel.is_private else "not_in_channel")
    return channel


METHODS: dict[str, Method] = {
    "bookmarks.add": add_bookmark,
    "bookmarks.list": list_bookmarks,
    "conversations.archive": archive,
    "conversations.list": list_channels,
    "conversations.info": channel_info,
    "conversations.join": join,
    "conversations.create": create,
    "conversations.invite": invite,
    "conversations.rename": rename,
    "conversations.setTopic": set_topic,
}
