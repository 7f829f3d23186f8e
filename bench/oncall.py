"""How fast it is known who is on call.

    .venv/bin/python bench/oncall.py [--quick] [--part NAME] [--json FILE]

`calculator` asks core alone, without a database: one schedule of three layers (a weekly rotation, a daily one on weekdays, one at
weekends) with 50 overrides and a year of leave. Its figures are the time of the processor: it waits for nothing, and neighbours on the
same cores would show otherwise. `http` asks a `tocsin serve` process on an embedded PostgreSQL, over loopback with one key, among 100
schedules with overrides; the load comes from this process, on the same cores. `report` gives the whole daily report of gaps on an
embedded PostgreSQL, with the notices of shifts that fall due at the same instant, and says how long others had to wait meanwhile at most.
`--quick` ends within a minute.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from incidents import Row, folder, table
from oncall_http import http

from tocsin.acts import people
from tocsin.acts.building import make_house
from tocsin.acts.house import House
from tocsin.acts.oncall.by import OPERATOR
from tocsin.acts.oncall.clockwork import look_at_due
from tocsin.acts.oncall.looking import LOOKS
from tocsin.acts.oncall.schedules import Head, save_schedule
from tocsin.clock import HandClock
from tocsin.core.oncall.calculator import gaps, next_change, on_call, shifts, shifts_at
from tocsin.core.oncall.explain import explain
from tocsin.core.oncall.model import BEGINNING, Absence, Change, Override, Schedule, Version
from tocsin.core.oncall.written import Known, plan_of
from tocsin.store.migrate import migrate
from tocsin.store.pg_bin import find_pg_bin
from tocsin.store.pool import open_pool
from tocsin.store.postgres import postgres_for

YEAR = timedelta(days=365)
START = datetime(2026, 3, 1, tzinfo=UTC)
EVENING = datetime(2026, 3, 1, 20, tzinfo=UTC)
SIZE = 5
NAP = 0.005
CLONE = (
    "INSERT INTO schedules SELECT id || '-' || n, name, team, slack_group, slack_channel, version, ended_at, changed"
    " FROM schedules, generate_series(2, $1) AS n",
    "INSERT INTO schedule_versions (schedule, number, since, plan, teams, made_by, made_at) SELECT schedule || '-' || n, number, since,"
    " plan, teams, made_by, made_at FROM schedule_versions, generate_series(2, $1) AS n",
    "INSERT INTO schedule_timers SELECT schedule || '-' || n, kind, next_at, seen FROM schedule_timers, generate_series(2, $1) AS n",
)


# --- The calculator ------------------------------------------------------------------------------------------------------


def calculator(quick: bool) -> list[Row]:
    ours = busy_schedule()
    at = START + timedelta(days=186, hours=11)
    many = len(shifts(ours, START, START + YEAR))
    rounds, instants = (50, 1000) if quick else (300, 20_000)
    return [
        _row(f"a year of shifts ({many})", "ms", rounds, lambda: shifts(ours, START, START + YEAR), "< 5 ms"),
        _row("a month of shifts", "ms", rounds, lambda: shifts(ours, START, START + YEAR / 12), ""),
        _row("gaps of the next 14 days", "ms", rounds, lambda: gaps(ours, at, at + timedelta(days=14)), ""),
        _row("who is on call at an instant", "us", instants, lambda: on_call(ours, at), "< 100 us"),
        _row("the whole shifts at an instant", "us", instants // 10, lambda: shifts_at(ours, at), ""),
        _row("the next change", "us", instants // 10, lambda: next_change(ours, at), ""),
        _row("why, in words", "us", instants // 10, lambda: explain(ours, at, {}), ""),
        _gaps_of_all(1000 if quick else 10_000, at),
    ]


def _gaps_of_all(many: int, at: datetime) -> Row:
    """What the daily report asks of the calculator: the gaps of the next two weeks, each schedule with overrides of its own."""
    took, found = 0.0, 0
    for seed in range(many):
        one = busy_schedule(seed)
        begin = time.process_time()
        found += len(gaps(one, at, at + timedelta(days=14)))
        took += time.process_time() - begin
    figures = {"s": round(took, 2), "gaps": found}
    return Row(f"gaps of the next 14 days in {many:,} schedules", figures, "< 60 s for 10,000")


def busy_schedule(seed: int = 1) -> Schedule:
    """Three layers in a zone with changes of the clocks, 50 overrides of all kinds, and leave of two people each month."""
    plan = plan_of(
        {
            "zone": "Europe/Berlin",
            "layers": [
                {"name": "base", "rotations": [_rotation("weekly", "1 week", "alice", "bob", "carol")]},
                {
                    "name": "day",
                    "rotations": [
                        {
                            **_rotation("daily", "1 day", "dave", "erin", "frank", ["gina", "hal"]),
                            "restrict": ["Mon-Fri 09:00-17:00"],
                        }
                    ],
                },
                {
                    "name": "weekend",
                    "rotations": [
                        {
                            **_rotation("weekend", "1 week", "ivan", "jane"),
                            "restrict": ["Fri 17:00 - Mon 09:00"],
                        }
                    ],
                },
            ],
        },
        Known(),
    )
    months = range(10, 330, 30)
    absences = [_leave(person, day) for day in months for person in ("alice", "dave")]
    versions = (Version(BEGINNING, plan),)
    return Schedule(
        "ops", "Operations", versions=versions, overrides=_overrides(seed), absences=tuple(absences)
    )


def _rotation(id: str, every: str, *participants: str | list[str]) -> dict[str, object]:
    return {"id": id, "first_handoff": "2026-01-05 09:00", "every": every, "participants": list(participants)}


def _leave(person: str, day: int) -> Absence:
    first = date(2026, 3, 1) + timedelta(days=day)
    return Absence(person, first, first + timedelta(days=7))


def _overrides(seed: int) -> tuple[Override, ...]:
    chance = random.Random(seed)
    found = []
    for number in range(1, 51):
        start = START + timedelta(hours=chance.randrange(8000))
        end = start + timedelta(hours=chance.randrange(2, 48))
        instead_of = chance.choice(("alice", "bob", "dave", "erin"))
        change = chance.choice(list(Change))
        found.append(Override(number, change, (chance.choice(("zoe", "bob")),), start, end, instead_of))
    return tuple(found)


def _row(what: str, unit: str, rounds: int, ask: Callable[[], object], goal: str) -> Row:
    """Each question is asked once before, as the tables of the zone's years are kept."""
    ask()
    taken = []
    for _ in range(rounds):
        begin = time.process_time()
        ask()
        taken.append((time.process_time() - begin) * {"ms": 1e3, "us": 1e6}[unit])
    taken.sort()
    figures = {
        f"p50 {unit}": round(statistics.median(taken), 2),
        f"p99 {unit}": round(taken[min(len(taken) - 1, len(taken) * 99 // 100)], 2),
        f"min {unit}": round(taken[0], 2),
    }
    return Row(what, figures, goal)


# --- The daily report of gaps --------------------------------------------------------------------------------------------


def report(quick: bool) -> list[Row]:
    """From the rows whose time has come to the works that tell people."""
    return [asyncio.run(_report(20, 50) if quick else _report(100, 100))]


async def _report(teams: int, each: int) -> Row:
    with folder() as data, postgres_for(data, find_pg_bin(None, data)) as dsn:
        pool, clock = await open_pool(dsn, max_size=4), HandClock(EVENING)
        async with pool.acquire() as conn:
            await migrate(conn, EVENING)
        house = await make_house(pool, clock, abilities=frozenset({"page:email"}))
        await _furnish(house, teams, each)
        await _look(house)
        clock.set(EVENING + timedelta(hours=13))
        waits: list[float] = []
        watching = asyncio.create_task(_watch(waits))
        began = time.perf_counter()
        await _look(house)
        took = time.perf_counter() - began
        watching.cancel()
        told = await pool.fetchval("SELECT count(*) FROM works WHERE key LIKE 'gaps/%'")
        await pool.close()
    figures = {"s": round(took, 1), "messages": told, "longest wait of others, ms": round(max(waits) * 1000)}
    return Row(f"the whole report of {teams * each:,} schedules", figures, "< 60 s for 10,000")


async def _look(house: House) -> None:
    while (await look_at_due(house, LOOKS))[0]:
        pass


async def _watch(waits: list[float]) -> None:
    """How much later than asked for anybody else gets their turn."""
    while True:
        before = time.perf_counter()
        await asyncio.sleep(NAP)
        waits.append(time.perf_counter() - before - NAP)


async def _furnish(house: House, teams: int, each: int) -> None:
    """So many schedules of each team; nobody is on call at weekends."""
    for team in range(teams):
        members = [f"p{team}-{n}" for n in range(SIZE)]
        for handle in members:
            await people.save_person(house, handle, email=f"{handle}@acme.example")
        await people.save_team(house, f"team{team}", members)
        await save_schedule(house, OPERATOR, f"s{team}", _plan(members), head=Head(f"s{team}", f"team{team}"))
    for clone in CLONE:
        await house.pool.execute(clone, each)
    await house.pool.execute("UPDATE roster_version SET version = version + 1")
    house.directory = None


def _plan(members: list[str]) -> dict[str, Any]:
    weekdays = {"id": "r", "first_handoff": "2026-01-05 09:00", "every": "1 day", "participants": members, "restrict": ["Mon-Fri 00:00-24:00"]}  # fmt: skip
    return {"zone": "UTC", "layers": [{"name": "base", "rotations": [weekdays]}]}


# --- The table -----------------------------------------------------------------------------------------------------------

PARTS: dict[str, Callable[[bool], list[Row]]] = {"calculator": calculator, "report": report, "http": http}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="end within a minute")
    parser.add_argument("--part", choices=list(PARTS), help="only this part")
    parser.add_argument("--json", type=Path, help="write the same figures to this file")
    chosen = parser.parse_args()
    rows: list[Row] = []
    for name, part in PARTS.items():
        if chosen.part in (None, name):
            found = part(chosen.quick)
            print(table(found), flush=True)
            rows += found
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")


if __name__ == "__main__":
    main()
