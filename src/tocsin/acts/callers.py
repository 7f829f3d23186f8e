"""Who comes with a key, and which roster is in force: asked of the database at each call, but of all who wait together.

While one question is in flight, those who come gather for the next: nobody is answered from before they asked, so that a key that was
revoked opens nothing any more, and whoever changed something sees it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tocsin.acts.roster import directory
from tocsin.store import access as rows
from tocsin.store.access import KeyHolder
from tocsin.store.people import Directory

if TYPE_CHECKING:
    from tocsin.acts.house import House

Answer = tuple[KeyHolder | None, Directory]


@dataclass(slots=True)
class Callers:
    """Those who wait, by the hash of their key, and the task that asks for them."""

    _waiting: dict[str, list[asyncio.Future[Answer]]] = field(default_factory=lambda: defaultdict(list))
    _task: asyncio.Task[None] | None = None

    async def ask(self, house: House, key_hash: str) -> Answer:
        """The holder of that key (None: it opens nothing), and the roster as it is."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[key_hash].append(answer)
        if self._task is None:
            self._task = asyncio.create_task(self._run(house))
        return await answer

    async def _run(self, house: House) -> None:
        try:
            while self._waiting:
                waiting, self._waiting = self._waiting, defaultdict(list)
                await _serve(house, waiting)
        finally:
            self._task = None


async def _serve(house: House, waiting: dict[str, list[asyncio.Future[Answer]]]) -> None:
    try:
        async with house.pool.acquire() as conn:
            version, holders = await rows.holders(conn, list(waiting))
            known = await directory(house, conn, version)
    except Exception as why:
        for one in _open(waiting):
            one.set_exception(why)
        return
    for key_hash, answers in waiting.items():
        for one in answers:
            if not one.done():
                one.set_result((holders.get(key_hash), known))


def _open(waiting: dict[str, list[asyncio.Future[Answer]]]) -> list[asyncio.Future[Answer]]:
    return [one for answers in waiting.values() for one in answers if not one.done()]
