"""The forms with which somebody else is on call for a while, and with which somebody learns."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from markupsafe import Markup
from starlette.responses import Response

from tocsin.acts.oncall import overrides, shadows
from tocsin.acts.oncall.by import by_visitor
from tocsin.acts.oncall.overrides import Made, Wish
from tocsin.acts.oncall.who import Directory
from tocsin.core.oncall import calculator
from tocsin.core.oncall.model import Change, Override, Schedule
from tocsin.doors.web.forms import CHOICE, HIDDEN, LOCAL_TIME, Field, Sheet, Trouble
from tocsin.doors.web.local_time import Clock
from tocsin.doors.web.on_call import words
from tocsin.doors.web.on_call.asking import (
    form_page,
    handles,
    is_preview,
    number_in,
    one_of,
    query_time,
    some_of,
    version_in,
)
from tocsin.doors.web.on_call.effects import asks_first, picture
from tocsin.doors.web.on_call.schedule import live, shared
from tocsin.doors.web.visit import Visit
from tocsin.errors import Invalid, NotFound, TocsinError

CHANGES: Final = (
    ("replace", "instead of one person"),
    ("take", "instead of anybody, gaps too"),
    ("add", "as well as whoever is on call"),
    ("remove", "off call: the person below"),
)
AROUND: Final = timedelta(days=2)
LONGEST_PICTURE: Final = timedelta(days=60)


async def ask(visit: Visit) -> Response:
    return await _page(visit)


async def add(visit: Visit) -> Response:
    """Override, or say what that would do; refused, the form comes again with what was typed."""
    known, kept = await live(visit)
    context, form = shared(visit, known, kept), visit.form
    mine: Clock = context["mine"]
    try:
        wish = Wish(
            _change(form.text("change")),
            mine.must(form, "end", "say until when"),
            handles(form, "people"),
            form.text("instead_of").strip(),
            mine.typed(form, "start"),
            form.text("reason"),
        )
        by = by_visitor(visit.me, "web")
        would = await overrides.add_override(visit.house, by, kept.id, wish, preview=True)
        if is_preview(visit) or asks_first(form, would.effect):
            return await _page(visit, made=would)
        made = await overrides.add_override(visit.house, by, kept.id, wish)
    except TocsinError as why:
        return await _page(visit, Trouble("override", form, why))
    said = words.override(made.override, context["roster"])
    return visit.went_well(f"/on-call/{kept.id}", f"{said}: it is so from {_when(made.override, mine)}.")


async def show_one(visit: Visit) -> Response:
    """An override, with what it would do to end it."""
    return await _one(visit)


async def end_one(visit: Visit) -> Response:
    number = number_in(visit.name("number"), "an override")
    by, expected = by_visitor(visit.me, "web"), version_in(visit.form)
    try:
        await overrides.end_override(visit.house, by, number, expected=expected)
    except TocsinError as why:
        return await _one(visit, Trouble("end", visit.form, why))
    return visit.went_well(f"/on-call/{visit.name('id')}", "The override is ended.")


async def ask_shadow(visit: Visit) -> Response:
    return await _shadow(visit)


async def add_shadow(visit: Visit) -> Response:
    known, kept = await live(visit)
    form = visit.form
    mine: Clock = shared(visit, known, kept)["mine"]
    try:
        made = await shadows.add_shadow(
            visit.house,
            by_visitor(visit.me, "web"),
            kept.id,
            form.text("person").strip(),
            start=mine.typed(form, "start"),
            end=mine.must(form, "end", "say until when"),
            of=form.text("of").strip(),
        )
    except TocsinError as why:
        return await _shadow(visit, Trouble("shadow", form, why))
    name = known.people[made.shadow.person].name
    return visit.went_well(f"/on-call/{kept.id}", f"{name} gets a copy of what reaches whoever is on call.")


async def end_shadow(visit: Visit) -> Response:
    number = number_in(visit.form.text("about"), "a shadow shift")
    by, expected = by_visitor(visit.me, "web"), version_in(visit.form)
    await shadows.end_shadow(visit.house, by, number, expected=expected)
    return visit.went_well(f"/on-call/{visit.name('id')}", "The shadow shift is ended.")


async def _page(visit: Visit, trouble: Trouble | None = None, made: Made | None = None) -> Response:
    known, kept = await live(visit)
    context = shared(visit, known, kept)
    return form_page(
        visit,
        _sheet(visit, known, context["mine"]),
        f"/on-call/{kept.id}/override",
        trouble=trouble,
        effect=made.effect if made else None,
        picture=_picture(made, known, context) if made else None,
        **context,
    )


def _sheet(visit: Visit, known: Directory, mine: Clock) -> Sheet:
    query = visit.request.query_params
    people = sorted(known.people.values(), key=lambda one: (one.handle != visit.me.person, one.name))
    end = query_time(visit, "end") or mine.after(timedelta(hours=4))
    fields = (
        some_of([(one.handle, one.name) for one in people], "people", "Who is on call", "Nobody marked: nobody is.", visit.me.person),
        Field("change", "How", CHOICE, "replace" if query.get("instead_of") else "take", options=CHANGES),
        one_of(known.people.values(), "instead_of", "Instead of whom", value=query.get("instead_of", ""), nobody="–"),
        *_span(mine, query_time(visit, "start"), end),
        Field("reason", "Why", help="Who looks at the schedule reads it."),
    )  # fmt: skip
    return Sheet("override", "Put somebody else on call", "Do it", fields)


def _span(mine: Clock, start: datetime | None, end: datetime) -> tuple[Field, Field]:
    return (
        Field("start", f"From ({mine.zone})", LOCAL_TIME, mine.field(start), help="Left empty: from now on."),
        Field("end", f"Until ({mine.zone})", LOCAL_TIME, mine.field(end), must=True),
    )


def _picture(made: Made, known: Directory, context: dict[str, Any]) -> Markup:
    one = made.override
    after = replace(made.schedule, overrides=(*made.schedule.overrides, one))
    end = min(one.end, one.start + LONGEST_PICTURE) + AROUND
    return drawn_after(after, (one.start - AROUND, end), known, context["clock"])


def drawn_after(after: Schedule, span: tuple[datetime, datetime], known: Directory, clock: Clock) -> Markup:
    """A schedule as it would be."""
    shifts, gaps = calculator.shifts(after, *span), calculator.gaps(after, *span)
    return picture(after.name, shifts, gaps, span, clock, known.names)


async def _one(visit: Visit, trouble: Trouble | None = None) -> Response:
    known, kept = await live(visit)
    context, now = shared(visit, known, kept), visit.house.clock.now()
    number = number_in(visit.name("number"), "an override")
    listed = await overrides.overrides_of(visit.house, kept.id, now, now + timedelta(days=3660))
    found = next((pair for pair in listed if pair[0].id == number), None)
    if found is None:
        raise NotFound(f"There is no override {number} in {kept.id} that has not ended")
    one, version = found
    by = by_visitor(visit.me, "web")
    would = await overrides.end_override(visit.house, by, number, expected=version, preview=True)
    seen = (Field("version", "Version", HIDDEN, str(version)),)
    sheet = Sheet("end", words.override(one, context["roster"]), "End it now", seen, danger=True,
                  help=f"{_when(one, context['mine'])}. What was stays; this ends it from now on.")  # fmt: skip
    to = f"/on-call/{kept.id}/override/{number}"
    return form_page(visit, sheet, to, trouble=trouble, effect=would.effect, previews=False, **context)


async def _shadow(visit: Visit, trouble: Trouble | None = None) -> Response:
    known, kept = await live(visit)
    context = shared(visit, known, kept)
    mine: Clock = context["mine"]
    fields = (
        one_of(known.people.values(), "person", "Who learns", value=visit.me.person),
        one_of(known.people.values(), "of", "Whom they shadow", nobody="whoever is on call"),
        *_span(mine, None, mine.after(timedelta(days=7))),
    )
    note = "Whoever shadows gets a copy of each page, and never stops the escalation."
    sheet = Sheet("shadow", "Shadow whoever is on call", "Shadow", fields, help=note)
    return form_page(visit, sheet, f"/on-call/{kept.id}/shadow", trouble=trouble, previews=False, **context)


def _change(text: str) -> Change:
    try:
        return Change(text)
    except ValueError as why:
        there = ", ".join(Change)
        raise Invalid(f"change is {text!r}; there are {there}", field="change") from why


def _when(one: Override, mine: Clock) -> str:
    return f"{mine.span(one.start, one.end).striptags()} {mine.zone}"
