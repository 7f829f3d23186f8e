"""The shapes of the answers about on-call."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import Field

from tocsin.doors.api.told_base import Told
from tocsin.doors.api.told_setup import Person as PersonTold


class Schedule(Told):
    """`plan` is the newest one, which may hold only from later on; `zone` and `layers` as they are sent."""

    id: str
    name: str
    team: str
    slack_group: str
    slack_channel: str
    slack_problem: str = Field(
        description="Why Slack does not show who is on call there, as it was last tried; empty: nothing is in the way."
    )
    version: int = Field(description="Send it with the next change, as `expected_version` or `If-Match`.")
    since: datetime = Field(description="From when on this plan holds.")
    ended_at: datetime | None = Field(
        description="When it was deleted: nobody is on call by it since then. null: it is in use."
    )
    plan: dict[str, Any]


class Schedules(Told):
    schedules: list[Schedule]


class Moved(Told):
    """Somebody is on call then who was not (`gains`), or is no more."""

    schedule: str
    person: str
    gains: bool
    start: datetime
    end: datetime


class Span(Told):
    start: datetime
    end: datetime


class Opened(Span):
    """A gap that was not there before."""

    schedule: str


class PolicyUse(Told):
    """An escalation policy that names what goes, and where: `step 2`, `the last resort`, `its team`."""

    policy: str
    places: list[str]


class Effect(Told):
    """Whose shifts to come move, and which gaps open, until `until`; out of which policies it is taken, with `force`."""

    moves: list[Moved]
    opens: list[Opened]
    until: datetime | None
    policies: list[PolicyUse]


class Saved(Told):
    schedule: Schedule
    is_new: bool
    is_changed: bool
    effect: Effect


class Because(Told):
    """Why: a turn of a rotation in a layer, a calendar's event, or an override (its id)."""

    layer: str
    rotation: str
    turn: int
    turn_at: datetime | None
    event: str
    override: int | None
    instead_of: str
    stands_in_for: list[str]


class Shift(Span):
    schedule: str
    person: str
    name: str
    because: Because


class Shifts(Told):
    shifts: list[Shift]


class Gaps(Told):
    """When nobody is on call who can be reached."""

    gaps: list[Span]


class GapOf(Span):
    schedule: str


class AllGaps(Told):
    """When nobody is on call who can be reached, by schedule; the earliest first."""

    gaps: list[GapOf]


class Explained(Told):
    """Why whoever is on call is so: the outcome first, then how it came to be, a sentence each. `until` null: for good."""

    at: datetime
    people: list[str]
    until: datetime | None
    words: list[str]
    shifts: list[Shift]


class Override(Span):
    id: int
    schedule: str
    change: str
    people: list[str]
    instead_of: str
    reason: str
    made_by: str
    made_at: datetime
    version: int


class Overrides(Told):
    overrides: list[Override]


class OverrideMade(Told):
    override: Override
    effect: Effect


class Shadow(Span):
    id: int
    schedule: str
    person: str
    of: str = Field(description="Whom they shadow; empty: whoever is on call.")
    made_by: str
    version: int


class Shadows(Told):
    shadows: list[Shadow]


class Absence(Told):
    """Dates are whole days in the zone of whichever schedule asks, `end` excluded."""

    id: int
    person: str
    start: datetime | date
    end: datetime | date
    reason: str
    made_by: str
    version: int


class Absences(Told):
    absences: list[Absence]


class AbsenceMade(Told):
    absence: Absence
    effect: Effect


class Cover(Span):
    """A request that somebody takes a shift. `state` is open, taken, withdrawn or expired; `overrides` are what taking it made."""

    id: int
    schedule: str
    person: str
    asked: list[str]
    reason: str
    state: str
    taken_by: str
    overrides: list[int]
    part_of: int | None
    made_by: str
    made_at: datetime
    expires_at: datetime
    version: int


class Covers(Told):
    cover_requests: list[Cover]


class Calendar(Told):
    """A calendar that was imported: of shifts (a layer of a plan may name it), or of days off of `who`. `events` counts what it says.

    One with a `url` (whole for admins alone) is read again at `next_at`. While it can't be read, `problem` says why, and what was read last counts.
    """

    name: str
    kind: str
    who: list[str]
    zone: str
    url: str
    version: int
    read_at: datetime | None
    next_at: datetime | None
    problem: str
    owner: str
    events: int


class Calendars(Told):
    calendars: list[Calendar]


class Imported(Told):
    """`unknown` are the events that were left out, each as a sentence."""

    calendar: Calendar
    unknown: list[str]
    effect: Effect


class CalendarLink(Told):
    """Where calendars subscribe; whoever knows it can read it. It is shown this once."""

    url: str


class Hours(Told):
    """Seconds of one person in the window: on call at all, at night (22:00 to 06:00), and at weekends, in their own zone.

    `pages` came through to them; one that came by several means at once counts once.
    """

    person: str
    name: str
    zone: str
    seconds: int
    night_seconds: int
    weekend_seconds: int
    pages: int
    night_pages: int


class AllHours(Told):
    start: datetime
    end: datetime
    hours: list[Hours]


class Change(Told):
    """Who changed what, and whose shifts to come that moved."""

    id: int
    at: datetime
    by: str
    door: str
    what: str
    schedule: str
    subject: str
    before_version: int
    after_version: int
    words: str
    people: list[str]
    moves: list[Moved]


class Changes(Told):
    changes: list[Change]


class PersonSaved(PersonTold):
    """A person as they are kept, and which gaps it opens that nothing reaches them any more."""

    effect: Effect


class TeamSaved(Told):
    """A team as it is set, and whose shifts to come that moves."""

    name: str
    members: list[str]
    pager: str
    effect: Effect


class Removal(Told):
    """What it would do to take a person out."""

    person: str
    teams: list[str]
    schedules: list[str]
    effect: Effect
