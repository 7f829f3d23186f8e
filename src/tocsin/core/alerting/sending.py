"""Which messages follow from what happened to an alert: pages by each person's own rules, and that it is taken or over."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tocsin.core.alerting.alert import Alert, urgency_of
from tocsin.core.alerting.turned import ANEW, ANSWERED, given_away
from tocsin.core.channel import PAGED
from tocsin.core.escalation import events as e
from tocsin.core.escalation.policy import PRIORITIES
from tocsin.core.people import Roster
from tocsin.core.ways import ways_to

MOVED: Final = (e.Reassigned, e.EscalatedNow)
"""After these it is others whom it reaches: what was planned for those before is called off."""
ENDS_PAGES: Final = tuple(kind for kind, event in e.KINDS.items() if event in (*ANSWERED, *MOVED, *ANEW))
"""Kinds of events after which a page of an earlier event is not tried again: it was answered, or is paged for anew."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one device or place about one alert, planned. `event` is the number of what it follows from.

    `person` is "" for a place; `contact` is then the place as it is written. `rank` orders what waits: the severe first.
    """

    event: int
    purpose: str
    person: str
    via: str
    contact: str
    key: str
    due_at: datetime
    rank: int


def pages(
    priority: str, n: int, event: e.Event, at: datetime, roster: Roster, abilities: Collection[str]
) -> Iterator[Delivery]:
    """The pages that an event plans. `n` is its number. `key` begins with the number; the alert's ref stands before it when it is stored."""
    match event:
        case e.Stepped(people=people, places=places) | e.RespondersAdded(people=people, places=places):
            pass
        case e.RanOut(people=people, places=places):
            pass
        case _:
            return
    rank = PRIORITIES.index(priority) + 1
    for handle in people:
        yield from _to(handle, priority, n, at, roster, abilities, rank)
    for place in places:
        via = place.partition(":")[0]
        yield Delivery(n, PAGED, "", via, place, f"{n}/{place}", at, rank)


def _to(
    handle: str, priority: str, n: int, at: datetime, roster: Roster, abilities: Collection[str], rank: int
) -> Iterator[Delivery]:
    person = roster.people.get(handle)
    if person is None:
        return
    times: dict[str, int] = {}
    for one in ways_to(person, urgency_of(priority), at, abilities).planned:
        id = one.contact.id
        times[id] = times.get(id, 0) + 1
        again = f"/{times[id]}" if times[id] > 1 else ""
        yield Delivery(n, PAGED, handle, one.contact.via, id, f"{n}/{handle}/{id}{again}", one.at, rank)


def calls_off(event: e.Event) -> bool:
    """Whether pages that have not gone out are not needed after it."""
    return isinstance(event, ANSWERED + MOVED)


def called_off(alert: Alert, event: e.Event) -> str:
    """Whose pages an event that calls off does so for; "" for everybody's. Where all have to acknowledge, each does so for themselves."""
    return event.person if isinstance(event, e.Acknowledged) and is_one_of_all(alert, event) else ""


def is_one_of_all(alert: Alert, event: e.Event) -> bool:
    """Whether it is an acknowledgement after which those of others are still needed."""
    one = alert.escalation
    return (
        isinstance(event, e.Acknowledged) and bool(one.awaited) and not (one.acknowledged_at or one.closed_at)
    )


def is_told(event: e.Event) -> bool:
    """Whether those who were paged hear of it, whatever their devices can."""
    return isinstance(event, ANSWERED)


def still_paged(alert: Alert, person: str) -> bool:
    """Whether a page to that person (or place, "") is still needed at this moment."""
    one = alert.escalation
    if one.closed_at or one.snoozed_until:
        return False
    if one.acknowledged_at:
        return False
    return person not in {handle for handle, _ in one.answers} and not given_away(alert.happened, 0, person)
