"""The house as files would have it, in the making, and the steps that lead there."""

from __future__ import annotations

from dataclasses import dataclass, field

from tocsin.core.escalation.policy import Policy
from tocsin.core.oncall.model import Booked
from tocsin.errors import TocsinError
from tocsin.store.calendars import CalendarRow
from tocsin.store.oncall import Kept
from tocsin.store.people import Directory
from tocsin.store.policies import KeptPolicy

CREATE, UPDATE, UNCHANGED, DELETE, LEFT = "create", "update", "unchanged", "delete", "left"
"""What becomes of a thing. LEFT: the documents say nothing of it, and nothing is done to it."""
PERSON, TEAM_, CALENDAR, SCHEDULE, POLICY = "person", "team", "calendar", "schedule", "policy"


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one thing, and what of it changes, in words."""

    kind: str
    id: str
    action: str
    words: tuple[str, ...] = ()

    @property
    def is_change(self) -> bool:
        return self.action in (CREATE, UPDATE, DELETE)


@dataclass(slots=True)
class Draft:
    """The house as it is to be, and the steps that lead there. `moved` are the schedules that change: as they are, and as they will be.

    `policies` likewise; one that goes will be None.
    """

    known: Directory
    after: Directory
    calendars: dict[str, CalendarRow] = field(default_factory=dict)
    events: dict[str, tuple[Booked, ...]] = field(default_factory=dict)
    moved: dict[str, tuple[Kept | None, Kept]] = field(default_factory=dict)
    policies: dict[str, tuple[KeptPolicy | None, Policy | None]] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)

    def gone(self, kind: str) -> list[str]:
        return [step.id for step in self.steps if step.kind == kind and step.action == DELETE]

    def wrong(self, kind: str, id: str, why: TocsinError) -> None:
        self.problems.append((f"{kind}.{id}", why.message))


def step_of(kind: str, id: str, old: object, new: object, words: tuple[str, ...]) -> Step:
    action = CREATE if old is None else UNCHANGED if old == new else UPDATE
    return Step(kind, id, action, () if action == UNCHANGED else words)
