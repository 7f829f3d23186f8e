"""PagerDuty's Events API v2 and, of its REST API v2, what incidents, users and who is on call need."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tocsin.town.pagerduty.board import ACKNOWLEDGED, RESOLVED, Agent, Board, Incident, Service, User
from tocsin.town.pagerduty.shapes import entry_shape, incident_shape, on_call_shape, user_shape
from tocsin.town.wire import JSON

ACTIONS = ("trigger", "acknowledge", "resolve")
SEVERITIES = ("critical", "error", "warning", "info")
LONGEST_KEY, LONGEST_SUMMARY, ROUTING_KEY = 255, 1024, 32
LIMIT_BYTES = 512 * 1024
LONGEST_SNOOZE = 7 * 24 * 3600
VERSION = "application/vnd.pagerduty+json;version=2"
Handler = Callable[[Request], Awaitable[JSON]]


class Problem(Exception):
    """What becomes an error body."""

    def __init__(self, status: int, body: JSON) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body


class Api:
    """The operations of both."""

    def __init__(self, board: Board, token: str) -> None:
        self._board = board
        self._token = token
        self.url = ""
        """Where the town's PagerDuty is reached."""

    def routes(self) -> list[BaseRoute]:
        rest = "/pagerduty/api"
        return [
            Route("/pagerduty/events/v2/enqueue", self._enqueue, methods=["POST"]),
            self._route("GET", f"{rest}/incidents", self._incidents),
            self._route("GET", f"{rest}/incidents/{{id}}", self._incident),
            self._route("PUT", f"{rest}/incidents/{{id}}", self._update),
            self._route("POST", f"{rest}/incidents/{{id}}/snooze", self._snooze, 201),
            self._route("GET", f"{rest}/incidents/{{id}}/log_entries", self._log),
            self._route("GET", f"{rest}/users", self._users),
            self._route("GET", f"{rest}/users/{{id}}", self._user),
            self._route("GET", f"{rest}/oncalls", self._on_calls),
        ]

    # Events

    async def _enqueue(self, request: Request) -> Response:
        body = await request.body()
        try:
            if len(body) > LIMIT_BYTES:
                raise _wrong("Event is too large (512 KB at most)")
            event = _object(body)
            service = self._service(event)
            _check(event)
        except Problem as problem:
            return JSONResponse(problem.body, status_code=problem.status)
        key = self._board.take(event, service)
        answer = {"status": "success", "message": "Event processed", "dedup_key": key}
        return JSONResponse(answer, status_code=202)

    def _service(self, event: JSON) -> Service:
        key = event.get("routing_key")
        if not isinstance(key, str) or len(key) != ROUTING_KEY:
            raise _wrong("Length of 'routing_key' is incorrect (should be 32 characters)")
        if key not in self._board.services:
            raise _wrong("Invalid routing key")
        return self._board.services[key]

    # REST

    def _route(self, method: str, path: str, handler: Handler, status: int = 200) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                self._check_token(request)
                self._board.catch_up()
                return JSONResponse(await handler(request), status_code=status)
            except Problem as problem:
                return JSONResponse(problem.body, status_code=problem.status)

        return Route(path, endpoint, methods=[method])

    def _check_token(self, request: Request) -> None:
        if request.headers.get("authorization") != f"Token token={self._token}":
            # PagerDuty's own answer has no JSON error object here.
            raise Problem(401, {"error": "Unauthorized"})
        if request.headers.get("accept") != VERSION:
            raise _error(400, 2000, "Bad Request", "The version of the API is missing")

    async def _incidents(self, request: Request) -> JSON:
        query = request.query_params
        found = [one for one in self._board.incidents[::-1] if query.get("incident_key") in (None, one.key)]
        wanted = query.getlist("statuses[]")
        found = [one for one in found if not wanted or one.status in wanted]
        limit = int(query.get("limit", "25"))
        shown = [incident_shape(one, self.url) for one in found[:limit]]
        return {"incidents": shown, "limit": limit, "offset": 0, "total": None, "more": len(found) > limit}

    async def _incident(self, request: Request) -> JSON:
        return {"incident": incident_shape(self._one(request), self.url)}

    async def _update(self, request: Request) -> JSON:
        incident = self._one(request)
        user = self._requester(request)
        asked = _object(await request.body()).get("incident", {})
        if "assignments" in asked:
            self._board.assign(incident, self._assignees(asked["assignments"]), agent_of(user))
            return {"incident": incident_shape(incident, self.url)}
        status = asked.get("status")
        if status not in (ACKNOWLEDGED, RESOLVED):
            raise _error(400, 2001, "Invalid Input Provided", "Status is invalid")
        # As there: a resolved one that is acknowledged is opened again.
        self._board.change(incident, status, agent_of(user))
        return {"incident": incident_shape(incident, self.url)}

    async def _snooze(self, request: Request) -> JSON:
        incident, user = self._one(request), self._requester(request)
        duration = _object(await request.body()).get("duration")
        if not isinstance(duration, int) or not 1 <= duration <= LONGEST_SNOOZE:
            raise _error(400, 2001, "Invalid Input Provided", "Duration is invalid")
        if incident.status == RESOLVED:
            raise _error(400, 2001, "Invalid Input Provided", "Incident Already Resolved")
        self._board.snooze(incident, self._board.now() + timedelta(seconds=duration), agent_of(user))
        return {"incident": incident_shape(incident, self.url)}

    def _requester(self, request: Request) -> User:
        user = self._board.user_by_mail(request.headers.get("from", ""))
        if user is None:
            raise _error(400, 2100, "Invalid Input Provided", "Requester User Not Found")
        return user

    def _assignees(self, asked: list[JSON]) -> list[User]:
        ids = [str((one.get("assignee") or {}).get("id", "")) for one in asked]
        if not ids or not all(one in self._board.users for one in ids):
            raise _error(400, 2001, "Invalid Input Provided", "Assignee Not Found")
        return [self._board.users[one] for one in ids]

    async def _users(self, request: Request) -> JSON:
        """By a part of the name or of the mail address."""
        query = request.query_params.get("query", "").lower()
        found = [one for one in self._board.users.values() if query in f"{one.name} {one.email}".lower()]
        limit = int(request.query_params.get("limit", "25"))
        shown = [user_shape(one) for one in found[:limit]]
        return {"users": shown, "limit": limit, "offset": 0, "total": None, "more": len(found) > limit}

    async def _log(self, request: Request) -> JSON:
        incident = self._one(request)
        entries = [entry_shape(one, incident) for one in incident.log[::-1]]
        return {"log_entries": entries, "limit": 100, "offset": 0, "more": False, "total": None}

    async def _user(self, request: Request) -> JSON:
        user = self._board.users.get(request.path_params["id"])
        if user is None:
            raise _error(404, 2100, "Not Found", "User Not Found")
        return {"user": user_shape(user)}

    async def _on_calls(self, request: Request) -> JSON:
        whole = "users" in request.query_params.getlist("include[]")
        found = []
        for schedule in request.query_params.getlist("schedule_ids[]"):
            if schedule not in self._board.schedules:
                raise _error(400, 2001, "Invalid Input Provided", f"Schedule {schedule} is unknown")
            users = [self._board.user_by_mail(mail) for mail in self._board.schedules[schedule]]
            found += [on_call_shape(self._board, schedule, one, whole=whole) for one in users if one]
        return {"oncalls": found, "limit": 100, "offset": 0, "more": False, "total": None}

    def _one(self, request: Request) -> Incident:
        incident = self._board.find(request.path_params["id"])
        if incident is None:
            raise _error(404, 2100, "Not Found", "Incident Not Found")
        return incident


