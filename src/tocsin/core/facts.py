"""What can happen in an incident: one small frozen class a kind of fact, and the envelope that dates, signs and chains them.

Facts are appended and never changed. The name under which a kind is stored stands in `KINDS`; once shipped it stays.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tocsin.core.escalation.policy import Stamped
from tocsin.core.facts_asked import HandoverAccepted as HandoverAccepted
from tocsin.core.facts_asked import HandoverAsked as HandoverAsked
from tocsin.core.facts_asked import HandoverDeclined as HandoverDeclined
from tocsin.core.facts_asked import HandoverReturned as HandoverReturned
from tocsin.core.facts_asked import MessageDelivered as MessageDelivered
from tocsin.core.facts_asked import TaskAccepted as TaskAccepted
from tocsin.core.facts_asked import TaskDeclined as TaskDeclined
from tocsin.core.facts_asked import TaskDelegated as TaskDelegated
from tocsin.core.facts_asked import TaskReported as TaskReported
from tocsin.core.facts_asked import TaskReturned as TaskReturned
from tocsin.core.facts_asked import TaskWithdrawn as TaskWithdrawn
from tocsin.core.facts_builds import BuildGreen as BuildGreen
from tocsin.core.facts_builds import BuildRed as BuildRed
from tocsin.core.facts_builds import Suspect as Suspect
from tocsin.core.facts_deploys import RevertibilityJudged as RevertibilityJudged
from tocsin.core.facts_duties import DeliveryDelayed as DeliveryDelayed
from tocsin.core.facts_duties import DeliveryRefused as DeliveryRefused
from tocsin.core.facts_duties import DutyChased as DutyChased
from tocsin.core.facts_duties import DutyDoneByHand as DutyDoneByHand
from tocsin.core.facts_duties import DutySnoozed as DutySnoozed
from tocsin.core.facts_duties import DutyWaived as DutyWaived
from tocsin.core.facts_learning import FeedbackGiven as FeedbackGiven
from tocsin.core.facts_learning import FollowUpDone as FollowUpDone
from tocsin.core.facts_learning import FollowUpFiled as FollowUpFiled
from tocsin.core.facts_learning import FollowUpOpened as FollowUpOpened
from tocsin.core.facts_learning import FollowUpReopened as FollowUpReopened
from tocsin.core.facts_learning import NoFollowUps as NoFollowUps
from tocsin.core.facts_learning import RetrospectiveDeclined as RetrospectiveDeclined
from tocsin.core.facts_learning import RetrospectiveHeld as RetrospectiveHeld
from tocsin.core.facts_learning import RetrospectiveInvited as RetrospectiveInvited
from tocsin.core.facts_learning import RetrospectivePlanned as RetrospectivePlanned
from tocsin.core.facts_learning import RetrospectiveReminded as RetrospectiveReminded
from tocsin.core.facts_paging import OURS as OURS
from tocsin.core.facts_paging import AcknowledgementExpired as AcknowledgementExpired
from tocsin.core.facts_paging import AlertClosed as AlertClosed
from tocsin.core.facts_paging import AlertCreated as AlertCreated
from tocsin.core.facts_paging import EscalationHeld as EscalationHeld
from tocsin.core.facts_paging import EscalationRanOut as EscalationRanOut
from tocsin.core.facts_paging import KeptPager as KeptPager
from tocsin.core.facts_paging import NobodyToPage as NobodyToPage
from tocsin.core.facts_paging import PageAcknowledged as PageAcknowledged
from tocsin.core.facts_paging import Paged as Paged
from tocsin.core.facts_paging import PageDelivered as PageDelivered
from tocsin.core.facts_paging import PageUnacknowledged as PageUnacknowledged
from tocsin.core.facts_paging import PagingSnoozed as PagingSnoozed
from tocsin.core.facts_paging import PagingSnoozeEnded as PagingSnoozeEnded
from tocsin.core.facts_paging import PlacesCalled as PlacesCalled
from tocsin.core.facts_paging import PlaceTold as PlaceTold
from tocsin.core.facts_paging import Reassigned as Reassigned
from tocsin.core.facts_procedures import BranchLocked as BranchLocked
from tocsin.core.facts_procedures import BranchUnlocked as BranchUnlocked
from tocsin.core.facts_procedures import MergedWithoutReview as MergedWithoutReview
from tocsin.core.facts_procedures import PlannedStep as PlannedStep
from tocsin.core.facts_procedures import ProcedureAgreed as ProcedureAgreed
from tocsin.core.facts_procedures import ProcedureApproved as ProcedureApproved
from tocsin.core.facts_procedures import ProcedureAsked as ProcedureAsked
from tocsin.core.facts_procedures import ProcedureFailed as ProcedureFailed
from tocsin.core.facts_procedures import ProcedurePlanned as ProcedurePlanned
from tocsin.core.facts_procedures import ProcedureResumed as ProcedureResumed
from tocsin.core.facts_procedures import ProcedureStarted as ProcedureStarted
from tocsin.core.facts_procedures import ProcedureStopAsked as ProcedureStopAsked
from tocsin.core.facts_procedures import ProcedureStopped as ProcedureStopped
from tocsin.core.facts_procedures import ProcedureVerified as ProcedureVerified
from tocsin.core.facts_procedures import ProcedureWithdrawn as ProcedureWithdrawn
from tocsin.core.facts_procedures import SchemaFoundClean as SchemaFoundClean
from tocsin.core.facts_procedures import SchemaFoundDirty as SchemaFoundDirty
from tocsin.core.facts_procedures import SeenOutside as SeenOutside
from tocsin.core.facts_procedures import StepDone as StepDone
from tocsin.core.facts_procedures import StepFailed as StepFailed
from tocsin.core.facts_procedures import StepOutput as StepOutput
from tocsin.core.facts_procedures import UpdatersFrozen as UpdatersFrozen
from tocsin.core.facts_procedures import UpdatersThawed as UpdatersThawed
from tocsin.core.facts_public import IssueClosed as IssueClosed
from tocsin.core.facts_public import IssueOpened as IssueOpened
from tocsin.core.facts_public import IssueUpdated as IssueUpdated
from tocsin.core.facts_public import PostAnswered as PostAnswered
from tocsin.core.facts_public import PostPublished as PostPublished
from tocsin.core.facts_public import PostUpdated as PostUpdated
from tocsin.core.facts_public import PublicUpdateApproved as PublicUpdateApproved
from tocsin.core.facts_public import PublicWordsApproved as PublicWordsApproved
from tocsin.core.facts_public import PublicWordsDrafted as PublicWordsDrafted
from tocsin.core.facts_reruns import BuildRerunAsked as BuildRerunAsked
from tocsin.core.facts_reruns import BuildRerunEnded as BuildRerunEnded
from tocsin.core.facts_reruns import BuildRerunStarted as BuildRerunStarted
from tocsin.core.facts_reruns import RevertJudged as RevertJudged
from tocsin.core.what import What as What

TOCSIN: Final = "tocsin"
"""Who did it, where Tocsin did it by itself."""


@dataclass(frozen=True, slots=True)
class PolicyStep:
    """A step as incidents were stamped with it before policies had names: `on-call`, `team:NAME`, `person:HANDLE`, and how long it waits."""

    to: tuple[str, ...]
    wait_seconds: int


@dataclass(frozen=True, slots=True)
class Declared(What):
    """An incident was opened. `abilities` are what this Tocsin could reach then: duties that need another do not arise.

    `aware` is the handle of the first of our people to know of it; "" where it came from outside. Of a `private` one only
    its members may know. `pager` is whose alert it has; None: from the time before teams chose, when the one that was linked had all.
    `stamped` is the escalation policy that it goes by; None: from the time before, when it was the steps in `policy`. `chosen`: whoever
    declared it named that policy, else the handbook says it.
    """

    ref: str
    title: str
    kind: str
    severity: str
    handbook: str
    abilities: tuple[str, ...] = ()
    policy: tuple[PolicyStep, ...] = ()
    similar: tuple[str, ...] = ()
    aware: str = ""
    private: bool = False
    pager: KeptPager | None = None
    stamped: Stamped | None = None
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class ReportReceived(What):
    """Somebody said that something may be broken. `answer_via` is the way back: x, slack, email, or page (its status page).

    `title` is what they put above it, as the subject of a mail is: "" where they put nothing there.
    `why` is said where it joined by a rule of the handbook, and nobody looked.
    """

    report: str
    source: str
    text: str
    reporter: str
    outside: bool
    answer_via: str
    token: str
    address: str = ""
    url: str = ""
    joined: bool = False
    moved_from: str = ""
    why: str = ""
    title: str = ""

    @property
    def said(self) -> str:
        """What they wrote: with what they put above it, where that has not become the incident's title."""
        above = self.title if self.joined and self.title not in self.text else ""
        return f"{above}\n{self.text}" if above else self.text


