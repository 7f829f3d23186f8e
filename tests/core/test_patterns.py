"""No expression over words from outside starts over at each sign of one long word, or of a run of blanks.

An expression that is searched for, and may begin with a repeat that has no end before something else, is tried at each place of the run that it repeats, and
goes through the rest of it each time: 100 KB took minutes, within which nothing else was done. `match` and `fullmatch` begin once.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

import pytest

import tocsin

HOUSE = Path(tocsin.__file__).parent
ROOMS = ("core", "integrations", "acts")
SEARCHES = ("compile", "search", "sub", "split", "findall", "finditer")
BEGINS_ONCE = ("match", "fullmatch")


def searched(source: str) -> Iterator[tuple[int, str]]:
    """The expressions that a module searches for, with their lines; those that it only ever matches are left out."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        if not (isinstance(node.func.value, ast.Name) and node.func.value.id == "re"):
            continue
        pattern = node.args[0]
        if (
            node.func.attr in SEARCHES
            and isinstance(pattern, ast.Constant)
            and isinstance(pattern.value, str)
        ):
            if node.func.attr == "compile" and only_matched(tree, node):
                continue
            yield node.lineno, pattern.value


def only_matched(tree: ast.AST, made: ast.Call) -> bool:
    name = next(
        (
            target.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is made
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
        ),
        None,
    )
    used = [
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name
    ]
    return bool(used) and set(used) <= set(BEGINS_ONCE)


def begins_endless(parts: Any, *, follows: bool = False) -> bool:
    """Whether what is looked for may begin with a repeat that has no end, after which something else must come (`follows`, or within)."""
    for n, (op, value) in enumerate(parts):
        then = follows or parts[n + 1 :].getwidth()[0] > 0
        if op in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            least, most, inner = value
            if (most is _constants.MAXREPEAT and then) or begins_endless(inner, follows=then):
                return True
            if least:
                return False
        elif op is _constants.SUBPATTERN:
            return begins_endless(value[3], follows=then)
        elif op is _constants.BRANCH:
            return any(begins_endless(branch, follows=then) for branch in value[1])
        else:
            # A sign, the begin of the text, or a look behind: it begins at few places.
            return False
    return False


ALL = [
    pytest.param(pattern, id=f"{path.relative_to(HOUSE)}:{line}")
    for room in ROOMS
    for path in sorted((HOUSE / room).rglob("*.py"))
    for line, pattern in searched(path.read_text())
]


@pytest.mark.parametrize("pattern", ALL)
def test_what_is_searched_for_begins_with_something_that_ends(pattern: str) -> None:
    assert not begins_endless(_parser.parse(pattern))


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        (r"\S+://\S+|@\w+", True),
        (r"(?:^|\s+)because\s+", True),
        (r"\s*(https?://\S+)\s*$", True),
        (r"(?:next )?\s*in", True),
        (r"(?:^|\s)because\s+", False),
        (r"https?://\S+", False),
    ],
)
def test_the_shape_that_once_stopped_everything_is_known(pattern: str, found: bool) -> None:
    assert begins_endless(_parser.parse(pattern)) is found


def test_there_are_some() -> None:
    assert len(ALL) > 20
    assert re.compile(ALL[0].values[0])  # type: ignore[arg-type]
