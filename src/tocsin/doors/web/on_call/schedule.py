"""The page of one schedule: a week or a month of it, what changes it for a while, who changed what, and why somebody is on call."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from starlette.responses import Response

from tocsin.acts.oncall import absences, calendars, cover, feeds, looks, overrides, shadows
from tocsin.acts.oncall.by import by_visitor
from tocsin.acts.oncall.looks import Kept
from tocsin.acts.oncall.showing import slack_problems
from tocsin.acts.oncall.who import Directory
from tocsin.acts.rights import Visitor
from tocsin.core.oncall.model import Schedule
from tocsin.core.oncall.named import people_in
from tocsin.core.people import Roster
from tocsin.doors.web.local_time import Clock, clock_of
from tocsin.doors.web.on_call import words
from tocsin.doors.web.on_call.asking import instant_in
from tocsin.doors.web.on_call.effects import moves_of, picture
from tocsin.doors.web.on_call.overview import calendar_address
from tocsin.doors.web.on_call.window import days_of, frame_of
from tocsin.doors.web.visit import Visit
from tocsin.errors import Invalid, NotFound

LOG: Final = 10
CHANGES_AHEAD: Final = timedelta(days=120)


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def link(visit: Visit) -> Response:
    """Make or revoke the secret link under which the schedule is read as a calendar."""
    id, by = visit.name("id"), by_visitor(visit.me, "web")
    if visit.form.text("do") == "revoke":
        await feeds.revoke_links(visit.house, by, feeds.SCHEDULE, id)
        return visit.went_well(f"/on-call/{id}", "The link to its calendar is revoked.")
    secret = await feeds.make_link(visit.house, by, feeds.SCHEDULE, id)
    return await _page(visit, calendar_address(visit, secret))


async def why(visit: Visit) -> Response:
    """Why whoever is on call at an instant is so, in words, and what can be done about it."""
    known, kept = await live(visit)
    text = visit.request.query_params.get("at", "")
    at = instant_in(text, "at") if text else visit.house.clock.now()
    found = await looks.explain(visit.house, kept.id, at)
    return visit.page(
        "on_call_why.html",
        **shared(visit, known, kept),
        found=found,
        is_past=found.until is not None and found.until <= visit.house.clock.now(),
    )


async def log(visit: Visit) -> Response:
    """Who changed what about a schedule, newest first, and whose shifts moved."""
    known, kept = await live(visit)
    text = visit.request.query_params.get("before", "") or "0"
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise Invalid(f"before is {text!r}, which is no number of an entry", field="before")
    found = await looks.changes(visit.house, schedule=kept.id, before=int(text), limit=51)
    older = found[49].id if len(found) > 50 else 0
    return visit.page(
        "on_call_log.html", **shared(visit, known, kept), changes=found[:50], older=older, moves_of=moves_of
    )


async def live(visit: Visit) -> tuple[Directory, Kept]:
    """The schedule that the address names. NotFound, naming those there are, also for one that was deleted."""
    known, kept = await looks.schedule(visit.house, visit.name("id"))
    if kept.ended_at is not None:
        there = ", ".join(one.id for one in known.schedules) or "none"
        raise NotFound(f"The schedule {kept.id} was deleted; there are: {there}", field="schedule")
    return known, kept


def may_edit(me: Visitor, known: Directory, schedule: Schedule) -> bool:
    """Whether the act would let them: the page offers nothing that it would refuse."""
    return me.may("admin") or (me.may("respond") and me.person in known.teams.get(schedule.team, ()))


def shared(visit: Visit, known: Directory, kept: Kept) -> dict[str, Any]:
    """What every page about one schedule shows."""
    now, zone = visit.house.clock.now(), kept.schedule.plan_at(visit.house.clock.now()).zone
    clock, mine = Clock(zone, now), clock_of(known.people, visit.me.person, now, zone)
    return {
        "kept": kept,
        "schedule": kept.schedule,
        "clock": clock,
        "mine": mine,
        "roster": Roster(known.people, known.teams),
        "may_edit": may_edit(visit.me, known, kept.schedule),
        "may_act": visit.me.may("respond"),
        "me": visit.me.person,
    }


async def _page(visit: Visit, link: str = "") -> Response:
    house = visit.house
    known, kept = await live(visit)
    context = shared(visit, known, kept)
    clock: Clock = context["clock"]
    frame = frame_of(visit.request.query_params, clock)
    start, end = frame.span(clock)
    drawn = await looks.drawn(house, kept.id, start, end)
    people = {*people_in(kept.schedule.plan), *(one.person for one in drawn.shifts)}
    until = max(end, clock.now + CHANGES_AHEAD)
    requests = await cover.covers(house, schedule=kept.id)
    layers = {layer.calendar for layer in kept.schedule.plan.layers if layer.calendar}
    return visit.page(
        "on_call_schedule.html",
        **context,
        frame=frame,
        troubles=[one for one in await calendars.calendars(house) if one.problem and one.name in layers],
        is_now=start <= clock.now < end,
        days=days_of(frame, clock, drawn.shifts, drawn.gaps),
        gaps=[gap for gap in drawn.gaps if gap.end > clock.now],
        picture=picture(kept.schedule.name, drawn.shifts, drawn.gaps, (start, end), clock, known.names),
        overrides=await overrides.overrides_of(house, kept.id, clock.now, until),
        shadows=await shadows.shadows_of(house, kept.id, clock.now, until),
        away=[
            one for one in await absences.absences_of(house, clock.now, until) if one.absence.person in people
        ],
        requests=[one.row for one in requests if one.state == "open"],
        changes=await looks.changes(house, schedule=kept.id, limit=LOG),
        planned=[one for one in kept.schedule.versions if one.since > clock.now],
        words=words,
        link=link,
        slack_problem=(await slack_problems(house, [kept])).get(kept.id, ""),
    )
