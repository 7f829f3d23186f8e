"""An incident as an alert of Opsgenie: its alias, and the words and fields that go there."""

from __future__ import annotations

from typing import Final

from tocsin.core.handbook import Handbook
from tocsin.core.incident import Incident
from tocsin.core.places import Places
from tocsin.core.words import shortened
from tocsin.core.work import Desk, Work

LONGEST_MESSAGE: Final = 130
LONGEST_DESCRIPTION: Final = 15_000
LONGEST_ALIAS: Final = 512
MARK: Final = "tocsin"
"""The detail under which an alert carries the key of the work that made it."""


def alias_of(incident: Incident, places: Places) -> str:
    """Opsgenie's name for an incident, by which a second alert of it is found out. It names this Tocsin, since others count too.

    One that was opened again has a name of its own (`INC-7.2@…`): an old alert that could not be closed would swallow the new one.
    """
    here = places.base.rpartition("://")[2].replace("/", ".")
    again = f".{incident.times_opened}" if incident.times_opened > 1 else ""
    return f"{incident.ref}{again}@{here}"[:LONGEST_ALIAS]


def alert_for(work: Work, desk: Desk, team: str) -> dict[str, object]:
    """What is asked of Opsgenie. Of a private incident it learns no more than that somebody is needed, and where."""
    incident = desk.incident
    title = "is private: look at its page" if incident.private else incident.title
    tags = [] if incident.private else [incident.kind[:50], incident.severity[:50]]
    return {
        "message": shortened(f"{incident.ref} {title}", LONGEST_MESSAGE),
        "alias": alias_of(incident, desk.places),
        "description": _description(work, desk),
        "responders": [{"type": "team", "name": team}],
        "tags": ["tocsin", *tags],
        "details": {MARK: work.key, "incident": desk.places.incident(incident.ref)},
        "entity": incident.ref,
        "source": "Tocsin",
        "priority": priority_of(incident, desk.handbook),
    }


def priority_of(incident: Incident, handbook: Handbook) -> str:
    """P1 for the handbook's worst severity, P2 for the next, down to P5."""
    return f"P{min(handbook.rank(incident.severity) + 1, 5)}"


def _description(work: Work, desk: Desk) -> str:
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
    return shortened("\n\n".join(part for part in parts if part), LONGEST_DESCRIPTION)
