"""What people ask of each other in an incident: tasks, and to take the whole over. Each call is one act; the answer is the incident."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from tocsin.acts import asking
from tocsin.doors.api import asked, told
from tocsin.doors.api import asked_together as sent
from tocsin.doors.api.caller import Responder
from tocsin.doors.api.responding import Ref
from tocsin.doors.api.telling import asking as telling_asking
from tocsin.doors.api.telling import short

router = APIRouter(prefix="/incidents/{ref}", tags=["asking each other"])
TaskId = Annotated[asked.Line, Path(description="Such as T1.")]


@router.post("/tasks", status_code=201)
async def delegate(ref: Ref, body: sent.Delegate, caller: Responder) -> told.Asking:
    """The owner asks somebody to do something. They are told on every channel, and answer within 10 minutes or it returns.

    `warnings` are what should be known of them: off duty, busy with another incident, one too many."""
    done = await asking.delegate(caller.house, caller.actor, ref, body.to, body.text)
    return telling_asking(caller.house, done)


@router.post("/tasks/{task}/accept")
async def accept_task(ref: Ref, task: TaskId, caller: Responder) -> told.Incident:
    """Whoever was asked takes it on. Nobody accepts for another."""
    return short(caller.house, await asking.accept_task(caller.house, caller.actor, ref, task))


@router.post("/tasks/{task}/decline")
async def decline_task(ref: Ref, task: TaskId, body: sent.MayBecause, caller: Responder) -> told.Incident:
    """Whoever was asked can't do it: it is the owner's again, at once. Also after they had accepted it."""
    done = await asking.decline_task(caller.house, caller.actor, ref, task, body.reason)
    return short(caller.house, done)


@router.post("/tasks/{task}/report")
async def report_task(ref: Ref, task: TaskId, body: sent.Result, caller: Responder) -> told.Incident:
    """It is done: what was tried, and what came of it."""
    done = await asking.report_task(caller.house, caller.actor, ref, task, body.text)
    return short(caller.house, done)


@router.post("/tasks/{task}/withdraw")
async def withdraw_task(ref: Ref, task: TaskId, body: sent.Because, caller: Responder) -> told.Incident:
    """It need not be done any more, says the owner."""
    done = await asking.withdraw_task(caller.house, caller.actor, ref, task, body.reason)
    return short(caller.house, done)


@router.post("/handover", status_code=201)
async def hand_over(ref: Ref, body: sent.HandOver, caller: Responder) -> told.Asking:
    """The owner asks somebody, or `on-call`, to own it instead. Until they accept, the owner stays the owner."""
    done = await asking.hand_over(caller.house, caller.actor, ref, body.to, body.summary)
    return telling_asking(caller.house, done)


@router.post("/handover/accept")
async def accept_handover(ref: Ref, caller: Responder) -> told.Incident:
    """Whoever was asked owns it from now on, and who owned it is released."""
    return short(caller.house, await asking.accept_handover(caller.house, caller.actor, ref))


@router.post("/handover/decline")
async def decline_handover(ref: Ref, body: sent.MayBecause, caller: Responder) -> told.Incident:
    """Whoever was asked can't: the owner still owns it."""
    return short(caller.house, await asking.decline_handover(caller.house, caller.actor, ref, body.reason))


@router.post("/release")
async def release(ref: Ref, caller: Responder) -> told.Incident:
    """Always a conflict, which says how an owner is released: somebody else has to have accepted it first."""
    return short(caller.house, await asking.release(caller.house, caller.actor, ref))
