"""One message about alerts, made at the moment when it leaves: for whom, by which channel, in which words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tocsin.acts.contacts import sent
from tocsin.acts.house import House
from tocsin.acts.policy_places import not_set_up
from tocsin.acts.roster import directory
from tocsin.core.alerting.alert import urgency_of
from tocsin.core.alerting.sending import ENDS_PAGES
from tocsin.core.alerting.words import AlertWords, noted, page_words, told_words, until_text
from tocsin.core.channel import LOW, PAGED, Channel, Message
from tocsin.core.contacts import ContactMethod
from tocsin.core.device_words import plain
from tocsin.core.escalation.state import CLOSED, SNOOZED
from tocsin.core.people import Person
from tocsin.core.words import shortened
from tocsin.store import deliveries as rows
from tocsin.store.deliveries import Batch, One

OVER: Final = (CLOSED, SNOOZED)
"""Nobody is paged for an alert that stands so."""
UNTIL_ALL_HAVE: Final = "It is open until everybody who was paged has acknowledged it."


@dataclass(frozen=True, slots=True)
class Ready:
    """A message and the channel that takes it. `contact` is None for a place."""

    message: Message
    channel: Channel
    contact: ContactMethod | None


@dataclass(frozen=True, slots=True)
class NotSent:
    """Why nothing goes out. `is_moot`: nobody needs it any more; else nobody can be reached in this way."""

    why: str
    is_moot: bool


async def ready(house: House, batch: Batch, now: datetime, note: str = "") -> Ready | NotSent:
    """The message of what is in the batch and still needed, or why there is none. `note` stands beneath a page."""
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
    to = contact.address if contact else batch.contact.partition(":")[2]
    of = await _of(house, batch, alerts) if batch.purpose != PAGED else ()
    words = noted(_words(batch, alerts, people, now), note if batch.purpose == PAGED else "")
    doer = people.get(_by(alerts[0])) if batch.purpose != PAGED else None
    ticket = await _ticket(house, batch, contact, channel)
    by = doer.email if doer else ""
    message = _message(house, batch, alerts, channel, words, now, to, ticket, of, by)
    return Ready(message, channel, contact)


async def _still_needed(house: House, batch: Batch, alerts: list[One]) -> list[One]:
    """What was answered while an earlier try was on its way is not tried again."""
    async with house.pool.acquire() as conn:
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


async def _of(house: House, batch: Batch, alerts: list[One]) -> tuple[str, ...]:
    """The pages that this rewrites: those on that device that are about these alerts and no other, the newest first."""
    numbers = [one.number for one in alerts]
    async with house.pool.acquire() as conn:
        found = await conn.fetch(rows.SQL["pages_standing"], batch.person, batch.contact, numbers)
    return tuple(dict.fromkeys(row["message"] for row in found if row["alone"]))


async def _ticket(house: House, batch: Batch, contact: ContactMethod | None, channel: Channel) -> str:
    """What an answer from the device names. Nothing is kept where the device can neither answer nor tell anything."""
    can = channel.can
    if contact is None or not (can.answers or can.tells_delivery or can.tells_seen):
        return ""
    return await sent.ticket_for(house, key_of(batch), contact, batch.person, batch.purpose, f"D{batch.id}")


def key_of(batch: Batch) -> str:
    return f"D{batch.id}"


def _words(batch: Batch, alerts: list[One], people: Mapping[str, Person], now: datetime) -> AlertWords:
    about = [one.about for one in alerts]
    if batch.purpose == PAGED:
        return page_words(about, now)
    first = alerts[0]
    by = _by(first)
    name = people[by].name if by in people else by
    if first.status == CLOSED:
        return told_words(about, f"{name} closed it." if by else "It was closed.")
    if first.snoozed_until:
        return told_words(about, f"{name} snoozed it until {until_text(first.snoozed_until, now)}.")
    if first.by_all:
        return told_words(about, f"It is acknowledged; {name} has it." if by else UNTIL_ALL_HAVE)
    return told_words(about, f"{name} has acknowledged it." if by else "It is open again.")


def _by(one: One) -> str:
    """Who closed it, snoozed it, or has it."""
    return one.closed_by if one.status == CLOSED else one.snoozed_by or one.acknowledged_by


def _message(
    house: House,
    batch: Batch,
    alerts: list[One],
    channel: Channel,
    words: AlertWords,
    now: datetime,
    to: str,
    ticket: str,
    of: tuple[str, ...],
    by: str,
) -> Message:
    is_page, length = batch.purpose == PAGED, channel.can.length
    ref, short = f"D{batch.id}", plain(words.short)
    answer = is_page and batch.person
    severest = min(one.about.priority for one in alerts)
    return Message(
        key=key_of(batch),
        purpose=batch.purpose,
        person=batch.person,
        to=to,
        subject=words.subject,
        text=words.text,
        short=shortened(short, length) if length else short,
        now=now,
        urgency=urgency_of(severest) if is_page else LOW,
        link=house.places.alert(alerts[0].about.ref) if len(alerts) == 1 else house.places.alerts,
        answer_link=house.places.answer_alerts(ref, batch.person, house.sign(ref, batch.person))
        if answer
        else "",
        ticket=ticket if answer else "",
        of=of[0] if of else "",
        also=of[1:],
        count=len(alerts),
        by=by,
        priority=severest,
        is_over=not is_page and all(one.status == CLOSED for one in alerts),
        snoozed_until=None if is_page else alerts[0].snoozed_until,
    )
