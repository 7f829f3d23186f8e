"""What is owed: `ledger(incident, handbook, now) -> [Duty]`, from the facts alone.

A duty arises with a fact (or when the incident has been severe long enough), is discharged by a fact, and is late when its time
has passed without one. Chatter never discharges a duty: only the kinds of fact that the handbook names do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from tocsin.core import facts as f
from tocsin.core import handbook as hb
from tocsin.core.facts import Fact
from tocsin.core.incident import Incident, Report

OWED, MET, LATE, MISSED, WAIVED = "owed", "met", "late", "missed", "waived"
OUTWARD: Final = frozenset({"issue", "post", "doc"})
"""What others than an incident's members can read."""
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


@dataclass(frozen=True, slots=True)
class _Occurrence:
    """A duty that arose: with which fact (the n of the last one before, where only time made it arise), for which report."""

    id: str
    at: datetime
    n: int
    severity: str
    fact: Fact | None = None
    report: Report | None = None
    subject: str = ""


def ledger(incident: Incident, handbook: hb.Handbook, now: datetime) -> list[Duty]:
    """Every duty of the incident that has arisen by `now`, in the order in which they arose."""
    duties = [
        _settled(incident, handbook, rule, occurrence)
        for rule in handbook.rules
        if _applies(incident, rule)
        for occurrence in _occurrences(incident, handbook, rule, now)
    ]
    return sorted(duties, key=lambda duty: (duty.arises_at, duty.due_at))


def open_duties(duties: list[Duty]) -> list[Duty]:
    return [duty for duty in duties if duty.state == OWED]


def next_arising(incident: Incident, handbook: hb.Handbook, now: datetime) -> datetime | None:
    """When the next duty arises by mere passing of time; None if no such is in sight."""
    coming = [
        start + rule.after_severe
        for rule in handbook.rules
        if rule.after_severe is not None and _applies(incident, rule)
        for start, end, _ in _severe_spans(incident, handbook)
        if end is None and start + rule.after_severe > now
    ]
    return min(coming, default=None)


def _applies(incident: Incident, rule: hb.Rule) -> bool:
    right_kind = not rule.kinds or incident.kind in rule.kinds
    # Of a private incident nothing leaves the house for those places, so nothing of the kind is owed.
    able = incident.abilities - OUTWARD if incident.private else incident.abilities
    return right_kind and set(rule.needs) <= able


def _occurrences(
    incident: Incident, handbook: hb.Handbook, rule: hb.Rule, now: datetime
) -> Iterator[_Occurrence]:
    if rule.after_severe is not None:
        yield from _by_time(incident, handbook, rule, now)
        return
    arising = [
        fact
        for fact in incident.facts
        if f.is_of(fact, rule.arises)
        and (not rule.severities or _severity_at(incident, fact.n) in rule.severities)
    ]
    if rule.per == hb.EACH:
        yield from _each(incident, rule, arising)
        return
    if rule.per == hb.REGULAR:
        for count, fact in enumerate(arising, 1):
            yield _Occurrence(f"{rule.id}-{count}", fact.at, fact.n, _severity_at(incident, fact.n), fact)
        return
    arising = [
        fact for fact in arising if not rule.after_fact or _was_before(incident, rule.after_fact, fact)
    ]
    if rule.severities and rule.per == hb.ONCE:
        yield from _of_severities(incident, rule, {fact.n for fact in arising})
        return
    seen: set[str] = set()
    for fact in arising:
        for occurrence in _once_a_round(incident, rule, fact):
            if occurrence.id not in seen:
                seen.add(occurrence.id)
                yield _not_before(incident, rule, occurrence)


def _was_before(incident: Incident, kind: str, fact: Fact) -> bool:
    return any(old.kind == kind and old.n < fact.n for old in incident.facts)


