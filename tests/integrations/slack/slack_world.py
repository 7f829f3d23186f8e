"""What the walks through Slack are written in: the town, a Tocsin behind it, and the few sentences about both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp

from doubles import Mailbox
from tocsin.acts import incidents, looks
from tocsin.acts.house import House
from tocsin.acts.incidents import NewReport
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.core.duties import Duty
from tocsin.core.facts import TOCSIN, NoteAdded
from tocsin.core.incident import Incident
from tocsin.engine.loop import Engine
from tocsin.integrations.slack import SlackLink
from tocsin.town import Answer, Town
from tocsin.town.slack import Message, View


def settings_for(town: Town, **more: str) -> dict[str, str]:
    return {
        "TOCSIN_SLACK_BOT_TOKEN": town.slack.bot_token,
        "TOCSIN_SLACK_SIGNING_SECRET": town.slack.signing_secret,
        "TOCSIN_SLACK_BASE_URL": f"{town.url}/slack/api/",
        **more,
    }


@dataclass
class World:
    """All of it, with the few sentences that the tests are written in."""

    town: Town
    house: House
    link: SlackLink
    engine: Engine
    mailbox: Mailbox
    clock: HandClock

    async def settle(self) -> None:
        """Let all happen that is due now."""
        await self.link.settled()
        await self.engine.run_due()
        await self.town.settled()
        await self.link.settled()

    async def declare(self, text: str = "Sign-in is broken", *, kind: str = "", **more: Any) -> str:
        report = NewReport("x", text, "@jane", outside=True, answer_via="x", address="101", **more)
        declaration = await incidents.declare(self.house, Actor("", "x", "@jane"), report, kind=kind)
        await self.settle()
        return declaration.ref

    async def incident(self, ref: str = "INC-1") -> Incident:
        return (await looks.case(self.house, ref, TOCSIN)).incident

    async def ledger(self, ref: str = "INC-1") -> list[Duty]:
        return (await looks.case(self.house, ref, TOCSIN)).ledger

    async def command(
        self, user: str, text: str, channel: str = "incidents", *, command: str = "/tocsin"
    ) -> Answer:
        self.town.slack.space.channels[self._channel(channel)].members.add(self.id(user))
        answer = await self.town.slack.command(user, command, text, channel)
        await self.settle()
        return answer

    async def say(self, user: str, channel: str, text: str, thread: str | None = None) -> Answer:
        answer = await self.town.slack.say(user, channel, text, thread)
        await self.settle()
        return answer

    async def click(self, user: str, message: Message, act: str) -> Answer:
        answer = await self.town.slack.click(user, message, act)
        await self.settle()
        return answer

    async def submit(self, user: str, **values: dict[str, Any]) -> Answer:
        answer = await self.town.slack.submit(user, self.view(user), values)
        await self.settle()
        return answer

    async def shortcut(self, user: str, callback_id: str, message: Message | None) -> Answer:
        answer = await self.town.slack.shortcut(user, callback_id, message)
        await self.settle()
        return answer

    def quick(self) -> None:
        """Let Tocsin lose patience with Slack sooner than the town lets go of a request that it does not answer."""
        self.link._slack._timeout = aiohttp.ClientTimeout(total=0.15)

    async def pass_by(self, span: timedelta) -> None:
        """Let time go by, a minute at a time, with all that falls due."""
        for _ in range(span // timedelta(minutes=1)):
            self.clock.advance(timedelta(minutes=1))
            await self.settle()

    async def notes(self, ref: str = "INC-1") -> list[str]:
        facts = (await self.incident(ref)).facts
        return [fact.what.text for fact in facts if isinstance(fact.what, NoteAdded)]

    def view(self, user: str) -> View:
        view = self.town.slack.open_view(user)
        assert view
        return view

    def _channel(self, name: str) -> str:
        channel = self.town.slack.space.channel(name)
        assert channel
        return channel.id

    def root(self) -> Message:
        return self.town.slack.messages("incidents")[0]

    def thread(self) -> list[str]:
        return [message.text for message in self.town.slack.replies(self.root())]

    def whispered(self, handle: str) -> str:
        """The last thing that only this person could read."""
        return self.town.slack.ephemerals(handle)[-1].text

    def id(self, handle: str) -> str:
        user = self.town.slack.space.user(handle)
        assert user
        return user.id
