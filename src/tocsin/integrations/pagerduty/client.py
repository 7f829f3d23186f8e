"""PagerDuty's two APIs, as far as we use them: events (version 2) make, acknowledge and resolve; REST (version 2) says what came of it.

An event is accepted (202) before anything is done with it, and may well come to nothing. Only the REST API says whether it did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

import msgspec

from tocsin.integrations.http import Failed, Outside

TRIGGERED, ACKNOWLEDGED, RESOLVED = "triggered", "acknowledged", "resolved"
MERGED: Final = "merge_resolve_reason"
LONGEST_SNOOZE: Final = 7 * 24 * 3600
"""Seconds: PagerDuty takes no longer one."""
VERSION: Final = "application/vnd.pagerduty+json;version=2"


class Ref(msgspec.Struct, frozen=True):
    """A reference to something: a user, a service, an integration."""

    id: str = ""
    type: str = ""
    summary: str | None = None

    @property
    def is_user(self) -> bool:
        return self.type in ("user", "user_reference")


class ResolveReason(msgspec.Struct, frozen=True):
    type: str = ""
    incident: Ref | None = None


class Incident(msgspec.Struct, frozen=True):
    """`number` is what people call it by. `key` is None where it has several alerts."""

    id: str
    status: str
    created_at: datetime
    number: int = msgspec.field(default=0, name="incident_number")
    key: str | None = msgspec.field(default=None, name="incident_key")
    html_url: str | None = None
    resolve_reason: ResolveReason | None = None

    @property
    def merged_into(self) -> str:
        """The id of the incident that took this one up; "" where none did."""
        reason = self.resolve_reason
        return reason.incident.id if reason and reason.type == MERGED and reason.incident else ""


class Entry(msgspec.Struct, frozen=True):
    type: str
    agent: Ref | None = None


class User(msgspec.Struct, frozen=True):
    email: str = ""
    name: str = ""
    id: str = ""


class _Accepted(msgspec.Struct, frozen=True):
    dedup_key: str


class _Incident(msgspec.Struct, frozen=True):
    incident: Incident


class _Incidents(msgspec.Struct, frozen=True):
    incidents: list[Incident]


class _Log(msgspec.Struct, frozen=True):
    log_entries: list[Entry]


class _User(msgspec.Struct, frozen=True):
    user: User


class _Users(msgspec.Struct, frozen=True):
    users: list[User]


class _OnCall(msgspec.Struct, frozen=True):
    user: User


class _OnCalls(msgspec.Struct, frozen=True):
    oncalls: list[_OnCall]


class PagerDutyClient:
    """Calls PagerDuty. Every method raises Failed where PagerDuty does not do it."""

    def __init__(self, events: Outside, rest: Outside) -> None:
        self._events = events
        self._rest = rest

    async def send(self, event: Mapping[str, object], now: datetime) -> str:
        """Send an event; gives its key. Nothing may come of it."""
        return (await self._events.ask("POST", "/v2/enqueue", _Accepted, now=now, body=event)).dedup_key

    async def by_key(self, key: str, since: datetime, now: datetime) -> Incident | None:
        """The newest incident of that key that was made since then; None where there is none."""
        params = {"incident_key": key, "date_range": "all", "sort_by": "created_at:desc", "limit": "10"}
        found = await self._rest.ask("GET", "/incidents", _Incidents, now=now, params=params)
        fresh = [one for one in found.incidents if one.created_at >= since]
        return max(fresh, key=lambda one: one.created_at, default=None)

    async def incident(self, id: str, now: datetime) -> Incident | None:
        """The incident of that id; None where there is none."""
        try:
            return (await self._rest.ask("GET", _path(id), _Incident, now=now)).incident
        except Failed as why:
            if why.status == 404:
                return None
            raise

    async def change(self, id: str, status: str, user: str, now: datetime) -> bool:
        """Acknowledge or resolve an incident in the name of the user with that mail address.

        False where PagerDuty does not let this user, or our token, do so. A resolved incident that is acknowledged is opened again
        there: look first.
        """
        body = {"incident": {"type": "incident_reference", "status": status}}
        return await self._as_user("PUT", _path(id), body, user, now)

    async def snooze(self, id: str, span: timedelta, user: str, now: datetime) -> bool:
        """Have PagerDuty be silent about it for that long, likewise. What is triggered is acknowledged by that, until then."""
        seconds = min(max(int(span.total_seconds()), 1), LONGEST_SNOOZE)
        return await self._as_user("POST", f"{_path(id)}/snooze", {"duration": seconds}, user, now)

    async def reassign(self, id: str, users: Sequence[str], user: str, now: datetime) -> bool:
        """Give it to the users of these ids, likewise."""
        assignments = [{"assignee": {"id": one, "type": "user_reference"}} for one in users]
        body = {"incident": {"type": "incident_reference", "assignments": assignments}}
        return await self._as_user("PUT", _path(id), body, user, now)

    async def _as_user(
        self, method: str, path: str, body: Mapping[str, object], user: str, now: datetime
    ) -> bool:
        try:
            await self._rest.ask(method, path, _Incident, now=now, body=body, headers={"From": user})
        except Failed as why:
            if why.status in (400, 402, 403, 404, 422):
                return False
            raise
        return True

    async def user_of(self, mail: str, now: datetime) -> str:
        """The id of the user with that mail address; "" where there is none."""
        found = await self._rest.ask("GET", "/users", _Users, now=now, params={"query": mail, "limit": "25"})
        return next((one.id for one in found.users if one.email.lower() == mail.lower()), "")

    async def log(self, id: str, now: datetime) -> list[Entry]:
        """What happened to an incident and who did it, the newest first."""
        params = {"is_overview": "true", "limit": "100"}
        return (
            await self._rest.ask("GET", f"{_path(id)}/log_entries", _Log, now=now, params=params)
        ).log_entries

    async def user(self, id: str, now: datetime) -> User | None:
        """A user; None where there is none any more."""
        try:
            return (await self._rest.ask("GET", f"/users/{quote(id, safe='')}", _User, now=now)).user
        except Failed as why:
            if why.status == 404:
                return None
            raise

    async def on_call(self, schedule: str, now: datetime) -> tuple[str, ...]:
        """The mail addresses of those who are on call in the schedule of that id."""
        params = {"schedule_ids[]": schedule, "include[]": "users", "limit": "100"}
        found = await self._rest.ask("GET", "/oncalls", _OnCalls, now=now, params=params)
        return tuple(dict.fromkeys(one.user.email for one in found.oncalls if one.user.email))


def _path(id: str) -> str:
    return f"/incidents/{quote(id, safe='')}"
