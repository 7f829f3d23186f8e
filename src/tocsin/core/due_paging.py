"""Whom an incident pages next: what `core/escalation` says is due, as facts of the incident."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from tocsin.core import facts as f
from tocsin.core import handbook as hb
from tocsin.core.contacts import usable
from tocsin.core.escalation import due
from tocsin.core.escalation import events as e
from tocsin.core.escalation import policy as p
from tocsin.core.escalation.due import Look
from tocsin.core.escalation.policy import Stage, Target
from tocsin.core.escalation.state import Escalation, after
from tocsin.core.incident import Incident
from tocsin.core.incident_paging import passed_over
from tocsin.core.people import Roster

AT_MOST: Final = 600
"""How many steps may be due at once: more than a policy can have."""
PLAIN: Final = frozenset({p.PERSON, p.TEAM, p.ON_CALL, p.ADMINS})
"""The targets for which the roster is all that has to be known."""
NO_WAY: Final = "there is no way to page them"
WHY_AGAIN: Final[dict[type[e.Event], str]] = {
    e.Unacknowledged: "the acknowledgement was taken back",
    e.AcknowledgementExpired: "nothing came of the acknowledgement",
    e.SnoozeEnded: "the time without pages is over",
    e.Reassigned: "it was given to them",
}


@dataclass(frozen=True, slots=True)
class RosterLook:
    """Who there is, by the roster of an instant. `beyond` knows the rest: schedules, and whose turn it is."""

    roster: Roster
    abilities: Collection[str]
    beyond: Look | None = None

    def people(self, target: Target, at: datetime) -> tuple[str, ...]:
        if target.kind == p.ADMINS:
            people = self.roster.people
            return tuple(sorted(handle for handle, one in people.items() if "admin" in one.rights))
        if target.kind in PLAIN:
            return self.roster.reached_by((target.written,))
        return self.beyond.people(target, at) if self.beyond else ()

    def why_not(self, handle: str, at: datetime) -> str:
        return "" if can_be_paged(self.roster, self.abilities, handle) else NO_WAY

    def turn(self, of: str) -> int:
        return self.beyond.turn(of) if self.beyond else 0


def is_plain(stamped: p.Stamped) -> bool:
    """Whether the roster is all that has to be known for a policy."""
    targets = [*stamped.last_resort, *(one for stage in stamped.stages for one in stage.to)]
    return all(one.kind in PLAIN for one in targets) and not any(stage.turn for stage in stamped.stages)


def can_be_paged(roster: Roster, abilities: Collection[str], handle: str) -> bool:
    """Somebody who can't be reached is a gap. A Tocsin that can page nobody at all still says whose turn it is."""
    ways = {ability for ability in abilities if ability.startswith("page:")}
    return not ways or bool(usable(roster.people[handle].contacts, ways))


def escalation_of(incident: Incident, handbook: hb.Handbook) -> Escalation:
    """The escalation with the priority that the incident's severity has now."""
    return replace(incident.alert.escalation, priority=handbook.priority(incident.severity))


def paging_due(incident: Incident, handbook: hb.Handbook, look: Look, now: datetime) -> list[f.What]:
    """What the escalation has due now, all of it; [] while nothing is."""
    if not pages(incident):
        return []
    one, facts = escalation_of(incident, handbook), list[f.What]()
    before = incident.alert.happened[-1].event if incident.alert.happened else None
    for _ in range(AT_MOST):
        event = due.what_is_due(one, look, now)
        if event is None:
            break
        facts += _facts(one, event, before)
        before = (
            passed_over(incident.alert, event, incident.pager) if isinstance(event, e.PassedOver) else event
        )
        one = after(one, before, now)
    return facts


def next_paging(incident: Incident) -> datetime | None:
    """When `paging_due` may have something next."""
    return due.next_at(incident.alert.escalation) if pages(incident) else None


def pages(incident: Incident) -> bool:
    return incident.is_open and bool(incident.alert.stamped.stages)


def people_of(stage: Stage, look: Look, now: datetime) -> tuple[str, ...]:
    """Everybody whom a stage means, whether they can be paged or not."""
    return tuple(dict.fromkeys(handle for target in stage.to for handle in look.people(target, now)))


def in_words(why: str) -> str:
    """Why somebody is left out, as facts keep it: people by their handles."""
    said = re.sub(r"\{@([^}]*)\}: " + NO_WAY, r"there is no way to page \1", why)
    return re.sub(r"\{@([^}]*)\}", r"\1", said)


def _facts(one: Escalation, event: e.Event, before: e.Event | None) -> list[f.What]:
    stages = one.stamped.stages
    match event:
        case e.Stepped(stage=n, people=people):
            is_first = one.stage < 0 and not one.round
            why = WHY_AGAIN.get(type(before)) if before else None
            why = why or (_first(stages[n]) if is_first else "nobody has acknowledged it yet")
            left_out = tuple(map(in_words, event.left_out))
            if not people:
                return [f.PlacesCalled(event.places, n, why, left_out)]
            return [f.Paged(people, n, why, False, event.places, left_out, event.turn)]
        case e.PassedOver(stage=n, why=why, keeps=keeps):
            return [f.NobodyToPage(n, in_words(why), keeps)]
        case e.RanOut(again=True):
            return [f.EscalationRanOut(one.round + one.ran_out + 1, again=True)]
        case e.RanOut(people=people):
            left_out, last = tuple(map(in_words, event.left_out)), len(stages) - 1
            gap = f.NobodyToPage(last, "; ".join(left_out) or "nobody is left to ask")
            why, places = "nobody has acknowledged it yet", event.places
            paged = f.Paged(people, last, why, places=places, left_out=left_out)
            told = [f.PlacesCalled(places, last, why)] if places and not people else []
            return [f.EscalationRanOut(one.round + one.ran_out + 1), paged if people else gap, *told]
        case e.AcknowledgementExpired(person=person):
            return [f.AcknowledgementExpired(person)]
        case e.SnoozeEnded():
            return [f.PagingSnoozeEnded()]
        case _:
            raise AssertionError(event)


def _first(stage: Stage) -> str:
    is_duty = any(one.kind in (p.ON_CALL, p.SCHEDULE) for one in stage.to)
    return "on call" if is_duty else "first of the escalation"
