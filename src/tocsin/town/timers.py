"""What the town does after a while by itself: builds that take their time, bots that look now and then. Time is the town's own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

from tocsin.town.ids import Now
from tocsin.town.wire import Post

LOOKS = 0.1
"""Seconds on the wall between two looks at the town's clock, while something is waited for."""
Doing = Callable[[], Coroutine[Any, Any, None]]
NO_WAIT = timedelta()


class Timers:
    """Things to be done later. What needs no waiting is begun at once, and `Town.settled` waits for it."""

    def __init__(self, now: Now, post: Post) -> None:
        self._now = now
        self._post = post
        self._waiting: list[tuple[datetime, Doing]] = []
        self._looking: asyncio.Task[None] | None = None

    def after(self, wait: timedelta, doing: Doing) -> None:
        if wait <= NO_WAIT:
            self._post.later(doing())
            return
        self._waiting.append((self._now() + wait, doing))
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())

    def begin_due(self) -> None:
        """Begin whatever is due by now."""
        now = self._now()
        due = sorted((one for one in self._waiting if one[0] <= now), key=lambda one: one[0])
        self._waiting = [one for one in self._waiting if one[0] > now]
        for _, doing in due:
            self._post.later(doing())

    async def _look(self) -> None:
        while self._waiting:
            await asyncio.sleep(LOOKS)
            self.begin_due()
        self._looking = None

    async def stop(self) -> None:
        """Whatever still waits is never done."""
        self._waiting.clear()
        if self._looking is not None:
            self._looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._looking
            self._looking = None
