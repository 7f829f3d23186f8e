"""An alert for a team: the incident is open first, whoever is to be paged; then they are paged, and it is said what was understood."""

from __future__ import annotations

from typing import Final

from tocsin.acts import incidents, looks
from tocsin.errors import Invalid, NotFound, TocsinError
from tocsin.integrations.slack import answers, reports
from tocsin.integrations.slack.asking import Ask
from tocsin.integrations.slack.blocks import escaped
from tocsin.integrations.slack.genie import grammar
from tocsin.integrations.slack.genie.grammar import Alert
from tocsin.integrations.slack.grammar import refs, thread_in
from tocsin.integrations.slack.lobby import Reply, refusal_words
from tocsin.integrations.slack.recipients import names_of, targets_of
from tocsin.integrations.slack.reports import Told

USAGE: Final = 'alert "DESCRIPTION" for TEAM'


async def alert(ask: Ask, parsed: Alert, key: str = "") -> Reply:
    """Open it, page whom it names, and say what was understood. With the `key` of what was said it opens but once."""
    targets, unknown = await targets_of(ask.house, parsed.recipients)
    said = grammar.said(ask.whole) if unknown and not targets else parsed.description
    if not said:
        raise Invalid(f"It has no description. Write /genie {USAGE}", field="text")
    ref = await _named(ask, said)
    lines = []
    if not ref and (ref := await looks.incident_of_talk(ask.house, ask.channel, "") or ""):
        # What is said where an incident is talked about belongs to it, and opens none that others may read.
        await incidents.add_note(ask.house, ask.actor, ref, said)
    if not ref:
        declaration = await reports.declare(ask.lobby, ask.caller, Told(said, key=key or ask.key))
        ref = declaration.ref
        lines.append(await reports.where(ask.lobby, declaration))
    lines += [f"*Message:* {escaped(said)}", f"*Recipients:* {await _paged(ask, ref, targets)}"]
    if parsed.keyword:
        lines.append(
            f"The message itself says “{parsed.keyword}”; it was split at the last one. Put the message in quotes to be sure."
        )
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
