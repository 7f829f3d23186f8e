"""Makes the answers about what people ask of each other, and about what is learned."""

from __future__ import annotations

from typing import Any

from tocsin.core.asked import FollowUp, Task
from tocsin.core.facts import RetrospectivePlanned
from tocsin.core.incident import Incident
from tocsin.core.places import Places
from tocsin.doors.api import told_together as told


def together(incident: Incident, places: Places) -> dict[str, Any]:
    """The parts of an incident's answer that tell of them."""
    asked, outside = incident.asked, incident.alert.outside
    return {
        "tasks": [_task(task) for task in asked.tasks],
        "handover": told.Handover.model_validate(asked.handover) if asked.handover else None,
        "steps": [
            told.Step(step=one.step, title=one.title, values=dict(one.values), url=one.url or None)
            for one in incident.steps
        ],
        "follow_ups": [_follow_up(one) for one in asked.follow_ups],
        "retrospective": told.Retrospective(**retrospective(incident, places)),
        "pager": told.Pager(via=outside.via, alert=outside.alert, url=outside.url or None)
        if outside
        else None,
    }


def retrospective(incident: Incident, places: Places) -> dict[str, Any]:
    one = incident.asked.retrospective
    planned = one.planned
    return {
        "url": places.retrospective(incident.ref),
        "planned": _meeting(planned) if planned else None,
        "declined": one.declined.reason if one.declined else None,
        "held": one.held.text if one.held else None,
        "feedback": [told.Feedback(by=by, section=section, text=text) for by, section, text in one.feedback],
    }


def _follow_up(one: FollowUp) -> told.FollowUp:
    return told.FollowUp(
        id=one.id,
        title=one.title,
        text=one.text,
        to=one.to,
        repository=one.repository or None,
        number=one.number or None,
        url=one.url or None,
        done_at=one.done_at,
        how=one.how or None,
    )


def _task(task: Task) -> told.Task:
    return told.Task(
        id=task.id,
        to=task.to,
        text=task.text,
        by=task.by,
        asked_at=task.asked_at,
        answer_by=task.answer_by,
        state=task.state,
        said=task.said or None,
    )


def _meeting(planned: RetrospectivePlanned) -> told.Meeting:
    return told.Meeting(
        starts_at=planned.starts_at,
        minutes=planned.minutes,
        people=list(planned.people),
        reason=planned.reason or None,
        version=planned.version,
    )
