"""Alerts: opened by monitoring, answered by people. Each call is one act; the answer is the alert as it stands then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query

from tocsin.acts.alerting import deeds, looks
from tocsin.acts.alerting.looks import AlertView
from tocsin.acts.alerting.opening import OpenedAlert, open_alert
from tocsin.acts.house import House
from tocsin.acts.rights import Visitor
from tocsin.core.alerting.alert import Opening, opening_of
from tocsin.doors.api import asked_alerts as asked
from tocsin.doors.api import told_alerts as told
from tocsin.doors.api.asked import Line
from tocsin.doors.api.caller import Reader, Reporter, Responder
from tocsin.errors import Invalid

router = APIRouter(prefix="/alerts", tags=["alerts"])
Ref = Annotated[Line, Path(description="Such as A-7.")]


@router.post("", status_code=201)
async def create_alert(body: asked.OpenAlert, caller: Reporter) -> told.OpenedAlert:
    """Page people. While an alert with the same alias is open it counts up, and its escalation goes on as it was."""
    opening = opening_asked(body, caller.visitor)
    opened = await open_alert(caller.house, caller.actor, opening, body.policy, body.to)
    return opened_told(opened, caller.house)


def opening_asked(body: asked.OpenAlert, visitor: Visitor) -> Opening:
    return opening_of(
        body.message,
        alias=body.alias,
        description=body.description,
        priority=body.priority,
        source=body.source or visitor.name,
        link=body.link,
        details=body.details,
    )


def opened_told(opened: OpenedAlert, house: House) -> told.OpenedAlert:
    url = house.places.alert(opened.ref)
    return told.OpenedAlert(ref=opened.ref, count=opened.count, is_new=opened.is_new, url=url)


@router.get("")
async def list_alerts(
    caller: Reader,
    status: Annotated[Line, Query(description="open, acknowledged, snoozed or closed; all without.")] = "",
    before: Annotated[Line, Query(description="Older than this one, such as A-7.")] = "",
    limit: Annotated[int, Query(ge=1, le=looks.MOST)] = 50,
) -> told.Alerts:
    """The newest first."""
    found = await looks.alerts(caller.house, status, before, limit)
    return told.Alerts(alerts=[told.AlertShort.model_validate(one) for one in found])


@router.get("/by-alias")
async def alert_by_alias(
    caller: Reader, alias: Annotated[Line, Query(description="Your own name for it.")]
) -> told.Alert:
    """The open alert with that alias."""
    return await _shown(caller.house, await looks.alert_of_alias(caller.house, alias))


@router.get("/{ref}")
async def show_alert(ref: Ref, caller: Reader) -> told.Alert:
    """One alert: what was done, what comes next and why, and every message with its proof."""
    return await _shown(caller.house, ref)


@router.post("/{ref}/acknowledge")
async def acknowledge_alert(ref: Ref, caller: Responder) -> told.Alert:
    """Somebody acts on it: nobody else is paged. It takes the key of a person."""
    return await _shown(caller.house, (await deeds.acknowledge(caller.house, caller.actor, ref)).ref)


@router.post("/{ref}/unacknowledge")
async def unacknowledge_alert(ref: Ref, caller: Responder) -> told.Alert:
    """The acknowledgement does not hold: the escalation starts anew."""
    return await _shown(caller.house, (await deeds.unacknowledge(caller.house, caller.actor, ref)).ref)


@router.post("/{ref}/take-over")
async def take_over_alert(ref: Ref, caller: Responder) -> told.Alert:
    """It is yours from now on, whoever acknowledged it before."""
    return await _shown(caller.house, (await deeds.take_over(caller.house, caller.actor, ref)).ref)


@router.post("/{ref}/escalate")
async def escalate_alert(ref: Ref, caller: Responder) -> told.Alert:
    """The next step at once."""
    return await _shown(caller.house, (await deeds.escalate_now(caller.house, caller.actor, ref)).ref)


@router.post("/{ref}/snooze")
async def snooze_alert(ref: Ref, body: asked.SnoozeAlert, caller: Responder) -> told.Alert:
    """Silence for a while; it starts anew where it is not closed by then."""
    until = until_of(body, caller.house.clock.now())
    return await _shown(caller.house, (await deeds.snooze(caller.house, caller.actor, ref, until)).ref)


@router.post("/{ref}/reassign")
async def reassign_alert(ref: Ref, body: asked.To, caller: Responder) -> told.Alert:
    """It belongs to others; where they do not answer, the policy goes on. `policy:ID`, alone, replaces the policy."""
    return await _shown(caller.house, (await deeds.reassign(caller.house, caller.actor, ref, body.to)).ref)


@router.post("/{ref}/responders")
async def add_responders(ref: Ref, body: asked.To, caller: Responder) -> told.Alert:
    """Page these too, beside the policy."""
    return await _shown(
        caller.house, (await deeds.add_responders(caller.house, caller.actor, ref, body.to)).ref
    )


@router.post("/{ref}/close")
async def close_alert(ref: Ref, body: asked.CloseAlert, caller: Reporter) -> told.Alert:
    """It is over. Whoever may open alerts may close them: monitoring does."""
    return await _shown(caller.house, (await deeds.close(caller.house, caller.actor, ref, body.why)).ref)


async def _shown(house: House, ref: str) -> told.Alert:
    return alert_told(await looks.alert_of(house, ref), house)


def alert_told(view: AlertView, house: House) -> told.Alert:
    alert, one, opening = view.alert, view.alert.escalation, view.alert.opening
    return told.Alert(
        ref=alert.ref,
        alias=opening.alias,
        message=opening.message,
        description=opening.description,
        priority=opening.priority,
        source=opening.source,
        link=opening.link,
        details=dict(opening.details),
        policy=one.stamped.policy,
        status=alert.status,
        opened_by=alert.opened_by,
        opened_at=alert.opened_at,
        count=alert.count,
        last_at=alert.last_at,
        acknowledged_by=one.acknowledged_by,
        acknowledged_at=one.acknowledged_at,
        closed_by=one.closed_by,
        closed_at=one.closed_at,
        awaited=list(one.awaited),
        snoozed_until=one.snoozed_until,
        paged=list(one.paged),
        url=house.places.alert(alert.ref),
        history=[told.AlertLine(at=x.at, text=x.text, why=list(x.why)) for x in view.told],
        coming=[told.AlertLine(at=x.at, text=x.text, why=list(x.why)) for x in view.coming],
        deliveries=[told.AlertDelivery.model_validate(x) for x in view.deliveries],
    )


def until_of(body: asked.SnoozeAlert, now: datetime) -> datetime:
    """The instant that is asked for, however it is said."""
    if body.until is not None and body.minutes is None:
        if body.until.tzinfo is None:
            raise Invalid("until has no offset: write 2026-03-02T09:00:00Z or +01:00", field="until")
        return body.until.astimezone(UTC)
    if body.minutes is not None and body.until is None:
        return now + timedelta(minutes=body.minutes)
    raise Invalid("Name either minutes or until", field="minutes")
