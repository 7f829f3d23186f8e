"""Who is reached, how far the escalation has come, and who answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tocsin.core.what import What


@dataclass(frozen=True, slots=True)
class Paged(What):
    """Tocsin set out to reach these people. `step` counts the policy's steps from 0; `by_hand` is beside the policy."""

    people: tuple[str, ...]
    step: int
    why: str
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class NobodyToPage(What):
    """A step reached nobody: no one on call, an empty team. The next step is taken at once."""

    step: int
    why: str


@dataclass(frozen=True, slots=True)
class EscalationRanOut(What):
    """Every step of the policy passed without an acknowledgement; the last step is repeated until somebody answers."""

    rounds: int


@dataclass(frozen=True, slots=True)
class PageDelivered(What):
    """A provider took a page, for a late `duty` or for the incident itself. That is not yet an acknowledgement.

    `message` is the provider's own id of it; `by_hand` says that somebody called this person, whoever answers otherwise. `contact` is
    the id of the device of theirs ("" where the directory gives the address).
    """

    person: str
    via: str
    url: str = ""
    message: str = ""
    duty: str = ""
    by_hand: bool = False
    contact: str = ""


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
