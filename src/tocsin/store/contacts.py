"""People's devices, rules and codes as rows, and what was handed to their channels."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.core.contacts import ContactMethod, LastCode, Rule
from tocsin.store.pool import Connection
from tocsin.store.sql import queries

SQL = queries(__file__)
ById = dict[str, tuple[ContactMethod, ...]]
ByUrgency = dict[str, tuple[Rule, ...]]


@dataclass(frozen=True, slots=True)
class Code:
    """A code that was sent, and may still be used: what it is worked out from, and how often somebody typed a wrong one."""

    id: int
    nonce: str
    expires_at: datetime
    tries: int


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was handed to a channel, and what was heard of it since. `ref` is what it is about."""

    ticket: str
    key: str
    via: str
    contact: str
    address: str
    person: str
    purpose: str
    ref: str
    message: str
    state: str
    words: str
    made_at: datetime
    told_at: datetime | None
    answered_at: datetime | None


def number_of(id: str) -> int:
    """The row of a contact method that a person added."""
    return int(id.removeprefix("m"))


def looks_like_id(text: str) -> bool:
    """Whether it may be the id of some contact method."""
    return text[:1] == "m" and text[1:].isdecimal()


def hidden(address: str) -> str:
    """An address as rows name it that only have to find it again."""
    return hashlib.sha256(address.encode()).hexdigest()


async def of_everybody(conn: Connection) -> tuple[ById, dict[str, ByUrgency]]:
    """The devices and the rules of each person who has some."""
    methods: dict[str, list[ContactMethod]] = defaultdict(list)
    for row in await conn.fetch(SQL["methods"]):
        id, person, *rest = row.values()
        via, address, name, verified, failing, until = rest
        methods[person].append(ContactMethod(via, address, f"m{id}", name, verified, failing, until))
    rules: dict[str, dict[str, list[Rule]]] = defaultdict(lambda: defaultdict(list))
    for row in await conn.fetch(SQL["rules"]):
        rule = Rule(row["method"], timedelta(seconds=row["after_seconds"]))
        rules[row["person"]][row["urgency"]].append(rule)
    by_urgency = {
        person: {urgency: tuple(some) for urgency, some in theirs.items()} for person, theirs in rules.items()
    }
    return {person: tuple(some) for person, some in methods.items()}, by_urgency


async def add(
    conn: Connection, person: str, via: str, address: str, name: str, by: str, now: datetime
) -> ContactMethod:
    id = await conn.fetchval(SQL["add"], person, via, address, name, by, now)
    return ContactMethod(via, address, f"m{id}", name, verified=False)


async def remove(conn: Connection, person: str, id: str) -> None:
    """The device, and the rules that name it."""
    await conn.execute(SQL["forget_rules_for"], person, id)
    await conn.execute(SQL["remove"], number_of(id))


async def save_rules(conn: Connection, person: str, urgency: str, rules: Sequence[Rule]) -> None:
    await conn.execute(SQL["clear_rules"], person, urgency)
    seconds = [int(one.after.total_seconds()) for one in rules]
    await conn.execute(SQL["add_rules"], person, urgency, [one.method for one in rules], seconds)


async def mark_failing(conn: Connection, id: str, why: str, until: datetime | None) -> bool:
    """Whether that is new of it."""
    return bool(await conn.fetchval(SQL["mark_failing"], number_of(id), why, until))


async def codes_since(
    conn: Connection, person: str, via: str, address: str, since: datetime
) -> tuple[int, int]:
    row = await conn.fetchrow(SQL["codes_since"], person, via, hidden(address), since)
    assert row is not None
    return row["by_person"], row["to_address"]


async def add_code(
    conn: Connection, person: str, contact: ContactMethod, nonce: str, now: datetime, expires_at: datetime
) -> None:
    """A new code; those before it open nothing any more."""
    number = number_of(contact.id)
    await conn.execute(SQL["end_codes"], number, now)
    address = hidden(contact.address)
    await conn.execute(SQL["add_code"], person, number, contact.via, address, nonce, now, expires_at)


