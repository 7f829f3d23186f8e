"""An escalation in words: what was done and why, and what comes next and when, as things stand now."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from tocsin.core.escalation import events as e
from tocsin.core.escalation.due import Look, next_at, what_is_due, why_closed
from tocsin.core.escalation.policy import PERSON, Target
from tocsin.core.escalation.state import Escalation, after
from tocsin.core.spans import span_text

Name = Callable[[str], str]
HANDLE: Final = re.compile(r"\{@([^}]*)\}")


@dataclass(frozen=True, slots=True)
class Line:
    """Something that happened, or will: an instant and a sentence. `why` says why somebody was or will be left out.

    Of what will, `head` and `reached` are the sentence in its parts: what is taken, and the people and places that it reaches.
    `is_skipped`: it is not for this alert, or not for that time; whoever else is left out should have been reached.
    """

    at: datetime
    text: str
    why: tuple[str, ...] = ()
    head: str = field(default="", compare=False)
    reached: tuple[str, ...] = field(default=(), compare=False)
    is_skipped: bool = field(default=False, compare=False)


def history(happened: Iterable[e.Happened], name: Name) -> list[Line]:
    """What was done so far, in its order."""
    return [
        Line(one.at, _told(one.event, doer(one, name)), tuple(called_by_name(_why(one.event), name)))
        for one in happened
    ]


def coming(one: Escalation, look: Look, now: datetime, name: Name) -> list[Line]:
    """What follows where nobody does anything, with whom each stage would reach by what is known now. Empty once it is closed.

    It is played through with the very rules that will hold then, as far as the end of the round: a snooze's, an acknowledgement's.
    """
    lines: list[Line] = []
    played = _Played(look)
    while (event := what_is_due(one, played, at := max(next_at(one) or now, now))) is not None:
        head, reached = _foretold(one, event, name), _reached(event, name)
        text = head if reached is None else f"{head}: {_listed(reached)}"
        why = tuple(called_by_name(_why(event), name))
        lines.append(Line(at, text, why, head, reached or (), _is_skipped(one, event, at)))
        if not isinstance(event, e.Stepped | e.PassedOver):
            break
        if isinstance(event, e.Stepped) and event.turn:
            played.had[event.turn] += 1
        one = after(one, event, at)
    return lines


def doer(one: e.Happened, name: Name) -> Name:
    """Names, where nobody's is what they called themselves who did it: a key of monitoring is no person."""
    by = one.by or "Tocsin"
    return lambda handle: name(handle) if handle else by[:1].upper() + by[1:]


@dataclass(frozen=True, slots=True)
class _Played:
    """A look in which turns go on as they are played through."""

    look: Look
    had: Counter[str] = field(default_factory=Counter)

    def people(self, target: Target, at: datetime) -> tuple[str, ...]:
        return self.look.people(target, at)

    def why_not(self, handle: str, at: datetime) -> str:
        return self.look.why_not(handle, at)

    def turn(self, of: str) -> int:
        return self.look.turn(of) + self.had[of]


def _foretold(one: Escalation, event: e.Event, name: Name) -> str:
    match event:
        case e.Stepped(stage=n):
            via = one.stamped.stages[n].via
            return f"Step {n + 1}" + (f" (by the policy {via[-1]})" if len(via) > 1 else "")
        case e.PassedOver(stage=n):
            return f"Step {n + 1} is passed over"
        case e.RanOut(again=True):
            left = one.stamped.repeat - one.round
            return f"All steps are taken anew ({left} more {'time' if left == 1 else 'times'})"
        case e.RanOut():
            every = span_text(one.stamped.again_after)
            return f"The last resort, every {every} until somebody acknowledges"
        case e.AcknowledgementExpired():
            return "The acknowledgement expires; where it is not closed, it starts anew"
        case e.SnoozeEnded():
            by = f" by {name(one.snoozed_by)}" if one.snoozed_by else ""
            return f"It is snoozed{by} until then; where it is not closed, it starts anew"
        case _:
            raise AssertionError(event)


def _told(event: e.Event, name: Name) -> str:
    match event:
        case e.Stepped(stage=n, people=people, places=places):
            return f"Step {n + 1}: {_reaching(people, places, name)}"
        case e.PassedOver(stage=n, keeps=keeps):
            return f"Step {n + 1} was passed over" + ("" if keeps else "; the next one followed at once")
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
            return f"{name(person)} closed it" + (f": {why}" if why else "")
        case _:
            raise AssertionError(event)


def _why(event: e.Event) -> tuple[str, ...]:
    match event:
        case (
            e.Stepped(left_out=left_out) | e.RanOut(left_out=left_out) | e.RespondersAdded(left_out=left_out)
        ):
            return left_out
        case e.PassedOver(why=why):
            return (why,)
        case _:
            return ()


def _is_skipped(one: Escalation, event: e.Event, at: datetime) -> bool:
    stages = one.stamped.stages
    return isinstance(event, e.PassedOver) and bool(why_closed(stages[event.stage], one.priority, at))


def _reached(event: e.Event, name: Name) -> tuple[str, ...] | None:
    """Whom and what it reaches, by name; None for what reaches nobody by its nature."""
    match event:
        case e.RanOut(again=True):
            return None
        case e.Stepped(people=people, places=places) | e.RanOut(people=people, places=places):
            return (*(name(handle) for handle in people), *places)
        case _:
            return None


def _reaching(people: Iterable[str], places: Iterable[str], name: Name) -> str:
    return _listed([*(name(handle) for handle in people), *places])


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "nobody"


def targets_called(targets: Iterable[str], name: Name) -> str:
    """Targets as they are written; people by name."""
    parted = ((one, *one.partition(":")) for one in targets)
    return ", ".join(name(handle) if kind == PERSON else one for one, kind, _, handle in parted)


def called_by_name(words: Iterable[str], name: Name) -> Iterator[str]:
    """Handles stand in the words as `{@handle}`, so that people are called by the names that they have now."""
    for one in words:
        yield HANDLE.sub(lambda found: name(found[1]), one)
