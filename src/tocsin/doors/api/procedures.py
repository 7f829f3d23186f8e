"""Procedures: what can be planned, the runs of an incident, and what people decide about them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from tocsin.acts import looks
from tocsin.acts.procedures import deeds, views
from tocsin.core.incident import Incident
from tocsin.core.procedures.run import Run
from tocsin.doors.api import asked
from tocsin.doors.api import asked_procedures as sent
from tocsin.doors.api import telling_procedures as telling
from tocsin.doors.api import told_procedures as told
from tocsin.doors.api.caller import Caller, Reader, Responder
from tocsin.doors.api.responding import Ref

router = APIRouter(tags=["procedures"])
RunId = Annotated[asked.Line, Path(description="Such as P1.")]


@router.get("/procedures")
async def procedures(caller: Reader) -> told.Procedures:
    """What Tocsin can carry out itself here, and on what."""
    return told.Procedures(procedures=[telling.procedure(one) for one in views.offered(caller.house)])


@router.get("/procedures/runs")
async def latest_runs(caller: Reader, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> told.AllRuns:
    """Runs over all incidents, those under way first."""
    found = await views.lately(caller.house, caller.visitor.person, limit)
    places = caller.house.places
    rows = [
        told.RunRow(
            incident=one.ref,
            run=one.run,
            url=places.run(one.ref, one.run),
            procedure=one.procedure,
            target=one.target.partition(":")[2],
            state=one.state,
            asked_at=one.asked_at,
            started_at=one.started_at,
            ended_at=one.ended_at,
        )
        for one in found
    ]
    return told.AllRuns(runs=rows)


@router.get("/incidents/{ref}/procedures")
async def runs(ref: Ref, caller: Reader) -> told.Runs:
    """The runs of an incident, in the order in which they were asked for."""
    incident = (await looks.case(caller.house, ref, caller.visitor.person)).incident
    return told.Runs(runs=[telling.run(caller.house, incident, one) for one in incident.runs])


@router.get("/incidents/{ref}/procedures/{run}")
async def one_run(ref: Ref, run: RunId, caller: Reader) -> told.Run:
    """One run: its plan, its verdict, and how far it came."""
    view, found = await views.run(caller.house, caller.visitor.person, ref, run)
    return telling.run(caller.house, view.incident, found)


@router.post("/incidents/{ref}/procedures")
async def plan_procedure(ref: Ref, body: sent.PlanProcedure, caller: Responder) -> told.Run:
    """Have a procedure planned: a dry run on fresh data. The plan stands in the run once its state is `planned`."""
    incident, run = await deeds.plan(
        caller.house, caller.actor, ref, body.procedure, body.target, reason=body.reason, inputs=body.inputs
    )
    return telling.run(caller.house, incident, run)


@router.post("/incidents/{ref}/procedures/{run}/approve")
async def approve_run(ref: Ref, run: RunId, body: sent.ApproveRun, caller: Responder) -> told.Run:
    """Say yes to a plan. Who may, and how many have to, the handbook says."""
    done = await deeds.approve(caller.house, caller.actor, ref, run, override=body.override, runs=body.run)
    return _told(caller, done, run)


@router.post("/incidents/{ref}/procedures/{run}/run")
async def start_run(ref: Ref, run: RunId, caller: Responder) -> told.Run:
    """Have an approved plan carried out."""
    return _told(caller, await deeds.start(caller.house, caller.actor, ref, run), run)


@router.post("/incidents/{ref}/procedures/{run}/stop")
async def stop_run(ref: Ref, run: RunId, body: sent.BecauseOf, caller: Responder) -> told.Run:
    """Leave off at the next safe point. What stands then is said."""
    return _told(caller, await deeds.stop(caller.house, caller.actor, ref, run, body.reason), run)


@router.post("/incidents/{ref}/procedures/{run}/go-on")
async def go_on_with_run(ref: Ref, run: RunId, body: sent.BecauseOf, caller: Responder) -> told.Run:
    """After a failure or a stop, go on with the step that it ended at."""
    return _told(caller, await deeds.go_on(caller.house, caller.actor, ref, run, body.reason), run)


@router.post("/incidents/{ref}/procedures/{run}/withdraw")
async def withdraw_run(ref: Ref, run: RunId, body: sent.BecauseOf, caller: Responder) -> told.Run:
    """It is not to be done; nothing of it has begun."""
    return _told(caller, await deeds.withdraw(caller.house, caller.actor, ref, run, body.reason), run)


def _told(caller: Caller, incident: Incident, id: str) -> told.Run:
    run: Run | None = incident.run(id.upper())
    assert run is not None
    return telling.run(caller.house, incident, run)
