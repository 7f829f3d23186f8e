"""How an incident's escalation is told."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.acts.incident_paging import Paging
from tocsin.core.escalation.explain import Line
from tocsin.doors.api import told_alerts as told


def escalation_told(found: Paging) -> told.Escalation:
    one = found.incident.alert.escalation
    return told.Escalation(
        ref=found.incident.ref,
        policy=found.policy,
        status=one.status,
        acknowledged_by=one.acknowledged_by,
        acknowledged_at=one.acknowledged_at,
        awaited=list(one.awaited),
        snoozed_until=one.snoozed_until,
        paged=list(one.paged),
        history=_lines(found.told),
        coming=_lines(found.coming),
        messages=[told.Page.model_validate(one) for one in found.sent],
    )


def _lines(lines: Iterable[Line]) -> list[told.AlertLine]:
    return [told.AlertLine(at=one.at, text=one.text, why=list(one.why)) for one in lines]
