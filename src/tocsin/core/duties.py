"""What is owed: `ledger(incident, handbook, now) -> [Duty]`, from the facts alone.

A duty arises with a fact (or when the incident has been severe long enough), is discharged by a fact, and is late when its time
has passed without one. Chatter never discharges a duty: only the kinds of fact that the handbook names do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from tocsin.core import facts as f
from tocsin.core import handbook as hb
from tocsin.core.arising import Occurrence, applies, occurrences
from tocsin.core.facts import Fact
from tocsin.core.incident import Incident, Report

OWED, MET, LATE, MISSED, WAIVED = "owed", "met", "late", "missed", "waived"
ENDS: Final = (f.Resolved, f.Dismissed)


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty of one incident. `owes` are handles; `evidence` a link, or the place in the timeline; `chased` counts the late steps,
    which wait until `quiet_until` where somebody asked for that.

    `report` is the one that it is about, `subject` that, or the task, handover or follow-up.

    `approved` is what a person let go out for it: None while nobody did, "" where the draft goes out as it is. `on_its_way` says
    that Tocsin is sending it, `refused` how often a service said no to that. `in_confidence`: the only way to send it is one that
    everybody can read, and the incident is private, so a person does it by hand, or waives it.
    """

    id: str
    rule: hb.Rule
    arises_at: datetime
    due_at: datetime
    owes: tuple[str, ...]
    state: str = OWED
    report: str = ""
    subject: str = ""
    done_at: datetime | None = None
    by: str = ""
    evidence: str = ""
    fact: int = 0
    reason: str = ""
    asked: bool = False
    approved: str | None = None
    on_its_way: bool = False
    in_confidence: bool = False
    refused: int = 0
    chased: int = 0
    chased_at: datetime | None = None
    quiet_until: datetime | None = None

    @property
    def title(self) -> str:
        return self.rule.title

    @property
    def can_be_sent(self) -> bool:
        """Whether Tocsin sends it when somebody says so."""
        return self.rule.does in hb.SENT and not self.on_its_way and not self.in_confidence

    def is_overdue(self, now: datetime) -> bool:
        return self.state == OWED and now > self.due_at


def ledger(incident: Incident, handbook: hb.Handbook, now: datetime) -> list[Duty]:
    """Every duty of the incident that has arisen by `now`, in the order in which they arose."""
    duties = [
        _settled(incident, handbook, rule, occurrence)
        for rule in handbook.rules
        if applies(incident, rule)
        for occurrence in occurrences(incident, handbook, rule, now)
    ]
    return sorted(duties, key=lambda duty: (duty.arises_at, duty.due_at))


def open_duties(duties: list[Duty]) -> list[Duty]:
    return [duty for duty in duties if duty.state == OWED]


def _settled(incident: Incident, handbook: hb.Handbook, rule: hb.Rule, arose: Occurrence) -> Duty:
    """The duty that arose there, as the later facts have left it."""
    in_confidence = incident.private and _is_told_to_all(incident, rule, arose.report)
    duty = Duty(
        id=arose.id,
        rule=rule,
        arises_at=arose.at,
        due_at=_first_due_at(handbook, rule, arose),
        owes=_owes(incident, rule, arose),
        report=arose.report.id if arose.report else "",
        subject=arose.subject,
        on_its_way=rule.does in hb.SENT
        and not in_confidence
        and rule.is_automatic(arose.report.source if arose.report else ""),
        in_confidence=in_confidence,
    )
    for fact in incident.facts[arose.n :]:
        if duty.state == OWED:
            duty = _after(handbook, duty, arose, fact)
    return duty if duty.state == OWED else replace(duty, owes=_owed_then(incident, rule, arose, duty.fact))


def _is_told_to_all(incident: Incident, rule: hb.Rule, report: Report | None) -> bool:
    if report is not None:
        return incident.is_read_by_all(report.answer_via)
    return rule.does in hb.SENT_TO_ALL


def _first_due_at(handbook: hb.Handbook, rule: hb.Rule, arose: Occurrence) -> datetime:
    due_at = arose.at + handbook.within(rule, arose.severity)
    promised: datetime = getattr(arose.fact.what, rule.due_from, due_at) if arose.fact else due_at
    return min(due_at, promised)


