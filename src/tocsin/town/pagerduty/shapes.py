"""How PagerDuty's REST API and its webhooks show things."""

from __future__ import annotations

from typing import Any

from tocsin.town.ids import iso
from tocsin.town.pagerduty.board import ACKNOWLEDGED, Agent, Board, Entry, Incident, User
from tocsin.town.wire import JSON


def incident_shape(incident: Incident, url: str) -> JSON:
    last = incident.log[-1]
    return {
        "id": incident.id,
        "type": "incident",
        "summary": f"[#{incident.number}] {incident.title}",
        "self": f"{url}/api/incidents/{incident.id}",
        "html_url": f"{url}/incidents/{incident.id}",
        "incident_number": incident.number,
        "title": incident.title,
        "created_at": iso(incident.created_at),
        "updated_at": iso(last.at),
        "status": incident.status,
        "incident_key": incident.key,
        "service": _reference(incident.service.id, "service_reference", incident.service.name),
        "assignments": [
            {"at": iso(last.at), "assignee": _reference(user.id, "user_reference", user.name)}
            for user in incident.assigned
        ],
        "last_status_change_at": iso(last.at),
        "last_status_change_by": agent_shape(last.agent),
        "acknowledgements": _acknowledgements(incident),
        "resolve_reason": _merged(incident),
        "urgency": "high",
    }


def _acknowledgements(incident: Incident) -> list[JSON]:
    """Only while it is acknowledged."""
    if incident.status != ACKNOWLEDGED:
        return []
    return [
        {"at": iso(one.at), "acknowledger": agent_shape(one.agent)}
        for one in incident.log
        if one.verb == "acknowledge"
    ]


def _merged(incident: Incident) -> JSON | None:
    if not incident.merged_into:
        return None
    into = _reference(incident.merged_into, "incident_reference", "the other one")
    return {"type": "merge_resolve_reason", "incident": into}


def entry_shape(entry: Entry, incident: Incident) -> JSON:
    return {
        "id": entry.id,
        "type": f"{entry.verb}_log_entry",
        "summary": f"{entry.verb} by {entry.agent.summary}",
        "created_at": iso(entry.at),
        "agent": agent_shape(entry.agent),
        "channel": {"type": "web_ui" if entry.agent.type == "user_reference" else "api"},
        "incident": _reference(incident.id, "incident_reference", incident.title),
    }


def agent_shape(agent: Agent) -> JSON:
    return _reference(agent.id, agent.type, agent.summary)


def user_shape(user: User) -> JSON:
    return {**_reference(user.id, "user", user.name), "name": user.name, "email": user.email, "role": "user"}


def on_call_shape(board: Board, schedule: str, user: User, *, whole: bool) -> JSON:
    who = user_shape(user) if whole else _reference(user.id, "user_reference", user.name)
    return {
        "user": who,
        "schedule": _reference(schedule, "schedule_reference", schedule),
        "escalation_policy": _reference("PPOLICY", "escalation_policy_reference", "The policy"),
        "escalation_level": 1,
        "start": iso(board.now()),
        "end": None,
    }


def event_shape(id: str, kind: str, incident: Incident, url: str) -> JSON:
    """One webhook of version 3."""
    data: dict[str, Any] = incident_shape(incident, url)
    last = incident.log[-1]
    return {
        "event": {
            "id": id,
            "event_type": kind,
            "resource_type": "incident",
            "occurred_at": iso(last.at),
            "agent": {**agent_shape(last.agent), "self": "", "html_url": ""},
            "client": None,
            "data": {
                **{
                    name: data[name]
                    for name in ("id", "type", "self", "html_url", "status", "title", "service")
                },
                "number": incident.number,
                "incident_key": incident.key,
                "created_at": data["created_at"],
                "urgency": "high",
                "resolve_reason": data["resolve_reason"],
            },
        }
    }


def _reference(id: str, type: str, summary: str) -> JSON:
    return {"id": id, "type": type, "summary": summary}
