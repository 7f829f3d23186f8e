"""The page on which somebody lets Tocsin wake the device that they hold: by its browser, after a code that it shows them."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from tocsin.acts import people
from tocsin.acts.contacts import methods
from tocsin.acts.contacts.whose import shown
from tocsin.acts.oncall.by import by_visitor
from tocsin.core.contacts import ContactMethod
from tocsin.doors.errors import status_of
from tocsin.doors.web.forms import HIDDEN, Field, Sheet, Trouble, refilled
from tocsin.doors.web.visit import Visit
from tocsin.errors import NotFound, TocsinError

VIA: Final = "webpush"


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def act(visit: Visit) -> Response:
    """Add the device, or take the code that it showed; refused, the page comes again and says why."""
    name, form, by = visit.name("act"), visit.form, by_visitor(visit.me, "web")
    try:
        match name:
            case "add":
                given = {"subscription": form.text("subscription")}
                await methods.add(visit.house, by, visit.me.person, VIA, given, form.text("name"))
                said = "A notification with a code comes to this device now. Write the code here."
            case "code":
                await methods.verify(visit.house, by, visit.me.person, form.text("about"), form.text("code"))
                said = "This device is ready: pages reach you here."
            case "another":
                await methods.resend(visit.house, by, visit.me.person, form.text("about"))
                said = "Another code is on its way."
            case _:
                raise NotFound(f"There is no form {name} on this page")
    except TocsinError as why:
        return await _page(visit, Trouble(name, form, why))
    return visit.went_well("/me/push", said)


async def _page(visit: Visit, trouble: Trouble | None = None) -> Response:
    me = (await people.everybody(visit.house)).people[visit.me.person]
    devices = [one for one in me.methods if one.via == VIA]
    return visit.page(
        "push.html",
        status=status_of(trouble.error) if trouble else 200,
        is_set_up=VIA in visit.house.channels,
        add=refilled(ADD, trouble),
        devices=[(one, shown(visit.house, one), refilled(_code(one), trouble)) for one in devices],
        wrong=trouble.error.message if trouble and trouble.act == "another" else "",
    )


ADD: Final = Sheet(
    "add",
    "This device",
    "Use this device",
    (
        Field("subscription", "Subscription", HIDDEN),
        Field("name", "What you call it", help="Such as phone or desk, to tell it from your others."),
    ),
    help="Your browser asks whether Tocsin may show notifications: allow it.",
)


def _code(one: ContactMethod) -> Sheet:
    return Sheet("code", one.name, "Verify", (Field("code", "The code that it showed", must=True),), one.id)
