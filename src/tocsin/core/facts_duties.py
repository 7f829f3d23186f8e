"""What became of duties, and of what was to be sent for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tocsin.core.what import What


@dataclass(frozen=True, slots=True)
class DutyChased(What):
    """Tocsin did one step of a duty: `ask` when it arose, then `remind`, `thread`, `page`, `page_next` when it was late."""

    duty: str
    step: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DutySnoozed(What):
    """Who owes a duty asked for a while: nothing chases it `until` then. When it is due, and how it is scored, stay as they are."""

    duty: str
    reason: str
    until: datetime


@dataclass(frozen=True, slots=True)
class DutyWaived(What):
    duty: str
    reason: str


@dataclass(frozen=True, slots=True)
class DutyDoneByHand(What):
    """A person did outside of Tocsin what the duty asks, and says where it can be seen."""

    duty: str
    evidence: str


@dataclass(frozen=True, slots=True)
class DeliveryRefused(What):
    """A service said a final no to something that Tocsin wanted to send, for `duty` where it was for one."""

    what: str
    via: str
    why: str
    duty: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryDelayed(What):
    """Something can't be sent for now, and is tried again: people should know that it is not out yet.

    `work` is the key of what waits, so that it is told once, and not lost with a node that dies at the try that would have told it.
    """

    what: str
    via: str
    why: str
    duty: str = ""
    work: str = ""
