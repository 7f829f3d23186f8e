"""Cover requests: asking others to take a shift, and taking one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from tocsin.acts.oncall import cover
from tocsin.doors.api import asked_on_call as asked
from tocsin.doors.api import telling_on_call as telling
from tocsin.doors.api import told_on_call as told
from tocsin.doors.api.caller import Reader, Responder
from tocsin.doors.api.on_call import own
from tocsin.doors.api.overriding import Number
from tocsin.doors.api.schedules import by
from tocsin.doors.api.version import IfMatch, version_of

router = APIRouter(tags=["cover"])


@router.get("/cover-requests")
async def cover_requests(wanted: Annotated[asked.OfCover, Query()], caller: Reader) -> told.Covers:
    """Requests for cover, newest first."""
    found = await cover.covers(
        caller.house, schedule=wanted.schedule, person=wanted.person, since=wanted.since
    )
    return told.Covers(cover_requests=[telling.cover(one) for one in found])


@router.get("/cover-requests/{id}")
async def cover_request(id: Number, caller: Reader) -> told.Cover:
    """One request for cover."""
    return telling.cover(await cover.cover_of(caller.house, id))


@router.post("/cover-requests", status_code=201)
async def ask_cover(body: asked.NewCover, caller: Responder) -> told.Cover:
    """Ask one, some or all of the team to take your shift, or that of somebody of your team."""
    found = await cover.ask_cover(
        caller.house,
        by(caller),
        body.schedule,
        person=own(caller, body.person),
        start=body.start,
        end=body.end,
        asked=body.asked,
        reason=body.reason,
    )
    return telling.cover(found)


@router.post("/cover-requests/{id}/accept")
async def accept_cover(
    id: Number, body: asked.AcceptCover, caller: Responder, if_match: IfMatch = None
) -> told.Cover:
    """Take the shift, or a part of it: the first who does is on call instead. Of a part the answer is a request of its own."""
    found = await cover.accept_cover(
        caller.house,
        by(caller),
        id,
        start=body.start,
        end=body.end,
        expected=version_of(body.expected_version, if_match),
    )
    return telling.cover(found)


@router.delete("/cover-requests/{id}")
async def withdraw_cover(
    id: Number, wanted: Annotated[asked.ExpectedAlone, Query()], caller: Responder, if_match: IfMatch = None
) -> told.Cover:
    """Withdraw a request: nobody needs to take the shift any more."""
    expected = version_of(wanted.expected_version, if_match)
    return telling.cover(await cover.withdraw_cover(caller.house, by(caller), id, expected=expected))
