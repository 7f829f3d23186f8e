"""What the trouble of a story does to the town, without a story."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tocsin.demo.stage import Stage
from tocsin.demo.trouble import trouble
from tocsin.town.faults import Faults

POST = ["chat.postMessage"]
MODULE = sys.modules["tocsin.demo.trouble"]


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage on which nothing was started."""
    stage = Stage(tmp_path, speed=1, port=None, tell=False)
    yield stage
    await stage.__aexit__(None, None, None)


async def test_no_call_fails_twice_in_a_row_however_long_nobody_made_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MODULE, "MARKS", (("slack", "chat.postMessage"),))
    monkeypatch.setattr(MODULE, "FAULT_SECONDS", 0.0)
    failed: list[bool] = []

    async with trouble(stage, 0, "503"):
        for _ in range(4):
            while not stage.town.faults.pending:
                await asyncio.sleep(0)
            failed.append(stage.town.faults.take("slack", POST, ["503"]) is not None)

    assert failed == [True, False, True, False]
    assert stage.town.faults.met == 2


def test_an_order_to_fail_spares_as_many_calls_as_it_says() -> None:
    faults = Faults()
    faults.add("slack", "*", "503", times=2, spared=2)

    failed = [faults.take("slack", POST, ["503"]) is not None for _ in range(6)]

    assert failed == [False, False, True, True, False, False]


def test_what_is_no_such_call_spares_nothing() -> None:
    faults = Faults()
    faults.add("slack", "*", "503", spared=1)

    assert not faults.take("x", POST, ["503"])
    assert not faults.take("slack", POST, ["timeout"])
    assert not faults.take("slack", POST, ["503"])
    assert faults.take("slack", POST, ["503"])
