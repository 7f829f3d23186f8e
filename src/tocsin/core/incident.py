"""An incident as its facts make it (`folding.py`): what is known of it at one moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from tocsin.core import facts as f
from tocsin.core.asked import Asked
from tocsin.core.escalation.policy import Stamped
from tocsin.core.facts import Fact
from tocsin.core.incident_paging import Alert
from tocsin.core.procedures.run import Freeze, Lock, Run
from tocsin.core.reruns import Rerun
from tocsin.core.words import title_from

OPEN, RESOLVED, DISMISSED, CLOSED = "open", "resolved", "dismissed", "closed"


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody said may be broken, with the way back to them. `moved_to` names the incident that it left for."""

    id: str
    source: str
    text: str
    reporter: str
    outside: bool
    answer_via: str
    address: str
    token: str
    url: str
    received_at: datetime
    joined: bool
    answered_at: datetime | None = None
    answer_url: str = ""
    told_at: datetime | None = None
    moved_to: str = ""
    title: str = ""

    @property
    def heading(self) -> str:
        """What they call it themselves."""
        return title_from(self.title or self.text)


@dataclass(frozen=True, slots=True)
class Thread:
    """Where it is talked about. `announced` is set where that is a channel of its own: its card in the incidents channel."""

    channel: str
    message: str
    url: str
    announced: str = ""


@dataclass(frozen=True, slots=True)
class Public:
    """The public words so far: drafted, approved, the issue and the post with their later state.

    `words` are those last approved, which stay what the issue says when `approved` falls away; `updates` are (when, text).
    """

    draft: f.PublicWordsDrafted | None = None
    approved: f.PublicWordsApproved | None = None
    words: f.PublicWordsApproved | None = None
    updates: tuple[tuple[datetime, f.PublicUpdateApproved], ...] = ()
    issue: f.IssueOpened | None = None
    post: f.PostPublished | None = None
    issue_closed: bool = False
    post_answered: bool = False


@dataclass(frozen=True, slots=True)
class Incident:
    """The state that the facts add up to. Times are aware UTC; "" and None mean that it has not happened.

    `members` are those who may know of it while it is `private`: who declared it, who was paged, who owns it, who was added.
    `left_thread` is the one that everybody read before it became private. `builds` has the last word on each workflow,
    `verdicts` that on going back with each target. `runs` are those of procedures, `freezes` the updaters that are off, `locks` the branches that are locked. `reruns` are builds
    that are run again. `stamped` is the
    escalation policy from its start, `alert` how it pages by that, or by what replaced it.
    """

    ref: str
    title: str
    kind: str
    severity: str
    handbook: str
    started_at: datetime
    first_aware: str
    abilities: frozenset[str]
    stamped: Stamped
    similar: tuple[str, ...]
    alert: Alert
    kept: f.KeptPager = f.OURS
    private: bool = False
    members: frozenset[str] = frozenset()
    status: str = OPEN
    ended_at: datetime | None = None
    closed_at: datetime | None = None
    owner: str = ""
    owned_at: datetime | None = None
    reports: tuple[Report, ...] = ()
    thread: Thread | None = None
    left_thread: Thread | None = None
    public: Public = Public()
    next_update_at: datetime | None = None
    last_word: str = ""
    tags: tuple[str, ...] = ()
    rollback: f.RollbackAnswered | None = None
    resolved: f.Resolved | None = None
    dismissed: f.Dismissed | None = None
    ops_log: f.OpsLogWritten | None = None
    asked: Asked = field(default_factory=Asked)
    steps: tuple[f.StepTaken, ...] = ()
    builds: tuple[f.BuildRed | f.BuildGreen, ...] = ()
    verdicts: tuple[f.RevertibilityJudged, ...] = ()
    runs: tuple[Run, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    locks: tuple[Lock, ...] = ()
    reruns: tuple[Rerun, ...] = ()
    facts: tuple[Fact, ...] = field(default=(), repr=False)

    @property
    def is_open(self) -> bool:
        return self.status == OPEN

    @property
    def has_chosen_policy(self) -> bool:
        """Whether whoever declared it named the policy by which it pages."""
        first = self.facts[0].what
        return isinstance(first, f.Declared) and first.chosen

    @property
    def pager(self) -> str:
        """The pager that has its alert, by name; "" where Tocsin pages by itself, that pager would not take this incident, or it was given
        to others, of whom that pager knows nothing."""
        return "" if self.alert.outside_refused or self.alert.is_reassigned else self.kept.via

    @property
    def times_opened(self) -> int:
        """Each time has an alert of its own in such a pager."""
        return 1 + sum(isinstance(fact.what, f.Reopened) for fact in self.facts)

    @property
    def is_ended(self) -> bool:
        """Resolved or dismissed, perhaps closed."""
        return self.status != OPEN

    @property
    def handles_reports(self) -> tuple[Report, ...]:
        """The reports that are this incident's to answer."""
        return tuple(report for report in self.reports if not report.moved_to)

    def is_awaited(self, person: str) -> bool:
        """Whether this person was paged, and it still counts that they answer."""
        alert = self.alert
        return self.is_open and (
            person in alert.called or (person in alert.people and not alert.is_answered_by(person))
        )

    def may_be_known_to(self, person: str) -> bool:
        """Whether this person ("" is nobody of ours) may know that it exists."""
        return not self.private or (bool(person) and person in self.members)

    def is_read_by_all(self, via: str) -> bool:
        """Whether the whole world can read what is answered on that service."""
        return f"public:{via}" in self.abilities

    def run(self, id: str) -> Run | None:
        return next((run for run in self.runs if run.id == id), None)

    def verdict(self, target: str) -> f.RevertibilityJudged | None:
        """What was judged last of going back with that target."""
        return next((one for one in self.verdicts if one.target == target), None)

    def report(self, id: str) -> Report | None:
        return next((report for report in self.reports if report.id == id), None)
