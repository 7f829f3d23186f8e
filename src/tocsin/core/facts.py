"""What can happen in an incident: one small frozen class a kind of fact, and the envelope that dates, signs and chains them.

Facts are appended and never changed. The name under which a kind is stored stands in `KINDS`; once shipped it stays.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

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
from tocsin.core.facts_incident import ActionApproved as ActionApproved
from tocsin.core.facts_incident import Closed as Closed
from tocsin.core.facts_incident import Declared as Declared
from tocsin.core.facts_incident import Dismissed as Dismissed
from tocsin.core.facts_incident import InboxOverlooked as InboxOverlooked
from tocsin.core.facts_incident import KindChanged as KindChanged
from tocsin.core.facts_incident import MemberAdded as MemberAdded
from tocsin.core.facts_incident import NextStepsStated as NextStepsStated
from tocsin.core.facts_incident import NoteAdded as NoteAdded
from tocsin.core.facts_incident import OpsLogAppended as OpsLogAppended
from tocsin.core.facts_incident import OpsLogWritten as OpsLogWritten
from tocsin.core.facts_incident import Owned as Owned
from tocsin.core.facts_incident import PolicyStep as PolicyStep
from tocsin.core.facts_incident import Reopened as Reopened
from tocsin.core.facts_incident import ReporterAnswered as ReporterAnswered
from tocsin.core.facts_incident import ReporterTold as ReporterTold
from tocsin.core.facts_incident import ReportMoved as ReportMoved
from tocsin.core.facts_incident import ReportReceived as ReportReceived
from tocsin.core.facts_incident import Resolved as Resolved
from tocsin.core.facts_incident import Retitled as Retitled
from tocsin.core.facts_incident import RollbackAnswered as RollbackAnswered
from tocsin.core.facts_incident import SeverityChanged as SeverityChanged
from tocsin.core.facts_incident import StepTaken as StepTaken
from tocsin.core.facts_incident import Tagged as Tagged
from tocsin.core.facts_incident import ThreadOpened as ThreadOpened
from tocsin.core.facts_incident import UpdatePosted as UpdatePosted
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
