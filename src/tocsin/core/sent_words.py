"""The words that go out for a work: those that a person wrote for it, else those that the handbook drafts."""

from __future__ import annotations

from tocsin.core.duties import Duty
from tocsin.core.facts import What
from tocsin.core.messages_duties import duty_draft
from tocsin.core.work import Desk, Work


def duty_of(work: Work, desk: Desk) -> Duty | None:
    """The duty that the work is for, as it stands now; None where it is for none."""
    return desk.duties.get(work.payload.get("duty", ""))


def fact_for(work: Work, desk: Desk) -> What | None:
    """The fact that the work tells of; None where the incident has none of that number."""
    number = work.payload.get("fact", "")
    found = (x.what for x in desk.incident.facts if str(x.n) == number)
    return next(found, None)


def words_for(work: Work, desk: Desk) -> str:
    """ "" where there are none."""
    duty = duty_of(work, desk)
    return work.payload.get("text") or (
        duty_draft(duty, desk.incident, desk.handbook, desk.places) if duty else ""
    )