def _of_severities(incident: Incident, rule: hb.Rule, arising: set[int]) -> Iterator[_Occurrence]:
    """It ends when the severity leaves those that the rule names, and arises again when it comes back: unless it was done."""
    since = _of_its_kind_since(incident, rule)
    found: list[_Occurrence] = []
    stands = done = False
    for fact in incident.facts:
        left = isinstance(fact.what, f.SeverityChanged) and fact.what.now not in rule.severities
        done = done or f.is_of(fact, rule.discharged_by)
        if (left or done) and stands and since and fact.n < since.n:
            found.pop()  # Over before the incident was of a kind that owes it.
        if isinstance(fact.what, f.Reopened) and "reopened" in rule.arises:
            stands = done = False
        stands = stands and not left and not done
        if fact.n in arising and not stands and not done:
            id = f"{rule.id}-{len(found) + 1}" if found else rule.id
            found.append(_Occurrence(id, fact.at, fact.n, _severity_at(incident, fact.n), fact))
            stands = True
    for occurrence in found:
        yield _not_before(incident, rule, occurrence)


def _each(incident: Incident, rule: hb.Rule, arising: list[Fact]) -> Iterator[_Occurrence]:
    """For each task, handover or follow-up, and again where one comes back."""
    counts: dict[str, int] = {}
    for fact in arising:
        subject = f.subject_of(fact.what)
        count = counts[subject] = counts.get(subject, 0) + 1
        id = f"{rule.id}-{subject}" + (f"-{count}" if count > 1 else "")
        yield _Occurrence(id, fact.at, fact.n, _severity_at(incident, fact.n), fact, subject=subject)


def _not_before(incident: Incident, rule: hb.Rule, arose: _Occurrence) -> _Occurrence:
    """A duty of some kinds only can't have been owed before the incident became of such a kind."""
    since = _of_its_kind_since(incident, rule)
    if since is None or since.n <= arose.n:
        return arose
    severity = _severity_at(incident, since.n)
    return replace(arose, at=since.at, n=since.n, severity=severity)


def _of_its_kind_since(incident: Incident, rule: hb.Rule) -> Fact | None:
    """The fact with which the incident became of a kind that owes this; None where all kinds do."""
    if not rule.kinds:
        return None
    was = next((fact for fact in incident.facts if isinstance(fact.what, f.Declared)), None)
    kind, since = (was.what.kind if was else ""), was  # type: ignore[attr-defined]
    for fact in incident.facts:
        if isinstance(fact.what, f.KindChanged):
            if fact.what.now in rule.kinds and kind not in rule.kinds:
                since = fact
            kind = fact.what.now
    return since


def _once_a_round(incident: Incident, rule: hb.Rule, fact: Fact) -> Iterator[_Occurrence]:
    """An incident that is opened again begins a new round, in which its duties may arise anew."""
    rounds = 1 + sum(isinstance(old.what, f.Reopened) and old.n <= fact.n for old in incident.facts)
    severity = _severity_at(incident, fact.n)
    if rule.per == hb.ONCE:
        id = rule.id if rounds == 1 else f"{rule.id}-{rounds}"
        yield _Occurrence(id, fact.at, fact.n, severity, fact)
        return
    received = isinstance(fact.what, f.ReportReceived)
    for report in incident.reports:
        if received and fact.what.report != report.id:  # type: ignore[attr-defined]
            continue
        arrivals = _arrivals(incident, report, fact.n)
        if not arrivals or (rule.outside_only and not report.outside):
            continue
        count = arrivals if received else rounds
        again = f"-{count}" if count > 1 else ""
        yield _Occurrence(f"{rule.id}-{report.id}{again}", fact.at, fact.n, severity, fact, report, report.id)


def _arrivals(incident: Incident, report: Report, n: int) -> int:
    """How often the report had come by fact `n`; 0 if it was not here then. One that left may come back."""
    count, here = 0, False
    for fact in incident.facts[:n]:
        match fact.what:
            case f.ReportReceived(report=id) if id == report.id:
                count, here = count + 1, True
            case f.ReportMoved(report=id) if id == report.id:
                here = False
    return count if here else 0


