"""A run of a procedure as its facts left it: what was planned, who agreed, how far it came. Nothing here decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from tocsin.core import facts as f
from tocsin.core.facts import Fact
from tocsin.core.procedures.names import NOTHING_SHOWS

ASKED, PLANNED, APPROVED, RUNNING = "asked", "planned", "approved", "running"
VERIFIED, FAILED, STOPPED, WITHDRAWN = "verified", "failed", "stopped", "withdrawn"
WAITING, DONE = "waiting", "done"
"""The states of a step beside RUNNING and FAILED."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of a run, and how far it came. `since` is when its turn came; `output` are the lines that it put out so far."""

    step: f.PlannedStep
    state: str = WAITING
    since: datetime | None = None
    done: f.StepDone | None = None
    failed: f.StepFailed | None = None
    ended_at: datetime | None = None
    output: tuple[str, ...] = ()
    cut: bool = False

    @property
    def id(self) -> str:
        return self.step.id


@dataclass(frozen=True, slots=True)
class Run:
    """`agreed` are those who said yes so far; `override` is why it is done although the plan was refused, `automatic` why without them."""

    id: str
    procedure: str
    of: str
    target: str
    inputs: dict[str, Any]
    reason: str
    asked_by: str
    asked_at: datetime
    state: str = ASKED
    plan: f.ProcedurePlanned | None = None
    planned_at: datetime | None = None
    agreed: tuple[str, ...] = ()
    override: str = ""
    automatic: str = ""
    approved_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    steps: tuple[Progress, ...] = ()
    stop: f.ProcedureStopAsked | None = None
    stop_by: str = ""
    said: str = ""
    evidence: tuple[f.SeenOutside, ...] = ()

    @property
    def lock(self) -> str:
        """What only one run may hold at a time, over all incidents."""
        return f"{self.of}:{self.target}"

    @property
    def is_ours(self) -> bool:
        """Whether nobody asked for it but Tocsin."""
        return self.asked_by == f.TOCSIN

    @property
    def is_under_way(self) -> bool:
        """Whether it holds its target."""
        return self.state == RUNNING

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it by itself."""
        return self.state in (VERIFIED, FAILED, STOPPED, WITHDRAWN)

    @property
    def is_refused(self) -> bool:
        """Whether the plan may not be carried out, or only by an override."""
        return self.plan is not None and bool(self.plan.refusals)

    @property
    def shows_nothing(self) -> bool:
        """Whether it is a roll-back after which nothing is looked at that shows that it took effect."""
        return self.plan is not None and NOTHING_SHOWS in self.plan.warnings

    @property
    def current(self) -> Progress | None:
        """The step whose turn it is; None once all are done."""
        return next((one for one in self.steps if one.state != DONE), None)

    @property
    def stands(self) -> tuple[str, ...]:
        """What was done, in words."""
        return tuple(one.done.said or one.step.title for one in self.steps if one.done)

    @property
    def lacks(self) -> tuple[str, ...]:
        """What was planned and is not done."""
        return tuple(one.step.title for one in self.steps if not one.done)

    def step(self, id: str) -> Progress | None:
        return next((one for one in self.steps if one.id == id), None)

    def seen(self) -> dict[str, dict[str, Any]]:
        """What each look saw, and what the steps that are done left, by their ids."""
        looks = dict(self.plan.seen) if self.plan else {}
        return looks | {one.id: one.done.outputs for one in self.steps if one.done}


def next_run(runs: Sequence[Run]) -> str:
    """What the next one of the incident is called."""
    return f"P{len(runs) + 1}"


def runs_after(runs: tuple[Run, ...], fact: Fact) -> tuple[Run, ...]:
    """The runs after one more fact; the same value where it is about none."""
    if isinstance(fact.what, f.ProcedureAsked):
        what = fact.what
        asked = Run(
            what.run, what.procedure, what.of, what.target, what.inputs, what.reason, fact.by, fact.at
        )
        return (*runs, asked)
    change = CHANGES.get(type(fact.what))
    if change is None:
        return runs
    return tuple(change(run, fact, fact.what) if run.id == fact.what.run else run for run in runs)  # type: ignore[attr-defined]


def _planned(run: Run, fact: Fact, what: f.ProcedurePlanned) -> Run:
    steps = tuple(Progress(step) for step in what.steps)
    return replace(run, state=PLANNED, plan=what, planned_at=fact.at, steps=steps)


def _agreed(run: Run, fact: Fact, what: f.ProcedureAgreed) -> Run:
    return replace(run, agreed=(*run.agreed, what.person), override=what.override or run.override)


def _approved(run: Run, fact: Fact, what: f.ProcedureApproved) -> Run:
    return replace(run, state=APPROVED, approved_at=fact.at, automatic=what.automatic)


def _goes_on(run: Run, fact: Fact, what: f.ProcedureStarted | f.ProcedureResumed) -> Run:
    run = replace(run, state=RUNNING, started_at=run.started_at or fact.at, ended_at=None, stop=None, said="")
    return _next(run, fact.at)


def _next(run: Run, at: datetime) -> Run:
    """The first step that is not done has its turn."""
    current = run.current
    if current is None:
        return run
    return _step(run, current.id, state=RUNNING, since=at, failed=None, ended_at=None)


def _step(run: Run, id: str, **changes: Any) -> Run:
    return replace(run, steps=tuple(replace(one, **changes) if one.id == id else one for one in run.steps))


def _output(run: Run, fact: Fact, what: f.StepOutput) -> Run:
    before = run.step(what.step)
    if before is None:
        return run
    return _step(run, what.step, output=before.output + what.lines, cut=before.cut or what.cut)


def _done(run: Run, fact: Fact, what: f.StepDone) -> Run:
    return _next(_step(run, what.step, state=DONE, done=what, ended_at=fact.at), fact.at)


def _step_failed(run: Run, fact: Fact, what: f.StepFailed) -> Run:
    return _step(run, what.step, state=FAILED, failed=what, ended_at=fact.at)


def _verified(run: Run, fact: Fact, what: f.ProcedureVerified) -> Run:
    return replace(run, state=VERIFIED, ended_at=fact.at, evidence=what.evidence)


def _failed(run: Run, fact: Fact, what: f.ProcedureFailed) -> Run:
    return replace(run, state=FAILED, ended_at=fact.at, said=what.why, stop=None)


def _stop_asked(run: Run, fact: Fact, what: f.ProcedureStopAsked) -> Run:
    return replace(run, stop=what, stop_by=fact.by)


def _stopped(run: Run, fact: Fact, what: f.ProcedureStopped) -> Run:
    current = run.current
    if current is not None and current.state == RUNNING:
        run = _step(run, current.id, state=WAITING, since=None)
    return replace(run, state=STOPPED, ended_at=fact.at, said=what.why)


def _withdrawn(run: Run, fact: Fact, what: f.ProcedureWithdrawn) -> Run:
    return replace(run, state=WITHDRAWN, ended_at=fact.at, said=what.reason)


Change = Callable[[Run, Fact, Any], Run]
CHANGES: Final[dict[type[f.What], Change]] = {
    f.ProcedurePlanned: _planned,
    f.ProcedureAgreed: _agreed,
    f.ProcedureApproved: _approved,
    f.ProcedureStarted: _goes_on,
    f.ProcedureResumed: _goes_on,
    f.StepOutput: _output,
    f.StepDone: _done,
    f.StepFailed: _step_failed,
    f.ProcedureVerified: _verified,
    f.ProcedureFailed: _failed,
    f.ProcedureStopAsked: _stop_asked,
    f.ProcedureStopped: _stopped,
    f.ProcedureWithdrawn: _withdrawn,
}
"""What each kind of fact changes in its run."""


@dataclass(frozen=True, slots=True)
class Freeze:
    """Updaters that are off since a run switched them off. Its id is the run's."""

    id: str
    target: str
    run: str
    updaters: tuple[str, ...]
    since: datetime


