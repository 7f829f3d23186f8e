"""How fast it is known who is on call.

    .venv/bin/python bench/oncall.py [--quick] [--part NAME] [--json FILE]

`calculator` asks core alone, without a database: one schedule of three layers (a weekly rotation, a daily one on weekdays, one at
weekends) with 50 overrides and a year of leave. Its figures are the time of the processor: it waits for nothing, and neighbours on the
same cores would show otherwise. `http` asks a `tocsin serve` process on an embedded PostgreSQL, over loopback with one key, among 100
schedules with overrides; the load comes from this process, on the same cores. `--quick` ends within a minute.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from incidents import Row, table
from oncall_http import http

from tocsin.core.oncall.calculator import gaps, next_change, on_call, shifts, shifts_at
from tocsin.core.oncall.explain import explain
from tocsin.core.oncall.model import BEGINNING, Absence, Change, Override, Schedule, Version
from tocsin.core.oncall.written import Known, plan_of

YEAR = timedelta(days=365)
START = datetime(2026, 3, 1, tzinfo=UTC)


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


# --- The table -----------------------------------------------------------------------------------------------------------

PARTS: dict[str, Callable[[bool], list[Row]]] = {"calculator": calculator, "http": http}


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
