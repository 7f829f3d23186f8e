"""What follows from what hands saw and did: the plan as a fact, the end of a step, and with the last one the end of the run.

Pure; words from outside are cleaned first: `strike` takes secrets out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from tocsin.core import facts as f
from tocsin.core.procedures.hands import JSON, Done, Evidence, Failed, Step
from tocsin.core.procedures.plan import LOOK_AGAIN, REFUSED, Plan, Procedure, Question, refused
from tocsin.core.procedures.run import Run
from tocsin.core.work import Refused

Strike = Callable[[str], str]
Fact = TypeVar("Fact", f.ProcedurePlanned, f.StepDone, f.StepFailed, f.PlannedStep, f.SeenOutside)
MOST_LINES, MOST_BYTES = 200, 64 * 1024
"""How much of a step's output is kept."""
LONGEST_LINE: Final = 2000
LOOK_AGAIN_ID: Final = "look-again"
NOTHING_TO_DO: Final = "there is nothing to do"
NO_EVIDENCE: Final = "it says that it is done, and shows nothing for it"


def planned(
    question: Question, plan: Plan, seen: Mapping[str, Mapping[str, JSON]], strike: Strike
) -> f.ProcedurePlanned:
    """The plan as a fact. Every run begins with a second look."""
    steps = [
        f.PlannedStep(one.id, one.hand, one.title, plain(one.inputs), one.watches, one.undo)
        for one in plan.steps
    ]
    if not steps and not plan.refusals:
        plan = refused(NOTHING_TO_DO, reasons=plan.reasons, warnings=plan.warnings)
    if steps:
        again = f.PlannedStep(
            LOOK_AGAIN_ID, LOOK_AGAIN, "Look again: nothing may have moved since it was planned"
        )
        steps.insert(0, again)
    verdict = REFUSED if plan.refusals else plan.verdict
    fact = f.ProcedurePlanned(
        question.run,
        tuple(steps),
        verdict,
        plan.reasons,
        plan.refusals,
        plan.warnings,
        plan.overridable,
        {id: plain(values) for id, values in seen.items()},
    )
    return cleaned(fact, strike)


def planned_in_vain(run: Run, why: str, strike: Strike) -> f.ProcedurePlanned:
    """No plan can be made: what is in the way is said."""
    return cleaned(f.ProcedurePlanned(run.id, (), REFUSED, refusals=(why,)), strike)


def moved(run: Run, again: f.ProcedurePlanned) -> list[str]:
    """What is not as it was when people approved; empty where the plan still holds."""
    old = run.plan
    assert old is not None
    said = [one for one in again.refusals if one not in old.refusals]
    said += [one for one in again.warnings if one not in old.warnings]
    if not said and again.steps != old.steps:
        was = {step.id: step for step in old.steps}
        other = [step.title for step in again.steps if was.get(step.id) != step]
        said.append(
            f"what would have to be done is another now: {'; '.join(other) or 'less than was planned'}"
        )
    return said


def step_of(planned: f.PlannedStep) -> Step:
    """The step as its hand takes it."""
    return Step(planned.id, planned.hand, planned.title, planned.inputs, planned.watches, planned.undo)


def after_step(
    run: Run,
    ref: str,
    step: str,
    outcome: Done | Failed | Refused,
    procedure: Procedure | None,
    strike: Strike,
    stopper: str = "",
) -> list[f.What]:
    """The facts that end a step and, with the last one or a failure, the run. `stopper` is who pressed stop, as people are called."""
    if isinstance(outcome, Done) and outcome.evidence:
        done = f.StepDone(
            run.id, step, outcome.said, _evidence(outcome.evidence), _outputs(run, step, outcome.outputs)
        )
        done = cleaned(done, strike)
        left = [*_frozen(run, done), *_thawed(run, done), *_locked(run, done), *_unlocked(run, done)]
        return [done, *left, *_exception(run, done), *_verified(run, ref, done, procedure)]
    failed = Failed(NO_EVIDENCE) if isinstance(outcome, Done) else outcome
    details = tuple(failed.details) if isinstance(failed, Failed) else ()
    why = cleaned(f.StepFailed(run.id, step, failed.why, details), strike)
    title = next((one.step.title for one in run.steps if one.id == step), step)
    if run.stop:
        return [why, stopped(run, stopper)]
    return [why, f.ProcedureFailed(run.id, f"{title}: {why.why}", run.stands, run.lacks)]


def stopped(run: Run, by: str) -> f.ProcedureStopped:
    """It ends before its next step, as somebody asked."""
    reason = f": {run.stop.reason}" if run.stop and run.stop.reason else ""
    return f.ProcedureStopped(run.id, f"{by} stopped it{reason}", run.stands, run.lacks)


def output(run: Run, step: str, lines: Sequence[str], strike: Strike) -> f.StepOutput | None:
    """The lines that may still be kept of a step; None where no more are."""
    progress = run.step(step)
    if progress is None or progress.cut or not lines:
        return None
    have = sum(len(line.encode()) for line in progress.output)
    kept: list[str] = []
    for line in lines:
        text = clean(line, strike)[:LONGEST_LINE]
        have += len(text.encode())
        if len(progress.output) + len(kept) >= MOST_LINES or have > MOST_BYTES:
            return f.StepOutput(run.id, step, tuple(kept), cut=True)
        kept.append(text)
    return f.StepOutput(run.id, step, tuple(kept))


