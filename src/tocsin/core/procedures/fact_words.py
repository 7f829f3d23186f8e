"""What the timeline says of procedures."""

from __future__ import annotations

from typing import Final

from tocsin.core import facts as f
from tocsin.core.procedures.words import VERDICTS, listed, shown, title_of, titled
from tocsin.core.teller import Tell, Teller, Words, quotes


def _run(t: Teller, id: str) -> str:
    """How a run is called: its number, and what it does."""
    run = t.incident.run(id)
    return f"{id} ({title_of(run)})" if run else id


def _step(t: Teller, run_id: str, step: str) -> str:
    run = t.incident.run(run_id)
    found = run.step(step) if run else None
    return f"{run_id}, {found.step.title if found else step}"


def _asked(t: Teller, who: str, what: f.ProcedureAsked) -> Words:
    given = "\n".join(f"{name}: {value}" for name, value in what.inputs.items())
    what_for = titled(what.procedure, what.target)
    return Words(
        f"{who} asks for the plan {what.run}: {what_for}", quotes(("Why", what.reason), ("Given", given))
    )


def _planned(t: Teller, who: str, what: f.ProcedurePlanned) -> Words:
    verdict = VERDICTS.get(what.verdict, what.verdict)
    said = quotes(
        ("Refused", listed(what.refusals)),
        ("Mind", listed(what.warnings)),
        ("Reasons", listed(what.reasons)),
        ("Steps", "\n".join(f"{n}. {one.title}" for n, one in enumerate(what.steps, 1))),
    )
    return Words(f"The plan {_run(t, what.run)}: {verdict}", said)


def _agreed(t: Teller, who: str, what: f.ProcedureAgreed) -> Words:
    return Words(
        f"{t.name(what.person)} says yes to {_run(t, what.run)}",
        quotes(("Although it is refused", what.override)),
    )


def _approved(t: Teller, who: str, what: f.ProcedureApproved) -> Words:
    if what.automatic:
        return Words(f"{_run(t, what.run)} needs nobody's yes", quotes(("Why", what.automatic)))
    return Words(f"{_run(t, what.run)} is approved by {t.names(what.people)}")


def _output(t: Teller, who: str, what: f.StepOutput) -> Words:
    cut = ("… and more, which is not kept",) if what.cut else ()
    return Words(_step(t, what.run, what.step), quotes(("", "\n".join((*what.lines, *cut)))))


def _done(t: Teller, who: str, what: f.StepDone) -> Words:
    said = quotes(("", what.said), ("Evidence", shown(what.evidence)))
    url = next((one.url for one in what.evidence if one.url), "")
    return Words(f"Done: {_step(t, what.run, what.step)}", said, url)


def _step_failed(t: Teller, who: str, what: f.StepFailed) -> Words:
    return Words(
        f"Failed: {_step(t, what.run, what.step)}", quotes(("Why", what.why), ("", "\n".join(what.details)))
    )


def _ended(line: str, what: f.ProcedureFailed | f.ProcedureStopped) -> Words:
    said = quotes(("What stands", listed(what.stands)), ("What was not done", listed(what.lacks)))
    return Words(f"{line}: {what.why}", said)


def _frozen(t: Teller, who: str, what: f.UpdatersFrozen) -> Words:
    return Words(f"Frozen for {what.target}: {', '.join(what.updaters)}")


def _thawed(t: Teller, who: str, what: f.UpdatersThawed) -> Words:
    return Words(
        f"Thawed for {what.target}: {', '.join(what.updaters) or 'all that ' + what.freeze + ' froze'}"
    )


def _locked(t: Teller, who: str, what: f.BranchLocked) -> Words:
    may = quotes(("May push", ", ".join([*what.people, f"the team {what.team}"])))
    return Words(f"Locked: {what.branch} of {what.target}", may)


PROCEDURE_WORDS: Final[dict[type[f.What], Tell]] = {
    f.ProcedureAsked: _asked,
    f.ProcedurePlanned: _planned,
    f.ProcedureAgreed: _agreed,
    f.ProcedureApproved: _approved,
    f.ProcedureStarted: lambda t, who, what: Words(f"{who} runs {_run(t, what.run)}"),
    f.StepOutput: _output,
    f.StepDone: _done,
    f.StepFailed: _step_failed,
    f.ProcedureVerified: lambda t, who, what: Words(
        f"Done and verified: {_run(t, what.run)}", quotes(("Evidence", shown(what.evidence)))
    ),
    f.ProcedureFailed: lambda t, who, what: _ended(f"{_run(t, what.run)} failed", what),
    f.ProcedureStopAsked: lambda t, who, what: Words(
        f"{who} stops {_run(t, what.run)}", quotes(("Why", what.reason))
    ),
    f.ProcedureStopped: lambda t, who, what: _ended(f"{_run(t, what.run)} ended", what),
    f.ProcedureResumed: lambda t, who, what: Words(
        f"{who} has {_run(t, what.run)} go on", quotes(("Why", what.reason))
    ),
    f.ProcedureWithdrawn: lambda t, who, what: Words(
        f"{who} withdrew {_run(t, what.run)}", quotes(("Why", what.reason))
    ),
    f.UpdatersFrozen: _frozen,
    f.MergedWithoutReview: lambda t, who, what: Words(
        f"Merged without a review: {what.repository}#{what.number}, "
        + (f"by {what.merged_by}" if what.merged_by else f"approved by {t.name(what.person)}"),
        quotes(("Why", what.why), ("Asked to look", ", ".join(what.asked))),
        what.url,
    ),
    f.UpdatersThawed: _thawed,
    f.BranchLocked: _locked,
    f.SchemaFoundDirty: lambda t, who, what: Words(
        f"The schema of {what.schema} is dirty at version {what.version}, as {_run(t, what.run)} saw"
    ),
    f.SchemaFoundClean: lambda t, who, what: Words(
        f"The schema of {what.schema} is clean, at version {what.version}"
    ),
    f.BranchUnlocked: lambda t, who, what: Words(
        f"Unlocked: {what.branch} of {what.target}, protected as it was before {what.lock}"
    ),
}
