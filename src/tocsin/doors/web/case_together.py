"""What an incident's page shows of what people ask of each other, and of what is learned."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from tocsin.core.asked import FollowUp, Task
from tocsin.doors.web.forms import Sheet, Trouble, refilled
from tocsin.doors.web.offers_asking import Ask, asked_of_me, task_sheets
from tocsin.doors.web.offers_learning import follow_up_sheets
from tocsin.doors.web.scene import Scene, owed_at


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task, and the forms that stand beside it. `mark` is the name under which the style sheet knows its state."""

    task: Task
    mark: str
    sheets: tuple[Sheet, ...]


@dataclass(frozen=True, slots=True)
class FollowUpRow:
    follow_up: FollowUp
    sheets: tuple[Sheet, ...]


MARKS = {"asked": "duty", "accepted": "duty", "done": "met", "returned": "overdue", "declined": "overdue"}


def together(scene: Scene, trouble: Trouble | None, *, may_act: bool) -> dict[str, Any]:
    """The parts of the page, with what was typed where the trouble concerns it."""
    asked = scene.view.incident.asked
    return {
        "asks": [_refilled(ask, trouble) for ask in asked_of_me(scene)] if may_act else [],
        "handover": asked.handover,
        "tasks": [
            TaskRow(task, MARKS.get(task.state, ""), _filled(task_sheets(scene, task), trouble, may_act))
            for task in asked.tasks
        ],
        "follow_ups": [
            FollowUpRow(one, _owing(scene, _filled(follow_up_sheets(one), trouble, may_act)))
            for one in asked.follow_ups
        ],
        "retrospective": asked.retrospective,
    }


def sheets_of(parts: dict[str, Any]) -> list[Sheet]:
    """Every form in these parts."""
    rows = [sheet for row in (*parts["tasks"], *parts["follow_ups"]) for sheet in row.sheets]
    return [*(sheet for ask in parts["asks"] for sheet in (ask.accept, ask.decline)), *rows]


def _filled(sheets: tuple[Sheet, ...], trouble: Trouble | None, may_act: bool) -> tuple[Sheet, ...]:
    return tuple(refilled(sheet, trouble) for sheet in sheets) if may_act else ()


def _owing(scene: Scene, sheets: tuple[Sheet, ...]) -> tuple[Sheet, ...]:
    return tuple(replace(sheet, owed=bool(owed_at(scene, sheet))) for sheet in sheets)


def _refilled(ask: Ask, trouble: Trouble | None) -> Ask:
    return replace(ask, accept=refilled(ask.accept, trouble), decline=refilled(ask.decline, trouble))
