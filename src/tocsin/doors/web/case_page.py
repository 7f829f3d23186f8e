"""An incident's page: what it shows, put together from the view of it. It decides nothing; it chooses words and forms."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response

from tocsin.acts import incident_paging, looks
from tocsin.acts.looks import View
from tocsin.acts.procedures import views
from tocsin.core import duties as d
from tocsin.core import facts as f
from tocsin.core.duties import Duty
from tocsin.core.fact_words import WORKS, words
from tocsin.core.facts import Fact
from tocsin.core.incident import Report
from tocsin.core.messages_duties import duty_draft
from tocsin.core.places import Places
from tocsin.core.teller import Teller, Words
from tocsin.doors.errors import status_of
from tocsin.doors.web.case_deploys import deploy_parts
from tocsin.doors.web.case_procedures import run_rows
from tocsin.doors.web.case_together import sheets_of, together
from tocsin.doors.web.forms import TEXT, Field, Sheet, Trouble, refilled
from tocsin.doors.web.incident_acts import ACTS
from tocsin.doors.web.offers import sheets
from tocsin.doors.web.scene import Scene
from tocsin.doors.web.sending import Sent
from tocsin.doors.web.visit import Visit
from tocsin.errors import NotFound, TocsinError

STATES: Final = {
    d.OWED: "owed",
    d.MET: "done in time",
    d.LATE: "done late",
    d.MISSED: "missed",
    d.WAIVED: "waived",
}


@dataclass(frozen=True, slots=True)
class DutyRow:
    """A duty as the ledger shows it. `state` is its word, `mark` the name under which the style sheet knows it."""

    duty: Duty
    state: str
    mark: str
    owes: str
    by: str
    is_mine: bool
    sheets: tuple[Sheet, ...]

    @property
    def is_owed(self) -> bool:
        return self.duty.state == d.OWED


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report, with what its reporter was told since, and the form that splits it off (None: it is the only one)."""

    report: Report
    said: tuple[tuple[Fact, str, str], ...]
    split: Sheet | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the timeline, in words."""

    fact: Fact
    words: Words
    by: str


async def show(visit: Visit) -> Response:
    return await _page(visit, visit.name("ref"))


async def act(visit: Visit) -> Response:
    """Do what a form of the page asks; refused, the page comes again with what was typed and why it was not taken."""
    ref, name = visit.name("ref").upper(), visit.name("act")
    if name not in ACTS:
        raise NotFound(f"There is no form {name} on the page of an incident")
    try:
        done = await ACTS[name](Sent(visit.house, visit.actor, ref, visit.form))
    except TocsinError as why:
        return await _page(visit, ref, Trouble(name, visit.form, why))
    return visit.went_well(done.place or f"/incidents/{done.ref}", done.message)


async def _page(visit: Visit, ref: str, trouble: Trouble | None = None) -> Response:
    house = visit.house
    view = await looks.case(house, ref, visit.me.person)
    may_act = visit.me.may("respond")
    others = [
        row for row in await looks.open_incidents(house, visit.me.person) if row.ref != view.incident.ref
    ]
    scene = Scene(
        view,
        visit.me.person,
        await looks.roster(house),
        others,
        await looks.busy(house, visit.me.person, but=view.incident.ref),
        views.offered(house),
    )
    status = status_of(trouble.error) if trouble else 200
    escalation = await incident_paging.paging_of(house, view)
    context = _context(scene, house.places, trouble, may_act=may_act)
    return visit.page("incident.html", status=status, state=_state(view), escalation=escalation, **context)


def _context(scene: Scene, places: Places, trouble: Trouble | None, *, may_act: bool) -> dict[str, Any]:
    view, incident = scene.view, scene.view.incident
    forms = [refilled(sheet, trouble) for sheet in sheets(scene)] if may_act else []
    ledger = [_duty(scene, duty, places, trouble, may_act=may_act) for duty in view.ledger]
    reports = [_report(scene, report, trouble, may_act=may_act) for report in incident.reports]
    parts = together(scene, trouble, may_act=may_act)
    shown = [
        *forms,
        *sheets_of(parts),
        *(sheet for row in ledger for sheet in row.sheets),
        *(r.split for r in reports if r.split),
    ]
    refused_at = next((sheet.key for sheet in shown if trouble and trouble.concerns(sheet)), "")
    teller = Teller(incident, scene.roster, {duty.id: duty.title for duty in view.ledger})
    return {
        "incident": incident,
        "kind": view.handbook.kind(incident.kind),
        "severity": view.handbook.severity(incident.severity),
        "teller": teller,
        "now": view.now,
        "buttons": [sheet for sheet in forms if _is_button(sheet)],
        "sheets": [sheet for sheet in forms if not _is_button(sheet) and not _is_folded_away(sheet)],
        "steps": [sheet for sheet in forms if _is_folded_away(sheet)],
        "owed": sorted((row for row in ledger if row.is_owed), key=lambda row: row.duty.due_at),
        "settled": [row for row in ledger if not row.is_owed],
        "reports": reports,
        "entries": [Entry(x, words(x, teller), teller.name(x.by)) for x in reversed(incident.facts)],
        "waiting": [(work, WORKS.get(work.does, work.does)) for work in view.waiting],
        "paged": teller.names(incident.alert.people) if incident.alert.people else "",
        "on_call": teller.names(scene.roster.on_call),
        "taken": [(x, teller.name(x.by)) for x in incident.facts if isinstance(x.what, f.StepTaken)],
        "runs": run_rows(incident),
        "trouble": trouble,
        "refused_at": refused_at,
        **deploy_parts(incident, may_act=may_act),
        **parts,
    }  # fmt: skip


def _is_button(sheet: Sheet) -> bool:
    """A form without questions is a mere button, and stands where a thumb finds it."""
    return not sheet.fields and not sheet.danger


def _is_folded_away(sheet: Sheet) -> bool:
    """A step that is not owed stands with the other steps of its kind."""
    return sheet.act == "step" and not sheet.owed


def _duty(scene: Scene, duty: Duty, places: Places, trouble: Trouble | None, *, may_act: bool) -> DutyRow:
    overdue = duty.is_overdue(scene.view.now)
    teller = Teller(scene.view.incident, scene.roster)
    offered = _duty_sheets(scene, duty, places) if may_act and duty.state == d.OWED else ()
    return DutyRow(
        duty,
        "overdue" if overdue else STATES[duty.state],
        "overdue" if overdue else duty.state,
        teller.names(duty.owes),
        teller.name(duty.by) if duty.by else "",
        scene.me in duty.owes,
        tuple(refilled(sheet, trouble) for sheet in offered),
    )


def _duty_sheets(scene: Scene, duty: Duty, places: Places) -> tuple[Sheet, ...]:
    offered = []
    if duty.can_be_sent:
        draft = duty_draft(duty, scene.view.incident, scene.view.handbook, places)
        fields = (Field("text", "These words", TEXT, value=draft, rows=4),) if draft else ()
        offered.append(
            Sheet("send", "Send it …" if draft else "Let Tocsin do it …", "Send it", fields, duty.id)
        )
    if duty.rule.by_hand:
        seen = Field(
            "evidence", "Where can it be seen?", must=True, help="A link; or who was told, when and how."
        )
        offered.append(Sheet("vouch", "It was done by hand …", "It was done", (seen,), duty.id))
    if scene.me in duty.owes and duty.quiet_until is None and duty.rule.late:
        longer = Field("reason", "Why does it take longer?", must=True, help="The thread reads it.")
        note = "Reminders wait 15 minutes, once. The due time stays, and so does the page to the next people."
        offered.append(Sheet("snooze", "Give me 15 min …", "Ask for it", (longer,), duty.id, help=note))
    if duty.rule.waivable:
        reason = Field("reason", "Reason", must=True)
        offered.append(Sheet("waive", "Waive it …", "Waive it", (reason,), duty.id))
    return tuple(offered)


def _report(scene: Scene, report: Report, trouble: Trouble | None, *, may_act: bool) -> ReportRow:
    incident = scene.view.incident
    said = tuple(
        (fact, "answered" if isinstance(fact.what, f.ReporterAnswered) else "told the end", fact.what.url)
        for fact in incident.facts
        if isinstance(fact.what, f.ReporterAnswered | f.ReporterTold) and fact.what.report == report.id
    )
    several = len(incident.handles_reports) > 1
    sheet = None
    if may_act and several and incident.is_open and not report.moved_to:
        note = "It gets an incident of its own, at the highest severity again."
        sheet = Sheet("split", "It tells of something else …", "Split it off", about=report.id, help=note)
        sheet = refilled(sheet, trouble)
    return ReportRow(report, said, sheet)


def _state(view: View) -> str:
    """Changes with whatever the page shows: a new fact, a duty that came due, something that went out or failed to."""
    overdue = [duty.id for duty in view.ledger if duty.is_overdue(view.now)]
    waiting = [(work.does, work.state, work.attempts, work.why) for work in view.waiting]
    shown = repr((len(view.incident.facts), len(view.ledger), overdue, waiting))
    return hashlib.sha256(shown.encode()).hexdigest()[:16]
