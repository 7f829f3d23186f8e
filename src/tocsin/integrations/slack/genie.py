"""`/genie`, for hands that know Opsgenie's words: an alert for a team, and who is on call. The other words come later."""

from __future__ import annotations

import re

from tocsin.acts import incidents, looks
from tocsin.errors import Invalid, NotFound, TocsinError
from tocsin.integrations.slack import answers, reports
from tocsin.integrations.slack.asking import Ask
from tocsin.integrations.slack.blocks import escaped
from tocsin.integrations.slack.grammar import first_word, genie_alert, refs, thread_in
from tocsin.integrations.slack.lobby import Reply, refusal_words
from tocsin.integrations.slack.recipients import names_of, targets_of
from tocsin.integrations.slack.reports import Told

IDS = r"(#?\d+[\s,]*)*"
COMES_LATER = {
    "ack": re.compile(IDS),
    "close": re.compile(IDS),
    "own": re.compile(IDS),
    "ackall": re.compile(r""),
    "closeall": re.compile(r""),
    "assign": re.compile(r".* to \S+"),
    "note": re.compile(r".* to #?\d+.*"),
    "addtag": re.compile(r".* to #?\d+.*"),
    "update": re.compile(r"priority to P[1-5].*", re.IGNORECASE),
    "exec": re.compile(r".* on #?\d+.*"),
    "oncall": re.compile(r"(me|\S+@\S+)?( \d+[hmd])?( for .+)?"),
    "list": re.compile(r"(teams|integrations|policies|schedules)?"),
    "get": re.compile(r"#?\d+"),
    "enable": re.compile(r"(policy|integration) .+"),
    "disable": re.compile(r"(policy|integration) .+"),
    "connect": re.compile(r".*"),
    "help": re.compile(r""),
    "": re.compile(r""),
}
"""Each word that Tocsin does not have yet, with what follows it there; before other words it may begin an alert."""
USAGE = 'Write /genie alert "DESCRIPTION" for TEAM, or /genie whoisoncall [SCHEDULE]'


async def genie(ask: Ask) -> Reply:
    word, rest = first_word(ask.whole)
    if word == "whoisoncall":
        return await answers.on_call(ask.house, rest.strip('"“” '))
    if word in COMES_LATER and COMES_LATER[word].fullmatch(rest):
        named = f"/genie {word} comes later. " if word not in ("", "help") else ""
        raise Invalid(f"{named}{USAGE}. Everything else is under /tocsin help", field="text")
    return await _alert(ask)


async def _alert(ask: Ask) -> Reply:
    """Open the incident first, whoever is to be paged; then page, and say what was understood."""
    parsed = genie_alert(ask.whole)
    targets, unknown = await targets_of(ask.house, parsed.recipients)
    said = ask.whole if unknown and not targets else parsed.description
    if not said:
        raise Invalid(f"It has no description. {USAGE}", field="text")
    ref = await _named(ask, said)
    lines = []
    if not ref:
        declaration = await reports.declare(ask.lobby, ask.caller, Told(said))
        ref = declaration.ref
        lines.append(await reports.where(ask.lobby, declaration))
    lines += [f"*Message:* {escaped(said)}", f"*Recipients:* {await _paged(ask, ref, targets)}"]
    if unknown:
        known = await answers.who_can_be_paged(ask.house)
        lines.append(escaped(f"Nobody is called {' or '.join(unknown)}, so they were not paged. {known}"))
    return Reply("\n".join(lines))


async def _paged(ask: Ask, ref: str, targets: tuple[str, ...]) -> str:
    """Page the targets on this incident, and say whom, or why not."""
    names = escaped(await names_of(ask.house, targets))
    if not targets:
        return f"none named that Tocsin knows; {ref} pages who is on call"
    try:
        await incidents.page(ask.house, ask.actor, ref, targets)
    except TocsinError as refusal:
        return f"{names} were *not* paged: {escaped(refusal_words(refusal, ask.caller))}"
    return f"{names} (paged for {ref})"


async def _named(ask: Ask, text: str) -> str:
    """The incident that the description names, or links to; "" where it is a new one."""
    place = thread_in(text)
    ref = await looks.incident_of_thread(ask.house, *place) if place else None
    for candidate in [ref] if ref else refs(text):
        try:
            if (await looks.case(ask.house, candidate, ask.actor.person)).incident.is_open:
                return candidate
        except NotFound:
            continue
    return ""
