"""The inbox: what waits for a look, each with its clicks, and what was looked at lately."""

from __future__ import annotations

from starlette.responses import Response

from tocsin.acts import inbox, looks
from tocsin.core.inbox_words import outcome, said
from tocsin.core.intake import IGNORED, Kept
from tocsin.core.message_parts import source_label
from tocsin.core.people import Roster
from tocsin.doors.web.visit import Visit
from tocsin.errors import NotFound


async def show(visit: Visit) -> Response:
    """What is due first stands on top."""
    found = await inbox.inbox(visit.house, visit.me.person)
    roster = await looks.roster(visit.house)
    return visit.page(
        "inbox.html",
        waiting=found.waiting,
        in_all=found.in_all,
        lately=[(message, _outcome(message, roster)) for message in found.lately],
        open=await looks.open_incidents(visit.house, visit.me.person),
        kinds=visit.house.handbook.kinds,
        now=found.now,
        said=said,
        source_label=source_label,
        state=_state(found),
    )


async def act(visit: Visit) -> Response:
    """Open an incident from a message, join it to one, or put it aside."""
    id, name = _number(visit.name("id")), visit.name("act")
    if name == "aside":
        visit.me.must("respond")
        await inbox.put_aside(visit.house, visit.actor, id, visit.form.text("reason"))
        return visit.went_well("/inbox", "Put aside. It stands below, should it be a report after all.")
    if name != "open":
        raise NotFound("There is nothing at this address. Check the link")
    joins = visit.form.text("joins")
    declared = await inbox.open_message(
        visit.house, visit.actor, id, joins=joins, kind=visit.form.text("kind")
    )
    did = f"It joined {declared.ref}." if joins else f"{declared.ref} is open, and who is on call is paged."
    return visit.went_well(f"/incidents/{declared.ref}", did)


def _outcome(message: Kept, roster: Roster) -> str:
    return (
        f"Ignored, by the rule {message.rule}."
        if message.state == IGNORED
        else outcome(message, roster, marks=False)
    )


def _state(found: inbox.Inbox) -> str:
    """Changes whenever anything on the page does."""
    return ".".join(f"{one.id}-{one.state[:2]}" for one in (*found.waiting[:50], *found.lately[:5])) or "none"


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        raise NotFound("There is no such message in the inbox")
    return int(text)
