"""What happens with procedures: each run is asked for, planned, agreed to, carried out step by step, and verified, or not.

`run` is its id within the incident (P1, P2 …). What hands look at and leave is JSON without fractions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tocsin.core.what import What


@dataclass(frozen=True, slots=True)
class SeenOutside:
    """One piece of evidence: what was looked at, and what it was found to be."""

    what: str
    value: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step as it was planned and approved; `hand` carries it out, with `inputs`."""

    id: str
    hand: str
    title: str
    inputs: dict[str, Any] = field(default_factory=dict)
    watches: bool = False
    undo: str = ""


@dataclass(frozen=True, slots=True)
class ProcedureAsked(What):
    """Somebody wants a procedure planned for that target. Nothing is done outside by that. `of` is which kind of thing it is."""

    run: str
    procedure: str
    of: str
    target: str
    reason: str
    inputs: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProcedurePlanned(What):
    """What would be done, step by step, on what was `seen`; and the verdict, with its reasons.

    With `refusals` nothing of it may be done, unless they are `overridable` by a written reason.
    """

    run: str
    steps: tuple[PlannedStep, ...]
    verdict: str
    reasons: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    overridable: bool = False
    seen: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProcedureAgreed(What):
    """One person said yes to the plan. `override` is why it is done all the same, where the plan was refused."""

    run: str
    person: str
    override: str = ""


@dataclass(frozen=True, slots=True)
class ProcedureApproved(What):
    """All said yes whom the handbook asks for. `automatic` is what says that nobody is asked, where Tocsin planned it by itself."""

    run: str
    people: tuple[str, ...]
    override: str = ""
    automatic: str = ""


@dataclass(frozen=True, slots=True)
class ProcedureStarted(What):
    """It is being carried out from here on."""

    run: str


@dataclass(frozen=True, slots=True)
class StepOutput(What):
    """Lines that a step put out. `cut`: there was more, and no more of it is kept."""

    run: str
    step: str
    lines: tuple[str, ...]
    cut: bool = False


@dataclass(frozen=True, slots=True)
class StepDone(What):
    """The step had its effect, as the evidence shows. `outputs` are for the steps after it."""

    run: str
    step: str
    said: str
    evidence: tuple[SeenOutside, ...]
    outputs: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepFailed(What):
    """The step could not be done, or did not have its effect."""

    run: str
    step: str
    why: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProcedureVerified(What):
    """All steps were done, each with its evidence."""

    run: str
    evidence: tuple[SeenOutside, ...]


@dataclass(frozen=True, slots=True)
class ProcedureFailed(What):
    """It ended with a step that failed: what stands, and what was not done. People decide."""

    run: str
    why: str
    stands: tuple[str, ...]
    lacks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProcedureStopAsked(What):
    """Somebody pressed stop: it ends at the next safe point."""

    run: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ProcedureStopped(What):
    """It was stopped: what stands, and what was not done."""

    run: str
    why: str
    stands: tuple[str, ...]
    lacks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProcedureResumed(What):
    """After a failure or a stop, it goes on with the step that it ended at."""

    run: str
    reason: str


@dataclass(frozen=True, slots=True)
class ProcedureWithdrawn(What):
    """Nobody wants it done any more; nothing of it had begun."""

    run: str
    reason: str


@dataclass(frozen=True, slots=True)
class UpdatersFrozen(What):
    """What rolls the target forward by itself is off, as a look showed. It has to be thawed before the incident closes."""

    run: str
    target: str
    freeze: str
    updaters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UpdatersThawed(What):
    """It is on again, as a look showed. `freeze` is which one ended by that."""

    run: str
    target: str
    freeze: str
    updaters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BranchLocked(What):
    """Only those may push to the branch from here on, as a look showed. It has to be unlocked before the incident closes.

    `people` are accounts, `lock` is the id by which the lock is called: its run's.
    """

    run: str
    target: str
    branch: str
    lock: str
    people: tuple[str, ...]
    team: str


@dataclass(frozen=True, slots=True)
class BranchUnlocked(What):
    """The branch is protected exactly as it was before that lock, as a look showed."""

    run: str
    target: str
    branch: str
    lock: str


@dataclass(frozen=True, slots=True)
class SchemaFoundDirty(What):
    """A run looked at that database, and its schema is dirty at this version. `schema` is the database's id; none closes before it is clean."""

    run: str
    schema: str
    version: int


@dataclass(frozen=True, slots=True)
class SchemaFoundClean(What):
    """It is dirty no longer, as a look or a repair showed. `run` is "" where Tocsin looked before the incident's end."""

    schema: str
    version: int
    run: str = ""


@dataclass(frozen=True, slots=True)
class MergedWithoutReview(What):
    """A pull request of ours was merged, and nobody had looked at it: who wanted that, why, and who was asked to look.

    `merged_by` is the account on GitHub that merged it, where that was not ours.
    """

    run: str
    repository: str
    number: int
    url: str
    person: str
    why: str
    asked: tuple[str, ...] = ()
    merged_by: str = ""


OF_PROCEDURES = (
    ProcedureAsked,
    ProcedurePlanned,
    ProcedureAgreed,
    ProcedureApproved,
    ProcedureStarted,
    StepOutput,
    StepDone,
    StepFailed,
    ProcedureVerified,
    ProcedureFailed,
    ProcedureStopAsked,
    ProcedureStopped,
    ProcedureResumed,
    ProcedureWithdrawn,
    UpdatersFrozen,
    UpdatersThawed,
    BranchLocked,
    BranchUnlocked,
)
