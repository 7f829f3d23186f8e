"""Who is on call, and who takes it over for a while."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from tocsin.acts import looks, people
from tocsin.doors.api import asked, told
from tocsin.doors.api.caller import Reader, Responder

router = APIRouter(tags=["on call"])


@router.get("/on-call")
async def on_call(wanted: Annotated[asked.OfSchedule, Query()], caller: Reader) -> told.AllOnCall:
    """Who is on call now, in each schedule."""
    found = await looks.on_call(caller.house, wanted.schedule)
    return told.AllOnCall(on_call=[told.OnCall.model_validate(one) for one in found])


@router.post("/on-call")
async def take_on_call(body: asked.TakeOnCall, caller: Responder) -> told.AllOnCall:
    """Take over from whoever is on call, from now on for a while: the answer is who is on call then."""
    house, person = caller.house, body.person or caller.visitor.person
    span = timedelta(minutes=body.minutes)
    await people.take_on_call(house, caller.actor, person, span, body.schedules)
    found = await looks.on_call(house)
    return told.AllOnCall(on_call=[told.OnCall.model_validate(one) for one in found])
