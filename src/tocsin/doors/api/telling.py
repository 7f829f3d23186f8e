"""Makes the answers from what the acts give."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from tocsin.acts.declare import Declaration
from tocsin.acts.house import House
from tocsin.acts.looks import Row, View
from tocsin.core import duties
from tocsin.core.facts import Fact, HandoverAsked, TaskDelegated
from tocsin.core.handbook import Handbook
from tocsin.core.incident import Incident, Report
from tocsin.core.places import Places
from tocsin.doors.api import told
from tocsin.doors.api.telling_together import together


def short(house: House, incident: Incident) -> told.Incident:
    """An incident as it stands after an act. An act has loaded its handbook."""
    handbook = house.handbooks.get(incident.handbook, house.handbook)
    now = max(house.clock.now(), incident.facts[-1].at)
    return told.Incident(**_state(incident, handbook, house.places, now))


def asking(house: House, incident: Incident) -> told.Asking:
    """An incident after somebody was asked for something: the last such fact says what was to be known of them first."""
    asked = next(
        x.what for x in reversed(incident.facts) if isinstance(x.what, TaskDelegated | HandoverAsked)
    )
    about = asked.task if isinstance(asked, TaskDelegated) else asked.handover
    return told.Asking(**short(house, incident).model_dump(), about=about, warnings=list(asked.warnings))


def whole(house: House, view: View) -> told.WholeIncident:
    incident, places = view.incident, house.places
    return told.WholeIncident(
        **_state(incident, view.handbook, places, view.now),
        handbook=incident.handbook,
        similar=links(incident.similar, places),
        reports=[_report(report, places) for report in incident.reports],
        ledger=[_duty(duty, incident.ref, places, view.now) for duty in view.ledger],
        facts=[_fact(fact) for fact in incident.facts],
        waiting=[told.Waiting.model_validate(one) for one in view.waiting],
    )


def row(one: Row, places: Places) -> told.Row:
    return told.Row(
        ref=one.ref,
        url=places.incident(one.ref),
        title=one.title,
        kind=one.kind,
        severity=one.severity,
        status=one.status,
        owner=one.owner or None,
        started_at=one.started_at,
        ended_at=one.ended_at,
        closed_at=one.closed_at,
        next_update_at=one.next_update_at,
        next_due_at=one.next_due_at,
        owed=one.owed,
    )


def declared(made: Declaration, places: Places) -> told.Declared:
    return told.Declared(
        ref=made.ref,
        report=made.report,
        status_url=places.status(made.token),
        incident_url=places.incident(made.ref),
        similar=links(made.similar, places),
        is_new=made.is_new,
    )


def links(refs: tuple[str, ...], places: Places) -> list[told.Link]:
    return [told.Link(ref=ref, url=places.incident(ref)) for ref in refs]


def _state(incident: Incident, handbook: Handbook, places: Places, now: datetime) -> dict[str, Any]:
    alert, public = incident.alert, incident.public
    owed = duties.open_duties(duties.ledger(incident, handbook, now))
    return {
        "ref": incident.ref,
        "url": places.incident(incident.ref),
        "title": incident.title,
        "kind": incident.kind,
        "severity": incident.severity,
        "status": incident.status,
        "owner": incident.owner or None,
        "owned_at": incident.owned_at,
        "started_at": incident.started_at,
        "ended_at": incident.ended_at,
        "closed_at": incident.closed_at,
        "next_update_at": incident.next_update_at,
        "paged": list(alert.people),
        "acknowledged_by": alert.acknowledged_by or None,
        "acknowledged_at": alert.acknowledged_at,
        "rolled_back": incident.rollback.rolled_back if incident.rollback else None,
        "thread_url": incident.thread.url if incident.thread else None,
        "issue_url": public.issue.url if public.issue else None,
        "post_url": public.post.url if public.post else None,
        "tags": list(incident.tags),
        "private": incident.private,
        **together(incident, places),
        "now": now,
        "owed": [_owing(duty, now) for duty in sorted(owed, key=lambda duty: duty.due_at)],
    }


def _owing(duty: duties.Duty, now: datetime) -> told.Owing:
    return told.Owing(
        id=duty.id,
        title=duty.title,
        owes=list(duty.owes),
        due_at=duty.due_at,
        is_overdue=duty.is_overdue(now),
    )


def _report(report: Report, places: Places) -> told.Report:
    return told.Report(
        id=report.id,
        source=report.source,
        text=report.text,
        reporter=report.reporter,
        outside=report.outside,
        answer_via=report.answer_via,
        address=report.address or None,
        url=report.url or None,
        status_url=places.status(report.token),
        received_at=report.received_at,
        joined=report.joined,
        answered_at=report.answered_at,
        answer_url=report.answer_url or None,
        told_at=report.told_at,
        moved_to=report.moved_to or None,
    )


def _duty(duty: duties.Duty, ref: str, places: Places, now: datetime) -> told.Duty:
    return told.Duty(
        id=duty.id,
        title=duty.title,
        state=duty.state,
        arises_at=duty.arises_at,
        due_at=duty.due_at,
        owes=list(duty.owes),
        done_at=duty.done_at,
        by=duty.by or None,
        evidence=_absolute(duty.evidence, ref, places) or None,
        reason=duty.reason or None,
        is_overdue=duty.is_overdue(now),
    )


def _absolute(evidence: str, ref: str, places: Places) -> str:
    """Evidence that is a place in the timeline, as an address."""
    place = evidence.removeprefix("#")
    return places.fact(ref, int(place)) if evidence.startswith("#") and place.isdecimal() else evidence


def _fact(fact: Fact) -> told.Fact:
    data: dict[str, Any] = msgspec.to_builtins(fact.what)
    data.pop("token", None)
    return told.Fact(n=fact.n, at=fact.at, kind=fact.kind, by=fact.by, door=fact.door, data=data)
