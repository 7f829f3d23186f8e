"""What each command does: it finds the incident that is meant, reads its own words, calls one act, and says what came of it."""

from __future__ import annotations

import re

from tocsin.acts import incidents, looks, rerunning
from tocsin.core import incident as states
from tocsin.core.case import Case, must_be_open
from tocsin.errors import Invalid
from tocsin.integrations.slack import answers, reports
from tocsin.integrations.slack.asking import Ask, which, words_after
from tocsin.integrations.slack.blocks import escaped
from tocsin.integrations.slack.cover import asks
from tocsin.integrations.slack.forms import open_form
from tocsin.integrations.slack.genie import turns
from tocsin.integrations.slack.genie.grammar import tags, turn, unquoted
from tocsin.integrations.slack.grammar import first_word, halves, refs, span_at_end
from tocsin.integrations.slack.lobby import Reply
from tocsin.integrations.slack.recipients import names_of, targets_of

ENDED = (states.RESOLVED, states.DISMISSED, states.CLOSED)
UNLEARNED = (states.OPEN, states.RESOLVED, states.DISMISSED)
WHERE = re.compile(r"(?:.*?\s)?(?:for|in)\s+(?P<place>\S.*?)\s*\??", re.IGNORECASE | re.DOTALL)


async def own(ask: Ask) -> Reply:
    ref, rest = await which(ask)
    incident = await incidents.own(ask.house, ask.actor, ref, take_over=bool(rest))
    return Reply(f"You own {incident.ref}. Say next what you intend to do: `/tocsin next {incident.ref} …`")


async def ack(ask: Ask) -> Reply:
    ref, _ = await which(ask)
    incident = await incidents.acknowledge(ask.house, ask.actor, ref)
    return Reply(f"The page of {incident.ref} is acknowledged. To own it: `/tocsin own {incident.ref}`")


async def escalate(ask: Ask) -> Reply:
    ref, _ = await which(ask)
    return done(await incidents.escalate(ask.house, ask.actor, ref), "the next people are paged")


async def rerun(ask: Ask) -> Reply:
    ref, _ = await which(ask)
    return done(await rerunning.ask(ask.house, ask.actor, ref), "the build is run again")


async def snooze(ask: Ask) -> Reply:
    ref, rest = await which(ask, *UNLEARNED)
    duty, reason = _first(words_after(rest, "snooze DUTY REASON", "duty"))
    return done(await incidents.snooze(ask.house, ask.actor, ref, duty, reason), "the reminders wait")


async def next_steps(ask: Ask) -> Reply:
    ref, rest = await which(ask)
    if not rest and ask.trigger:
        return await show_form(ask, "next", ref)
    text, next_in = span_at_end(words_after(rest, "next TEXT [in 20m]"))
    return done(
        await incidents.state_next_steps(ask.house, ask.actor, ref, text, next_in), "next steps are stated"
    )


async def update(ask: Ask) -> Reply:
    ref, rest = await which(ask)
    if not rest and ask.trigger:
        return await show_form(ask, "update", ref)
    text, next_in = span_at_end(words_after(rest, "update TEXT [in 20m]"))
    return done(await incidents.post_update(ask.house, ask.actor, ref, text, next_in), "the update is posted")


async def severity(ask: Ask) -> Reply:
    ref, rest = await which(ask)
    if not rest and ask.trigger:
        return await show_form(ask, "severity", ref)
    level, reason = first_word(words_after(rest, "sev LEVEL REASON", "severity"))
    incident = await incidents.change_severity(ask.house, ask.actor, ref, level, reason)
    return done(incident, f"the severity is {incident.severity}")


async def kind(ask: Ask) -> Reply:
    ref, rest = await which(ask)
    new, reason = first_word(words_after(rest, "kind KIND REASON", "kind"))
    incident = await incidents.change_kind(ask.house, ask.actor, ref, new, reason)
    return done(incident, f"the kind is {incident.kind}")


async def member(ask: Ask) -> Reply:
    ref, rest = await which(ask)
    who, reason = first_word(words_after(rest, "member PERSON REASON", "person"))
    targets, _ = await targets_of(ask.house, [who])
    person = targets[0].removeprefix("person:") if targets else who
    incident = await incidents.add_member(ask.house, ask.actor, ref, person, reason)
    return done(incident, f"{escaped((await looks.roster(ask.house)).name(person))} may know of it")


async def title(ask: Ask) -> Reply:
    ref, rest = await which(ask)
    incident = await incidents.retitle(ask.house, ask.actor, ref, words_after(rest, "title TEXT", "title"))
    return done(incident, f"it is called {incident.title}")


async def tag(ask: Ask) -> Reply:
    ref, rest = await which(ask, *UNLEARNED)
    named = tags(words_after(rest, "tag T1,T2", "tags"))
    incident = await incidents.add_tags(ask.house, ask.actor, ref, named)
    return done(incident, f"it is tagged {escaped(', '.join(incident.tags))}")


async def rollback(ask: Ask) -> Reply:
    ref, rest = await which(ask, *UNLEARNED)
    answer, text = first_word(rest)
    if answer not in ("yes", "no"):
        raise Invalid("Write /tocsin rollback yes WHAT, or /tocsin rollback no WHY NOT", field="rolled_back")
    incident = await incidents.answer_rollback(ask.house, ask.actor, ref, answer == "yes", text)
    return done(incident, "the answer is noted")


