"""The incident that somebody acts on, and what every decision asks first: who acts, and whether it is still open."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tocsin.core.due_paging import RosterLook
from tocsin.core.duties import OWED, Duty, ledger, open_duties
from tocsin.core.escalation.due import Look
from tocsin.core.handbook import Handbook
from tocsin.core.incident import DISMISSED, Incident
from tocsin.core.people import Roster
from tocsin.core.words import text_of
from tocsin.errors import Conflict, Forbidden, NotFound


@dataclass(frozen=True, slots=True)
class Case:
    """An incident as it stands, under its own handbook, at one instant."""

    incident: Incident
    handbook: Handbook
    now: datetime
    roster: Roster = field(default_factory=Roster)
    knows: Look | None = None

    @property
    def look(self) -> Look:
        """Who there is for the escalation. By the roster alone where nothing `knows` more."""
        return self.knows or RosterLook(self.roster, self.incident.abilities)

    def name(self, handle: str) -> str:
        """How a refusal calls a person."""
        return self.roster.name(handle)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and through which door. `person` is their handle; "" for a key or a stranger that is nobody of ours."""

    person: str
    door: str
    name: str = ""

    @property
    def by(self) -> str:
        return self.person or text_of(self.name[:200], field="name") or "somebody"


def somebody(actor: Actor, deed: str) -> str:
    if not actor.person:
        raise Forbidden(
            f"Only a person can {deed}, in their own name; {actor.by} is nobody that Tocsin knows"
        )
    return actor.person


def must_be_open(case: Case) -> None:
    incident = case.incident
    if not incident.is_open:
        word = "dismissed" if incident.status == DISMISSED or incident.dismissed else "resolved"
        raise Conflict(f"{incident.ref} was {word} at {incident.ended_at:%H:%M} UTC; reopen it first")


def must_have_owner(case: Case, why: str) -> None:
    if not case.incident.owner:
        raise Conflict(
            f'Nobody owns {case.incident.ref} yet, and {why}. Say "I\'m on it" first: own {case.incident.ref}'
        )


def open_duty(case: Case, duty_id: str) -> Duty:
    duties = ledger(case.incident, case.handbook, case.now)
    duty = next((duty for duty in duties if duty.id == duty_id), None)
    if duty is None:
        owed = ", ".join(duty.id for duty in open_duties(duties)) or "none"
        raise NotFound(f"{case.incident.ref} has no duty {duty_id}; owed are: {owed}", field="duty")
    if duty.state != OWED:
        raise Conflict(f"{duty_id} is {duty.state} already")
    return duty
