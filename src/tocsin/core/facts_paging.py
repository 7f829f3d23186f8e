"""Who is reached, how far the escalation has come, and who answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tocsin.core.escalation.policy import Stamped
from tocsin.core.what import What


@dataclass(frozen=True, slots=True)
class Paged(What):
    """Tocsin set out to reach these people. `step` counts the policy's steps from 0; `by_hand` is beside the policy.

    `places` are told beside them, `left_out` says who was not reached, and why, `turn` is whose turn was counted ("": all are reached).
    """

    people: tuple[str, ...]
    step: int
    why: str
    by_hand: bool = False
    places: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    turn: str = ""


@dataclass(frozen=True, slots=True)
class NobodyToPage(What):
    """A step reached nobody: no one on call, an empty team. The next step is taken at once.

    `keeps`: it was not for this incident, or not for this time, and somebody was reached before: those after it keep their times.
    """

    step: int
    why: str
    keeps: bool = False


@dataclass(frozen=True, slots=True)
class PlacesCalled(What):
    """A step reached nobody, and has these places told: channels, webhooks. Nobody can answer there, so the next step follows at its time."""

    places: tuple[str, ...]
    step: int
    why: str
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlaceTold(What):
    """A channel or a webhook that a policy names was told. `message` is the provider's own id of that."""

    place: str
    via: str
    url: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class EscalationRanOut(What):
    """Every step of the policy passed without an acknowledgement. `again`: all are taken anew; else the last resort is reached (the
    fact `paged` that follows), again and again until somebody answers.
    """

    rounds: int
    again: bool = False


@dataclass(frozen=True, slots=True)
class PageDelivered(What):
    """A provider took a page, for a late `duty` or for the incident itself. That is not yet an acknowledgement.

    `message` is the provider's own id of it; `by_hand` says that somebody called this person, whoever answers otherwise. `contact` is
    the id of the device of theirs ("" where the directory gives the address). `among`: of so many incidents the one message told.
    """

    person: str
    via: str
    url: str = ""
    message: str = ""
    duty: str = ""
    by_hand: bool = False
    contact: str = ""
    among: int = 1


@dataclass(frozen=True, slots=True)
class KeptPager:
    """The pager that has an incident's alert: `via` names the service ("": Tocsin pages by itself).

    `team` is ours whose pager it is ("": it is everybody's), `to` what that team is called there, where it is said.
    """

    via: str
    team: str = ""
    to: str = ""


OURS: Final = KeptPager("")
"""Tocsin pages by itself."""


@dataclass(frozen=True, slots=True)
class AlertCreated(What):
    """The pager that a team keeps has made its alert. Whether anybody hears it shows only in an acknowledgement."""

    via: str
    alert: str
    alias: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class AlertClosed(What):
    via: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class PageAcknowledged(What):
    """The person who was paged, or anyone of the team, answered."""

    person: str


@dataclass(frozen=True, slots=True)
class PageUnacknowledged(What):
    """Somebody took the acknowledgement back: the escalation starts anew. Whoever owns the incident still does."""

    person: str


@dataclass(frozen=True, slots=True)
class AcknowledgementExpired(What):
    """Nothing came of the acknowledgement in the time that the policy gives it: the escalation starts anew."""

    person: str


@dataclass(frozen=True, slots=True)
class PagingSnoozed(What):
    """Nobody is paged until then. Duties go on: they are another matter."""

    person: str
    until: datetime


@dataclass(frozen=True, slots=True)
class PagingSnoozeEnded(What):
    """The time without pages is over, and the incident is not: the escalation starts anew."""


@dataclass(frozen=True, slots=True)
class Reassigned(What):
    """It is others whom it pages now: `stamped` replaces what the incident was stamped with, from its first step on."""

    person: str
    to: tuple[str, ...]
    stamped: Stamped


@dataclass(frozen=True, slots=True)
class EscalationHeld(What):
    """Nothing could be sent for that long: the steps of the escalation are later by it."""

    span: timedelta
    why: str
