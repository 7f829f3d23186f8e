"""An incident as one card: what it is, how it stands, what is owed, and the clicks. Edited in place, readable on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tocsin.core import incident as states
from tocsin.core.duties import Duty, open_duties
from tocsin.core.handbook import Handbook
from tocsin.core.incident import Incident
from tocsin.core.message_parts import DISMISS, NEXT, OWN, RESOLVE, SEVERITY, UPDATE, Offer, source_label
from tocsin.core.people import Roster
from tocsin.core.places import Places
from tocsin.core.words import shortened
from tocsin.integrations.slack.blocks import (
    JSON,
    actions,
    called,
    context,
    date,
    escaped,
    link,
    offered,
    section,
)

SIGNS = (":red_circle:", ":large_orange_circle:", ":large_yellow_circle:", ":white_circle:")
"""From the worst severity to the mildest; what is milder still has the last."""
ENDED_SIGNS = {
    states.RESOLVED: ":white_check_mark:",
    states.DISMISSED: ":wavy_dash:",
    states.CLOSED: ":heavy_check_mark:",
}
SHOWN_DUTIES = 8
LOG = Offer("log", "Write the ops log …", is_main=True)


@dataclass(frozen=True, slots=True)
class Sight:
    """What a card is drawn from: one incident and its ledger, as they stand at `now`."""

    incident: Incident
    handbook: Handbook
    ledger: list[Duty]
    roster: Roster
    places: Places
    now: datetime


def card(sight: Sight, channel: str = "") -> tuple[str, list[JSON]]:
    """The card's text, for notifications and for readers without blocks, and its blocks.

    `channel` is the incident's own, to which the card in the incidents channel leads.
    """
    incident = sight.incident
    text = f"{incident.ref} {incident.title} ({_severity(sight)}, {incident.status})"
    blocks = [section(f"{_headline(sight)}\n{_state(sight)}")]
    owed = list(_owed(sight))
    if owed:
        blocks.append(section("\n".join(owed)))
    blocks.append(context(" · ".join([*([f"<#{channel}>"] if channel else []), *_links(sight)])))
    blocks += actions(offered(offers(incident), incident.ref))
    return escaped(text), blocks


def offers(incident: Incident) -> tuple[Offer, ...]:
    """The clicks that make sense now; none once all is learned."""
    if incident.is_open:
        main = (OWN,) if not incident.owner else (UPDATE,) if incident.next_update_at else (NEXT,)
        return (*main, SEVERITY, RESOLVE, DISMISS)
    if incident.status == states.RESOLVED and incident.ops_log is None:
        return (LOG,)
    return ()


def _headline(sight: Sight) -> str:
    incident = sight.incident
    sign = ENDED_SIGNS.get(incident.status) or severity_sign(sight.handbook, incident.severity)
    return f"{sign} *{link(sight.places.incident(incident.ref), incident.ref)} {escaped(incident.title)}*"


def severity_sign(handbook: Handbook, severity: str) -> str:
    return SIGNS[min(handbook.rank(severity), len(SIGNS) - 1)]


def _severity(sight: Sight) -> str:
    return sight.handbook.severity(sight.incident.severity).title


def _state(sight: Sight) -> str:
    incident, now = sight.incident, sight.now
    kind = sight.handbook.kind(incident.kind)
    first = f"{escaped(_severity(sight))} · {escaped(kind.title if kind else incident.kind)} · *{incident.status}*"
    second = f"Owner: {_owner(sight)}"
    third = f"Started {date(incident.started_at, now)}"
    if incident.ended_at:
        third += f" · ended {date(incident.ended_at, now)}"
    if incident.next_update_at:
        late = " *(overdue)*" if incident.next_update_at < now else ""
        third += f" · next update by {date(incident.next_update_at, now)}{late}"
    lines = (first, second, third)
    return "\n".join((*lines, _tags(incident)) if incident.tags else lines)


def _tags(incident: Incident) -> str:
    return " ".join(f"`{escaped(tag)}`" for tag in incident.tags)


def _owner(sight: Sight) -> str:
    incident = sight.incident
    if incident.owner:
        return called(incident.owner, sight.roster)
    paged = ", ".join(called(handle, sight.roster) for handle in incident.alert.people)
    return f"*nobody yet* (paged: {paged})" if paged and incident.is_open else "*nobody yet*"


def _owed(sight: Sight) -> Iterator[str]:
    owed = sorted(open_duties(sight.ledger), key=lambda duty: duty.due_at)
    if owed:
        yield "*Owed*"
    for duty in owed[:SHOWN_DUTIES]:
        who = ", ".join(escaped(sight.roster.name(handle)) for handle in duty.owes[:5]) or "nobody yet"
        what = escaped(shortened(duty.title, 150))
        if duty.is_overdue(sight.now):
            yield f":warning: *Overdue* since {date(duty.due_at, sight.now)}: {what} ({who})"
        else:
            yield f"• By {date(duty.due_at, sight.now)}: {what} ({who})"
    if len(owed) > SHOWN_DUTIES:
        yield link(sight.places.incident(sight.incident.ref), f"and {len(owed) - SHOWN_DUTIES} more")


def _links(sight: Sight) -> Iterator[str]:
    incident, places = sight.incident, sight.places
    yield link(places.incident(incident.ref), "Incident page")
    if incident.public.issue:
        yield link(incident.public.issue.url, "Issue")
    if incident.public.post:
        yield link(incident.public.post.url, "Post")
    for report in incident.handles_reports[:3]:
        name = f"{report.reporter} ({source_label(report.source)})"
        yield f"Reported by {link(report.url, shortened(name, 60))}"
    for ref in incident.similar[:3]:
        yield f"Similar: {link(places.incident(ref), ref)}"
