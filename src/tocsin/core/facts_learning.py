"""What is learned after an incident: follow-ups with an owner each, and the retrospective."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tocsin.core.what import What


@dataclass(frozen=True, slots=True)
class FollowUpFiled(What):
    """Something is to be done so that it does not happen again; `to` is the handle of who agreed to do it."""

    follow_up: str
    title: str
    text: str
    to: str


@dataclass(frozen=True, slots=True)
class FollowUpOpened(What):
    """The follow-up stands as an issue."""

    follow_up: str
    repository: str
    number: int
    url: str


@dataclass(frozen=True, slots=True)
class FollowUpDone(What):
    """Its issue was closed, or somebody says how it was done."""

    follow_up: str
    how: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class FollowUpReopened(What):
    """Its issue was opened again; `to` still owes it."""

    follow_up: str
    reason: str
    to: str


@dataclass(frozen=True, slots=True)
class NoFollowUps(What):
    """Nothing has to follow, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class RetrospectivePlanned(What):
    """It is valuable: `people` meet. A later one of the same `meeting` moves it; `version` counts those from 0.

    `done_by` is when it must have been held.
    """

    meeting: str
    version: int
    starts_at: datetime
    minutes: int
    people: tuple[str, ...]
    done_by: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RetrospectiveDeclined(What):
    """It is not worth one, and why. One that was planned is called off."""

    reason: str


@dataclass(frozen=True, slots=True)
class RetrospectiveInvited(What):
    """The invitation to that version of the meeting, or its calling off, was taken by the mail server."""

    meeting: str
    version: int
    person: str


@dataclass(frozen=True, slots=True)
class RetrospectiveReminded(What):
    """A day ahead: those who have not written yet are asked to."""

    meeting: str
    version: int
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FeedbackGiven(What):
    """What one person wrote for the retrospective; `section` is the heading that it stands under."""

    section: str
    text: str


@dataclass(frozen=True, slots=True)
class RetrospectiveHeld(What):
    """They met; `text` is what came of it."""

    text: str
