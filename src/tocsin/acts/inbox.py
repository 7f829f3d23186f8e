"""The inbox: what comes in by a stream opens an incident, joins one, or waits for a person, as the handbook's rules say.

`hear` is the one entrance for streams. A message, what became of it, and all that follows are stored in one commit: whoever hears the
same message again (the same source and key) changes nothing.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from tocsin.acts.declare import Declaration, NewReport, declare_in, open_one, still_open
from tocsin.acts.handbooks import keep_up
from tocsin.acts.house import House
from tocsin.acts.process import ENGINE, PASSING, Open, open_case, settle
from tocsin.acts.wishes import Wish
from tocsin.core import facts as f
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN
from tocsin.core.intake import (
    ASIDE,
    IGNORED,
    JOINED,
    OPENED,
    WAITING,
    Decision,
    Ignored,
    Kept,
    Message,
    Opens,
    Waits,
    decide,
    longest_span,
)
from tocsin.core.joining import joins_which
from tocsin.core.plan import for_message
from tocsin.core.words import LONGEST_TEXT, shortened, text_of, title_from, without_mentions
from tocsin.errors import Conflict, Forbidden, NotFound
from tocsin.store import inbox as rows
from tocsin.store import incidents as incident_rows
from tocsin.store import works as work_rows
from tocsin.store.pool import Connection

OVERLOOKED: Final = "nobody looked at it in time"
DEFAULT_WITHIN: Final = timedelta(minutes=30)
LONGEST_LINE: Final = 300


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of a message: its state, the incident ("" for none), and the rule that said so ("" where none did)."""

    state: str
    message: int
    ref: str = ""
    rule: str = ""
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class Inbox:
    """What waits, what is due first on top, and what was looked at lately as far as the viewer may know of it.

    `in_all` is how many wait, also where fewer are shown.
    """

    waiting: list[Kept]
    lately: list[Kept]
    now: datetime
    in_all: int


async def hear(house: House, message: Message, *, joins: str = "", looked_at: bool = False) -> Heard:
    """Take a message of a stream. `joins` is the incident to whose conversation its door has found it to belong.

    With `looked_at` somebody has to look at it: what a rule would ignore waits.

    A message that is known changes nothing, unless its labels have become those of a report. Never refused for its length: what
    is too long is cut.
    """
    message = _cleaned(message)
    try:
        return await _hear(house, message, joins, looked_at)
    except asyncpg.UniqueViolationError:
        # Its report came in some other way at the same moment; the second time it is found.
        return await _hear(house, message, joins, looked_at)


async def was_heard(house: House, source: str, key: str) -> bool:
    """Whether this message of the stream is known."""
    return await rows.is_known(house.pool, source, key)


async def open_message(
    house: House, actor: Actor, id: int, *, joins: str = "", kind: str = ""
) -> Declaration:
    """Somebody takes it for a report: it opens an incident, or joins the one that `joins` names. NotFound, or Conflict."""
    async with house.pool.acquire() as conn, conn.transaction():
        message = await _locked(conn, id)
        if message.state in (OPENED, JOINED):
            raise Conflict(f"{message_name(id)} became part of an incident already")
        opened = await open_one(house, conn, actor, joins.upper()) if joins else None
        declared = await _into_incident(house, conn, actor, message, opened, kind)
        state = JOINED if opened else OPENED
        await _looked_at(house, conn, message, actor.by, state=state, ref=declared.ref)
    house.wake()
    return declared


async def take_along(house: House, source: str, key: str, ref: str) -> bool:
    """A message that waits joins the incident that was opened from what was said about it; False if there is none that waits."""
    async with house.pool.acquire() as conn, conn.transaction():
        await rows.hold_source(conn, source)
        message = await rows.by_key(conn, source, key)
        if message is None or not message.is_waiting:
            return False
        sender = Actor("", source, message.sender)
        if await still_open(house, conn, sender, ref, same_conversation=True) is None:
            return False
        await _counted(house, conn, message, ref)
    house.wake()
    return True


async def put_aside(house: House, actor: Actor, id: int, reason: str = "") -> Kept:
    """Somebody finds that it is no report. A message that is aside stays so, whoever comes second. NotFound, or Conflict."""
    if not actor.person:
        raise Forbidden(
            f"Only a person can put a message aside, in their own name; {actor.by} is nobody that Tocsin knows"
        )
    reason = text_of(reason, field="reason")
    async with house.pool.acquire() as conn, conn.transaction():
        message = await _locked(conn, id)
        if message.state in (OPENED, JOINED):
            raise Conflict(f"{message_name(id)} became part of an incident already: dismiss that instead")
        if message.is_waiting:
            message = await _looked_at(house, conn, message, actor.by, state=ASIDE, reason=reason)
    house.wake()
    return message


