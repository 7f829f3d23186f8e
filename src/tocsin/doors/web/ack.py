"""Where the link in a page by e-mail leads: one person's own page for one incident (or for those of one message), without signing in.

Mail scanners follow links, so looking changes nothing: only a button does.
"""

from __future__ import annotations

from starlette.responses import Response

from tocsin.acts import incidents, looks, people
from tocsin.core.case import Actor
from tocsin.core.together_words import batch_of
from tocsin.doors.errors import status_of
from tocsin.doors.web import ack_together
from tocsin.doors.web.visit import Visit
from tocsin.errors import Forbidden, Invalid, TocsinError


async def show(visit: Visit) -> Response:
    handle, batch = await _person(visit), batch_of(visit.name("ref"))
    if batch is not None:
        return await ack_together.show(visit, handle, batch)
    return await _page(visit, handle)


async def answer(visit: Visit) -> Response:
    """Acknowledge or own, in the name of the person for whom the link was signed."""
    handle = await _person(visit)
    ref, actor, batch = visit.name("ref"), Actor(handle, "email"), batch_of(visit.name("ref"))
    if batch is not None:
        return await ack_together.answer(visit, handle, batch)
    try:
        match visit.form.text("do"):
            case "own":
                await incidents.own(visit.house, actor, ref)
                said = f"You own {ref} now. Next: say what you intend to do."
            case "acknowledge":
                await incidents.acknowledge(visit.house, actor, ref)
                said = "Acknowledged. Nobody owns it by that alone."
            case other:
                raise Invalid(f"{other!r} is neither of the two buttons")
    except TocsinError as why:
        return await _page(visit, handle, why)
    return visit.went_well(visit.request.url.path, said)


async def _page(visit: Visit, handle: str, wrong: TocsinError | None = None) -> Response:
    view = await looks.case(visit.house, visit.name("ref"), handle)
    roster = await looks.roster(visit.house)
    return visit.page(
        "ack.html",
        status=status_of(wrong) if wrong else 200,
        incident=view.incident,
        severity=view.handbook.severity(view.incident.severity),
        person=handle,
        roster=roster,
        wrong=wrong.message if wrong else "",
    )


async def _person(visit: Visit) -> str:
    return await person_of_link(visit, visit.name("person"))


async def person_of_link(visit: Visit, signed: str) -> str:
    """The handle for which the link was signed. Forbidden if the signature is not ours, or the person is gone."""
    ref, handle, signature = visit.name("ref"), visit.name("person"), visit.name("signature")
    if not visit.house.sign.holds(ref, signed, signature):
        raise Forbidden(
            "This link was not made by this Tocsin, or was cut short. Open the one in the message again, or sign in"
        )
    if handle not in (await people.everybody(visit.house)).people:
        raise Forbidden(
            f"{handle} is not in this Tocsin any more; a page may only be answered by people who are"
        )
    return handle
