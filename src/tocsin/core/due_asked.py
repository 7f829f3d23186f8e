"""What comes due of what people asked of each other: requests that nobody answered return, and a retrospective is told a day ahead."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from tocsin.core import facts as f
from tocsin.core.asked import ASKED
from tocsin.core.incident import Incident

AHEAD = timedelta(hours=24)
"""How long before a retrospective those who have not written yet are reminded."""


def asked_due(incident: Incident, now: datetime) -> Iterator[f.What]:
    """The facts that passing time alone brings about."""
    asked = incident.asked
    for task in asked.tasks:
        if task.state == ASKED and task.answer_by <= now:
            yield f.TaskReturned(task.id, f"no answer by {task.answer_by:%H:%M} UTC")
    if asked.handover and asked.handover.answer_by <= now:
        yield f.HandoverReturned(asked.handover.id, f"no answer by {asked.handover.answer_by:%H:%M} UTC")
    at, planned = _reminder_at(incident), asked.retrospective.planned
    if at and planned and at <= now < planned.starts_at:
        wrote = {person for person, _, _ in asked.retrospective.feedback}
        silent = tuple(person for person in planned.people if person not in wrote)
        yield f.RetrospectiveReminded(planned.meeting, planned.version, silent)


def next_asked_due(incident: Incident, now: datetime) -> datetime | None:
    """When `asked_due` has something next; None if nothing waits."""
    asked = incident.asked
    times = [task.answer_by for task in asked.tasks if task.state == ASKED]
    if asked.handover:
        times.append(asked.handover.answer_by)
    at, planned = _reminder_at(incident), asked.retrospective.planned
    if at and planned and now < planned.starts_at:
        times.append(at)
    return min(times, default=None)


def _reminder_at(incident: Incident) -> datetime | None:
    """A day ahead; None where it was done, or where the meeting was planned nearer than that."""
    one = incident.asked.retrospective
    if one.planned is None or one.held or one.reminded_of >= one.planned.version:
        return None
    at = one.planned.starts_at - AHEAD
    planned_at = max(x.at for x in incident.facts if x.what is one.planned)
    return at if planned_at < at else None
