"""Where Slack's people come in: who they are to Tocsin, and how they get their answer. It knows no command and no form."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from tocsin.acts import people
from tocsin.acts.house import GONE, House
from tocsin.core.case import Actor
from tocsin.errors import Forbidden, TocsinError
from tocsin.integrations.slack.blocks import JSON, escaped
from tocsin.integrations.slack.client import Slack, SlackFailed
from tocsin.integrations.slack.marks import marked

log = structlog.get_logger()

PATIENCE_SECONDS: Final = 2.0
"""Slack waits three seconds for an answer; what takes longer is acknowledged and answered afterwards."""
BROKEN = "Something went wrong inside Tocsin. Look at the incident before you try again; the log of the server has the cause."

NO_DATABASE = (
    "Tocsin's database can't be reached: *nothing was kept, and nobody was paged.* "
    "Reach who is on call by telephone, and send it again in a minute."
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What only the caller reads. `errors` are by a form's block; an empty reply says nothing.

    `ref` is the incident that it answers a report with: what they say to that answer belongs there. One that `replaces` takes the
    place of the message whose button was pressed, so that no button stays live when it is stale.
    """

    text: str = ""
    blocks: list[JSON] = field(default_factory=list)
    errors: Mapping[str, str] = field(default_factory=dict)
    ref: str = ""
    replaces: bool = False

    def as_message(self) -> JSON:
        shown: JSON = {"response_type": "ephemeral", "replace_original": self.replaces, "text": self.text}
        return shown | ({"blocks": self.blocks} if self.blocks else {})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who acts. `outside` ones are guests, or of another organisation in a shared channel; `email` is "" where Slack hides it."""

    actor: Actor
    slack_id: str
    outside: bool = False
    email: str = ""

    @property
    def name(self) -> str:
        return self.actor.name or self.actor.by


@dataclass(frozen=True, slots=True)
class Profile:
    name: str
    email: str
    outside: bool


Answer = Callable[[Reply], Awaitable[None]]


class Lobby:
    """One workspace's people and the house that they come to."""

    def __init__(self, house: House, slack: Slack, signs: Mapping[str, str] | None = None) -> None:
        self.house = house
        self.slack = slack
        self.signs = signs or {}
        self.patience_seconds = PATIENCE_SECONDS
        self._profiles: dict[str, Profile] = {}
        self._under_way: set[asyncio.Task[None]] = set()

    async def caller(self, slack_id: str, name: str = "") -> Caller:
        """The person behind a Slack id. Slack is asked for the e-mail address only of those whom Tocsin does not know."""
        person = await people.by_slack(self.house, slack_id)
        if person is not None:
            return Caller(Actor(person.handle, "slack", person.name), slack_id, email=person.email)
        profile = await self._profile(slack_id, name)
        if profile.email and not profile.outside:
            person = await people.by_slack(self.house, slack_id, profile.email)
        actor = Actor(person.handle if person else "", "slack", person.name if person else profile.name)
        return Caller(actor, slack_id, profile.outside, profile.email)

    async def _profile(self, slack_id: str, name: str) -> Profile:
        """What Slack says of a user, asked once. Where it can't be asked, they are a stranger for now."""
        if slack_id not in self._profiles:
            try:
                answer = await self.slack.do(lambda web: web.users_info(user=slack_id))
            except SlackFailed as failed:
                log.warning("Slack would not say who somebody is", slack_id=slack_id, why=str(failed))
                return Profile(name or slack_id, "", outside=False)
            self._profiles[slack_id] = _profile_of(answer["user"], name or slack_id)
        return self._profiles[slack_id]

    async def heard(self, caller: Caller, doing: Coroutine[Any, Any, Reply]) -> Reply:
        """What came of `doing`: refusals become words for the caller."""
        try:
            return await doing
        except TocsinError as refusal:
            return Reply(escaped(refusal_words(refusal, caller)))
        except SlackFailed as failed:
            return Reply(escaped(f"Slack did not do it: {failed}"))

    async def unbroken(self, doing: Coroutine[Any, Any, Reply], said: str = "") -> Reply:
        """What came of `doing`; of a bug or an outage, words: the outer edge, for what Slack does not send again.

        What they `said` is given back where it could not be kept.
        """
        try:
            return await doing
        except GONE:
            log.exception("a request from Slack met no database")
            back = f" You wrote:\n> {escaped(said)}" if said else ""
            return Reply(f"{NO_DATABASE}{back}")
        except Exception:
            log.exception("a request from Slack failed")
            return Reply(BROKEN)

    async def in_time(self, doing: Coroutine[Any, Any, Reply], late: Answer) -> Reply:
        """The reply, if it comes while Slack waits; else an empty one, and `late` gets it when it is there."""
        task = asyncio.ensure_future(doing)
        done, _ = await asyncio.wait({task}, timeout=self.patience_seconds)
        if done:
            return task.result()
        self.keep(_afterwards(task, late))
        return Reply()

    def keep(self, doing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(_logged(doing))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def respond(self, url: str, reply: Reply, thread: str = "") -> None:
        """Answer at a response URL; what can't be shown is logged, since what was done is done."""
        if not url or not reply.text:
            return
        try:
            await self.slack.respond(url, reply.as_message() | ({"thread_ts": thread} if thread else {}))
        except SlackFailed as failed:
            log.warning("an answer could not be shown in Slack", why=str(failed))

    async def whisper(self, slack_id: str, reply: Reply, channel: str = "", thread: str = "") -> None:
        """Say something to one person: in the channel so that only they see it, else by direct message."""
        if not reply.text:
            return
        blocks = reply.blocks or None
        try:
            if channel and not channel.startswith("D"):
                await self.slack.do(
                    lambda web: web.chat_postEphemeral(
                        channel=channel,
                        user=slack_id,
                        text=reply.text,
                        blocks=blocks,
                        thread_ts=thread or None,
                    )
                )
                return
        except SlackFailed as failed:
            log.info("an answer goes by direct message, since the channel did not take it", why=str(failed))
        try:
            await self.slack.do(
                lambda web: web.chat_postMessage(
                    channel=slack_id,
                    text=reply.text,
                    blocks=blocks,
                    metadata=marked(f"{reply.ref}/told") if reply.ref else None,
                )
            )
        except SlackFailed as failed:
            log.warning("an answer could not be shown in Slack", why=str(failed))

    async def settled(self) -> None:
        """Come back when nothing is under way any more."""
        while self._under_way:
            await asyncio.gather(*self._under_way, return_exceptions=True)


def refusal_words(refusal: TocsinError, caller: Caller) -> str:
    """The refusal as it is; to somebody whom Tocsin does not know, also how they get known."""
    if not isinstance(refusal, Forbidden) or caller.actor.person:
        return refusal.message
    known_by = f"the e-mail address {caller.email}" if caller.email else f"the Slack id {caller.slack_id}"
    return (
        f"{refusal.message}. To be added, ask whoever runs Tocsin to enter you as a person with {known_by}; "
        "reporting needs no more than you have."
    )


def _profile_of(user: JSON, name: str) -> Profile:
    profile = user.get("profile") or {}
    outside = any(user.get(mark) for mark in ("is_stranger", "is_restricted", "is_ultra_restricted"))
    real_name = user.get("real_name") or profile.get("real_name") or name
    return Profile(str(real_name), str(profile.get("email") or ""), outside)


async def _logged(doing: Coroutine[Any, Any, None]) -> None:
    """Nobody waits for what goes on in the background: its faults go to the log."""
    try:
        await doing
    except Exception:
        log.exception("what a request from Slack left to be done failed")


async def _afterwards(task: asyncio.Future[Reply], late: Answer) -> None:
    await late(await task)
