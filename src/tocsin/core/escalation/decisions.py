"""What people may do with an alert that pages them. Whoever comes second is told the truth: who was first, and when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from tocsin.core.escalation import events as e
from tocsin.core.escalation.due import Look, next_at, reached
from tocsin.core.escalation.explain import targets_called
from tocsin.core.escalation.policy import ONE, Stamped, Target
from tocsin.core.escalation.stamping import reassigned
from tocsin.core.escalation.state import Escalation
from tocsin.errors import Conflict, Invalid

Name = Callable[[str], str]
LONGEST_SNOOZE: Final = timedelta(days=30)
LONGEST_WHY: Final = 2000
AT_ONCE: Final = timedelta(seconds=30)
"""Who does the same as somebody else so soon after them decided before they could see it: this long it takes to hear of it, and to read it."""


def acknowledge(one: Escalation, person: str, name: Name) -> list[e.Event]:
    """Somebody has seen it and acts. Done twice by the same person it changes nothing; Conflict where another one was first."""
    _must_be_open(one, name)
    given = dict(one.answers)
    if person in given:
        return []
    if one.acknowledged_at:
        at = one.acknowledged_at
        raise Conflict(
            f"{name(one.acknowledged_by)} acknowledged it at {at:%H:%M:%S} UTC already; take it over if it is yours now"
        )
    return [e.Acknowledged(person)]


def take_over(one: Escalation, person: str, name: Name) -> list[e.Event]:
    """It is theirs from now on, whoever acknowledged it before. Nothing changes where it is theirs already."""
    _must_be_open(one, name)
    if one.acknowledged_at and one.acknowledged_by == person:
        return []
    return [e.TakenOver(person, one.acknowledged_by)]


def unacknowledge(one: Escalation, person: str, name: Name) -> list[e.Event]:
    """The acknowledgement does not hold: the escalation starts anew."""
    _must_be_open(one, name)
    if not one.answers:
        raise Conflict("Nobody has acknowledged it, so there is nothing to take back")
    return [e.Unacknowledged(person)]


def snooze(one: Escalation, person: str, until: datetime, now: datetime, name: Name) -> list[e.Event]:
    """Silence until then; it starts anew where it is not closed by that time. Conflict where another one snoozed it just now."""
    _must_be_open(one, name)
    if one.snoozed_until:
        _must_not_cross(one, e.Snoozed, person, now, name)
    if until <= now:
        raise Invalid(
            f"It can't be snoozed until {until:%Y-%m-%d %H:%M} UTC: that is past. Name a later time",
            field="until",
        )
    if until - now > LONGEST_SNOOZE:
        raise Invalid(
            f"It can be snoozed for at most {LONGEST_SNOOZE.days} days; close it if nobody needs to hear of it",
            field="until",
        )
    return [e.Snoozed(person, until)]


def escalate_now(one: Escalation, person: str, now: datetime, name: Name) -> list[e.Event]:
    """The next stage at once, and on from there: an acknowledgement counts no more. Conflict where another one escalated it just now."""
    _must_be_open(one, name)
    _must_not_cross(one, e.EscalatedNow, person, now, name)
    return [e.EscalatedNow(person)]


def reassign(
    one: Escalation,
    person: str,
    to: tuple[Target, ...],
    replaced: Stamped | None,
    look: Look,
    now: datetime,
    name: Name,
) -> list[e.Event]:
    """It belongs to others. `replaced` is what it is stamped with from now on where it goes to another policy.

    Invalid where nobody would be reached, so that it never gets lost on the way. Conflict where another one reassigned it just now.
    """
    _must_be_open(one, name)
    _must_not_cross(one, e.Reassigned, person, now, name)
    if not to:
        raise Invalid("Name to whom it goes: person:HANDLE, team:NAME, schedule:ID or policy:ID", field="to")
    if replaced is None:
        people, _, left_out = reached(to, look, now)
        if not people:
            raise Invalid(
                f"That would reach nobody: {'; '.join(left_out) or 'no person is named'}", field="to"
            )
    written = tuple(target.written for target in to)
    return [e.Reassigned(person, written, replaced or reassigned(one.stamped, to))]


def add_responders(
    one: Escalation, person: str, to: tuple[Target, ...], look: Look, now: datetime, name: Name
) -> list[e.Event]:
    """These are paged too, beside the policy. Invalid where that reaches nobody and no place."""
    _must_be_open(one, name)
    people, places, left_out = reached(to, look, now)
    if not people and not places:
        raise Invalid(f"That would reach nobody: {'; '.join(left_out) or 'nobody is named'}", field="to")
    written = tuple(target.written for target in to)
    return [e.RespondersAdded(person, written, people, places, left_out)]


def close(one: Escalation, person: str, why: str, name: Name) -> list[e.Event]:
    """It is over. Conflict where it was closed already."""
    _must_be_open(one, name)
    if len(why) > LONGEST_WHY:
        raise Invalid(
            f"The reason has {len(why):,} characters; at most {LONGEST_WHY:,} are taken", field="why"
        )
    return [e.Closed(person, why)]


def held(one: Escalation, since: datetime, until: datetime, why: str) -> list[e.Event]:
    """Nothing could be sent between these instants: what would have been due meanwhile keeps its distance. Nothing where none was."""
    due = next_at(one)
    if one.snoozed_until or due is None or until <= since:
        return []
    return [e.Held(until - max(since, one.started_at), why)] if one.started_at < until else []


def who_answers(one: Escalation, name: Name) -> str:
    """What to tell whoever asks who has it: a sentence."""
    if one.closed_at:
        by = f"{name(one.closed_by)} closed it" if one.closed_by else "It was closed"
        return f"{by} at {one.closed_at:%H:%M:%S} UTC"
    if one.snoozed_until:
        return f"{name(one.snoozed_by)} snoozed it until {one.snoozed_until:%Y-%m-%d %H:%M} UTC"
    if one.acknowledged_at:
        return f"{name(one.acknowledged_by)} acknowledged it at {one.acknowledged_at:%H:%M:%S} UTC"
    if one.answers and one.stamped.acknowledged_by != ONE:
        missing = ", ".join(name(handle) for handle in one.awaited)
        return f"{name(one.answers[0][0])} has acknowledged it; awaited are {missing}"
    return "Nobody has acknowledged it yet"


def _must_be_open(one: Escalation, name: Name) -> None:
    if one.closed_at:
        raise Conflict(f"{who_answers(one, name)}; open a new alert if it is back")


def _must_not_cross(one: Escalation, kind: type[e.Event], person: str, now: datetime, name: Name) -> None:
    """Conflict where somebody else did the same so lately. What a key without a person did does not count."""
    for deed in one.deeds:
        if not isinstance(deed.event, kind) or now - deed.at >= AT_ONCE:
            continue
        by, did, so, meant = _words_of(deed.event, name)
        if by not in ("", person):
            raise Conflict(
                f"{name(by)} {did} at {deed.at:%H:%M:%S} UTC already{so}; "
                f"do it again after {deed.at + AT_ONCE:%H:%M:%S} if {meant}"
            )


def _words_of(event: e.Event, name: Name) -> tuple[str, str, str, str]:
    """Who did what, the rest of it, and what whoever does the same again means by it."""
    match event:
        case e.EscalatedNow(person=by):
            return by, "escalated it", "", "a further step is meant"
        case e.Snoozed(person=by, until=until):
            return by, "snoozed it", f", until {until:%Y-%m-%d %H:%M} UTC", "yours is to replace that"
        case e.Reassigned(person=by, to=to):
            return by, f"reassigned it to {targets_called(to, name)}", "", "it is to go to others still"
        case _:
            raise AssertionError(event)
