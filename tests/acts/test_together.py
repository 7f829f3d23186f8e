"""Those who wait together are served together, and nobody from before they asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import cast

import pytest

from tocsin.acts.house import House
from tocsin.acts.together import MOST, Together

NO_HOUSE = cast(House, None)


async def test_whoever_comes_while_a_question_is_in_flight_is_in_the_next_one() -> None:
    served: list[list[int]] = []
    going = asyncio.Event()

    async def serve(house: House, some: Sequence[int]) -> list[int]:
        served.append(list(some))
        await going.wait()
        return [one * 10 for one in some]

    together = Together(serve)
    first = asyncio.create_task(together.ask(NO_HOUSE, 1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    others = [asyncio.create_task(together.ask(NO_HOUSE, n)) for n in (2, 3)]
    await asyncio.sleep(0)
    going.set()

    assert [await one for one in (first, *others)] == [10, 20, 30]
    assert served == [[1], [2, 3]]


async def test_a_fault_is_told_to_all_who_asked_then_and_to_nobody_else() -> None:
    async def serve(house: House, some: Sequence[int]) -> list[int]:
        if 13 in some:
            raise OSError("the database is gone")
        return list(some)

    together = Together(serve)
    unlucky = await asyncio.gather(
        together.ask(NO_HOUSE, 13), together.ask(NO_HOUSE, 1), return_exceptions=True
    )

    assert [str(one) for one in unlucky] == ["the database is gone"] * 2
    assert await together.ask(NO_HOUSE, 1) == 1


async def test_whoever_gave_up_keeps_nobody_from_their_answer() -> None:
    async def serve(house: House, some: Sequence[int]) -> list[int]:
        return list(some)

    together = Together(serve)
    left = asyncio.create_task(together.ask(NO_HOUSE, 1))
    stays = asyncio.create_task(together.ask(NO_HOUSE, 2))
    await asyncio.sleep(0)
    left.cancel()

    assert await stays == 2
    with pytest.raises(asyncio.CancelledError):
        await left


async def test_no_more_than_a_number_are_served_at_once() -> None:
    sizes: list[int] = []

    async def serve(house: House, some: Sequence[int]) -> list[int]:
        sizes.append(len(some))
        return list(some)

    together = Together(serve)
    numbers = list(range(MOST + 5))

    assert await asyncio.gather(*(together.ask(NO_HOUSE, n) for n in numbers)) == numbers
    assert sizes == [MOST, 5]
