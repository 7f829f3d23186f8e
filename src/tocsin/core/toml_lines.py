"""Where in a TOML text a table's key stands: TOML's parser does not say. For texts that the parser has taken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

TOKEN: Final = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'  # a text of many lines, which may end in quotes of its own
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*"
    r"|\n|[\[\]{}=,]"
    r"|[^\s\[\]{}=,\"'#]+",
    re.DOTALL,
)
NAME: Final = re.compile(r"\"[^\"]*\"|'[^']*'|[^\s.\"']+")


class Lines:
    """The lines (from 1) of tables, of their keys, and of what stands in a list.

    A table is named by its first name and counted from 0; "" is the top of the text.
    """

    def __init__(self, text: str) -> None:
        self._places: dict[tuple[str, int, str], int] = {}
        self._elements: dict[tuple[str, int, str], list[int]] = {}
        self._counts: dict[str, int] = {}
        table, index, prefix = "", 0, ""
        for statement in _statements(text):
            line, first = statement[0]
            if first == "[":
                table, index, prefix = self._header(line, statement)
            else:
                self._key(table, index, prefix, line, statement)

    def of(self, table: str, index: int, key: str = "", element: int | None = None) -> int:
        """The line of a key (of one element of its list), else of its table, else 1."""
        elements = self._elements.get((table, index, key), [])
        if element is not None and element < len(elements):
            return elements[element]
        for place in ((table, index, key), (table, index, ""), ("", 0, table)):
            if place in self._places:
                return self._places[place]
        return 1

    def _header(self, line: int, statement: list[tuple[int, str]]) -> tuple[str, int, str]:
        names = _names(statement)
        table, prefix = names[0], names[1] if len(names) > 1 else ""
        is_part = prefix and table in self._counts
        index = self._counts.get(table, 0) - 1 if is_part else self._counts.get(table, 0)
        if not is_part:
            self._counts[table] = index + 1
        self._places.setdefault((table, index, prefix), line)
        self._places.setdefault((table, index, ""), line)
        return table, index, prefix

    def _key(self, table: str, index: int, prefix: str, line: int, statement: list[tuple[int, str]]) -> None:
        signs = [sign for _, sign in statement]
        equals = signs.index("=") if "=" in signs else len(signs)
        names = _names(statement[:equals])
        key = prefix or names[0]
        self._places.setdefault((table, index, key), line)
        elements = list(_elements(statement[equals + 1 :]))
        if not prefix:
            self._elements[table, index, key] = elements
        if not table:
            self._top(names, line, elements)

    def _top(self, names: list[str], line: int, elements: list[int]) -> None:
        """A key above all tables may spell a whole table, or a list of them."""
        if len(names) > 1:
            self._places.setdefault((names[0], 0, names[1]), line)
        for i, place in enumerate(elements):
            self._places.setdefault((names[0], i, ""), place)


def _statements(text: str) -> Iterator[list[tuple[int, str]]]:
    """Headers and key-value pairs, each as its tokens with their lines."""
    line, depth = 1, 0
    statement: list[tuple[int, str]] = []
    for match in TOKEN.finditer(text):
        sign = match[0]
        depth += (sign in "[{") - (sign in "]}")
        if sign == "\n" and depth <= 0 and statement:
            yield statement
            statement = []
        elif sign != "\n" and not sign.startswith("#"):
            statement.append((line, sign))
        line += sign.count("\n")
    if statement:
        yield statement


def _elements(value: list[tuple[int, str]]) -> Iterator[int]:
    """The line on which each element of a list begins; nothing for a value that is no list."""
    depth, begins = 0, False
    for line, sign in value if value and value[0][1] == "[" else ():
        if begins and sign != "]":
            yield line
        depth += (sign in "[{") - (sign in "]}")
        begins = depth == 1 and sign in ("[", ",")


def _names(tokens: list[tuple[int, str]]) -> list[str]:
    words = "".join(sign for _, sign in tokens if sign not in "[]")
    return [name.strip("\"'") for name in NAME.findall(words)] or [""]
