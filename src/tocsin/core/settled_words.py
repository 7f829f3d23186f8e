"""How it stands with what a message asked for: what it is rewritten to, so that none asks for what nobody owes any more."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.core import asked as states
from tocsin.core import facts as f
from tocsin.core.asked import FollowUp, Task
from tocsin.core.duties import MISSED, OWED, WAIVED, Duty
from tocsin.core.incident import Incident
from tocsin.core.message_parts import Message, Offer, clock, mention
from tocsin.core.messages_asked import answers_to
from tocsin.core.messages_duties import offers_of
from tocsin.core.plan_asked import is_of_no_duty


def message_about(incident: Incident, message: str) -> str:
    """What the message with this id (the provider's) was for: a duty, task, handover or follow-up; "" for a page for the incident."""
    for fact in reversed(incident.facts):
        match fact.what:
            case f.PageDelivered(message=id, duty=about) | f.MessageDelivered(message=id, about=about) if (
                id == message
            ):
                return about
    return ""


def how_it_stands(incident: Incident, duties: Iterable[Duty], about: str) -> Message:
    """In words, with the clicks that still make sense."""
    duty = next((duty for duty in duties if duty.id == about), None)
    if duty and not _is_of_people(incident, duty.subject):
        return Message(_duty(duty), offers=offers_of(duty) if duty.state == OWED else ())
    if duty is None and is_of_no_duty(incident, about):
        return Message(
            f"Nobody owes {about} any more: an incident of the kind {incident.kind} has no such duty."
        )
    subject = duty.subject if duty else about
    task, follow_up = incident.asked.task(subject), incident.asked.follow_up(subject)
    if task:
        # A duty's message is rewritten once, so that it keeps no click of what comes after it.
        return Message(_task(task), offers=() if duty else _next(task))
    if follow_up:
        done = Offer("follow_up_done", "It is done …", follow_up.id, is_main=True)
        return Message(_follow_up(follow_up), offers=() if duty or follow_up.done_at else (done,))
    handover = incident.asked.handover
    if handover and handover.id == subject:
        return Message(f"{subject}: {mention(handover.to)} is asked.", offers=answers_to(subject))
    return Message(_handover(incident, subject))


def _is_of_people(incident: Incident, subject: str) -> bool:
    asked = incident.asked
    return bool(asked.task(subject) or asked.follow_up(subject)) or subject.startswith("H")


def _next(task: Task) -> tuple[Offer, ...]:
    if task.state == states.ASKED:
        return answers_to(task.id)
    if task.state == states.ACCEPTED:
        return (Offer("report_task", "Report the result …", task.id, is_main=True),)
    return ()


def _duty(duty: Duty) -> str:
    if duty.state == OWED:
        left = f" It is left in peace until {clock(duty.quiet_until)}." if duty.quiet_until else ""
        return f"{duty.title}: due by {clock(duty.due_at)}.{left}"
    if duty.state == WAIVED:
        return f"{duty.title}: waived. {duty.reason}".rstrip()
    if duty.state == MISSED:
        return f"{duty.title}: nobody needs to do it any more."
    by = f" by {mention(duty.by)}" if duty.by and duty.by != f.TOCSIN else ""
    at = f" at {clock(duty.done_at)}" if duty.done_at else ""
    return f"{duty.title}: done{by}{at}."


def _task(task: Task) -> str:
    who, said = mention(task.to), f": {task.said}" if task.said else "."
    match task.state:
        case states.ASKED:
            return f"{task.id}: {who} is asked, and answers by {clock(task.answer_by)}."
        case states.ACCEPTED:
            return f"{task.id}: {who} took it."
        case states.DECLINED:
            return f"{task.id}: {who} can't do it{said}"
        case states.RETURNED:
            return f"{task.id} was returned{said}"
        case states.DONE:
            return f"{task.id} is done{said}"
        case _:
            return f"{task.id} need not be done any more{said}"


def _follow_up(one: FollowUp) -> str:
    if one.done_at:
        return f"{one.id} is done: {one.how}"
    return f"{one.id} is {mention(one.to)}'s: {one.title} {one.url}".rstrip()


def _handover(incident: Incident, id: str) -> str:
    for fact in reversed(incident.facts):
        match fact.what:
            case f.HandoverAccepted(handover=handover, person=person) if handover == id:
                return f"{id}: {mention(person)} took over at {clock(fact.at)}."
            case f.HandoverDeclined(handover=handover, person=person, reason=reason) if handover == id:
                return f"{id}: {mention(person)} can't take over{f': {reason}' if reason else '.'}"
            case f.HandoverReturned(handover=handover, why=why) if handover == id:
                return f"{id} was returned: {why}"
            case f.HandoverAsked(handover=handover) if handover == id:
                break
    if incident.is_ended:
        return f"{id}: nobody needs to take over, since the incident is over."
    return f"{id}: nobody needs to take over any more; {mention(incident.owner)} owns it."
