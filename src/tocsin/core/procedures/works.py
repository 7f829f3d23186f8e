"""Which works follow from the facts of procedures: the looks before a plan, and one step after the other."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.core import facts as f
from tocsin.core import work as w
from tocsin.core.facts import Fact
from tocsin.core.incident import Incident
from tocsin.core.procedures.run_message import changes
from tocsin.core.work import Work


def for_procedures(incident: Incident, fact: Fact) -> Iterator[Work]:
    match fact.what:
        case f.ProcedureAsked(run=run):
            name = f"{incident.ref}/{run}"
            yield Work(w.PROCEDURE_LOOK, f"{name}/look", f"{name}/look/{fact.n}", payload={"run": run})
        case f.ProcedureStarted(run=run) | f.ProcedureResumed(run=run) | f.StepDone(run=run):
            yield from _next_step(incident, fact, run)
        case _:
            return


def lane_of(lock: str) -> str:
    """One step after the other for each target, whatever incident it is for."""
    return f"procedure/{lock}"


def _next_step(incident: Incident, fact: Fact, run_id: str) -> Iterator[Work]:
    run = incident.run(run_id)
    if run is None or not run.is_under_way or run.current is None:
        return
    step = run.current.id
    key = f"{incident.ref}/{run.id}/{step}/{fact.n}"
    yield Work(w.PROCEDURE_STEP, lane_of(run.lock), key, payload={"run": run.id, "step": step})


def shown_runs(incident: Incident, new: tuple[Fact, ...]) -> Iterator[Work]:
    """The message of each run that these facts changed is edited, after all that was said before."""
    if "thread" not in incident.abilities:
        return
    last = {run: fact.n for fact in new for run in changes(fact)}
    for run, n in last.items():
        if (found := incident.run(run)) and found.plan:
            payload = {"run": run, "fact": str(n)}
            yield Work(
                w.THREAD_RUN, f"{incident.ref}/thread", f"{incident.ref}/{run}/shown/{n}", payload=payload
            )


def is_shown_later(work: Work, incident: Incident) -> bool:
    """Whether the run's message is edited for a later fact anyway."""
    run, n = work.payload["run"], int(work.payload["fact"])
    return any(run in changes(fact) for fact in incident.facts[n:])


def is_mere_output(fact: Fact) -> bool:
    """Whether the card stays as it is with this fact."""
    return isinstance(fact.what, f.StepOutput)
