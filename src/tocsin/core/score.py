"""How well the handbook is kept over a window of time: per duty, kind and team; the longest silence; how long reporters waited.

A duty counts where it fell due, and only once its time has come, so that the scores of two windows side by side add up.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from tocsin.core import facts as f
from tocsin.core.duties import LATE, MET, MISSED, OWED, WAIVED, Duty
from tocsin.core.incident import Incident, Report

NO_TEAM: Final = "(no team)"
"""Where duties stand that nobody of a team owes."""
OVERDUE: Final = "overdue"
"""An owed duty whose time has passed: it may still be met, late."""
OUTCOMES: Final = (MET, LATE, MISSED, WAIVED, OVERDUE)
WORDS: Final = (f.NextStepsStated, f.UpdatePosted, f.IssueOpened, f.PostPublished, f.Resolved, f.Dismissed)
"""What people can read in the thread or in public. Between two of these is silence."""
BEGINS: Final = (f.Declared, f.Reopened)
ENDS: Final = (f.Resolved, f.Dismissed)


@dataclass(frozen=True, slots=True)
class Window:
    """The time that is looked at: from `start` on, before `end`."""

    start: datetime
    end: datetime

    def holds(self, at: datetime) -> bool:
        return self.start <= at < self.end


@dataclass(frozen=True, slots=True)
class Scored:
    """One incident with its ledger at `now`.

    `received` says when reports first came in, by their ids, where that was before they were moved to this incident.
    """

    incident: Incident
    ledger: Sequence[Duty]
    now: datetime
    received: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """How duties were kept. `overdue` ones are still owed; all five add up to `due`.

    `median_late` and `worst_late` tell by how much those that were not met in time were missed: until they were met, until the
    incident's course ended them undone, or until now. None where every one was met in time or waived.
    """

    met: int = 0
    late: int = 0
    missed: int = 0
    waived: int = 0
    overdue: int = 0
    median_late: timedelta | None = None
    worst_late: timedelta | None = None

    @property
    def due(self) -> int:
        """How many fell due."""
        return self.met + self.late + self.missed + self.waived + self.overdue

    @property
    def share(self) -> float | None:
        """The part that was met in time, of those that were not waived; None where there are none."""
        counted = self.due - self.waived
        return self.met / counted if counted else None


@dataclass(frozen=True, slots=True)
class Silence:
    """The time between two words on an open incident, as far as it lies in the window."""

    ref: str
    start: datetime
    length: timedelta


@dataclass(frozen=True, slots=True)
class Waits:
    """How long outside reporters waited for their answer. Those who have none yet count with the time until now.

    The three spans are None where nobody reported.
    """

    reports: int = 0
    unanswered: int = 0
    median: timedelta | None = None
    p90: timedelta | None = None
    worst: timedelta | None = None


@dataclass(frozen=True, slots=True)
class DutyScore:
    """How one duty of the handbook was kept. `title` is the newest that it had."""

    rule: str
    title: str
    kept: Kept


@dataclass(frozen=True, slots=True)
class Group:
    """What is told of a kind, of a team, or of all incidents."""

    name: str
    kept: Kept
    silence: Silence | None
    waits: Waits


@dataclass(frozen=True, slots=True)
class Score:
    """The whole score. `incidents` counts those of which anything falls into the window.

    A duty that people of two teams owe counts for both teams; once for everything else.
    """

    window: Window
    incidents: int
    total: Group
    duties: tuple[DutyScore, ...]
    kinds: tuple[Group, ...]
    teams: tuple[Group, ...]


def score(cases: Iterable[Scored], window: Window, teams: Mapping[str, Sequence[str]] | None = None) -> Score:
    """The score over these incidents; `teams` are handles by the team's name. It takes each case once, and keeps none."""
    scoring = Scoring(window, teams or {})
    for case in cases:
        scoring.add(case)
    return scoring.score()


