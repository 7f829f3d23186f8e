"""Work that is long and never waits lets others have their turn in between: a node serves people while it reckons."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Final

LONGEST: Final = 0.02
"""Seconds of work, after which others are served."""


@dataclass(slots=True)
class Breath:
    """Taken between one piece of the work and the next; it costs nothing until the time is over."""

    _since: float = field(default_factory=time.perf_counter)

    async def take(self) -> None:
        if time.perf_counter() - self._since > LONGEST:
            await asyncio.sleep(0)
            self._since = time.perf_counter()
