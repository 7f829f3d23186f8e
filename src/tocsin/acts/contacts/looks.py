"""How a person is reached, as pages and commands show it: their contact methods with masked addresses, and what a page would do now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tocsin.acts.contacts.choosing import written_rules
from tocsin.acts.contacts.whose import shown, whose
from tocsin.acts.house import House
from tocsin.acts.oncall.by import By
from tocsin.acts.people import everybody
from tocsin.core.channel import URGENCIES, Channel, HasSecret
from tocsin.core.contacts import ContactMethod, why_unverified
from tocsin.core.message_parts import source_label
from tocsin.core.people import Person
from tocsin.core.spans import span_text
from tocsin.core.ways import ways_to
from tocsin.store import contacts as rows


@dataclass(frozen=True, slots=True)
class ShownMethod:
    """A contact method as it may be shown. `given`: its address stands in the directory. `is_set_up`: its channel works here.

    `has_secret`: it has one that can be changed. `unverified` is what it waits for ("" where that was not asked, or it is verified).
    """

    id: str
    name: str
    via: str
    label: str
    address: str
    given: bool
    verified: bool
    is_set_up: bool
    interrupts: bool
    failing: str
    has_secret: bool = False
    unverified: str = ""


@dataclass(frozen=True, slots=True)
class ShownWay:
    """A message to one device at an instant, by its name; `after` says how long that is from now, `waits` what holds it up."""

    method: str
    at: datetime
    after: str
    waits: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    method: str
    why: str


@dataclass(frozen=True, slots=True)
class ShownWays:
    """What a page of that urgency would do if it began now."""

    urgency: str
    planned: tuple[ShownWay, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class Contacts:
    """How one person is reached. `rules` are as people write them, by urgency; one that is not named goes by the usual rules."""

    person: str
    zone: str
    methods: tuple[ShownMethod, ...]
    rules: Mapping[str, Sequence[str]]
    quiet: str
    now: datetime
    ways: tuple[ShownWays, ...]


def channels(house: House) -> list[Channel]:
    """Every channel to devices that is set up."""
    return list(house.channels.values())


async def contacts_of(house: House, by: By, handle: str) -> Contacts:
    """How that person is reached. Forbidden for others than them and admins."""
    person = whose(await everybody(house), by, handle)
    now = house.clock.now()
    waiting = [one.id for one in person.methods if not one.verified]
    async with house.pool.acquire() as conn:
        codes = await rows.last_codes(conn, waiting) if waiting else {}
    why = {id: why_unverified(codes.get(id), now) for id in waiting}
    return Contacts(
        person.handle,
        person.zone,
        tuple(replace(shown_method(house, one), unverified=why.get(one.id, "")) for one in person.contacts),
        written_rules(person),
        str(person.quiet or ""),
        now,
        tuple(shown_ways(house, person, urgency, now) for urgency in URGENCIES),
    )


def label_of(house: House, via: str) -> str:
    """How people call that channel."""
    channel = house.channels.get(via)
    return channel.label if channel else source_label(via)


def shown_method(house: House, one: ContactMethod) -> ShownMethod:
    channel = house.channels.get(one.via)
    return ShownMethod(
        one.id,
        one.name,
        one.via,
        label_of(house, one.via),
        shown(house, one),
        one.is_given,
        one.verified,
        f"page:{one.via}" in house.abilities,
        bool(channel and channel.can.interrupts),
        one.failing,
        isinstance(channel, HasSecret),
    )


def shown_ways(house: House, person: Person, urgency: str, now: datetime) -> ShownWays:
    ways = ways_to(person, urgency, now, house.abilities)
    planned = tuple(
        ShownWay(one.contact.name, one.at, _after(one.at - now), one.waits) for one in ways.planned
    )
    return ShownWays(urgency, planned, tuple(LeftOut(one.name, why) for one, why in ways.left_out))


def _after(span: timedelta) -> str:
    return f"after {span_text(timedelta(seconds=round(span.total_seconds())))}" if span else "at once"
