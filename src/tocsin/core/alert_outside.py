"""An incident as an alert of a pager that a team keeps: its name there, and what is said of it."""

from __future__ import annotations

from typing import Final

from tocsin.core import facts as f
from tocsin.core.incident import Incident
from tocsin.core.places import Places
from tocsin.core.words import shortened
from tocsin.core.work import Desk, Work

PRIVATE: Final = "is private: look at its page"


def alias_of(incident: Incident, places: Places, longest: int) -> str:
    """The pager's name for an incident, by which a second alert of it is found out. It names this Tocsin, since others count too.

    One that was opened again has a name of its own (`INC-7.2@…`): an old alert that could not be closed would swallow the new one.
    """
    here = places.base.rpartition("://")[2].replace("/", ".")
    again = f".{incident.times_opened}" if incident.times_opened > 1 else ""
    return f"{incident.ref}{again}@{here}"[:longest]


def headline(incident: Incident, longest: int) -> str:
    """Of a private incident a pager learns no more than that somebody is needed, and where."""
    return shortened(f"{incident.ref} {PRIVATE if incident.private else incident.title}", longest)


def description(work: Work, desk: Desk, longest: int) -> str:
    """The thread's link first: a telephone shows only the beginning."""
    incident, page = desk.incident, desk.places.incident(desk.incident.ref)
    why = work.payload.get("why", "")
    said = [f"{report.reporter} ({report.source}): {report.text}" for report in incident.handles_reports[:3]]
    about = f"{incident.ref} {incident.title}\nSeverity {incident.severity}, {incident.kind}. {why}".rstrip()
    parts = [
        incident.thread.url if incident.thread else "",
        page,
        *([] if incident.private else [about, *said]),
        "Acknowledge here or in Tocsin: either counts. Tocsin closes this alert when the incident is over.",
    ]
    return shortened("\n\n".join(part for part in parts if part), longest)


def who_acknowledged(desk: Desk) -> str:
    """The mail address of whoever acknowledged here; "" where they have none."""
    return _address(desk, desk.incident.alert.acknowledged_by)


def who_ended(desk: Desk) -> str:
    """The mail address of whoever resolved or dismissed it; "" where they have none."""
    ends = (
        fact.by for fact in reversed(desk.incident.facts) if isinstance(fact.what, f.Resolved | f.Dismissed)
    )
    return _address(desk, next(ends, ""))


def who_snoozed(desk: Desk) -> str:
    """The mail address of whoever asked for silence; "" where they have none."""
    return _address(desk, desk.incident.alert.escalation.snoozed_by)


def who_gave_it(desk: Desk) -> str:
    """The mail address of whoever gave it to others last."""
    given = (fact.what for fact in reversed(desk.incident.facts) if isinstance(fact.what, f.Reassigned))
    return next((_address(desk, what.person) for what in given), "")


def given_to(desk: Desk) -> tuple[str, ...]:
    """The mail addresses of those whom it pages now."""
    found = (_address(desk, one) for one in desk.incident.alert.people)
    return tuple(one for one in found if one)


def _address(desk: Desk, handle: str) -> str:
    person = desk.roster.people.get(handle)
    return person.email if person else ""
