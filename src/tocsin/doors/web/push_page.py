"""The page on which somebody lets Tocsin wake the device that they hold, by its browser. The code it then shows is typed in on `contacts_page`."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from tocsin.acts.contacts import methods
from tocsin.acts.oncall.by import by_visitor
from tocsin.doors.errors import status_of
from tocsin.doors.web.forms import HIDDEN, Field, Sheet, Trouble, refilled
from tocsin.doors.web.visit import Visit
from tocsin.errors import TocsinError

VIA: Final = "webpush"
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


async def show(visit: Visit) -> Response:
    return _page(visit)


async def add(visit: Visit) -> Response:
    """Add the device, which shows a code then; refused, the page comes again and says why."""
    form, by = visit.form, by_visitor(visit.me, "web")
    given = {"subscription": form.text("subscription")}
    try:
        made = await methods.add(visit.house, by, visit.me.person, VIA, given, form.text("name"))
    except TocsinError as why:
        return _page(visit, Trouble(ADD.act, form, why))
    said = f"This device shows a notification with a code now. Type it in at {made.name}: then pages reach you here."
    return visit.went_well("/me/contacts", said)


def _page(visit: Visit, trouble: Trouble | None = None) -> Response:
    return visit.page(
        "push.html",
        status=status_of(trouble.error) if trouble else 200,
        is_set_up=VIA in visit.house.channels,
        add=refilled(ADD, trouble),
    )
