"""A build that is run again, from the command line."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from red_builds import broken
from tocsin.acts.house import House


async def test_a_red_build_is_run_again(alice: Callable[..., Awaitable[Any]], house: House) -> None:
    ref = await broken(house)

    ended = await alice("rerun", ref)

    assert ended.code == 0, ended.err
    rows = await house.pool.fetch("SELECT by FROM facts WHERE kind = 'build_rerun_asked'")
    assert [row["by"] for row in rows] == ["alice"]