class Scoring:
    """A score in the making, for incidents that come a few at a time: it keeps figures only."""

    def __init__(self, window: Window, teams: Mapping[str, Sequence[str]]) -> None:
        self._window = window
        self._teams_of: dict[str, tuple[str, ...]] = {}
        for team, members in teams.items():
            for handle in members:
                self._teams_of[handle] = (*self._teams_of.get(handle, ()), team)
        self._incidents = 0
        self._total = _Tally()
        self._duties: defaultdict[str, _Tally] = defaultdict(_Tally)
        self._kinds: defaultdict[str, _Tally] = defaultdict(_Tally)
        self._teams: defaultdict[str, _Tally] = defaultdict(_Tally)
        self._titles: dict[str, tuple[datetime, str]] = {}

    def add(self, case: Scored) -> None:
        duties = list(self._fell_due(case))
        silences = list(_silences(case, self._window))
        waits = list(_waits(case, self._window))
        if not (duties or silences or waits):
            return
        self._incidents += 1
        for duty in duties:
            self._title(duty)
            for tally in (self._duties[duty.rule.id], *self._groups(case, self._teams_for(duty))):
                tally.take(duty, case)
        answering = self._teams_of_people(_answerable(case.incident))
        for tally in self._groups(case, answering):
            tally.silences += silences
            tally.waits += waits

    def score(self) -> Score:
        return Score(
            window=self._window,
            incidents=self._incidents,
            total=self._total.group("all"),
            duties=tuple(
                DutyScore(rule, self._titles[rule][1], tally.kept())
                for rule, tally in sorted(self._duties.items())
            ),
            kinds=tuple(tally.group(kind) for kind, tally in sorted(self._kinds.items())),
            teams=tuple(tally.group(team) for team, tally in sorted(self._teams.items())),
        )

    def _fell_due(self, case: Scored) -> Iterator[Duty]:
        return (duty for duty in case.ledger if self._window.holds(duty.due_at) and duty.due_at < case.now)

    def _groups(self, case: Scored, teams: Iterable[str]) -> list[_Tally]:
        return [self._total, self._kinds[case.incident.kind], *(self._teams[team] for team in teams)]

    def _teams_for(self, duty: Duty) -> tuple[str, ...]:
        """The teams of whoever discharged it; else, as where Tocsin did it for them, of those who owe it."""
        discharged = duty.state in (MET, LATE) and self._teams_of.get(duty.by)
        return discharged or self._teams_of_people(duty.owes)

    def _teams_of_people(self, people: Iterable[str]) -> tuple[str, ...]:
        teams = (team for handle in people for team in self._teams_of.get(handle, ()))
        return tuple(dict.fromkeys(teams)) or (NO_TEAM,)

    def _title(self, duty: Duty) -> None:
        known = self._titles.get(duty.rule.id)
        if known is None or known[0] <= duty.arises_at:
            self._titles[duty.rule.id] = (duty.arises_at, duty.title)


