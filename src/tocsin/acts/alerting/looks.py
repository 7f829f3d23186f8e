"""Alerts as people look at them: a list; and one with what was done, what comes next and why, and every message."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from tocsin.acts.alerting.collecting import who_gets_very_many
from tocsin.acts.escalation_look import look_at
from tocsin.acts.house import House
from tocsin.acts.roster import roster_at
from tocsin.core.alerting.alert import Alert, number_of, ref_of
from tocsin.core.alerting.turned import given_away, given_words
from tocsin.core.escalation.explain import Line, coming, history
from tocsin.core.people import Roster
from tocsin.errors import NotFound
from tocsin.store import alerts as rows
from tocsin.store.deliveries import PLANNED
from tocsin.store.pool import Connection

MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Sent:
    """One message about an alert, as its row says. `batch` is the message that carried it, with others of the same batch."""

    id: int
    event: int
    purpose: str
    person: str
    via: str
    contact: str
    state: str
    planned_at: datetime
    due_at: datetime
    attempts: int
    batch: int | None
    handed_at: datetime | None
    delivered_at: datetime | None
    seen_at: datetime | None
    acknowledged_at: datetime | None
    why: str


@dataclass(frozen=True, slots=True)
class AlertView:
    alert: Alert
    told: list[Line]
    coming: list[Line]
    deliveries: list[Sent]
    roster: Roster


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert in a list."""

    ref: str
    alias: str
    message: str
    priority: str
    source: str
    policy: str
    status: str
    opened_at: datetime
    count: int
    last_at: datetime
    acknowledged_by: str
    acknowledged_at: datetime | None
    closed_by: str
    closed_at: datetime | None
    next_at: datetime | None


async def alert_of(house: House, ref: str) -> AlertView:
    """One alert with its escalation in words, as it stands now. NotFound if there is none of that ref."""
    async with house.pool.acquire() as conn:
        alert = await rows.find(conn, number_of(ref))
        if alert is None:
            raise NotFound(f"There is no alert {ref}; list them with: tocsin alert list", field="ref")
        sent = [
            Sent(*(row[field] for field in Sent.__slots__))
            for row in await conn.fetch(rows.SQL["deliveries"], alert.number)
        ]
        now = house.clock.now()
        sent = await _held_back(house, conn, sent, now)
        look = await look_at(house, conn, now, [alert.escalation.stamped])
    name = look.roster.name
    return AlertView(
        alert,
        history(alert.happened, name),
        coming(alert.escalation, look, now, name),
        sent,
        look.roster,
    )


async def _held_back(house: House, conn: Connection, sent: list[Sent], now: datetime) -> list[Sent]:
    """The same, where a message waits for its person has got very many with the reason."""
    if not any(one.state == PLANNED and one.due_at <= now for one in sent):
        return sent
    many = await who_gets_very_many(house, conn, now)
    why = f"more than {house.pages_per_hour} messages went to them within the hour: what comes is collected"
    return [
        replace(one, why=one.why or why)
        if one.person in many and one.state == PLANNED and one.due_at <= now
        else one
        for one in sent
    ]


async def alerts(house: House, status: str = "", before: str = "", at_most: int = 50) -> list[AlertRow]:
    """The newest first: of that status ("" for all), older than that ref where one is given."""
    older = number_of(before) if before else 2**62
    async with house.pool.acquire() as conn:
        found = await conn.fetch(rows.SQL["list"], status, older, min(at_most, MOST))
    return [AlertRow(ref_of(row["id"]), *(row[field] for field in AlertRow.__slots__[1:])) for row in found]


async def alerts_of_message(house: House, message: int, person: str) -> list[AlertRow]:
    """Those of which one message told that person, the severe first, the new before the old."""
    async with house.pool.acquire() as conn:
        found = await conn.fetch(rows.SQL["list_of_batch"], message, person)
    return [AlertRow(ref_of(row["id"]), *(row[field] for field in AlertRow.__slots__[1:])) for row in found]


async def given_away_since(house: House, message: int, person: str) -> dict[str, str]:
    """Of the alerts of one message those that went to others than that person since, by ref: who gave them to whom."""
    async with house.pool.acquire() as conn:
        roster = await roster_at(house, conn, house.clock.now())
        events = {row["alert_id"]: row["event"] for row in await conn.fetch(rows.SQL["of_batch"], message)}
        happened = await rows.histories(conn, list(events))
    gone = {number: given_away(happened[number], n, person) for number, n in events.items()}
    return {ref_of(number): given_words(one, roster.name) for number, one in gone.items() if one}


async def alert_of_alias(house: House, alias: str) -> str:
    """The ref of the open alert with that alias. NotFound where none is open."""
    async with house.pool.acquire() as conn:
        number = await conn.fetchval(rows.SQL["open_of_alias"], alias)
    if number is None:
        raise NotFound(f"No open alert has the alias {alias}", field="alias")
    return ref_of(number)
