"""What one person asks of another in an incident: a task, or to take the whole of it over; and what they say to that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tocsin.core.what import What


@dataclass(frozen=True, slots=True)
class TaskDelegated(What):
    """The owner asks `to` to do something. Without an answer by `answer_by` it returns. `warnings` were known when it was asked."""

    task: str
    to: str
    text: str
    answer_by: datetime
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskAccepted(What):
    """From here on it is theirs, before all work that has to do with no incident."""

    task: str
    person: str


@dataclass(frozen=True, slots=True)
class TaskDeclined(What):
    task: str
    person: str
    reason: str


@dataclass(frozen=True, slots=True)
class TaskReturned(What):
    """Nobody answered in time: it is the owner's again."""

    task: str
    why: str


@dataclass(frozen=True, slots=True)
class TaskReported(What):
    """The task is done; `text` is what was tried, and what came of it."""

    task: str
    text: str


@dataclass(frozen=True, slots=True)
class TaskWithdrawn(What):
    task: str
    reason: str


@dataclass(frozen=True, slots=True)
class HandoverAsked(What):
    """The owner asks `to` to own it instead. Until they accept, the owner stays the owner."""

    handover: str
    to: str
    summary: str
    answer_by: datetime
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HandoverAccepted(What):
    """`person` owns it from here on; `was` is released."""

    handover: str
    person: str
    was: str


@dataclass(frozen=True, slots=True)
class HandoverDeclined(What):
    handover: str
    person: str
    reason: str


@dataclass(frozen=True, slots=True)
class HandoverReturned(What):
    """Nobody answered in time: the owner is still the owner."""

    handover: str
    why: str


@dataclass(frozen=True, slots=True)
class MessageDelivered(What):
    """A provider took a reminder or a request. `about` is the duty, task or handover that it is for; `message` the provider's id."""

    does: str
    about: str
    person: str
    via: str
    url: str = ""
    message: str = ""