def _with(freeze: Freeze, more: list[Any]) -> Freeze:
    """The same with what a later step of the run switched off."""
    new = tuple(str(one) for one in more if str(one) not in freeze.updaters)
    return replace(freeze, updaters=freeze.updaters + new)


def freezes_after(freezes: tuple[Freeze, ...], fact: Fact) -> tuple[Freeze, ...]:
    """The freezes that are on after one more fact."""
    match fact.what:
        case f.UpdatersFrozen(run=run, target=target, freeze=id, updaters=updaters):
            others = tuple(one for one in freezes if one.id != id)
            return (*others, Freeze(id, target, run, updaters, fact.at))
        case f.StepDone(run=run, outputs={"frozen": [*more]}):
            return tuple(_with(one, more) if one.id == run else one for one in freezes)
        case f.UpdatersThawed(freeze=id):
            return tuple(one for one in freezes if one.id != id)
        case _:
            return freezes


@dataclass(frozen=True, slots=True)
class Lock:
    """A branch that only some may push to, since a run locked it. Its id is the run's."""

    id: str
    target: str
    branch: str
    people: tuple[str, ...]
    team: str
    since: datetime


def locks_after(locks: tuple[Lock, ...], fact: Fact) -> tuple[Lock, ...]:
    """The locks that are on after one more fact."""
    match fact.what:
        case f.BranchLocked(target=target, branch=branch, lock=id, people=people, team=team):
            return (*(one for one in locks if one.id != id), Lock(id, target, branch, people, team, fact.at))
        case f.BranchUnlocked(lock=id):
            return tuple(one for one in locks if one.id != id)
        case _:
            return locks
