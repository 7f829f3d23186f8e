"""What the thread says of procedures: the plan, the yes, each failure and the end. What happens in between stands on the run's page."""

from __future__ import annotations

from typing import Final

from tocsin.core import facts as f
from tocsin.core.incident import Incident
from tocsin.core.message_parts import Message, Offer, Scene, mention, mentions, quoted, unmarked
from tocsin.core.procedures import run as states
from tocsin.core.procedures.plan import ANNOUNCE
from tocsin.core.procedures.run import Run
from tocsin.core.procedures.words import VERDICTS, listed, shown, title_of

MOST_SHOWN = 8
"""How many steps, or lines of evidence, a message shows."""


def of_procedures(scene: Scene) -> Message | None:
    run_id = getattr(scene.fact.what, "run", "")
    run = scene.incident.run(run_id) if run_id else None
    if run is None:
        return None
    return _before(scene, run) or _after(scene, run)


def _before(scene: Scene, run: Run) -> Message | None:
    name, page = f"*{run.id} {unmarked(title_of(run))}*", scene.places.run(scene.incident.ref, run.id)
    match scene.fact.what:
        case f.ProcedurePlanned(
            verdict=verdict, steps=steps, refusals=refusals, warnings=warnings, reasons=reasons
        ):
            lines = [f"{name} is planned: {VERDICTS.get(verdict, verdict)}. {page}"]
            lines += [quoted(unmarked(f"Refused: {one}")) for one in refusals]
            lines += [quoted(unmarked(f"Mind: {one}")) for one in warnings]
            lines += [quoted(unmarked(one)) for one in reasons[:3]]
            lines += [unmarked(f"{n}. {step.title}") for n, step in enumerate(steps[:MOST_SHOWN], 1)]
            lines += [f"… and {len(steps) - MOST_SHOWN} more"] if len(steps) > MOST_SHOWN else []
            return Message("\n".join(lines), offers=() if refusals else (_approve(run),))
        case f.ProcedureAgreed(person=person, override=override) if run.approved_at is None or override:
            why = f", although it is refused:\n{quoted(unmarked(override))}" if override else "."
            return Message(f"{mention(person)} says yes to {name}{why}")
        case f.ProcedureApproved(automatic=automatic) if automatic:
            return Message(f"{name} needs nobody's yes: {unmarked(automatic)}.")
        case f.ProcedureApproved(people=people):
            return Message(f"{name} is approved by {mentions(people)}.", offers=(_start(run),))
        case f.StepDone(step=id) if (step := run.step(id)) and step.step.hand == ANNOUNCE:
            said = step.step.inputs
            them = [mention(str(one)) for one in said.get("people", ())]
            return Message(" ".join([unmarked(str(said["text"])), *them]), loud=True)
        case f.ProcedureStarted():
            return Message(f"{scene.who} runs {name}. {page}", offers=(_stop(run),))
        case f.ProcedureResumed(reason=reason):
            return Message(f"{scene.who} has {name} go on: {unmarked(reason)} {page}", offers=(_stop(run),))
        case f.ProcedureWithdrawn(reason=reason):
            return Message(f"{scene.who} withdrew {name}: {unmarked(reason)}")
        case _:
            return None


def _after(scene: Scene, run: Run) -> Message | None:
    name = f"*{run.id} {unmarked(title_of(run))}*"
    match scene.fact.what:
        case f.ProcedureVerified(evidence=evidence):
            seen = quoted(unmarked(shown(evidence[-MOST_SHOWN:])))
            return Message(f"{name} is done and verified.\n{seen}", loud=True)
        case f.ProcedureFailed(why=why) as what:
            page = scene.places.run(scene.incident.ref, run.id)
            return Message(f"{name} failed: {unmarked(why)}\n{_left(what)}\nPeople decide: {page}", loud=True)
        case f.ProcedureStopped(why=why) as what:
            return Message(f"{name} ended: {unmarked(why)}\n{_left(what)}", loud=True)
        case f.UpdatersFrozen(target=target, updaters=updaters):
            names = unmarked(", ".join(updaters))
            return Message(
                f"Frozen for {unmarked(target)}: {names}. {scene.incident.ref} does not close before that is thawed."
            )
        case f.MergedWithoutReview(repository=repository, number=number, url=url):
            return Message(
                f"{unmarked(repository)}#{number} was merged without a review: somebody looks at it afterwards. {url}"
            )
        case f.BranchLocked(target=target, branch=branch):
            place = unmarked(f"{branch} of {target}")
            return Message(f"{place} is locked. {scene.incident.ref} does not close before it is unlocked.")
        case f.BranchUnlocked(target=target, branch=branch):
            place = unmarked(f"{branch} of {target}")
            return Message(f"{place} is unlocked: protected as it was before.", loud=True)
        case f.SchemaFoundDirty(schema=schema, version=version):
            end = f"{scene.incident.ref} does not end before it is clean."
            return Message(f"The schema of {unmarked(schema)} is dirty at version {version}. {end}")
        case f.SchemaFoundClean(schema=schema, version=version):
            return Message(f"The schema of {unmarked(schema)} is clean, at version {version}.")
        case f.UpdatersThawed(target=target):
            return Message(f"The updaters of {unmarked(target)} are on again.")
        case _:
            return None


def _left(what: f.ProcedureFailed | f.ProcedureStopped) -> str:
    """What stands, and what does not."""
    parts = (("Stands", what.stands), ("Not done", what.lacks))
    return "\n".join(quoted(unmarked(f"{label}:\n{listed(lines)}")) for label, lines in parts if lines)


def _approve(run: Run) -> Offer:
    return Offer("approve_run", "Approve and run", run.id, is_main=True)


def _start(run: Run) -> Offer:
    return Offer("start_run", "Run it", run.id, is_main=True)


def _stop(run: Run) -> Offer:
    return Offer("stop_run", "Stop", run.id)


LIVE_IN: Final = {"approve_run": states.PLANNED, "start_run": states.APPROVED, "stop_run": states.RUNNING}


def is_live(offer: Offer, incident: Incident) -> bool:
    """Whether a click on a run still makes sense."""
    run = incident.run(offer.about)
    return run is not None and run.state == LIVE_IN[offer.act] and run.stop is None
