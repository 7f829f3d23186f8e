"""What people answer in a pager that their team keeps, taken over here: in their own name, once, and never more than an acknowledgement."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from tocsin.acts import incidents, looks
from tocsin.acts.alerting import deeds
from tocsin.acts.house import House
from tocsin.core.alerting.alert import Alert, number_of, ref_of
from tocsin.core.case import Actor
from tocsin.core.escalation.state import CLOSED
from tocsin.core.facts import TOCSIN, AlertCreated, Owned, PageAcknowledged
from tocsin.core.folding import fold
from tocsin.core.incident import Incident
from tocsin.core.message_parts import source_label
from tocsin.core.people import Roster
from tocsin.errors import TocsinError
from tocsin.store import alerts as alert_rows
from tocsin.store import incidents as rows

log = structlog.get_logger()
AT_ONCE = 100
"""How many incidents are read in one round trip."""


@dataclass(frozen=True, slots=True)
class Whom:
    """Who did something there: their mail address, and how the pager calls them; both "" where nobody knows."""

    email: str = ""
    name: str = ""

    @property
    def words(self) -> str:
        return self.email or self.name or "somebody"


@dataclass(frozen=True, slots=True)
class Answer:
    """How an alert stands in its pager. `number` is what people call it by; None: nobody acknowledged, or closed, it."""

    alert: str
    number: str
    acknowledged: Whom | None = None
    closed: Whom | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open incident, or an open alert of its own, that a pager has under the id `alert`."""

    ref: str
    alert: str
    is_acknowledged: bool


async def waiting_in(house: House, via: str, alert: str = "") -> list[Waiting]:
    """All of that pager, or the one with that alert; the oldest first."""
    found = []
    async with house.pool.acquire() as conn:
        ids = [row["id"] for row in await conn.fetch(rows.SQL["open_with_alert"], via, alert)]
        for n in range(0, len(ids), AT_ONCE):
            for facts in (await rows.load_many(conn, ids[n : n + AT_ONCE])).values():
                incident = fold(facts)
                made = incident.alert.outside
                if incident.is_open and made and made.via == via and alert in ("", made.alert):
                    answered = incident.alert.acknowledged_at is not None
                    found.append(Waiting(incident.ref, made.alert, answered))
        own = await conn.fetch(alert_rows.SQL["in_pager"], via, alert)
    # Whoever closes one of its own there has closed it here, so those that somebody acknowledged are looked at as well.
    return [*found, *(Waiting(ref_of(row["alert_id"]), row["message"], False) for row in own)]


async def take_over(house: House, via: str, ref: str, answer: Answer) -> None:
    """What came of an alert counts here. Asked twice, or by two nodes at once, it leaves the same facts.

    Whoever closes the alert of an incident has answered the page, and no more: the incident is resolved here, by its owner.
    """
    roster = await looks.roster(house)
    if number_of(ref):
        await _take_over_alert(house, via, ref, answer, roster)
        return
    answered = [who for who in (answer.acknowledged, answer.closed) if who]
    known = (roster.by_mail(who.email) for who in answered if who.email)
    person = next((one for one in known if one), None)
    try:
        incident = (await looks.case(house, ref, TOCSIN)).incident
        is_awaited = not incident.alert.acknowledged_at and not _was_answered(incident)
        if person and is_awaited:
            actor = Actor(person.handle, via, person.name)
            incident = await incidents.acknowledge_in_pager(house, actor, ref)
        if answer.closed:
            closer = _actor(roster, via, answer.closed)
            text = _of_closing(incident, via, answer, closer)
            await _note(house, closer, ref, text, f"{answer.alert}/closed")
        elif answer.acknowledged and is_awaited and person is None:
            stranger = _actor(roster, via, answer.acknowledged)
            text = _of_stranger(via, answer, stranger)
            await _note(house, stranger, ref, text, f"{answer.alert}/{stranger.name}")
    except TocsinError as why:
        # It has moved on meanwhile, or ended.
        log.warning(f"{via}_answer_refused", ref=ref, why=why.message)


def _was_answered(incident: Incident) -> bool:
    """Whether somebody had acknowledged since its alert was made: an answer counts once, and what is taken back here stays so."""
    made = next((x.n for x in reversed(incident.facts) if isinstance(x.what, AlertCreated)), 0)
    return any(isinstance(x.what, PageAcknowledged | Owned) for x in incident.facts[made:])


async def _take_over_alert(house: House, via: str, ref: str, answer: Answer, roster: Roster) -> None:
    """An alert of its own is the same there and here: acknowledged there is acknowledged, and closed there is over.

    An acknowledgement is taken over once: whoever takes it back here is not overruled by what stands there.
    """
    number, label = number_of(ref), source_label(via)
    async with house.pool.acquire() as conn:
        alert = await alert_rows.find(conn, number)
        heard = await conn.fetchval(alert_rows.SQL["is_heard"], number, via)
    if alert is None or alert.status == CLOSED:
        return
    try:
        if answer.closed:
            await deeds.close(house, _actor(roster, via, answer.closed), ref, f"closed in {label}")
        elif answer.acknowledged and not heard:
            await _acknowledged(house, _actor(roster, via, answer.acknowledged), alert, via)
    except TocsinError as why:
        log.warning(f"{via}_answer_refused", ref=ref, why=why.message)


async def _acknowledged(house: House, actor: Actor, alert: Alert, via: str) -> None:
    """Somebody whom Tocsin does not know can't acknowledge here, so the paging goes on."""
    if not alert.escalation.acknowledged_at:
        if not actor.person:
            log.warning(f"acknowledged_in_{via}_by_a_stranger", ref=alert.ref, who=actor.name)
            return
        await deeds.acknowledge(house, actor, alert.ref)
    async with house.pool.acquire() as conn:
        await conn.execute(alert_rows.SQL["heard_there"], alert.number, via, house.clock.now())


def _actor(roster: Roster, via: str, who: Whom) -> Actor:
    person = roster.by_mail(who.email) if who.email else None
    return Actor(person.handle, via, person.name) if person else Actor("", via, who.words)


async def _note(house: House, actor: Actor, ref: str, text: str, event: str) -> None:
    await incidents.add_note(house, actor, ref, text, from_outside=True, once=(actor.door, event))


def _of_stranger(via: str, answer: Answer, actor: Actor) -> str:
    """Somebody whom Tocsin does not know can't acknowledge here, so the paging goes on."""
    return (
        f"{actor.name} acknowledged alert {answer.number} in {source_label(via)}. Tocsin knows nobody with that address, so it goes on "
        "paging: acknowledge here, or give the person this e-mail address."
    )


def _of_closing(incident: Incident, via: str, answer: Answer, actor: Actor) -> str:
    closed = f"{actor.name or actor.person} closed alert {answer.number} in {source_label(via)}."
    stays = f"{incident.ref} stays open until it is resolved here."
    if incident.alert.acknowledged_at:
        return f"{closed} {stays}"
    return f"{closed} Tocsin knows nobody with that address, so it goes on paging, and {stays}"
