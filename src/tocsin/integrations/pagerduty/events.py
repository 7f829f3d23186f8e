"""An incident as an event of PagerDuty: its key, and the words and fields that go there."""

from __future__ import annotations

from typing import Final

from tocsin.core.alert_outside import alias_of, description, headline
from tocsin.core.handbook import Handbook
from tocsin.core.incident import Incident
from tocsin.core.work import Desk, Work

LONGEST_KEY: Final = 255
LONGEST_SUMMARY: Final = 1024
LONGEST_DESCRIPTION: Final = 15_000
SEVERITIES: Final = ("critical", "error", "warning", "info")


def key_of(work: Work, desk: Desk) -> str:
    """By which PagerDuty finds a second event of the same incident: the one that its alert got, if it has one."""
    return work.payload.get("alias") or alias_of(desk.incident, desk.places, LONGEST_KEY)


def trigger(work: Work, desk: Desk, routing_key: str) -> dict[str, object]:
    """The event that makes an incident there. Of a private one PagerDuty learns no more than that somebody is needed, and where."""
    incident, page = desk.incident, desk.places.incident(desk.incident.ref)
    open_words: dict[str, object] = {"component": incident.kind, "class": incident.severity}
    details = {"description": description(work, desk, LONGEST_DESCRIPTION), "incident": page}
    links = [{"href": page, "text": f"{incident.ref} in Tocsin"}]
    if incident.thread and incident.thread.url:
        links.insert(0, {"href": incident.thread.url, "text": "The thread"})
    return {
        "routing_key": routing_key,
        "event_action": "trigger",
        "dedup_key": key_of(work, desk),
        "client": "Tocsin",
        "client_url": page,
        "links": links,
        "payload": {
            "summary": headline(incident, LONGEST_SUMMARY),
            "source": desk.places.base.rpartition("://")[2] or "tocsin",
            "severity": severity_of(incident, desk.handbook),
            "timestamp": incident.started_at.isoformat(),
            "custom_details": details,
            **({} if incident.private else open_words),
        },
    }


def severity_of(incident: Incident, handbook: Handbook) -> str:
    """critical for the handbook's worst severity, error for the next, then warning and info."""
    return SEVERITIES[min(handbook.rank(incident.severity), len(SEVERITIES) - 1)]
