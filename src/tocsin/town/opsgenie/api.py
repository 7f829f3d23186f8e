"""Opsgenie's API v2 as far as alerts and who is on call go, with its envelope, its headers and its errors.

Writing answers 202 and is processed afterwards; what became of it has to be asked.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tocsin.town.ids import iso_millis
from tocsin.town.opsgenie.board import Alert, Board
from tocsin.town.wire import JSON

TOOK = 0.012
ACTIONS = {
    "acknowledge": "Acknowledge",
    "snooze": "Snooze",
    "assign": "Assign",
    "close": "Close",
    "notes": "Add Note",
}
PRIORITIES = {"P1", "P2", "P3", "P4", "P5"}
NOT_TAKEN = "Request body is not processable. Please check the errors."
INTEGRATION = {"id": "7ac0c0de-0000-4000-8000-000000000001", "name": "Tocsin", "type": "API"}
Handler = Callable[[Request], Awaitable[tuple[int, JSON]]]


class Problem(Exception):
    """What becomes an error body; `kind` goes into the X-Opsgenie-Errortype header."""

    def __init__(
        self, status: int, message: str, kind: str = "", errors: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.body: JSON = {"message": message} | ({"errors": errors} if errors else {})


class Api:
    """The operations."""

    def __init__(self, board: Board, key: str) -> None:
        self._board = board
        self._key = key

    def routes(self) -> list[BaseRoute]:
        alerts, schedules = "/opsgenie/v2/alerts", "/opsgenie/v2/schedules"
        return [
            self._route("POST", alerts, self._create),
            self._route("GET", alerts + "/requests/{id}", self._request),
            self._route("GET", alerts + "/{identifier}", self._get),
            self._route("POST", alerts + "/{identifier}/{action}", self._act),
            self._route("GET", schedules + "/on-calls", self._all_on_calls),
            self._route("GET", schedules + "/{identifier}/on-calls", self._on_calls),
        ]

    def _route(self, method: str, path: str, handler: Handler) -> Route:
        async def endpoint(request: Request) -> Response:
            headers = {"X-RateLimit-State": "OK", "X-RateLimit-Reason": "", "X-RateLimit-Period-In-Sec": "60"}
            try:
                self._check_key(request)
                self._board.catch_up()
                status, body = await handler(request)
            except Problem as problem:
                status, body = problem.status, problem.body
                headers = {"X-Opsgenie-Errortype": problem.kind} if problem.kind else {}
            body = {"took": TOOK, "requestId": self._board.id("answer")} | body
            headers |= {"X-Request-ID": str(body["requestId"]), "X-Response-Time": str(TOOK)}
            return JSONResponse(body, status_code=status, headers=headers)

        return Route(path, endpoint, methods=[method])

    def _check_key(self, request: Request) -> None:
        kind, _, key = request.headers.get("authorization", "").partition(" ")
        if kind != "GenieKey" or not key:
            raise Problem(401, "Could not authenticate", "AuthenticationFailed")
        if key != self._key:
            raise Problem(401, "API Key does not exist", "AuthenticationFailed")

    # Alerts

    async def _create(self, request: Request) -> tuple[int, JSON]:
        body = await _body(request)
        errors = {}
        if not str(body.get("message") or "").strip():
            errors["message"] = "Message can not be empty."
        if body.get("priority") not in PRIORITIES | {None}:
            errors["priority"] = "Priority should be one of [P1, P2, P3, P4, P5]."
        if errors:
            raise Problem(422, NOT_TAKEN, "InvalidAlert", errors)
        return self._accepted("Create", body)

    async def _act(self, request: Request) -> tuple[int, JSON]:
        action = ACTIONS.get(request.path_params["action"])
        if action is None:
            raise Problem(404, "No such operation", "NotFound")
        body = await _body(request)
        if action == "Add Note" and not body.get("note"):
            raise Problem(422, NOT_TAKEN, "InvalidAlert", {"note": "Note can not be empty."})
        if action == "Snooze" and _instant(body.get("endTime")) is None:
            raise Problem(422, NOT_TAKEN, "InvalidAlert", {"endTime": "End time is not valid."})
        if action == "Assign" and not _owner(body.get("owner")):
            raise Problem(422, NOT_TAKEN, "InvalidAlert", {"owner": "Owner can not be empty."})
        return self._accepted(action, body, (request.path_params["identifier"], _kind(request)))

    def _accepted(self, action: str, body: JSON, find: tuple[str, str] = ("", "")) -> tuple[int, JSON]:
        asked = self._board.ask(action, body, find)
        return 202, {"result": "Request will be processed", "requestId": asked.id}

    async def _request(self, request: Request) -> tuple[int, JSON]:
        asked = self._board.asked.get(request.path_params["id"])
        if asked is None or asked.processed_at is None:
            why = "Request not found. It might not be processed, yet."
            raise Problem(404, why, "RequestNotProcessed")
        data = {
            "success": asked.is_success,
            "isSuccess": asked.is_success,
            "action": asked.action,
            "processedAt": iso_millis(asked.processed_at),
            "integrationId": INTEGRATION["id"],
            "status": asked.status,
            "alertId": asked.alert_id,
            "alias": asked.alias,
        }
        return 200, {"data": data}

    async def _get(self, request: Request) -> tuple[int, JSON]:
        alert = self._board.find(request.path_params["identifier"], _kind(request))
        if alert is None:
            raise Problem(404, "Alert does not exist", "AlertNotFound")
        return 200, {"data": shape(alert)}

    # Who is on call

    async def _all_on_calls(self, request: Request) -> tuple[int, JSON]:
        return 200, {"data": [self._on_call(name, request) for name in self._board.schedules]}

    async def _on_calls(self, request: Request) -> tuple[int, JSON]:
        wanted = request.path_params["identifier"]
        by_name = request.query_params.get("scheduleIdentifierType") == "name"
        for name in self._board.schedules:
            if wanted == (name if by_name else _schedule_id(name)):
                return 200, {"data": self._on_call(name, request)}
        key = "name" if by_name else "id"
        raise Problem(404, f"Schedule with {key} [{wanted}] does not exist", "ScheduleNotFound")

    def _on_call(self, name: str, request: Request) -> JSON:
        parent = {"id": _schedule_id(name), "name": name, "enabled": True}
        mails = self._board.schedules[name]
        if request.query_params.get("flat") == "true":
            return {"_parent": parent, "onCallRecipients": list(mails)}
        people = [{"id": mail, "name": mail, "type": "user"} for mail in mails]
        return {"_parent": parent, "onCallParticipants": people}


def shape(alert: Alert) -> JSON:
    """One alert as a single get answers it."""
    report: JSON = {}
    if alert.acknowledged_at:
        waited = (alert.acknowledged_at - alert.created_at).total_seconds()
        report |= {"ackTime": int(waited * 1000), "acknowledgedBy": alert.acknowledged_by}
    if alert.closed_at:
        lasted = (alert.closed_at - alert.created_at).total_seconds()
        report |= {"closeTime": int(lasted * 1000), "closedBy": alert.closed_by}
    return {
        "id": alert.id,
        "tinyId": str(alert.tiny),
        "alias": alert.alias,
        "message": alert.message,
        "status": alert.status,
        "acknowledged": alert.acknowledged_at is not None,
        "isSeen": alert.acknowledged_at is not None,
        "tags": alert.tags,
        "snoozed": alert.snoozed_until is not None,
        "count": alert.count,
        "lastOccurredAt": iso_millis(alert.updated_at),
        "createdAt": iso_millis(alert.created_at),
        "updatedAt": iso_millis(alert.updated_at),
        "source": alert.source,
        "owner": alert.owner,
        "priority": alert.priority,
        "responders": alert.responders,
        "integration": INTEGRATION,
        "actions": [],
        "entity": alert.entity,
        "description": alert.description,
        "details": alert.details,
        **({"snoozedUntil": iso_millis(alert.snoozed_until)} if alert.snoozed_until else {}),
    } | ({"report": report} if report else {})


def _kind(request: Request) -> str:
    kind = request.query_params.get("identifierType", "id")
    if kind not in ("id", "alias", "tiny"):
        raise Problem(422, f"Identifier type [{kind}] is not valid", "InvalidIdentifierType")
    return kind


def _schedule_id(name: str) -> str:
    return f"schedule-{name.lower().replace(' ', '-')}"


def _instant(given: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(given))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _owner(given: Any) -> str:
    return str(given.get("username") or given.get("id") or "") if isinstance(given, dict) else ""


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        raise Problem(400, "Could not parse request body", "InvalidJson") from None
    if not isinstance(body, dict):
        raise Problem(400, "Could not parse request body", "InvalidJson")
    return body
