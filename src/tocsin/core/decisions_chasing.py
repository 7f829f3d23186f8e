"""Who owes a duty asks for a while, and a page is handed up: what people do about being chased and paged.

As in `decisions.py`: each function says which facts it makes, or refuses with the reason.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from tocsin.core import facts as f
from tocsin.core import handbook as hb
from tocsin.core.case import Actor, Case, must_be_open, open_duty, somebody
from tocsin.core.due import chase_after
from tocsin.core.due_paging import people_of
from tocsin.core.duties import Duty
from tocsin.core.incident import Incident
from tocsin.core.words import needed
from tocsin.errors import Conflict, Forbidden

A_WHILE: Final = timedelta(minutes=15)
LEAST: Final = timedelta(minutes=1)
"""Less than this is not worth asking for."""


def snooze(case: Case, actor: Actor, duty_id: str, reason: str) -> list[f.What]:
    """Ask for a while: once a duty, by who owes it, with a reason, and never past the page to the next people."""
    person = somebody(actor, "ask for a while")
    duty = open_duty(case, duty_id)
    if person not in duty.owes:
        owers = ", ".join(case.name(one) for one in duty.owes) or "nobody yet"
        raise Forbidden(f"Only who owes {duty_id} can ask for a while: {owers}")
    if duty.quiet_until:
        raise Conflict(
            f"A while was asked for {duty_id} already, until {duty.quiet_until:%H:%M} UTC; it can be had once"
        )
    if chase_after(case.incident, duty, duty.chased) is None:
        raise Conflict(f"Nothing chases {duty_id} any more, so there is nothing to put off")
    reason = needed(reason, field="reason", why="say why it takes longer; everybody reads it in the thread")
    until = quiet_until(case.incident, duty, case.now)
    if until - case.now < LEAST:
        raise Conflict(
            f"The next people are paged for {duty_id} at {until:%H:%M} UTC, and that is not put off"
        )
    return [f.DutySnoozed(duty_id, reason, until)]


def quiet_until(incident: Incident, duty: Duty, now: datetime) -> datetime:
    """Until when a duty would be left in peace: a while, or less where the next people are to be paged before that."""
    times = [duty.due_at + step.after for step in duty.rule.late[duty.chased :] if step.do == hb.PAGE_NEXT]
    again = chase_after(incident, duty, duty.chased)
    if duty.chased >= len(duty.rule.late) and again and again[1] == hb.PAGE_NEXT:
        times.append(again[0])
    return min([now + A_WHILE, *times])


def escalate(case: Case, actor: Actor) -> list[f.What]:
    """Take the next step of the policy now, without waiting for its time. Conflict if there is none left."""
    must_be_open(case)
    incident = case.incident
    last = last_step(incident)
    who = case.name(actor.person) if actor.person else actor.by
    why = f"{who} hands it up"
    is_answered = incident.alert.is_answered
    gaps: list[f.What] = []
    stages = incident.alert.stamped.stages
    for step in range(last + 1, len(stages)):
        everyone = people_of(stages[step], case.look, case.now)
        reached = tuple(one for one in everyone if not case.look.why_not(one, case.now))
        people = tuple(one for one in reached if one != actor.person) or reached
        if people:
            # Once somebody has answered, the escalation itself stands still: then it is a page beside it.
            return [*gaps, f.Paged(people, step, why, by_hand=is_answered)]
        if not is_answered:
            targets = ", ".join(target.written for target in stages[step].to)
            gaps.append(f.NobodyToPage(step, f"{targets} is nobody that can be reached at the moment"))
    if gaps:
        return gaps
    names = ", ".join(case.name(one) for one in incident.alert.people) or "nobody"
    raise Conflict(
        f"Every step of the escalation of {incident.ref} was taken; the last reached {names}. "
        f"Page others by name: page {incident.ref} PERSON"
    )


def last_step(incident: Incident) -> int:
    """The step of the policy that was taken last since the incident was (last) opened, by itself or by hand; -1 if none was."""
    last = -1
    for fact in incident.facts:
        match fact.what:
            case f.Reopened():
                last = -1
            case f.Paged(step=step) | f.NobodyToPage(step=step):
                last = max(last, step)
            case _:
                continue
    return last


def may_escalate(incident: Incident) -> bool:
    """Whether there is a further step to take."""
    return incident.is_open and last_step(incident) + 1 < len(incident.alert.stamped.stages)
