"""How far the paging of an incident has come: what its facts make of `core/escalation`, as an alert's events do of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from tocsin.core import facts as f
from tocsin.core.escalation import events as e
from tocsin.core.escalation.policy import ON_CALL, PERSON, TEAM, Stage, Stamped, Target
from tocsin.core.escalation.state import Escalation, after, begun
from tocsin.core.facts import Fact

OF_OLD: Final = ""
"""The name of a policy from before they had names: two steps of the handbook, the last of which waits its time though it reached nobody."""


@dataclass(frozen=True, slots=True)
class Alert:
    """How it pages. `people` are those whom the step taken last reached, `stepped_at` is when.

    `called` are those whom somebody paged by name and who have not answered: no answer but their own, or the end, settles that.
    `outside` is the alert in the pager that a team keeps, `outside_refused` says that this pager would not make one. `is_reassigned`:
    it goes by what somebody put in the place of its policy.
    """

    escalation: Escalation
    people: tuple[str, ...] = ()
    called: tuple[str, ...] = ()
    stepped_at: datetime | None = None
    outside: f.AlertCreated | None = None
    outside_refused: bool = False
    is_reassigned: bool = False
    happened: tuple[e.Happened, ...] = ()

    @property
    def stamped(self) -> Stamped:
        """The policy that it goes by now."""
        return self.escalation.stamped

    @property
    def step(self) -> int:
        """The step last taken or passed over in this round; -1: none yet."""
        return self.escalation.stage

    @property
    def acknowledged_by(self) -> str:
        return self.escalation.acknowledged_by

    @property
    def acknowledged_at(self) -> datetime | None:
        return self.escalation.acknowledged_at

    @property
    def snoozed_until(self) -> datetime | None:
        return self.escalation.snoozed_until

    @property
    def is_answered(self) -> bool:
        """Whether nobody has to be paged at the moment: somebody has it, or it is to be silent for a while."""
        return self.acknowledged_at is not None or self.snoozed_until is not None

    def is_answered_by(self, person: str) -> bool:
        """The same for one person, where everybody has to acknowledge."""
        return self.is_answered or self.has_answer_of(person)

    def is_acknowledged_by(self, person: str) -> bool:
        """Whether theirs is the answer, or one of those that everybody has to give."""
        return self.acknowledged_by == person or self.has_answer_of(person)

    def has_answer_of(self, person: str) -> bool:
        return person in {handle for handle, _ in self.escalation.answers}


def alert_begun(stamped: Stamped, at: datetime, happened: tuple[e.Happened, ...] = ()) -> Alert:
    """The alert of an incident that starts, or is opened again, at that instant; `happened` is what came before."""
    return Alert(begun(stamped, at), happened=happened)


def first_targets(stamped: Stamped) -> tuple[str, ...]:
    """Whom the first step means, as it is written."""
    return tuple(target.written for target in stamped.stages[0].to) if stamped.stages else ()


def stamped_by_steps(steps: Iterable[f.PolicyStep]) -> Stamped:
    """What the steps mean that incidents were stamped with before policies had names."""
    steps, at = tuple(steps), timedelta()
    stages = []
    for step in steps:
        stages.append(Stage(at, tuple(_target(one) for one in step.to)))
        at += timedelta(seconds=step.wait_seconds)
    last = steps[-1].wait_seconds if steps else 600
    return Stamped(OF_OLD, tuple(stages), again_after=timedelta(seconds=last))


def steps_of(stamped: Stamped) -> tuple[f.PolicyStep, ...]:
    """The other way round, as far as it goes: for a node of before, while the nodes of a Tocsin are brought up to date one by one."""
    ends = [*(stage.at for stage in stamped.stages[1:]), None]
    return tuple(
        f.PolicyStep(
            tuple(target.written for target in stage.to),
            int((end - stage.at if end is not None else stamped.again_after).total_seconds()),
        )
        for stage, end in zip(stamped.stages, ends, strict=True)
    )


def alert_after(alert: Alert, fact: Fact, *, pager: str, owner: str) -> Alert:
    """The alert after one more fact. `pager` is the one outside that has it ("": none), `owner` who owned the incident before the fact."""
    if isinstance(fact.what, f.Paged) and not fact.what.by_hand and alert.escalation.over_at:
        return _beside(_last_resort(alert, fact.what, fact.at), fact, owner)
    if isinstance(fact.what, f.PlacesCalled) and alert.escalation.over_at:
        return _told_at_last(alert, fact.what)
    event = _event_of(alert, fact, pager)
    if event is not None:
        by = "" if fact.by == f.TOCSIN else fact.by
        alert = replace(
            alert,
            escalation=after(alert.escalation, event, fact.at),
            happened=(*alert.happened, e.Happened(fact.at, event, by, fact.door)),
        )
    return _beside(alert, fact, owner)


def passed_over(alert: Alert, event: e.PassedOver, pager: str) -> e.Event:
    """What it means for the escalation that a step reached nobody.

    A pager outside that has no alert yet is asked all the same, and has the step's time. The last step of an incident of old waits before it is taken again.
    """
    if event.stage == 0 and pager and alert.outside is None and not event.keeps:
        return e.Stepped(0, (), (pager,))
    if alert.stamped.policy == OF_OLD and event.stage == len(alert.stamped.stages) - 1:
        return e.Stepped(event.stage, ())
    return event


def _last_resort(alert: Alert, what: f.Paged, at: datetime) -> Alert:
    """Whom it reached stands in the fact after that which says that the steps ran out."""
    ran_out = e.RanOut(False, what.people, what.places, what.left_out)
    added = e.RespondersAdded("", (), what.people)
    *before, last = alert.happened
    happened = (*before, replace(last, event=ran_out)) if isinstance(last.event, e.RanOut) else alert.happened
    return replace(alert, escalation=after(alert.escalation, added, at), happened=happened)


def _told_at_last(alert: Alert, what: f.PlacesCalled) -> Alert:
    """The last resort reaches nobody, and is told in these places."""
    *before, last = alert.happened
    if not isinstance(last.event, e.RanOut):
        return alert
    return replace(alert, happened=(*before, replace(last, event=replace(last.event, places=what.places))))


def _event_of(alert: Alert, fact: Fact, pager: str) -> e.Event | None:
    """What the fact is to the escalation; None where it is nothing."""
    one = alert.escalation
    match fact.what:
        case f.Paged(by_hand=True, people=people):
            return e.RespondersAdded(fact.by, tuple(f"person:{handle}" for handle in people), people)
        case f.Paged() as what:
            stage = min(what.step, len(one.stamped.stages) - 1)
            return (
                e.Stepped(stage, what.people, what.places, what.left_out, what.turn) if stage >= 0 else None
            )
        case f.PlacesCalled() as what:
            return e.Stepped(what.step, (), what.places, what.left_out)
        case f.NobodyToPage(step=step, why=why, keeps=keeps) if one.over_at is None and step < len(
            one.stamped.stages
        ):
            return passed_over(alert, e.PassedOver(step, why, keeps), pager)
        case f.EscalationRanOut(again=again):
            return e.RanOut(again)
        case f.DeliveryRefused(what="alert.create", why=why) if one.stage == 0 and not alert.people:
            return e.PassedOver(0, why)  # It was counted on to know somebody.
        case f.PagingSnoozeEnded():
            return e.SnoozeEnded()
        case f.EscalationHeld(span=span, why=why):
            return e.Held(span, why)
        case _:
            return _of_people(one, fact)


def _of_people(one: Escalation, fact: Fact) -> e.Event | None:
    match fact.what:
        case f.PageAcknowledged(person=person):
            return None if one.acknowledged_at else e.Acknowledged(person)
        case f.Owned(person=person):
            return None if one.acknowledged_at else e.TakenOver(person)
        case f.PageUnacknowledged(person=person):
            return e.Unacknowledged(person)
        case f.AcknowledgementExpired(person=person):
            return e.AcknowledgementExpired(person)
        case f.PagingSnoozed(person=person, until=until):
            return e.Snoozed(person, until)
        case f.Reassigned(person=person, to=to, stamped=stamped):
            return e.Reassigned(person, to, stamped)
        case f.Resolved() | f.Dismissed():
            return e.Closed("" if fact.by == f.TOCSIN else fact.by)
        case _:
            return None


def _beside(alert: Alert, fact: Fact, owner: str) -> Alert:
    """What the fact changes beside the escalation."""
    match fact.what:
        case f.Paged(people=people, by_hand=True):
            called = tuple(one for one in people if one != owner)
            return replace(alert, people=_all(alert.people, people), called=_all(alert.called, called))
        case f.Paged(people=people):
            return replace(alert, stepped_at=fact.at, people=people)
        case f.PlacesCalled():
            return replace(alert, stepped_at=fact.at)
        case f.NobodyToPage(keeps=False):
            return replace(alert, stepped_at=fact.at, people=())
        case f.PageAcknowledged(person=person):
            return replace(alert, called=tuple(one for one in alert.called if one != person))
        case f.Owned(person=person):
            alert = replace(alert, called=tuple(one for one in alert.called if one != person))
            return _heard_of(alert, fact.at)
        case f.NextStepsStated() | f.UpdatePosted():
            return _heard_of(alert, fact.at)
        case f.DeliveryRefused(what="alert.create"):
            return replace(alert, outside_refused=True)
        case f.Reassigned():
            return replace(alert, is_reassigned=True)
        case f.KindChanged(stamped=stamped) if stamped is not None:
            return replace(alert, escalation=_under(alert.escalation, stamped))
        case f.AlertCreated() as made:
            return replace(alert, outside=made)
        case _:
            return alert


def _under(one: Escalation, stamped: Stamped) -> Escalation:
    """The same under another policy: as many steps of it count as taken, and the next comes after its own time."""
    last = len(stamped.stages) - 1
    stage = min(one.stage, last)
    taken_at = one.base + (one.stamped.stages[one.stage].at if one.stage >= 0 else timedelta())
    base = taken_at - (stamped.stages[stage].at if stage >= 0 else timedelta())
    return replace(one, stamped=stamped, stage=stage, stage_then=min(one.stage_then, last), base=base)


def _heard_of(alert: Alert, at: datetime) -> Alert:
    """Something came of the acknowledgement: it counts anew from then on."""
    one = alert.escalation
    if one.forgets_at is None or one.stamped.forgotten_after is None:
        return alert
    return replace(alert, escalation=replace(one, forgets_at=at + one.stamped.forgotten_after))


def _all(some: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(some + more))


def _target(written: str) -> Target:
    kind, _, name = written.partition(":")
    if kind == ON_CALL:
        return Target(ON_CALL)
    return Target(TEAM if kind == TEAM else PERSON, name)
