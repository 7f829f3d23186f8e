"""What the stories are told with: a story's shape, and the hands that do things in the town as people do them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeVar

from tocsin.demo.stage import Seen, Stage
from tocsin.town import Answer
from tocsin.town.slack import Message, View

MINUTE = timedelta(minutes=1)
CHANNEL = "incidents"
PRESSES = 12
"""So often somebody presses a button whose form does not open."""


class Text(Protocol):
    """A message or a post: something that has a text."""

    @property
    def text(self) -> str: ...


Said = TypeVar("Said", bound=Text)


@dataclass(frozen=True, slots=True)
class Story:
    """`status` is the incident's at the end, `duties` the state of each of its duties.

    In a story that `keeps_opsgenie` the team is paged by it, as long as they keep it. `declares` is what Tocsin may do by itself
    from the start; {town} stands for the town's address. `pipeline` is the one at Buildkite that builds the website ("": none does).
    """

    title: str
    run: Callable[[Stage], Awaitable[None]]
    status: str
    duties: Mapping[str, str]
    keeps_opsgenie: bool = False
    declares: str = ""
    pipeline: str = ""


def first(many: list[Seen]) -> Seen | None:
    return many[0] if many else None


def said(stage: Stage, card: Message, words: str) -> Message | None:
    """What Tocsin says in the card's thread with these words in it; what people say there is no answer."""
    slack = stage.town.slack
    replies = (reply for reply in slack.replies(card) if reply.user == slack.bot_user_id)
    return next((reply for reply in replies if words in reply.text), None)


def offering(stage: Stage, action: str) -> Message | None:
    """The incident's card, once it has that button."""
    card = first(stage.town.slack.messages(CHANNEL))
    return card if card and any(button[0] == action for button in card.buttons) else None


def with_words(many: Sequence[Said], words: str) -> Said | None:
    """The first of these (messages, posts) that holds the words."""
    return next((one for one in many if words in one.text), None)


async def nothing_follows(stage: Stage, card: Message, who: str, why: str, channel: str = CHANNEL) -> None:
    """No follow-ups and no retrospective: two decisions, each with its reason."""
    await in_thread(stage, card, who, f"nothing follows because {why}", "Nothing has to follow", channel)
    await in_thread(stage, card, who, f"no retro because {why}", "No retrospective", channel)


async def record(
    stage: Stage, card: Message, who: str, step: str, values: Mapping[str, str], channel: str = CHANNEL
) -> None:
    """Record a step of the handbook's, and see it in the thread."""
    entered = "; ".join(f"{name}: {value}" for name, value in values.items())
    last = list(values.values())[-1]
    await in_thread(stage, card, who, f"step {step} {entered}", last, channel)


async def answer_by_click(
    stage: Stage, card: Message, who: str, message: Message, action: str, answer: str
) -> None:
    """Press a button of a message, and see `answer` in the incident's thread."""
    await stage.do(
        lambda: stage.town.slack.click(who, message, action),
        f"{answer!r} in the thread",
        lambda: said(stage, card, answer),
    )


async def in_thread(
    stage: Stage, card: Message, who: str, words: str, answer: str, channel: str = CHANNEL
) -> None:
    """Speak to Tocsin in the incident's thread, and see `answer` there."""
    slack = stage.town.slack
    await stage.do(
        lambda: slack.say(who, channel, f"<@{slack.bot_user_id}> {words}", thread_ts=card.ts),
        f"{answer!r} in the thread",
        lambda: said(stage, card, answer),
    )


async def whispered(stage: Stage, card: Message, who: str, words: str, answer: str) -> Message:
    """Speak to Tocsin in the incident's thread, and see the answer that only they can read."""
    slack = stage.town.slack
    return await stage.do(
        lambda: slack.say(who, CHANNEL, f"<@{slack.bot_user_id}> {words}", thread_ts=card.ts),
        f"{answer!r} for {who} alone",
        lambda: with_words(slack.ephemerals(who), answer),
    )


async def form(stage: Stage, who: str, press: Callable[[], Awaitable[Answer]]) -> View:
    """What opens for who presses. Slack keeps no form for later: where none opens they press again."""
    return await stage.do(press, "a form", lambda: stage.town.slack.open_view(who), tries=PRESSES)


async def fill_in(
    stage: Stage,
    card: Message,
    message: Message,
    action: str,
    values: Mapping[str, str],
    answer: str,
    who: str,
) -> None:
    """Press a button, fill in the form that opens, send it, and see `answer` in the thread."""
    slack = stage.town.slack
    view = await form(stage, who, lambda: slack.click(who, message, action))
    entered = {name: {name: value} for name, value in values.items()}
    await stage.do(
        lambda: slack.submit(who, view, entered),
        f"{answer!r} in the thread",
        lambda: said(stage, card, answer),
    )
