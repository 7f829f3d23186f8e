"""The alerts, teams and schedules of Opsgenie, and the requests that it has taken but not processed yet. No HTTP here."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tocsin.town.ids import Now

COUNTED = 100
"""Deduplication goes on beyond it, the counting does not."""
LONGEST_MESSAGE, LONGEST_ALIAS, LONGEST_DESCRIPTION = 130, 512, 15_000
MOST_TAGS, LONGEST_TAG = 20, 50


@dataclass(slots=True)
class Alert:
    """One alert. `owner` is the mail address of whoever acknowledged it, or to whom it was assigned."""

    id: str
    tiny: int
    alias: str
    message: str
    description: str
    responders: list[dict[str, str]]
    tags: list[str]
    details: dict[str, str]
    entity: str
    source: str
    priority: str
    created_at: datetime
    updated_at: datetime
    status: str = "open"
    count: int = 1
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    owner: str = ""
    snoozed_until: datetime | None = None
    closed_by: str = ""
    closed_at: datetime | None = None
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Asked:
    """A request that was accepted. `processed_at` is None while nobody knows what becomes of it."""

    id: str
    action: str
    body: dict[str, Any]
    due_at: datetime
    find: tuple[str, str] = ("", "")
    processed_at: datetime | None = None
    is_success: bool = False
    status: str = ""
    alert_id: str = ""
    alias: str = ""


class Board:
    """Everything that an account holds."""

    def __init__(self, now: Now) -> None:
        self.now = now
        self.alerts: list[Alert] = []
        self.asked: dict[str, Asked] = {}
        self.teams: dict[str, str] = {}
        self.schedules: dict[str, list[str]] = {}
        self.delay = timedelta(0)
        self.is_held = False
        self.tell: Callable[[str, Alert, str], None] = lambda action, alert, user: None
        """Hears of every action on an alert: the action, the alert, and who did it ("": a program)."""
        self._numbers = itertools.count(1)

    def id(self, kind: str) -> str:
        """A UUID that is always the same for the same course of events."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"opsgenie/{kind}/{next(self._numbers)}"))

    def find(self, identifier: str, kind: str) -> Alert | None:
        """By id or tiny id any alert; by alias only the open one."""
        for alert in self.alerts:
            if kind == "alias" and alert.alias == identifier and alert.status == "open":
                return alert
            if identifier == {"id": alert.id, "tiny": str(alert.tiny)}.get(kind):
                return alert
        return None

    def ask(self, action: str, body: dict[str, Any], find: tuple[str, str] = ("", "")) -> Asked:
        """Take a request; what it asks is done when its time has come."""
        asked = Asked(self.id("request"), action, body, self.now() + self.delay, find)
        self.asked[asked.id] = asked
        self.catch_up()
        return asked

    def catch_up(self, *, all: bool = False) -> None:
        """Process what is due, in order; with `all`, the rest too."""
        for asked in self.asked.values():
            if asked.processed_at is None and (all or (not self.is_held and asked.due_at <= self.now())):
                self._process(asked)

    def _process(self, asked: Asked) -> None:
        asked.processed_at = self.now()
        if asked.action == "Create":
            alert = self._create(asked.body)
            asked.is_success, asked.status = True, "Created alert"
        else:
            found = self.find(*asked.find)
            if found is None:
                asked.status = "Alert does not exist"
                return
            alert = found
            asked.status = self._change(alert, asked)
            asked.is_success = not asked.status.startswith("Alert is already")
        asked.alert_id, asked.alias = alert.id, alert.alias

    def _change(self, alert: Alert, asked: Asked) -> str:
        user = str(asked.body.get("user") or "")
        if asked.body.get("note"):
            alert.notes.append(str(asked.body["note"]))
        if asked.action == "Close":
            return "Alert closed" if self.close(alert, user) else "Alert is already closed"
        if asked.action == "Acknowledge":
            return "Alert acknowledged" if self.acknowledge(alert, user) else "Alert is already acknowledged"
        if asked.action == "Snooze":
            return self._snooze(alert, datetime.fromisoformat(str(asked.body["endTime"])), user)
        if asked.action == "Assign":
            owner = asked.body["owner"]
            return self._assign(alert, str(owner.get("username") or owner.get("id")), user)
        return "Note added"

    def _snooze(self, alert: Alert, until: datetime, user: str) -> str:
        if alert.closed_at:
            return "Alert is already closed"
        alert.snoozed_until = until
        self.tell("Snooze", alert, user)
        return "Alert snoozed"

    def _assign(self, alert: Alert, owner: str, user: str) -> str:
        if alert.closed_at:
            return "Alert is already closed"
        alert.owner = owner
        self.tell("AssignOwnership", alert, user)
        return "Alert assigned"

    def _create(self, body: dict[str, Any]) -> Alert:
        at, alias = self.now(), str(body.get("alias") or "")[:LONGEST_ALIAS]
        known = self.find(alias, "alias") if alias else None
        if known is not None:
            known.count = min(known.count + 1, COUNTED)
            known.updated_at = at
            return known
        id = self.id("alert")
        alert = Alert(
            id=id,
            tiny=len(self.alerts) + 1,
            alias=alias or id,
            message=str(body["message"])[:LONGEST_MESSAGE],
            description=str(body.get("description") or "")[:LONGEST_DESCRIPTION],
            responders=self._known(body.get("responders") or []),
            tags=[str(tag)[:LONGEST_TAG] for tag in (body.get("tags") or [])[:MOST_TAGS]],
            details={str(k): str(v) for k, v in (body.get("details") or {}).items()},
            entity=str(body.get("entity") or ""),
            source=str(body.get("source") or "127.0.0.1"),
            priority=str(body.get("priority") or "P3"),
            created_at=at,
            updated_at=at,
        )
        self.alerts.append(alert)
        self.tell("Create", alert, "")
        return alert

    def _known(self, responders: list[dict[str, str]]) -> list[dict[str, str]]:
        """The teams among them that there are; an alert for a team that there is not reaches nobody."""
        ids = [self.teams.get(str(r.get("name") or ""), str(r.get("id") or "")) for r in responders]
        return [{"type": "team", "id": id} for id in ids if id in self.teams.values()]

    def acknowledge(self, alert: Alert, user: str) -> bool:
        """False if it was acknowledged before."""
        if alert.acknowledged_at:
            return False
        alert.acknowledged_by, alert.acknowledged_at = user or "System", self.now()
        alert.owner = alert.acknowledged_by
        alert.updated_at = self.now()
        self.tell("Acknowledge", alert, user)
        return True

    def close(self, alert: Alert, user: str) -> bool:
        """False if it was closed before."""
        if alert.closed_at:
            return False
        alert.status, alert.closed_by, alert.closed_at = "closed", user or "System", self.now()
        alert.updated_at = self.now()
        self.tell("Close", alert, user)
        return True
