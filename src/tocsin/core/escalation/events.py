"""What can happen to an alert on its way from person to person. Times and who did it stand beside it (`Happened`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tocsin.core.escalation.policy import Stamped


class Event:
    """Anything that can happen to the escalation of an alert."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Stepped(Event):
    """A stage was taken: these people are paged, these places told. `left_out` says who was not, and why.

    `turn` is whose turn was counted ("" where all are reached).
    """

    stage: int
    people: tuple[str, ...]
    places: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    turn: str = ""


@dataclass(frozen=True, slots=True)
class PassedOver(Event):
    """A stage reached nobody and told no place, for that reason; the next one follows at once.

    `keeps`: it was not for this alert, or not for this time, and somebody was reached before: those after it keep their times.
    """

    stage: int
    why: str
    keeps: bool = False


@dataclass(frozen=True, slots=True)
class RanOut(Event):
    """All stages passed without an acknowledgement. `again`: they are taken anew; otherwise the last resort is reached."""

    again: bool
    people: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Acknowledged(Event):
    person: str


@dataclass(frozen=True, slots=True)
class Unacknowledged(Event):
    """Somebody took the acknowledgement back: it starts anew."""

    person: str


@dataclass(frozen=True, slots=True)
class AcknowledgementExpired(Event):
    """Nothing came of the acknowledgement in time: it starts anew."""

    person: str


@dataclass(frozen=True, slots=True)
class TakenOver(Event):
    """This person answers for it from now on, whoever did before."""

    person: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class Snoozed(Event):
    person: str
    until: datetime


@dataclass(frozen=True, slots=True)
class SnoozeEnded(Event):
    """The time that was asked for is over, and it is not closed: it starts anew."""


@dataclass(frozen=True, slots=True)
class EscalatedNow(Event):
    """Somebody hands it up: the next stage is taken at once, and an acknowledgement does not count any more."""

    person: str


@dataclass(frozen=True, slots=True)
class Reassigned(Event):
    """It belongs to others now: `stamped` replaces what it was stamped with, from its first stage on."""

    person: str
    to: tuple[str, ...]
    stamped: Stamped


@dataclass(frozen=True, slots=True)
class RespondersAdded(Event):
    """These are paged beside the policy."""

    person: str
    to: tuple[str, ...]
    people: tuple[str, ...]
    places: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Held(Event):
    """Nothing could be sent for that long: all clocks are later by it."""

    span: timedelta
    why: str


@dataclass(frozen=True, slots=True)
class Closed(Event):
    person: str
    why: str = ""


KINDS: Final[dict[str, type[Event]]] = {
    "stepped": Stepped,
    "passed_over": PassedOver,
    "ran_out": RanOut,
    "acknowledged": Acknowledged,
    "unacknowledged": Unacknowledged,
    "acknowledgement_expired": AcknowledgementExpired,
    "taken_over": TakenOver,
    "snoozed": Snoozed,
    "snooze_ended": SnoozeEnded,
    "escalated_now": EscalatedNow,
    "reassigned": Reassigned,
    "responders_added": RespondersAdded,
    "held": Held,
    "closed": Closed,
}
"""The names under which events are stored; once shipped they stay."""


@dataclass(frozen=True, slots=True)
class Happened:
    """An event with its instant and who did it ("" for Tocsin itself), through which door."""

    at: datetime
    event: Event
    by: str = ""
    door: str = ""