async def resolve(ask: Ask) -> Reply:
    ref, rest = await which(ask)
    how, evidence = halves(rest)
    if not evidence and ask.trigger:
        await _must_be_open(ask, ref)
        return await show_form(ask, "resolve", ref, how)
    incident = await incidents.resolve(ask.house, ask.actor, ref, how, evidence)
    return done(incident, "it is resolved")


async def dismiss(ask: Ask) -> Reply:
    ref, rest = await which(ask)
    reason, verified = halves(rest)
    if not verified and ask.trigger:
        await _must_be_open(ask, ref)
        return await show_form(ask, "dismiss", ref, reason)
    incident = await incidents.dismiss(ask.house, ask.actor, ref, reason, verified)
    return done(incident, "it is dismissed")


async def _must_be_open(ask: Ask, ref: str) -> None:
    """Refused before a form is filled in, not after."""
    view = await looks.case(ask.house, ref, ask.actor.person)
    must_be_open(Case(view.incident, view.handbook, view.now))


async def reopen(ask: Ask) -> Reply:
    ref, rest = await which(ask, *ENDED)
    incident = await incidents.reopen(
        ask.house, ask.actor, ref, words_after(rest, "reopen [INC] REASON", "reason")
    )
    return done(incident, "it is open again, and who is on call is paged anew")


async def approve(ask: Ask) -> Reply:
    ref, _ = await which(ask)
    return done(await incidents.approve_public_words(ask.house, ask.actor, ref), "the public words go out")


async def note(ask: Ask) -> Reply:
    ref, rest = await which(ask, *UNLEARNED)
    return done(await incidents.add_note(ask.house, ask.actor, ref, words_after(rest, "note TEXT")), "noted")


async def log(ask: Ask) -> Reply:
    ref, _ = await which(ask, states.RESOLVED)
    if not ask.trigger:
        page = ask.house.places.incident(ref)
        raise Invalid(
            f"The ops log is a form: press its button in the thread, write /tocsin log {ref}, or go to {page}"
        )
    return await show_form(ask, "log", ref)


async def waive(ask: Ask) -> Reply:
    ref, rest = await which(ask, *UNLEARNED)
    duty, reason = _first(rest)
    return done(await incidents.waive(ask.house, ask.actor, ref, duty, reason), f"{escaped(duty)} is waived")


async def done_by_hand(ask: Ask) -> Reply:
    ref, rest = await which(ask, *UNLEARNED)
    duty, evidence = _first(rest)
    incident = await incidents.done_by_hand(ask.house, ask.actor, ref, duty, evidence)
    return done(incident, f"{escaped(duty)} is done")


async def join(ask: Ask) -> Reply:
    named = refs(ask.words)
    if ask.ref and len(named) == 1:
        named.insert(0, ask.ref)
    if len(named) != 2:
        raise Invalid("Write /tocsin join INC-13 into INC-12", field="ref")
    incident = await incidents.join(ask.house, ask.actor, named[0], named[1])
    return done(incident, f"the reports of {named[0]} are here now")


async def split(ask: Ask) -> Reply:
    ref, rest = await which(ask)
    report = words_after(rest, "split INC REPORT", "report").upper()
    declaration = await incidents.split(ask.house, ask.actor, ref, report)
    return Reply(await reports.where(ask.lobby, declaration))


async def page(ask: Ask) -> Reply:
    ref, rest = await which(ask)
    targets, unknown = await targets_of(
        ask.house, words_after(rest, "page TEAM", "to").replace(",", " ").split()
    )
    if unknown:
        known = await answers.who_can_be_paged(ask.house)
        raise Invalid(f"Nobody is called {' or '.join(unknown)}, so nobody was paged. {known}", field="to")
    incident = await incidents.page(ask.house, ask.actor, ref, targets)
    return done(incident, f"{escaped(await names_of(ask.house, targets))} paged")


async def status(ask: Ask) -> Reply:
    ref, _ = await which(ask)
    return await answers.status(ask.house, ref, ask.actor.person)


async def cover(ask: Ask) -> Reply:
    if ask.words.split(maxsplit=1)[:1] in (["ask"], ["Ask"]):
        return await asks(ask)
    said = turn(ask.words)
    if said is None:
        raise Invalid("Write /tocsin cover, or /tocsin cover @bob 2h for SCHEDULE", field="text")
    return await turns.take(ask, said)


async def who(ask: Ask) -> Reply:
    """Everywhere, or `for SCHEDULE`; a team's name is as good."""
    found = WHERE.fullmatch(ask.words)
    return await answers.on_call(ask.house, unquoted(found["place"]) if found else "")


async def listed(ask: Ask) -> Reply:
    return await answers.listed(ask.house, ask.actor.person)


async def show_form(ask: Ask, name: str, ref: str, about: str = "") -> Reply:
    await open_form(ask.lobby, ask.actor, name, ask.trigger, ref, about, ask.channel)
    return Reply()


def done(incident: states.Incident, what: str) -> Reply:
    return Reply(f"{incident.ref}: {what}.")


def _first(words: str) -> tuple[str, str]:
    """The first word as it is written, and the rest."""
    word, _, rest = words.strip().partition(" ")
    return word, rest.strip()
