"""An incident as one card: what it is, how it stands, what is owed, and the clicks. Edited in place, readable on a phone."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from tocsin.core import facts as f
from tocsin.core import incident as states
from tocsin.core.asked import ASKED
from tocsin.core.deploys.judging import ABILITY as DEPLOYS
from tocsin.core.duties import Duty, open_duties
from tocsin.core.handbook import Handbook
from tocsin.core.incident import Incident
from tocsin.core.message_parts import (
    DELEGATE,
    DISMISS,
    HAND_OVER,
    NEXT,
    OWN,
    PUBLIC_UPDATE,
    RESOLVE,
    ROLL_BACK,
    SEVERITY,
    UPDATE,
    Offer,
    source_label,
)
from tocsin.core.messages_duties import offers_of
from tocsin.core.people import Roster
from tocsin.core.places import Places
from tocsin.core.procedures import names
from tocsin.core.procedures.run import VERIFIED
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
LEARNING = (
    "log",
    "follow_up",
    "no_follow_ups",
    "follow_up_done",
    "retrospective",
    "no_retrospective",
    "retrospective_held",
    "step",
)
"""The clicks that the card has after the end, each while it is owed."""
MOST_OFFERS = 15
"""Of those; Slack takes 25 buttons in a row."""
SHOWN_ASKED = 8


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
    for lines in (list(_asked(sight)), list(_learned(sight)), list(_owed(sight))):
        if lines:
            blocks.append(section("\n".join(lines)))
    blocks.append(context(" · ".join([*([f"<#{channel}>"] if channel else []), *_links(sight)])))
    blocks += actions(offered(offers(sight), incident.ref))
    return escaped(text), blocks


def offers(sight: Sight) -> tuple[Offer, ...]:
    """The clicks that make sense now; none once all is learned. Those of the owner alone are refused to others by name."""
    incident = sight.incident
    if incident.is_open:
        main = (OWN,) if not incident.owner else (UPDATE,) if incident.next_update_at else (NEXT,)
        owners = (DELEGATE, HAND_OVER) if incident.owner else ()
        told = (PUBLIC_UPDATE,) if incident.public.issue or incident.public.post else ()
        back = (ROLL_BACK,) if _can_go_back(incident) else ()
        return (*main, *back, *owners, *told, *_due(sight, ("step",)), SEVERITY, RESOLVE, DISMISS)
    return _due(sight, LEARNING)


def _can_go_back(incident: Incident) -> bool:
    """From the owner's first minute, where something is declared that could be rolled back, until that is under way or done."""
    runs = [run for run in incident.runs if run.procedure == names.ROLL_BACK]
    is_at_it = any(run.is_under_way or run.state == VERIFIED for run in runs)
    return bool(incident.owner) and DEPLOYS in incident.abilities and not is_at_it


def _due(sight: Sight, acts: Collection[str]) -> tuple[Offer, ...]:
    """The clicks that discharge what is owed now, as far as they are among these acts; each once, named where it is one of several."""
    found: dict[tuple[str, str], Offer] = {}
    for duty in open_duties(sight.ledger):
        for offer in offers_of(duty):
            if offer.act in acts:
                named = _named(offer, sight)
                found.setdefault((offer.act, offer.about), named)
    return tuple(found.values())[:MOST_OFFERS]


def _named(offer: Offer, sight: Sight) -> Offer:
    """What is recorded, or done, stands on the button: on the card there may be several of them."""
    if offer.act == "step":
        step = sight.handbook.step(offer.about)
        return replace(offer, label=f"{step.title if step else offer.about} …", is_main=False)
    if offer.act == "follow_up_done":
        return replace(offer, label=f"{offer.about} is done …", is_main=False)
    return offer


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
    update_at = _next_update(sight)
    if update_at:
        late = " *(overdue)*" if update_at < now else ""
        third += f" · next update by {date(update_at, now)}{late}"
    lines = (first, second, third)
    return "\n".join((*lines, _tags(incident)) if incident.tags else lines)


def _next_update(sight: Sight) -> datetime | None:
    """When it is owed, which is sooner than it was promised where the severity has risen since."""
    owed = [duty.due_at for duty in open_duties(sight.ledger) if "update_posted" in duty.rule.discharged_by]
    return min(owed, default=sight.incident.next_update_at)


def _asked(sight: Sight) -> Iterator[str]:
    """What people have asked of each other and is still open."""
    asked, now = sight.incident.asked, sight.now
    if asked.handover:
        to, by = called(asked.handover.to, sight.roster), date(asked.handover.answer_by, now)
        yield f":handshake: {to} is asked to take it over, and answers by {by}"
    for task in [task for task in asked.tasks if task.is_theirs][:SHOWN_ASKED]:
        state = f"is asked, and answers by {date(task.answer_by, now)}" if task.state == ASKED else "is on it"
        text = escaped(shortened(" ".join(task.text.split()), 150))
        yield f":point_right: *{task.id}* {text} ({called(task.to, sight.roster)} {state})"


def _learned(sight: Sight) -> Iterator[str]:
    """What is done so that it does not happen again, and what was decided about the retrospective."""
    incident, asked = sight.incident, sight.incident.asked
    for one in asked.follow_ups[:SHOWN_ASKED]:
        sign = ":white_check_mark:" if one.done_at else ":white_large_square:"
        title = escaped(shortened(one.title, 150))
        yield f"{sign} {link(one.url, one.id)} {title} ({escaped(sight.roster.name(one.to))})"
    if any(isinstance(fact.what, f.NoFollowUps) for fact in incident.facts) and not asked.follow_ups:
        yield "Nothing has to follow."
    yield from _retrospective(sight)


def _retrospective(sight: Sight) -> Iterator[str]:
    retrospective, page = (
        sight.incident.asked.retrospective,
        sight.places.retrospective(sight.incident.ref),
    )
    if retrospective.held:
        yield f":speech_balloon: The {link(page, 'retrospective')} was held"
    elif retrospective.planned:
        at = date(retrospective.planned.starts_at, sight.now)
        yield f":speech_balloon: {link(page, 'Retrospective')} {at}, {retrospective.planned.minutes} min"
    elif retrospective.declined:
        yield "No retrospective."


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
