"""The page on which a visitor reads the workspace and acts as one of its users."""

from __future__ import annotations

from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from tocsin.town.pages import Pages
from tocsin.town.slack.desk import Desk
from tocsin.town.slack.mrkdwn import html, rows, sign, text_html
from tocsin.town.slack.people import MESSAGE_SHORTCUTS, People
from tocsin.town.slack.views import View, options_of
from tocsin.town.slack.workspace import Channel, Message, User, elements
from tocsin.town.wire import JSON, NO_ANSWER, Answer

HOME = "home"
"""In the place of a channel: the app's Home tab."""
WHISPER_FADES = timedelta(minutes=5)
"""How long an ephemeral message stands in full. Slack itself drops them at the next reload."""


class SlackPage:
    """One page, and the forms on it."""

    def __init__(self, desk: Desk, people: People, pages: Pages) -> None:
        self._desk = desk
        self._space = desk.space
        self._people = people
        self._pages = pages

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/slack", self._show),
            Route("/slack/", self._show),
            Route("/slack/home", self._home),
            Route("/slack/say", self._say, methods=["POST"]),
            Route("/slack/click", self._click, methods=["POST"]),
            Route("/slack/submit", self._submit, methods=["POST"]),
        ]

    async def _show(self, request: Request) -> Response:
        query = request.query_params
        me = self._me(query.get("as", ""))
        channel = self._channel(query.get("channel", ""), me)
        thread = query.get("thread", "")
        view = self._desk.open_view(me.id) if me else None
        home = self._desk.homes.get(me.id) if me and query.get("channel") == HOME else None
        return self._pages.show(
            "slack.html",
            request,
            me=me,
            users=[u for u in self._space.users.values() if not u.is_bot],
            channels=[c for c in self._space.channels.values() if c.dm_of is None],
            my_dm=self._space.dm(me.id) if me else None,
            channel=channel,
            messages=self._seen(channel, me),
            thread=self._thread(channel, thread, me),
            thread_ts=thread,
            view=self._modal(view) if view else None,
            at_home=query.get("channel") == HOME,
            home=rows(self._space, "", home.blocks) if home else [],
            problem=query.get("problem", ""),
            bot=self._space.bot,
            shortcuts=MESSAGE_SHORTCUTS,
            link=_link(me, channel, thread) | ({"channel": HOME} if query.get("channel") == HOME else {}),
        )

    async def _home(self, request: Request) -> Response:
        """Open the app's Home tab: Slack tells the app, and shows what it has said last."""
        me = self._me(request.query_params.get("as", ""))
        if me:
            await self._people.open_home(me.handle)
        return RedirectResponse(
            f"/slack?{urlencode({'as': me.handle if me else '', 'channel': 'home'})}", 303
        )

    def _me(self, handle: str) -> User | None:
        people = [user for user in self._space.users.values() if not user.is_bot]
        return next((u for u in people if u.handle == handle), people[0] if people else None)

    def _channel(self, known: str, me: User | None) -> Channel | None:
        if known == HOME:
            return None
        if known == "dm" and me:
            return self._space.dm(me.id)
        open_ones = [c for c in self._space.channels.values() if c.dm_of is None]
        return self._space.channel(known) or (open_ones[0] if open_ones else None)

    def _seen(self, channel: Channel | None, me: User | None) -> list[dict[str, Any]]:
        if channel is None:
            return []
        mine = [m for m in self._whispers(channel, me) if not m.is_reply]
        seen = [
            m for m in self._space.messages if m.channel == channel.id and (not m.is_reply or m.broadcast)
        ]
        return [self._shown(message) for message in sorted([*seen, *mine], key=lambda m: float(m.ts))]

    def _thread(self, channel: Channel | None, ts: str, me: User | None) -> list[dict[str, Any]]:
        root = self._space.message(channel.id, ts) if channel and ts else None
        if channel is None or root is None:
            return []
        mine = [m for m in self._whispers(channel, me) if m.is_reply and m.thread_ts == root.ts]
        replies = [*self._space.replies(channel.id, root.ts), *mine]
        return [self._shown(m) for m in (root, *sorted(replies, key=lambda m: float(m.ts)))]

    def _whispers(self, channel: Channel, me: User | None) -> list[Message]:
        """The ephemeral messages to this user, of the channel and of its threads."""
        return [m for m in self._space.ephemerals if me and m.only_for == me.id and m.channel == channel.id]

    def _shown(self, message: Message) -> dict[str, Any]:
        user = self._space.users.get(message.user)
        replies = self._space.replies(message.channel, message.ts) if not message.is_reply else []
        at = datetime.fromtimestamp(float(message.ts), UTC)
        is_whisper = message.only_for is not None
        return {
            "ts": message.ts,
            "root": message.thread_ts or message.ts,
            "at": at,
            "name": user.real_name if user else "Slackbot",
            "is_app": message.bot_id is not None,
            "colour": sum(map(ord, message.user)) % 360,
            "rows": rows(self._space, message.text, message.blocks),
            "edited": message.edited and not message.blocks,
            "broadcast": message.broadcast,
            "only_for_me": is_whisper,
            "is_old": is_whisper and self._space.now() - at > WHISPER_FADES,
            "words": html(self._space, message.text).striptags(),
            "replies": len(replies),
            "reactions": [(sign(name), len(who)) for name, who in message.reactions.items()],
        }

    def _modal(self, view: View) -> dict[str, Any]:
        rows_shown = []
        for block in view.blocks:
            if block["type"] == "input":
                rows_shown.append(self._field(block, view))
            else:
                rows_shown.extend(rows(self._space, "", [block]))
        return {
            "id": view.id,
            "key": view.hash + str(sorted(view.errors)),
            "title": view.title,
            "rows": rows_shown,
            "submit": view.payload.get("submit", {}).get("text", ""),
            "close": view.payload.get("close", {}).get("text", "Cancel"),
            "error": view.errors.get("", ""),
        }

    def _field(self, block: JSON, view: View) -> dict[str, Any]:
        element = block["element"]
        chosen = [element.get("initial_option", {}), *element.get("initial_options", [])]
        options = [
            (o["value"], text_html(self._space, o["text"]), o["value"] in [c.get("value") for c in chosen])
            for o in options_of(element)
        ]
        if element["type"].endswith("users_select"):
            first = element.get("initial_user")
            users = [u for u in self._space.users.values() if not u.is_bot]
            options = [(u.id, text_html(self._space, _plain(u.real_name)), u.id == first) for u in users]
        return {
            "kind": "field",
            "name": f"{block['block_id']}/{element['action_id']}",
            "label": block["label"]["text"],
            "hint": block.get("hint", {}).get("text", ""),
            "optional": block.get("optional", False),
            "type": element["type"],
            "multiline": element.get("multiline", False),
            "initial": element.get("initial_value")
            or element.get("initial_date")
            or element.get("initial_time")
            or "",
            "placeholder": element.get("placeholder", {}).get("text", ""),
            "options": options,
            "tells": element["action_id"] if block.get("dispatch_action") else "",
            "error": view.errors.get(block["block_id"], ""),
        }

    async def _say(self, request: Request) -> Response:
        """What was typed: a slash command, or a message in the channel or the thread."""
        form = await request.form()
        me, channel, thread, text = (str(form.get(n, "")) for n in ("as", "channel", "thread", "text"))
        if self._space.user(me) is None:
            return self._back(form, problem="Choose who you are.")
        if text.startswith("/"):
            command, _, rest = text.partition(" ")
            self._soon(self._people.command(me, command, rest.strip(), channel))
        elif text.strip():
            self._soon(self._people.say(me, channel, text, thread or None))
        return self._back(form)

    async def _click(self, request: Request) -> Response:
        form = await request.form()
        me, channel, ts = (str(form.get(n, "")) for n in ("as", "channel", "ts"))
        if channel == HOME:
            return self._click_home(form)
        message = self._space.message(channel, ts) or next(
            (m for m in self._space.ephemerals if m.ts == ts and m.channel == channel), None
        )
        if message is None or self._space.user(me) is None:
            return self._back(
                form, problem="That message is gone." if message is None else "Choose who you are."
            )
        action, value, url = str(form.get("action", "")), form.get("value"), str(form.get("url", ""))
        if action == "react":
            self._soon(self._toggled(me, message, str(value)))
        elif action == "shortcut" and value not in MESSAGE_SHORTCUTS:
            return self._back(form, problem=f"The app has no message shortcut {value!r}.")
        elif action == "shortcut":
            self._soon(self._people.shortcut(me, str(value), message))
        else:
            self._soon(self._people.click(me, message, action, value or None))
            if url.startswith(("http://", "https://")) and url in [button[3] for button in message.buttons]:
                return RedirectResponse(url, status_code=303)
        return self._back(form)

    def _click_home(self, form: FormData) -> Response:
        user = self._space.user(str(form.get("as", "")))
        home = self._desk.homes.get(user.id) if user else None
        if user is None or home is None:
            return self._back(form, problem="The Home tab is empty.")
        action, value, url = str(form.get("action", "")), form.get("value"), str(form.get("url", ""))
        self._soon(self._people.click_in_view(user.handle, home, action, value or None))
        there = [element.get("url") for _, element in elements(home.blocks)]
        if url.startswith(("http://", "https://")) and url in there:
            return RedirectResponse(url, status_code=303)
        return self._back(form)

    def _toggled(self, me: str, message: Message, name: str) -> Coroutine[Any, Any, Answer]:
        """A second click on a reaction takes it back."""
        has_it = self._people.user(me).id in message.reactions.get(name, [])
        return (self._people.unreact if has_it else self._people.react)(me, message, name)

    async def _submit(self, request: Request) -> Response:
        form = await request.form()
        me = self._people.user(str(form.get("as", "")))
        view = self._desk.open_view(me.id)
        if view is None or view.id != form.get("view"):
            return self._back(form, problem="That form is closed.")
        if form.get("do") == "close":
            await self._people.close(me.handle, view)
            return self._back(form)
        if form.get("do", "") != "":
            action, entered = str(form["do"]), _entered(view, form)
            chosen = next((one[action] for one in entered.values() if action in one), form.get("value"))
            self._soon(self._people.click_in_view(me.handle, view, action, chosen, entered))
            return self._back(form)
        try:
            await self._people.submit(me.handle, view, _entered(view, form))
        except ValueError as why:
            view.errors = {"": str(why)}
        return self._back(form)

    def _soon(self, doing: Coroutine[Any, Any, Answer]) -> None:
        """Do it in the background: a person's click does not wait for the app either."""
        self._desk.later(_unless_gone(doing))

    def _back(self, form: FormData, problem: str = "") -> Response:
        kept = {name: str(form.get(name, "")) for name in ("as", "channel", "thread") if form.get(name)}
        return RedirectResponse(
            f"/slack?{urlencode(kept | ({'problem': problem} if problem else {}))}", status_code=303
        )


async def _unless_gone(doing: Coroutine[Any, Any, Answer]) -> Answer:
    try:
        return await doing
    except (
        ValueError
    ):  # the button went away while the visitor looked at it; the page now shows what is there
        return Answer(NO_ANSWER)


def _entered(view: View, form: FormData) -> dict[str, dict[str, Any]]:
    values: dict[str, dict[str, Any]] = {}
    for block in view.blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        given: list[Any] = [
            one for one in form.getlist(f"{block['block_id']}/{element['action_id']}") if one != ""
        ]
        many = element["type"].startswith("multi_") or element["type"] == "checkboxes"
        values[block["block_id"]] = {element["action_id"]: given if many else (given[0] if given else None)}
    return values


def _plain(text: str) -> JSON:
    return {"type": "plain_text", "text": text}


def _link(me: User | None, channel: Channel | None, thread: str) -> dict[str, str]:
    """The parts that every link and form on the page carries on."""
    return {"as": me.handle if me else "", "channel": channel.id if channel else "", "thread": thread}