def _by_time(
    incident: Incident, handbook: hb.Handbook, rule: hb.Rule, now: datetime
) -> Iterator[_Occurrence]:
    assert rule.after_severe is not None
    count = 0
    for start, end, severity in _severe_spans(incident, handbook):
        at = start + rule.after_severe
        id = rule.id if count == 0 else f"{rule.id}-{count + 1}"
        noticed = _noticed(incident, id)
        still_severe = end is None or at < end
        if noticed or (at <= now and still_severe and not _done_before(incident, rule, at)):
            count += 1
            n = max(fact.n for fact in incident.facts if fact.at <= at)
            # What was done at that very instant came first, unless Tocsin had spoken of the duty by then.
            yield _Occurrence(id, at, min(n, noticed - 1) if noticed else n, severity)


def _noticed(incident: Incident, id: str) -> int | None:
    """The n of the fact with which Tocsin first spoke of that duty."""
    return next(
        (x.n for x in incident.facts if isinstance(x.what, f.DutyChased) and x.what.duty == id),
        None,
    )


def _done_before(incident: Incident, rule: hb.Rule, at: datetime) -> bool:
    """Whether what the duty asks was done, in this round, before it came to that."""
    done = False
    for fact in incident.facts:
        if fact.at > at:
            break
        if isinstance(fact.what, f.Reopened):
            done = False
        done = done or f.is_of(fact, rule.discharged_by)
    return done


def _severe_spans(
    incident: Incident, handbook: hb.Handbook
) -> Iterator[tuple[datetime, datetime | None, str]]:
    """The spans of time in which the incident was open and severe, with the severity at their start; the last may be endless."""
    severity, open_, start = "", False, None
    for fact in incident.facts:
        match fact.what:
            case f.Declared(severity=first):
                severity, open_ = first, True
            case f.SeverityChanged(now=new):
                severity = new
            case f.Resolved() | f.Dismissed():
                open_ = False
            case f.Reopened():
                open_ = True
            case _:
                continue
        severe = open_ and handbook.severity(severity).severe
        if severe and start is None:
            start = fact.at
        elif not severe and start is not None:
            yield start, fact.at, severity
            start = None
    if start is not None:
        yield start, None, severity


def _severity_at(incident: Incident, n: int) -> str:
    severity = ""
    for fact in incident.facts:
        if fact.n > n:
            break
        if isinstance(fact.what, f.Declared):
            severity = fact.what.severity
        elif isinstance(fact.what, f.SeverityChanged):
            severity = fact.what.now
    return severity


def _settled(incident: Incident, handbook: hb.Handbook, rule: hb.Rule, arose: _Occurrence) -> Duty:
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


def _first_due_at(handbook: hb.Handbook, rule: hb.Rule, arose: _Occurrence) -> datetime:
    due_at = arose.at + handbook.within(rule, arose.severity)
    promised: datetime = getattr(arose.fact.what, rule.due_from, due_at) if arose.fact else due_at
    return min(due_at, promised)


def _after(handbook: hb.Handbook, duty: Duty, arose: _Occurrence, fact: Fact) -> Duty:
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


def _outcome(handbook: hb.Handbook, rule: hb.Rule, arose: _Occurrence, fact: Fact) -> tuple[bool, str] | None:
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


def _asked(arose: _Occurrence) -> tuple[str, ...]:
    """Who was asked, with the fact that the duty arose from."""
    what = arose.fact.what if arose.fact else None
    person: str = getattr(what, "to", "") or getattr(what, "person", "")
    return (person,) if person else ()


def _owes(incident: Incident, rule: hb.Rule, arose: _Occurrence) -> tuple[str, ...]:
    """Handles of those who owe it: the owner once there is one, else those whom the escalation has reached so far."""
    if rule.owes == hb.ASKED:
        return _asked(arose)
    if rule.owes == hb.FIRST_AWARE and incident.first_aware:
        return (incident.first_aware,)
    if rule.owes in (hb.OWNER, hb.FIRST_AWARE) and incident.owner:
        return (incident.owner,)
    return incident.alert.people


def _owed_then(incident: Incident, rule: hb.Rule, arose: _Occurrence, n: int) -> tuple[str, ...]:
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
