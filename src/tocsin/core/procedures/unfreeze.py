"""Thawing what a roll-back froze: only once the fix is in what would be deployed then, and its checks are green."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from tocsin.core.procedures.declared import GIT, Source, Target
from tocsin.core.procedures.freezing import thaw_steps
from tocsin.core.procedures.hands import JSON, Seen, Step
from tocsin.core.procedures.names import UNFREEZE
from tocsin.core.procedures.plan import SAFE, TARGET, WARNED, Asked, Look, Plan, Question, refused
from tocsin.core.procedures.roll_back import place_of
from tocsin.core.procedures.run import Freeze, Run
from tocsin.core.procedures.sources import merged_reverts
from tocsin.core.spans import span_text

NO_FIX: Final = "say which commit mends it: updaters are thawed once the fix is in what would be deployed"
MAIN, CONTAINS, CHECKS, DEPLOYED = "main", "contains", "checks", "deployed"
OLD: Final = timedelta(hours=24)
MANY: Final = 10
"""So many other commits that ship along are worth a word."""


@dataclass(frozen=True, slots=True)
class Unfreeze:
    id: str = UNFREEZE
    title: str = "Thaw the updaters"
    of: str = TARGET
    fields: tuple[Asked, ...] = (
        Asked(
            "fix",
            "Which commit mends it",
            "Of the source repository: the fix, or the revert. Left empty: the revert that was merged for this incident.",
        ),
    )
    rolls_back: bool = False
    after_end: bool = True

    def looks(self, question: Question, seen: Mapping[str, Seen]) -> tuple[Look, ...]:
        target, fix = question.declared.target(question.target), fix_of(question)
        if target is None or frozen_by(question) is None or not target.source or not fix:
            return ()
        source = _source_of(question, target)
        where = place_of(target.source, "")
        main = Look(MAIN, "git.deploy", {**where, "branch": source.branch})
        if MAIN not in seen:
            return (main,)
        head = str(seen[MAIN].values["head"])
        found = [main, Look(CONTAINS, "git.contains", {**where, "commit": fix, "candidate": head})]
        if not source.remote:
            checks: dict[str, JSON] = {"sha": head, "checks": [*source.required_checks]}
            found.append(Look(CHECKS, "github.checks", where | checks, may_fail=True))
        if target.by == GIT:
            found.append(Look(DEPLOYED, "git.deployed", {"target": target.id}, may_fail=True))
        return tuple(found)

    def plan(self, question: Question, seen: Mapping[str, Seen]) -> Plan:
        target, run = question.declared.target(question.target), frozen_by(question)
        if target is None or run is None:
            return refused(f"nothing of {question.target} is frozen in {question.incident.ref}")
        steps = (*thaw_steps(run, question), *_watched(question, target))
        warnings = tuple(_warnings(question, target, seen))
        wrong = tuple(_wrong(question, target, seen))
        reasons = (f"{run.id} froze it at {run.ended_at or run.started_at:%Y-%m-%d %H:%M} UTC", *_in(seen))
        verdict = WARNED if warnings else SAFE
        return Plan(steps, verdict, reasons, wrong, warnings, overridable=bool(wrong))


def fix_of(question: Question) -> str:
    """The commit that was named, else the newest revert that was merged for this incident; "" where there is neither."""
    if named := question.text("fix"):
        return named
    return next((str(merged["merged_sha"]) for _, merged in merged_reverts(question.incident)), "")


def frozen_by(question: Question) -> Run | None:
    """The run whose freeze of that target is on; the latest, where there are several."""
    on = _on(question)
    return question.incident.run(on[-1].run) if on else None


def _on(question: Question) -> list[Freeze]:
    return [one for one in question.incident.freezes if one.target == question.target]


def _source_of(question: Question, target: Target) -> Source:
    return question.declared.source(target.source) or Source(target.source)


def _wrong(question: Question, target: Target, seen: Mapping[str, Seen]) -> Iterator[str]:
    if not target.source:
        return
    if not fix_of(question):
        yield NO_FIX
        return
    found: Any = seen[CONTAINS].values
    if not found.get("contains"):
        yield f"the fix is not in: {found.get('why')}"
    state = str(seen[CHECKS].values.get("state", "")) if CHECKS in seen else ""
    if state in ("red", "pending"):
        yield f"the checks of what would be deployed are not green: {state}"


def _warnings(question: Question, target: Target, seen: Mapping[str, Seen]) -> Iterator[str]:
    if not target.source:
        yield f"whether the fix is in can't be told: the source of {target.id} is not declared"
    age = question.now - _on(question)[-1].since
    if age > OLD:
        yield f"it has been off for {span_text(timedelta(hours=age // timedelta(hours=1)))}"
    if CHECKS in seen and seen[CHECKS].values.get("state") not in ("green", "red", "pending"):
        yield "no check has reported on what would be deployed"
    if (many := _besides(seen)) > MANY:
        yield f"{many} commits ship along with it"


def _besides(seen: Mapping[str, Seen]) -> int:
    """How many commits come after the newest that is deployed now; 0 where that can't be told."""
    newest: Any = seen[DEPLOYED].values.get("newest") if DEPLOYED in seen else None
    shas = [one.get("sha") for one in seen[MAIN].rows("commits")] if MAIN in seen else []
    return shas.index(newest) if newest in shas else len(shas) if newest else 0


def _watched(question: Question, target: Target) -> Iterator[Step]:
    """The first deploy after it: what it holds, what the site says, and how it is."""
    fix = fix_of(question)
    if target.by == GIT and target.source and fix:
        title = f"Watch {target.branch} until what it deploys holds {fix[:10]}"
        inputs: dict[str, JSON] = {"target": target.id, "fix": fix}
        yield Step("ships", "git.ships", title, inputs, watches=True)
        if target.version_url:
            version: dict[str, JSON] = {"target": target.id, "versions_from": "ships.versions"}
            yield Step("version", "site.version", f"Watch until {target.service} runs it", version, True)
    if target.health_url:
        minutes = int(target.watch.total_seconds() // 60)
        title = (
            f"Watch the signal of {target.service} for {span_text(target.watch)}: well with the fix, or not"
        )
        yield Step("healthy", "site.healthy", title, {"target": target.id, "minutes": minutes}, watches=True)


def _in(seen: Mapping[str, Seen]) -> tuple[str, ...]:
    found: Any = seen[CONTAINS].values if CONTAINS in seen else {}
    if not found.get("contains"):
        return ()
    return (f"the fix is in {str(found['candidate'])[:7]}, as {str(found['as'])[:7]}",)
