"""What the forms of an incident's page depend on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tocsin.acts.looks import Row, View
from tocsin.acts.procedures.views import Offered
from tocsin.core.asked import Task
from tocsin.core.case import Case
from tocsin.core.duties import OWED, Duty
from tocsin.core.people import Roster
from tocsin.doors.web.forms import Sheet

DISCHARGED_BY: Final = {
    "own": "owned",
    "acknowledge": "page_acknowledged",
    "next-steps": "next_steps_stated",
    "update": "update_posted",
    "rollback": "rollback_answered",
    "public": "public_words_approved",
    "log": "ops_log_written",
    "public-update": "public_update_approved",
    "report-task": "task_reported",
    "follow-up": "follow_up_filed",
    "follow-up-done": "follow_up_done",
    "plan-retrospective": "retrospective_planned",
    "held": "retrospective_held",
}
"""The kind of fact that each form leaves: a duty which that fact discharges is owed through the form."""
BESIDE: Final = {"no-follow-ups": "follow-up", "no-retrospective": "plan-retrospective"}
"""Forms that say no to what another one asks for: they stand beside it."""
GOES_OUT_AS: Final = {"issue_opened": "public_words_approved", "post_published": "public_words_approved"}
"""What goes out only after a person has approved it."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The incident, who looks at it, who there is, which other incidents are open, what keeps each person busy beside it, and
    which procedures are offered."""

    view: View
    me: str
    roster: Roster
    others: list[Row] = field(default_factory=list)
    busy: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    offered: tuple[Offered, ...] = ()

    @property
    def case(self) -> Case:
        return Case(self.view.incident, self.view.handbook, self.view.now, self.roster)

    @property
    def is_mine(self) -> bool:
        return bool(self.me) and self.view.incident.owner == self.me

    @property
    def warning(self) -> str:
        """What to know before anybody is asked for anything in a private incident; "" where all may know of it."""
        is_private = self.view.incident.private
        return "It is private: whoever you name here knows of it from then on." if is_private else ""

    @property
    def my_tasks(self) -> tuple[Task, ...]:
        return tuple(task for task in self.view.incident.asked.tasks if task.to == self.me)


def owed_at(scene: Scene, sheet: Sheet) -> float:
    """When this person has to have done what the form asks; 0 if they do not owe it."""
    kind = f"step:{sheet.about}" if sheet.act == "step" else DISCHARGED_BY.get(sheet.act)
    times = [
        duty.due_at.timestamp()
        for duty in scene.view.ledger
        if duty.state == OWED
        and scene.me in duty.owes
        and kind in _discharging(duty)
        and _is_about(duty, sheet)
    ]
    return min(times, default=0.0)


def _is_about(duty: Duty, sheet: Sheet) -> bool:
    return sheet.act == "step" or not sheet.about or duty.subject == sheet.about


def _discharging(duty: Duty) -> set[str]:
    return {GOES_OUT_AS.get(kind, kind) for kind in duty.rule.discharged_by}
