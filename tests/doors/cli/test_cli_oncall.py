"""Schedules from the command line: of a server, and of a file that is reviewed without one."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Awaitable[Any]]
FILE = """
schedule: ops
zone: Europe/Berlin
teams:
  night_team: [carol]
layers:
  - name: base
    rotations:
      - id: weekly
        first_handoff: 2026-03-23 09:00
        every: 1 week
        participants: [alice, "team:night_team", nobody]
"""
WINDOW = ("--from", "2026-03-23", "--to", "2026-04-13")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ops.yaml"
    path.write_text(FILE)
    return path


async def test_a_file_is_worked_out_without_any_server(run: Run, file: Path) -> None:
    ended = await run("oncall", "shifts", str(file), *WINDOW, "--json")

    told = json.loads(ended.out)
    assert [(one["person"], one["start"], one["turn"]) for one in told["shifts"]] == [
        ("alice", "2026-03-23T08:00:00+00:00", 0),
        ("carol", "2026-03-30T07:00:00+00:00", 1),
    ]
    assert told["gaps"][-1] == {"start": "2026-04-06T07:00:00+00:00", "end": "2026-04-13T00:00:00+00:00"}


async def test_as_text_the_times_are_the_schedules_own_wall_clock(run: Run, file: Path) -> None:
    ended = await run("oncall", "shifts", str(file), *WINDOW)

    assert "Mon 2026-03-30 09:00 CEST  Mon 2026-04-06 09:00 CEST  carol" in ended.out.splitlines()


async def test_a_layer_of_a_calendar_is_not_in_the_file_which_is_said_beside_the_answer(
    run: Run, file: Path
) -> None:
    file.write_text(f"{FILE}  - name: leave\n    calendar: extra\n")

    ended = await run("oncall", "shifts", str(file), *WINDOW, "--json")

    assert ended.code == 0
    assert json.loads(ended.out)["shifts"]
    assert ended.err == "leave: what the calendar extra says is not in the file, and is left out here\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("zone: Mars/Olympus", "zone is 'Mars/Olympus', no time zone"),
        ("zone: [", "is no YAML"),
        ("- a\n- b", "holds no schedule: write zone and layers"),
        (FILE.replace("1 week", "0 weeks"), "a turn would never end"),
        (FILE.replace("night_team: [carol]", "night_team: carol"), "teams is no table of lists"),
        (FILE.replace("alice,", "null,"), "participants[0] is empty: write a handle, team:NAME, or nobody"),
        (FILE.replace("every:", "evry:"), "unknown evry; there are id, first_handoff"),
        (FILE.replace('"team:night_team"', "team:other"), "there is no team other; there are: night_team"),
    ],
)
async def test_a_file_that_can_not_be_names_the_place(run: Run, file: Path, text: str, says: str) -> None:
    file.write_text(text)

    ended = await run("oncall", "shifts", str(file), *WINDOW)

    assert ended.code == 2
    assert ended.err.startswith(str(file))
    assert says in ended.err


async def test_a_file_that_is_not_there_and_times_that_are_none_are_said(run: Run, file: Path) -> None:
    missing = await run("oncall", "shifts", str(file.parent / "none.yaml"), *WINDOW)
    odd = await run("oncall", "shifts", str(file), "--from", "someday")

    assert (missing.code, odd.code) == (2, 2)
    assert "can't be read: No such file" in missing.err
    assert "'someday' is no time: write now, 2h" in odd.err


async def test_who_explain_and_shifts_ask_the_server(alice: Run) -> None:
    assert "Bob (bob)" in (await alice("oncall", "who")).out
    assert "Bob" in (await alice("oncall", "explain", "ops")).out
    shifts = await alice("oncall", "shifts", "ops")
    assert shifts.out.splitlines()[0].split() == ["FROM", "(UTC)", "TO", "(UTC)", "ON", "CALL"]
    assert "bob" in shifts.out
