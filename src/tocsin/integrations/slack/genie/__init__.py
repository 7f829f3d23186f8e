"""`/genie`, for hands that know Opsgenie's words. One table: each word, how what follows it is read, and what is done.

Words that are no command are an alert, as they are there: nothing blocks one. A command's word in another form is asked back about,
with its usage and a button, so that `close` with a slip of the finger opens nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from tocsin.integrations.slack import anyway, elsewhere, guesses
from tocsin.integrations.slack.asking import Ask
from tocsin.integrations.slack.genie import alerts, connecting, deeds, grammar, looking, turns
from tocsin.integrations.slack.grammar import first_word
from tocsin.integrations.slack.lobby import Reply
from tocsin.integrations.slack.recipients import targets_of

__all__ = ["genie"]


@dataclass(frozen=True, slots=True)
class Word:
    """`read` gives what is said after the word; None where that is not of the word's form."""

    word: str
    usage: str
    help: str
    read: Callable[[str], Any]
    do: Callable[[Ask, Any], Awaitable[Reply]]


async def genie(ask: Ask) -> Reply:
    word, rest = first_word(ask.whole)
    if word in ("", "help") and not rest:
        return Reply(_help())
    known = WORDS.get(word)
    said = known.read(rest) if known else None
    if known and said is not None:
        return await known.do(ask, said)
    parsed = grammar.alert(ask.whole)
    meant = word if known else guesses.meant(ask.whole, WORDS, ELSEWHERE)
    if not meant or (meant != guesses.DRILL and await _is_alert(ask, parsed)):
        return await alerts.alert(ask, parsed)
    way = ELSEWHERE.get(meant) or _usage(WORDS[meant])
    return anyway.offer(ask, f"Nothing was opened and nothing was done. {way}", anyway.ALERT_ANYWAY)


async def _is_alert(ask: Ask, parsed: grammar.Alert) -> bool:
    """Whether it can't be anything else, whatever its first word: it says that something is wrong, and names who is to be paged."""
    targets, unknown = await targets_of(ask.house, parsed.recipients)
    return bool(targets) and not unknown and guesses.reads_as_report(parsed.description)


def _alone(rest: str) -> str | None:
    return None if rest else ""


def _usage(word: Word) -> str:
    return f"It is written so: `/genie {word.usage}` {word.help}."


def _help() -> str:
    lines = [f"`/genie {word.usage}` {word.help}" for word in TABLE]
    first = (
        'An id is an incident\'s number: 12, #12 or INC-12. `for`, `with`, `to` and `on` split at the last one; "quotes" keep words '
        "together. Everything else is under `/tocsin help`."
    )
    return "\n".join([f"`/genie {alerts.USAGE}` Open an incident and page the team", *lines, first])


TABLE = (
    Word("ack", "ack [IDS]", "Acknowledge pages; without an id the one that waits for you", grammar.ids, deeds.ack),
    Word("own", "own [IDS] [take over]", "I'm on it", grammar.owning, deeds.own),
    Word("assign", "assign [IDS] to USER", "Ask somebody to take it over", grammar.assignment, deeds.assign),
    Word("note", "note TEXT to IDS", "Add a line to the timeline", lambda rest: grammar.about(rest, "to"), deeds.note),
    Word("addtag", "addtag T1,T2 to IDS", "Tag incidents", lambda rest: grammar.about(rest, "to"), deeds.tag),
    Word(
        "update",
        "update priority to P1..P5 for ID [because REASON]",
        "Change the severity, by its place in the handbook",
        grammar.priority,
        deeds.priority,
    ),
    Word("exec", "exec ACTION on IDS", "Do what Tocsin offers for a duty", lambda rest: grammar.about(rest, "on"), deeds.execute),
    Word("close", "close [IDS] [because HOW | EVIDENCE]", "Resolve them; nothing closes without evidence", grammar.closing, deeds.close),
    Word("ackall", "ackall", "Acknowledge every page that waits, once you confirm the list", _alone, deeds.ack_all),
    Word("closeall", "closeall", "List all that is open, to end each", _alone, deeds.close_all),
    Word(
        "oncall",
        "oncall [me|USER] [Nh|Nm|Nd] [for TEAM|SCHEDULE|all]",
        "Take over on-call; without more: you, an hour, all",
        grammar.turn,
        turns.take,
    ),
    Word("whoisoncall", "whoisoncall [SCHEDULE]", "Who is on call", lambda rest: rest, turns.who),
    Word("list", "list [teams|schedules|integrations|policies]", "The open incidents, or what there is", looking.what, looking.listed),
    Word("get", "get [ID]", "One incident as it stands", looking.one, looking.get),
    Word("connect", "connect", "Tell Tocsin who you are", _alone, connecting.connect),
    Word("enable", "enable policy|integration ID", "Says where that is set", looking.setting, looking.elsewhere),
    Word("disable", "disable policy|integration ID", "Says where that is set", looking.setting, looking.elsewhere),
)  # fmt: skip
WORDS = {word.word: word for word in TABLE}
ELSEWHERE: Final = {
    guesses.DRILL: elsewhere.ELSEWHERE[guesses.DRILL],
    "snooze": "`/tocsin snooze [INC] DUTY REASON` asks for a while; Opsgenie's words have none for it.",
    "acknowledge": _usage(WORDS["ack"]),
    "resolve": _usage(WORDS["close"]),
    "escalate": "`/tocsin escalate [INC]` pages the next people now; Opsgenie's words have none for it.",
}
"""Words that Opsgenie's people may expect and its own grammar does not have."""
