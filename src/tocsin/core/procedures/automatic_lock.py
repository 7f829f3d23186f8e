"""The lock that is put on a broken branch by itself, and taken off once it is green again: what is due of that.

Everything that is done is a run like those of people. Once asked for, it is not asked for again while the branch is as it is, whatever
became of it: what was refused, withdrawn or failed is left to people.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tocsin.core import facts as f
from tocsin.core.facts_builds import is_same_workflow
from tocsin.core.handbook import Handbook
from tocsin.core.incident import Incident
from tocsin.core.procedures import run as states
from tocsin.core.procedures.commits import short
from tocsin.core.procedures.declared import Declared, Source
from tocsin.core.procedures.names import LOCK_BRANCH, UNLOCK_BRANCH
from tocsin.core.procedures.plan import SOURCE
from tocsin.core.procedures.run import Run, next_run

DECLARED: Final = "{source} is declared with automatic = true in [source.lock]"
NOT_BEGUN: Final = (states.ASKED, states.PLANNED, states.APPROVED)


@dataclass(frozen=True, slots=True)
class Branch:
    """How the branch is by this incident's builds, since which fact, and why one says so."""

    is_broken: bool
    since: int
    why: str


def lock_due(incident: Incident, handbook: Handbook, declared: Declared) -> Iterator[f.What]:
    """What is due of the first source of which something is."""
    for source in declared.sources:
        branch = branch_of(incident, source) if source.lock.automatic else None
        due = list(_due(incident, handbook, source, branch)) if branch else []
        if due:
            yield from due
            return


def branch_of(incident: Incident, source: Source) -> Branch | None:
    """None where the incident knows of no build of that branch. An incident that is over holds no lock, whatever the builds say."""
    last: list[f.BuildRed | f.BuildGreen] = []
    branch: Branch | None = None
    is_over = False
    for fact in incident.facts:
        match fact.what:
            case f.BuildRed() | f.BuildGreen() as build if _is_of(build, source):
                last = [*(one for one in last if not is_same_workflow(one, build)), build]
            case f.Resolved() | f.Dismissed() | f.Reopened():
                is_over = not isinstance(fact.what, f.Reopened)
            case _:
                continue
        if last:
            branch = _after(branch, fact.n, _why_broken(last), last[-1], incident.ref if is_over else "")
    return branch


def _after(branch: Branch | None, n: int, broken: str, last: f.BuildRed | f.BuildGreen, over: str) -> Branch:
    is_broken = bool(broken) and not over
    if branch and branch.is_broken == is_broken:
        return branch
    if isinstance(last, f.BuildGreen):
        green = f"{last.branch} is green again: {last.workflow} passed at {short(last.sha)}"
    else:
        why = f"not every build of {last.workflow} that counted has failed after all"
        green = f"{last.branch} does not count as broken any more: {why}"
    return Branch(is_broken, n, broken if is_broken else f"{over} is over" if over else green)


def _why_broken(last: list[f.BuildRed | f.BuildGreen]) -> str:
    """What is red; "" where nothing is."""
    red = [one for one in last if isinstance(one, f.BuildRed) and one.broken]
    many = "failed {} times in a row"
    return "; ".join(
        f"{one.workflow} {many.format(one.failures) if one.failures > 1 else 'failed'}" for one in red
    )


def _is_of(build: f.BuildRed | f.BuildGreen, source: Source) -> bool:
    return (build.repository, build.branch) == (source.repository, source.branch)


def _due(incident: Incident, handbook: Handbook, source: Source, branch: Branch) -> Iterator[f.What]:
    wanted, other = (LOCK_BRANCH, UNLOCK_BRANCH) if branch.is_broken else (UNLOCK_BRANCH, LOCK_BRANCH)
    ours = [run for run in incident.runs if run.is_ours and run.target == source.repository]
    for run in ours:
        if run.procedure == other:
            yield from _called_off(run, branch)
        elif run.procedure == wanted:
            yield from _carried_on(run, handbook, source)
    locks = [one for one in incident.locks if one.target == source.repository]
    if bool(locks) is branch.is_broken:
        return
    if not _was_asked(
        incident, wanted, source, max([branch.since, *(_n_of_lock(incident, one.id) for one in locks)])
    ):
        yield f.ProcedureAsked(next_run(incident.runs), wanted, SOURCE, source.repository, branch.why)


def _called_off(run: Run, branch: Branch) -> Iterator[f.What]:
    """A run of ours of which the branch has lost its need. An unlocking that is under way is let go on: it ends at once."""
    if run.state in NOT_BEGUN:
        yield f.ProcedureWithdrawn(run.id, branch.why)
    elif run.is_under_way and run.procedure == LOCK_BRANCH and not run.stop:
        yield f.ProcedureStopAsked(run.id, branch.why)


def _carried_on(run: Run, handbook: Handbook, source: Source) -> Iterator[f.What]:
    """Its plan stands, and nobody has to say yes; or those who had to have said it."""
    if run.state == states.PLANNED and not run.is_refused and handbook.approval(run.procedure).automatic:
        yield f.ProcedureApproved(run.id, (), automatic=DECLARED.format(source=source.repository))
    elif run.state == states.APPROVED:
        yield f.ProcedureStarted(run.id)


def _was_asked(incident: Incident, procedure: str, source: Source, since: int) -> bool:
    """Whether anybody asked for it since that fact."""
    return any(
        fact.n > since and fact.what.procedure == procedure and fact.what.target == source.repository
        for fact in incident.facts
        if isinstance(fact.what, f.ProcedureAsked)
    )


def _n_of_lock(incident: Incident, lock: str) -> int:
    locked = (
        fact.n for fact in incident.facts if isinstance(fact.what, f.BranchLocked) and fact.what.lock == lock
    )
    return max(locked, default=0)
