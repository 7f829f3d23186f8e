"""The page about who is on call now in every schedule, with what is mine: my shifts, the requests that I can take, taking over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from starlette.responses import Response

from tocsin.acts import looks, people
from tocsin.acts.oncall import absences, calendars, cover, feeds
from tocsin.acts.oncall import looks as oncall_looks
from tocsin.acts.oncall.by import by_visitor
from tocsin.acts.oncall.glance import glances
from tocsin.acts.oncall.overrides import take_on_call
from tocsin.core.oncall import calculator
from tocsin.core.oncall.model import Schedule, Shift
from tocsin.doors.errors import status_of
from tocsin.doors.web.forms import CHOICE, Field, Sheet, Trouble, refilled
from tocsin.doors.web.local_time import clock_of
from tocsin.doors.web.on_call import words as words_of
from tocsin.doors.web.visit import Visit
from tocsin.errors import TocsinError

USUAL: Final = timedelta(hours=1)
MINE_AHEAD: Final = timedelta(days=60)
AWAY_AHEAD: Final = timedelta(days=731)
FEW: Final = 5


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
    known = (await people.everybody(visit.house)).people
    name = known[taken[0].override.people[0]].name
    schedules = ", ".join(one.schedule.name for one in taken)
    clock = clock_of(known, visit.me.person, visit.house.clock.now())
    until = f"{clock.reading(taken[0].override.end):%d %b %H:%M} {clock.zone}"
    return visit.went_well("/on-call", f"{name} is on call for {schedules} until {until}.")


async def link(visit: Visit) -> Response:
    """Make or revoke the secret link under which one's own shifts are read as a calendar."""
    me, by = visit.me.person, by_visitor(visit.me, "web")
    if visit.form.text("do") == "revoke":
        await feeds.revoke_links(visit.house, by, feeds.PERSON, me)
        return visit.went_well("/on-call", "The link to your calendar is revoked.")
    secret = await feeds.make_link(visit.house, by, feeds.PERSON, me)
    return await _page(visit, link=calendar_address(visit, secret))


def calendar_address(visit: Visit, secret: str) -> str:
    return f"{visit.house.places.base}/calendars/{secret}.ics"


async def _page(visit: Visit, trouble: Trouble | None = None, link: str = "") -> Response:
    house, me = visit.house, visit.me.person
    now, known = house.clock.now(), await people.everybody(house)
    words = visit.request.query_params.get("name", "")[:100]
    shifts = await oncall_looks.shifts_of(house, me, now, now + MINE_AHEAD)
    asked = [one for one in await cover.covers(house, person=me) if one.state == "open"]
    sheet = _sheet(
        me,
        tuple((one.handle, one.name) for one in known.people.values()),
        tuple((one.id, one.name) for one in known.schedules),
    )
    may_act = visit.me.may("respond")
    return visit.page(
        "on_call.html",
        status=status_of(trouble.error) if trouble else 200,
        glances=await glances(house, words, me),
        words=words,
        clock=clock_of(known.people, me, now),
        mine=[(one, _whole(one, shift)) for one, shift in shifts[:FEW]],
        troubles=await _troubles(visit, known.schedules),
        to_take=[one.row for one in asked if me in one.row.asked],
        my_requests=[one.row for one in asked if me in (one.row.person, one.row.made_by)],
        away=await absences.absences_of(house, now, now + AWAY_AHEAD, me),
        roster=await looks.roster(house),
        names={one.id: one.name for one in known.schedules},
        may_make=visit.me.may("admin") or (may_act and any(me in team for team in known.teams.values())),
        absence_words=words_of.absence,
        link=link,
        sheet=refilled(sheet, trouble) if known.schedules and may_act else None,
    )


def _whole(schedule: Schedule, shift: Shift) -> Shift:
    """The shift with its own ends, and not those of what was looked at."""
    there = calculator.shifts_at(schedule, shift.start)
    return next((one for one in there if (one.person, one.because) == (shift.person, shift.because)), shift)


async def _troubles(visit: Visit, schedules: Sequence[Schedule]) -> dict[str, list[str]]:
    """By schedule, the calendars of its layers that can't be read."""
    failing = {one.name for one in await calendars.calendars(visit.house) if one.problem}
    now = visit.house.clock.now()
    return {
        one.id: there
        for one in schedules
        if failing and (there := sorted(failing & {layer.calendar for layer in one.plan_at(now).layers}))
    }


def _sheet(me: str, persons: tuple[tuple[str, str], ...], schedules: tuple[tuple[str, str], ...]) -> Sheet:
    fields = (
        Field("person", "Who takes it", CHOICE, options=persons, value=me),
        Field("schedule", "For", CHOICE, options=(("", "every schedule"), *schedules)),
        Field("span", "For how long, from now on", value="1h", help="Such as 90m, 2h or 1d."),
    )
    return Sheet("take", "Take over for a while", "Take it over", fields)
