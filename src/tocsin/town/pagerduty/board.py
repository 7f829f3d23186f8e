"""The services, users, schedules and incidents of PagerDuty, and the events that it has taken but not processed yet. No HTTP here."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tocsin.town.ids import Now

TRIGGERED, ACKNOWLEDGED, RESOLVED = "triggered", "acknowledged", "resolved"
TOLD = {TRIGGERED: "incident.triggered", ACKNOWLEDGED: "incident.acknowledged", RESOLVED: "incident.resolved"}
UNACKNOWLEDGED, REASSIGNED = "incident.unacknowledged", "incident.reassigned"
VERBS = {TRIGGERED: "trigger", ACKNOWLEDGED: "acknowledge", RESOLVED: "resolve"}


@dataclass(frozen=True, slots=True)
class User:
    id: str
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Service:
    id: str
    name: str
    key: str


@dataclass(frozen=True, slots=True)
class Agent:
    """Who did something: a user, or the service for an event (or PagerDuty itself)."""

    id: str
    type: str
    summary: str


ITSELF = Agent("", "service_reference", "PagerDuty")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an incident's log."""

    id: str
    verb: str
    agent: Agent
    at: datetime


@dataclass(slots=True)
class Incident:
    """One incident; `merged_into` is the id of the one that took it up."""

    id: str
    number: int
    key: str
    title: str
    service: Service
    payload: dict[str, Any]
    links: list[dict[str, str]]
    client_url: str
    created_at: datetime
    status: str = TRIGGERED
    count: int = 1
    log: list[Entry] = field(default_factory=list)
    merged_into: str = ""
    snoozed_until: datetime | None = None
    assigned: list[User] = field(default_factory=list)

    @property
    def agent(self) -> Agent:
        """Who changed its status last."""
        return self.log[-1].agent


@dataclass(slots=True)
class Event:
    """An event that was accepted."""

    body: dict[str, Any]
    service: Service
    due_at: datetime
    is_processed: bool = False


class Board:
    """Everything that an account holds."""

    def __init__(self, now: Now) -> None:
        self.now = now
        self.incidents: list[Incident] = []
        self.users: dict[str, User] = {}
        self.services: dict[str, Service] = {}
        self.schedules: dict[str, list[str]] = {}
        self.events: list[Event] = []
        self.delay = timedelta(0)
        self.is_held = False
        self.tell: Callable[[str, Incident], None] = lambda event, incident: None
        """Hears of every change of a status."""
        self._numbers = itertools.count(1)

    def id(self, kind: str) -> str:
        """An id as PagerDuty's look, always the same for the same course of events."""
        digest = hashlib.sha256(f"{kind}/{next(self._numbers)}".encode()).hexdigest()
        return f"Q{digest[:13].upper()}"

    def find(self, id: str) -> Incident | None:
        return next((one for one in self.incidents if one.id == id), None)

    def open(self, key: str, service: Service) -> Incident | None:
        """The incident with this key that is not resolved; a key counts within one service."""
        found = (one for one in self.incidents if one.key == key and one.service == service)
        return next((one for one in found if one.status != RESOLVED), None)

    def user_by_mail(self, email: str) -> User | None:
        return next((one for one in self.users.values() if one.email.lower() == email.lower()), None)

    def take(self, body: dict[str, Any], service: Service) -> str:
        """Take an event; gives its key. What it asks is done when its time has come."""
        body.setdefault("dedup_key", self.id("key"))
        self.events.append(Event(body, service, self.now() + self.delay))
        self.catch_up()
        return str(body["dedup_key"])

    def catch_up(self, *, all: bool = False) -> None:
        """Process what is due, in order; with `all`, the rest too."""
        for event in self.events:
            if not event.is_processed and (all or (not self.is_held and event.due_at <= self.now())):
                event.is_processed = True
                self._process(event)
        for one in self.incidents:
            if one.snoozed_until and one.status == ACKNOWLEDGED and one.snoozed_until <= self.now():
                one.snoozed_until, one.status = None, TRIGGERED
                self._log(one, "unacknowledge", ITSELF, UNACKNOWLEDGED)

    def _process(self, event: Event) -> None:
        body, service = event.body, event.service
        known = self.open(str(body["dedup_key"]), service)
        agent = Agent(service.id, "service_reference", service.name)
        match body["event_action"]:
            case "trigger" if known:
                known.count += 1
            case "trigger":
                self._trigger(body, service, agent)
            case "acknowledge" if known:
                self.change(known, ACKNOWLEDGED, agent)
            case "resolve" if known:
                self.change(known, RESOLVED, agent)
            case _:
                return  # Without an open incident the others are dropped.

    def _trigger(self, body: dict[str, Any], service: Service, agent: Agent) -> None:
        payload = body["payload"]
        incident = Incident(
            id=self.id("incident"),
            number=len(self.incidents) + 1,
            key=str(body["dedup_key"]),
            title=str(payload["summary"]),
            service=service,
            payload=payload,
            links=list(body.get("links") or []),
            client_url=str(body.get("client_url") or ""),
            created_at=self.now(),
        )
        self.incidents.append(incident)
        self._note(incident, TRIGGERED, agent)

    def change(self, incident: Incident, status: str, agent: Agent) -> None:
        """What is so already stays as it is."""
        if incident.status != status:
            incident.status = status
            self._note(incident, status, agent)

    def snooze(self, incident: Incident, until: datetime, agent: Agent) -> None:
        """What is triggered counts as acknowledged until then; the log has a snooze and no acknowledgement."""
        incident.snoozed_until, incident.status = until, ACKNOWLEDGED
        self._log(incident, "snooze", agent, TOLD[ACKNOWLEDGED])

    def assign(self, incident: Incident, users: list[User], agent: Agent) -> None:
        incident.assigned = users
        self._log(incident, "assign", agent, REASSIGNED)

    def _note(self, incident: Incident, status: str, agent: Agent) -> None:
        self._log(incident, VERBS[status], agent, TOLD[status])

    def _log(self, incident: Incident, verb: str, agent: Agent, told: str) -> None:
        incident.log.append(Entry(self.id("entry"), verb, agent, self.now()))
        self.tell(told, incident)
