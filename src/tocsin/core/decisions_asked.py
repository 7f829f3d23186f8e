"""What people ask of each other: a task, or to take the whole over. Each function gives the facts, or refuses with the reason.

Nobody is given anything in silence: who was asked answers for themself, and until then it is the owner's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from tocsin.core import facts as f
from tocsin.core.asked import ACCEPTED, ASKED, Handover, Task
from tocsin.core.case import Actor, Case, must_be_open, must_have_owner, somebody
from tocsin.core.handbook import EACH
from tocsin.core.people import Roster, is_at_work
from tocsin.core.words import needed, text_of
from tocsin.errors import Conflict, Forbidden, Invalid, NotFound

MANY = 3
"""More people than these should not be taken from their work for one incident (or from their sleep)."""
ANSWER_WITHIN = timedelta(minutes=10)
"""How long somebody may take to answer, where no duty of the handbook says it."""
LONGEST = 2000
Busy = Mapping[str, tuple[str, ...]]
"""By handle: what else keeps this person busy, in words."""


def warnings_about(case: Case, person: str, roster: Roster, busy: Busy) -> tuple[str, ...]:
    """What the one who asks should know of this person first: off duty, interrupted already, or one too many."""
    incident, name = case.incident, roster.name(person)
    warnings = []
    known = roster.people.get(person)
    if known and person not in roster.on_call and is_at_work(known, case.now) is False:
        warnings.append(f"{name} is off duty now ({known.hours}, {known.zone})")
    warnings += [f"{name} {what}" for what in busy.get(person, ())]
    mine = [task for task in incident.asked.tasks if task.to == person and task.is_theirs]
    if mine:
        warnings.append(f"{name} has {', '.join(task.id for task in mine)} in {incident.ref} already")
    interrupted = _interrupted(case) | {person}
    if len(interrupted) > MANY:
        warnings.append(f"{len(interrupted)} people would be taken from their work by {incident.ref}")
    return tuple(warnings)


def delegate(case: Case, actor: Actor, to: str, text: str, roster: Roster, busy: Busy) -> list[f.What]:
    """The owner asks somebody to do something. They are told on every channel, and answer; it preempts their other work."""
    person = may_delegate(case, actor, roster)
    to = _one_of(roster, to)
    if to == person:
        raise Invalid("That is you: a task goes to somebody else", field="to")
    text = needed(text, field="text", why="say what they are to do", longest=LONGEST)
    for one in case.incident.asked.tasks:
        if (one.to, one.text) == (to, text) and one.is_theirs:
            raise Conflict(f"{one.id} asks {roster.name(to)} for just that", field="text")
    number = len(case.incident.asked.tasks) + 1
    warnings = warnings_about(case, to, roster, busy)
    return [f.TaskDelegated(f"T{number}", to, text, _answer_by(case, "task_accepted"), warnings)]


def may_delegate(case: Case, actor: Actor, roster: Roster) -> str:
    """Who may: the owner alone. Refuses everybody else, with the way."""
    person = somebody(actor, "delegate a task")
    must_be_open(case)
    must_have_owner(case, "a task is the owner's to delegate")
    if case.incident.owner != person:
        owner = roster.name(case.incident.owner)
        raise Forbidden(
            f"Tasks are the owner's to delegate: speak with {owner}, or take {case.incident.ref} over"
        )
    return person


def accept_task(case: Case, actor: Actor, task_id: str) -> list[f.What]:
    """Whoever was asked takes it on. Twice changes nothing."""
    task = _task(case, task_id)
    _must_be(actor, task.to, f"answer for {task.id}")
    if task.state == ACCEPTED:
        return []
    _must_wait(task)
    return [f.TaskAccepted(task.id, actor.person)]


def decline_task(case: Case, actor: Actor, task_id: str, reason: str = "") -> list[f.What]:
    """Whoever was asked can't do it (now): it is the owner's again, at once. Also after they had accepted it."""
    task = _task(case, task_id)
    _must_be(actor, task.to, f"answer for {task.id}")
    if not task.is_theirs:
        raise Conflict(f"{task.id} is {task.state} already")
    return [f.TaskDeclined(task.id, actor.person, text_of(reason, field="reason", longest=LONGEST))]


def report_task(case: Case, actor: Actor, task_id: str, text: str) -> list[f.What]:
    """The task is done: what was tried, and what came of it."""
    task = _task(case, task_id)
    _must_be(actor, task.to, f"report on {task.id}")
    text = needed(text, field="text", why="say what you tried, and what came of it", longest=LONGEST)
    if not task.is_theirs:
        raise Conflict(f"{task.id} is {task.state} already; say it in the thread, or as a note")
    # Who reports a result has accepted, whatever button was pressed.
    accepted: list[f.What] = [f.TaskAccepted(task.id, actor.person)] if task.state == ASKED else []
    return [*accepted, f.TaskReported(task.id, text)]


def withdraw_task(case: Case, actor: Actor, task_id: str, reason: str) -> list[f.What]:
    """It need not be done any more, says the owner."""
    person = somebody(actor, "withdraw a task")
    task = _task(case, task_id)
    if person not in (case.incident.owner, task.by):
        raise Forbidden(f"{task.id} is the owner's to withdraw")
    if not task.is_theirs:
        raise Conflict(f"{task.id} is {task.state} already")
    return [f.TaskWithdrawn(task.id, needed(reason, field="reason", why="say why it need not be done"))]


def hand_over(case: Case, actor: Actor, to: str, summary: str, roster: Roster, busy: Busy) -> list[f.What]:
    """The owner asks somebody to own it instead. `to` may be `on-call`. Until they accept, nothing changes."""
    person = may_hand_over(case, actor, roster)
    to = _successor(roster, person, to)
    summary = text_of(summary, field="summary", longest=LONGEST)
    warnings = warnings_about(case, to, roster, busy)
    number = case.incident.asked.handovers + 1
    return [f.HandoverAsked(f"H{number}", to, summary, _answer_by(case, "handover_accepted"), warnings)]


def may_hand_over(case: Case, actor: Actor, roster: Roster) -> str:
    """Who may: the owner alone, and to one person at a time."""
    person = somebody(actor, "hand an incident over")
    must_be_open(case)
    must_have_owner(case, "only its owner can hand it over")
    incident = case.incident
    if incident.owner != person:
        owner = roster.name(incident.owner)
        raise Forbidden(
            f"{incident.ref} is {owner}'s to hand over; to take it over from them, own it yourself"
        )
    if incident.asked.handover:
        asked = roster.name(incident.asked.handover.to)
        raise Conflict(
            f"{asked} was asked already and may answer until {incident.asked.handover.answer_by:%H:%M} UTC"
        )
    return person


def accept_handover(case: Case, actor: Actor, handover_id: str = "") -> list[f.What]:
    """Whoever was asked owns it from now on, and who owned it is released. `handover_id` is the request that they answer."""
    must_be_open(case)
    person = somebody(actor, "accept a handover")
    if case.incident.owner == person:
        return []
    handover = _handover(case, handover_id)
    _must_be(actor, handover.to, "accept the handover")
    return [f.HandoverAccepted(handover.id, person, case.incident.owner), f.Owned(person)]


def decline_handover(case: Case, actor: Actor, reason: str = "", handover_id: str = "") -> list[f.What]:
    """Whoever was asked can't: the owner stays the owner."""
    handover = _handover(case, handover_id)
    _must_be(actor, handover.to, "decline the handover")
    return [f.HandoverDeclined(handover.id, actor.person, text_of(reason, field="reason", longest=LONGEST))]


