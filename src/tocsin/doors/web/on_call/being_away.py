"""The forms with which somebody says when they are away: the next one in each rotation stands in."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from starlette.responses import Response

from tocsin.acts.oncall import absences
from tocsin.acts.oncall.absences import Away
from tocsin.acts.oncall.by import by_visitor
from tocsin.acts.people import everybody
from tocsin.core.people import Roster
from tocsin.doors.web.forms import DATE, HIDDEN, TIME, Field, Form, Sheet, Trouble
from tocsin.doors.web.local_time import Clock, clock_of
from tocsin.doors.web.on_call import words
from tocsin.doors.web.on_call.asking import form_page, is_preview, number_in, one_of, version_in
from tocsin.doors.web.on_call.effects import asks_first
from tocsin.doors.web.visit import Visit
from tocsin.errors import Invalid, NotFound, TocsinError

DAY = timedelta(days=1)
AHEAD = timedelta(days=3700)


async def ask(visit: Visit) -> Response:
    return await _page(visit)


async def add(visit: Visit) -> Response:
    """Tell of an absence, or see what that would do; refused, the form comes again with what was typed."""
    form = visit.form
    known = await everybody(visit.house)
    mine = clock_of(known.people, visit.me.person, visit.house.clock.now())
    try:
        span = _span(form, mine)
        would = await _told_of(visit, span, preview=True)
        if is_preview(visit) or asks_first(form, would.effect):
            return await _page(visit, found=would)
        found = await _told_of(visit, span, preview=False)
    except TocsinError as why:
        return await _page(visit, Trouble("away", form, why))
    name = known.people[found.absence.person].name
    return visit.went_well("/on-call", f"{name} is away: {words.absence(found.absence, mine)}.")


async def _told_of(visit: Visit, span: tuple[date, date], *, preview: bool) -> Away:
    return await absences.add_absence(
        visit.house,
        by_visitor(visit.me, "web"),
        visit.form.text("person").strip() or visit.me.person,
        start=span[0],
        end=span[1],
        reason=visit.form.text("reason"),
        preview=preview,
    )


async def show_one(visit: Visit) -> Response:
    return await _one(visit)


async def end_one(visit: Visit) -> Response:
    number = number_in(visit.name("number"), "an absence")
    by, expected = by_visitor(visit.me, "web"), version_in(visit.form)
    try:
        await absences.end_absence(visit.house, by, number, expected=expected)
    except TocsinError as why:
        return await _one(visit, Trouble("back", visit.form, why))
    return visit.went_well("/on-call", "The absence is ended.")


async def _page(visit: Visit, trouble: Trouble | None = None, found: Away | None = None) -> Response:
    known = await everybody(visit.house)
    mine = clock_of(known.people, visit.me.person, visit.house.clock.now())
    today = mine.today.isoformat()
    fields = (
        one_of(known.people.values(), "person", "Who is away", value=visit.me.person),
        Field("start", "First day away", DATE, today, must=True),
        Field("end", "Last day away", DATE, today, must=True),
        Field(
            "start_time", f"From what time ({mine.zone})", TIME, help="Left empty, with the next: whole days."
        ),
        Field("end_time", f"Until what time ({mine.zone})", TIME),
        Field("reason", "Why", help="Who looks at a schedule reads it."),
    )
    note = (
        "Whoever is next in each rotation stands in meanwhile. Whose turn comes afterwards stays as it was."
    )
    sheet = Sheet("away", "Away", "Save", fields, help=note)
    return form_page(
        visit, sheet, "/away", trouble=trouble, effect=found.effect if found else None, mine=mine,
        roster=Roster(known.people, known.teams), schedule=None,
    )  # fmt: skip


async def _one(visit: Visit, trouble: Trouble | None = None) -> Response:
    number = number_in(visit.name("number"), "an absence")
    known, now = await everybody(visit.house), visit.house.clock.now()
    listed = await absences.absences_of(visit.house, now, now + AHEAD)
    found = next((one for one in listed if one.absence.id == number), None)
    if found is None:
        raise NotFound(f"There is no absence {number} that has not ended")
    mine, roster = clock_of(known.people, visit.me.person, now), Roster(known.people, known.teams)
    by = by_visitor(visit.me, "web")
    would = await absences.end_absence(visit.house, by, number, expected=found.version, preview=True)
    sheet = Sheet(
        "back",
        f"{roster.name(found.absence.person)} is away",
        "They are back: end it",
        (Field("version", "Version", HIDDEN, str(found.version)),),
        help=f"{words.absence(found.absence, mine)}. {found.absence.reason}".strip(),
        danger=True,
    )
    return form_page(
        visit, sheet, f"/away/{number}", trouble=trouble, effect=would.effect, previews=False, mine=mine,
        roster=roster, schedule=None,
    )  # fmt: skip


def _span(form: Form, mine: Clock) -> tuple[date, date]:
    """Whole days, the end excluded; or, with both times of the day, two instants."""
    first, last = _day(form, "start"), _day(form, "end")
    if last < first:
        raise Invalid(f"The last day ({last}) is before the first ({first})", field="end")
    times = [_time(form, name) for name in ("start_time", "end_time")]
    if times[0] is None and times[1] is None:
        return first, last + DAY
    for name, at in zip(("start_time", "end_time"), times, strict=True):
        if at is None:
            raise Invalid("Write both times, or none for whole days", field=name)
    start, end = (
        mine.wall.instant(datetime.combine(day, at or time()))
        for day, at in zip((first, last), times, strict=True)
    )
    return start, end


def _day(form: Form, name: str) -> date:
    text = form.text(name).strip()
    try:
        day = date.fromisoformat(text)
    except ValueError as why:
        raise Invalid(f"{text or 'nothing'} is no day: write one such as 2026-03-05", field=name) from why
    if not 1970 <= day.year <= 2200:
        raise Invalid(f"{text} is in no year of ours: write one between 1970 and 2200", field=name)
    return day


def _time(form: Form, name: str) -> time | None:
    text = form.text(name).strip()
    try:
        return time.fromisoformat(text).replace(tzinfo=None) if text else None
    except ValueError as why:
        raise Invalid(f"{text!r} is no time of the day: write one such as 09:00", field=name) from why
