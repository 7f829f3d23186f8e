"""What people do about the paging of an incident: take an acknowledgement back, ask for silence, give it to others.

As in `decisions.py`: each function says which facts it makes, or refuses with the reason. The rules are those of alerts.
"""

from __future__ import annotations

from datetime import datetime

from tocsin.core import facts as f
from tocsin.core.case import Actor, Case, must_be_open, somebody
from tocsin.core.escalation import decisions as d
from tocsin.core.escalation import events as e
from tocsin.core.escalation.policy import PLACES, Stamped, Target
from tocsin.errors import Invalid


def unacknowledge(case: Case, actor: Actor) -> list[f.What]:
    """The acknowledgement does not hold: paging starts anew. Whoever owns the incident does so until somebody else says that they do."""
    person = somebody(actor, "take an acknowledgement back")
    must_be_open(case)
    d.unacknowledge(case.incident.alert.escalation, person, case.name)
    return [f.PageUnacknowledged(person)]


def snooze_pages(case: Case, actor: Actor, until: datetime) -> list[f.What]:
    """Nobody is paged until then; paging starts anew where it is still open. Duties are chased all the same."""
    person = somebody(actor, "ask that nobody be paged")
    must_be_open(case)
    d.snooze(case.incident.alert.escalation, person, until, case.now, case.name)
    return [f.PagingSnoozed(person, until)]


def reassign(
    case: Case, actor: Actor, to: tuple[Target, ...], replaced: Stamped | None = None
) -> list[f.What]:
    """It pages others from now on: these, whom the policy follows where they do not answer; or it goes by another policy, `replaced`."""
    person = somebody(actor, "give an incident to others")
    must_be_open(case)
    places = [target.written for target in to if target.kind in PLACES]
    if places:
        raise Invalid(
            f"{places[0]} can't take an incident over: name a person, a team, a schedule or a policy",
            field="to",
        )
    one, found = case.incident.alert.escalation, list[f.What]()
    for event in d.reassign(one, person, to, replaced, case.look, case.now, case.name):
        if isinstance(event, e.Reassigned):
            found.append(f.Reassigned(person, event.to, event.stamped))
    return found
