"""The forms with which somebody asks others to take a shift, and with which one of them does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from starlette.responses import Response

from tocsin.acts.oncall import cover
from tocsin.acts.oncall.by import by_visitor
from tocsin.acts.oncall.cover import Cover, expires_at
from tocsin.acts.oncall.who import Directory
from tocsin.acts.people import everybody
from tocsin.core.oncall.model import TEAM, Schedule
from tocsin.core.oncall.named import people_in
from tocsin.core.people import Roster
from tocsin.doors.errors import status_of
from tocsin.doors.web.forms import HIDDEN, LOCAL_TIME, Field, Sheet, Trouble, refilled
from tocsin.doors.web.local_time import Clock, clock_of
from tocsin.doors.web.on_call.asking import (
    form_page,
    handles,
    number_in,
    one_of,
    query_time,
    some_of,
    version_in,
)
from tocsin.doors.web.on_call.schedule import live, shared
from tocsin.doors.web.visit import Visit
from tocsin.errors import NotFound, TocsinError


async def ask(visit: Visit) -> Response:
    return await _page(visit)


async def send(visit: Visit) -> Response:
    """Ask for cover; refused, the form comes again with what was typed."""
    known, kept = await live(visit)
    form = visit.form
    mine: Clock = shared(visit, known, kept)["mine"]
    try:
        found = await cover.ask_cover(
            visit.house,
            by_visitor(visit.me, "web"),
            kept.id,
            person=form.text("person").strip(),
            start=mine.typed(form, "start"),
            end=mine.must(form, "end", "say until when"),
            asked=handles(form, "asked"),
            reason=form.text("reason"),
        )
    except TocsinError as why:
        return await _page(visit, Trouble("cover", form, why))
    asked = ", ".join(known.people[one].name for one in found.row.asked)
    return visit.went_well(f"/cover/{found.row.id}", f"Asked: {asked}. The first who takes it is on call.")


async def show(visit: Visit) -> Response:
    return await _request(visit)


async def act(visit: Visit) -> Response:
    """Take the shift or a part of it, or withdraw the request."""
    number, what, form = number_in(visit.name("number"), "a request"), visit.name("act"), visit.form
    if what not in ("take", "withdraw"):
        raise NotFound(f"There is no form {what} on this page")
    known = await everybody(visit.house)
    mine = clock_of(known.people, visit.me.person, visit.house.clock.now())
    by, expected = by_visitor(visit.me, "web"), version_in(form)
    try:
        if what == "withdraw":
            await cover.withdraw_cover(visit.house, by, number, expected=expected)
            return visit.went_well(f"/cover/{number}", "The request is withdrawn.")
        start, end = mine.typed(form, "start"), mine.typed(form, "end")
        taken = await cover.accept_cover(visit.house, by, number, start=start, end=end, expected=expected)
    except TocsinError as why:
        return await _request(visit, Trouble(what, form, why))
    span = mine.span(taken.row.start, taken.row.end).striptags()
    return visit.went_well(f"/cover/{taken.row.id}", f"You are on call {span} {mine.zone}.")


async def _page(visit: Visit, trouble: Trouble | None = None) -> Response:
    known, kept = await live(visit)
    context = shared(visit, known, kept)
    mine: Clock = context["mine"]
    query = visit.request.query_params
    end = query_time(visit, "end") or mine.after(timedelta(days=1))
    fields = (
        one_of(known.people.values(), "person", "Whose shift", value=query.get("person") or visit.me.person),
        Field("start", f"From ({mine.zone})", LOCAL_TIME, mine.field(query_time(visit, "start")), help="Left empty: from now on."),
        Field("end", f"Until ({mine.zone})", LOCAL_TIME, mine.field(end), must=True, help="A part of the shift will do."),
        some_of(_whom(known, kept.schedule), "asked", "Who is asked", help="Nobody marked: the whole team."),
        Field("reason", "Why"),
    )  # fmt: skip
    note = "The first who takes it is on call instead. Until then the shift stays as it is."
    sheet = Sheet("cover", "Ask for cover", "Ask", fields, help=note)
    return form_page(visit, sheet, f"/on-call/{kept.id}/cover", trouble=trouble, previews=False, **context)


def _whom(known: Directory, schedule: Schedule) -> Iterator[tuple[str, str]]:
    """Those who may be asked: the schedule's team as a whole, and who knows the work."""
    if schedule.team in known.teams:
        yield TEAM + schedule.team, f"all of {schedule.team}"
    knows = dict.fromkeys((*known.teams.get(schedule.team, ()), *people_in(schedule.plan)))
    yield from ((one, known.people[one].name) for one in knows if one in known.people)


async def _request(visit: Visit, trouble: Trouble | None = None) -> Response:
    found = await cover.cover_of(visit.house, number_in(visit.name("number"), "a request"))
    known, row = await everybody(visit.house), found.row
    mine = clock_of(known.people, visit.me.person, visit.house.clock.now())
    kept = known.kept[row.schedule]
    zone = kept.schedule.plan_at(mine.now).zone
    take, withdraw = _take(found, mine), _withdraw(found)
    is_open = found.state == "open" and visit.me.may("respond")
    may_take = is_open and visit.me.person in row.asked
    return visit.page(
        "cover.html",
        status=status_of(trouble.error) if trouble else 200,
        schedule=kept.schedule,
        clock=Clock(zone, mine.now),
        mine=mine,
        roster=Roster(known.people, known.teams),
        row=row,
        state=found.state,
        expires_at=expires_at(row),
        take=refilled(take, trouble) if may_take else None,
        withdraw=refilled(withdraw, trouble) if is_open and _may_withdraw(visit, known, found) else None,
        wrong=trouble.error.message if trouble and not may_take else "",
    )


def _take(found: Cover, mine: Clock) -> Sheet:
    row = found.row
    fields = (
        Field("version", "Version", HIDDEN, str(row.version)),
        Field("start", f"From ({mine.zone})", LOCAL_TIME, mine.field(max(row.start, mine.now)), must=True),
        Field("end", f"Until ({mine.zone})", LOCAL_TIME, mine.field(row.end), must=True),
    )
    return Sheet("take", "Take only a part …", "Take this part", fields, help="The rest stays open.")


def _withdraw(found: Cover) -> Sheet:
    seen = (Field("version", "Version", HIDDEN, str(found.row.version)),)
    return Sheet("withdraw", "Withdraw …", "Withdraw it", seen, help="Nobody needs to take it any more.", danger=True)  # fmt: skip


def _may_withdraw(visit: Visit, known: Directory, found: Cover) -> bool:
    me, row = visit.me, found.row
    shares = any(me.person in team and row.person in team for team in known.teams.values())
    return me.may("admin") or me.person in (row.made_by, row.person) or shares
