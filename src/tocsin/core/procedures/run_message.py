"""The one message of a run: its plan with the click that approves it, and then how far it is. It is edited in place as the run goes on,
so that whoever opens the thread at night sees how it stands, and no click that is stale."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tocsin.core import facts as f
from tocsin.core.facts import Fact
from tocsin.core.facts_procedures import OF_PROCEDURES
from tocsin.core.incident import Incident
from tocsin.core.message_parts import Message, Offer, Scene, clock, mention, mentions, quoted, unmarked
from tocsin.core.procedures import run as states
from tocsin.core.procedures.run import Progress, Run
from tocsin.core.procedures.words import VERDICTS, title_of, who_approves

MOST_SHOWN: Final = 8
"""How many steps, or lines of evidence, a message shows."""
BEFORE: Final = 2
"""So many steps that are done are shown before the one that is under way."""
MARKS: Final = {states.DONE: "✓", states.RUNNING: "▸", states.FAILED: "✗", states.WAITING: "·"}


def approve(run: Run) -> Offer:
    return Offer("approve_run", "Approve and run", run.id, is_main=True)


def name_of(run: Run) -> str:
    return f"*{run.id} {unmarked(title_of(run))}*"


def run_message(scene: Scene, run: Run) -> Message:
    """How the run stands now. It stands apart from all else that is said, since it is rewritten as a whole."""
    page = scene.places.run(scene.incident.ref, run.id)
    lines = [f"{_head(scene.incident, run)} {page}", *_yes(scene, run), *_about(run), *_steps(run)]
    lines += _frozen(scene.incident, run)
    return Message("\n".join(lines), offers=tuple(_offers(run)), alone=True)


def planned_fact(incident: Incident, run_id: str) -> Fact | None:
    """The fact that the message tells of, by whose number it is found again; None where there is no plan yet."""
    facts = (one for one in incident.facts if isinstance(one.what, f.ProcedurePlanned))
    return next((one for one in facts if getattr(one.what, "run", "") == run_id), None)


def changes(fact: Fact) -> tuple[str, ...]:
    """The runs whose message looks different with this fact; the plan itself is said, not edited."""
    match fact.what:
        case f.ProcedureAsked() | f.ProcedurePlanned() | f.StepOutput():
            return ()
        case f.UpdatersThawed(run=run, freeze=freeze):
            return tuple(dict.fromkeys((run, freeze)))
        case what if isinstance(what, OF_PROCEDURES):
            return (str(getattr(what, "run", "")),)
        case _:
            return ()


def _head(incident: Incident, run: Run) -> str:
    name, ended = name_of(run), f" at {clock(run.ended_at)}" if run.ended_at else ""
    match run.state:
        case states.PLANNED:
            assert run.plan is not None
            return f"{name} is planned: {VERDICTS.get(run.plan.verdict, run.plan.verdict)}."
        case states.APPROVED:
            return f"{name} is approved, and not run yet."
        case states.RUNNING if run.stop:
            return f"{name} is being stopped, as {_called(run.stop_by)} asked."
        case states.RUNNING:
            return f"{name} is under way, {_started(incident, run)}."
        case states.VERIFIED:
            return f"{name} is done and verified{ended}."
        case states.WITHDRAWN:
            return f"{name} is withdrawn: {unmarked(run.said)}."
        case states.FAILED:
            return f"{name} has failed{ended}: {unmarked(run.said)}."
        case _:
            return f"{name} has ended{ended}: {unmarked(run.said)}."


def _started(incident: Incident, run: Run) -> str:
    kinds = f.ProcedureStarted | f.ProcedureResumed
    facts = (one for one in reversed(incident.facts) if isinstance(one.what, kinds))
    last = next(one for one in facts if getattr(one.what, "run", "") == run.id)
    return f"run by {_called(last.by)} since {clock(last.at)}"


def _called(who: str) -> str:
    return "Tocsin" if who == f.TOCSIN else mention(who)


def _yes(scene: Scene, run: Run) -> Iterator[str]:
    """Who said yes, and whose yes lacks."""
    rule = scene.handbook.approval(run.procedure)
    if run.automatic:
        yield f"It needs nobody's yes: {unmarked(run.automatic)}."
    elif run.approved_at:
        yield f"Approved by {mentions(run.agreed)} at {clock(run.approved_at)}."
    elif run.state == states.PLANNED and (not run.is_refused or run.agreed):
        so_far = f"Yes from {mentions(run.agreed)}; it" if run.agreed else "It"
        yield f"{so_far} takes the yes of {who_approves(rule, rule.persons - len(run.agreed))}."
    if run.override:
        yield quoted(unmarked(f"Although it is refused: {run.override}"))


def _about(run: Run) -> Iterator[str]:
    """What has to be known of the plan; once it is decided its reasons stand on the run's page."""
    assert run.plan is not None
    if run.state == states.PLANNED:
        yield from (quoted(unmarked(f"Refused: {one}")) for one in run.plan.refusals)
    if not run.is_over:
        yield from (quoted(unmarked(f"Mind: {one}")) for one in run.plan.warnings)
    if run.state == states.PLANNED:
        yield from (quoted(unmarked(one)) for one in run.plan.reasons[:3])


def _steps(run: Run) -> Iterator[str]:
    """All of them, or those around the one whose turn it is."""
    if run.state == states.WITHDRAWN:
        return
    many, now = len(run.steps), len([one for one in run.steps if one.state == states.DONE])
    first = max(0, min(now - BEFORE, many - MOST_SHOWN))
    if first:
        yield f"✓ 1. to {first}. are done"
    for n, step in enumerate(run.steps[first : first + MOST_SHOWN], first + 1):
        yield unmarked(f"{_mark(run, step)}{n}. {step.step.title}")
    if many > first + MOST_SHOWN:
        yield f"… and {many - first - MOST_SHOWN} more"


def _mark(run: Run, step: Progress) -> str:
    return f"{MARKS[step.state]} " if run.started_at else ""


def _frozen(incident: Incident, run: Run) -> Iterator[str]:
    for one in incident.freezes:
        if one.run == run.id:
            names = unmarked(", ".join(one.updaters))
            yield f"Frozen: {names}. {incident.ref} does not close before that is thawed."


def _offers(run: Run) -> Iterator[Offer]:
    """What can be decided now by one click."""
    if run.state == states.PLANNED and not run.is_refused:
        yield approve(run)
    elif run.state == states.APPROVED:
        yield Offer("start_run", "Run it", run.id, is_main=True)
    elif run.state == states.RUNNING and not run.stop:
        yield Offer("stop_run", "Stop", run.id)
