"""Escalation policies as people write them, and the list of stages that an alert is stamped with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from tocsin.core.oncall.model import Restriction

PERSON, TEAM, SCHEDULE, ON_CALL, ADMINS = "person", "team", "schedule", "on-call", "admins"
POLICY, CHANNEL, WEBHOOK = "policy", "channel", "webhook"
KINDS: Final = (PERSON, TEAM, SCHEDULE, ON_CALL, ADMINS, POLICY, CHANNEL, WEBHOOK)
SINK: Final = "sink"
"""Where synthetic pages go; nobody can write it into a policy."""
PLACES: Final = frozenset({CHANNEL, WEBHOOK, SINK})
"""What is told of an alert and is nobody: telling it counts as reaching no one."""

NOW, NEXT, EVERYONE = "now", "next", "everyone"
WHICH: Final = (NOW, NEXT, EVERYONE)
"""Whom of a schedule: who is on call, who will be after them, or all whom it names."""

NOT_ACKNOWLEDGED, NOT_CLOSED = "not-acknowledged", "not-closed"
ONE, ALL = "one", "all"
PRIORITIES: Final = ("P1", "P2", "P3", "P4", "P5")
"""From the worst to the mildest, as Opsgenie names them."""

NO_PRIORITIES: Final = ("none",)
"""Of a stage that is for no alert at all."""

AGAIN_AFTER: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Target:
    """Whom or what a step reaches. `which` counts for schedules only."""

    kind: str
    name: str = ""
    which: str = NOW

    @property
    def written(self) -> str:
        """As `written.target_of` reads it: `person:ana`, `schedule:primary/next`, `on-call`."""
        if self.kind in (ON_CALL, ADMINS):
            return self.kind
        return f"{self.kind}:{self.name}" + (f"/{self.which}" if self.which != NOW else "")


@dataclass(frozen=True, slots=True)
class Window:
    """Weekly times by the wall clock of a zone."""

    zone: str
    spans: tuple[Restriction, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `after` is the time since the step before (for the first one, since the start).

    It is taken unless the alert is acknowledged (or, with NOT_CLOSED, closed) by then; only within `window` and for `priorities` where
    those are given. `turn`: of those whom it would reach only one is, another one each time.
    """

    to: tuple[Target, ...]
    after: timedelta = timedelta()
    when: str = NOT_ACKNOWLEDGED
    window: Window | None = None
    priorities: tuple[str, ...] = ()
    turn: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """The steps in their order, taken anew `repeat` times, `again_after` the last one.

    After that the last resort is reached, again and again after the same time, until somebody acknowledges: it is never silent. Without
    a last resort it is the last step once more, and where that reaches nobody, those who run this Tocsin.
    `forgotten_after`: an acknowledgement counts that long and no longer. `acknowledged_by`: by one of those paged, or by all of them.
    `team` is whose policy it is, and may change it ("": nobody's, so that only admins do).
    """

    id: str
    name: str
    steps: tuple[Step, ...]
    repeat: int = 0
    again_after: timedelta = AGAIN_AFTER
    acknowledged_by: str = ONE
    forgotten_after: timedelta | None = None
    last_resort: tuple[Target, ...] = ()
    team: str = ""

    @property
    def targets(self) -> tuple[Target, ...]:
        """All whom and what it names."""
        return (*(target for step in self.steps for target in step.to), *self.last_resort)


@dataclass(frozen=True, slots=True)
class Stage:
    """One step as an alert is stamped with it: `at` counts from the start of the round. All of `windows` have to be open.

    `turn` names whose turn is counted where only one is reached ("" for all). `via` are the policies through which it came.
    """

    at: timedelta
    to: tuple[Target, ...]
    when: str = NOT_ACKNOWLEDGED
    windows: tuple[Window, ...] = ()
    priorities: tuple[str, ...] = ()
    turn: str = ""
    via: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stamped:
    """A policy as it was when the alert started, with those that it refers to in it. What is edited later changes nothing for it."""

    policy: str
    stages: tuple[Stage, ...]
    repeat: int = 0
    again_after: timedelta = AGAIN_AFTER
    acknowledged_by: str = ONE
    forgotten_after: timedelta | None = None
    last_resort: tuple[Target, ...] = ()
