"""Where the link in a page about many incidents leads: one person's own page for all of them, without signing in.

Mail scanners follow links, so looking changes nothing: only a button does.
"""

from __future__ import annotations

from starlette.responses import Response

from tocsin.acts import incidents, looks
from tocsin.acts.incidents_together import acknowledge_batch, acknowledged_words, incidents_of
from tocsin.core.case import Actor
from tocsin.core.incident import Incident
from tocsin.doors.errors import status_of
from tocsin.doors.web.visit import Visit
from tocsin.errors import Invalid, NotFound, TocsinError

DOOR = "link"


async def show(visit: Visit, handle: str, batch: int, wrong: TocsinError | None = None) -> Response:
    found = await _incidents(visit, handle, batch)
    return visit.page(
        "ack_together.html",
        status=status_of(wrong) if wrong else 200,
        incidents=found,
        waiting=[one for one in found if one.is_awaited(handle)],
        person=handle,
        roster=await looks.roster(visit.house),
        wrong=wrong.message if wrong else "",
    )


async def answer(visit: Visit, handle: str, batch: int) -> Response:
    """Acknowledge all of them; or acknowledge or own one (`ref`), in the name of the person for whom the link was signed."""
    actor = Actor(handle, DOOR)
    try:
        said = await _done(visit, actor, batch)
    except TocsinError as why:
        return await show(visit, handle, batch, why)
    return visit.went_well(visit.request.url.path, said)


async def _done(visit: Visit, actor: Actor, batch: int) -> str:
    do, ref = visit.form.text("do"), visit.form.text("ref")
    if do not in ("acknowledge", "own") or (do == "own" and not ref):
        raise Invalid(f"{do!r} is none of the buttons")
    if not ref:
        return await acknowledge_batch(visit.house, actor, batch)
    if ref not in [one.ref for one in await _incidents(visit, actor.person, batch)]:
        raise Invalid(f"{ref} is none of the incidents of this message")
    if do == "own":
        await incidents.own(visit.house, actor, ref)
        return f"You own {ref} now."
    return acknowledged_words(await incidents.acknowledge(visit.house, actor, ref), actor.person)


async def _incidents(visit: Visit, handle: str, batch: int) -> list[Incident]:
    found = await incidents_of(visit.house, batch, handle)
    if not found:
        raise NotFound("There is no message about incidents at this address. Check the link")
    return found
