"""What can be done with messages and modals, whoever asks: the API's methods, the response URLs and the people all come here."""

from __future__ import annotations

import itertools
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tocsin.town.slack.blocks import with_ids
from tocsin.town.slack.delivery import Delivery
from tocsin.town.slack.shapes import posted_json
from tocsin.town.slack.views import View
from tocsin.town.slack.workspace import Channel, Message, Workspace
from tocsin.town.wire import JSON, Answer, Post

RESPONSE_USES = 5
TRIGGER_SECONDS = 3.0


@dataclass(slots=True)
class ResponseUrl:
    """What a response URL stands for, and how often it may still be used."""

    channel: str
    user: str
    message: Message | None = None
    left: int = RESPONSE_USES


@dataclass(slots=True)
class Trigger:
    """One use of one trigger_id, until `expires` of the machine's steady clock (a person's patience runs in real time)."""

    user: str
    expires: float
    used: bool = False


class Desk:
    """Posts, edits and deletes; opens modals; sends the events that follow."""

    def __init__(self, space: Workspace, delivery: Delivery, post: Post) -> None:
        self.space = space
        self.delivery = delivery
        self._post = post
        self.url = ""
        self.trigger_seconds = TRIGGER_SECONDS
        self.response_urls: dict[str, ResponseUrl] = {}
        self.triggers: dict[str, Trigger] = {}
        self.views: list[View] = []
        self.homes: dict[str, View] = {}
        self._fresh: Iterator[str] = (f"b{n:04d}" for n in itertools.count(1))

    def write(self, message: Message) -> Message:
        """Put a message of the app into its channel, and tell the app so, as Slack does for every message."""
        message.blocks = with_ids(message.blocks, self._fresh)
        self.space.messages.append(message)
        self.later(self._message_event(message))
        return message

    def by_bot(self, channel: str, text: str, blocks: list[JSON], **more: Any) -> Message:
        space = self.space
        return Message(space.ts(), channel, space.bot.id, text, blocks, bot_id=space.bot_id, **more)

    def whisper(self, channel: str, user: str, text: str, blocks: list[JSON], thread: str | None) -> Message:
        """Show an ephemeral message of the app to one user."""
        message = self.by_bot(channel, text, with_ids(blocks, self._fresh), thread_ts=thread, only_for=user)
        self.space.ephemerals.append(message)
        return message

    def edit(self, message: Message, changes: JSON) -> None:
        before = posted_json(self.space, message)
        if "text" in changes:
            message.text = changes["text"]
        if "blocks" in changes:
            message.blocks = with_ids(changes["blocks"], self._fresh)
        if "metadata" in changes:
            message.metadata = changes["metadata"]
        message.edited = True
        message.edited_ts = self.space.ts()
        self.later(self._changed_event(message, before))

    def delete(self, message: Message) -> None:
        if message in self.space.messages:
            self.space.messages.remove(message)
            self.later(self._deleted_event(message))
        elif message in self.space.ephemerals:
            self.space.ephemerals.remove(message)

    def respond(self, url: ResponseUrl, payload: JSON) -> None:
        """Do what an app asks at a response URL, or in its direct answer to a slash command."""
        old = url.message
        if payload.get("delete_original") in (True, "true") and old is not None:
            self.delete(old)
        elif payload.get("replace_original") in (True, "true") and old is not None:
            changes: JSON = {name: payload[name] for name in ("text", "blocks") if name in payload}
            self.edit(old, changes | ({"blocks": []} if "blocks" not in payload else {}))
        elif payload.get("response_type") == "in_channel":
            blocks = payload.get("blocks") or []
            self.write(
                self.by_bot(url.channel, payload.get("text", ""), blocks, thread_ts=payload.get("thread_ts"))
            )
        else:
            thread = payload.get("thread_ts")
            self.whisper(url.channel, url.user, payload.get("text", ""), payload.get("blocks") or [], thread)

    def new_response_url(self, channel: str, user: str, message: Message | None = None) -> str:
        token = uuid.uuid4().hex
        self.response_urls[token] = ResponseUrl(channel, user, message)
        return token

    def new_trigger(self, user: str) -> str:
        trigger_id = f"{len(self.triggers) + 1}.{uuid.uuid4().int % 10**10}.{uuid.uuid4().hex}"
        self.triggers[trigger_id] = Trigger(user, time.monotonic() + self.trigger_seconds)
        return trigger_id

    def show_view(self, user: str, payload: JSON, previous: View | None = None) -> View:
        """Open a modal before a user; with `previous`, on top of that one."""
        space = self.space
        payload = {**payload, "blocks": with_ids(payload["blocks"], self._fresh)}
        view = View(space.fresh("V"), user, payload, self._hash(), previous)
        self.views.append(view)
        return view

    def show_home(self, user: str, payload: JSON) -> View:
        """Put the app's Home tab before a user, in the place of the one that was there."""
        payload = {**payload, "blocks": with_ids(payload["blocks"], self._fresh)}
        known = self.homes.get(user)
        self.homes[user] = View(known.id if known else self.space.fresh("V"), user, payload, self._hash())
        return self.homes[user]

    def change_view(self, view: View, payload: JSON) -> None:
        view.payload = {**payload, "blocks": with_ids(payload["blocks"], self._fresh)}
        view.hash = self._hash()
        view.errors = {}

    def open_view(self, user: str) -> View | None:
        """The modal on top before this user, if one is open."""
        return next((v for v in reversed(self.views) if v.user == user and v.is_open), None)

    def _hash(self) -> str:
        return f"{self.space.ts()}.{uuid.uuid4().hex[:8]}"

    def later(self, doing: Any) -> None:
        self._post.later(doing)

    async def _message_event(self, message: Message) -> Answer:
        return await self.send_event("message", self.message_event(message))

    def message_event(self, message: Message) -> JSON:
        channel = self.space.channels[message.channel]
        event = posted_json(self.space, message)
        if message.client_msg_id is not None:
            event["client_msg_id"] = message.client_msg_id
        return event | {"channel": channel.id, "event_ts": message.ts, "channel_type": channel.kind}

    async def _changed_event(self, message: Message, before: JSON) -> Answer:
        now = posted_json(self.space, message)
        edited = {"user": message.user, "ts": message.edited_ts}
        event = {"message": now | {"edited": edited}, "previous_message": before}
        return await self._about(message, "message_changed", event)

    async def _deleted_event(self, message: Message) -> Answer:
        event = {"deleted_ts": message.ts, "previous_message": posted_json(self.space, message)}
        return await self._about(message, "message_deleted", event)

    async def _about(self, message: Message, subtype: str, event: JSON) -> Answer:
        if message.only_for is not None:
            return Answer(0)
        ts = self.space.ts()
        channel = self.space.channels[message.channel]
        head: JSON = {"type": "message", "subtype": subtype, "hidden": True, "channel": channel.id}
        tail: JSON = {"ts": ts, "event_ts": ts, "channel_type": channel.kind}
        return await self.send_event("message", head | event | tail)

    async def send_reaction(self, name: str, user: str, message: Message, reaction: str) -> Answer:
        """`reaction_added` or `reaction_removed`, unless the app is not in that channel."""
        if not self._sees(self.space.channels[message.channel], name):
            return Answer(0)
        event = {
            "type": name,
            "user": user,
            "reaction": reaction,
            "item_user": message.user,
            "item": {"type": "message", "channel": message.channel, "ts": message.ts},
            "event_ts": self.space.ts(),
        }
        return await self.send_event(name, event)

    async def send_pin(self, user: str, message: Message) -> Answer:
        """`pin_added`, unless the app is not in that channel."""
        channel = self.space.channels[message.channel]
        if not self._sees(channel, "pin_added"):
            return Answer(0)
        ts = self.space.ts()
        item = {"type": "message", "channel": channel.id, "message": posted_json(self.space, message)}
        event: JSON = {
            "type": "pin_added",
            "user": user,
            "channel_id": channel.id,
            "item": item,
            "event_ts": ts,
        }
        return await self.send_event("pin_added", event)

    async def send_event(self, name: str, event: JSON) -> Answer:
        """Wrap an event as the Events API does, and deliver it if the app may see its channel."""
        channel = self.space.channels.get(event.get("channel", ""))
        if channel is not None and not self._sees(channel, name):
            return Answer(0)
        space = self.space
        return await self.delivery.event(
            name,
            {
                "token": "verification-token",
                "team_id": space.team_id,
                "api_app_id": space.app_id,
                "event": event,
                "type": "event_callback",
                "event_id": space.fresh("Ev"),
                "event_time": int(space.now().timestamp()),
                "authorizations": [
                    {
                        "enterprise_id": None,
                        "team_id": space.team_id,
                        "user_id": space.bot.id,
                        "is_bot": True,
                        "is_enterprise_install": False,
                    }
                ],
                "is_ext_shared_channel": False,
                "event_context": f"4-{uuid.uuid4().hex}",
            },
        )

    def _sees(self, channel: Channel, name: str) -> bool:
        return self.space.bot.id in channel.members or name == "app_mention"
