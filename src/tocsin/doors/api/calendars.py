"""Calendars: imported ones as layers, and links under which schedules are read as calendars."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query

from tocsin.acts.oncall import calendars, days_off, feeds, fetching
from tocsin.acts.oncall.days_off import DAYS_OFF
from tocsin.doors.api import asked_on_call as asked
from tocsin.doors.api import told_on_call as told
from tocsin.doors.api.asked import Line
from tocsin.doors.api.caller import Caller, Reader, Responder
from tocsin.doors.api.schedules import by
from tocsin.doors.api.version import IfMatch, version_of

router = APIRouter(tags=["calendars"])
Name = Annotated[Line, Path(description="Such as leave.")]


@router.get("/calendars")
async def all_calendars(caller: Reader) -> told.Calendars:
    """Every calendar that was imported. Addresses are whole for admins alone: whoever knows one can read it."""
    found = await calendars.calendars(caller.house)
    return told.Calendars(calendars=[_shown(one, caller) for one in found])


@router.put("/calendars/{name}")
async def save_calendar(
    name: Name,
    wanted: Annotated[asked.SaveCalendar, Query()],
    caller: Responder,
    body: Annotated[bytes, Body(media_type="text/calendar")] = b"",
    if_match: IfMatch = None,
) -> told.Imported:
    """Import an iCalendar file (sent as text/calendar), or read it again: what is to come changes, what was stays.

    With a `url` it is read again from there each hour; send nothing (Content-Length 0) to have it read from there at once.
    """
    expected = version_of(wanted.expected_version, if_match)
    url = await calendars.meant_url(caller.house, name, wanted.url)
    if not body and url:
        calendars.check_url(url)
        body = await fetching.content_of(caller.house, url)
    if wanted.kind == DAYS_OFF:
        off = await days_off.save_days_off(
            caller.house,
            by(caller),
            name,
            body,
            wanted.who,
            url=url,
            expected=expected,
            preview=wanted.preview,
        )
        return _imported(off, caller)
    found = await calendars.save_calendar(
        caller.house,
        by(caller),
        name,
        body,
        zone=wanted.zone,
        url=url,
        expected=expected,
        preview=wanted.preview,
    )
    return _imported(found, caller)


@router.post("/calendars/{name}/fetch")
async def fetch_calendar(
    name: Name, caller: Responder, wanted: Annotated[asked.FetchCalendar, Query()]
) -> told.Imported:
    """Read a calendar from its address at once, or say what that would do. Where it can't be read, what was read last stays."""
    found = await fetching.fetch_now(caller.house, by(caller), name, preview=wanted.preview)
    return _imported(found, caller)


@router.delete("/calendars/{name}", status_code=204)
async def delete_calendar(
    name: Name,
    wanted: Annotated[asked.ExpectedAlone, Query()],
    caller: Responder,
    if_match: IfMatch = None,
) -> None:
    """Forget a calendar that no schedule names."""
    expected = version_of(wanted.expected_version, if_match)
    await calendars.delete_calendar(caller.house, by(caller), name, expected=expected)


@router.post("/calendar-links", status_code=201)
async def make_calendar_link(body: asked.CalendarLink, caller: Responder) -> told.CalendarLink:
    """Make a secret link under which the shifts of a schedule or a person are read as a calendar. Your older one stops working."""
    secret = await feeds.make_link(caller.house, by(caller), body.kind, body.subject)
    return told.CalendarLink(url=f"{caller.house.places.base}/calendars/{secret}.ics")


@router.delete("/calendar-links", status_code=204)
async def revoke_calendar_links(wanted: Annotated[asked.CalendarLink, Query()], caller: Responder) -> None:
    """Revoke your links to it; an admin revokes everybody's."""
    await feeds.revoke_links(caller.house, by(caller), wanted.kind, wanted.subject)


def _imported(found: calendars.Imported, caller: Caller) -> told.Imported:
    answer = told.Imported.model_validate(found)
    return answer.model_copy(update={"calendar": _shown(found.calendar, caller)})


def _shown(one: calendars.CalendarRow, caller: Caller) -> told.Calendar:
    answer = told.Calendar.model_validate(one)
    is_admin = caller.visitor.may("admin")
    return answer if is_admin else answer.model_copy(update={"url": calendars.open_url(one.url)})