@dataclass(frozen=True, slots=True)
class ReportMoved(What):
    """A report left this incident for another one: joined there, or split off."""

    report: str
    to: str
    reason: str


@dataclass(frozen=True, slots=True)
class ActionApproved(What):
    """A person let Tocsin do what it offered for a duty; `text` replaces the draft where they edited it."""

    duty: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class ReporterAnswered(What):
    """The reporter can read, on their own channel, that it is being handled."""

    report: str
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class ReporterTold(What):
    """The reporter can read how it ended."""

    report: str
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class ThreadOpened(What):
    """The thread stands in the incidents channel; `channel` and `message` are the chat's own ids.

    Where the incident has a channel of its own, that is the place, and `announced` (CHANNEL/MESSAGE) its card in the incidents channel.
    """

    channel: str
    message: str
    url: str
    announced: str = ""


@dataclass(frozen=True, slots=True)
class Owned(What):
    """A person said of themself that they own it."""

    person: str


@dataclass(frozen=True, slots=True)
class NextStepsStated(What):
    text: str
    next_update_at: datetime


@dataclass(frozen=True, slots=True)
class UpdatePosted(What):
    text: str
    next_update_at: datetime


@dataclass(frozen=True, slots=True)
class NoteAdded(What):
    """A line for the timeline. Never evidence of a duty."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class SeverityChanged(What):
    was: str
    now: str
    reason: str


@dataclass(frozen=True, slots=True)
class KindChanged(What):
    """It proved to be of another kind. Once `private` it stays so: what was said in confidence can't be made public.

    `stamped` is the escalation policy of that kind, where it is another one: from then on the incident pages by that.
    """

    was: str
    now: str
    reason: str
    private: bool
    stamped: Stamped | None = None


@dataclass(frozen=True, slots=True)
class MemberAdded(What):
    """Somebody may know of a private incident from here on."""

    person: str
    reason: str


@dataclass(frozen=True, slots=True)
class Retitled(What):
    """The incident has a better title than the reporter's words."""

    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Tagged(What):
    """Somebody put words on it by which it is found and sorted."""

    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RollbackAnswered(What):
    """ "Rolled back?": yes and how, or no and why not."""

    rolled_back: bool
    text: str


