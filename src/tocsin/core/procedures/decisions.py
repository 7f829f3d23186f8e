"""What people decide about procedures: each function says which facts it makes, or refuses with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tocsin.core import facts as f
from tocsin.core.case import Actor, Case, must_be_open, somebody
from tocsin.core.handbook import Approval
from tocsin.core.procedures import run as states
from tocsin.core.procedures.approvals_text import ANYONE, ON_CALL, OWNER
from tocsin.core.procedures.declared import Declared
from tocsin.core.procedures.hands import JSON
from tocsin.core.procedures.plan import DATABASE, SOURCE, TARGET, Procedure
from tocsin.core.procedures.run import Run, next_run
from tocsin.core.words import needed, text_of
from tocsin.errors import Conflict, Forbidden, Invalid, NotFound

LONGEST_INPUT: Final = 2000
NOT_BEGUN: Final = (states.ASKED, states.PLANNED, states.APPROVED)


def ask(
    case: Case,
    actor: Actor,
    procedure: Procedure,
    target: str,
    inputs: Mapping[str, str],
    reason: str,
    declared: Declared,
) -> list[f.What]:
    """Have it planned. What was planned for the same and has not begun is withdrawn by that."""
    somebody(actor, "have a procedure planned")
    _may_be_done_now(case, procedure.after_end)
    known = targets_of(procedure, declared)
    if target not in known:
        there = ", ".join(known) or f"none (TOCSIN_PROCEDURES declares no {procedure.of})"
        raise NotFound(
            f"{target or 'nothing'} is no {procedure.of} of {procedure.id}; known are: {there}",
            field="target",
        )
    reason = needed(reason, field="reason", why="say why: it stands in the commit, and people read it")
    given = _inputs(procedure, inputs)
    run = next_run(case.incident.runs)
    before = [
        f.ProcedureWithdrawn(one.id, f"it is planned again as {run}")
        for one in case.incident.runs
        if (one.procedure, one.target) == (procedure.id, target) and one.state in NOT_BEGUN
    ]
    return [*before, f.ProcedureAsked(run, procedure.id, procedure.of, target, reason, given)]


def targets_of(procedure: Procedure, declared: Declared) -> tuple[str, ...]:
    """What the operators declare that this can be done to."""
    if procedure.of == TARGET:
        return tuple(one.id for one in declared.targets)
    if procedure.of == SOURCE:
        return tuple(one.repository for one in declared.sources)
    return tuple(one.id for one in declared.databases) if procedure.of == DATABASE else ()


def _inputs(procedure: Procedure, given: Mapping[str, str]) -> dict[str, JSON]:
    known = {one.name: one for one in procedure.fields}
    if unknown := sorted(set(given) - set(known)):
        asks = ", ".join(known) or "nothing"
        raise Invalid(f"{procedure.id} asks for {asks}; not for {', '.join(unknown)}", field=unknown[0])
    values = {name: text_of(text, field=name, longest=LONGEST_INPUT) for name, text in given.items()}
    for one in procedure.fields:
        if one.must:
            needed(
                values.get(one.name, ""), field=one.name, why=f"{procedure.id} needs it: {one.label.lower()}"
            )
    return {name: value for name, value in values.items() if value}


def approve(case: Case, actor: Actor, run_id: str, override: str = "") -> list[f.What]:
    """Say yes to a plan. Once all have whom the handbook asks for, it is approved."""
    person = somebody(actor, "approve a procedure")
    run = run_of(case, run_id)
    if run.approved_at and person in run.agreed:
        return []  # Said already: the answer to it was lost on its way.
    _must_be(run, (states.PLANNED,), "approved")
    override = text_of(override, field="override", longest=LONGEST_INPUT)
    _may_be_overridden(run, override)
    rule = case.handbook.approval(run.procedure)
    _may_approve(case, rule, run, person)
    if person in run.agreed:
        return []
    agreed = (*run.agreed, person)
    facts: list[f.What] = [f.ProcedureAgreed(run.id, person, override)]
    if len(agreed) >= rule.persons:
        facts.append(f.ProcedureApproved(run.id, agreed, override or run.override))
    return facts


def _may_be_overridden(run: Run, override: str) -> None:
    assert run.plan is not None
    refusals = run.plan.refusals
    if refusals and not run.plan.overridable:
        raise Conflict(f"{run.id} may not be carried out: {'; '.join(refusals)}. Mend that, and plan again")
    if refusals and not override and not run.override:
        raise Invalid(
            f"{run.id} is refused: {'; '.join(refusals)}. To do it all the same, write down why",
            field="override",
        )
    if override and not refusals:
        raise Invalid(f"{run.id} is not refused: there is nothing to override", field="override")


def _may_approve(case: Case, rule: Approval, run: Run, person: str) -> None:
    if not rule.asker_counts and person == run.asked_by:
        raise Forbidden(f"You asked for {run.id}: by the handbook somebody else has to approve it")
    allowed = approvers(case, rule)
    if allowed is not None and person not in allowed:
        names = ", ".join(case.name(one) for one in sorted(allowed)) or "nobody at the moment"
        raise Forbidden(
            f"By the handbook {' or '.join(rule.by)} approves {run.procedure}: now that is {names}"
        )


def approvers(case: Case, rule: Approval) -> frozenset[str] | None:
    """Who may say yes now; None: anybody."""
    if ANYONE in rule.by:
        return None
    found: set[str] = set()
    for who in rule.by:
        if who == OWNER:
            found |= {case.incident.owner} - {""}
        elif who == ON_CALL:
            found |= set(case.roster.on_call)
        else:
            found |= set(case.roster.reached_by((who,)))
    return frozenset(found)


def start(case: Case, actor: Actor, run_id: str) -> list[f.What]:
    """Have an approved plan carried out."""
    somebody(actor, "run a procedure")
    run = run_of(case, run_id)
    if run.is_under_way:
        return []
    if run.state == states.PLANNED:
        rule = case.handbook.approval(run.procedure)
        lacks = rule.persons - len(run.agreed)
        raise Conflict(
            f"{run.id} is not approved yet: {lacks} of {' or '.join(rule.by)} still {'has' if lacks == 1 else 'have'} to say yes"
        )
    _must_be(run, (states.APPROVED,), "run")
    return [f.ProcedureStarted(run.id)]


def stop(case: Case, actor: Actor, run_id: str, reason: str = "") -> list[f.What]:
    """Leave off at the next safe point. What stands then is said."""
    somebody(actor, "stop a procedure")
    run = run_of(case, run_id)
    if run.state in NOT_BEGUN:
        raise Conflict(f"{run.id} has not begun: withdraw it instead")
    _must_be(run, (states.RUNNING,), "stopped")
    return [] if run.stop else [f.ProcedureStopAsked(run.id, text_of(reason, field="reason"))]


def go_on(case: Case, actor: Actor, run_id: str, reason: str) -> list[f.What]:
    """After a failure or a stop, go on with the step that it ended at: the approval still holds, and so does the plan."""
    somebody(actor, "go on with a procedure")
    run = run_of(case, run_id)
    _must_be(run, (states.FAILED, states.STOPPED), "gone on with")
    if case.incident.closed_at:
        raise Conflict(f"{case.incident.ref} is closed: reopen it first")
    later = case.incident.runs[case.incident.runs.index(run) + 1 :]
    for one in later:
        if one.lock == run.lock and one.started_at:
            raise Conflict(
                f"{one.id} was run on {run.target} since: plan again instead of going on with {run.id}"
            )
    reason = needed(reason, field="reason", why="say what was mended, or why it may go on")
    return [f.ProcedureResumed(run.id, reason)]


def withdraw(case: Case, actor: Actor, run_id: str, reason: str) -> list[f.What]:
    """It is not to be done. Conflict once it has begun: then it can be stopped."""
    somebody(actor, "withdraw a procedure")
    run = run_of(case, run_id)
    if run.is_under_way:
        raise Conflict(f"{run.id} is being carried out: stop it instead")
    _must_be(run, NOT_BEGUN, "withdrawn")
    return [f.ProcedureWithdrawn(run.id, needed(reason, field="reason", why="say why it is not to be done"))]


def run_of(case: Case, run_id: str) -> Run:
    """That run. NotFound, naming those that there are."""
    run = case.incident.run(run_id.upper())
    if run is None:
        there = ", ".join(one.id for one in case.incident.runs) or "none"
        raise NotFound(f"{case.incident.ref} has no run {run_id}; it has: {there}", field="run")
    return run


STATE_WORDS: Final = {
    states.ASKED: "is still being planned",
    states.PLANNED: "is planned, and not approved yet",
    states.APPROVED: "is approved already",
    states.RUNNING: "is being carried out",
    states.VERIFIED: "is done and verified",
    states.FAILED: "has failed",
    states.STOPPED: "was stopped",
    states.WITHDRAWN: "was withdrawn",
}


def _must_be(run: Run, wanted: tuple[str, ...], deed: str) -> None:
    if run.state not in wanted:
        raise Conflict(f"{run.id} {STATE_WORDS[run.state]}: it can't be {deed} now")


def _may_be_done_now(case: Case, after_end: bool) -> None:
    if case.incident.closed_at:
        raise Conflict(f"{case.incident.ref} is closed: reopen it first")
    if not after_end:
        must_be_open(case)
