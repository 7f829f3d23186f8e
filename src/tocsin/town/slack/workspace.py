"""What a Slack workspace holds: people, channels, messages, and the ids that they go by. No HTTP here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tocsin.town.ids import Now, Ticker, slack_id
from tocsin.town.wire import JSON

BOT_HANDLE = "tocsin"


@dataclass(slots=True)
class User:
    """A member of the workspace."""

    id: str
    handle: str
    real_name: str
    email: str
    is_bot: bool = False
    tz: str = "Etc/UTC"


@dataclass(slots=True)
class Channel:
    """A channel, or with `dm_of` the direct messages between the app and one user."""

    id: str
    name: str
    created: int
    is_private: bool = False
    dm_of: str | None = None
    members: set[str] = field(default_factory=set)
    topic: str = ""
    purpose: str = ""
    pins: list[str] = field(default_factory=list)
    bookmarks: list[dict[str, Any]] = field(default_factory=list)
    is_archived: bool = False
    creator: str = ""

    @property
    def kind(self) -> str:
        """As events call it: channel, group or im."""
        if self.dm_of is not None:
            return "im"
        return "group" if self.is_private else "channel"


@dataclass(slots=True)
class Group:
    """A user group: `@handle` calls all its members."""

    id: str
    handle: str
    name: str
    created: int
    users: list[str] = field(default_factory=list)
    updated_by: str = ""
    disabled_at: int = 0


@dataclass(slots=True)
class Message:
    """One message. `user` is the id of whoever wrote it; `bot_id` is set on what an app wrote."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[JSON] = field(default_factory=list)
    thread_ts: str | None = None
    bot_id: str | None = None
    edited: bool = False
    edited_ts: str | None = None
    metadata: JSON | None = None
    broadcast: bool = False
    reactions: dict[str, list[str]] = field(default_factory=dict)
    client_msg_id: str | None = None
    only_for: str | None = None
    """The id of the one user who can see it, if it is ephemeral."""

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts

    @property
    def buttons(self) -> list[tuple[str, str, str | None, str | None]]:
        """(action_id, text, value, url) of every button, in the order of reading."""
        return [
            (e["action_id"], e["text"]["text"], e.get("value"), e.get("url"))
            for _, e in elements(self.blocks)
            if e.get("type") == "button"
        ]


def elements(blocks: list[JSON]) -> list[tuple[JSON, JSON]]:
    """Every interactive element with the block that it stands in."""
    found: list[tuple[JSON, JSON]] = []
    for block in blocks:
        inside: list[Any] = []
        if block.get("type") == "actions":
            inside = block.get("elements", [])
        elif block.get("type") == "section" and "accessory" in block:
            inside = [block["accessory"]]
        elif block.get("type") == "input":
            inside = [block["element"]]
        found.extend((block, element) for element in inside if "action_id" in element)
    return found


class Workspace:
    """All that one workspace knows."""

    def __init__(self, now: Now) -> None:
        self.now = now
        self._ticker = Ticker(now)
        self._count = 0
        self.team_id = slack_id("T", "acme")
        self.app_id = slack_id("A", BOT_HANDLE)
        self.bot_id = slack_id("B", BOT_HANDLE)
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.groups: dict[str, Group] = {}
        self.messages: list[Message] = []
        self.ephemerals: list[Message] = []
        self.bot = self.add_user(BOT_HANDLE, "Tocsin", "", is_bot=True)

    def ts(self) -> str:
        return self._ticker.ts()

    def fresh(self, prefix: str) -> str:
        """A new id that was never given before."""
        self._count += 1
        return slack_id(prefix, f"#{self._count}")

    def add_user(
        self, handle: str, real_name: str, email: str, *, is_bot: bool = False, tz: str = "Etc/UTC"
    ) -> User:
        user = User(slack_id("U", handle), handle.lstrip("@"), real_name, email, is_bot, tz)
        self.users[user.id] = user
        return user

    def add_channel(self, name: str, *, creator: str, is_private: bool = False) -> Channel:
        name = name.lstrip("#")
        channel = Channel(
            slack_id("C", name), name, self._epoch(), is_private, members={creator}, creator=creator
        )
        self.channels[channel.id] = channel
        return channel

    def add_group(self, handle: str, name: str, users: list[str]) -> Group:
        group = Group(slack_id("S", handle), handle.lstrip("@"), name, self._epoch(), users)
        self.groups[group.id] = group
        return group

    def user(self, known: str) -> User | None:
        """By id, handle or e-mail address."""
        known = known.lstrip("@")
        if known in self.users:
            return self.users[known]
        return next((u for u in self.users.values() if known in (u.handle, u.email)), None)

    def channel(self, known: str) -> Channel | None:
        """By id or name."""
        known = known.lstrip("#")
        if known in self.channels:
            return self.channels[known]
        return next((c for c in self.channels.values() if c.name == known and c.dm_of is None), None)

    def dm(self, user_id: str) -> Channel:
        """The direct messages between the app and this user."""
        id = slack_id("D", user_id)
        if id not in self.channels:
            members = {user_id, self.bot.id}
            self.channels[id] = Channel(id, "", self._epoch(), dm_of=user_id, members=members)
        return self.channels[id]

    def message(self, channel_id: str, ts: str) -> Message | None:
        return next((m for m in self.messages if m.channel == channel_id and m.ts == ts), None)

    def replies(self, channel_id: str, thread_ts: str) -> list[Message]:
        return [
            m for m in self.messages if m.channel == channel_id and m.thread_ts == thread_ts and m.is_reply
        ]

    def top_level(self, channel_id: str) -> list[Message]:
        return [m for m in self.messages if m.channel == channel_id and not m.is_reply]

    def _epoch(self) -> int:
        return int(self.now().timestamp())
