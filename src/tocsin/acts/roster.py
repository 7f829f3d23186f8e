"""Who there is at an instant. Each node keeps a copy of the directory and asks only whether it is still the newest."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from tocsin.core.people import Roster
from tocsin.store import people as rows
from tocsin.store.people import Directory
from tocsin.store.pool import Connection

if TYPE_CHECKING:
    from tocsin.acts.house import House


async def directory(house: House, conn: Connection, version: int | None = None) -> Directory:
    """Everybody; `version` spares the question for it where the caller has asked already."""
    known = house.directory
    if known is None or known.version != (version or await rows.version(conn)):
        known = house.directory = await rows.directory(conn, house.clock.now(), known)
    return known


def is_outside(house: House, known: Directory) -> bool:
    """Whether a pager that a team keeps says who is on call."""
    return known.on_call_outside is not None and house.has_pager


async def roster_at(house: House, conn: Connection, now: datetime, version: int | None = None) -> Roster:
    """The people, the teams, and who is on call at `now`: over all schedules, or as the pager says that a team keeps."""
    return roster_of(house, await directory(house, conn, version), now)


def roster_of(house: House, known: Directory, now: datetime) -> Roster:
    """The same by that copy of the directory."""
    if is_outside(house, known):
        told = known.on_call_outside or ()
        on_call = tuple(h for h in told if h in known.people)
        return Roster(known.people, known.teams, on_call, pagers=known.pagers)
    handles, shadows = house.standing.everybody(known, now), house.standing.shadows(known, now)
    shifts = house.standing.shifts(known, now)
    return Roster(known.people, known.teams, handles, shadows, known.pagers, shifts)
