"""Deploys: told of by whatever deploys, and listed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query

from tocsin.acts import deploys as acts
from tocsin.core.deploys.deploy import Deploy, deploy_of
from tocsin.doors.api import asked_deploys as asked
from tocsin.doors.api import told_deploys as told
from tocsin.doors.api.asked import Line
from tocsin.doors.api.caller import Reader, Reporter

router = APIRouter(prefix="/deploys", tags=["deploys"])


@router.post("", status_code=201)
async def record_deploy(body: asked.NewDeploy, caller: Reporter) -> told.RecordedDeploy:
    """Tell of a deploy, so that Tocsin knows which one to go back to. The same `id` again adds to it."""
    deploy = deploy_of(**body.model_dump(), now=caller.house.clock.now())
    recorded = await acts.record_deploy(caller.house, deploy)
    return told.RecordedDeploy(
        deploy=_told(recorded.number, recorded.deploy),
        is_new=recorded.is_new,
    )


@router.get("")
async def list_deploys(
    caller: Reader,
    service: Annotated[Line, Query(description="Of this service alone; of all without.")] = "",
    before: Annotated[int, Query(ge=0, le=2**62, description="Older than the one of this number.")] = 0,
    limit: Annotated[int, Query(ge=1, le=acts.MOST)] = 50,
) -> told.Deploys:
    """What was deployed, the newest first."""
    found = await acts.deploys(caller.house, service, before=before, limit=limit)
    return told.Deploys(
        deploys=[_told(one.number, one.deploy) for one in found],
        next=found[-1].number if len(found) == limit else None,
    )


def _told(number: int, deploy: Deploy) -> told.Deploy:
    return told.Deploy(number=number, **asdict(deploy))
