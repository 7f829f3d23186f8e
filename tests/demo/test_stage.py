"""How the stage waits for what a story needs."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tocsin.demo.ports import held_port
from tocsin.demo.stage import Stage
from tocsin.errors import Unavailable
from tocsin.town.wire import Answer


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage on which nothing was started."""
    stage = Stage(tmp_path, speed=1, port=None, tell=False)
    yield stage
    await stage.__aexit__(None, None, None)


def seen_at(look: int) -> Callable[[], bool]:
    looks = iter(range(1, look + 1))
    return lambda: next(looks) == look


async def test_what_never_comes_is_named(stage: Stage) -> None:
    with pytest.raises(Unavailable, match="waited in vain for this: the card"):
        await stage.see("the card", lambda: None, seconds=0.01)


async def test_while_tocsin_is_down_no_patience_is_lost(stage: Stage) -> None:
    stage._is_down = True

    assert await stage.see("the card", seen_at(5), seconds=0.01)


async def test_a_form_that_was_taken_before_tocsin_went_is_not_sent_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.patience = 0.01
    monkeypatch.setattr(stage, "_up", _at_once)
    looks: list[int] = []

    async def send() -> Answer:
        stage._starts += 1
        if stage._starts > 1:
            raise ValueError("It is closed")
        return Answer(200)

    def look() -> bool:
        looks.append(stage._starts)
        return stage._starts > 1

    assert await stage.do(send, "the closing", look)


async def _at_once() -> None:
    return


async def test_what_comes_to_nothing_is_done_again_as_often_as_people_would(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.patience = 0.01
    presses: list[Answer] = []

    async def press() -> Answer:
        presses.append(Answer(200))
        return presses[-1]

    assert await stage.do(press, "a form", lambda: len(presses) == 3, tries=3)
    with pytest.raises(Unavailable, match="waited in vain for this: a form"):
        await stage.do(press, "a form", lambda: len(presses) == 7, tries=3)
    assert len(presses) == 6


async def test_while_tocsin_is_down_nobody_else_is_given_its_port(stage: Stage) -> None:
    place = ("127.0.0.1", int(stage.url.rpartition(":")[2]))

    with pytest.raises(OSError, match="in use"), socket.socket() as other:
        other.bind(place)
    server = await asyncio.start_server(lambda reader, writer: writer.close(), *place)
    server.close()
    with pytest.raises(Unavailable, match=f"Port {place[1]} is taken"), socket.create_server(place):
        held_port(place[1], exactly=True)


class Fragile(Stage):
    """Tocsin is a process that sleeps: the first one is killed while it starts, the second one is ready."""

    async def _spawned(self) -> asyncio.subprocess.Process:
        child = await asyncio.create_subprocess_exec("sleep", "60")
        if self._starts == 1:
            child.kill()
        return child

    async def _is_ready(self) -> bool:
        return self._starts == 2


async def test_a_tocsin_that_is_killed_while_it_starts_is_followed_by_another(tmp_path: Path) -> None:
    stage = Fragile(tmp_path, speed=1, port=None, tell=False)

    await asyncio.wait_for(stage._start(), 10)

    assert stage._starts == 2
    await stage.__aexit__(None, None, None)


async def test_nobody_waits_for_a_tocsin_that_nobody_starts_again(stage: Stage) -> None:
    async def gives_up() -> None:
        raise Unavailable("Tocsin did not start")

    stage._is_down = True
    stage._supervisor = asyncio.create_task(gives_up())

    with pytest.raises(Unavailable, match="Tocsin did not start"):
        await asyncio.wait_for(stage.see("the card", lambda: None), 5)


async def test_nothing_is_killed_while_the_frontend_works_in_its_database(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []

    async def ends(number: int) -> None:
        ended.append(number)

    monkeypatch.setattr(stage, "_end_and_come_back", ends)
    async with stage.undisturbed():
        killing = asyncio.create_task(stage.kill())
        await asyncio.sleep(0)
        before = list(ended)
    await killing

    assert (before, len(ended)) == ([], 1)
