"""The loop of a node's pager: claims, sends side by side, and stores what came of many messages at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager

from tocsin.acts.house import House
from tocsin.engine.pager import AT_ONCE, Pager
from tocsin.store import deliveries as rows
from tocsin.store.deliveries import Batch

LONGEST_SLEEP, LEAST_SLEEP = 1.0, 0.25
"""Seconds of the machine between two looks: at most; and at least, where something is due that may not be taken yet."""
FIRST_SECONDS = 0.02
"""How long what was taken has the database for itself, before it is asked what comes next."""

Survive = Callable[[str], AbstractContextManager[None]]


class Paging:
    """`run` goes on until `stop` is set; `run_due` does what is due now, one message after the other."""

    def __init__(self, house: House, pager: Pager, survive: Survive) -> None:
        self._house = house
        self._pager = pager
        self._survive = survive
        self._tasks: set[asyncio.Task[None]] = set()
        self._bell = asyncio.Event()
        self._kept_bell = asyncio.Event()
        self._done: list[rows.Outcome] = []
        self._stops = False

    def wake(self) -> None:
        self._bell.set()

    def stop(self) -> None:
        self._stops = True
        self._bell.set()
        self._kept_bell.set()

    async def run_due(self) -> bool:
        """Whether there was anything."""
        batches = await self._pager.take()
        for batch in batches:
            await self._pager.keep([await self._pager.carry(batch)])
        return bool(batches)

    async def run(self) -> None:
        await asyncio.gather(self._send(), self._keep())

    async def _send(self) -> None:
        while not self._stops:
            self._bell.clear()
            batches: list[Batch] = []
            with self._survive("pages"):
                batches = await self._pager.take()
            for batch in batches:
                task = asyncio.create_task(self._one(batch))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            if len(self._tasks) >= AT_ONCE:
                await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            elif not (batches and self._pager.left_some):
                if batches:
                    await self._pause(FIRST_SECONDS)
                if not self._bell.is_set():
                    await self._pause(await self._next())
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._kept_bell.set()

    async def _one(self, batch: Batch) -> None:
        # First the message, then the list: while it is sent, what came of others is taken away and another list put in its place.
        outcome = await self._pager.carry(batch)
        self._done.append(outcome)
        self._kept_bell.set()
        if self._pager.left_some:
            self._bell.set()  # There is room for another one.

    async def _keep(self) -> None:
        while not (self._stops and not self._tasks and not self._done):
            await self._kept_bell.wait()
            self._kept_bell.clear()
            done, self._done = self._done, []
            while done:
                kept = False
                with self._survive("pages"):
                    await self._pager.keep(done)
                    kept = True
                if kept:
                    break
                await asyncio.sleep(LEAST_SLEEP)  # The database is gone: what came of them must not be lost.
            if self._stops and not self._tasks and not self._done:
                return

    async def _next(self) -> float:
        with self._survive("pages"):
            due = await self._house.of_alerts.fetchval(rows.SQL["next_due"], self._pager.full())
            if due is None:
                return LONGEST_SLEEP
            seconds = self._house.clock.real_seconds(due - self._house.clock.now())
            return min(LONGEST_SLEEP, seconds) if seconds > 0 else LEAST_SLEEP
        return LONGEST_SLEEP

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._bell.wait(), max(0.001, seconds))
        except TimeoutError:
            return
