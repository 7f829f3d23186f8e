"""Reports come in: the route that has to work when all else is on fire."""

from __future__ import annotations

from fastapi import APIRouter

from tocsin.acts import incidents
from tocsin.acts.house import House
from tocsin.acts.incidents import NewReport
from tocsin.acts.people import EMAIL
from tocsin.doors.api import asked, told
from tocsin.doors.api.caller import Caller, Reporter
from tocsin.doors.api.telling import declared

router = APIRouter(tags=["reports"])


@router.post("/reports", status_code=201)
async def report(caller: Reporter, body: asked.NewReport | None = None) -> told.Declared:
    """Report that something may be broken: an incident is open at once, and whoever is on call is paged.

    Send a `key` of your own so that you can call again when no answer came: the same key of the same caller makes one report.
    """
    house, body = caller.house, body or asked.NewReport.model_validate({})
    made = await incidents.declare(
        house,
        caller.actor,
        _new_report(house, caller, body),
        title=body.title,
        kind=body.kind,
        severity=body.severity,
        reason=body.reason,
        policy=body.policy,
        joins=body.joins,
    )
    return declared(made, house.places)


def _new_report(house: House, caller: Caller, body: asked.NewReport) -> NewReport:
    is_address = EMAIL.fullmatch(body.email) is not None
    by_mail = is_address and "answer:email" in house.abilities
    # An address that is none does not stand in the way of a report; it is kept with the words, for whoever can read it.
    unread = f"\n\n(to be answered at: {body.email})" if body.email and not is_address else ""
    return NewReport(
        source="api",
        text=(body.text or body.title) + unread if unread else body.text,
        reporter=body.reporter or caller.visitor.name,
        outside=body.outside,
        answer_via="email" if by_mail else "page",
        address=body.email if is_address else "",
        # Two callers may count their reports alike: neither may swallow the other's.
        key=f"{caller.visitor.name}/{body.key}" if body.key else "",
    )
