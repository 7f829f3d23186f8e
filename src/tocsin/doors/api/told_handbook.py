"""The shapes of the answers about the handbook over time: its versions, its score, a trial. Spans are in seconds."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from tocsin.doors.api.told_base import Told


class Version(Told):
    """One version of the handbook. `origin` is saved, file (TOCSIN_HANDBOOK), shipped, or earlier (before this was kept)."""

    number: int
    hash: str
    name: str
    version: str = Field(description="What the handbook says of itself.")
    origin: str
    author: str
    reason: str
    in_force_since: datetime
    open_incidents: int = Field(description="How many open incidents go by it; private ones are not counted.")
    is_in_force: bool = Field(description="Whether new incidents go by it.")


class Versions(Told):
    versions: list[Version]


class Kept(Told):
    """How duties were kept: `met`, `late`, `missed`, `waived` and `overdue` add up to `due`.

    `share_met` is met in time of those not waived. The spans tell by how much those not met in time were missed; null: none was.
    """

    due: int
    met: int
    late: int
    missed: int
    waived: int
    overdue: int
    share_met: float | None
    median_late_seconds: float | None
    worst_late_seconds: float | None


class DutyScore(Kept):
    rule: str
    title: str


class Silence(Told):
    """The longest time between two words on one open incident."""

    ref: str
    start: datetime
    seconds: float


class Waits(Told):
    """How long outside reporters waited for their answer; who has none yet counts with the time until now."""

    reports: int
    unanswered: int
    median_seconds: float | None
    p90_seconds: float | None
    worst_seconds: float | None


class Group(Kept):
    """What is told of a kind, of a team, or of all."""

    name: str
    silence: Silence | None
    waits: Waits


class Score(Told):
    start: datetime
    end: datetime
    incidents: int
    total: Group
    duties: list[DutyScore]
    kinds: list[Group]
    teams: list[Group]


class Outcomes(Told):
    """How many duties stand how; `owed` are those whose time has not come."""

    met: int
    late: int
    missed: int
    waived: int
    overdue: int
    owed: int


class Stand(Told):
    outcome: str
    due_at: datetime


class Change(Told):
    """A duty that would stand otherwise. `was` is null for a new one, `would` for one that would be gone."""

    duty: str
    rule: str
    title: str
    was: Stand | None
    would: Stand | None


class IncidentTrial(Told):
    ref: str
    was: Outcomes
    would: Outcomes
    changes: list[Change]


class RuleTrial(Told):
    rule: str
    title: str
    was: Outcomes
    would: Outcomes
    new: int
    gone: int


class Trials(Told):
    """What the other handbook would have made of the incidents; `changed` are the newest of those in which anything differs."""

    name: str
    version: str
    incidents: int
    was: Outcomes
    would: Outcomes
    new: int
    gone: int
    rules: list[RuleTrial]
    changed: list[IncidentTrial]
    left_out: int = Field(description="How many more incidents would change; they are in the sums.")
