"""The program's words: its commands, its help, its tables."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from tocsin.doors.cli import app
from tocsin.doors.cli.words import minutes_of, ref_of, table
from tocsin.errors import Invalid

runner = CliRunner()


def test_help_waits_for_nothing_that_takes_long_to_import() -> None:
    slow = (
        "fastapi",
        "asyncpg",
        "httpx2",
        "pydantic",
        "tocsin.acts",
        "tocsin.core.facts",
        "tocsin.core.oncall",
    )
    code = (
        "import sys; from typer.testing import CliRunner; from tocsin.doors.cli import app;"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0;"
        f"print([name for name in {slow} if name in sys.modules])"
    )

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout == "[]\n"


def test_the_version_is_printed() -> None:
    assert runner.invoke(app, ["--version"]).output == "tocsin 0.1.0\n"


@pytest.mark.parametrize(
    "words",
    [
        ["own"],
        ["resolve", "INC-1"],
        ["dismiss", "INC-1", "--reason", "x"],
        ["nonsense"],
        ["list", "--limit", "many"],
    ],
)
def test_words_that_are_missing_or_unknown_end_with_2(words: list[str]) -> None:
    assert runner.invoke(app, words).exit_code == 2


@pytest.mark.parametrize(("span", "minutes"), [("20m", 20), ("2h", 120), ("5", 5), (None, None)])
def test_a_span_is_whole_minutes(span: str | None, minutes: int | None) -> None:
    assert minutes_of(span) == minutes


@pytest.mark.parametrize("span", ["0m", "90s", "-5m", "soon", ""])
def test_a_span_that_is_none_is_refused(span: str) -> None:
    with pytest.raises(Invalid, match="no span of whole minutes"):
        minutes_of(span)


@pytest.mark.parametrize(("typed", "ref"), [("7", "INC-7"), ("inc-7", "INC-7"), ("INC-7", "INC-7")])
def test_an_incident_is_named_by_its_ref_or_its_number(typed: str, ref: str) -> None:
    assert ref_of(typed) == ref


def test_a_table_is_aligned_and_cuts_its_last_column_to_fit() -> None:
    drawn = table(("A", "B"), [("one", "x" * 200), ("three", "y")])

    assert drawn.splitlines()[0] == "A      B"
    assert len(drawn.splitlines()[1]) == 80
    assert drawn.splitlines()[1].endswith("…")
