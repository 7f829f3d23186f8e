"""How the stage waits for what a story needs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tocsin.demo.stage import Stage
from tocsin.errors import Unavailable


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
