"""What a procedure asks to look at, and the plan that it makes of what was seen. The plans themselves are made by each procedure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from tocsin.core.handbook import Handbook
from tocsin.core.incident import Incident
from tocsin.core.people import Roster
from tocsin.core.places import Places
from tocsin.core.procedures.declared import Declared
from tocsin.core.procedures.hands import JSON, Seen, Step

SAFE, AFTER_SCHEMA, WARNED, REFUSED = VERDICTS = "safe", "after-schema", "warned", "refused"
TARGET, SOURCE, DATABASE = "target", "source", "database"
"""What a procedure is about: what is deployed, a repository, or a database."""
LOOK_AGAIN: Final = "tocsin.look_again"
"""The first step of every run, which the frame carries out itself: all looks once more, and nothing may have moved."""
LOOKS_FIRST: Final = frozenset({"github.lock_branch"})
"""Steps that are asked once more though somebody pressed stop: an earlier try may have taken effect unseen, which somebody would then
owe to undo. They look first, and write nothing once it is stopped."""
ANNOUNCE, HEARD = "tocsin.announce", "tocsin.heard"
"""Steps of the frame as well: the thread is told the `text` in the inputs, and the run waits until the thread has it."""


@dataclass(frozen=True, slots=True)
class Look:
    """Something to look at before a plan is made. `hand` says whom to ask for what (`git.deploy`); `id` names it among what is seen.

    One that `may_fail` only adds to the plan: what is in its way is seen as `unknown`, and forbids nothing.
    """

    id: str
    hand: str
    inputs: Mapping[str, JSON] = field(default_factory=dict)
    may_fail: bool = False

    @property
    def by(self) -> str:
        return self.hand.partition(".")[0]

    @property
    def what(self) -> str:
        return self.hand.partition(".")[2]


@dataclass(frozen=True, slots=True)
class Question:
    """What a run was asked to do, and everything that its plan may depend on but what hands see."""

    run: str
    procedure: str
    target: str
    inputs: Mapping[str, JSON]
    reason: str
    asked_by: str
    incident: Incident
    handbook: Handbook
    declared: Declared
    roster: Roster
    places: Places
    now: datetime

    @property
    def name(self) -> str:
        """The run's name over all incidents: INC-7/P1."""
        return f"{self.incident.ref}/{self.run}"

    def text(self, name: str) -> str:
        """That input as a text; "" where it was not given."""
        value = self.inputs.get(name, "")
        return value.strip() if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done, and the verdict. Nothing in `steps` may change with time alone: they are composed again before the first."""

    steps: tuple[Step, ...] = ()
    verdict: str = SAFE
    reasons: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    overridable: bool = False


def refused(
    *why: str, overridable: bool = False, reasons: tuple[str, ...] = (), warnings: tuple[str, ...] = ()
) -> Plan:
    """A plan of which nothing may be done."""
    return Plan(verdict=REFUSED, reasons=reasons, refusals=why, warnings=warnings, overridable=overridable)


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that is asked when a procedure is planned: for forms and commands. `must` be given, or may be left to Tocsin."""

    name: str
    label: str
    help: str = ""
    must: bool = False
    long: bool = False


class Procedure(Protocol):
    """One thing that can be done. Both functions are pure; `looks` is asked again with what was seen until it asks for no more."""

    @property
    def id(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def of(self) -> str:
        """Which kind of thing it is about: `target`, `source` or `database`."""
        ...

    @property
    def fields(self) -> tuple[Asked, ...]: ...

    @property
    def rolls_back(self) -> bool:
        """Whether it answers "rolled back?" with a yes once it is verified."""
        ...

    @property
    def after_end(self) -> bool:
        """Whether it may be done after the incident has ended."""
        ...

    def looks(self, question: Question, seen: Mapping[str, Seen]) -> tuple[Look, ...]: ...

    def plan(self, question: Question, seen: Mapping[str, Seen]) -> Plan: ...
