"""The inbox: messages of streams that wait for somebody to look at them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from tocsin.acts import inbox as acts
from tocsin.acts.house import House
from tocsin.core.intake import Kept
from tocsin.doors.api import asked, told
from tocsin.doors.api.caller import Reader, Reporter, Responder
from tocsin.doors.api.telling import declared

router = APIRouter(prefix="/inbox", tags=["inbox"])
MOST = 100
Id = Annotated[int, Path(ge=1, lt=1 << 62, description="The message's number.")]


@router.get("")
async def inbox(caller: Reader, limit: Annotated[int, Query(ge=1, le=MOST)] = MOST) -> told.Inbox:
    """What waits for a look, what is due first on top, and what was looked at lately."""
    found = await acts.inbox(caller.house, caller.visitor.person, limit=limit)
    return told.Inbox(
        waiting=[_message(caller.house, one) for one in found.waiting],
        lately=[_message(caller.house, one) for one in found.lately],
        in_all=found.in_all,
    )


@router.post("/{id}/open")
async def open_message(id: Id, caller: Reporter, body: asked.OpenMessage | None = None) -> told.Declared:
    """Take it for a report: it opens an incident, or joins one. Its sender is answered."""
    body = body or asked.OpenMessage.model_validate({})
    done = await acts.open_message(caller.house, caller.actor, id, joins=body.joins, kind=body.kind)
    return declared(done, caller.house.places)


@router.post("/{id}/aside")
async def put_aside(id: Id, caller: Responder, body: asked.PutAside | None = None) -> told.Message:
    """Find that it is no report. It takes the key of a person."""
    reason = body.reason if body else ""
    return _message(caller.house, await acts.put_aside(caller.house, caller.actor, id, reason))


def _message(house: House, message: Kept) -> told.Message:
    return told.Message(
        id=message.id,
        source=message.source,
        sender=message.sender,
        title=message.title,
        text=message.text,
        labels=list(message.labels),
        url=message.url or None,
        state=message.state,
        rule=message.rule or None,
        reason=message.reason or None,
        ref=message.ref or None,
        incident_url=house.places.incident(message.ref) if message.ref else None,
        received_at=message.received_at,
        due_at=message.due_at,
        is_overdue=message.is_overdue(house.clock.now()),
        looked_at=message.looked_at,
        looked_by=message.looked_by or None,
    )
