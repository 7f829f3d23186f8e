"""What the events of an escalation add up to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from tocsin.core.escalation import events as e
from tocsin.core.escalation.policy import ALL, NOT_CLOSED, Stamped

OPEN, ACKNOWLEDGED, SNOOZED, CLOSED = "open", "acknowledged", "snoozed", "closed"


@dataclass(frozen=True, slots=True)
class Escalation:
    """How far it has come. Instants are aware UTC.

    `stage` is the one last taken or passed over in this round (-1: none), `base` the instant from which the stages' times count.
    `stage_then` is what `stage` was when it was acknowledged: what was left out since then comes next where it is handed up.
    `over_at` is when the last resort was reached last. `reaches` says whether this round reached anybody, `asked_in_turn` whom the last
    step did at which people take turns. `people` are those whose acknowledgement counts where all have to give theirs, `paged` everybody
    who was ever paged. `forgets_at` is when the acknowledgement expires. `deeds` are when it was escalated, snoozed and reassigned
    last by somebody, and by whom.
    """

    stamped: Stamped
    started_at: datetime
    base: datetime
    priority: str = "P3"
    stage: int = -1
    stage_then: int = -1
    round: int = 0
    ran_out: int = 0
    over_at: datetime | None = None
    reaches: bool = False
    asked_in_turn: str = ""
    people: tuple[str, ...] = ()
    paged: tuple[str, ...] = ()
    answers: tuple[tuple[str, datetime], ...] = ()
    acknowledged_at: datetime | None = None
    forgets_at: datetime | None = None
    snoozed_until: datetime | None = None
    snoozed_by: str = ""
    closed_at: datetime | None = None
    closed_by: str = ""
    deeds: tuple[e.Happened, ...] = ()

    @property
    def status(self) -> str:
        if self.closed_at:
            return CLOSED
        if self.snoozed_until:
            return SNOOZED
        return ACKNOWLEDGED if self.acknowledged_at else OPEN

    @property
    def acknowledged_by(self) -> str:
        """Who answers for it; the first one where all have to; "" while it is not acknowledged."""
        return self.answers[0][0] if self.acknowledged_at and self.answers else ""

    @property
    def awaited(self) -> tuple[str, ...]:
        """Whose acknowledgement is still missing where all who are paged have to give theirs."""
        if self.stamped.acknowledged_by != ALL:
            return ()
        given = {person for person, _ in self.answers}
        return tuple(person for person in self.people if person not in given)


def begun(stamped: Stamped, at: datetime, priority: str = "P3") -> Escalation:
    return Escalation(stamped, at, at, priority)


def next_stage(one: Escalation) -> int | None:
    """The stage that comes next in this round; None after the last one. Once acknowledged, only those count that wait for the end."""
    stages = one.stamped.stages if one.over_at is None else ()
    for n in range(one.stage + 1, len(stages)):
        if not one.acknowledged_at or stages[n].when == NOT_CLOSED:
            return n
    return None


def folded(start: Escalation, happened: Iterable[e.Happened]) -> Escalation:
    """What these events make of it, in their order."""
    now = start
    for one in happened:
        now = after(now, one.event, one.at)
    return now


def after(one: Escalation, event: e.Event, at: datetime) -> Escalation:
    """The escalation after one more event."""
    match event:
        case e.Stepped():
            stage = one.stamped.stages[event.stage]
            one = _paging(one, event.people)
            if event.turn:
                one = replace(one, asked_in_turn=event.people[0])
            return replace(
                one, stage=event.stage, base=at - stage.at, reaches=one.reaches or bool(event.people)
            )
        case e.PassedOver(keeps=True):
            return replace(one, stage=event.stage)
        case e.PassedOver():
            return _next_at(replace(one, stage=event.stage), at)
        case e.RanOut(again=True):
            return replace(one, stage=-1, base=at, round=one.round + 1, reaches=False)
        case e.RanOut():
            one = _paging(one, event.people)
            return replace(
                one, ran_out=one.ran_out + 1, over_at=at, reaches=one.reaches or bool(event.people)
            )
        case e.Acknowledged():
            return _answered(one, event.person, at)
        case e.TakenOver():
            return _settled(replace(one, answers=((event.person, at),), snoozed_until=None), at)
        case e.Snoozed():
            one = _unanswered(_done(one, event, at))
            return replace(one, snoozed_until=event.until, snoozed_by=event.person)
        case e.Unacknowledged() | e.AcknowledgementExpired() | e.SnoozeEnded():
            return _anew(one, at)
        case e.EscalatedNow():
            up_to = one.stage_then if one.acknowledged_at else one.stage
            return _next_at(replace(_unanswered(_done(one, event, at)), stage=up_to), at)
        case e.Reassigned():
            return _anew(replace(_done(one, event, at), stamped=event.stamped), at)
        case e.RespondersAdded():
            return _paging(one, event.people)
        case e.Held():
            return _later(one, event)
        case e.Closed():
            return replace(one, closed_at=at, closed_by=event.person, snoozed_until=None, forgets_at=None)
        case _:
            raise AssertionError(event)


def _done(one: Escalation, event: e.Event, at: datetime) -> Escalation:
    others = tuple(deed for deed in one.deeds if type(deed.event) is not type(event))
    return replace(one, deeds=(*others, e.Happened(at, event)))


def _paging(one: Escalation, people: tuple[str, ...]) -> Escalation:
    return replace(
        one,
        people=tuple(dict.fromkeys((*one.people, *people))),
        paged=tuple(dict.fromkeys((*one.paged, *people))),
    )


def _next_at(one: Escalation, at: datetime) -> Escalation:
    """The next stage is due at that instant; after the last one, the end of the round is."""
    stages, next = one.stamped.stages, next_stage(one)
    if next is not None:
        return replace(one, base=at - stages[next].at)
    if one.over_at is not None:
        return replace(one, over_at=at - one.stamped.again_after)
    last = stages[-1].at if stages else at - at
    return replace(one, base=at - last - one.stamped.again_after)


def _answered(one: Escalation, person: str, at: datetime) -> Escalation:
    given = tuple(answer for answer in one.answers if answer[0] != person)
    one = replace(one, answers=(*given, (person, at)))
    # While others have to give theirs, a snooze goes on: it would page them at once otherwise.
    return one if one.awaited else _settled(replace(one, snoozed_until=None), at)


def _settled(one: Escalation, at: datetime) -> Escalation:
    expires = one.stamped.forgotten_after
    then = one.stage_then if one.acknowledged_at else one.stage
    return replace(
        one, acknowledged_at=at, stage_then=then, forgets_at=at + expires if expires else None, snoozed_by=""
    )


def _unanswered(one: Escalation) -> Escalation:
    return replace(one, answers=(), acknowledged_at=None, forgets_at=None, snoozed_until=None, snoozed_by="")


def _anew(one: Escalation, at: datetime) -> Escalation:
    """From the first stage on, as at its start."""
    one = _unanswered(one)
    return replace(one, stage=-1, base=at, round=0, ran_out=0, over_at=None, reaches=False, people=())


def _later(one: Escalation, held: e.Held) -> Escalation:
    return replace(
        one,
        base=one.base + held.span,
        over_at=one.over_at + held.span if one.over_at else None,
        forgets_at=one.forgets_at + held.span if one.forgets_at else None,
    )