def _verified(run: Run, ref: str, done: f.StepDone, procedure: Procedure | None) -> list[f.What]:
    if any(not one.done and one.id != done.step for one in run.steps):
        return []
    evidence = tuple(x for one in run.steps if one.done for x in one.done.evidence) + done.evidence
    facts: list[f.What] = [f.ProcedureVerified(run.id, evidence)]
    # What nothing shows is not claimed: somebody looks, and answers.
    if procedure and procedure.rolls_back and not run.shows_nothing:
        facts.append(f.RollbackAnswered(True, _how(run, ref, evidence)))
    return facts


def _thawed(run: Run, done: f.StepDone) -> list[f.What]:
    """A freeze is over with the last step that takes a part of it back, whatever is watched after that."""
    thawing = [one for one in run.steps if "thaws" in one.step.inputs]
    if not any(one.id == done.step for one in thawing):
        return []
    if any(not one.done and one.id != done.step for one in thawing):
        return []
    named = (one.step.inputs["thaws"] for one in thawing)
    freezes = dict.fromkeys(str(id) for some in named for id in (some if isinstance(some, list) else [some]))
    return [f.UpdatersThawed(run.id, run.target, freeze) for freeze in freezes]


def _how(run: Run, ref: str, evidence: Iterable[f.SeenOutside]) -> str:
    seen = "; ".join(f"{one.what}: {one.value}" for one in evidence)
    return f"{run.target} was rolled back by {ref}/{run.id}. {seen}"[:4000]


def _frozen(run: Run, done: f.StepDone) -> list[f.What]:
    """The first step that switches updaters off makes the freeze; later ones of the run add to it."""
    names = tuple(str(one) for one in done.outputs.get("frozen", ()))
    is_first = not any(one.done and one.done.outputs.get("frozen") for one in run.steps)
    return [f.UpdatersFrozen(run.id, run.target, run.id, names)] if names and is_first else []


def _locked(run: Run, done: f.StepDone) -> list[f.What]:
    """A branch that only some may push to from here on."""
    said = done.outputs.get("locked")
    if not isinstance(said, dict):
        return []
    people = tuple(str(one) for one in said.get("users", ()))
    team = ", ".join(str(one) for one in said.get("teams", ()))
    return [f.BranchLocked(run.id, run.target, str(said.get("branch", "")), run.id, people, team)]


def _unlocked(run: Run, done: f.StepDone) -> list[f.What]:
    """It is protected again as before that lock."""
    step = next(one.step for one in run.steps if one.id == done.step)
    lock, branch = str(step.inputs.get("unlocks", "")), str(step.inputs.get("branch", ""))
    return [f.BranchUnlocked(run.id, run.target, branch, lock)] if lock else []


def _exception(run: Run, done: f.StepDone) -> list[f.What]:
    """What was merged without a review leaves a record, so that somebody looks at it afterwards."""
    said = done.outputs.get("exception")
    if not isinstance(said, dict):
        return []
    number, asked = said.get("pull_request"), said.get("asked")
    return [
        f.MergedWithoutReview(
            run.id,
            str(said.get("repository", "")),
            number if isinstance(number, int) else 0,
            str(said.get("url", "")),
            run.agreed[-1] if run.agreed else run.asked_by,
            run.reason,
            tuple(str(one) for one in asked) if isinstance(asked, list) else (),
            str(said.get("merged_by", "")),
        )
    ]


def _outputs(run: Run, step: str, outputs: Any) -> Any:
    """What a step left; one that froze something by its name alone says so as all others do, unless it found nothing to hold."""
    planned = run.step(step)
    name = planned.step.inputs.get("freezes_as") if planned and outputs.get("held", True) else None
    return plain(outputs) | ({"frozen": [name]} if name else {})


def _evidence(found: Iterable[Evidence]) -> tuple[f.SeenOutside, ...]:
    return tuple(f.SeenOutside(one.what, one.value, one.url) for one in found)


def plain(value: Any) -> Any:
    """As JSON has it: dictionaries and lists, whatever kind of mapping or sequence they were."""
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    if isinstance(value, float):
        return str(value)
    return value


def cleaned(fact: Fact, strike: Strike) -> Fact:
    """The fact with every text in it cleaned. What hands look at and leave for each other stays as it is but for secrets."""
    names = type(fact).__dataclass_fields__
    return type(fact)(**{name: _cleaned(getattr(fact, name), strike) for name in names})


def _cleaned(value: Any, strike: Strike) -> Any:
    if isinstance(value, str):
        return clean(value, strike)
    if isinstance(value, tuple):
        return tuple(_cleaned(one, strike) for one in value)
    if isinstance(value, Mapping):
        return _struck(value, strike)
    if isinstance(value, f.PlannedStep):
        return cleaned(value, strike)
    return cleaned(value, strike) if isinstance(value, f.SeenOutside) else value


def _struck(value: Any, strike: Strike) -> Any:
    if isinstance(value, Mapping):
        return {_struck(name, strike): _struck(one, strike) for name, one in value.items()}
    if isinstance(value, list):
        return [_struck(one, strike) for one in value]
    return strike(_fit(value)) if isinstance(value, str) else value


def clean(text: str, strike: Strike) -> str:
    """Without secrets, without what a terminal obeys, and such that the database can keep it."""
    return strike("".join(sign for sign in _fit(text) if sign in "\n\t\u00a0" or sign.isprintable()))


def _fit(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode()
