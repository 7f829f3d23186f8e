"""What Tocsin itself does next for an escalation, and when it has to look again.

`what_is_due` gives one event to record; asked again after it was recorded it gives the next one, until it gives None.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from tocsin.core.escalation import events as e
from tocsin.core.escalation.policy import ADMINS, NO_PRIORITIES, PLACES, Stage, Target, Window
from tocsin.core.escalation.state import Escalation, next_stage
from tocsin.core.oncall.restrictions import open_spans
from tocsin.core.oncall.wall import MICROSECOND, wall


class Look(Protocol):
    """Who there is, asked when a stage is taken and not before."""

    def people(self, target: Target, at: datetime) -> tuple[str, ...]:
        """The handles that a target means at that instant, in order; () where it is nobody."""
        ...

    def why_not(self, handle: str, at: datetime) -> str:
        """Why this person can't be paged then; "" where they can."""
        ...

    def turn(self, of: str) -> int:
        """How often somebody had their turn there before."""
        ...


def what_is_due(one: Escalation, look: Look, now: datetime) -> e.Event | None:
    """The event that Tocsin has to add now; None while nothing is due."""
    due = next_at(one)
    if due is None or due > now:
        return None
    if one.snoozed_until:
        return e.SnoozeEnded()
    if one.forgets_at and one.forgets_at <= now:
        return e.AcknowledgementExpired(one.acknowledged_by)
    stage = next_stage(one)
    if stage is not None:
        return _taken(one, stage, look, now)
    if one.over_at is None and one.reaches and one.round < one.stamped.repeat:
        return e.RanOut(again=True)
    return _last_resort(one, look, now)


def next_at(one: Escalation) -> datetime | None:
    """When `what_is_due` has something next; None when only somebody's act can bring anything. The past means: at once."""
    if one.closed_at:
        return None
    if one.snoozed_until:
        return one.snoozed_until
    stage = next_stage(one)
    at = one.base + one.stamped.stages[stage].at if stage is not None else None
    if one.acknowledged_at:
        return min((time for time in (at, one.forgets_at) if time), default=None)
    return at or round_over_at(one)


def round_over_at(one: Escalation) -> datetime:
    """When the stages are taken anew, or the last resort is reached (again)."""
    if one.over_at is not None:
        return one.over_at + one.stamped.again_after
    stages = one.stamped.stages
    return one.base + stages[-1].at + one.stamped.again_after if stages else one.base


def reached(
    targets: tuple[Target, ...], look: Look, at: datetime, but: frozenset[str] = frozenset()
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Whom these targets reach at that instant, which places they tell, and who is left out for which reason."""
    people: dict[str, None] = {}
    left_out: list[str] = []
    for target in targets:
        if target.kind in PLACES:
            continue
        found = look.people(target, at)
        if not found:
            left_out.append(f"{target.written} is nobody at the moment")
        for handle in found:
            why = "has acknowledged it" if handle in but else look.why_not(handle, at)
            if why:
                left_out.append(f"{{@{handle}}}: {why}")
            else:
                people[handle] = None
    places = tuple(dict.fromkeys(target.written for target in targets if target.kind in PLACES))
    return tuple(people), places, tuple(dict.fromkeys(left_out))


def why_closed(stage: Stage, priority: str, at: datetime) -> str:
    """Why that stage is not for this alert, or not at this time; "" where it is."""
    if stage.priorities == NO_PRIORITIES:
        return "its priorities and those of the policy that it came through have none in common"
    if stage.priorities and priority not in stage.priorities:
        return f"it is for {', '.join(stage.priorities)} only, and this is {priority}"
    closed = next((one for one in stage.windows if not is_open(one, at)), None)
    if closed is None:
        return ""
    times = ", ".join(span.written for span in closed.spans)
    return f"it is outside its times ({times}, {closed.zone})"


def is_open(window: Window, at: datetime) -> bool:
    """Whether one of its weekly times has that instant in it."""
    spans = open_spans(window.spans, wall(window.zone), at, at + MICROSECOND)
    return any(start <= at < end for start, end in spans)


def last_resort_of(one: Escalation) -> tuple[Target, ...]:
    """Whom it reaches when its stages are used up: whom it names for that, or the last stage again."""
    stages = one.stamped.stages
    return one.stamped.last_resort or (stages[-1].to if stages else ())


def _last_resort(one: Escalation, look: Look, now: datetime) -> e.RanOut:
    given = frozenset(person for person, _ in one.answers)
    people, places, left_out = reached(last_resort_of(one), look, now, given)
    if (
        not people and given
    ):  # Some of all who have to acknowledge did: the others are asked before anybody else is.
        people = tuple(person for person in one.awaited if not look.why_not(person, now))
    if not people:
        admins, _, more = reached((Target(ADMINS),), look, now)
        people, left_out = admins, (*left_out, *more)
    return e.RanOut(False, people, places, left_out)


def _taken(one: Escalation, n: int, look: Look, now: datetime) -> e.Event:
    stage = one.stamped.stages[n]
    why = why_closed(stage, one.priority, now)
    if why:
        return e.PassedOver(n, why, keeps=one.reaches)
    given = frozenset(person for person, _ in one.answers)
    people, places, left_out = reached(stage.to, look, now, given)
    if not people and not places:
        return e.PassedOver(n, "; ".join(left_out) or "it reaches nobody")
    if stage.turn and len(people) > 1:
        turn = look.turn(stage.turn) % len(people)
        # Other alerts take turns meanwhile, so that it may be whom this one has just asked in vain.
        in_turn = (who for who in (*people[turn:], *people[:turn]) if who != one.asked_in_turn)
        return e.Stepped(n, (next(in_turn),), places, left_out, stage.turn)
    return e.Stepped(n, people, places, left_out, stage.turn if people else "")
