"""What goes wrong on the way of a story: Tocsin is killed, or the services around it fail. The ledger must come out the same."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from typing import Final

from tocsin.demo.stage import Stage

FAULTS: Final = ("429", "500", "503", "timeout", "lost_answer", "duplicate_event")
"""What a service of the town can be made to do, one call after another."""
MARKS: Final = (
    ("slack", "chat.postMessage"),
    ("slack", "chat.update"),
    ("slack", "conversations.create"),
    ("slack", "views.open"),
    ("x", "POST /2/tweets"),
    ("x", "GET *"),
    ("github", "POST *"),
    ("github", "PATCH *"),
    ("google", "POST *"),
    ("google", "GET *"),
    ("opsgenie", "POST *"),
    ("opsgenie", "GET *"),
)
"""The calls that are hit: those that leave something behind, and those that look for it."""
DUPLICATED: Final = (("slack", "*"), ("github", "*"), ("mail", "*"))
MANY: Final = 10
SELDOM_SECONDS, OFTEN_SECONDS = 4.0, 1.2
"""At most so long between two kills: few are spread, many are packed."""
FAULT_SECONDS: Final = 1.5
SPARED: Final = 1
"""So many calls of a kind go well after one that failed."""
PATIENCE_SECONDS: Final = 3.0
"""How long a call that is never answered is held; less than the story waits for what it has to see."""
STAGES_SECONDS: Final = 180.0
"""How long the story waits where services fail: Opsgenie asks for a minute after a 429, for the alert and for a look at it each."""


@contextlib.asynccontextmanager
async def trouble(stage: Stage, kills: int, fault: str) -> AsyncIterator[None]:
    """While this lasts Tocsin is killed `kills` times at random moments, and calls fail as `fault` says ("" is none)."""
    tasks = [asyncio.create_task(_kill(stage, kills))] if kills else []
    failing = asyncio.create_task(_fail(stage, fault)) if fault else None
    try:
        yield
        for task in tasks:
            await task
    finally:
        for task in [*tasks, *([failing] if failing else [])]:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        stage.town.faults.clear()


async def _kill(stage: Stage, times: int) -> None:
    """kill -9, each at some moment after the last start. Time stands while it is down."""
    longest = SELDOM_SECONDS if times <= MANY else OFTEN_SECONDS
    for _ in range(times):
        await asyncio.sleep(random.uniform(0.1, longest))  # noqa: S311 (a moment, not a secret)
        await stage.kill()


async def _fail(stage: Stage, fault: str) -> None:
    """Again and again some call fails once: of each kind the first, later those that chance picks, and never two in a row.

    An order waits for its call. Were the next try to find another one waiting each time, tries would never end, since each waits longer.
    """
    faults = stage.town.faults
    faults.patience = PATIENCE_SECONDS
    stage.patience = STAGES_SECONDS
    marks = DUPLICATED if fault == "duplicate_event" else MARKS
    spared = dict.fromkeys(marks, 0)
    while True:
        service, match = mark = random.choice(marks)  # noqa: S311
        if not any(one.service == service and one.match == match for one in faults.pending):
            faults.add(service, match, fault, spared=spared[mark])
            spared[mark] = SPARED
        await asyncio.sleep(random.uniform(0.1, FAULT_SECONDS))  # noqa: S311