async def inbox(house: House, viewer: str, *, limit: int = 100, lately: int = 20) -> Inbox:
    """What waits for a look, and what was looked at lately."""
    async with house.pool.acquire() as conn:
        waiting = await rows.waiting(conn, limit)
        in_all = len(waiting) if len(waiting) < limit else await rows.count_waiting(conn)
        return Inbox(waiting, await rows.lately(conn, viewer, lately), house.clock.now(), in_all)


async def how_many_wait(house: House) -> int:
    return await rows.count_waiting(house.pool)


class CannotOpen(Exception):
    """No incident can be opened from this message: a bug. The engine takes it up again later."""

    def __init__(self, id: int) -> None:
        super().__init__(message_name(id))
        self.id = id


async def open_overlooked(house: House) -> bool:
    """Open an incident from one message that nobody looked at in time; False if there is none."""
    async with house.pool.acquire() as conn, conn.transaction():
        message = await rows.claim_overlooked(conn, house.clock.now())
        if message is None:
            return False
        try:
            async with conn.transaction():
                await _overlooked(house, conn, message)
        except Exception as why:
            if isinstance(why, PASSING):
                raise
            raise CannotOpen(message.id) from why
    house.wake()
    return True


async def push_due(house: House, id: int, until: datetime) -> None:
    """Take a message up again only then."""
    await rows.push_due(house.pool, id, until)


def message_name(id: int) -> str:
    """How a message is called where there is no more to say of it."""
    return f"Message {id}"


async def _hear(house: House, message: Message, joins: str, looked_at: bool) -> Heard:
    async with house.pool.acquire() as conn, conn.transaction():
        await rows.hold_source(conn, message.source)
        await keep_up(house, conn)
        known = await rows.by_key(conn, message.source, message.key)
        if known and not _has_news(known, message):
            return Heard(known.state, known.id, known.ref, known.rule, is_new=False)
        sender = Actor("", message.source, message.sender)
        opened = await still_open(house, conn, sender, joins, same_conversation=True) if joins else None
        decision = Opens() if opened else await _decided(house, conn, message)
        if looked_at and isinstance(decision, Ignored):
            decision = Waits(decision.rule)
        if known and not isinstance(decision, Opens):
            return Heard(known.state, known.id, known.ref, known.rule, is_new=False)
        heard = await _kept(house, conn, message, decision, opened, known)
    house.wake()
    return heard


def _has_news(known: Kept, message: Message) -> bool:
    """A label that was put on an issue later is somebody's word that it is a report; so is a call."""
    if known.state in (OPENED, JOINED):
        return False
    return bool(set(message.labels) - set(known.labels)) or (message.calls and not known.calls)


async def _decided(house: House, conn: Connection, message: Message) -> Decision:
    rules = house.handbook.intake
    span = longest_span(rules)
    recent = await rows.recent(conn, message.source, message.received_at - span) if span else []
    return decide(message, recent, rules)


async def _kept(
    house: House,
    conn: Connection,
    message: Message,
    decision: Decision,
    opened: Open | None,
    known: Kept | None,
) -> Heard:
    """Store the message with what was decided about it, and do that."""
    match decision:
        case Opens():
            return await _opens(house, conn, message, decision, opened, known)
        case Ignored(rule=rule):
            state, due_at = IGNORED, None
        case Waits(rule=rule):
            state, due_at = WAITING, house.clock.now() + (house.handbook.inbox_within or DEFAULT_WITHIN)
    id = await rows.insert(conn, message, state=state, rule=rule, ref="", due_at=due_at)
    assert id is not None
    if state == WAITING:
        await _plan(house, conn, await _locked(conn, id))
    return Heard(state, id, rule=rule)


async def _opens(
    house: House, conn: Connection, message: Message, decision: Opens, opened: Open | None, known: Kept | None
) -> Heard:
    sender = Actor("", message.source, message.sender)
    if opened is None and decision.joins:
        opened = await still_open(house, conn, sender, decision.joins, same_conversation=True)
    why = ""
    if opened is None:
        opened, why = await _same_thing(house, conn, message, decision)
    declared = await _into_incident(house, conn, sender, message, opened, decision.kind, why)
    state, rule = JOINED if opened else OPENED, decision.rule
    if known:
        await rows.relabel(conn, known.id, message)
        await _looked_at(house, conn, replace(known, rule=rule), TOCSIN, state=state, ref=declared.ref)
        id = known.id
    else:
        new = await rows.insert(conn, message, state=state, rule=rule, ref=declared.ref, due_at=None)
        assert new is not None
        id = new
    for earlier in await rows.lock_waiting(conn, decision.counted):
        await _counted(house, conn, replace(earlier, rule=rule), declared.ref)
    return Heard(state, id, declared.ref, rule)


