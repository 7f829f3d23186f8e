"""One message about alerts, made at the moment when it leaves: for whom, by which channel, in which words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from tocsin.acts.alerting.given_on import given_message
from tocsin.acts.alerting.told_messages import told_messages
from tocsin.acts.alerting.way import Way
from tocsin.acts.house import House
from tocsin.acts.policy_places import not_set_up
from tocsin.acts.roster import directory
from tocsin.core.alerting.alert import urgency_of
from tocsin.core.alerting.sending import ENDS_PAGES
from tocsin.core.alerting.words import noted, page_words
from tocsin.core.channel import GIVEN, PAGED, Channel, Message
from tocsin.core.contacts import ContactMethod
from tocsin.core.escalation.state import CLOSED, SNOOZED
from tocsin.core.late_words import NOT_BEFORE
from tocsin.core.people import Person
from tocsin.store import deliveries as rows
from tocsin.store.deliveries import Batch, One

OVER: Final = (CLOSED, SNOOZED)
"""Nobody is paged for an alert that stands so."""


@dataclass(frozen=True, slots=True)
class Ready:
    """What goes to the channel, one after the other; of a page, it alone. `contact` is None for a place."""

    messages: tuple[Message, ...]
    channel: Channel
    contact: ContactMethod | None


@dataclass(frozen=True, slots=True)
class NotSent:
    """Why nothing goes out. `is_moot`: nobody needs it any more; else nobody can be reached in this way."""

    why: str
    is_moot: bool


async def ready(house: House, batch: Batch, now: datetime, note: str = "") -> Ready | NotSent:
    """The messages of what is in the batch and still needed, or why there are none.

    `note` stands beneath a page that was held back, and says why.
    """
    alerts = [one for one in batch.alerts if batch.purpose != PAGED or one.status not in OVER]
    if alerts and batch.purpose == PAGED and batch.attempt > 1:
        alerts = await _still_needed(house, batch, alerts)
    if not alerts:
        return NotSent("it was answered, is over, or snoozed", is_moot=True)
    channel = _channel(house, batch)
    if channel is None:
        return NotSent(not_set_up(batch.via, is_place=not batch.person), is_moot=False)
    people, contact = await _whom(house, batch)
    if batch.person and contact is None:
        return NotSent(f"{batch.person} has removed that contact method", is_moot=False)
    way = Way(house, batch, channel, contact, people, now)
    if batch.purpose == GIVEN:
        return Ready(tuple([await given_message(way, one) for one in alerts]), channel, contact)
    if batch.purpose != PAGED:
        told = await told_messages(way, alerts)
        return Ready(told, channel, contact) if told else NotSent("no page is out of date", is_moot=True)
    words = noted(page_words([one.about for one in alerts], now, "" if note else NOT_BEFORE), note)
    page = way.message(alerts, words)
    page = await way.asking(replace(page, urgency=urgency_of(page.priority)), batch.id)
    return Ready((page,), channel, contact)


async def _still_needed(house: House, batch: Batch, alerts: list[One]) -> list[One]:
    """What was answered while an earlier try was on its way is not tried again."""
    async with house.of_alerts.acquire() as conn:
        gone = {
            row["alert_id"] for row in await conn.fetch(rows.SQL["not_needed"], batch.id, list(ENDS_PAGES))
        }
    return [one for one in alerts if one.number not in gone]


def _channel(house: House, batch: Batch) -> Channel | None:
    if not batch.person:
        return house.given.get(batch.via)
    # A person's webhook has secrets of its own; those that policies name are signed with the organisation's.
    return house.channels.get(batch.via) or house.given.get(batch.via)


async def _whom(house: House, batch: Batch) -> tuple[Mapping[str, Person], ContactMethod | None]:
    """Everybody, and the device. The copy of the roster that this node has is good enough where it knows the device."""
    known = house.directory
    contact = _contact(known.people, batch) if known else None
    if known is None or (batch.person and contact is None):
        async with house.pool.acquire() as conn:
            known = await directory(house, conn)
        contact = _contact(known.people, batch)
    return known.people, contact


def _contact(people: Mapping[str, Person], batch: Batch) -> ContactMethod | None:
    person = people.get(batch.person)
    contacts = person.contacts if person else ()
    return next((one for one in contacts if one.id == batch.contact), None)
