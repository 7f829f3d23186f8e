"""Opsgenie's API v2, as far as we use it: alerts, what became of a request, and who is on call.

Opsgenie answers a write before it is done. Only the request's status says whether anything came of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote

import msgspec

from tocsin.integrations.http import Failed, Outside


class Accepted(msgspec.Struct, frozen=True, rename="camel"):
    request_id: str


class Status(msgspec.Struct, frozen=True, rename="camel"):
    """What became of a request; `alert_id` is "" where nothing did."""

    is_success: bool = False
    status: str = ""
    alert_id: str = ""


class Report(msgspec.Struct, frozen=True, rename="camel"):
    acknowledged_by: str = ""
    closed_by: str = ""


class Alert(msgspec.Struct, frozen=True, rename="camel"):
    """`tiny_id` is the number by which people call it. `owner`, and those of the report, are user names: mail addresses, "" where nobody knows."""

    id: str
    tiny_id: str = ""
    status: str = ""
    acknowledged: bool = False
    owner: str = ""
    details: dict[str, str] = {}
    report: Report = Report()

    @property
    def is_closed(self) -> bool:
        return self.status == "closed"


class OnCall(msgspec.Struct, frozen=True, rename="camel"):
    on_call_recipients: list[str] = []


class _Status(msgspec.Struct, frozen=True):
    data: Status


class _Alert(msgspec.Struct, frozen=True):
    data: Alert


class _OnCall(msgspec.Struct, frozen=True):
    data: OnCall


ALERTS = "/v2/alerts"
NOTHING: Mapping[str, object] = {}


class OpsgenieClient:
    """Calls Opsgenie. Every method raises Failed where Opsgenie does not do it."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    async def create(self, alert: Mapping[str, object], now: datetime) -> str:
        """Ask for an alert; gives the id of the request, of which nothing may come yet."""
        accepted = await self._outside.ask("POST", ALERTS, Accepted, now=now, body=alert)
        return accepted.request_id

    async def acknowledge(self, id: str, note: str, user: str, now: datetime) -> str:
        """Ask for the acknowledgement of the alert of that id, in the name of `user` ("": of nobody); gives the id of the request."""
        return await self._act("acknowledge", id, "id", note, user, now)

    async def snooze(self, id: str, until: datetime, note: str, user: str, now: datetime) -> str:
        """Ask that nobody there be notified of it until then, likewise."""
        end = until.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        return await self._act("snooze", id, "id", note, user, now, {"endTime": end})

    async def assign(self, id: str, owner: str, note: str, user: str, now: datetime) -> str:
        """Ask that the user with that mail address own it, likewise."""
        return await self._act(
            "assign", id, "id", note, user, now, {"owner": {"type": "user", "username": owner}}
        )

    async def close(self, identifier: str, kind: str, note: str, user: str, now: datetime) -> str:
        """Ask for the closing of the alert of that id or alias, likewise; gives the id of the request."""
        return await self._act("close", identifier, kind, note, user, now)

    async def _act(
        self,
        what: str,
        identifier: str,
        kind: str,
        note: str,
        user: str,
        now: datetime,
        more: Mapping[str, object] = NOTHING,
    ) -> str:
        path = f"{ALERTS}/{quote(identifier, safe='')}/{what}"
        body = {"source": "Tocsin", "note": note, **more, **({"user": user} if user else {})}
        params = {"identifierType": kind}
        accepted = await self._outside.ask("POST", path, Accepted, now=now, params=params, body=body)
        return accepted.request_id

    async def status(self, request: str, now: datetime) -> Status | None:
        """What became of a request; None while it is not processed."""
        try:
            path = f"{ALERTS}/requests/{quote(request, safe='')}"
            return (await self._outside.ask("GET", path, _Status, now=now)).data
        except Failed as why:
            if why.status == 404:
                return None
            raise

    async def alert(self, identifier: str, kind: str, now: datetime) -> Alert | None:
        """The alert of that id, or the open one of that alias; None where there is none."""
        path, params = f"{ALERTS}/{quote(identifier, safe='')}", {"identifierType": kind}
        try:
            return (await self._outside.ask("GET", path, _Alert, now=now, params=params)).data
        except Failed as why:
            if why.status == 404:
                return None
            raise

    async def on_call(self, schedule: str, now: datetime) -> tuple[str, ...]:
        """The user names (mail addresses) of those who are on call in the schedule of that name."""
        path = f"/v2/schedules/{quote(schedule, safe='')}/on-calls"
        params = {"scheduleIdentifierType": "name", "flat": "true"}
        found = await self._outside.ask("GET", path, _OnCall, now=now, params=params)
        return tuple(found.data.on_call_recipients)
