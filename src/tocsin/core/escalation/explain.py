"""An escalation in words: what was done and why, and what comes next and when, as things stand now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from tocsin.core.escalation import events as e
from tocsin.core.escalation.due import (
    Look,
    last_resort_of,
    next_at,
    reached,
    round_over_at,
    why_closed,
)
from tocsin.core.escalation.policy import NOT_CLOSED, Stage
from tocsin.core.escalation.state import Escalation, next_stage
from tocsin.core.spans import span_text

Name = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Line:
    """Something that happened, or will: an instant and a sentence. `why` says why somebody was or will be left out."""

    at: datetime
    text: str
    why: tuple[str, ...] = ()


def history(happened: Iterable[e.Happened], name: Name) -> list[Line]:
    """What was done so far, in its order."""
    return [Line(one.at, _told(one.event, name), tuple(_left_out(_why(one.event), name))) for one in happened]


def coming(one: Escalation, look: Look, now: datetime, name: Name) -> list[Line]:
    """What follows where nobody does anything, with whom each stage would reach by what is known now. Empty once it is closed."""
    due = next_at(one)
    if due is None:
        return []
    if one.snoozed_until:
        by = f" by {name(one.snoozed_by)}" if one.snoozed_by else ""
        return [
            Line(one.snoozed_until, f"It is snoozed{by} until then; where it is not closed, it starts anew")
        ]
    lines = list(_stages(one, look, now, name))
    if one.acknowledged_at:
        if one.forgets_at:
            lines.append(
                Line(one.forgets_at, "The acknowledgement expires; where it is not closed, it starts anew")
            )
        return sorted(lines, key=lambda line: line.at)
    return [*lines, _at_the_end(one, look, now, lines, name)]


def _stages(one: Escalation, look: Look, now: datetime, name: Name) -> Iterator[Line]:
    first = next_stage(one)
    if first is None:
        return
    base, given = one.base, frozenset(person for person, _ in one.answers)
    stages = list(one.stamped.stages)
    for n in range(first, len(stages)):
        stage = stages[n]
        if one.acknowledged_at and stage.when != NOT_CLOSED:
            continue
        at = max(base + stage.at, now)
        line, is_taken = _stage(stage, n, one.priority, at, look, given, name)
        yield line
        if not is_taken and n + 1 < len(stages):
            base = at - stages[n + 1].at


def _stage(
    stage: Stage, n: int, priority: str, at: datetime, look: Look, given: frozenset[str], name: Name
) -> tuple[Line, bool]:
    why = why_closed(stage, priority, at)
    if why:
        return Line(at, f"Step {n + 1} is passed over: {why}"), False
    people, places, left_out = reached(stage.to, look, at, given)
    skipped = tuple(_left_out(left_out, name))
    if not people and not places:
        return Line(at, f"Step {n + 1} is passed over: it reaches nobody", skipped), False
    if stage.turn and len(people) > 1:
        people = (people[look.turn(stage.turn) % len(people)],)
    via = f" (by the policy {stage.via[-1]})" if len(stage.via) > 1 else ""
    return Line(at, f"Step {n + 1}{via}: {_reaching(people, places, name)}", skipped), True


def _at_the_end(one: Escalation, look: Look, now: datetime, lines: list[Line], name: Name) -> Line:
    at = max(round_over_at(one), now)
    if lines and lines[-1].at + one.stamped.again_after > at:
        at = lines[-1].at + one.stamped.again_after
    if one.over_at is None and one.round < one.stamped.repeat:
        left = one.stamped.repeat - one.round
        return Line(at, f"All steps are taken anew ({left} more {'time' if left == 1 else 'times'})")
    people, places, left_out = reached(last_resort_of(one), look, at)
    every = span_text(one.stamped.again_after)
    text = f"The last resort, every {every} until somebody acknowledges: {_reaching(people, places, name)}"
    return Line(at, text, tuple(_left_out(left_out, name)))


def _told(event: e.Event, name: Name) -> str:
    match event:
        case e.Stepped(stage=n, people=people, places=places):
            return f"Step {n + 1}: {_reaching(people, places, name)}"
        case e.PassedOver(stage=n):
            return f"Step {n + 1} was passed over; the next one followed at once"
        case e.RanOut(again=True):
            return "Nobody acknowledged it; all steps are taken anew"
        case e.RanOut(people=people, places=places):
            return f"Nobody acknowledged it. The last resort: {_reaching(people, places, name)}"
        case e.AcknowledgementExpired(person=person):
            return f"The acknowledgement of {name(person)} expired; it starts anew"
        case e.SnoozeEnded():
            return "The time for which it was snoozed is over; it starts anew"
        case e.Held(span=span, why=why):
            return f"Nothing could be sent for {span_text(span)} ({why}); all that follows is later by that"
        case _:
            return _told_of_people(event, name)


def _told_of_people(event: e.Event, name: Name) -> str:
    match event:
        case e.Acknowledged(person=person):
            return f"{name(person)} acknowledged it"
        case e.Unacknowledged(person=person):
            return f"{name(person)} took the acknowledgement back; it starts anew"
        case e.TakenOver(person=person, before=before):
            return f"{name(person)} took it over" + (f" from {name(before)}" if before else "")
        case e.Snoozed(person=person, until=until):
            return f"{name(person)} snoozed it until {until:%Y-%m-%d %H:%M} UTC"
        case e.EscalatedNow(person=person):
            return f"{name(person)} handed it up: the next step follows at once"
        case e.Reassigned(person=person, to=to):
            return f"{name(person)} reassigned it to {', '.join(to)}"
        case e.RespondersAdded(person=person, people=people, places=places):
            return f"{name(person)} called for more: {_reaching(people, places, name)}"
        case e.Closed(person=person, why=why):
            by = name(person) if person else "Tocsin"
            return f"{by} closed it" + (f": {why}" if why else "")
        case _:
            raise AssertionError(event)


def _why(event: e.Event) -> tuple[str, ...]:
    match event:
        case e.Stepped(left_out=left_out) | e.RanOut(left_out=left_out):
            return left_out
        case e.PassedOver(why=why):
            return (why,)
        case _:
            return ()


def _reaching(people: Iterable[str], places: Iterable[str], name: Name) -> str:
    said = ", ".join([*(name(handle) for handle in people), *places])
    return said or "nobody"


def _left_out(words: Iterable[str], name: Name) -> Iterator[str]:
    """Handles stand in the words as `{@handle}`, so that people are called by the names that they have now."""
    for one in words:
        head, sep, rest = one.partition("{@")
        if not sep:
            yield one
            continue
        handle, _, tail = rest.partition("}")
        yield f"{head}{name(handle)}{tail}"
