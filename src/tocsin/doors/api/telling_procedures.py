"""Makes the answers about procedures."""

from __future__ import annotations

from collections.abc import Iterable

from tocsin.acts.house import House
from tocsin.acts.procedures.views import Offered
from tocsin.core.facts_procedures import SeenOutside
from tocsin.core.incident import Incident
from tocsin.core.procedures.run import Progress, Run
from tocsin.doors.api import told_procedures as told


def procedure(one: Offered) -> told.Procedure:
    asks = [told.AskedFor.model_validate(field) for field in one.procedure.fields]
    return told.Procedure(
        id=one.procedure.id,
        title=one.procedure.title,
        of=one.procedure.of,
        targets=list(one.targets),
        asks=asks,
    )


def run(house: House, incident: Incident, one: Run) -> told.Run:
    plan = one.plan
    handbook = house.handbooks.get(incident.handbook, house.handbook)
    return told.Run(
        id=one.id,
        incident=incident.ref,
        url=house.places.run(incident.ref, one.id),
        procedure=one.procedure,
        target=one.target,
        reason=one.reason,
        inputs=one.inputs,
        asked_by=one.asked_by,
        asked_at=one.asked_at,
        state=one.state,
        verdict=plan.verdict if plan else None,
        reasons=list(plan.reasons) if plan else [],
        refusals=list(plan.refusals) if plan else [],
        warnings=list(plan.warnings) if plan else [],
        overridable=bool(plan and plan.overridable),
        agreed=list(one.agreed),
        persons=handbook.approval(one.procedure).persons,
        override=one.override or None,
        approved_at=one.approved_at,
        started_at=one.started_at,
        ended_at=one.ended_at,
        is_stopping=one.is_under_way and one.stop is not None,
        said=one.said or None,
        stands=list(one.stands),
        lacks=list(one.lacks),
        evidence=_evidence(one.evidence),
        steps=[_step(step) for step in one.steps],
    )


def _step(one: Progress) -> told.Step:
    return told.Step(
        id=one.id,
        title=one.step.title,
        hand=one.step.hand,
        state=one.state,
        watches=one.step.watches,
        undo=one.step.undo or None,
        inputs=one.step.inputs,
        since=one.since,
        ended_at=one.ended_at,
        said=(one.done.said or None) if one.done else None,
        evidence=_evidence(one.done.evidence if one.done else ()),
        why=one.failed.why if one.failed else None,
        details=list(one.failed.details) if one.failed else [],
        output=list(one.output),
        output_cut=one.cut,
    )


def _evidence(found: Iterable[SeenOutside]) -> list[told.SeenOutside]:
    return [told.SeenOutside(what=one.what, value=one.value, url=one.url or None) for one in found]