def agent_of(user: User) -> Agent:
    return Agent(user.id, "user_reference", user.name)


def _check(event: JSON) -> None:
    errors = []
    action = event.get("event_action")
    if action not in ACTIONS:
        errors.append("'event_action' is invalid (must be trigger, acknowledge or resolve)")
    if len(str(event.get("dedup_key") or "")) > LONGEST_KEY:
        errors.append(f"'dedup_key' is longer than {LONGEST_KEY} characters")
    if action in ("acknowledge", "resolve") and not event.get("dedup_key"):
        errors.append("'dedup_key' is missing or blank")
    if action == "trigger":
        errors += _payload_errors(event.get("payload") or {})
    if errors:
        raise _wrong(*errors)


def _payload_errors(payload: dict[str, Any]) -> list[str]:
    errors = [
        f"'payload.{name}' is missing or blank" for name in ("summary", "source") if not payload.get(name)
    ]
    if payload.get("severity") not in SEVERITIES:
        errors.append("'payload.severity' is invalid (must be one of critical, error, warning, info)")
    if len(str(payload.get("summary") or "")) > LONGEST_SUMMARY:
        errors.append(f"'payload.summary' is longer than {LONGEST_SUMMARY} characters")
    return errors


def _wrong(*errors: str) -> Problem:
    return Problem(
        400, {"status": "invalid event", "message": "Event object is invalid", "errors": list(errors)}
    )


def _error(status: int, code: int, message: str, *errors: str) -> Problem:
    return Problem(status, {"error": {"message": message, "code": code, "errors": list(errors)}})


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise _wrong("JSON can't be parsed")
    return found
