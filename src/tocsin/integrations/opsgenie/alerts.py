"""An incident as an alert of Opsgenie: its alias, and the words and fields that go there."""

from __future__ import annotations

from typing import Final

from tocsin.core import alert_outside
from tocsin.core.alert_outside import description, headline
from tocsin.core.handbook import Handbook
from tocsin.core.incident import Incident
from tocsin.core.places import Places
from tocsin.core.work import Desk, Work

LONGEST_MESSAGE: Final = 130
LONGEST_DESCRIPTION: Final = 15_000
LONGEST_ALIAS: Final = 512
MARK: Final = "tocsin"
"""The detail under which an alert carries the key of the work that made it."""


def alias_of(incident: Incident, places: Places) -> str:
    """Opsgenie's name for an incident."""
    return alert_outside.alias_of(incident, places, LONGEST_ALIAS)


def alert_for(work: Work, desk: Desk, team: str) -> dict[str, object]:
    """What is asked of Opsgenie. Of a private incident it learns no more than that somebody is needed, and where."""
    incident = desk.incident
    tags = [] if incident.private else [incident.kind[:50], incident.severity[:50]]
    return {
        "message": headline(incident, LONGEST_MESSAGE),
        "alias": alias_of(incident, desk.places),
        "description": description(work, desk, LONGEST_DESCRIPTION),
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