@dataclass(slots=True)
class _Tally:
    """The figures of one group so far."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))
    lates: list[timedelta] = field(default_factory=list)
    silences: list[Silence] = field(default_factory=list)
    waits: list[tuple[timedelta, bool]] = field(default_factory=list)

    def take(self, duty: Duty, case: Scored) -> None:
        self.counts[outcome(duty)] += 1
        late = _lateness(duty, case)
        if late is not None:
            self.lates.append(late)

    def kept(self) -> Kept:
        return Kept(**self.counts, median_late=median(self.lates), worst_late=max(self.lates, default=None))

    def group(self, name: str) -> Group:
        return Group(name, self.kept(), max(self.silences, key=_loudest, default=None), self._waited())

    def _waited(self) -> Waits:
        spans = [span for span, _ in self.waits]
        return Waits(
            reports=len(spans),
            unanswered=sum(not answered for _, answered in self.waits),
            median=median(spans),
            p90=percentile(spans, 0.9),
            worst=max(spans, default=None),
        )


def outcome(duty: Duty) -> str:
    """What became of a duty that fell due: one of OUTCOMES."""
    return OVERDUE if duty.state == OWED else duty.state


def median(spans: Sequence[timedelta]) -> timedelta | None:
    """The middle one, or the mean of the two in the middle; None of nothing."""
    if not spans:
        return None
    ordered, middle = sorted(spans), len(spans) // 2
    return ordered[middle] if len(spans) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def percentile(spans: Sequence[timedelta], part: float) -> timedelta | None:
    """The shortest of these spans that is at least as long as that part of them (nearest rank); None of nothing."""
    if not spans:
        return None
    return sorted(spans)[math.ceil(part * len(spans)) - 1]


def _lateness(duty: Duty, case: Scored) -> timedelta | None:
    """By how much its time was missed; None where it was not."""
    if duty.state == LATE and duty.done_at:
        return duty.done_at - duty.due_at
    if duty.state == MISSED:
        return case.incident.facts[duty.fact - 1].at - duty.due_at
    return case.now - duty.due_at if duty.state == OWED else None


def _loudest(silence: Silence) -> tuple[timedelta, datetime, str]:
    """The longest one; of two the later, so that the order in which incidents come does not matter."""
    return silence.length, silence.start, silence.ref


def _silences(case: Scored, window: Window) -> Iterator[Silence]:
    since: datetime | None = None
    for fact in case.incident.facts:
        if since is not None and isinstance(fact.what, WORDS):
            yield from _within(case.incident.ref, since, fact.at, window)
            since = None if isinstance(fact.what, ENDS) else fact.at
        elif isinstance(fact.what, BEGINS):
            since = fact.at
    if since is not None:
        yield from _within(case.incident.ref, since, case.now, window)


def _within(ref: str, start: datetime, end: datetime, window: Window) -> Iterator[Silence]:
    start, end = max(start, window.start), min(end, window.end)
    if start < end:
        yield Silence(ref, start, end - start)


def _waits(case: Scored, window: Window) -> Iterator[tuple[timedelta, bool]]:
    """(how long, whether answered) for each outside report that came in the window and is this incident's to count."""
    for report in case.incident.reports:
        received_at = case.received.get(report.id, report.received_at)
        if not report.outside or not window.holds(received_at) or received_at > case.now:
            continue
        answered_at = _answered_at(case, report)
        # A report that moved is counted where it was answered, or else where it is now.
        if report.moved_to and answered_at is None:
            continue
        if answered_at is not None and _came_answered(case.incident, report, answered_at):
            continue
        yield max(timedelta(0), (answered_at or case.now) - received_at), answered_at is not None


def _answered_at(case: Scored, report: Report) -> datetime | None:
    """When the reporter was first answered, by Tocsin or, as the duty's evidence says, by hand; None if they never were."""
    sent = [
        fact.at
        for fact in case.incident.facts
        if isinstance(fact.what, f.ReporterAnswered) and fact.what.report == report.id
    ]
    by_hand = [
        duty.done_at
        for duty in case.ledger
        if duty.report == report.id and duty.done_at and duty.state in (MET, LATE)
        if "reporter_answered" in duty.rule.discharged_by
    ]
    return min(sent + by_hand, default=None)


def _came_answered(incident: Incident, report: Report, answered_at: datetime) -> bool:
    """Whether the report came from another incident, where the reporter had been answered already: then that comes right with it."""
    for fact, after in pairwise(incident.facts):
        if isinstance(fact.what, f.ReportReceived) and fact.what.report == report.id:
            answered = isinstance(after.what, f.ReporterAnswered) and after.what.report == report.id
            return bool(fact.what.moved_from) and answered and fact.at == after.at == answered_at
    return False


def _answerable(incident: Incident) -> tuple[str, ...]:
    """Who has to speak: the owner, or those who were paged while there is none."""
    return (incident.owner,) if incident.owner else incident.alert.people
