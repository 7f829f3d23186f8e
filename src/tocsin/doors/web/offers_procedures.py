"""The forms of procedures: having one planned, from the incident's page; and what can be done with a run, from its own."""

from __future__ import annotations

from collections.abc import Iterator

from tocsin.core.facts_deploys import RevertibilityJudged
from tocsin.core.procedures import run as states
from tocsin.core.procedures.decisions import NOT_BEGUN
from tocsin.core.procedures.names import LOCK_BRANCH, ROLL_BACK, UNLOCK_BRANCH
from tocsin.core.procedures.plan import Asked
from tocsin.core.procedures.run import Run
from tocsin.core.procedures.words import TITLES
from tocsin.doors.web.forms import CHOICE, TEXT, Field, Sheet
from tocsin.doors.web.scene import Scene

FIRST = f"procedure-{ROLL_BACK}"
"""The form that stands before all others while the incident is open."""
PREFIX = "given_"
"""Sets what a procedure asks for apart from the form's own fields."""


def plan_sheets(scene: Scene) -> Iterator[Sheet]:
    """A form for each procedure that something is declared for; the most likely target is chosen."""
    for one in scene.offered:
        procedure = one.procedure
        if not (scene.view.incident.is_open or procedure.after_end):
            continue
        likely = _likely(scene, procedure.id)
        targets = sorted(one.targets, key=lambda target: target != likely)
        fields = (
            Field("target", "What?", CHOICE, options=tuple((name, name) for name in targets), must=True),
            *(_asked(field) for field in procedure.fields),
            Field(
                "reason", "Why?", TEXT, rows=2, must=True, help="It stands in the commit, and people read it."
            ),
        )
        title = f"{TITLES.get(procedure.id, procedure.title)} …"
        note = "Only planned: you see exactly what would be done, and nothing is done before it is approved."
        yield Sheet("procedure", title, "Plan it", fields, procedure.id, help=note)


def _likely(scene: Scene, procedure: str) -> str:
    """The target whose deploy most likely brought it."""
    if procedure == UNLOCK_BRANCH:
        return next((one.target for one in scene.view.incident.locks), "")
    if procedure == LOCK_BRANCH:
        return next((one.repository for one in scene.view.incident.builds), "")
    if procedure != ROLL_BACK:
        return next((one.target for one in scene.view.incident.freezes), "")
    near: list[RevertibilityJudged] = [one for one in scene.view.incident.verdicts if one.is_near]
    return near[0].target if near else ""


def _asked(one: Asked) -> Field:
    kind = TEXT if one.long else "line"
    return Field(f"{PREFIX}{one.name}", one.label, kind, must=one.must, help=one.help, rows=2)


def run_sheets(run: Run) -> Iterator[Sheet]:
    """What can be done with a run now, the most likely first."""
    if run.state == states.PLANNED and run.plan:
        yield from _approving(run)
    if run.state == states.APPROVED:
        yield Sheet("run", "Run it", "Run it")
    if run.is_under_way and not run.stop:
        why = Field("reason", "Why?", TEXT, rows=2)
        yield Sheet("stop", "Stop", "Stop at the next safe point", (why,), danger=True)
    if run.state in (states.FAILED, states.STOPPED):
        what = Field("reason", "What was mended, or why may it go on?", TEXT, rows=2, must=True)
        yield Sheet("go-on", "Go on with the step that it ended at …", "Go on", (what,))
    if run.state in NOT_BEGUN:
        why = Field("reason", "Why is it not to be done?", TEXT, rows=2, must=True)
        yield Sheet("withdraw", "Withdraw it …", "Withdraw it", (why,), danger=True)


def _approving(run: Run) -> Iterator[Sheet]:
    assert run.plan is not None
    if not run.plan.refusals:
        yield Sheet("approve-and-run", "Approve and run", "Approve and run")
        yield Sheet("approve", "Approve only", "Approve only")
    elif run.plan.overridable:
        why = Field("override", "Why is it done although it is refused?", TEXT, rows=3, must=True)
        yield Sheet("approve-and-run", "Do it all the same …", "Override and run", (why,), danger=True)
