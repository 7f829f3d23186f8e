"""What is said of an incident when it is declared, and the facts with which it opens: its kind, its severity, whom it pages."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.acts.house import House
from tocsin.acts.policies import stamped_by, stamped_for_incident
from tocsin.core import facts as f
from tocsin.core.incident_paging import first_targets, steps_of
from tocsin.core.pagers import pager_for
from tocsin.core.people import Roster
from tocsin.store.people import Directory


@dataclass(frozen=True, slots=True)
class Wish:
    """What the reporter said of the incident itself; "" is unknown, and an unknown is treated as the worst.

    A severity below the worst counts only with a `reason`; `private` makes it so whatever its kind. `policy` is the escalation policy by
    which it pages ("": as the handbook says).
    """

    title: str
    kind: str
    severity: str
    reason: str = ""
    private: bool = False
    policy: str = ""


def declared_by(
    house: House,
    ref: str,
    wish: Wish,
    similar: tuple[str, ...],
    aware: str,
    roster: Roster,
    known: Directory,
) -> f.Declared:
    """The first fact of the incident. `aware` is the first of our people to know of it; NotFound where it names a policy that there is not."""
    handbook = house.handbook
    kind = handbook.kind(wish.kind) or handbook.kinds[0]
    worst = handbook.severities_of(kind.id)[0].id
    severity = _argued(house, kind.id, wish) or worst
    stamped = (
        stamped_by(house, known, wish.policy)
        if wish.policy
        else stamped_for_incident(house, known, handbook, kind.id, severity, aware)
    )
    return f.Declared(
        ref=ref,
        title=wish.title,
        kind=kind.id,
        severity=worst,
        handbook=handbook.hash,
        abilities=tuple(sorted(house.abilities)),
        policy=steps_of(stamped),
        similar=similar,
        aware=aware,
        private=kind.private or wish.private,
        pager=pager_for(first_targets(stamped), roster, house.abilities),
        stamped=stamped,
        chosen=bool(wish.policy),
    )


def lowered_by(declared: f.Declared, house: House, wish: Wish) -> list[f.What]:
    """It opens at the worst severity; what was argued down from there is a fact of its own, with its reason."""
    wanted = _argued(house, declared.kind, wish)
    if wanted in ("", declared.severity):
        return []
    return [f.SeverityChanged(declared.severity, wanted, wish.reason)]


def _argued(house: House, kind: str, wish: Wish) -> str:
    """The severity that was named with a reason; "" where none was, or there is no such one."""
    known = [one.id for one in house.handbook.severities_of(kind)]
    return wish.severity if wish.reason and wish.severity in known else ""
