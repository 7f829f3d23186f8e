"""How alerts are told."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from tocsin.doors.api.told_base import Told


class OpenedAlert(Told):
    ref: str = Field(description="Such as A-7.")
    count: int = Field(description="How often it came while it was open.")
    is_new: bool = Field(description="Whether this call opened it.")
    url: str


class AlertLine(Told):
    """Something that happened to it, or will."""

    at: datetime
    text: str
    why: list[str] = Field(description="Who was or will be left out, or why a step is passed over.")


class Page(Told):
    """One message by which an incident paged somebody."""

    person: str
    via: str
    state: str = Field(description="planned, running, handed over, delivered, seen, failed or moot.")
    due_at: datetime
    attempts: int
    ended_at: datetime | None = Field(description="When it was handed over, or given up.")
    told_at: datetime | None = Field(description="When the provider told what became of it.")
    answered_at: datetime | None
    why: str = Field(description="The provider's words, or why it was not needed.")


class Escalation(Told):
    """How an incident pages, as an alert does."""

    ref: str
    policy: str = Field(description="The escalation policy that it goes by.")
    status: str = Field(description="open, acknowledged, snoozed or closed.")
    acknowledged_by: str
    acknowledged_at: datetime | None
    awaited: list[str] = Field(description="Whose acknowledgement is missing, where all have to give theirs.")
    snoozed_until: datetime | None
    paged: list[str] = Field(description="Everybody who was ever paged for it.")
    history: list[AlertLine]
    coming: list[AlertLine]
    messages: list[Page]


class AlertDelivery(Told):
    """One message to one device or place. Messages of several alerts that went out as one have the same `batch`."""

    purpose: str
    person: str
    via: str
    contact: str
    state: str = Field(description="planned, running, handed over, delivered, seen, failed or moot.")
    due_at: datetime
    attempts: int
    batch: int | None
    handed_at: datetime | None
    delivered_at: datetime | None
    seen_at: datetime | None
    acknowledged_at: datetime | None
    why: str = Field(description="The provider's words, or why it was not needed.")


class AlertShort(Told):
    ref: str
    alias: str
    message: str
    priority: str
    source: str
    policy: str
    status: str = Field(description="open, acknowledged, snoozed or closed.")
    opened_at: datetime
    count: int
    last_at: datetime
    acknowledged_by: str
    acknowledged_at: datetime | None
    closed_by: str
    closed_at: datetime | None
    next_at: datetime | None = Field(description="When Tocsin does something next.")


class Alerts(Told):
    alerts: list[AlertShort]


class Alert(Told):
    """An alert with its escalation: what was done, what comes next where nobody does anything, and why; and every message."""

    ref: str
    alias: str
    message: str
    description: str
    priority: str
    source: str
    link: str
    details: dict[str, str]
    policy: str
    status: str
    opened_by: str
    opened_at: datetime
    count: int
    last_at: datetime
    acknowledged_by: str
    acknowledged_at: datetime | None
    closed_by: str
    closed_at: datetime | None
    awaited: list[str] = Field(description="Whose acknowledgement is missing, where all have to give theirs.")
    snoozed_until: datetime | None
    paged: list[str] = Field(description="Everybody who was ever paged for it.")
    url: str
    history: list[AlertLine]
    coming: list[AlertLine]
    deliveries: list[AlertDelivery]
