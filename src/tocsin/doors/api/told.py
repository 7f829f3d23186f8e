"""What callers are told: the shapes of the answers. Times are UTC; null means that it has not happened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from tocsin.doors.api.told_base import Told
from tocsin.doors.api.told_together import FollowUp, Handover, Pager, Retrospective, Step, Task


class Link(Told):
    ref: str
    url: str


class Declared(Told):
    """What became of a report. `is_new` is false where its key made a report before."""

    ref: str
    report: str
    status_url: str = Field(description="The reporter's own page: whoever has the address can read it.")
    incident_url: str
    similar: list[Link] = Field(description="Open incidents that may tell of the same thing.")
    is_new: bool


class Owing(Told):
    id: str
    title: str
    owes: list[str]
    due_at: datetime
    is_overdue: bool


class Incident(Told):
    """An incident as it stands; `owed` are its open duties, the most urgent first."""

    ref: str
    url: str
    title: str
    kind: str
    severity: str
    status: str
    owner: str | None
    owned_at: datetime | None
    started_at: datetime
    ended_at: datetime | None
    closed_at: datetime | None
    next_update_at: datetime | None
    paged: list[str]
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    rolled_back: bool | None
    thread_url: str | None
    issue_url: str | None
    post_url: str | None
    pager: Pager | None = Field(description="The alert in the pager that a team keeps, where there is one.")
    tags: list[str]
    private: bool = Field(description="Whether only its members may know of it.")
    now: datetime
    owed: list[Owing]
    tasks: list[Task]
    handover: Handover | None
    steps: list[Step]
    follow_ups: list[FollowUp]
    retrospective: Retrospective


class Asking(Incident):
    """The incident after somebody was asked; `about` is the task or the handover, `warnings` what was to be known first."""

    about: str
    warnings: list[str]


class Report(Told):
    id: str
    source: str
    text: str
    reporter: str
    outside: bool
    answer_via: str
    address: str | None
    url: str | None
    status_url: str
    received_at: datetime
    joined: bool
    answered_at: datetime | None
    answer_url: str | None
    told_at: datetime | None
    moved_to: str | None


class Duty(Told):
    """One duty. `state` is owed, met, late (met after its time), missed (never met) or waived."""

    id: str
    title: str
    state: str
    arises_at: datetime
    due_at: datetime
    owes: list[str]
    done_at: datetime | None
    by: str | None
    evidence: str | None
    reason: str | None
    is_overdue: bool


class Fact(Told):
    """One entry of the timeline; the fields of `data` are those of its kind."""

    n: int
    at: datetime
    kind: str
    by: str
    door: str
    data: dict[str, Any]


class Waiting(Told):
    """Something that has not gone out yet, and why."""

    does: str
    via: str
    state: str
    due_at: datetime
    attempts: int
    why: str
    planned_at: datetime


class WholeIncident(Incident):
    """An incident with all that is known of it."""

    handbook: str = Field(description="The hash of the handbook that it goes by.")
    similar: list[Link]
    reports: list[Report]
    ledger: list[Duty]
    facts: list[Fact]
    waiting: list[Waiting]


class Row(Told):
    """An incident in a list; `owed` counts its open duties."""

    ref: str
    url: str
    title: str
    kind: str
    severity: str
    status: str
    owner: str | None
    started_at: datetime
    ended_at: datetime | None
    closed_at: datetime | None
    next_update_at: datetime | None
    next_due_at: datetime | None
    owed: int


class Incidents(Told):
    """`next` is what to send as `before` to go on; null at the end."""

    incidents: list[Row]
    next: str | None


class Owed(Told):
    ref: str
    incident: str
    url: str
    id: str
    title: str
    owes: list[str]
    due_at: datetime
    is_overdue: bool


class Duties(Told):
    duties: list[Owed]


class Named(Told):
    handle: str
    name: str


class OnCall(Told):
    """Who is on call in one schedule, until when (null: nobody is, or for ever).

    `schedule` is its name; `instead_of` is who would be on call without its overrides, where somebody else is.
    """

    id: str
    schedule: str
    team: str
    people: list[Named]
    until: datetime | None
    instead_of: Named | None = None


class AllOnCall(Told):
    on_call: list[OnCall]


class LogEntry(Told):
    ref: str
    url: str
    title: str
    kind: str
    owner: str
    started_at: datetime
    ended_at: datetime | None
    written_at: datetime
    written_by: str
    impact: str
    detection: str
    cause: str
    resolution: str
    links: list[str]


class Log(Told):
    entries: list[LogEntry]


class Message(Told):
    """A message of the inbox. `state` is waiting, opened, joined, aside or ignored; `ref` is the incident that it is part of."""

    id: int
    source: str
    sender: str
    title: str
    text: str
    labels: list[str]
    url: str | None
    state: str
    rule: str | None
    reason: str | None
    ref: str | None
    incident_url: str | None
    received_at: datetime
    due_at: datetime | None
    is_overdue: bool
    looked_at: datetime | None
    looked_by: str | None


class Inbox(Told):
    waiting: list[Message] = Field(description="At most `limit`; the others follow as these are looked at.")
    lately: list[Message]
    in_all: int = Field(description="How many wait.")
