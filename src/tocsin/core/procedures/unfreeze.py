"""Thawing what a roll-back froze: only once the fix is in what would be deployed then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tocsin.core.procedures.declared import Source, Target
from tocsin.core.procedures.freezing import thaw_steps
from tocsin.core.procedures.hands import Seen
from tocsin.core.procedures.names import UNFREEZE
from tocsin.core.procedures.plan import SAFE, TARGET, WARNED, Asked, Look, Plan, Question, refused
from tocsin.core.procedures.roll_back import place_of
from tocsin.core.procedures.run import Run

NO_FIX: Final = "say which commit mends it: updaters are thawed once the fix is in what would be deployed"


@dataclass(frozen=True, slots=True)
class Unfreeze:
    id: str = UNFREEZE
    title: str = "Thaw the updaters"
    of: str = TARGET
    fields: tuple[Asked, ...] = (
        Asked("fix", "Which commit mends it", "Of the source repository: the fix, or the revert."),
    )
    rolls_back: bool = False
    after_end: bool = True

    def looks(self, question: Question, seen: Mapping[str, Seen]) -> tuple[Look, ...]:
        target, fix = question.declared.target(question.target), question.text("fix")
        if target is None or frozen_by(question) is None or not target.source or not fix:
            return ()
        where = _source_of(question, target)
        main = Look("main", "git.deploy", {**place_of(target.source, ""), "branch": where.branch})
        if "main" not in seen:
            return (main,)
        inputs = {**place_of(target.source, ""), "commit": fix, "candidate": seen["main"].values["head"]}
        return (main, Look("contains", "git.contains", inputs))

    def plan(self, question: Question, seen: Mapping[str, Seen]) -> Plan:
        target, run = question.declared.target(question.target), frozen_by(question)
        if target is None or run is None:
            return refused(f"nothing of {question.target} is frozen in {question.incident.ref}")
        steps = tuple(thaw_steps(run, question))
        warnings: tuple[str, ...] = ()
        if not target.source:
            warnings = (f"whether the fix is in can't be told: the source of {target.id} is not declared",)
        elif not question.text("fix"):
            return Plan(steps, SAFE, (), (NO_FIX,), overridable=True)
        else:
            found = seen["contains"].values
            if not found.get("contains"):
                return Plan(steps, SAFE, (), (f"the fix is not in: {found.get('why')}",), overridable=True)
        reasons = (f"{run.id} froze it at {run.ended_at or run.started_at:%Y-%m-%d %H:%M} UTC", *_in(seen))
        return Plan(steps, WARNED if warnings else SAFE, reasons, warnings=warnings)


def frozen_by(question: Question) -> Run | None:
    """The run whose freeze of that target is on; the latest, where there are several."""
    on = [one for one in question.incident.freezes if one.target == question.target]
    return question.incident.run(on[-1].run) if on else None


def _source_of(question: Question, target: Target) -> Source:
    return question.declared.source(target.source) or Source(target.source)


def _in(seen: Mapping[str, Seen]) -> tuple[str, ...]:
    found: Any = seen["contains"].values if "contains" in seen else {}
    return (f"the fix is in {str(found['candidate'])[:7]}, as {str(found['as'])[:7]}",) if found else ()
