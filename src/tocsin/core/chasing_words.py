"""What who is paged or reminded can do instead of what they are asked: hand a page up, ask for a while, hand the whole over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tocsin.core import facts as f
from tocsin.core.decisions_chasing import LEAST, may_escalate, quiet_until
from tocsin.core.duties import Duty
from tocsin.core.incident import Incident
from tocsin.core.message_parts import ACK, ESCALATE, HAND_OVER, OWN, Message, Offer, clock, quoted


def page_offers(incident: Incident, person: str = "") -> tuple[Offer, ...]:
    """The clicks that answer a page. Who was called by name though somebody owns it already says no more than that they come."""
    if incident.owner and person in incident.alert.called:
        return (ACK,)
    return (OWN, ACK, ESCALATE) if may_escalate(incident) else (OWN, ACK)


def other_ways(duty: Duty, incident: Incident, now: datetime) -> tuple[Offer, ...]:
    """What the one who is reminded can do instead: ask for a while, or hand the whole over."""
    until = quiet_until(incident, duty, now)
    can_wait = duty.quiet_until is None and until - now >= LEAST
    a_while = (Offer("snooze", f"Give me {(until - now) // LEAST} min …", duty.id),) if can_wait else ()
    is_owners = incident.is_open and duty.owes == (incident.owner,) and not incident.asked.handover
    return (*a_while, HAND_OVER) if is_owners else a_while


def snoozed(what: f.DutySnoozed, who: str, duties: Mapping[str, Duty]) -> Message:
    """Everybody in the thread reads who asked for a while, why, and that nothing else has changed."""
    duty = duties.get(what.duty)
    title, due = (duty.title, f" It stays due at {clock(duty.due_at)}.") if duty else (what.duty, "")
    return Message(f"{who} asks for time until {clock(what.until)}: {title}.{due}\n{quoted(what.reason)}")