async def last_codes(conn: Connection, ids: Sequence[str]) -> dict[str, LastCode]:
    """The last code for each of these contact methods, by id; not of those to which none went out lately."""
    found = await conn.fetch(SQL["last_codes"], [number_of(id) for id in ids])
    return {f"m{row['contact_id']}": LastCode(row["expires_at"], row["tries"], row["why"]) for row in found}


async def open_code(conn: Connection, id: str) -> Code | None:
    row = await conn.fetchrow(SQL["open_code"], number_of(id))
    return Code(*row.values()) if row else None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A ticket that nobody has yet, and the message that it is for."""

    ticket: str
    key: str
    contact: ContactMethod
    person: str
    purpose: str
    ref: str
    now: datetime


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What came of handing over the message with that key, and the provider's id of it ("" where it has none)."""

    key: str
    message: str
    state: str
    words: str


@dataclass(frozen=True, slots=True)
class Early:
    """What a provider told of a message before its id was known here."""

    state: str
    words: str


async def tickets(conn: Connection, wanted: Sequence[Wanted]) -> list[str]:
    """For each its ticket: this one, or the one that an earlier try took."""
    # In the order of their keys, so that two nodes never wait for each other.
    in_order = sorted(range(len(wanted)), key=lambda n: wanted[n].key)
    found = await conn.fetchmany(SQL["ticket"], [_columns_of(wanted[n]) for n in in_order])
    taken = {n: str(row["ticket"]) for n, row in zip(in_order, found, strict=True)}
    return [taken[n] for n in range(len(wanted))]


def _columns_of(one: Wanted) -> tuple[object, ...]:
    contact = one.contact
    address = hidden(contact.address)
    return one.ticket, one.key, contact.via, contact.id, address, one.person, one.purpose, one.ref, one.now


async def handed_over(conn: Connection, some: Sequence[tuple[HandedOver, datetime]]) -> None:
    """Remember what came of these, at that time each."""
    in_order = sorted(some, key=lambda one: one[0].key)
    columns = [(row.key, row.message, row.state, row.words, at) for row, at in in_order]
    await conn.executemany(SQL["handed_over"], columns)


async def take_early(
    conn: Connection, messages: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], list[Early]]:
    """What was told of these messages (channel, id) too early; it is taken away."""
    taken: dict[tuple[str, str], list[Early]] = defaultdict(list)
    for row in await conn.fetchmany(SQL["take_early"], sorted(set(messages))) if messages else ():
        taken[row["via"], row["message"]].append(Early(row["state"], row["words"]))
    return taken


async def by_ticket(conn: Connection, ticket: str) -> Sent | None:
    return _sent(await conn.fetchrow(SQL["by_ticket"], ticket))


async def by_message(conn: Connection, via: str, message: str) -> Sent | None:
    return _sent(await conn.fetchrow(SQL["by_message"], via, message))


async def by_address(conn: Connection, via: str, address: str, since: datetime) -> list[Sent]:
    """What went to that device since then and may be answered, the newest first."""
    found = await conn.fetch(SQL["by_address"], via, hidden(address), since)
    return [Sent(*row.values()) for row in found]


async def last_of(conn: Connection, people: Sequence[str]) -> list[Sent]:
    """The last message to each of their devices, and the last test of each."""
    return [Sent(*row.values()) for row in await conn.fetch(SQL["last_of"], list(people))]


async def forget(conn: Connection, codes_before: datetime, messages_before: datetime) -> None:
    await conn.execute(SQL["forget_codes"], codes_before)
    await conn.execute(SQL["forget_messages"], messages_before)
    await conn.execute(SQL["forget_early"], messages_before)


def _sent(row: object) -> Sent | None:
    return Sent(*row.values()) if row is not None else None  # type: ignore[attr-defined]