@dataclass(frozen=True, slots=True)
class Resolved(What):
    """It is well again. `evidence` says how one knows; `public` is what outsiders are told."""

    how: str
    evidence: str
    public: str = ""


@dataclass(frozen=True, slots=True)
class Dismissed(What):
    """It proved to be none. `verified` says how one knows; `public` is what reporters are told beside that all is well."""

    reason: str
    verified: str
    same_as: str = ""
    public: str = ""


@dataclass(frozen=True, slots=True)
class Reopened(What):
    """It was not over. `pager` is whose alert it has from then on; None: the same as before."""

    reason: str
    pager: KeptPager | None = None


@dataclass(frozen=True, slots=True)
class OpsLogWritten(What):
    impact: str
    detection: str
    cause: str
    resolution: str
    links: tuple[str, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class OpsLogAppended(What):
    """The entry stands in the organisation's own document too."""

    url: str


@dataclass(frozen=True, slots=True)
class InboxOverlooked(What):
    """A message waited in the inbox and nobody looked at it by `due_at`: Tocsin assumed the worst. `report` is what became of it."""

    message: int
    report: str
    received_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class StepTaken(What):
    """A step that the handbook has people record was taken: `values` are its fields with what was entered."""

    step: str
    title: str
    values: tuple[tuple[str, str], ...]
    url: str = ""


@dataclass(frozen=True, slots=True)
class Closed(What):
    """Ended, and every duty is settled: all is learned."""


KINDS: Final[dict[str, type[What]]] = {
    "incident_declared": Declared,
    "report_received": ReportReceived,
    "report_moved": ReportMoved,
    "action_approved": ActionApproved,
    "reporter_answered": ReporterAnswered,
    "reporter_told": ReporterTold,
    "thread_opened": ThreadOpened,
    "paged": Paged,
    "nobody_to_page": NobodyToPage,
    "escalation_ran_out": EscalationRanOut,
    "page_delivered": PageDelivered,
    "places_called": PlacesCalled,
    "place_told": PlaceTold,
    "page_acknowledged": PageAcknowledged,
    "page_unacknowledged": PageUnacknowledged,
    "acknowledgement_expired": AcknowledgementExpired,
    "paging_snoozed": PagingSnoozed,
    "paging_snooze_ended": PagingSnoozeEnded,
    "reassigned": Reassigned,
    "escalation_held": EscalationHeld,
    "alert_created": AlertCreated,
    "alert_closed": AlertClosed,
    "owned": Owned,
    "next_steps_stated": NextStepsStated,
    "update_posted": UpdatePosted,
    "note_added": NoteAdded,
    "severity_changed": SeverityChanged,
    "kind_changed": KindChanged,
    "member_added": MemberAdded,
    "retitled": Retitled,
    "tagged": Tagged,
    "rollback_answered": RollbackAnswered,
    "public_words_drafted": PublicWordsDrafted,
    "public_words_approved": PublicWordsApproved,
    "issue_opened": IssueOpened,
    "post_published": PostPublished,
    "public_update_approved": PublicUpdateApproved,
    "issue_updated": IssueUpdated,
    "post_updated": PostUpdated,
    "issue_closed": IssueClosed,
    "post_answered": PostAnswered,
    "resolved": Resolved,
    "dismissed": Dismissed,
    "reopened": Reopened,
    "ops_log_written": OpsLogWritten,
    "ops_log_appended": OpsLogAppended,
    "inbox_overlooked": InboxOverlooked,
    "build_red": BuildRed,
    "build_green": BuildGreen,
    "build_rerun_asked": BuildRerunAsked,
    "build_rerun_started": BuildRerunStarted,
    "build_rerun_ended": BuildRerunEnded,
    "revert_judged": RevertJudged,
    "revertibility_judged": RevertibilityJudged,
    "duty_chased": DutyChased,
    "duty_snoozed": DutySnoozed,
    "duty_waived": DutyWaived,
    "duty_done_by_hand": DutyDoneByHand,
    "delivery_refused": DeliveryRefused,
    "delivery_delayed": DeliveryDelayed,
    "message_delivered": MessageDelivered,
    "step_taken": StepTaken,
    "task_delegated": TaskDelegated,
    "task_accepted": TaskAccepted,
    "task_declined": TaskDeclined,
    "task_returned": TaskReturned,
    "task_reported": TaskReported,
    "task_withdrawn": TaskWithdrawn,
    "handover_asked": HandoverAsked,
    "handover_accepted": HandoverAccepted,
    "handover_declined": HandoverDeclined,
    "handover_returned": HandoverReturned,
    "follow_up_filed": FollowUpFiled,
    "follow_up_opened": FollowUpOpened,
    "follow_up_done": FollowUpDone,
    "follow_up_reopened": FollowUpReopened,
    "no_follow_ups": NoFollowUps,
    "retrospective_planned": RetrospectivePlanned,
    "retrospective_declined": RetrospectiveDeclined,
    "retrospective_invited": RetrospectiveInvited,
    "retrospective_reminded": RetrospectiveReminded,
    "feedback_given": FeedbackGiven,
    "retrospective_held": RetrospectiveHeld,
    "procedure_asked": ProcedureAsked,
    "procedure_planned": ProcedurePlanned,
    "procedure_agreed": ProcedureAgreed,
    "procedure_approved": ProcedureApproved,
    "procedure_started": ProcedureStarted,
    "step_output": StepOutput,
    "step_done": StepDone,
    "step_failed": StepFailed,
    "procedure_verified": ProcedureVerified,
    "procedure_failed": ProcedureFailed,
    "procedure_stop_asked": ProcedureStopAsked,
    "procedure_stopped": ProcedureStopped,
    "procedure_resumed": ProcedureResumed,
    "procedure_withdrawn": ProcedureWithdrawn,
    "updaters_frozen": UpdatersFrozen,
    "updaters_thawed": UpdatersThawed,
    "merged_without_review": MergedWithoutReview,
    "branch_locked": BranchLocked,
    "branch_unlocked": BranchUnlocked,
    "schema_found_dirty": SchemaFoundDirty,
    "schema_found_clean": SchemaFoundClean,
    "closed": Closed,
}
STEP: Final = "step:"
SUBJECTS: Final = ("report", "task", "handover", "follow_up", "freeze", "lock", "schema", "run")
NAMES: Final[dict[type[What], str]] = {what: name for name, what in KINDS.items()}


@dataclass(frozen=True, slots=True)
class Fact:
    """One entry of an incident's timeline. `n` counts from 1; `by` is a person's handle, or `tocsin`; `door` is where it came in."""

    n: int
    at: datetime
    by: str
    door: str
    what: What

    @property
    def kind(self) -> str:
        return NAMES[type(self.what)]


def is_of(fact: Fact, kinds: tuple[str, ...]) -> bool:
    """Whether the fact is of one of these kinds. `step:ID` names one of the handbook's own recorded steps."""
    if isinstance(fact.what, StepTaken) and f"{STEP}{fact.what.step}" in kinds:
        return True
    return fact.kind in kinds


def subject_of(what: What) -> str:
    """The id of what the fact is about: its report, task, handover, follow-up, freeze, lock, schema or run; "" where it is about the whole incident."""
    return next((id for name in SUBJECTS if (id := getattr(what, name, ""))), "")


def chain(before: str, fact: Fact, data: bytes) -> str:
    """The hash of a fact: of the one before it, of its envelope and of `data`, its content in one agreed spelling.

    A history in which anything was changed, left out or put in no longer adds up.
    """
    envelope = f"{before}|{fact.n}|{fact.at.isoformat()}|{fact.by}|{fact.door}|{fact.kind}|"
    return hashlib.sha256(envelope.encode() + data).hexdigest()
