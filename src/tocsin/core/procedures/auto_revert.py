"""Whether Tocsin takes a commit back by itself that broke the main branch: a decision with every reason against it. Pure.

Only one commit that is certain: the oldest suspect, whose parent's build was green and whose own was red twice. The plan is the ordinary one
for `revert`, with all that it refuses; nothing here overrides any of that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tocsin.core import facts as f
from tocsin.core.case import Case
from tocsin.core.incident import Incident
from tocsin.core.procedures.commits import short
from tocsin.core.procedures.declared import Declared, Source
from tocsin.core.procedures.names import REVERT
from tocsin.core.procedures.plan import SOURCE
from tocsin.core.procedures.run import PLANNED, WITHDRAWN, Run, next_run
from tocsin.core.reruns import RED, Rerun
from tocsin.core.spans import span_text

YES, ASKS, NO = "yes", "asks", "no"
LEFT_OPEN: Final = "no"
"""The input `merge` of a revert whose pull request people merge."""


@dataclass(frozen=True, slots=True)
class Today:
    """What Tocsin has reverted by itself in a repository within the last 24 hours, over all incidents."""

    created: int = 0
    merged: int = 0


def enabled_for(declared: Declared, repository: str, branch: str) -> Source | None:
    """The source of that branch, where the operators let Tocsin revert there by itself."""
    source = declared.source(repository)
    fits = source is not None and source.branch == branch and source.automatic_revert.enabled
    return source if fits else None


# --- once the build was red again -------------------------------------------------------------------------------------------


def begun(case: Case, rerun: Rerun, source: Source, today: Today) -> list[f.What]:
    """Have the revert planned; or say why not. Nothing where that was done before."""
    incident, asked = case.incident, rerun.asked
    if rerun.ended is None or rerun.ended.outcome != RED or _is_dealt_with(incident, asked):
        return []
    if why := tuple(_in_the_way(incident, asked)):
        return [f.RevertJudged(asked.repository, asked.sha, NO, why)]
    rule = source.automatic_revert
    inputs = {"commit": asked.sha, "parent": "1"}
    if not rule.merges or today.merged >= rule.merged_per_day:
        inputs["merge"] = LEFT_OPEN
    return [
        f.ProcedureAsked(
            next_run(incident.runs), REVERT, SOURCE, asked.repository, _reason(asked), {**inputs}
        )
    ]


def _is_dealt_with(incident: Incident, asked: f.BuildRerunAsked) -> bool:
    ours = (asked.repository, asked.sha)
    judged = (fact.what for fact in incident.facts if isinstance(fact.what, f.RevertJudged))
    planned = (one for one in incident.runs if is_our_revert(one))
    return any((one.repository, one.sha) == ours for one in judged) or any(
        (one.target, one.inputs.get("commit")) == ours for one in planned
    )


def is_our_revert(run: Run) -> bool:
    """Whether it is a revert that Tocsin had planned by itself."""
    return run.procedure == REVERT and run.is_ours


def _in_the_way(incident: Incident, asked: f.BuildRerunAsked) -> Iterator[str]:
    """Why nothing is planned even."""
    yield from _of_incident(incident)
    yield from _not_the_one(incident, asked)
    if not asked.last_green:
        yield f"no green build is known before it, so it may not be {short(asked.sha)} that broke {asked.branch}"
    for one in incident.runs:
        if (one.procedure, one.target) == (REVERT, asked.repository) and one.state != WITHDRAWN:
            yield f"{one.id} is about a revert there already"


def _of_incident(incident: Incident) -> Iterator[str]:
    if incident.private:
        yield f"{incident.ref} is private: people decide there"
    if not incident.is_open:
        yield f"{incident.ref} is over"


def _not_the_one(incident: Incident, asked: f.BuildRerunAsked) -> Iterator[str]:
    """Whether things have moved on since it was red again."""
    place = (asked.repository, asked.stream)
    last = next((one for one in incident.builds if (one.repository, one.stream) == place), None)
    if not isinstance(last, f.BuildRed):
        yield f"{asked.workflow} is green again"
    elif last.suspects[0].sha != asked.sha:
        yield f"{short(last.suspects[0].sha)} is the oldest suspect now"


def _reason(asked: f.BuildRerunAsked) -> str:
    return (
        f"{asked.workflow} failed on {asked.branch} at {short(asked.sha)}, and failed again when it was run once more;"
        f" before it, at {short(asked.last_green)}, it passed"
    )


# --- once the plan is there -------------------------------------------------------------------------------------------------


def judged(case: Case, run: Run, declared: Declared, today: Today, held: str = "") -> list[f.What]:
    """Yes, with the approval that the file and the handbook give and the start; that a person is asked; or no, with every reason.

    `held` says who holds the repository, where somebody does for long. Nothing where it was judged before, or people were quicker.
    """
    incident, rerun = case.incident, rerun_of_run(case.incident, run)
    known = any(isinstance(one.what, f.RevertJudged) and one.what.run == run.id for one in incident.facts)
    if known or rerun is None or run.state != PLANNED or run.agreed or run.plan is None:
        return []
    sha, merges = rerun.asked.sha, run.inputs.get("merge") != LEFT_OPEN
    source = enabled_for(declared, rerun.asked.repository, rerun.asked.branch)
    why = [*_against(case, run, rerun.asked, source, declared), *_over_limits(source, today, merges)]
    if held:
        why.append(held)
    if why or source is None:
        return [f.RevertJudged(run.target, sha, NO, tuple(dict.fromkeys(why)), run.id)]
    rule = case.handbook.approval(REVERT)
    speaks = tuple(_speaks_for(rerun.asked, source, today, merges))
    if not rule.automatic:
        return [f.RevertJudged(run.target, sha, ASKS, speaks, run.id, merges)]
    lets = (
        f"[source.automatic_revert] of {run.target} in the file that TOCSIN_PROCEDURES names, and the handbook"
        f" {case.handbook.name} {case.handbook.version}".rstrip()
    )
    return [
        f.RevertJudged(run.target, sha, YES, speaks, run.id, merges),
        f.ProcedureApproved(run.id, (), automatic=lets),
        f.ProcedureStarted(run.id),
    ]


def rerun_of_run(incident: Incident, run: Run) -> Rerun | None:
    """The repetition that showed the commit of a revert which Tocsin had planned by itself; None for any other run."""
    if not is_our_revert(run):
        return None
    ours = (run.target, run.inputs.get("commit"))
    some = (one for one in incident.reruns if (one.asked.repository, one.asked.sha) == ours)
    return next((one for one in some if one.ended and one.ended.outcome == RED), None)


def _speaks_for(asked: f.BuildRerunAsked, source: Source, today: Today, merges: bool) -> Iterator[str]:
    yield f"red twice at {short(asked.sha)}, green at its parent {short(asked.last_green)}"
    rule = source.automatic_revert
    if rule.merges and not merges:
        yield f"{today.merged} were merged within 24 hours, as many as are allowed: people merge this one"
    elif not merges:
        yield "people merge it"


def _over_limits(source: Source | None, today: Today, merges: bool) -> Iterator[str]:
    if source is None:
        return
    rule = source.automatic_revert
    if today.created >= rule.created_per_day:
        yield f"{today.created} were made within 24 hours, and no more than {rule.created_per_day} are allowed"
    if merges and today.merged >= rule.merged_per_day:
        yield f"{today.merged} were merged within 24 hours, and no more than {rule.merged_per_day} are allowed"


def _against(
    case: Case, run: Run, asked: f.BuildRerunAsked, source: Source | None, declared: Declared
) -> Iterator[str]:
    """Everything that speaks against it but the limits of a day."""
    if source is None:
        yield f"the operators' file does not let Tocsin revert in {run.target} any more"
        return
    yield from _of_incident(case.incident)
    yield from _not_the_one(case.incident, asked)
    assert run.plan is not None
    seen = run.plan.seen
    yield from run.plan.refusals
    if "revert" in seen and not run.plan.refusals:
        yield from _of_commit(asked, seen["revert"], source, case.now)
        yield from _of_author(seen, source)
        yield from _of_deploys(seen, run.target, declared)


def _of_commit(
    asked: f.BuildRerunAsked, one: Mapping[str, Any], source: Source, now: datetime
) -> Iterator[str]:
    """What the commit itself is. Without a parent whose build was green it may be another that broke it."""
    sha, rule = short(asked.sha), source.automatic_revert
    parents = [str(it.get("sha")) for it in one.get("parents", ()) if isinstance(it, dict)]
    if parents[:1] != [asked.last_green]:
        yield f"more commits than {sha} came with the build: the last green one, {short(asked.last_green)}, is not its parent"
    if one.get("is_revert"):
        yield f"{sha} is a revert itself: a revert of a revert is for people"
    if many := one.get("followed_count"):
        yield f"{many} later commit{'s' if many != 1 else ''} may depend on it"
    if paths := one.get("migrations"):
        yield f"it contains a migration: {', '.join(map(str, paths))}"
    age = now - datetime.fromisoformat(str(one.get("at")))
    if age > rule.max_age:
        yield f"{sha} is older than {span_text(rule.max_age)}"


def _of_author(seen: Mapping[str, Mapping[str, Any]], source: Source) -> Iterator[str]:
    """Whether whoever wrote it wants to be left alone, or is to be."""
    rows = seen.get("suspects", {}).get("suspects") or [{}]
    who: Mapping[str, Any] = rows[0]
    rule, label = source.automatic_revert, source.automatic_revert.opt_out_label
    if label.casefold() in {str(one).casefold() for one in who.get("labels", ())}:
        yield f"#{who.get('pull_request')} bears the label “{label}”"
    one = seen["revert"]
    known = [who.get("login"), who.get("pull_author"), who.get("name"), who.get("email")]
    called = {str(it).casefold() for it in [*known, one.get("author"), one.get("email")] if it}
    if exempt := [it for it in rule.exempt_authors if it.casefold() in called]:
        yield f"{exempt[0]} wrote it, whose commits are left to people"


def _of_deploys(seen: Mapping[str, Mapping[str, Any]], repository: str, declared: Declared) -> Iterator[str]:
    """Where it is live the plan itself says no; where that can't be seen, Tocsin does not guess."""
    for target in (one for one in declared.targets if one.source == repository):
        looked = seen.get(f"live-{target.id}", {})
        if looked.get("contains") is not False:
            why = looked.get("unknown") or seen.get(f"deployed-{target.id}", {}).get("unknown")
            yield f"whether it is live on {target.id} can't be seen{f': {why}' if why else ''}"


# --- once the branch is green -----------------------------------------------------------------------------------------------


def pushed(run: Run) -> str:
    """The commit that takes it back, where it is made already; "" before that."""
    made = run.step("revert")
    return str(made.done.outputs.get("sha", "")) if made and made.done else ""


def called_off(run: Run, sha: str, *, holds_it: bool) -> list[f.What]:
    """The branch is green at `sha`: where that does not hold our revert, somebody else has mended it, and nothing is merged on top of that."""
    if holds_it or not run.is_under_way or run.stop:
        return []
    return [f.ProcedureStopAsked(run.id, f"the branch is green again without it, at {short(sha)}")]


# --- words ------------------------------------------------------------------------------------------------------------------


def notes_of(source: Source) -> tuple[str, ...]:
    """What the pull request says of how it came about, what to do where that is wrong, and how to be left alone."""
    return (
        "Tocsin made this by itself: the build of this commit was red twice, and that of its parent was green.",
        "**Is it wrong?** Close this pull request, or press *Stop* in the incident, and say so there: then nothing is merged."
        " What was merged already comes back by `reland`.",
        f"To have a change left to people, put the label `{source.automatic_revert.opt_out_label}` on its pull request.",
    )
