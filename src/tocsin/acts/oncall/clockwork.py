"""What falls due for a schedule: a row for each schedule and kind of thing says when to look next, so that any node may, and any may die.

A kind is a `Look`: given the schedules whose time has come it says what has to leave the house, and when to look again. Both are
stored in one commit. A change of a schedule marks its rows due (`writing.py`), so each look sees the newest one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from tocsin.acts.breath import Breath
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

KINDS: Final[tuple[str, ...]] = ("begins", "gaps", "slack")
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


@dataclass(slots=True)
class Round:
    """Those that are looked at in one transaction: what was found, what failed, and until when each was looked at."""

    works: dict[str, Work] = field(default_factory=dict)
    failed: list[BaseException] = field(default_factory=list)
    looked: list[tuple[Timer, datetime, datetime]] = field(default_factory=list)

    def note(self, timer: Timer, found: Looked, now: datetime) -> None:
        # Several schedules may find the same: it is told once.
        self.works |= {one.key: one for one in found.works}
        self.looked.append((timer, now, max(found.next_at, now + A_MOMENT)))

    def put_off(self, timer: Timer, why: BaseException, now: datetime) -> None:
        self.failed.append(why)
        self.looked.append((timer, timer.seen, now + POISON_WAIT))


async def look_at_due(house: House, looks: Mapping[str, Look]) -> tuple[int, list[BaseException]]:
    """Look at the schedules whose time has come, some at once: how many there were, and what faults were met.

    One that fails is put off, so that the rest goes on.
    """
    now = house.clock.now()
    async with house.pool.acquire() as conn, conn.transaction():
        timers = await rows.due(conn, now, AT_ONCE, looks)
        if not timers:
            return 0, []
        known = await directory(house, conn)
        live = [one for one in timers if _is_live(known, one)]
        found = await _all(house, conn, known, looks, live, now) or await _each(
            house, conn, known, looks, live, now
        )
        told = await work_rows.there(conn, list(found.works))
        works = [one for key, one in found.works.items() if key not in told]
        await work_rows.plan(conn, None, in_order(works), now)
        await rows.seen(conn, found.looked)
        await rows.drop(conn, [one for one in timers if not _is_live(known, one)])
    if works:
        house.wake()
    return len(timers), found.failed


def _is_live(known: Directory, timer: Timer) -> bool:
    return timer.schedule in known.kept and known.kept[timer.schedule].ended_at is None


async def _all(
    house: House,
    conn: Connection,
    known: Directory,
    looks: Mapping[str, Look],
    timers: Sequence[Timer],
    now: datetime,
) -> Round | None:
    """What is found where none fails, which spares the database a savepoint for each; None where one does."""
    found, breath = Round(), Breath()
    try:
        async with conn.transaction():
            for timer in timers:
                schedule = known.kept[timer.schedule].schedule
                found.note(timer, await looks[timer.kind](house, conn, known, schedule, timer.seen, now), now)
                await breath.take()
    except Exception:
        return None
    return found


async def _each(
    house: House,
    conn: Connection,
    known: Directory,
    looks: Mapping[str, Look],
    timers: Sequence[Timer],
    now: datetime,
) -> Round:
    """The same one by one: what fails undoes no other."""
    found, breath = Round(), Breath()
    for timer in timers:
        try:
            async with conn.transaction():
                schedule = known.kept[timer.schedule].schedule
                seen = await looks[timer.kind](house, conn, known, schedule, timer.seen, now)
        except Exception as why:
            found.put_off(timer, why, now)
        else:
            found.note(timer, seen, now)
        await breath.take()
    return found
