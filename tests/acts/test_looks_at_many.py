"""Very many schedules: each is worked out once, others are served meanwhile, and what is remembered is never older than the schedule."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from tocsin.acts import breath
from tocsin.acts.house import House
from tocsin.acts.oncall import coming, report
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.oncall.clockwork import look_at_due
from tocsin.acts.oncall.looking import LOOKS
from tocsin.acts.oncall.schedules import Head, save_schedule
from tocsin.clock import HandClock
from tocsin.core.oncall.calculator import gaps
from tocsin.core.oncall.model import Gap, Schedule
from tocsin.core.oncall.notices import Beginning, beginnings

MANY = 12
NINE = datetime(2026, 3, 3, 9, tzinfo=UTC)


def plan(minute: int = 0) -> dict[str, Any]:
    """Alice and Bob by turns, each a day; nobody at weekends."""
    rotation = {"id": "r", "first_handoff": f"2026-01-05 10:{minute:02}", "every": "1 day", "participants": ["alice", "bob"], "restrict": ["Mon-Fri 00:00-24:00"]}  # fmt: skip
    return {"zone": "UTC", "layers": [{"name": "base", "rotations": [rotation]}]}


async def look(house: House) -> None:
    while (await look_at_due(house, LOOKS))[0]:
        pass


async def begun(pool: asyncpg.Pool, start: datetime) -> list[str]:
    """What was planned to be said of the shifts that begin then."""
    rows = await pool.fetch("SELECT payload FROM works WHERE key LIKE $1", f"begins/{start.isoformat()}/%")
    return [row["payload"]["text"] for row in rows]


async def test_each_schedule_is_worked_out_once_however_many_name_the_same_people(
    house: House, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(MANY):
        await save_schedule(house, OPERATOR, f"s{n}", plan(n), head=Head(f"s{n}", ""))
    asked: Counter[str] = Counter()

    def counting(schedule: Schedule, after: datetime, until: datetime) -> list[Beginning]:
        asked[schedule.id] += 1
        return beginnings(schedule, after, until)

    monkeypatch.setattr(coming, "beginnings", counting)
    clock.set(NINE)
    await look(house)
    clock.advance(timedelta(hours=4))  # All of them have changed hands, each at an instant of its own.
    await look(house)
    assert {asked[f"s{n}"] for n in range(MANY)} == {1}


async def test_what_is_told_of_a_beginning_is_by_the_schedules_as_they_are_then(
    house: House, clock: HandClock, pool: asyncpg.Pool
) -> None:
    start = datetime(2026, 3, 4, 10, tzinfo=UTC)
    for name in ("one", "two", "three"):
        await save_schedule(house, OPERATOR, name, plan(), head=Head(name, ""))
    clock.set(start - timedelta(hours=25))
    await look(house)
    await save_schedule(house, OPERATOR, "two", plan(30), expected=1, head=Head("two", ""))
    clock.set(start - timedelta(hours=24))
    await look(house)

    told = await begun(pool, start)
    assert told
    assert all("one: until" in text and "three: until" in text for text in told)
    assert not any("two: until" in text for text in told)
    clock.set(start - timedelta(hours=23, minutes=30))
    await look(house)
    assert any("two: until" in text for text in await begun(pool, start + timedelta(minutes=30)))


async def test_others_are_served_while_a_report_of_many_schedules_is_made(
    house: House, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(MANY):
        await save_schedule(house, OPERATOR, f"s{n}", plan(), head=Head(f"s{n}", ""))
    await look(house)
    clock.set(NINE)
    monkeypatch.setattr(breath, "LONGEST", -1.0)
    at_a_stretch, longest = 0, 0

    def counting(*asked: Any) -> list[Gap]:
        nonlocal at_a_stretch, longest
        at_a_stretch += 1
        longest = max(longest, at_a_stretch)
        return gaps(*asked)

    async def others() -> None:
        nonlocal at_a_stretch
        while True:
            await asyncio.sleep(0)
            at_a_stretch = 0

    monkeypatch.setattr(report, "gaps", counting)
    waiting = asyncio.create_task(others())
    await look(house)
    waiting.cancel()
    assert longest == 1
