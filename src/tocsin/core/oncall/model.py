"""What a schedule is made of.

Instants are aware UTC and spans are half-open, `[start, end)`. Local wall-clock times (naive) stand only in a `Plan`, whose zone they
are in. Names are what people wrote; handles are people's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import TypeVar, dataclass_transform

NOBODY = "nobody"
"""A participant that is no person: during that turn the rotation has nobody."""
TEAM = "team:"
BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
"""Since when the first version of a schedule holds: always."""
FOREVER = datetime.max.replace(tzinfo=UTC)
"""The end of what has none."""


T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def quick(cls: type[T]) -> type[T]:
    """A frozen dataclass to whoever checks the types, and at run time one that is made in a quarter of the time.

    A year of one schedule is a thousand of them, and setting each field past the lock of a frozen one would be a fourth of the work.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)


class Unit(StrEnum):
    """What the turns of a rotation are counted in. Hours are elapsed time; the others go by the local wall clock."""

    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    WEEKDAYS = "weekdays"


@dataclass(frozen=True, slots=True)
class Every:
    """How long a turn is: `count` units; or, with WEEKDAYS, until the next of `weekdays` (Monday is 0) at the first handoff's time."""

    unit: Unit
    count: int = 1
    weekdays: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Participant:
    """Who has one turn together. `written` is what people wrote (alice, team:ops, nobody); `people` are the handles that it means."""

    written: tuple[str, ...]
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Weekly:
    """A span of each week: from `start_day` (Monday is 0) at `start` to `end_day` at `end`, over the week's end where that is earlier.

    Equal ends are a whole week.
    """

    start_day: int
    start: time
    end_day: int
    end: time


@dataclass(frozen=True, slots=True)
class Restriction:
    """When a rotation counts at all, by the schedule's wall clock. `written` is how people said it: `Mon-Fri 09:00-17:00`."""

    written: str
    spans: tuple[Weekly, ...]


@dataclass(frozen=True, slots=True)
class Rotation:
    """People who take turns.

    The handoffs are anchored at `first_handoff` (local wall clock); before it, and from `until` on, the rotation has nobody. Turn 0 is that
    of the participant at `offset`. Without restrictions it counts always. `id` is unique within the schedule and stays when it is edited.
    """

    id: str
    first_handoff: datetime
    every: Every
    participants: tuple[Participant, ...]
    restrictions: tuple[Restriction, ...] = ()
    until: datetime | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Booked:
    """A shift that a calendar names. Dates are whole days in the schedule's zone, `end` excluded; `uid` is the event's own name."""

    people: tuple[str, ...]
    start: datetime | date
    end: datetime | date
    uid: str = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """Rotations that count together. A layer comes from rotations, from the calendar of that name (`booked`), or from both."""

    name: str
    rotations: tuple[Rotation, ...] = ()
    calendar: str = ""
    booked: tuple[Booked, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What people edit as a whole: the zone and the layers, from the base up (a later one wins over those before it)."""

    zone: str
    layers: tuple[Layer, ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """A plan, and since when it holds: until the next version's `since`."""

    since: datetime
    plan: Plan
    number: int = 1


class Change(StrEnum):
    """What an override does."""

    TAKE = "take"
    """`people` are on call, whoever else would be, gaps too; no people: nobody is."""
    REPLACE = "replace"
    """`people` stand in for `instead_of`, while that person is on call."""
    ADD = "add"
    """`people` are on call as well."""
    REMOVE = "remove"
    """`instead_of` is not on call."""


@dataclass(frozen=True, slots=True)
class Override:
    """A change of who is on call for a while. Of two that contradict each other the one made last wins (`rank`)."""

    id: int
    change: Change
    people: tuple[str, ...]
    start: datetime
    end: datetime
    instead_of: str = ""
    made_by: str = ""
    made_at: datetime = BEGINNING
    reason: str = ""

    @property
    def rank(self) -> tuple[datetime, int]:
        return self.made_at, self.id


@dataclass(frozen=True, slots=True)
class Absence:
    """When a person is away. Dates are whole days in the schedule's zone, `end` excluded."""

    person: str
    start: datetime | date
    end: datetime | date
    reason: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Shadow:
    """Somebody who learns: `person` gets a copy of what reaches `of` (empty: whoever is on call), and never stops the chain."""

    person: str
    start: datetime
    end: datetime
    of: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Schedule:
    """One schedule with all that bears on it. `id` is short, unique and stable; `versions` are in their order and begin at BEGINNING."""

    id: str
    name: str
    team: str = ""
    versions: tuple[Version, ...] = ()
    overrides: tuple[Override, ...] = ()
    absences: tuple[Absence, ...] = ()
    shadows: tuple[Shadow, ...] = ()

    @property
    def plan(self) -> Plan:
        """The newest plan, which may hold only from later on."""
        return self.versions[-1].plan if self.versions else Plan("UTC")

    def plan_at(self, at: datetime) -> Plan:
        """The plan that holds at that instant."""
        return next((v.plan for v in reversed(self.versions) if v.since <= at), Plan("UTC"))


@quick
class Because:
    """Why somebody is on call: by an override (`override` is its id), or by a turn of a rotation, or by a calendar's event.

    `turn_at` is when the turn (or the event) began, which tells one from the next; `stands_in_for` are those whose turn it was and who are away.
    """

    layer: str = ""
    rotation: str = ""
    turn: int = 0
    turn_at: datetime = BEGINNING
    event: str = ""
    override: int = 0
    instead_of: str = ""
    stands_in_for: tuple[str, ...] = ()


@quick
class Shift:
    """One person on call from `start` to `end`, for one reason."""

    person: str
    start: datetime
    end: datetime
    because: Because = field(default_factory=Because)


@dataclass(frozen=True, slots=True)
class Gap:
    """A span in which nobody is on call."""

    start: datetime
    end: datetime
