"""The calls of PagerDuty that we make, as its own descriptions have them, written down by hand: those have no licence to be kept.

Compared with PagerDuty/api-schema 91a06fb (events-v2 and REST) on 2026-11-26.
"""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import parse_qsl

import jsonschema

from tocsin.town.gate import Exchange

TEXT: Final = {"type": "string", "minLength": 1}
EVENT: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["routing_key", "event_action", "dedup_key"],
    "properties": {
        "routing_key": {"type": "string", "minLength": 32, "maxLength": 32},
        "event_action": {"enum": ["trigger", "acknowledge", "resolve"]},
        "dedup_key": {"type": "string", "minLength": 1, "maxLength": 255},
        "client": TEXT,
        "client_url": {"type": "string", "pattern": "^https?://"},
        "links": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["href"],
                "properties": {"href": {"type": "string", "pattern": "^https?://"}, "text": TEXT},
            },
        },
        "payload": {
            "type": "object",
            "additionalProperties": False,
            "required": ["summary", "source", "severity"],
            "properties": {
                "summary": {"type": "string", "minLength": 1, "maxLength": 1024},
                "source": TEXT,
                "severity": {"enum": ["critical", "error", "warning", "info"]},
                "timestamp": TEXT,
                "component": TEXT,
                "group": TEXT,
                "class": TEXT,
                "custom_details": {"type": "object"},
            },
        },
    },
    "if": {"properties": {"event_action": {"const": "trigger"}}},
    "then": {"required": ["payload"]},
}
CHANGE: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["incident"],
    "properties": {
        "incident": {
            "type": "object",
            "additionalProperties": False,
            "required": ["type"],
            "minProperties": 2,
            "properties": {
                "type": {"enum": ["incident", "incident_reference"]},
                "status": {"enum": ["resolved", "acknowledged"]},
                "assignments": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["assignee"],
                        "properties": {
                            "assignee": {
                                "type": "object",
                                "additionalProperties": False,
                                "required": ["id", "type"],
                                "properties": {"id": TEXT, "type": {"enum": ["user", "user_reference"]}},
                            }
                        },
                    },
                },
            },
        }
    },
}
SNOOZE: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["duration"],
    "properties": {"duration": {"type": "integer", "minimum": 1, "maximum": 604800}},
}
QUERIES: Final = {
    r"GET /incidents": {
        "incident_key",
        "date_range",
        "sort_by",
        "limit",
        "offset",
        "statuses[]",
        "include[]",
    },
    r"GET /incidents/\w+": {"include[]"},
    r"PUT /incidents/\w+": set[str](),
    r"POST /incidents/\w+/snooze": set[str](),
    r"GET /users": {"query", "limit", "offset", "include[]"},
    r"GET /incidents/\w+/log_entries": {"is_overview", "limit", "offset", "include[]"},
    r"GET /users/\w+": {"include[]"},
    r"GET /oncalls": {"schedule_ids[]", "include[]", "limit", "offset"},
}
VERSION: Final = "application/vnd.pagerduty+json;version=2"


def check_pagerduty(call: Exchange) -> None:
    """The request is one that PagerDuty describes. AssertionError, or a ValidationError, says what does not fit."""
    if call.path.startswith("/pagerduty/events"):
        assert f"{call.method} {call.path}" == "POST /pagerduty/events/v2/enqueue"
        jsonschema.validate(call.json, EVENT)
        return
    asked = f"{call.method} {call.path.removeprefix('/pagerduty/api')}"
    known = next((names for path, names in QUERIES.items() if re.fullmatch(path, asked)), None)
    assert known is not None, f"PagerDuty has no {asked}"
    given = {name for name, _ in parse_qsl(call.query)}
    assert given <= known, f"{asked} does not know {sorted(given - known)}"
    assert call.headers["accept"] == VERSION
    assert call.headers["content-type"] == "application/json"
    assert call.headers["authorization"].startswith("Token token=")
    if call.method in ("PUT", "POST"):
        assert "@" in call.headers["from"], "it needs the mail address of a user"
        jsonschema.validate(call.json, CHANGE if call.method == "PUT" else SNOOZE)
