"""The command table of `/tocsin` and of `@tocsin` in a thread: one word, one handler, one line of help. Each calls one act.

Whatever is no command is a report: nothing blocks declaring.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from tocsin.acts import incidents
from tocsin.core import incident as states
from tocsin.errors import Invalid
from tocsin.integrations.slack import answers, reports
from tocsin.integrations.slack.asking import Ask, which, words_after
from tocsin.integrations.slack.blocks import escaped
from tocsin.integrations.slack.forms import open_form, open_report
from tocsin.integrations.slack.grammar import first_word, halves, leading_ref, refs, span_at_end
from tocsin.integrations.slack.lobby import Reply
from tocsin.integrations.slack.recipients import targets_of
from tocsin.integrations.slack.reports import Told

ENDED = (states.RESOLVED, states.DISMISSED, states.CLOSED)
UNLEARNED = (states.OPEN, states.RESOLVED, states.DISMISSED)
ALONE = re.compile(r"")
MAYBE_REF = re.compile(r"(INC-\d+)?", re.IGNORECASE)
REF_TAKE_OVER = re.compile(r"(INC-\d+)?\s*(take ?over)?", re.IGNORECASE)

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
        "in its thread, write `@tocsin update …`."
    )
    return Reply("\n".join([first, *lines]))


async def _report(ask: Ask) -> Reply:
    if ask.words:
        return await reports.declared(ask.lobby, ask.caller, Told(ask.words))
    if not ask.trigger:
        raise Invalid("Say what is broken, in a few words: report sign-in fails", field="text")
    await open_report(ask.lobby, ask.trigger, ask.channel)
    return Reply()


async def _own(ask: Ask) -> Reply:
    ref, rest = await which(ask)
    incident = await incidents.own(ask.house, ask.actor, ref, take_over=bool(rest))
    return Reply(f"You own {incident.ref}. Say next what you intend to do: `/tocsin next {incident.ref} …`")


async def _ack(ask: Ask) -> Reply:
    ref, _ = await which(ask)
    incident = await incidents.acknowledge(ask.house, ask.actor, ref)
    return Reply(f"The page of {incident.ref} is acknowledged. To own it: `/tocsin own {incident.ref}`")


async def _next(ask: Ask) -> Reply:
    ref, rest = await which(ask)
    if not rest and ask.trigger:
        return await _form(ask, "next", ref)
    text, next_in = span_at_end(words_after(rest, "next TEXT [in 20m]"))
    return _done(
        await incidents.state_next_steps(ask.house, ask.actor, ref, text, next_in), "next steps are stated"
    )


async def _update(ask: Ask) -> Reply:
    ref, rest = await which(ask)
    if not rest and ask.trigger:
        return await _form(ask, "update", ref)
    text, next_in = span_at_end(words_after(rest, "update TEXT [in 20m]"))
    return _done(
        await incidents.post_update(ask.house, ask.actor, ref, text, next_in), "the update is posted"
    )


async def _severity(ask: Ask) -> Reply:
    ref, rest = await which(ask)
    if not rest and ask.trigger:
        return await _form(ask, "severity", ref)
    level, reason = first_word(words_after(rest, "sev LEVEL REASON", "severity"))
    incident = await incidents.change_severity(ask.house, ask.actor, ref, level, reason)
    return _done(incident, f"the severity is {incident.severity}")


async def _rollback(ask: Ask) -> Reply:
    ref, rest = await which(ask, *UNLEARNED)
    answer, text = first_word(rest)
    if answer not in ("yes", "no"):
        raise Invalid("Write /tocsin rollback yes WHAT, or /tocsin rollback no WHY NOT", field="rolled_back")
    incident = await incidents.answer_rollback(ask.house, ask.actor, ref, answer == "yes", text)
    return _done(incident, "the answer is noted")


async def _resolve(ask: Ask) -> Reply:
    ref, rest = await which(ask)
    how, evidence = halves(rest)
    if not evidence and ask.trigger:
        return await _form(ask, "resolve", ref, how)
    incident = await incidents.resolve(ask.house, ask.actor, ref, how, evidence)
    return _done(incident, "it is resolved")


async def _dismiss(ask: Ask) -> Reply:
    ref, rest = await which(ask)
    reason, verified = halves(rest)
    if not verified and ask.trigger:
        return await _form(ask, "dismiss", ref, reason)
    incident = await incidents.dismiss(ask.house, ask.actor, ref, reason, verified)
    return _done(incident, "it is dismissed")


async def _reopen(ask: Ask) -> Reply:
    ref, rest = await which(ask, *ENDED)
    incident = await incidents.reopen(
        ask.house, ask.actor, ref, words_after(rest, "reopen [INC] REASON", "reason")
    )
    return _done(incident, "it is open again, and who is on call is paged anew")


async def _approve(ask: Ask) -> Reply:
    ref, _ = await which(ask)
    return _done(await incidents.approve_public_words(ask.house, ask.actor, ref), "the public words go out")


async def _note(ask: Ask) -> Reply:
    ref, rest = await which(ask, *UNLEARNED)
    return _done(await incidents.add_note(ask.house, ask.actor, ref, words_after(rest, "note TEXT")), "noted")


async def _log(ask: Ask) -> Reply:
    ref, _ = await which(ask, states.RESOLVED)
    if not ask.trigger:
        page = ask.house.places.incident(ref)
        raise Invalid(
            f"The ops log is a form: press its button in the thread, write /tocsin log {ref}, or go to {page}"
        )
    return await _form(ask, "log", ref)


async def _waive(ask: Ask) -> Reply:
    ref, rest = await which(ask, *UNLEARNED)
    duty, reason = _first(rest)
    return _done(await incidents.waive(ask.house, ask.actor, ref, duty, reason), f"{escaped(duty)} is waived")


async def _done_by_hand(ask: Ask) -> Reply:
    ref, rest = await which(ask, *UNLEARNED)
    duty, evidence = _first(rest)
    incident = await incidents.done_by_hand(ask.house, ask.actor, ref, duty, evidence)
    return _done(incident, f"{escaped(duty)} is done")


async def _join(ask: Ask) -> Reply:
    named = refs(ask.words)
    if ask.ref and len(named) == 1:
        named.insert(0, ask.ref)
    if len(named) != 2:
        raise Invalid("Write /tocsin join INC-13 into INC-12", field="ref")
    incident = await incidents.join(ask.house, ask.actor, named[0], named[1])
    return _done(incident, f"the reports of {named[0]} are here now")


async def _split(ask: Ask) -> Reply:
    ref, rest = await which(ask)
    report = words_after(rest, "split INC REPORT", "report").upper()
    declaration = await incidents.split(ask.house, ask.actor, ref, report)
    return Reply(await reports.where(ask.lobby, declaration))


async def _page(ask: Ask) -> Reply:
    ref, rest = await which(ask)
    targets, unknown = await targets_of(
        ask.house, words_after(rest, "page TEAM", "to").replace(",", " ").split()
    )
    if unknown:
        known = await answers.who_can_be_paged(ask.house)
        raise Invalid(f"Nobody is called {' or '.join(unknown)}, so nobody was paged. {known}", field="to")
    incident = await incidents.page(ask.house, ask.actor, ref, targets)
    return _done(
        incident, f"{', '.join(escaped(target.partition(':')[2] or target) for target in targets)} paged"
    )


async def _status(ask: Ask) -> Reply:
    ref, _ = await which(ask)
    return await answers.status(ask.house, ref)


async def _who(ask: Ask) -> Reply:
    return await answers.on_call(ask.house)


async def _list(ask: Ask) -> Reply:
    return await answers.listed(ask.house)


async def _form(ask: Ask, name: str, ref: str, about: str = "") -> Reply:
    await open_form(ask.lobby, name, ask.trigger, ref, about, ask.channel)
    return Reply()


def _done(incident: states.Incident, what: str) -> Reply:
    return Reply(f"{incident.ref}: {what}.")


def _first(words: str) -> tuple[str, str]:
    """The first word as it is written, and the rest."""
    word, _, rest = words.strip().partition(" ")
    return word, rest.strip()


COMMANDS = (
    Command(
        "report", "report TEXT", "Report that something may be broken; without TEXT a form opens", _report
    ),
    Command("own", "own [INC] [take over]", "I'm on it: you own the incident", _own, REF_TAKE_OVER),
    Command("ack", "ack [INC]", "Acknowledge the page only", _ack, MAYBE_REF),
    Command(
        "next",
        "next [INC] TEXT [in 20m]",
        "State what you intend to do, and when the next update comes",
        _next,
    ),
    Command("update", "update [INC] TEXT [in 20m]", "Say how it stands", _update),
    Command("sev", "sev [INC] LEVEL REASON", "Change the severity", _severity),
    Command("rollback", "rollback [INC] yes|no TEXT", "Answer whether it was rolled back", _rollback),
    Command(
        "resolve", "resolve [INC] HOW | EVIDENCE", "It is well again; without words a form opens", _resolve
    ),
    Command(
        "dismiss", "dismiss [INC] REASON | HOW VERIFIED", "It is none; without words a form opens", _dismiss
    ),
    Command("reopen", "reopen [INC] REASON", "It was not over after all", _reopen),
    Command("approve", "approve [INC]", "Let the public words go out as drafted", _approve, MAYBE_REF),
    Command("note", "note [INC] TEXT", "Add a line to the timeline", _note),
    Command("log", "log [INC]", "Write the ops log", _log, MAYBE_REF),
    Command("waive", "waive [INC] DUTY REASON", "Let a duty go", _waive),
    Command("done", "done [INC] DUTY EVIDENCE", "A duty was done by hand", _done_by_hand),
    Command("join", "join INC into INC", "Both tell of the same thing", _join),
    Command("split", "split INC REPORT", "A report tells of something else", _split),
    Command("page", "page [INC] TEAM|PERSON", "Page more people now", _page),
    Command("who", "who", "Who is on call", _who, ALONE),
    Command("list", "list", "The open incidents", _list, ALONE),
    Command("status", "status [INC]", "One incident as it stands", _status, MAYBE_REF),
    Command("help", "help", "This", _help, ALONE),
)
WORDS = {command.word: command for command in COMMANDS} | {
    "severity": next(command for command in COMMANDS if command.word == "sev"),
    "declare": COMMANDS[0],
}
