"""Whether a deploy can be rolled back, in one incident."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter

from tocsin.acts import judging, looks
from tocsin.doors.api import asked_deploys as asked
from tocsin.doors.api import told_deploys as told
from tocsin.doors.api.caller import Reader, Responder
from tocsin.doors.api.responding import Ref
from tocsin.errors import Invalid

router = APIRouter(prefix="/incidents/{ref}/verdicts", tags=["deploys"])


@router.get("")
async def list_verdicts(ref: Ref, caller: Reader) -> told.Verdicts:
    """Whether each declared target can be rolled back, to what, and why: as it was judged last."""
    view = await looks.case(caller.house, ref, caller.visitor.person)
    return told.Verdicts(
        verdicts=[told.Verdict.model_validate(asdict(one)) for one in view.incident.verdicts]
    )


@router.post("", status_code=202)
async def ask_verdict(ref: Ref, body: asked.AskVerdict, caller: Responder) -> told.Asked:
    """Look again, at once. It is told by the thread and by GET as soon as it has been looked at."""
    if body.began_at and body.began_at.tzinfo is None:
        raise Invalid("began_at has no offset: write 2026-03-02T09:00:00Z or +01:00", field="began_at")
    await judging.ask_verdict(caller.house, caller.actor, ref, body.began_at)
    return told.Asked(url=caller.house.places.incident(ref.upper()) + "#deploys")
