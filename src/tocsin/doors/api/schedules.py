"""Schedules: what they are, how they are edited, and what each says of a span of time."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import PlainTextResponse

from tocsin.acts.oncall import looks, schedules
from tocsin.acts.oncall.by import By, by_visitor
from tocsin.acts.oncall.schedules import Head
from tocsin.acts.oncall.showing import slack_problems
from tocsin.acts.oncall.who import on_call as asked_who
from tocsin.acts.people import everybody
from tocsin.core.oncall.picture import Window, svg, text
from tocsin.doors.api import asked, asked_on_call, told
from tocsin.doors.api import telling_on_call as telling
from tocsin.doors.api import told_on_call as tells
from tocsin.doors.api.caller import Caller, Reader, Responder
from tocsin.doors.api.on_call import all_of, window
from tocsin.doors.api.version import IfMatch, version_of

router = APIRouter(tags=["schedules"])


class Picture(PlainTextResponse):
    media_type = "image/svg+xml"


Id = Annotated[asked.Line, Path(description="Such as ops.")]


@router.get("/schedules")
async def all_schedules(caller: Reader) -> tells.Schedules:
    """Every schedule with its newest plan."""
    _, found = await looks.schedules(caller.house)
    problems = await slack_problems(caller.house, found)
    return tells.Schedules(schedules=[telling.schedule(one, problems) for one in found])


@router.get("/schedules/{id}")
async def schedule(id: Id, caller: Reader, response: Response) -> tells.Schedule:
    """One schedule, also one that was deleted (`ended_at`). `ETag` is its version."""
    _, kept = await looks.schedule(caller.house, id)
    response.headers["ETag"] = f'"{kept.version}"'
    return telling.schedule(kept, await slack_problems(caller.house, [kept]))


@router.put("/schedules/{id}")
async def save_schedule(
    id: Id,
    body: asked_on_call.SaveSchedule,
    wanted: Annotated[asked_on_call.GapsQuery, Query()],
    caller: Responder,
    if_match: IfMatch = None,
) -> tells.Saved:
    """Make a schedule, or edit the one of that id. Past shifts stay; the answer is whose shifts to come move, and which gaps it opens.

    It is saved all the same where it opens gaps, unless `gaps=refuse`; `preview` says them before. For its team's members, and for admins.
    """
    return await _save(id, body, caller, if_match, preview=body.preview, refuse_gaps=wanted.gaps == "refuse")


@router.post("/schedules/{id}/preview")
async def preview_schedule(
    id: Id, body: asked_on_call.SavePlan, caller: Responder, if_match: IfMatch = None
) -> tells.Saved:
    """Say what saving this would do: whose shifts to come move, and which gaps open. Nothing is changed."""
    return await _save(id, body, caller, if_match, preview=True)


@router.delete("/schedules/{id}")
async def end_schedule(
    id: Id,
    wanted: Annotated[asked_on_call.GoingOrNot, Query()],
    caller: Responder,
    if_match: IfMatch = None,
) -> tells.Saved:
    """Delete a schedule: nobody is on call by it from now on. Its past stays."""
    expected = version_of(wanted.expected_version, if_match)
    found = await schedules.end_schedule(
        caller.house, by(caller), id, expected=expected, preview=wanted.preview, force=wanted.force
    )
    return telling.saved(found, {})


@router.get("/schedules/{id}/on-call")
async def on_call_in(
    id: Id, wanted: Annotated[asked_on_call.When, Query()], caller: Reader
) -> told.AllOnCall:
    """Who is on call in one schedule, now or at another instant."""
    await looks.schedule(caller.house, id)
    found = await asked_who(caller.house, id, wanted.at)
    return all_of(found)


@router.get("/schedules/{id}/explain")
async def explain(id: Id, wanted: Annotated[asked_on_call.When, Query()], caller: Reader) -> tells.Explained:
    """Why whoever is on call is so, in words."""
    at = wanted.at or caller.house.clock.now()
    found = await looks.explain(caller.house, id, at)
    people = (await everybody(caller.house)).people
    return tells.Explained(
        at=found.at,
        people=list(found.people),
        until=found.until,
        words=list(found.words),
        shifts=[telling.shift(id, one, people) for one in found.shifts],
    )


@router.get("/schedules/{id}/shifts")
async def shifts(
    id: Id, wanted: Annotated[asked_on_call.ShiftWindow, Query()], caller: Reader
) -> tells.Shifts:
    """The shifts in a window, clipped to it: by default the 30 days from now on."""
    start, end = window(caller, wanted)
    known = await everybody(caller.house)
    found = await looks.shifts(caller.house, id, start, end, wanted.person)
    return tells.Shifts(shifts=[telling.shift(id, one, known.people) for one in found])


@router.get("/schedules/{id}/shifts.svg", response_class=Picture)
async def picture(id: Id, wanted: Annotated[asked_on_call.PictureWindow, Query()], caller: Reader) -> Picture:
    """The shifts and gaps in a window as a picture, by the schedule's wall clock: by default the 30 days from now on."""
    start, end = window(caller, wanted)
    found = await looks.drawn(caller.house, id, start, end)
    shown = Window(start, end, found.schedule.plan.zone, caller.house.clock.now())
    return Picture(svg(found.schedule.name, found.shifts, found.gaps, shown, found.names, width=wanted.width))


@router.get("/schedules/{id}/shifts.txt", response_class=PlainTextResponse)
async def lines(
    id: Id, wanted: Annotated[asked_on_call.Window, Query()], caller: Reader
) -> PlainTextResponse:
    """The shifts and gaps in a window, a line each, by the schedule's wall clock: by default the 30 days from now on."""
    found = await looks.drawn(caller.house, id, *window(caller, wanted))
    return PlainTextResponse(text(found.shifts, found.gaps, found.schedule.plan.zone, found.names) + "\n")


@router.get("/schedules/{id}/gaps")
async def gaps(id: Id, wanted: Annotated[asked_on_call.Window, Query()], caller: Reader) -> tells.Gaps:
    """When nobody is on call who can be reached: by default in the 30 days from now on."""
    start, end = window(caller, wanted)
    found = await looks.gaps(caller.house, id, start, end)
    return tells.Gaps(gaps=[tells.Span.model_validate(one) for one in found])


def by(caller: Caller) -> By:
    return by_visitor(caller.visitor, "api")


async def _save(
    id: str,
    body: asked_on_call.SavePlan,
    caller: Caller,
    if_match: str | None,
    *,
    preview: bool,
    refuse_gaps: bool = False,
) -> tells.Saved:
    head = Head(body.name, body.team, body.slack_group, body.slack_channel)
    found = await schedules.save_schedule(
        caller.house,
        by(caller),
        id,
        body.plan,
        head=head,
        expected=version_of(body.expected_version, if_match),
        since=body.since,
        drop_planned=body.drop_planned,
        preview=preview,
        refuse_gaps=refuse_gaps,
    )
    return telling.saved(found, await slack_problems(caller.house, [found.kept]))
