"""When duties arise: with a fact, once for each report or task, or when the incident has been severe long enough."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from tocsin.core import facts as f
from tocsin.core import handbook as hb
from tocsin.core.facts import Fact
from tocsin.core.incident import Incident, Report

OUTWARD: Final = frozenset({"issue", "post", "doc"})
"""What others than an incident's members can read."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A duty that arose: with which fact (the n of the last one before, where only time made it arise), for which report."""

    id: str
    at: datetime
    n: int
    severity: str
    fact: Fact | None = None
    report: Report | None = None
    subject: str = ""


def applies(incident: Incident, rule: hb.Rule) -> bool:
    right_kind = not rule.kinds or incident.kind in rule.kinds
    # Of a private incident nothing leaves the house for those places, so nothing of the kind is owed.
    able = incident.abilities - OUTWARD if incident.private else incident.abilities
    return right_kind and set(rule.needs) <= able


def next_arising(incident: Incident, handbook: hb.Handbook, now: datetime) -> datetime | None:
    """When the next duty arises by mere passing of time; None if no such is in sight."""
    coming = [
        start + rule.after_severe
        for rule in handbook.rules
        if rule.after_severe is not None and applies(incident, rule)
        for start, end, _ in _severe_spans(incident, handbook)
        if end is None and start + rule.after_severe > now
    ]
    return min(coming, default=None)


def occurrences(
    incident: Incident, handbook: hb.Handbook, rule: hb.Rule, now: datetime
) -> Iterator[Occurrence]:
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
            yield Occurrence(f"{rule.id}-{count}", fact.at, fact.n, _severity_at(incident, fact.n), fact)
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


def _of_severities(incident: Incident, rule: hb.Rule, arising: set[int]) -> Iterator[Occurrence]:
    """It ends when the severity leaves those that the rule names, and arises again when it comes back: unless it was done."""
    since = _of_its_kind_since(incident, rule)
    found: list[Occurrence] = []
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
            found.append(Occurrence(id, fact.at, fact.n, _severity_at(incident, fact.n), fact))
            stands = True
    for occurrence in found:
        yield _not_before(incident, rule, occurrence)


def _each(incident: Incident, rule: hb.Rule, arising: list[Fact]) -> Iterator[Occurrence]:
    """For each task, handover or follow-up, and again where one comes back."""
    counts: dict[str, int] = {}
    for fact in arising:
        subject = f.subject_of(fact.what)
        count = counts[subject] = counts.get(subject, 0) + 1
        id = f"{rule.id}-{subject}" + (f"-{count}" if count > 1 else "")
        yield Occurrence(id, fact.at, fact.n, _severity_at(incident, fact.n), fact, subject=subject)


def _not_before(incident: Incident, rule: hb.Rule, arose: Occurrence) -> Occurrence:
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


def _once_a_round(incident: Incident, rule: hb.Rule, fact: Fact) -> Iterator[Occurrence]:
    """An incident that is opened again begins a new round, in which its duties may arise anew."""
    rounds = 1 + sum(isinstance(old.what, f.Reopened) and old.n <= fact.n for old in incident.facts)
    severity = _severity_at(incident, fact.n)
    if rule.per == hb.ONCE:
        id = rule.id if rounds == 1 else f"{rule.id}-{rounds}"
        yield Occurrence(id, fact.at, fact.n, severity, fact)
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
        yield Occurrence(f"{rule.id}-{report.id}{again}", fact.at, fact.n, severity, fact, report, report.id)


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


def _by_time(incident: Incident, handbook: hb.Handbook, rule: hb.Rule, now: datetime) -> Iterator[Occurrence]:
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
            yield Occurrence(id, at, min(n, noticed - 1) if noticed else n, severity)


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
