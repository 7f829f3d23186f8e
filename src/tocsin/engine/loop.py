"""The loop: does what is due, sleeps until the next thing is, and wakes when somebody acts.

It only loops; `run_timer` and `deliver` each do one unit. Any number of nodes may run it on one database, and any may die.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count

import asyncpg
import structlog

from tocsin.acts.forgetting import forget_old
from tocsin.acts.handbooks import keep_up
from tocsin.acts.house import House
from tocsin.acts.oncall.looking import LOOKS
from tocsin.engine import metrics
from tocsin.engine.deliveries import claim, deliver
from tocsin.engine.pager import Pager
from tocsin.engine.paging import LEAST_SLEEP, Paging
from tocsin.engine.reaches import Reaches
from tocsin.engine.timers import run_timer
from tocsin.engine.watch import watch
from tocsin.errors import Unavailable
from tocsin.store import alerts as alert_rows
from tocsin.store import incidents as incident_rows
from tocsin.store import test_pages as test_page_rows
from tocsin.store import timers as timer_rows
from tocsin.store import works as work_rows

log = structlog.get_logger()
LONGEST_SLEEP = 1.0
"""Seconds. What other nodes plan is seen by this poll; what this node plans wakes it at once."""
WORKERS, PER_SERVICE = 32, 8
"""How many works a node has in hand at once, at most, and beyond how many of one service it takes no more: one that hangs holds up
no other."""
SOON_SECONDS = 0.1
SWEEP_SECONDS = 3.0
"""How often works of nodes that died are set free."""
LONGEST_LOOK_BACK = 5.0
"""Seconds that the timers wait for that at a start, at most."""
SWEEPS_OF_FORGETTING = 1200
"""What is old is forgotten about once an hour."""


class Engine:
    """One node's engine. `run` goes on until it is cancelled or `stop` is called; `run_due` does what is due now and returns."""

    def __init__(self, house: House, reaches: Reaches, *, workers: int = WORKERS) -> None:
        self._house = house
        self._reaches = reaches
        self._workers = workers
        self.number = secrets.randbelow(2**31 - 1) + 1
        self._timer_bell = asyncio.Event()
        self._work_bell = asyncio.Event()
        self._stop_bell = asyncio.Event()
        self._looked_back = asyncio.Event()
        self._busy: dict[asyncio.Task[None], str] = {}
        self._soon: asyncio.TimerHandle | None = None
        self._pager = Pager(house, self.number)
        self._paging = Paging(house, self._pager, self._survive)

    def wake(self) -> None:
        """There is something to do."""
        self._timer_bell.set()
        self._work_bell.set()
        self._paging.wake()

    def wake_pager(self) -> None:
        """Pages of a new alert wait. Nothing else of it is due yet, so the timers look a moment later, once for all that come till then."""
        self._paging.wake()
        if self._soon is None:
            self._soon = asyncio.get_running_loop().call_later(SOON_SECONDS, self._wake_timers)

    def _wake_timers(self) -> None:
        self._soon = None
        self._timer_bell.set()

    def stop(self) -> None:
        """Finish what is in hand, then return from `run`."""
        self._stop_bell.set()
        self._paging.stop()
        self.wake()

    async def run_due(self) -> None:
        """Do all that is due at the present instant, one thing after the other, with all that follows from it at once."""
        while True:
            while await run_timer(self._house):
                pass
            claimed = await claim(self._house, self.number, self._workers, rations=self._pager.rations)
            for one in claimed:
                await deliver(self._house, self._reaches, one)
            paged = await self._paging.run_due()
            if not claimed and not paged:
                return

    async def run(self) -> None:
        await asyncio.gather(self._timers(), self._deliveries(), self._paging.run(), self._sweeps())

    async def _timers(self) -> None:
        # First it is seen whether all of us were out: else what fell due meanwhile would be done before the clocks are put later.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._looked_back.wait(), LONGEST_LOOK_BACK)
        while not self._stop_bell.is_set():
            with self._survive("timers"):
                await self._lag()
                while not self._stop_bell.is_set() and await run_timer(self._house):
                    self._work_bell.set()
                    self._paging.wake()
            await self._pause(self._timer_bell, await self._next("wake"))

    async def _deliveries(self) -> None:
        while not self._stop_bell.is_set():
            claimed = []
            with self._survive("deliveries"):
                free = min(self._workers - len(self._busy), PER_SERVICE)
                claimed = await self._claim(free) if free else []
            for one in claimed:
                task = asyncio.create_task(self._one(one))
                self._busy[task] = one.work.service
                task.add_done_callback(self._busy.pop)
            if len(self._busy) >= self._workers:
                await asyncio.wait(self._busy, return_when=asyncio.FIRST_COMPLETED)
            elif not claimed:
                await self._pause(self._work_bell, await self._next("work"))
        if self._busy:
            await asyncio.wait(self._busy)

    async def _claim(self, free: int) -> list[work_rows.Claimed]:
        return await claim(self._house, self.number, free, self._full(), self._pager.rations)

    def _full(self) -> list[str]:
        """The services of which this node has enough in hand."""
        return [service for service, many in Counter(self._busy.values()).items() if many >= PER_SERVICE]

    async def _one(self, claimed: work_rows.Claimed) -> None:
        with self._survive("delivery"):
            await deliver(self._house, self._reaches, claimed)
        self.wake()

    async def _sweeps(self) -> None:
        """Hold this node's number, free the works of those that hold theirs no longer, come to a newer handbook, and forget."""
        while not self._stop_bell.is_set():
            with self._survive("sweeps"):
                async with self._house.pool.acquire() as conn:
                    await work_rows.hold_number(conn, self.number)
                    try:
                        for sweep in count():
                            if self._stop_bell.is_set():
                                break
                            await work_rows.free_dead(conn, self._house.clock.now())
                            await watch(self._house, conn, self._pager, sweep)
                            self._looked_back.set()
                            await keep_up(self._house, conn)
                            if sweep % SWEEPS_OF_FORGETTING == 0:
                                await forget_old(self._house, conn)
                            await self._pause(self._stop_bell, SWEEP_SECONDS)
                    finally:
                        await work_rows.let_go_of_number(conn, self.number)
            await self._pause(self._stop_bell, LONGEST_SLEEP)

    async def _lag(self) -> None:
        due: datetime | None = await self._house.pool.fetchval(incident_rows.SQL["next_wake"])
        late = self._house.clock.now() - due if due else timedelta(0)
        if late > timedelta(0):
            metrics.LAG.observe(late.total_seconds())

    async def _next(self, what: str) -> float:
        """Seconds of the machine's time until the next thing is due, at most the poll."""
        with self._survive("next"):
            async with self._house.pool.acquire() as conn:
                if what == "wake":
                    of_incidents = await conn.fetchval(incident_rows.SQL["next_wake"])
                    of_schedules = await timer_rows.next_at(conn, LOOKS)
                    of_alerts = await conn.fetchval(alert_rows.SQL["next_due"])
                    of_house = await test_page_rows.next_at(conn)
                    all_of_them = (of_incidents, of_schedules, of_alerts, of_house)
                    due = min((at for at in all_of_them if at), default=None)
                else:
                    due = await work_rows.next_due(conn, self._full())
            if due is None:
                return LONGEST_SLEEP
            seconds = self._house.clock.real_seconds(due - self._house.clock.now())
            # A page that is due may have to wait for its device; what this node plans rings the bell.
            return min(LONGEST_SLEEP, seconds) if seconds > 0 or what == "wake" else LEAST_SLEEP
        return LONGEST_SLEEP

    async def _pause(self, bell: asyncio.Event, seconds: float) -> None:
        # Never a spin: a row that another node holds may be due and yet not ours to take.
        if self._stop_bell.is_set():
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(bell.wait(), max(0.005, seconds))
        if bell is not self._stop_bell:
            bell.clear()

    @contextlib.contextmanager
    def _survive(self, part: str) -> Iterator[None]:
        """The outer edge: a database that is gone, or a bug, is reported, and the loop goes on."""
        try:
            yield
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, Unavailable) as why:
            _must_not_end()
            log.warning("the database can't be reached; going on when it can", part=part, why=str(why))
        except Exception:
            _must_not_end()
            log.exception("the engine met a fault and goes on", part=part)


def _must_not_end() -> None:
    """Raise CancelledError again in a task that is to end: where the database is gone, tidying up fails in its stead."""
    task = asyncio.current_task()
    if task and task.cancelling():
        raise asyncio.CancelledError
