"""What makes earlier pages of an alert stale while nobody has it: it went to others, or it started anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from tocsin.core.escalation import events as e
from tocsin.core.escalation.explain import Name, doer, targets_called

ANSWERED: Final = (e.Acknowledged, e.TakenOver, e.Snoozed, e.Closed)
"""After these nobody needs to be paged any more by what was planned before, and everybody who was paged hears of it."""
STARTED_ANEW: Final = (e.Unacknowledged, e.AcknowledgementExpired, e.SnoozeEnded)
ANEW: Final = (e.Reassigned, *STARTED_ANEW)
"""After these it is paged for anew: a page of before is answered no more."""
TURNS: Final = (*ANEW, e.EscalatedNow)
"""After these an earlier page does not say how it stands. After the last one it can be answered as before."""


def is_stale(happened: Sequence[e.Happened], n: int) -> bool:
    """Whether newer pages took the place of one of event `n`, for an alert that is open."""
    return any(isinstance(one.event, ANEW) for one in happened[n:])


def is_awaited(happened: Sequence[e.Happened], n: int, person: str) -> bool:
    """Whether a page of event `n`, for an alert that is open, waits for the answer of that person ("": of anybody, at a place).

    One who gave theirs, where all have to, does not wait for the others.
    """
    if is_stale(happened, n):
        return False
    later = [one.event for one in happened[n:]]
    handed_up = max((i for i, event in enumerate(later, 1) if isinstance(event, e.EscalatedNow)), default=0)
    return not person or e.Acknowledged(person) not in later[handed_up:]


def is_as_it_was(happened: Sequence[e.Happened], n: int) -> bool:
    """Whether what a page of event `n` said first is true still, for an alert that is open: it was never said that anybody had it."""
    return not any(isinstance(one.event, (*ANSWERED, *ANEW)) for one in happened[n:])


def given_away(happened: Sequence[e.Happened], n: int, person: str) -> e.Happened | None:
    """By what it went to others than that person since event `n`; None where it did not, or is theirs again."""
    given = max((i for i, one in enumerate(happened, 1) if isinstance(one.event, e.Reassigned)), default=0)
    if given <= n or any(person in _whose(one.event) for one in happened[given:]):
        return None
    return happened[given - 1]


def _whose(event: e.Event) -> tuple[str, ...]:
    match event:
        case e.Stepped(people=people) | e.RanOut(people=people) | e.RespondersAdded(people=people):
            return people
        case e.Acknowledged(person=person) | e.TakenOver(person=person):
            return (person,)
        case _:
            return ()


def given_words(one: e.Happened, name: Name) -> str:
    """Who gave it to whom, without a full stop."""
    assert isinstance(one.event, e.Reassigned)
    return f"{doer(one, name)(one.event.person)} reassigned it to {targets_called(one.event.to, name)}"


def turn_words(happened: Sequence[e.Happened], n: int, name: Name) -> str:
    """Why a page of event `n` is not as it was, though nobody has the alert: sentences; "" where nothing has changed."""
    return " ".join(_sentences(happened[n:], name))


def _sentences(later: Sequence[e.Happened], name: Name) -> Iterator[str]:
    """To whom it went, and what came after."""
    turns = [one for one in later if isinstance(one.event, TURNS)]
    given = max((i for i, one in enumerate(turns, 1) if isinstance(one.event, e.Reassigned)), default=0)
    if given:
        yield f"{given_words(turns[given - 1], name)}."
    again = max((i for i, one in enumerate(turns, 1) if isinstance(one.event, STARTED_ANEW)), default=0)
    if again > given:
        yield f"It is open again: {_why(turns[again - 1].event, name)}."
    if turns and isinstance(turns[-1].event, e.EscalatedNow):
        yield f"{doer(turns[-1], name)(turns[-1].event.person)} handed it up."


def _why(event: e.Event, name: Name) -> str:
    match event:
        case e.Unacknowledged(person=person):
            return f"{name(person)} took the acknowledgement back"
        case e.AcknowledgementExpired(person=person):
            return f"the acknowledgement of {name(person)} expired"
        case e.SnoozeEnded():
            return "the time for which it was snoozed is over"
        case _:
            raise AssertionError(event)
