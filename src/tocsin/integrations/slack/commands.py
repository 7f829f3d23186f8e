"""The command table of `/tocsin` and of `@tocsin` in a thread: one word, one handler, one line of help. Each calls one act.

Whatever is no command is a report: nothing blocks declaring. Only words that look like a command, and do not say that something is
wrong, are asked back about (`guesses.py`).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from tocsin.acts import looks
from tocsin.errors import Invalid, NotFound
from tocsin.integrations.slack import alert_words, anyway, deeds, guesses, inbox, paging_words, reports
from tocsin.integrations.slack import deeds_asked as asked
from tocsin.integrations.slack import deeds_learning as learning
from tocsin.integrations.slack import deeds_procedures as procedures
from tocsin.integrations.slack.asking import Ask, which
from tocsin.integrations.slack.blocks import escaped
from tocsin.integrations.slack.cover import ASKS, USAGE
from tocsin.integrations.slack.elsewhere import ELSEWHERE
from tocsin.integrations.slack.forms import open_report
from tocsin.integrations.slack.grammar import first_word, leading_ref, may_be_a_report, refs
from tocsin.integrations.slack.lobby import Reply, refusal_words
from tocsin.integrations.slack.reports import Told

ALONE = re.compile(r"")
WHO = re.compile(r"(is )?(on[- ]?call)?\s*((for|in)\s+\S.*?)?\s*\??", re.IGNORECASE)
OPEN_ONES = re.compile(r"(all )?(open )?(incidents?)?", re.IGNORECASE)
MAYBE_REF = re.compile(r"(INC-\d+)?", re.IGNORECASE)
ANSWERED = re.compile(r"(INC-\d+)?\s*([TH]\d+)?", re.IGNORECASE)
DECLINED = re.compile(r"(INC-\d+)?\s*([TH]\d+)?\s*(because\b.*)?", re.IGNORECASE | re.DOTALL)
OVER = re.compile(r"over\b.*", re.IGNORECASE | re.DOTALL)
FOLLOWS = re.compile(r"follows\b.*", re.IGNORECASE | re.DOTALL)
RETRO = re.compile(r"retro(spective)?\b.*", re.IGNORECASE | re.DOTALL)
REF_TAKE_OVER = re.compile(r"(INC-\d+)?\s*(take ?over)?", re.IGNORECASE)

COVER = re.compile(rf"{ASKS}|(me|@\S+)?\s*(\d{{1,9}}[hmd])?\s*((for|with) .+)?", re.IGNORECASE | re.DOTALL)

FREE = frozenset({"next", "update", "title", "tag", "note", "result", "reopen", "follow-up"})
"""Commands that do something with whatever follows, and are words of everyday as well."""

OF_SOMETHING = re.compile(r"(done )?[TFH]\d+\b", re.IGNORECASE)
"""Words that name a task, a follow-up or a handover are about nothing else."""
OWNERS = frozenset({"next", "update"})
"""Those of them that an owner says of what they own: it is theirs to speak of."""

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
    try:
        reply = await unclear(ask) or await run(ask)
    except (Invalid, NotFound) as refusal:
        if not may_be_a_report(ask.whole):
            raise
        return anyway.offer(ask, escaped(refusal_words(refusal, ask.caller)))
    return (
        reply
        or asked_back(ask)
        or await reports.declared(ask.lobby, ask.caller, Told(ask.whole, key=ask.key), said_in=ask.channel)
    )


async def unclear(ask: Ask) -> Reply | None:
    """The answer to a command of free words that reads as a report as well: "title bar disappears", "update fails on Windows".

    None where it is clear: it names its incident, or was said where that lives. Else no incident is changed by accident.
    """
    word, words = first_word(ask.whole)
    command = WORDS.get(word)
    if command is None or command.word not in FREE or ask.ref:
        return None
    if leading_ref(words)[0] or OF_SOMETHING.match(words) or not guesses.reads_as_report(words):
        return None
    try:
        ref, _ = await which(replace(ask, word=word, words=words))
    except Invalid as refusal:
        why = escaped(refusal_words(refusal, ask.caller))
    else:
        owner = (await looks.case(ask.house, ref, ask.actor.person)).incident.owner
        if command.word in OWNERS and owner and owner == ask.actor.person:
            return None
        why = f"Nothing was opened and nothing was done: this may be a report. If you meant {ref}, name it: `/tocsin {word} {ref} …`."
    return anyway.offer(ask, why)


def asked_back(ask: Ask, *, key: str = "", address: str = "") -> Reply | None:
    """The answer to what looks like a command and is none, with what would be one; None where it is a report."""
    if guesses.says_nothing(ask.whole):
        why = f"Nothing was opened and nothing was done: that does not say what is broken. {_said_of(ask.whole)}"
        return anyway.offer(ask, why, key=key, address=address)
    behind = guesses.without_names(ask.whole)
    is_behind = behind != ask.whole.strip() and not guesses.reads_as_report(behind)
    word = guesses.meant(behind if is_behind else ask.whole, WORDS, ELSEWHERE)
    if not word:
        return None
    command = WORDS.get(word)
    way = f"Did you mean `/tocsin {command.usage}`? {command.help}." if command else ELSEWHERE[word]
    return anyway.offer(ask, f"Nothing was opened and nothing was done. {way}", key=key, address=address)


def _said_of(text: str) -> str:
    found = refs(text)
    if found:
        return f"Did you mean `/tocsin status {found[0]}`?"
    return "`/tocsin help` shows what can be said."


def names_an_incident(text: str) -> bool:
    """Whether the text begins as a command on a named incident: `own INC-3`."""
    word, rest = first_word(text)
    return word in WORDS and bool(leading_ref(rest)[0])


def is_answer(text: str) -> bool:
    """Whether the text is an answer to what the speaker was asked, and nothing else: `accept`, `decline T1 because …`."""
    word, rest = first_word(text)
    command = WORDS.get(word) if word in ("accept", "decline") else None
    return bool(command and command.takes and command.takes.fullmatch(rest))


async def _help(ask: Ask) -> Reply:
    lines = [f"`/tocsin {command.usage}` {command.help}" for command in COMMANDS]
    first = (
        "Say what is broken and it is reported: `/tocsin sign-in fails`. Without an incident's name the only open one is meant; "
        "in its thread, write `@tocsin update …`, or just `I'm on it`."
    )
    last = (
        "There are no drills yet, and nobody can subscribe to an incident: such words open nothing. "
        "Opsgenie's words are under `/genie help`."
    )
    return Reply("\n".join([first, *lines, last]))


async def _inbox(ask: Ask) -> Reply:
    return await inbox.listed(ask.house, ask.actor)


async def _report(ask: Ask) -> Reply:
    if ask.words:
        told = Told(ask.words, key=ask.key)
        return await reports.declared(ask.lobby, ask.caller, told, said_in=ask.channel, on_purpose=True)
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
        "rerun",
        "rerun [INC]",
        "Have the oldest suspect's build run again: is it a flake?",
        deeds.rerun,
        MAYBE_REF,
    ),
    Command(
        "procedure",
        procedures.USAGE,
        "Roll back, revert or repair: plan it, approve it, run it, stop it; `plan` alone opens a form",
        procedures.procedure,
        procedures.TAKES,
    ),
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
    Command(
        "snooze", "snooze [INC] DUTY REASON", "Give me 15 minutes for a duty of mine, once", deeds.snooze
    ),
    Command("escalate", "escalate [INC]", "Page the next people now", deeds.escalate, MAYBE_REF),
    Command(
        "paging",
        paging_words.USAGE,
        "Whom it pages, what comes next and why; or change that",
        paging_words.paging,
        paging_words.TAKES,
    ),
    Command("waive", "waive [INC] DUTY REASON", "Let a duty go", deeds.waive),
    Command("done", "done [INC] DUTY EVIDENCE", "A duty was done by hand", deeds.done_by_hand),
    Command(
        "delegate",
        "delegate [INC] @WHO TEXT",
        "Ask somebody to do something, before all else",
        asked.delegate,
    ),
    Command("todo", "todo [INC] TEXT for @WHO", "The same, the other way round", asked.todo),
    Command("accept", "accept [INC] [T1|H1]", "I take the task, or the whole", asked.accept, ANSWERED),
    Command("decline", "decline [INC] [T1|H1] [because REASON]", "I can't", asked.decline, DECLINED),
    Command("result", "result [INC] [T1] TEXT", "What came of a task", asked.result),
    Command(
        "withdraw", "withdraw [INC] T1 because REASON", "A task need not be done any more", asked.withdraw
    ),
    Command(
        "hand",
        "hand over [INC] to @WHO|on-call [| SUMMARY]",
        "Ask somebody to own it instead",
        asked.hand_over,
        OVER,
    ),
    Command("release", "release [INC]", "Says how an owner is released", asked.release, MAYBE_REF),
    Command(
        "public",
        "public [INC] TEXT",
        "Tell the public how it stands, once you approve what is shown; without TEXT a form opens",
        asked.public,
    ),
    Command(
        "step", "step [INC] STEP FIELD: VALUE; …", "Record a step; without fields a form opens", asked.step
    ),
    Command(
        "follow-up",
        "follow-up [INC] [@WHO] TITLE",
        "File a follow-up, yours unless you name somebody; `follow-up done F1 HOW` when it is done",
        learning.follow_up,
    ),
    Command(
        "nothing",
        "nothing follows [INC] because REASON",
        "There is nothing to follow up",
        learning.nothing_follows,
        FOLLOWS,
    ),
    Command(
        "retro",
        "retro [INC] 2026-03-05 15:00 [for 60m] [with @A @B]",
        "Call a retrospective (in UTC), or move it",
        learning.retro,
    ),
    Command(
        "no", "no retro [INC] because REASON", "It is not worth a retrospective", learning.no_retro, RETRO
    ),
    Command("feedback", "feedback [INC] HEADING TEXT", "Write for the retrospective", learning.feedback),
    Command("join", "join INC into INC", "Both tell of the same thing", deeds.join),
    Command("split", "split INC REPORT", "A report tells of something else", deeds.split),
    Command("page", "page [INC] TEAM|PERSON", "Page more people now", deeds.page),
    Command(
        "cover",
        f"cover [USER] [2h] [for SCHEDULE]`, or `{USAGE}",
        "Take over on-call for a while (without more: you, an hour, all); or ask others to take your shift",
        deeds.cover,
        COVER,
    ),
    Command(
        "alert",
        alert_words.USAGE,
        "Alerts of their own, which page people without opening an incident; `who` says whom, and who is next",
        alert_words.alert,
        alert_words.TAKES,
    ),
    Command("inbox", "inbox", "What waits for somebody to look at it, with its buttons", _inbox, ALONE),
    Command("who", "who [for SCHEDULE]", "Who is on call", deeds.who, WHO),
    Command("list", "list", "The open incidents", deeds.listed, OPEN_ONES),
    Command("status", "status [INC]", "One incident as it stands", deeds.status, MAYBE_REF),
    Command("help", "help", "This", _help, ALONE),
)
WORDS = {command.word: command for command in COMMANDS} | {
    "severity": next(command for command in COMMANDS if command.word == "sev"),
    "declare": COMMANDS[0],
    "handover": replace(next(command for command in COMMANDS if command.word == "hand"), takes=None),
    "followup": next(command for command in COMMANDS if command.word == "follow-up"),
    "followups": next(command for command in COMMANDS if command.word == "follow-up"),
    "retrospective": next(command for command in COMMANDS if command.word == "retro"),
    "task": next(command for command in COMMANDS if command.word == "todo"),
}
