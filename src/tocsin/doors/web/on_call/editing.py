"""The pages on which a schedule is made, edited and deleted: each says before saving whose shifts move and which gaps open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import available_timezones

from starlette.responses import Response

from tocsin.acts.oncall import calendars, looks, schedules
from tocsin.acts.oncall.by import by_visitor, must_keep
from tocsin.acts.oncall.effect import NOTHING
from tocsin.acts.oncall.looks import Changed, Kept
from tocsin.acts.oncall.schedules import Head, Saved
from tocsin.acts.oncall.who import Directory
from tocsin.acts.people import everybody
from tocsin.core.oncall.differences import plan_differences
from tocsin.core.oncall.model import BEGINNING, Plan
from tocsin.core.oncall.written import written_plan
from tocsin.core.people import DAYS, Roster
from tocsin.doors.errors import status_of
from tocsin.doors.web.forms import HIDDEN, Field, Sheet, Trouble
from tocsin.doors.web.local_time import Clock, clock_of
from tocsin.doors.web.on_call.asking import form_page, is_preview, version_in
from tocsin.doors.web.on_call.effects import asks_first, told
from tocsin.doors.web.on_call.overriding import drawn_after
from tocsin.doors.web.on_call.plan_form import PlanForm, Start, Wrong, form_of, pressed, typed_in, wrong_of
from tocsin.doors.web.on_call.schedule import live, shared
from tocsin.doors.web.visit import Visit
from tocsin.errors import Conflict, TocsinError

PREVIEWED: Final = timedelta(days=28)
UNITS: Final = ("hours", "days", "weeks", "months", "weekdays")


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What others changed since the form was opened."""

    changes: Sequence[Changed]
    differences: Sequence[str]


async def new(visit: Visit) -> Response:
    known = await everybody(visit.house)
    return await _page(visit, known, None, _start(visit, known).form())


async def edit(visit: Visit) -> Response:
    known, kept = await live(visit)
    must_keep(by_visitor(visit.me, "web"), known, kept.schedule.team, f"the schedule {kept.id}")
    return await _page(visit, known, kept, _form_of(kept), version=kept.version)


async def make(visit: Visit) -> Response:
    return await _save(visit, await everybody(visit.house), None)


async def save(visit: Visit) -> Response:
    return await _save(visit, *await live(visit))


async def ask_delete(visit: Visit) -> Response:
    """What it would do to delete a schedule."""
    return await _delete(visit)


async def delete(visit: Visit) -> Response:
    by, expected = by_visitor(visit.me, "web"), version_in(visit.form)
    try:
        id = visit.name("id")
        would = await schedules.end_schedule(visit.house, by, id, expected=expected, preview=True)
        if would.effect.policies and asks_first(visit.form, replace(NOTHING, policies=would.effect.policies)):
            return await _delete(visit)
        gone = await schedules.end_schedule(visit.house, by, id, expected=expected, force=True)
    except TocsinError as why:
        return await _delete(visit, Trouble("delete", visit.form, why))
    return visit.went_well("/on-call", f"The schedule {gone.kept.schedule.name} is deleted.")


async def _save(visit: Visit, known: Directory, kept: Kept | None) -> Response:
    """Do what the button says: change the form, preview, or save. Refused, the form comes again with what was typed."""
    typed, version = typed_in(visit.form), version_in(visit.form)
    changed = pressed(typed, visit.form.text("do"), _start(visit, known))
    if changed is not None:
        return await _page(visit, known, kept, changed, version=version)
    try:
        _must_be_free(known, kept, typed.head["id"])
        saved = await _saved(visit, typed, kept, version, preview=True)
        is_shown = is_preview(visit) or asks_first(visit.form, saved.effect)
        if not is_shown:
            saved = await _saved(visit, typed, kept, version, preview=False)
    except TocsinError as why:
        # The newest version comes with what was typed and with what others did: to save it again is to decide.
        stale = why.field == "expected_version" and kept is not None
        newest = kept.version if stale and kept else version
        return await _page(
            visit, known, kept, typed, version=newest, error=why,
            meanwhile=await _meanwhile(visit, kept, version) if stale and kept and version else None,
        )  # fmt: skip
    if is_shown:
        return await _page(visit, known, kept, typed, version=version, saved=saved)
    said = "is saved" if saved.is_changed else "is as it was"
    return visit.went_well(f"/on-call/{saved.kept.id}", f"The schedule {saved.kept.schedule.name} {said}.")


def _must_be_free(known: Directory, kept: Kept | None, id: str) -> None:
    """Conflict where a new schedule would be another one's edit."""
    if kept is None and id.strip() in {one.id for one in known.schedules}:
        raise Conflict(
            f"There is a schedule {id.strip()} already: edit that one, or write another id", field="id"
        )


