"""One command as it was given, and the finding out of which incident it means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tocsin.acts import looks
from tocsin.acts.house import House
from tocsin.acts.looks import Row
from tocsin.core.case import Actor
from tocsin.core.incident import OPEN
from tocsin.errors import Invalid
from tocsin.integrations.slack.grammar import leading_ref
from tocsin.integrations.slack.lobby import Caller, Lobby

LISTED = 10
WHOLE = {"hand": "hand over", "nothing": "nothing follows", "no": "no retro"}
"""Commands of two words, by their first."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody asks. `word` is the command, `words` what follows it; `ref` is the incident in whose thread it was said.

    `trigger` lets a form be opened; in a thread there is none. `whole` are all the words, for a report after all.
    """

    lobby: Lobby
    caller: Caller
    word: str
    words: str
    whole: str = ""
    ref: str = ""
    channel: str = ""
    trigger: str = ""

    @property
    def key(self) -> str:
        """Slack's id of what was said, so that one report is opened however often it comes; "" where it has none."""
        return f"asked/{self.trigger}" if self.trigger else ""

    @property
    def house(self) -> House:
        return self.lobby.house

    @property
    def actor(self) -> Actor:
        return self.caller.actor


async def which(ask: Ask, *states: str) -> tuple[str, str]:
    """The incident that is meant, and the words without it: named, or the thread's, or the only one there is in these states."""
    ref, rest = leading_ref(ask.words)
    if ref or ask.ref:
        return ref or ask.ref, rest
    states = states or (OPEN,)
    rows = await looks.incidents(ask.house, ask.actor.person, statuses=states, limit=LISTED + 1)
    if len(rows) == 1:
        return rows[0].ref, rest
    raise Invalid(_say_which(WHOLE.get(ask.word, ask.word), rows, states), field="ref")


def _say_which(word: str, rows: Sequence[Row], states: Sequence[str]) -> str:
    if not rows:
        return (
            f"No incident is {' or '.join(states)} now. Name the one you mean, such as /tocsin {word} INC-12, "
            "or report a new one: /tocsin report what you see"
        )
    listed = "\n".join(f"• {row.ref} {row.title}" for row in rows[:LISTED])
    more = "\n• …" if len(rows) > LISTED else ""
    return f"Several incidents are {' or '.join(states)}; say which: /tocsin {word} {rows[0].ref} …\n{listed}{more}"


def words_after(words: str, usage: str, field: str = "text") -> str:
    """The words, which can't be left out here."""
    if not words:
        raise Invalid(f"Some words are missing. Write /tocsin {usage}", field=field)
    return words
