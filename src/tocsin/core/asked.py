"""What people have asked of each other in an incident, as its facts left it: tasks, a handover, follow-ups, the retrospective."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from tocsin.core import facts as f
from tocsin.core.facts import Fact

ASKED, ACCEPTED, DECLINED, RETURNED, DONE, WITHDRAWN = (
    "asked",
    "accepted",
    "declined",
    "returned",
    "done",
    "withdrawn",
)


@dataclass(frozen=True, slots=True)
class Task:
    """Work that the owner delegated. `said` is the result, or why it was declined, returned or withdrawn."""

    id: str
    to: str
    text: str
    by: str
    asked_at: datetime
    answer_by: datetime
    state: str = ASKED
    said: str = ""

    @property
    def is_theirs(self) -> bool:
        """Whether `to` has it on their hands, or is asked to."""
        return self.state in (ASKED, ACCEPTED)


@dataclass(frozen=True, slots=True)
class Handover:
    """A handover that waits for its answer."""

    id: str
    to: str
    by: str
    summary: str
    asked_at: datetime
    answer_by: datetime


@dataclass(frozen=True, slots=True)
class FollowUp:
    id: str
    title: str
    text: str
    to: str
    repository: str = ""
    number: int = 0
    url: str = ""
    done_at: datetime | None = None
    how: str = ""


@dataclass(frozen=True, slots=True)
class Retrospective:
    """What was decided about it: `planned` with its time, or not, with the reason. `feedback` is (person, heading, text)."""

    planned: f.RetrospectivePlanned | None = None
    declined: f.RetrospectiveDeclined | None = None
    reminded_of: int = -1
    feedback: tuple[tuple[str, str, str], ...] = ()
    held: f.RetrospectiveHeld | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """All of it together: one part of an incident."""

    tasks: tuple[Task, ...] = ()
    handover: Handover | None = None
    handovers: int = 0
    follow_ups: tuple[FollowUp, ...] = ()
    retrospective: Retrospective = Retrospective()

    def task(self, id: str) -> Task | None:
        return next((task for task in self.tasks if task.id == id), None)

    def follow_up(self, id: str) -> FollowUp | None:
        return next((one for one in self.follow_ups if one.id == id), None)

    def after(self, fact: Fact) -> Asked:
        """This after one more fact."""
        change = CHANGES.get(type(fact.what))
        return change(self, fact, fact.what) if change else self


def _delegated(asked: Asked, fact: Fact, what: f.TaskDelegated) -> Asked:
    task = Task(what.task, what.to, what.text, fact.by, fact.at, what.answer_by)
    return replace(asked, tasks=(*asked.tasks, task))


def _task(asked: Asked, id: str, state: str, said: str = "") -> Asked:
    tasks = tuple(replace(one, state=state, said=said) if one.id == id else one for one in asked.tasks)
    return replace(asked, tasks=tasks)


def _handover_asked(asked: Asked, fact: Fact, what: f.HandoverAsked) -> Asked:
    handover = Handover(what.handover, what.to, fact.by, what.summary, fact.at, what.answer_by)
    return replace(asked, handover=handover, handovers=asked.handovers + 1)


def _no_handover(asked: Asked, fact: Fact, what: object) -> Asked:
    return replace(asked, handover=None)


def _filed(asked: Asked, fact: Fact, what: f.FollowUpFiled) -> Asked:
    one = FollowUp(what.follow_up, what.title, what.text, what.to)
    return replace(asked, follow_ups=(*asked.follow_ups, one))


def _follow_up(asked: Asked, id: str, **changes: Any) -> Asked:
    ups = tuple(replace(one, **changes) if one.id == id else one for one in asked.follow_ups)
    return replace(asked, follow_ups=ups)


def _opened(asked: Asked, fact: Fact, what: f.FollowUpOpened) -> Asked:
    return _follow_up(asked, what.follow_up, repository=what.repository, number=what.number, url=what.url)


def _retrospective(asked: Asked, **changes: Any) -> Asked:
    return replace(asked, retrospective=replace(asked.retrospective, **changes))


def _planned(asked: Asked, fact: Fact, what: f.RetrospectivePlanned) -> Asked:
    """One that is planned after another was held is still to come."""
    return _retrospective(asked, planned=what, declined=None, held=None)


def _feedback(asked: Asked, fact: Fact, what: f.FeedbackGiven) -> Asked:
    return _retrospective(asked, feedback=(*asked.retrospective.feedback, (fact.by, what.section, what.text)))


def _over(asked: Asked, fact: Fact, what: object) -> Asked:
    """When the incident is over nobody needs to take it over any more, and what was delegated is moot."""
    why = "the incident is over"
    tasks = tuple(replace(one, state=WITHDRAWN, said=why) if one.is_theirs else one for one in asked.tasks)
    return replace(asked, handover=None, tasks=tasks)


Change = Callable[[Asked, Fact, Any], Asked]
CHANGES: Final[dict[type[f.What], Change]] = {
    f.TaskDelegated: _delegated,
    f.TaskAccepted: lambda asked, fact, what: _task(asked, what.task, ACCEPTED),
    f.TaskDeclined: lambda asked, fact, what: _task(asked, what.task, DECLINED, what.reason),
    f.TaskReturned: lambda asked, fact, what: _task(asked, what.task, RETURNED, what.why),
    f.TaskReported: lambda asked, fact, what: _task(asked, what.task, DONE, what.text),
    f.TaskWithdrawn: lambda asked, fact, what: _task(asked, what.task, WITHDRAWN, what.reason),
    f.HandoverAsked: _handover_asked,
    f.HandoverAccepted: _no_handover,
    f.HandoverDeclined: _no_handover,
    f.HandoverReturned: _no_handover,
    f.Owned: _no_handover,
    f.Resolved: _over,
    f.Dismissed: _over,
    f.FollowUpFiled: _filed,
    f.FollowUpOpened: _opened,
    f.FollowUpDone: lambda asked, fact, what: _follow_up(
        asked, what.follow_up, done_at=fact.at, how=what.how
    ),
    f.FollowUpReopened: lambda asked, fact, what: _follow_up(asked, what.follow_up, done_at=None, how=""),
    f.RetrospectivePlanned: _planned,
    f.RetrospectiveDeclined: lambda asked, fact, what: _retrospective(asked, planned=None, declined=what),
    f.RetrospectiveReminded: lambda asked, fact, what: _retrospective(asked, reminded_of=what.version),
    f.FeedbackGiven: _feedback,
    f.RetrospectiveHeld: lambda asked, fact, what: _retrospective(asked, held=what),
}
