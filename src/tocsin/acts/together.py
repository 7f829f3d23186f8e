"""Those who wait for the same kind of answer are served together: while one question is in flight, those who come gather for the next."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from tocsin.acts.house import House

Q = TypeVar("Q")
A = TypeVar("A")
MOST = 64
"""How many are served at once: more would make the first of them wait for the last."""


class Together(Generic[Q, A]):
    """`serve` answers several questions, in their order; what it raises goes to all who asked them.

    Nobody is answered from before they asked.
    """

    def __init__(self, serve: Callable[[House, Sequence[Q]], Awaitable[Sequence[A]]]) -> None:
        self._serve = serve
        self._waiting: list[tuple[Q, asyncio.Future[A]]] = []
        self._task: asyncio.Task[None] | None = None

    async def ask(self, house: House, question: Q) -> A:
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if self._task is None:
            self._task = asyncio.create_task(self._run(house))
        return await answer

    async def _run(self, house: House) -> None:
        try:
            while self._waiting:
                asked, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._answer(house, [one for one in asked if not one[1].done()])
        finally:
            self._task = None

    async def _answer(self, house: House, asked: list[tuple[Q, asyncio.Future[A]]]) -> None:
        if not asked:
            return
        try:
            answers = await self._serve(house, [question for question, _ in asked])
        except Exception as why:
            for _, answer in asked:
                if not answer.done():
                    answer.set_exception(why)
            return
        for (_, answer), said in zip(asked, answers, strict=True):
            if not answer.done():
                answer.set_result(said)
