"""The page about who is on call now, where one takes it over for a while."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from starlette.responses import Response

from tocsin.acts import looks, people
from tocsin.acts.oncall.overrides import take_on_call
from tocsin.doors.errors import status_of
from tocsin.doors.web.forms import CHOICE, Field, Sheet, Trouble, refilled
from tocsin.doors.web.visit import Visit
from tocsin.errors import TocsinError

USUAL: Final = timedelta(hours=1)


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def take(visit: Visit) -> Response:
    form = visit.form
    chosen = [form.text("schedule")] if form.text("schedule") else []
    try:
        taken = await take_on_call(
            visit.house, visit.actor, form.text("person"), form.span("span") or USUAL, chosen
        )
    except TocsinError as why:
        return await _page(visit, Trouble("take", form, why))
    name = (await looks.roster(visit.house)).name(taken[0].override.people[0])
    schedules = ", ".join(one.schedule.name for one in taken)
    return visit.went_well(
        "/on-call", f"{name} is on call for {schedules} until {taken[0].override.end:%d %b %H:%M} UTC."
    )


async def _page(visit: Visit, trouble: Trouble | None = None) -> Response:
    known = await people.everybody(visit.house)
    sheet = _sheet(
        visit.me.person,
        tuple((one.handle, one.name) for one in known.people.values()),
        tuple((one.id, one.name) for one in known.schedules),
    )
    return visit.page(
        "on_call.html",
        status=status_of(trouble.error) if trouble else 200,
        on_call=await looks.on_call(visit.house),
        sheet=refilled(sheet, trouble) if known.schedules and visit.me.may("respond") else None,
    )


def _sheet(me: str, persons: tuple[tuple[str, str], ...], schedules: tuple[tuple[str, str], ...]) -> Sheet:
    fields = (
        Field("person", "Who takes it", CHOICE, options=persons, value=me),
        Field("schedule", "For", CHOICE, options=(("", "every schedule"), *schedules)),
        Field("span", "For how long, from now on", value="1h", help="Such as 90m, 2h or 1d."),
    )
    return Sheet("take", "Take over for a while", "Take it over", fields)