def release(case: Case, actor: Actor) -> list[f.What]:
    """An owner can't just leave: an incident without one is nobody's."""
    person = somebody(actor, "leave an incident")
    must_be_open(case)
    if case.incident.owner != person:
        raise Conflict(f"You do not own {case.incident.ref}")
    raise Conflict(
        f"You own {case.incident.ref} until somebody else has accepted it: hand it over (to on-call, or to a person)"
    )


def _interrupted(case: Case) -> set[str]:
    incident = case.incident
    return {task.to for task in incident.asked.tasks if task.is_theirs} | ({incident.owner} - {""})


def _answer_by(case: Case, discharging: str) -> datetime:
    """Until when an answer is owed, as the handbook's duty of the one who is asked says."""
    spans = [
        case.handbook.within(rule, case.incident.severity)
        for rule in case.handbook.rules
        if discharging in rule.discharged_by and rule.per == EACH
    ]
    return case.now + min(spans, default=ANSWER_WITHIN)


def _one_of(roster: Roster, to: str) -> str:
    to = to.strip().lower().removeprefix("@").removeprefix("person:")
    if to not in roster.people:
        known = ", ".join(roster.people) or "none yet"
        raise NotFound(f"Nobody is called {to or '(nothing)'}; known are: {known}", field="to")
    return to


def _successor(roster: Roster, owner: str, to: str) -> str:
    if to.strip().lower() in ("on-call", "oncall", "on call"):
        others = [handle for handle in roster.on_call if handle != owner]
        if not others:
            who = "you are on call yourself" if owner in roster.on_call else "nobody is on call"
            raise Conflict(f"There is nobody to hand it to: {who}. Name a person", field="to")
        return others[0]
    to = _one_of(roster, to)
    if to == owner:
        raise Invalid("That is you: hand it over to somebody else", field="to")
    return to


def _task(case: Case, id: str) -> Task:
    task = case.incident.asked.task(id.strip().upper())
    if task is None:
        known = ", ".join(one.id for one in case.incident.asked.tasks) or "none"
        raise NotFound(f"{case.incident.ref} has no task {id}; it has: {known}", field="task")
    return task


def _handover(case: Case, id: str = "") -> Handover:
    """The one that waits. An old button answers no later request."""
    handover = case.incident.asked.handover
    if handover is None:
        raise Conflict(f"Nobody is asked to take {case.incident.ref} over (any more)")
    if id and id.strip().upper() != handover.id:
        raise Conflict(f"{id} waits for no answer any more; {handover.id} does")
    return handover


def _must_wait(task: Task) -> None:
    if task.state != ASKED:
        raise Conflict(f"{task.id} is {task.state} already: ask the owner whether they still need you")


def _must_be(actor: Actor, person: str, deed: str) -> None:
    if somebody(actor, deed) != person:
        raise Forbidden(f"Only {person}, who was asked, can {deed}")
