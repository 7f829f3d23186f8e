"""Thawing what a roll-back froze: only once the fix is in what would be deployed then, and its checks are green."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from tocsin.core.procedures.declared import GIT, Source, Target
from tocsin.core.procedures.freezing import Held, held_by, let_go, thaw_steps
from tocsin.core.procedures.hands import JSON, Seen, Step
from tocsin.core.procedures.names import UNFREEZE
from tocsin.core.procedures.plan import SAFE, TARGET, WARNED, Asked, Look, Plan, Question, refused
from tocsin.core.procedures.roll_back import place_of
from tocsin.core.procedures.run import Freeze, Run
from tocsin.core.procedures.sources import merged_reverts
from tocsin.core.spans import span_text

NO_FIX: Final = "say which commit mends it: updaters are thawed once the fix is in what would be deployed"
MAIN, CONTAINS, CHECKS, DEPLOYED, BEHIND = "main", "contains", "checks", "deployed", "behind"
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
        if target is None or not frozen_by(question) or not target.source or not fix:
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
            found += _looks_at_held(question, target, fix, seen)
        return tuple(found)

    def plan(self, question: Question, seen: Mapping[str, Seen]) -> Plan:
        target, runs = question.declared.target(question.target), frozen_by(question)
        if target is None or not runs:
            return refused(f"nothing of {question.target} is frozen in {question.incident.ref}")
        letting_go = _letting_go(question, target, runs, seen)
        steps = (*thaw_steps(runs, question), *letting_go, *_watched(question, target))
        warnings = tuple(_warnings(question, target, seen))
        wrong = tuple(_wrong(question, target, seen))
        frozen = (f"{one.run} froze it at {one.since:%Y-%m-%d %H:%M} UTC" for one in _on(question))
        reasons = (*frozen, *_in(seen))
        verdict = WARNED if warnings else SAFE
        return Plan(steps, verdict, reasons, wrong, warnings, overridable=bool(wrong))


def fix_of(question: Question) -> str:
    """The commit that was named, else the newest revert that was merged for this incident; "" where there is neither."""
    if named := question.text("fix"):
        return named
    target = question.declared.target(question.target)
    reverts = (it for it in merged_reverts(question.incident) if target and it[0].target == target.source)
    return next((str(merged["merged_sha"]) for _, merged in reverts), "")


def frozen_by(question: Question) -> list[Run]:
    """The runs whose freezes of that target are on."""
    found = (question.incident.run(one.run) for one in _on(question))
    return [one for one in found if one]


def _on(question: Question) -> list[Freeze]:
    return [one for one in question.incident.freezes if one.target == question.target]


def _source_of(question: Question, target: Target) -> Source:
    return question.declared.source(target.source) or Source(target.source)


def _looks_at_held(question: Question, target: Target, fix: str, seen: Mapping[str, Seen]) -> Iterator[Look]:
    """Which pull requests are held, and which of them would deploy something without the fix: those were opened before it."""
    held = _pulls(question, target)
    yield from (Look(id, "github.pulls", one.place, may_fail=True) for id, one in held.items())
    heads = [str(row["head"]) for id in held if id in seen for row in seen[id].rows("pulls") if row["held"]]
    if heads and all(id in seen for id in held):
        inputs: dict[str, JSON] = {"target": target.id, "fix": fix, "heads": [*heads]}
        yield Look(BEHIND, "git.behind", inputs, may_fail=True)


def _pulls(question: Question, target: Target) -> dict[str, Held]:
    """The places of pull requests to the deploy branch that are held, by the looks at them."""
    held = (one for one in held_by(frozen_by(question)) if one.repository == target.repository)
    return {f"pulls-{n}": one for n, one in enumerate(held, 1)}


def _letting_go(
    question: Question, target: Target, runs: Sequence[Run], seen: Mapping[str, Seen]
) -> Iterator[Step]:
    """One that would deploy something without the fix is let go once its updater has renewed it."""
    found: Any = seen[BEHIND].values.get("behind") if BEHIND in seen else []
    behind = [str(one) for one in found or []]
    for id in _pulls(question, target):
        for row in seen[id].rows("pulls") if id in seen else ():
            if row["head"] in behind:
                inputs: dict[str, JSON] = {
                    "target": target.id,
                    "fix": fix_of(question),
                    "branch": row["branch"],
                }
                title = f"Watch until #{row['number']}, which would deploy something without the fix, holds it or is gone"
                yield Step(f"renewed-{row['number']}", "git.renewed", title, inputs, watches=True)
    yield from (let_go(one, question, behind) for one in held_by(runs))


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
