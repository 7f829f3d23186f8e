"""What the thread says of procedures: the plan, a yes that is not enough, each failure and the end. How far a run is stands in its one
message (run_message.py), which is edited."""

from __future__ import annotations

from typing import Final

from tocsin.core import facts as f
from tocsin.core.incident import Incident
from tocsin.core.message_parts import Message, Offer, Scene, mention, quoted, unmarked
from tocsin.core.procedures import run as states
from tocsin.core.procedures.plan import ANNOUNCE
from tocsin.core.procedures.run import Run
from tocsin.core.procedures.run_message import MOST_SHOWN, approve, name_of, run_message
from tocsin.core.procedures.words import listed, shown, who_approves


def of_procedures(scene: Scene) -> Message | None:
    run_id = getattr(scene.fact.what, "run", "")
    run = scene.incident.run(run_id) if run_id else None
    if run is None:
        return None
    return _before(scene, run) or _after(scene, run)


def _before(scene: Scene, run: Run) -> Message | None:
    name, page = name_of(run), scene.places.run(scene.incident.ref, run.id)
    match scene.fact.what:
        case f.ProcedurePlanned():
            return run_message(scene, run)
        case f.ProcedureAgreed(person=person, override=override) if override:
            return Message(
                f"{mention(person)} says yes to {name}, although it is refused:\n{quoted(unmarked(override))}"
            )
        case f.ProcedureAgreed(person=person) if lacks := _lacked(scene, run):
            more = who_approves(scene.handbook.approval(run.procedure), lacks)
            words = f"{mention(person)} says yes to {name}. It still takes the yes of {more}."
            return Message(words, offers=(approve(run),))
        case f.StepDone(step=id) if (step := run.step(id)) and step.step.hand == ANNOUNCE:
            said = step.step.inputs
            them = [mention(str(one)) for one in said.get("people", ())]
            return Message(" ".join([unmarked(str(said["text"])), *them]), loud=True)
        case f.ProcedureResumed(reason=reason):
            return Message(f"{scene.who} has {name} go on: {unmarked(reason)} {page}")
        case _:
            return None


def _lacked(scene: Scene, run: Run) -> int:
    """How many had still to say yes with this fact, whatever came later."""
    until = scene.incident.facts[: scene.fact.n]
    agreed = [one for one in until if isinstance(one.what, f.ProcedureAgreed) and one.what.run == run.id]
    return max(0, scene.handbook.approval(run.procedure).persons - len(agreed))


def _after(scene: Scene, run: Run) -> Message | None:
    name = name_of(run)
    match scene.fact.what:
        case f.ProcedureVerified(evidence=evidence):
            seen = quoted(unmarked(shown(evidence[-MOST_SHOWN:])))
            if run.shows_nothing:
                words = f"{name} is done, and nothing is declared that shows that it took effect: look, and say whether it is rolled back."
                return Message(f"{words}\n{seen}", loud=True)
            return Message(f"{name} is done and verified.\n{seen}", loud=True)
        case f.ProcedureFailed(why=why) as what:
            page = scene.places.run(scene.incident.ref, run.id)
            return Message(f"{name} failed: {unmarked(why)}\n{_left(what)}\nPeople decide: {page}", loud=True)
        case f.ProcedureStopped(why=why) as what:
            return Message(f"{name} ended: {unmarked(why)}\n{_left(what)}", loud=True)
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
        case _:
            return None


def _left(what: f.ProcedureFailed | f.ProcedureStopped) -> str:
    """What stands, and what does not."""
    parts = (("Stands", what.stands), ("Not done", what.lacks))
    return "\n".join(quoted(unmarked(f"{label}:\n{listed(lines)}")) for label, lines in parts if lines)


LIVE_IN: Final = {"approve_run": states.PLANNED, "start_run": states.APPROVED, "stop_run": states.RUNNING}


def is_live(offer: Offer, incident: Incident) -> bool:
    """Whether a click on a run still makes sense."""
    run = incident.run(offer.about)
    return run is not None and run.state == LIVE_IN[offer.act] and run.stop is None
