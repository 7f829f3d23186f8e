"""What a step puts out while it goes on: gathered, and stored a few lines at a time, so that people can follow it."""

from __future__ import annotations

import asyncio
import contextlib
from types import TracebackType
from typing import Final, Self

import asyncpg
import structlog

from tocsin.acts.house import GONE, House
from tocsin.acts.process import ENGINE, open_case, settle
from tocsin.core.facts_procedures import StepOutput
from tocsin.core.incident import Incident
from tocsin.core.procedures.going_on import output
from tocsin.store import incidents as rows
from tocsin.store import procedures as procedure_rows
from tocsin.store.works import Claimed

log = structlog.get_logger()
EACH_SECONDS: Final = 2.0
"""How often lines are stored while a step goes on."""


class Listener:
    """Takes the lines of one step. What is left at its end is for `rest`, to be stored along with how the step ended."""

    def __init__(self, house: House, claimed: Claimed) -> None:
        self._house, self._claimed = house, claimed
        self._lines: list[str] = []
        self._ended = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._store())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, why: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._task:
            await self._task  # What it has in hand is stored whole, or comes with the rest.

    async def say(self, line: str) -> None:
        self._lines += line.splitlines() or [""]

    async def stopped(self) -> bool:
        """Whether somebody pressed stop."""
        assert self._claimed.incident_id is not None
        async with self._house.pool.acquire() as conn:
            return await procedure_rows.stop_is_asked(
                conn, self._claimed.incident_id, self._claimed.work.payload["run"]
            )

    def rest(self, incident: Incident) -> list[StepOutput]:
        """The lines that are not stored yet, as a fact; none where there are none."""
        lines, self._lines = self._lines, []
        payload = self._claimed.work.payload
        run = incident.run(payload["run"])
        found = output(run, payload.get("step", ""), lines, self._house.strike) if run else None
        return [found] if found else []

    async def _store(self) -> None:
        while not self._ended.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), EACH_SECONDS)
            if self._lines and not self._ended.is_set():
                await self._flush()

    async def _flush(self) -> None:
        taken = self._lines
        try:
            async with self._house.pool.acquire() as conn, conn.transaction():
                head = await rows.lock(conn, self._claimed.ref)
                if head is None or not await procedure_rows.is_ours(conn, self._claimed):
                    return
                opened = await open_case(self._house, conn, head)
                if found := self.rest(opened.incident):
                    opened.add(found, ENGINE)
                    await settle(self._house, conn, opened)
        except (*GONE, asyncpg.PostgresError) as why:
            if self._lines is not taken:
                self._lines = taken + self._lines
            log.warning("the output of a step is stored later", run=self._claimed.ref, why=str(why))