async def _saved(
    visit: Visit, typed: PlanForm, kept: Kept | None, version: int | None, *, preview: bool
) -> Saved:
    head = typed.head
    clock = Clock(typed.head["zone"].strip(), visit.house.clock.now())
    return await schedules.save_schedule(
        visit.house,
        by_visitor(visit.me, "web"),
        kept.id if kept else head["id"].strip(),
        typed.written(),
        head=Head(head["name"], head["team"], head["slack_group"], head["slack_channel"]),
        expected=version if kept else 0,
        since=clock.typed(visit.form, "since"),
        drop_planned=typed.drop_planned,
        preview=preview,
    )


async def _page(
    visit: Visit,
    known: Directory,
    kept: Kept | None,
    plan: PlanForm,
    *,
    version: int | None = None,
    error: TocsinError | None = None,
    saved: Saved | None = None,
    meanwhile: Meanwhile | None = None,
) -> Response:
    now = visit.house.clock.now()
    start = max(saved.kept.schedule.versions[-1].since, now) if saved else now
    clock = Clock(saved.kept.schedule.plan.zone, now) if saved else None
    before = written_plan(kept.schedule.plan) if kept else written_plan(Plan(plan.head["zone"]))
    return visit.page(
        "on_call_edit.html",
        status=status_of(error) if error else 200,
        kept=kept,
        plan=plan,
        version=version,
        wrong=wrong_of(error) if error else Wrong(),
        meanwhile=meanwhile,
        planned=_planned(kept, now),
        saved=saved,
        told=told(saved.effect) if saved else None,
        clock=clock,
        picture=drawn_after(saved.kept.schedule, (start, start + PREVIEWED), known, clock) if saved and clock else None,
        differences=plan_differences(before, written_plan(saved.kept.schedule.plan)) if saved and kept else (),
        roster=Roster(known.people, known.teams),
        names=(*known.people, *(f"team:{one}" for one in known.teams), "nobody"),
        teams=[*known.teams],
        calendars=[one.name for one in await calendars.calendars(visit.house)],
        zones=sorted(available_timezones()),
        days=DAYS,
        units=UNITS,
    )  # fmt: skip


def _planned(kept: Kept | None, now: datetime) -> str:
    """When the plan in the form begins, where that is later."""
    newest = kept.schedule.versions[-1] if kept and kept.schedule.versions else None
    if newest is None or newest.since <= now:
        return ""
    clock = Clock(newest.plan.zone, now)
    return f"{clock.time(newest.since).striptags()} ({clock.zone})"


async def _meanwhile(visit: Visit, kept: Kept, seen: int) -> Meanwhile:
    found = await looks.changes(visit.house, schedule=kept.id, limit=20)
    versions = [one for one in kept.schedule.versions if one.number <= seen or one.since == BEGINNING]
    before = versions[-1].plan if versions else Plan(kept.schedule.plan.zone)
    differences = plan_differences(written_plan(before), written_plan(kept.schedule.plan))
    return Meanwhile([one for one in found if one.after_version > seen], differences)


async def _delete(visit: Visit, trouble: Trouble | None = None) -> Response:
    known, kept = await live(visit)
    by = by_visitor(visit.me, "web")
    would = await schedules.end_schedule(visit.house, by, kept.id, expected=kept.version, preview=True)
    seen = (Field("version", "Version", HIDDEN, str(kept.version)),)
    note = "Nobody is on call by it from now on. What was stays, and so does the log."
    named = told(replace(NOTHING, policies=would.effect.policies)).meant
    button = "Delete it all the same" if named else "Delete it"
    sheet = Sheet("delete", f"Delete {kept.schedule.name}", button, seen, help=note, danger=True, meant=named)
    return form_page(
        visit, sheet, f"/on-call/{kept.id}/delete", trouble=trouble, effect=would.effect, previews=False,
        **shared(visit, known, kept),
    )  # fmt: skip


def _start(visit: Visit, known: Directory) -> Start:
    clock = clock_of(known.people, visit.me.person, visit.house.clock.now())
    team = next((name for name, members in known.teams.items() if visit.me.person in members), "")
    return Start(clock.zone, clock.today, team, known.teams.get(team, ()))


def _form_of(kept: Kept) -> PlanForm:
    one = kept.schedule
    head = {"id": one.id, "name": one.name, "team": one.team, "slack_group": kept.slack_group, "slack_channel": kept.slack_channel}  # fmt: skip
    return form_of(one.plan, head)
