"""What people do in Slack, sent to the app as Slack sends it: commands, messages, clicks, shortcuts, submissions, reactions."""

from __future__ import annotations

import re
import uuid
from typing import Any

from tocsin.town.slack.desk import Desk
from tocsin.town.slack.shapes import posted_json
from tocsin.town.slack.views import Values, View, entry, left_empty, state_of, view_json
from tocsin.town.slack.workspace import Channel, Message, User, elements
from tocsin.town.wire import JSON, NO_ANSWER, Answer

MENTION = re.compile(r"(?<![\w<])@([a-z0-9_-]+(?:\.[a-z0-9_-]+)*)")
LINK = re.compile(r"https?://[^\s<>]+[^\s<>.,;:!?)]")
MESSAGE_SHORTCUTS = {"declare_incident": "Report as incident"}
GLOBAL_SHORTCUTS = {"report": "Report an incident"}
"""The shortcuts of the app's manifest, by callback_id."""


class People:
    """The users' hands."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def user(self, known: str) -> User:
        """By id or handle; raises ValueError for a stranger."""
        user = self._desk.space.user(known)
        if user is None:
            raise ValueError(f"There is no Slack user {known!r}; add them with add_user")
        return user

    def channel(self, known: str, user: User) -> Channel:
        """By id or name; the app's handle or id means the user's direct messages with it."""
        space = self._desk.space
        if known.lstrip("@") in (space.bot.handle, space.bot.id):
            return space.dm(user.id)
        channel = space.channel(known)
        if channel is None:
            raise ValueError(f"There is no Slack channel {known!r}; add it with add_channel")
        return channel

    async def command(self, user_handle: str, command: str, text: str, channel: str) -> Answer:
        desk, space, user = self._desk, self._desk.space, self.user(user_handle)
        place = self.channel(channel, user)
        token = desk.new_response_url(place.id, user.id)
        answer = await desk.delivery.command(
            {
                "token": "verification-token",
                "team_id": space.team_id,
                "team_domain": "acme-town",
                "channel_id": place.id,
                "channel_name": place.name or "directmessage",
                "user_id": user.id,
                "user_name": user.handle,
                "command": command,
                "text": self._with_ids(text, named=True),
                "api_app_id": space.app_id,
                "is_enterprise_install": "false",
                "response_url": self._response_url(token),
                "trigger_id": desk.new_trigger(user.id),
            }
        )
        self._show_answer(answer, token, command)
        return answer

    def _show_answer(self, answer: Answer, token: str, command: str) -> None:
        desk, url = self._desk, self._desk.response_urls[token]
        if not answer.ok:
            why = "operation_timeout" if answer.status == 0 else f"http_service_error {answer.status}"
            text = f"{command} failed with the error “{why}”"
            desk.whisper(url.channel, url.user, text, [], None).user = "USLACKBOT"
        elif isinstance(answer.body, dict) and (answer.body.get("text") or answer.body.get("blocks")):
            desk.respond(url, answer.body)
        elif isinstance(answer.body, str):
            desk.respond(url, {"text": answer.body})

    async def say(self, user: str, channel: str, text: str, thread_ts: str | None) -> Answer:
        desk, space, who = self._desk, self._desk.space, self.user(user)
        place = self.channel(channel, who)
        if place.is_archived:
            raise ValueError(f"#{place.name} is archived: Slack lets nobody write in it")
        place.members.add(who.id)
        text = self._with_ids(_escaped(text))
        blocks = [{"type": "rich_text", "block_id": uuid.uuid4().hex[:5], "elements": [_rich(text)]}]
        message = Message(
            space.ts(), place.id, who.id, text, blocks, thread_ts=thread_ts, client_msg_id=str(uuid.uuid4())
        )
        space.messages.append(message)
        event = desk.message_event(message)
        answer = await desk.send_event("message", event)
        if f"<@{space.bot.id}>" in text and place.dm_of is None:
            mention = {k: v for k, v in event.items() if k not in ("channel_type", "parent_user_id")}
            answer = await desk.send_event("app_mention", mention | {"type": "app_mention"})
        return answer

    async def click(self, user: str, message: Message, action_id: str, value: Any) -> Answer:
        desk, who = self._desk, self.user(user)
        block, element = _pressed(message.blocks, action_id, value)
        place = desk.space.channels[message.channel]
        container: JSON = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": place.id,
            "is_ephemeral": message.only_for is not None,
        }
        if message.thread_ts is not None:
            container["thread_ts"] = message.thread_ts
        token = desk.new_response_url(place.id, who.id, message)
        payload = self._head("block_actions", who) | {
            "container": container,
            "channel": {"id": place.id, "name": place.name or "directmessage"},
            "message": posted_json(desk.space, message),
            "state": {"values": state_of(message.blocks, {})},
            "response_url": self._response_url(token),
            "actions": [_action(block, element, value, desk.space.ts())],
        }
        if message.only_for is not None:
            del payload["message"]
        return await desk.delivery.interaction(payload)

    async def click_in_view(
        self, user: str, view: View, action_id: str, value: Any, values: Values | None = None
    ) -> Answer:
        """Press something in a view, or choose in it, after `values` were entered. Slack tells of an input that dispatches alone."""
        desk = self._desk
        block, element = _pressed(view.blocks, action_id, value)
        if block["type"] == "input":
            if not block.get("dispatch_action"):
                raise ValueError(
                    f"Slack tells nobody of {action_id!r} before the view is sent: no dispatch_action"
                )
            values = (values or {}) | {block["block_id"]: {action_id: value}}
        shape = view_json(desk.space, view, values)
        payload = self._head("block_actions", self.user(user)) | {
            "container": {"type": "view", "view_id": view.id},
            "view": shape,
            "state": shape["state"],
            "actions": [_action(block, element, value, desk.space.ts())],
        }
        return await desk.delivery.interaction(payload)

    async def open_home(self, user: str) -> Answer:
        """Look at the app's Home tab. Slack tells the app each time."""
        desk, who = self._desk, self.user(user)
        home = desk.homes.get(who.id)
        event: JSON = {
            "type": "app_home_opened",
            "user": who.id,
            "channel": desk.space.dm(who.id).id,
            "tab": "home",
            "event_ts": desk.space.ts(),
        }
        return await desk.send_event(
            "app_home_opened", event | ({"view": view_json(desk.space, home)} if home else {})
        )

    async def shortcut(self, user: str, callback_id: str, message: Message | None) -> Answer:
        """Raises ValueError for a shortcut that the app does not have: Slack would not offer it."""
        desk, who = self._desk, self.user(user)
        if message is None:
            _offered("global", GLOBAL_SHORTCUTS, callback_id)
        else:
            _offered("message", MESSAGE_SHORTCUTS, callback_id)
        payload = self._head("shortcut", who) | {"callback_id": callback_id, "action_ts": desk.space.ts()}
        del payload["api_app_id"], payload["user"]["username"]
        if message is not None:
            place = desk.space.channels[message.channel]
            payload |= {
                "type": "message_action",
                "message_ts": message.ts,
                "channel": {"id": place.id, "name": place.name or "directmessage"},
                "message": posted_json(desk.space, message),
                "response_url": self._response_url(desk.new_response_url(place.id, who.id)),
            }
        return await desk.delivery.interaction(payload)

    async def submit(self, user: str, view: View, values: Values) -> Answer:
        """Send a modal. Raises ValueError if a required input is empty, since Slack would not let the user send it."""
        desk, who = self._desk, self.user(user)
        unknown = set(values) - {block.get("block_id") for block in view.blocks}
        if unknown or not view.is_open:
            raise ValueError(
                f"The modal {view.title!r} has no block {', '.join(sorted(unknown))}"
                if unknown
                else "It is closed"
            )
        missing = left_empty(view, state_of(view.blocks, values))
        if missing:
            raise ValueError(f"Please complete the required fields: {', '.join(missing)}")
        payload = self._head("view_submission", who) | {
            "view": view_json(desk.space, view, values),
            "response_urls": [],
        }
        answer = await desk.delivery.interaction(payload)
        self._after_submission(view, answer)
        return answer

    def _after_submission(self, view: View, answer: Answer) -> None:
        if not answer.ok:
            view.errors = {"": "We had some trouble connecting. Try again?"}
            return
        body = answer.body if isinstance(answer.body, dict) else {}
        match body.get("response_action"):
            case "errors":
                view.errors = body["errors"]
            case "update":
                self._desk.change_view(view, body["view"])
            case "push":
                self._desk.show_view(view.user, body["view"], previous=view)
            case "clear":
                for open_one in self._desk.views:
                    open_one.is_open = open_one.is_open and open_one.user != view.user
            case _:
                view.is_open = False

    async def close(self, user: str, view: View) -> Answer:
        """Dismiss a modal; the app hears of it if it asked to."""
        view.is_open = False
        if not view.payload.get("notify_on_close"):
            return Answer(200)
        head = self._head("view_closed", self.user(user))
        del head["trigger_id"]
        shape = view_json(self._desk.space, view)
        return await self._desk.delivery.interaction(head | {"view": shape, "is_cleared": False})

    async def react(self, user: str, message: Message, name: str) -> Answer:
        """Nothing is sent for a reaction that is there already: Slack refuses a second one of the same user."""
        who, name = self.user(user), name.strip(":")
        users = message.reactions.setdefault(name, [])
        if who.id in users:
            return Answer(NO_ANSWER)
        users.append(who.id)
        return await self._desk.send_reaction("reaction_added", who.id, message, name)

    async def pin(self, user: str, message: Message) -> Answer:
        """Pin a message in its channel; nothing is sent for one that is pinned already."""
        who, channel = self.user(user), self._desk.space.channels[message.channel]
        if message.ts in channel.pins:
            return Answer(NO_ANSWER)
        channel.pins.append(message.ts)
        return await self._desk.send_pin(who.id, message)

    async def unreact(self, user: str, message: Message, name: str) -> Answer:
        who, name = self.user(user), name.strip(":")
        users = message.reactions.get(name, [])
        if who.id not in users:
            raise ValueError(f"{who.handle} has not reacted with {name!r}")
        users.remove(who.id)
        if not users:
            del message.reactions[name]
        return await self._desk.send_reaction("reaction_removed", who.id, message, name)

    def _head(self, kind: str, user: User) -> JSON:
        space = self._desk.space
        return {
            "type": kind,
            "user": {"id": user.id, "username": user.handle, "name": user.handle, "team_id": space.team_id},
            "api_app_id": space.app_id,
            "token": "verification-token",
            "trigger_id": self._desk.new_trigger(user.id),
            "team": {"id": space.team_id, "domain": "acme-town"},
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _response_url(self, token: str) -> str:
        return f"{self._desk.url}/slack/response/{token}"

    def _with_ids(self, text: str, *, named: bool = False) -> str:
        """`@alice` as Slack sends it: `<@U…>`, in commands `<@U…|alice>`. Names that nobody bears stay as they are."""

        def with_id(found: re.Match[str]) -> str:
            user = self._desk.space.user(found.group(1))
            if user is None:
                return found.group(0)
            return f"<@{user.id}|{user.handle}>" if named else f"<@{user.id}>"

        return MENTION.sub(with_id, text)


def _escaped(text: str) -> str:
    """What somebody typed, with Slack's three escapes and its brackets around links; mentions by id stay whole."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    safe = re.sub(r"&lt;([@#!][^&\s]+)&gt;", r"<\1>", safe)
    return LINK.sub(r"<\g<0>>", safe)


def _offered(kind: str, shortcuts: dict[str, str], callback_id: str) -> None:
    if callback_id not in shortcuts:
        raise ValueError(f"The app has no {kind} shortcut {callback_id!r}; there is: {', '.join(shortcuts)}")


def _rich(text: str) -> JSON:
    return {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}


def _pressed(blocks: list[JSON], action_id: str, value: Any) -> tuple[JSON, JSON]:
    found = [(block, element) for block, element in elements(blocks) if element["action_id"] == action_id]
    for block, element in found:
        if element["type"] != "button" or value is None or element.get("value") == value:
            return block, element
    there = ", ".join(sorted(element["action_id"] for _, element in elements(blocks))) or "nothing"
    raise ValueError(f"Nothing can be pressed as {action_id!r} (value {value!r}); there is: {there}")


def _action(block: JSON, element: JSON, value: Any, ts: str) -> JSON:
    head = {
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "type": element["type"],
        "action_ts": ts,
    }
    if element["type"] == "button":
        kept = {name: element[name] for name in ("text", "value", "style", "url") if name in element}
        return head | kept
    if element["type"] == "overflow":
        options = {option["value"]: option for option in element["options"]}
        return head | {"selected_option": options[value]}
    return head | entry(element, value)
