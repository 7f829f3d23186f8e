"""The clock that a rehearsal drives: it runs fast, jumps and stands, and the machines behind it do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from tocsin.clock import FileClock, HandClock, SystemClock, ago, write_course

NINE = datetime(2026, 11, 26, 9, tzinfo=UTC)
HALF = timedelta(seconds=30)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The machine's seconds, by hand: with its own a test would have to wait."""
    seconds = [1_000_000.0]
    monkeypatch.setattr("tocsin.clock.time", SimpleNamespace(time=lambda: seconds[0]))
    return seconds


@pytest.fixture
def clock(machine: list[float], tmp_path: Path) -> FileClock:
    write_course(tmp_path / "clock", NINE, 1.0)
    return FileClock(tmp_path / "clock")


def passes(clock: FileClock, machine: list[float], seconds: int) -> None:
    """The machine's time goes by, and somebody looks at the clock each second."""
    for _ in range(seconds):
        machine[0] += 1
        clock.now()


def test_after_a_jump_half_a_minute_ago_is_before_the_jump(clock: FileClock, machine: list[float]) -> None:
    passes(clock, machine, 60)
    clock.steer(speed=600)
    passes(clock, machine, 5)
    clock.steer(speed=1)
    passes(clock, machine, 1)

    assert clock.now() == NINE + timedelta(seconds=60 + 3000 + 1)
    assert clock.showed(30) == NINE + timedelta(seconds=36)
    assert ago(clock, HALF) == NINE + timedelta(seconds=36)


def test_a_jump_right_after_the_start_lies_after_what_was_before_it(
    clock: FileClock, machine: list[float]
) -> None:
    passes(clock, machine, 10)
    clock.steer(speed=600)
    passes(clock, machine, 5)
    clock.steer(speed=1)

    assert ago(clock, HALF) == NINE - timedelta(seconds=15)


def test_where_it_goes_slowly_half_a_minute_is_half_a_minute_of_the_clock(
    clock: FileClock, machine: list[float]
) -> None:
    clock.steer(speed=0.5)
    passes(clock, machine, 120)

    assert ago(clock, HALF) == NINE + HALF


def test_before_its_first_course_it_is_taken_to_have_gone_as_that_says(clock: FileClock) -> None:
    clock.steer(speed=600)

    assert clock.showed(30) == NINE - HALF


def test_a_process_that_has_just_begun_knows_of_a_jump_before_it(
    clock: FileClock, machine: list[float], tmp_path: Path
) -> None:
    passes(clock, machine, 60)
    clock.steer(speed=600)
    passes(clock, machine, 5)
    clock.steer(speed=0)

    assert ago(FileClock(tmp_path / "clock"), HALF) == NINE + timedelta(seconds=35)


def test_what_is_long_past_does_not_stay_in_the_file(
    clock: FileClock, machine: list[float], tmp_path: Path
) -> None:
    for _ in range(1000):
        passes(clock, machine, 1)
        clock.steer(speed=2)

    assert 300 <= len((tmp_path / "clock").read_text().splitlines()) <= 302


def test_the_machines_own_clock_and_one_driven_by_hand_go_as_they_show() -> None:
    before = SystemClock().now()
    assert before - HALF <= ago(SystemClock(), HALF) <= SystemClock().now() - HALF
    assert ago(HandClock(NINE), HALF) == NINE - HALF
