"""The pages of alerts: the list, the form that opens one, and one alert with its escalation and every message about it."""

from __future__ import annotations

import hashlib
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response

from tocsin.acts.alerting import looks
from tocsin.acts.alerting.looks import AlertView, Sent
from tocsin.acts.alerting.opening import open_alert
from tocsin.acts.looks import roster
from tocsin.acts.policies import known_names
from tocsin.core.alerting.alert import number_of, opening_of
from tocsin.core.alerting.outside import is_outside
from tocsin.core.message_parts import source_label
from tocsin.doors.errors import status_of
from tocsin.doors.web.alert_forms import ACTS, Asked, new_sheet, sheets, targets
from tocsin.doors.web.forms import Trouble, refilled
from tocsin.doors.web.local_time import clock_of
from tocsin.doors.web.visit import Visit
from tocsin.errors import Invalid, NotFound, TocsinError

PAGE: Final = 50
CHOICES: Final = ("all", "open", "acknowledged", "snoozed", "closed")
SHOWN: Final = 20
"""How many entries stand open; what is older is folded away."""


async def show_list(visit: Visit) -> Response:
    """Alerts of one status or all, newest first, a page at a time."""
    query = visit.request.query_params
    status, before = query.get("status", "all"), query.get("before", "")
    if status not in CHOICES:
        raise Invalid(f"{status!r} is no status; there are {', '.join(CHOICES)}")
    if before and not number_of(before):
        raise Invalid(f"before is {before!r}, which is no alert: write A-7")
    found = await looks.alerts(visit.house, "" if status == "all" else status, before, PAGE + 1)
    rows = found[:PAGE]
    older = f"?{urlencode({'status': status, 'before': rows[-1].ref})}" if len(found) > PAGE else ""
    return visit.page(
        "alerts.html",
        state=_digest(rows),
        rows=rows,
        chosen=status,
        choices=CHOICES,
        older=older,
        roster=await roster(visit.house),
    )


async def ask(visit: Visit) -> Response:
    return await _form(visit)


async def open_one(visit: Visit) -> Response:
    """Open an alert as the form says; refused, the form comes again with what was typed."""
    form = visit.form
    try:
        opening = opening_of(
            form.text("message"),
            alias=form.text("alias"),
            description=form.text("description"),
            priority=form.text("priority") or "P3",
            source=visit.me.name,
            link=form.text("link").strip(),
        )
        opened = await open_alert(visit.house, visit.actor, opening, form.text("policy"), form.lines("to"))
    except TocsinError as why:
        return await _form(visit, Trouble("new", form, why))
    said = f"{opened.ref} is open" if opened.is_new else f"It is open already; it came {opened.count} times"
    return visit.went_well(f"/alerts/{opened.ref}", f"{said}.")


async def _form(visit: Visit, trouble: Trouble | None = None) -> Response:
    known = await known_names(visit.house)
    sheet = refilled(new_sheet(known), trouble)
    status = status_of(trouble.error) if trouble else 200
    return visit.page("alert_new.html", status=status, sheet=sheet, names=targets(known))


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def act(visit: Visit) -> Response:
    """Do what a button or form asks; refused, the page comes again with why."""
    return await _act(visit, visit.name("act"))


async def close(visit: Visit) -> Response:
    return await _act(visit, "close")


async def _act(visit: Visit, name: str) -> Response:
    if name not in ACTS:
        raise NotFound(f"There is no form {name} on the page of an alert")
    ref = visit.name("ref").upper()
    people = (await looks.alert_of(visit.house, ref)).roster.people
    clock = clock_of(people, visit.me.person, visit.house.clock.now())
    try:
        said = await ACTS[name](Asked(visit.house, visit.actor, ref, visit.form, clock))
    except TocsinError as why:
        return await _page(visit, Trouble(name, visit.form, why))
    return visit.went_well(f"/alerts/{ref}", said)


async def _page(visit: Visit, trouble: Trouble | None = None) -> Response:
    house = visit.house
    view = await looks.alert_of(house, visit.name("ref"))
    clock = clock_of(view.roster.people, visit.me.person, house.clock.now())
    known = await known_names(house)
    offered = [refilled(one, trouble) for one in sheets(view.alert, visit.me, clock, known)]
    has_form = trouble is not None and any(trouble.concerns(one) for one in offered)
    told = list(reversed(view.told))
    sent = [(one, *_named(visit, view, one)) for one in reversed(view.deliveries)]
    return visit.page(
        "alert.html",
        status=status_of(trouble.error) if trouble else 200,
        state=_state(view),
        alert=view.alert,
        name=view.roster.name,
        buttons=[one for one in offered if not one.fields],
        sheets=[one for one in offered if one.fields],
        coming=view.coming,
        told=(told[:SHOWN], told[SHOWN:]),
        sent=(sent[:SHOWN], sent[SHOWN:]),
        names=targets(known),
        # What went wrong with a button that is gone has no form to stand beside.
        wrong=trouble.error.message if trouble and not has_form else "",
    )


def _named(visit: Visit, view: AlertView, one: Sent) -> tuple[str, str]:
    """Whom a message is for, and on which device; addresses are nobody else's to see."""
    house = visit.house
    channel = house.channels.get(one.via) or house.given.get(one.via)
    label = channel.label if channel else source_label(one.via)
    person = view.roster.people.get(one.person)
    method = next((x for x in person.contacts if x.id == one.contact), None) if person else None
    if not one.person:
        return (
            f"Team {channel.shown(one.contact)}" if channel and is_outside(one.contact) else one.contact
        ), label
    named = f"{method.name} ({label})" if method and not method.is_given else label
    return view.roster.name(one.person), named


def _state(view: AlertView) -> str:
    """Changes with whatever the page shows."""
    sent: list[Any] = [(one.state, one.attempts, one.why) for one in view.deliveries]
    coming = [(one.at, one.text) for one in view.coming]
    return _digest((len(view.told), view.alert.count, coming, sent))


def _digest(shown: object) -> str:
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]
