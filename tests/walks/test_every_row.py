"""Each row of the process, and each refusal of it, has a test: README.md names those of the rows, and each that it names is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import tocsin

TESTS: Final = Path(__file__).resolve().parents[1]
HOUSE: Final = Path(tocsin.__file__).parent
ROWS: Final = (Path(__file__).parent / "README.md").read_text("utf-8")
NAMED: Final = re.findall(r"`((?:[\w-]+/)*test_\w+\.py)::(test_\w+)`", ROWS)
REFUSALS: Final = {"Conflict", "Forbidden", "Invalid", "NotFound"}
ENOUGH: Final = 3
"""So many words in a row of a refusal, standing in a test, show that the test meets it."""


@pytest.mark.parametrize(("file", "test"), NAMED, ids=[test for _, test in NAMED])
def test_what_a_row_names_is_there(file: str, test: str) -> None:
    assert re.search(rf"^(?:async )?def {test}\(", (TESTS / file).read_text("utf-8"), re.MULTILINE)


def test_no_row_is_without_a_test() -> None:
    rows = [line for line in ROWS.splitlines() if line.startswith("|")]
    rows = [row for row in rows if not row.startswith(("|---", "| what "))]

    assert len(rows) > 30
    assert [row for row in rows if "::test_" not in row] == []


def test_every_refusal_of_the_process_is_met_by_a_test() -> None:
    tests = " ".join(" ".join(path.read_text("utf-8").split()) for path in TESTS.rglob("test_*.py"))
    tests = tests.replace('" "', "").replace("\\", "")
    files = [*(HOUSE / "core").glob("decisions*.py"), *(HOUSE / "acts").rglob("*.py")]

    missing = [
        f"{file.name}: {' … '.join(words)}"
        for file in files
        for words in refusals(file)
        if words and not any(run in tests for part in words for run in runs(part))
    ]

    assert missing == []


def refusals(file: Path) -> Iterator[list[str]]:
    """The fixed words of each error that the file raises by name, as far as there are enough of them."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not (isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args):
            continue
        called = node.exc.func
        if isinstance(called, ast.Name) and called.id in REFUSALS:
            yield [part for part in fixed(node.exc.args[0]) if len(part.split()) >= ENOUGH]


def fixed(said: ast.expr) -> list[str]:
    """The parts of a text that are the same whatever is filled in."""
    match said:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return [
                one.value for one in parts if isinstance(one, ast.Constant) and isinstance(one.value, str)
            ]
        case ast.IfExp(body=one, orelse=other):
            return [*fixed(one), *fixed(other)]
        case _:
            return []


def runs(part: str) -> Iterator[str]:
    words = part.split()
    for n in range(len(words) - ENOUGH + 1):
        yield " ".join(words[n : n + ENOUGH])
