"""Where the link in a page about alerts leads: one person's own page for the alerts of one message, without signing in.

Mail scanners follow links, so looking changes nothing: only a button does.
"""

from __future__ import annotations

import re
from typing import Final

from starlette.responses import Response

from tocsin.acts import looks
from tocsin.acts.alerting import deeds
from tocsin.acts.alerting.looks import AlertRow, alerts_of_message, given_away_since
from tocsin.core.case import Actor
from tocsin.core.escalation.state import ACKNOWLEDGED, CLOSED, OPEN
from tocsin.doors.errors import status_of
from tocsin.doors.web.ack import person_of_link
from tocsin.doors.web.visit import Visit
from tocsin.errors import Conflict, Invalid, NotFound, TocsinError

MESSAGE: Final = re.compile(r"D([1-9]\d{0,17})")
DOOR: Final = "link"
ACKNOWLEDGE, CLOSE = "acknowledge", "close"


async def show(visit: Visit) -> Response:
    handle = await _person(visit)
    return await _page(visit, handle, await _alerts(visit, handle))


async def answer(visit: Visit) -> Response:
    """Acknowledge or close all of them, or one (`ref`), in the name of the person for whom the link was signed."""
    handle = await _person(visit)
    found = await _alerts(visit, handle)
    try:
        said = await _done(visit, Actor(handle, DOOR), found)
    except TocsinError as why:
        return await _page(visit, handle, await _alerts(visit, handle), why)
    return visit.went_well(visit.request.url.path, said)


async def _done(visit: Visit, actor: Actor, found: list[AlertRow]) -> str:
    do, ref = visit.form.text("do"), visit.form.text("ref")
    if do not in (ACKNOWLEDGE, CLOSE):
        raise Invalid(f"{do!r} is neither of the two buttons")
    if ref:
        if ref not in [one.ref for one in found]:
            raise Invalid(f"{ref} is none of the alerts of this message")
        gone = await given_away_since(visit.house, _number(visit), actor.person)
        if ref in gone:
            raise Conflict(f"{gone[ref]}; take it over if it is yours now")
        one = deeds.acknowledge if do == ACKNOWLEDGE else deeds.close
        await one(visit.house, actor, ref)
        return f"You have {'acknowledged' if do == ACKNOWLEDGE else 'closed'} {ref}."
    every = deeds.acknowledge_batch if do == ACKNOWLEDGE else deeds.close_batch
    return await every(visit.house, actor, _number(visit))


async def _page(
    visit: Visit, handle: str, found: list[AlertRow], wrong: TocsinError | None = None
) -> Response:
    gone = await given_away_since(visit.house, _number(visit), handle)
    theirs = [one for one in found if one.ref not in gone]
    return visit.page(
        "alert_answer.html",
        status=status_of(wrong) if wrong else 200,
        alerts=found,
        gone=gone,
        waiting=[one for one in theirs if one.status != CLOSED and not one.acknowledged_at],
        still_open=[one for one in theirs if one.status != CLOSED],
        how_many=_how_many(theirs, len(found), handle),
        person=handle,
        roster=await looks.roster(visit.house),
        wrong=wrong.message if wrong else "",
    )


def _how_many(found: list[AlertRow], all_of_them: int, handle: str) -> tuple[str, str]:
    """Of how many of several alerts the buttons speak: what others have, or put off, they leave alone while anything waits."""
    waiting = [one for one in found if one.status == OPEN]
    theirs = [one for one in found if one.status == ACKNOWLEDGED and one.acknowledged_by == handle]
    if all_of_them == 1:
        return "", ""
    if not waiting or len(waiting) == len(found):
        every = " all" if len(found) == all_of_them else f" {len(found)}"
        return every, every
    return f" {len(waiting)}", f" {len(waiting) + len(theirs)}"


async def _alerts(visit: Visit, handle: str) -> list[AlertRow]:
    found = await alerts_of_message(visit.house, _number(visit), handle)
    if not found:
        raise NotFound("The alerts of this message are not kept any more")
    return found


def _number(visit: Visit) -> int:
    found = MESSAGE.fullmatch(visit.name("ref"))
    if not found:
        raise NotFound("There is no message about alerts at this address. Check the link")
    return int(found[1])


async def _person(visit: Visit) -> str:
    return await person_of_link(visit, visit.name("person"))
