"""A small stand-in for Slack: one workspace with one app in it, spoken to over Slack's own protocols."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from tocsin.town.faults import Faults
from tocsin.town.ids import Now
from tocsin.town.pages import Pages
from tocsin.town.slack.api import Args, Refused, WebApi
from tocsin.town.slack.delivery import AppUrls, Delivery
from tocsin.town.slack.desk import Desk
from tocsin.town.slack.methods_channels import METHODS as CHANNEL_METHODS
from tocsin.town.slack.methods_chat import METHODS as CHAT_METHODS
from tocsin.town.slack.methods_groups import METHODS as GROUP_METHODS
from tocsin.town.slack.methods_rest import METHODS as OTHER_METHODS
from tocsin.town.slack.page import SlackPage
from tocsin.town.slack.people import People
from tocsin.town.slack.shapes import plain
from tocsin.town.slack.views import Values, View
from tocsin.town.slack.workspace import Channel, Message, Workspace
from tocsin.town.wire import JSON, Answer, Post

__all__ = ["Message", "Slack", "View"]

TICKET = "town-socket"


class Slack:
    """What tests and the demo hold in their hands."""

    bot_token = "xoxb-town-bot"  # noqa: S105 (opens nothing but the town)
    app_token = "xapp-town-app"  # noqa: S105 (opens nothing but the town)
    signing_secret = "town-signing-secret"  # noqa: S105 (opens nothing but the town)

    def __init__(self, now: Now, faults: Faults, post: Post, pages: Pages) -> None:
        self.space = Workspace(now)
        self.delivery = Delivery(now, faults, post, self.signing_secret)
        self.desk = Desk(self.space, self.delivery, post)
        self._people = People(self.desk)
        methods = CHAT_METHODS | CHANNEL_METHODS | GROUP_METHODS | OTHER_METHODS
        methods["apps.connections.open"] = self._open_socket
        self._api = WebApi(self.desk, methods, self.bot_token, self.app_token)
        self._page = SlackPage(self.desk, self._people, pages)
        self.team_id = self.space.team_id
        self.app_id = self.space.app_id
        self.bot_id = self.space.bot_id
        self.bot_user_id = self.space.bot.id

    @property
    def url(self) -> str:
        """Where the town is reached, without `/slack`."""
        return self.desk.url

    @url.setter
    def url(self, url: str) -> None:
        self.desk.url = url

    # Setting up

    def add_user(self, handle: str, real_name: str, email: str, *, tz: str = "Etc/UTC") -> str:
        """Gives the new user's id. The same handle has the same id in every town."""
        return self.space.add_user(handle, real_name, email, tz=tz).id

    def add_channel(self, name: str, *, is_private: bool = False, bot_in: bool = True) -> str:
        """Gives the new channel's id; the app is a member unless told otherwise."""
        creator = self.bot_user_id if bot_in else ""
        return self.space.add_channel(name, creator=creator, is_private=is_private).id

    def add_group(self, handle: str, name: str, *members: str) -> str:
        """Gives the new user group's id; its members by their handles."""
        return self.space.add_group(handle, name, [self.user_id(one) for one in members]).id

    def forbid(self, method: str) -> None:
        """Take the permission for a method from the app."""
        self._api.out_of_scope.add(method)

    def point_app_at(
        self, *, events_url: str = "", commands_url: str = "", interactivity_url: str = ""
    ) -> None:
        """Where to deliver over HTTP. An open Socket Mode connection goes first."""
        self.delivery.urls = AppUrls(events_url, commands_url, interactivity_url)

    # What people do. Each gives the app's answer

    async def command(self, user: str, command: str, text: str = "", channel: str = "incidents") -> Answer:
        return await self._people.command(user, command, text, channel)

    async def say(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Answer:
        """`@handle` in the text becomes a mention; the channel `@tocsin` is the user's direct messages with the app."""
        return await self._people.say(user, channel, text, thread_ts)

    async def click(self, user: str, message: Message, action_id: str, value: Any = None) -> Answer:
        """Press a button, or choose `value` in a menu. Raises ValueError if nothing there can be pressed so."""
        return await self._people.click(user, message, action_id, value)

    async def click_in_view(
        self, user: str, view: View, action_id: str, value: Any = None, values: Values | None = None
    ) -> Answer:
        """Press a button there, or choose in an input that dispatches; `values` is what was entered before, as for `submit`."""
        return await self._people.click_in_view(user, view, action_id, value, values)

    async def open_home(self, user: str) -> Answer:
        """Look at the app's Home tab; what it shows is `home`."""
        return await self._people.open_home(user)

    async def shortcut(self, user: str, callback_id: str, message: Message | None = None) -> Answer:
        """A message shortcut; a global one without a message."""
        return await self._people.shortcut(user, callback_id, message)

    async def submit(self, user: str, view: View, values: Values | None = None) -> Answer:
        """Send a modal: `{block_id: {action_id: value}}` with plain values (text, option value or list of them, id, date)."""
        return await self._people.submit(user, view, values or {})

    async def close_view(self, user: str, view: View) -> Answer:
        return await self._people.close(user, view)

    async def react(self, user: str, message: Message, name: str) -> Answer:
        return await self._people.react(user, message, name)

    async def pin(self, user: str, message: Message) -> Answer:
        return await self._people.pin(user, message)

    async def unreact(self, user: str, message: Message, name: str) -> Answer:
        """Take a reaction back. Raises ValueError if it is not there."""
        return await self._people.unreact(user, message, name)

    async def drop_sockets(self, reason: str = "refresh_requested") -> None:
        """End every Socket Mode connection, as Slack does now and then."""
        await self.delivery.drop_sockets(reason)

    # What can be seen

    def messages(self, channel: str) -> list[Message]:
        """The channel's own messages, without the replies in threads."""
        return self.space.top_level(self._known(channel).id)

    def group(self, handle: str) -> list[str]:
        """The handles of a user group's members."""
        [group] = [one for one in self.space.groups.values() if one.handle == handle.lstrip("@")]
        return [self.space.users[one].handle for one in group.users]

    def has_channel(self, name: str) -> bool:
        return self.space.channel(name) is not None

    def replies(self, message: Message) -> list[Message]:
        """The replies in this message's thread."""
        return self.space.replies(message.channel, message.thread_ts or message.ts)

    def dm(self, user_handle: str) -> list[Message]:
        """Everything between the app and this user, replies too."""
        channel = self.space.dm(self._people.user(user_handle).id)
        return [message for message in self.space.messages if message.channel == channel.id]

    def ephemerals(self, user: str) -> list[Message]:
        id = self._people.user(user).id
        return [message for message in self.space.ephemerals if message.only_for == id]

    def user_id(self, handle: str) -> str:
        """Raises ValueError for a stranger."""
        return self._people.user(handle).id

    def channel_id(self, name: str) -> str:
        return self._known(name).id

    def open_view(self, user: str) -> View | None:
        """The modal that this user has before them, or None."""
        return self.desk.open_view(self._people.user(user).id)

    def home(self, user: str) -> View | None:
        """What the app shows this user in its Home tab, or None while it has shown nothing."""
        return self.desk.homes.get(self._people.user(user).id)

    def _known(self, channel: str) -> Channel:
        found = self.space.channel(channel)
        if found is None:
            raise ValueError(f"There is no Slack channel {channel!r}")
        return found

    def as_json(self) -> dict[str, Any]:
        channels: dict[str, list[Any]] = {}
        dms: dict[str, list[Any]] = {}
        for channel in self.space.channels.values():
            seen = [plain(self.space, m) for m in self.space.messages if m.channel == channel.id]
            if channel.dm_of is None:
                channels[channel.name] = seen
            else:
                dms[self.space.users[channel.dm_of].handle] = seen
        return {"channels": channels, "dms": dms}

    # The wire

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/slack/api/{method}", self._api.call, methods=["GET", "POST"]),
            Route("/slack/api/", self._no_method, methods=["GET", "POST"]),
            Route("/slack/response/{token}", self._api.respond, methods=["POST"]),
            WebSocketRoute("/slack/socket", self._socket),
            *self._page.routes(),
        ]

    async def _no_method(self, request: Request) -> Response:
        return JSONResponse({"ok": False, "error": "unknown_method"})

    def _open_socket(self, desk: Desk, args: Args) -> JSON:
        if not desk.url:
            raise Refused("internal_error")
        return {
            "url": f"{desk.url.replace('http', 'ws', 1)}/slack/socket?ticket={TICKET}&app_id={self.app_id}"
        }

    async def _socket(self, websocket: WebSocket) -> None:
        if websocket.query_params.get("ticket") != TICKET:
            await websocket.close()
            return
        await self.delivery.serve(websocket, self.app_id)
