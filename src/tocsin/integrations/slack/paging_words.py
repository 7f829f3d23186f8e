"""`/tocsin paging …`: whom an incident pages and what comes next, in words; and changing it. Each is one act."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from tocsin.acts import incident_paging
from tocsin.core.escalation.explain import Line
from tocsin.core.spans import span_of
from tocsin.core.words import shortened
from tocsin.errors import Forbidden, Invalid
from tocsin.integrations.slack.asking import Ask, which
from tocsin.integrations.slack.blocks import SECTION_LIMIT, date, escaped, link
from tocsin.integrations.slack.lobby import Reply
from tocsin.integrations.slack.recipients import targets_of

USAGE: Final = "paging [INC] [unack | silent 2h | to @WHO|TEAM|policy:NAME]"
TAKES: Final = re.compile(r"(INC-\d+)?\s*(unack|silent\b.*|to\s+\S.*)?", re.IGNORECASE | re.DOTALL)
"""What may follow the word `paging`; anything else is a report: "paging is broken"."""
AN_HOUR: Final = timedelta(hours=1)
BACK, AHEAD = 5, 5
"""How much of what was done, and of what comes next, is shown."""


async def paging(ask: Ask) -> Reply:
    ref, rest = await which(ask)
    word, _, more = rest.partition(" ")
    match word.lower():
        case "unack":
            await incident_paging.unacknowledge(ask.house, ask.actor, ref)
            return Reply(f"{ref}: the acknowledgement is taken back, and paging starts anew.")
        case "silent":
            return await _silent(ask, ref, more.strip())
        case "to":
            return await _to(ask, ref, more.strip())
        case _:
            return await _shown(ask, ref)


async def _silent(ask: Ask, ref: str, words: str) -> Reply:
    span = span_of(words.removeprefix("for ").strip()) if words else AN_HOUR
    if span is None or span <= timedelta():
        raise Invalid(f"{words!r} is no time to come: write /tocsin paging {ref} silent 2h", field="until")
    until = ask.house.clock.now() + span
    await incident_paging.snooze_pages(ask.house, ask.actor, ref, until)
    return Reply(f"{ref}: nobody is paged until {until:%d %b %H:%M} UTC. Then paging starts anew.")


async def _to(ask: Ask, ref: str, words: str) -> Reply:
    names = [one.strip() for one in words.split(",") if one.strip()]
    written = [one for one in names if re.fullmatch(r"(policy|schedule):\S+", one)]
    targets, unknown = await targets_of(ask.house, [one for one in names if one not in written])
    if unknown:
        raise Invalid(f"{', '.join(unknown)} is nobody that Tocsin knows", field="to")
    await incident_paging.reassign(ask.house, ask.actor, ref, [*targets, *written])
    return Reply(f"{ref} is given to {escaped(words)}: they are paged now.")


async def _shown(ask: Ask, ref: str) -> Reply:
    """What was done last, what comes next and when, and who is left out and why."""
    if not ask.actor.person:
        raise Forbidden("Only a person whom Tocsin knows can look at whom an incident pages")
    found = await incident_paging.paging(ask.house, ref, ask.actor.person)
    now = ask.house.clock.now()
    by = f", by the policy {escaped(found.policy)}" if found.policy else ""
    place = link(ask.house.places.incident(ref), ref)
    said = [f"*{place}* {found.incident.alert.escalation.status}{by}"]
    said += [f"• {date(line.at, now)}: {escaped(_words(line))}" for line in found.told[-BACK:]]
    said += [f"_next_ {date(line.at, now)}: {escaped(_words(line))}" for line in found.coming[:AHEAD]]
    if not found.coming:
        said.append("_next_ nothing by itself")
    return Reply(shortened("\n".join(said), SECTION_LIMIT))


def _words(line: Line) -> str:
    return f"{line.text} ({'; '.join(line.why)})" if line.why else line.text