async def _same_thing(
    house: House, conn: Connection, message: Message, decision: Opens
) -> tuple[Open | None, str]:
    """The incident that others of the stream began and that this message tells of as well, as its rule says, and why.

    What opens a private kind joins a private incident of that kind; nothing else ever joins a private one.
    """
    rule = next((rule for rule in house.handbook.intake if rule.id == decision.rule), None)
    kind = house.handbook.kind(decision.kind) or house.handbook.kinds[0]
    if rule is None or not rule.joins:
        return None, ""
    since, private = message.received_at - rule.joins, kind.private
    began = await rows.began(conn, message.source, since, private_kind=kind.id if private else None)
    alone = await rows.opened_alone(conn, message.source, since, private=private)
    found = joins_which(message, rule, began, alone)
    if found is None:
        return None, ""
    sender = Actor("", message.source, message.sender)
    opened = await still_open(house, conn, sender, found[0], same_conversation=private)
    # Somebody may have made it private a moment ago.
    return (None, "") if opened is None or opened.incident.private != private else (opened, found[1])


async def _counted(house: House, conn: Connection, message: Kept, ref: str) -> None:
    """An earlier message of which a rule has now counted enough joins the incident: its sender is answered too."""
    sender = Actor("", message.source, message.sender)
    opened = await still_open(house, conn, sender, ref, same_conversation=True)
    declared = await _into_incident(house, conn, sender, message, opened, "")
    await _looked_at(house, conn, message, TOCSIN, state=JOINED, ref=declared.ref)


async def _overlooked(house: House, conn: Connection, message: Kept) -> None:
    """Assume the worst. What nobody looked at is gathered in one incident a source, as long as nobody has taken that."""
    assert message.due_at is not None
    sender = Actor("", message.source, message.sender)
    ref = await rows.unread(conn, message.source, OVERLOOKED)
    opened = await still_open(house, conn, sender, ref, same_conversation=True) if ref else None
    declared = await _into_incident(house, conn, sender, message, opened, "")
    head = await incident_rows.lock(conn, declared.ref)
    assert head is not None
    case = await open_case(house, conn, head)
    case.add(
        [f.InboxOverlooked(message.id, declared.report, message.received_at, message.due_at)],
        ENGINE,
    )
    await settle(house, conn, case)
    state = JOINED if opened else OPENED
    await _looked_at(house, conn, message, TOCSIN, state=state, ref=declared.ref, reason=OVERLOOKED)


async def _into_incident(
    house: House,
    conn: Connection,
    actor: Actor,
    message: Message,
    opened: Open | None,
    kind: str,
    why: str = "",
) -> Declaration:
    report = NewReport(
        source=message.source,
        text=message.text or message.title,
        reporter=message.sender,
        outside=message.outside,
        answer_via=message.answer_via,
        address=message.address,
        url=message.url,
        key=message.key,
        why=why,
        title=message.title,
    )
    title = title_from(message.title or without_mentions(message.text) or message.text)
    return await declare_in(house, conn, actor, report, Wish(title, kind, ""), opened)


async def _looked_at(
    house: House, conn: Connection, message: Kept, by: str, *, state: str, ref: str = "", reason: str = ""
) -> Kept:
    message = replace(message, state=state, ref=ref, reason=reason, looked_at=house.clock.now(), looked_by=by)
    await rows.settle(conn, message)
    await _plan(house, conn, message)
    return message


async def _plan(house: House, conn: Connection, message: Kept) -> None:
    if "thread" in house.abilities:
        await work_rows.plan(conn, None, for_message(message), house.clock.now(), message_id=message.id)


async def _locked(conn: Connection, id: int) -> Kept:
    message = await rows.lock(conn, id) if 0 < id < 1 << 62 else None
    if message is None:
        raise NotFound(f"There is no message {id} in the inbox", field="id")
    return message


def _cleaned(message: Message) -> Message:
    return replace(
        message,
        title=_line(message.title),
        text=text_of(shortened(message.text, LONGEST_TEXT), field="text"),
        sender=_line(message.sender) or "somebody",
        labels=tuple(_line(label) for label in message.labels),
        address=_line(message.address),
        url=text_of(message.url[:2000], field="url"),
        key=_line(message.key) or secrets.token_hex(16),
    )


def _line(text: str) -> str:
    return text_of(text[:LONGEST_LINE], field="line")
