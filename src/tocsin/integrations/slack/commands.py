"""The command table of `/tocsin` and of `@tocsin` in a thread: one word, one handler, one line of help. Each calls one act.

Whatever is no command is a report: nothing blocks declaring.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from tocsin.errors import Invalid
from tocsin.integrations.slack import deeds, reports
from tocsin.integrations.slack.asking import Ask
from tocsin.integrations.slack.forms import open_report
from tocsin.integrations.slack.grammar import first_word, leading_ref
from tocsin.integrations.slack.lobby import Reply
from tocsin.integrations.slack.reports import Told

ALONE = re.compile(r"")
MAYBE_REF = re.compile(r"(INC-\d+)?", re.IGNORECASE)
REF_TAKE_OVER = re.compile(r"(INC-\d+)?\s*(take ?over)?", re.IGNORECASE)

COVER = re.compile(r"(me|@\S+)?\s*(\d+[hmd])?\s*((for|with) .+)?", re.IGNORECASE)

Handler = Callable[[Ask], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Command:
    """`takes` is all that may follow the word, where other words make the whole a report; None where any words may."""

    word: str
    usage: str
    help: str
    do: Handler
    takes: re.Pattern[str] | None = None


async def run(ask: Ask) -> Reply | None:
    """Do the command that the whole text is; None where it is none."""
    word, words = first_word(ask.whole)
    command = WORDS.get(word)
    if command is None or (command.takes and not command.takes.fullmatch(words)):
        return None
    return await command.do(replace(ask, word=word, words=words))


async def slash(ask: Ask) -> Reply:
    """`/tocsin …`: a command, else a report; the form of a report where there are no words at all."""
    if not ask.whole.strip():
        return await _report(ask)
    reply = await run(ask)
    return reply or await reports.declared(ask.lobby, ask.caller, Told(ask.whole))


def names_an_incident(text: str) -> bool:
    """Whether the text begins as a command on a named incident: `own INC-3`."""
    word, rest = first_word(text)
    return word in WORDS and bool(leading_ref(rest)[0])


async def _help(ask: Ask) -> Reply:
    lines = [f"`/tocsin {command.usage}` {command.help}" for command in COMMANDS]
    first = (
        "Say what is broken and it is reported: `/tocsin sign-in fails`. Without an incident's name the only open one is meant; "
        "in its thread, write `@tocsin update …`, or just `I'm on it`."
    )
    return Reply("\n".join([first, *lines]))


async def _report(ask: Ask) -> Reply:
    if ask.words:
        return await reports.declared(ask.lobby, ask.caller, Told(ask.words))
    if not ask.trigger:
        raise Invalid("Say what is broken, in a few words: report sign-in fails", field="text")
    await open_report(ask.lobby, ask.trigger, ask.channel)
    return Reply()


COMMANDS = (
    Command(
        "report", "report TEXT", "Report that something may be broken; without TEXT a form opens", _report
    ),
    Command("own", "own [INC] [take over]", "I'm on it: you own the incident", deeds.own, REF_TAKE_OVER),
    Command("ack", "ack [INC]", "Acknowledge the page only", deeds.ack, MAYBE_REF),
    Command(
        "next",
        "next [INC] TEXT [in 20m]",
        "State what you intend to do, and when the next update comes",
        deeds.next_steps,
    ),
    Command("update", "update [INC] TEXT [in 20m]", "Say how it stands", deeds.update),
    Command("sev", "sev [INC] LEVEL REASON", "Change the severity", deeds.severity),
    Command("kind", "kind [INC] KIND REASON", "Say that it is of another kind", deeds.kind),
    Command("member", "member [INC] PERSON REASON", "Let somebody know of a private one", deeds.member),
    Command("title", "title [INC] TEXT", "Give it a better title", deeds.title),
    Command("tag", "tag [INC] T1,T2", "Put tags on it", deeds.tag),
    Command("rollback", "rollback [INC] yes|no TEXT", "Answer whether it was rolled back", deeds.rollback),
    Command(
        "resolve",
        "resolve [INC] HOW | EVIDENCE",
        "It is well again; without words a form opens",
        deeds.resolve,
    ),
    Command(
        "dismiss",
        "dismiss [INC] REASON | HOW VERIFIED",
        "It is none; without words a form opens",
        deeds.dismiss,
    ),
    Command("reopen", "reopen [INC] REASON", "It was not over after all", deeds.reopen),
    Command("approve", "approve [INC]", "Let the public words go out as drafted", deeds.approve, MAYBE_REF),
    Command("note", "note [INC] TEXT", "Add a line to the timeline", deeds.note),
    Command("log", "log [INC]", "Write the ops log", deeds.log, MAYBE_REF),
    Command("waive", "waive [INC] DUTY REASON", "Let a duty go", deeds.waive),
    Command("done", "done [INC] DUTY EVIDENCE", "A duty was done by hand", deeds.done_by_hand),
    Command("join", "join INC into INC", "Both tell of the same thing", deeds.join),
    Command("split", "split INC REPORT", "A report tells of something else", deeds.split),
    Command("page", "page [INC] TEAM|PERSON", "Page more people now", deeds.page),
    Command(
        "cover",
        "cover [USER] [2h] [for SCHEDULE]",
        "Take over on-call for a while; without more: you, an hour, all",
        deeds.cover,
        COVER,
    ),
    Command("who", "who", "Who is on call", deeds.who, ALONE),
    Command("list", "list", "The open incidents", deeds.listed, ALONE),
    Command("status", "status [INC]", "One incident as it stands", deeds.status, MAYBE_REF),
    Command("help", "help", "This", _help, ALONE),
)
WORDS = {command.word: command for command in COMMANDS} | {
    "severity": next(command for command in COMMANDS if command.word == "sev"),
    "declare": COMMANDS[0],
}