def _after(handbook: hb.Handbook, duty: Duty, arose: Occurrence, fact: Fact) -> Duty:
    """An owed duty after one more fact."""
    match fact.what:
        case f.DutyChased(duty=id, step=hb.ASK) if id == duty.id:
            return replace(duty, asked=True)
        case f.DutyChased(duty=id) if id == duty.id:
            return replace(duty, chased=duty.chased + 1, chased_at=fact.at)
        case f.DutySnoozed(duty=id, until=until) if id == duty.id:
            return replace(duty, quiet_until=until)
        case f.ActionApproved(duty=id, text=text) if id == duty.id:
            return replace(duty, approved=text, on_its_way=True)
        case f.DeliveryRefused(duty=id) if id == duty.id:
            return replace(duty, approved=None, on_its_way=False, refused=duty.refused + 1)
        case f.SeverityChanged(now=severity) if fact.at < duty.due_at and _goes_by(duty.rule, severity):
            # A worse severity asks for more haste; a milder one does not take back what was promised.
            return replace(duty, due_at=min(duty.due_at, fact.at + handbook.within(duty.rule, severity)))
    outcome = _outcome(handbook, duty.rule, arose, fact)
    if outcome is None:
        return duty
    done, reason = outcome
    in_time = fact.at <= duty.due_at
    if done:
        state = MET if in_time else LATE
        return replace(duty, state=state, done_at=fact.at, by=fact.by, fact=fact.n, evidence=_evidence(fact))
    if in_time or isinstance(fact.what, f.DutyWaived):
        return replace(duty, state=WAIVED, done_at=fact.at, by=fact.by, fact=fact.n, reason=reason)
    return replace(duty, state=MISSED, fact=fact.n, reason=reason)


def _goes_by(rule: hb.Rule, severity: str) -> bool:
    """Whether another severity may bring the duty's time forward, instead of ending it."""
    return not rule.after_severe and (not rule.severities or severity in rule.severities)


def _outcome(handbook: hb.Handbook, rule: hb.Rule, arose: Occurrence, fact: Fact) -> tuple[bool, str] | None:
    """What this fact does to the duty: (True, "") discharges it, (False, why) ends it undone, None leaves it owed."""
    what = fact.what
    if isinstance(what, f.DutyWaived) and what.duty == arose.id:
        return False, what.reason
    if isinstance(what, f.DutyDoneByHand) and what.duty == arose.id:
        return True, ""
    about = f.subject_of(what)
    if arose.subject and about and about != arose.subject:
        return None
    if f.is_of(fact, rule.discharged_by):
        return True, ""
    if isinstance(what, f.ReportMoved) and arose.report and what.report == arose.report.id:
        return False, f"the report moved to {what.to}"
    if f.is_of(fact, rule.ends_with):
        ended = isinstance(what, (f.Resolved, f.Dismissed, f.Reopened))
        return False, f"the incident was {fact.kind} first" if ended else f"{fact.kind.replace('_', ' ')}"
    if isinstance(what, f.SeverityChanged) and rule.severities and what.now not in rule.severities:
        return False, f"the severity was changed to {what.now}: {what.reason}"
    if isinstance(what, f.SeverityChanged) and rule.after_severe and not handbook.severity(what.now).severe:
        return False, f"the severity was lowered to {what.now}: {what.reason}"
    if isinstance(what, f.Reopened) and any(kind in ("resolved", "dismissed") for kind in rule.arises):
        return False, "the incident was opened again"
    return None


def _asked(arose: Occurrence) -> tuple[str, ...]:
    """Who was asked, with the fact that the duty arose from."""
    what = arose.fact.what if arose.fact else None
    person: str = getattr(what, "to", "") or getattr(what, "person", "")
    return (person,) if person else ()


def _owes(incident: Incident, rule: hb.Rule, arose: Occurrence) -> tuple[str, ...]:
    """Handles of those who owe it: the owner once there is one, else those whom the escalation has reached so far."""
    if rule.owes == hb.ASKED:
        return _asked(arose)
    if rule.owes == hb.FIRST_AWARE and incident.first_aware:
        return (incident.first_aware,)
    if rule.owes in (hb.OWNER, hb.FIRST_AWARE) and incident.owner:
        return (incident.owner,)
    return incident.alert.people


def _owed_then(incident: Incident, rule: hb.Rule, arose: Occurrence, n: int) -> tuple[str, ...]:
    """Who owed it when fact `n` settled it: a later owner has no part in it."""
    if rule.owes == hb.ASKED:
        return _asked(arose)
    if rule.owes == hb.FIRST_AWARE and incident.first_aware:
        return (incident.first_aware,)
    owner: str = ""
    people: tuple[str, ...] = ()
    for fact in incident.facts[: n - 1]:
        match fact.what:
            case f.Owned(person=person):
                owner = person
            case f.Reopened():
                owner, people = "", ()
            case f.Paged(people=paged, by_hand=True):
                people = tuple(dict.fromkeys(people + paged))
            case f.Paged(people=paged):
                people = paged
            case _:
                pass
    return (owner,) if owner and rule.owes in (hb.OWNER, hb.FIRST_AWARE) else people


def _evidence(fact: Fact) -> str:
    """Where the evidence can be seen: the fact's own link, what it says of itself, or its place in the timeline."""
    what = fact.what
    if isinstance(what, f.DutyDoneByHand):
        return what.evidence
    url: str = getattr(what, "url", "")
    return url or f"#{fact.n}"
