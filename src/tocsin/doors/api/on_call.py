"""Who is on call, when, why, and for how long; and who changed it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from tocsin.acts import people
from tocsin.acts.oncall import hours_table, looks, overrides
from tocsin.acts.oncall.who import OnCall
from tocsin.acts.oncall.who import on_call as asked_who
from tocsin.doors.api import asked, asked_on_call, told, told_on_call
from tocsin.doors.api import telling_on_call as telling
from tocsin.doors.api.caller import Caller, Reader, Responder
from tocsin.doors.api.looking import Csv
from tocsin.errors import Forbidden

router = APIRouter(tags=["on call"])
USUAL = timedelta(days=30)


@router.get("/on-call")
async def on_call(wanted: Annotated[asked_on_call.OnCallWhen, Query()], caller: Reader) -> told.AllOnCall:
    """Who is on call in each schedule, now or at another instant."""
    return all_of(await asked_who(caller.house, wanted.schedule, wanted.at))


@router.post("/on-call")
async def take_on_call(body: asked.TakeOnCall, caller: Responder) -> told.AllOnCall:
    """Take over from whoever is on call, from now on for a while: the answer is who is on call then."""
    house, person = caller.house, body.person or caller.visitor.person
    span = timedelta(minutes=body.minutes)
    await overrides.take_on_call(house, caller.actor, person, span, body.schedules)
    return all_of(await asked_who(house))


@router.get("/shifts")
async def shifts_of_person(
    wanted: Annotated[asked_on_call.PersonWindow, Query()], caller: Reader
) -> told_on_call.Shifts:
    """The shifts of one person over all schedules, clipped to the window."""
    start, end = window(caller, wanted)
    known = await people.everybody(caller.house)
    found = await looks.shifts_of(caller.house, wanted.person, start, end)
    return told_on_call.Shifts(shifts=[telling.shift(one.id, shift, known.people) for one, shift in found])


@router.get("/gaps")
async def all_gaps(
    wanted: Annotated[asked_on_call.ScheduleWindow, Query()], caller: Reader
) -> told_on_call.AllGaps:
    """When nobody is on call who can be reached, in every schedule: by default in the 30 days from now on."""
    start, end = window(caller, wanted)
    found = await looks.all_gaps(caller.house, start, end, wanted.schedule)
    gaps = [told_on_call.GapOf(schedule=id, start=gap.start, end=gap.end) for id, gap in found]
    return told_on_call.AllGaps(gaps=gaps)


@router.get("/on-call/changes")
async def on_call_changes(
    wanted: Annotated[asked_on_call.Changes, Query()], caller: Reader
) -> told_on_call.Changes:
    """Who changed what about on-call, newest first, and whose shifts to come that moved."""
    found = await looks.changes(
        caller.house,
        schedule=wanted.schedule,
        person=wanted.person,
        before=wanted.before,
        after=wanted.after,
        limit=wanted.limit,
    )
    return told_on_call.Changes(changes=[telling.change(one) for one in found])


@router.get("/hours")
async def hours(
    wanted: Annotated[asked_on_call.ScheduleWindow, Query()], caller: Reader
) -> told_on_call.AllHours:
    """How long each person was on call, at night and at weekends by their own clock. What overlaps counts once."""
    start, end, rows = await _hours(wanted, caller)
    return told_on_call.AllHours(
        start=start, end=end, hours=[told_on_call.Hours.model_validate(row) for row in rows]
    )


@router.get("/hours.csv", response_class=Csv)
async def hours_csv(wanted: Annotated[asked_on_call.ScheduleWindow, Query()], caller: Reader) -> Csv:
    """The same as a table."""
    _, _, rows = await _hours(wanted, caller)
    return Csv(hours_table.csv_text(rows))


async def _hours(
    wanted: asked_on_call.ScheduleWindow, caller: Caller
) -> tuple[datetime, datetime, list[hours_table.Row]]:
    end = wanted.end or caller.house.clock.now()
    start = wanted.start or end - USUAL
    return start, end, await hours_table.rows_of(caller.house, start, end, wanted.schedule)


def window(caller: Caller, wanted: asked_on_call.Window) -> tuple[datetime, datetime]:
    """The window that is asked for: by default the 30 days from now on."""
    start = wanted.start or caller.house.clock.now()
    return start, wanted.end or start + USUAL


def all_of(found: list[OnCall]) -> told.AllOnCall:
    return told.AllOnCall(on_call=[told.OnCall.model_validate(one) for one in found])


def own(caller: Caller, person: str) -> str:
    """The person who is named, or else the caller. Forbidden where that is nobody."""
    if not person and not caller.visitor.person:
        raise Forbidden(f"{caller.visitor.name} is nobody that Tocsin knows: name a person")
    return person or caller.visitor.person
