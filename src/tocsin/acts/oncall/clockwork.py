"""What falls due for a schedule: a row for each schedule and kind of thing says when to look next, so that any node may, and any may die.

A kind is a `Look`: given the schedules whose time has come it says what has to leave the house, and when to look again. Both are
stored in one commit. A change of a schedule marks its rows due (`writing.py`), so each look sees the newest one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from tocsin.acts.house import House
from tocsin.acts.roster import directory
from tocsin.core.notices import in_order
from tocsin.core.oncall.model import Schedule
from tocsin.core.work import Work
from tocsin.store import timers as rows
from tocsin.store import works as work_rows
from tocsin.store.people import Directory
from tocsin.store.pool import Connection
from tocsin.store.timers import Timer

KINDS: Final[tuple[str, ...]] = ("begins", "gaps")
"""What is looked for. An older node leaves the kinds alone that it does not know."""
AT_ONCE: Final = 50
"""How many are looked at in one transaction."""
POISON_WAIT: Final = timedelta(minutes=1)
A_MOMENT: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Looked:
    """What has to leave the house, and when to look again."""

    works: Sequence[Work]
    next_at: datetime


class Look(Protocol):
    """Looks at one schedule for what fell due after `seen`, until `now`."""

    async def __call__(
        self,
        house: House,
        conn: Connection,
        known: Directory,
        schedule: Schedule,
        seen: datetime,
        now: datetime,
    ) -> Looked: ...


async def look_at_due(house: House, looks: Mapping[str, Look]) -> tuple[int, list[BaseException]]:
    """Look at the schedules whose time has come, some at once: how many there were, and what faults were met.

    One that fails is put off, so that the rest goes on.
    """
    now = house.clock.now()
    failed: list[BaseException] = []
    async with house.pool.acquire() as conn, conn.transaction():
        timers = await rows.due(conn, now, AT_ONCE, looks)
        if not timers:
            return 0, failed
        known = await directory(house, conn)
        live = {one.id: one for one in known.schedules}
        works: list[Work] = []
        looked: list[tuple[Timer, datetime, datetime]] = []
        for timer in (one for one in timers if one.schedule in live):
            try:
                async with conn.transaction():
                    found = await looks[timer.kind](house, conn, known, live[timer.schedule], timer.seen, now)
            except Exception as why:
                failed.append(why)
                looked.append((timer, timer.seen, now + POISON_WAIT))
                continue
            works += found.works
            looked.append((timer, now, max(found.next_at, now + A_MOMENT)))
        await work_rows.plan(conn, None, in_order(works), now)
        await rows.seen(conn, looked)
        await rows.drop(conn, [one for one in timers if one.schedule not in live])
    if works:
        house.wake()
    return len(timers), failed
