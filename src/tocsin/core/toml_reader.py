"""Reads the parts of a TOML text, and gathers what is wrong with it: every problem at once, with its line and what to write instead."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tocsin.core.spans import span_of
from tocsin.core.toml_lines import Lines
from tocsin.errors import Invalid

ID = re.compile(r"[A-Za-z0-9_][\w.-]*")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a handbook, on which line (from 1), and what to write instead."""

    line: int
    what: str
    instead: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}. {self.instead}"


class BadHandbook(Invalid):
    """A handbook that can't be used, with all that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__(
            "The handbook can't be used:\n" + "\n".join(f"  {problem}" for problem in self.problems)
        )


class TomlReader:
    """One text with its data. Whatever it reads is fit to go on with; what was wrong stands in `problems`."""

    def __init__(self, text: str, data: Mapping[str, Any]) -> None:
        self.data = data
        self._lines = Lines(text)
        self.problems: list[Problem] = []

    def wrong(
        self, table: str, i: int, key: str, what: str, instead: str, element: int | None = None
    ) -> None:
        place = f"{table}.{key}" if key and table else key or table
        line = self._lines.of(table, i, key, element) if table else self._lines.of(key, 0)
        self.problems.append(Problem(line, f"{place}: {what}", instead))

    def table(self, name: str) -> Mapping[str, Any]:
        table = self.data.get(name)
        if isinstance(table, Mapping):
            return table
        self.wrong(name, 0, "", f"the table [{name}] is missing", f"Add `[{name}]`.")
        return {}

    def rows(self, name: str) -> list[Mapping[str, Any]]:
        rows = self.data.get(name, [])
        if isinstance(rows, list) and all(isinstance(row, Mapping) for row in rows):
            return rows
        self.wrong(name, 0, "", f"{name} is not a list of tables", f"Write `[[{name}]]` above each.")
        return []

    def need_some(self, **parts: tuple[object, ...]) -> None:
        for name, part in parts.items():
            if not part:
                self.problems.append(
                    Problem(1, f"there is no [[{name}]]", "Add one; handbooks/default.toml shows how.")
                )

    def only_keys(self, row: Mapping[str, Any], known: set[str], table: str, i: int) -> None:
        for key in sorted(set(row) - known):
            self.wrong(table, i, key, "this key is not known", did_you_mean(key, known))

    def unique(self, table: str, ids: list[str]) -> None:
        for i, id in enumerate(ids):
            if id and id in ids[:i]:
                self.wrong(table, i, "id", f"{id!r} is taken by an earlier {table}", "Give it another id.")

    def id(self, table: str, i: int, row: Mapping[str, Any]) -> str:
        id = self.text(table, i, row, "id")
        if id and not ID.fullmatch(id):
            self.wrong(
                table, i, "id", f"{id!r} is no id", "Write letters, digits, dots, dashes and underscores."
            )
        return id

    def text(self, table: str, i: int, row: Mapping[str, Any], key: str, needed: bool = True) -> str:
        value = row.get(key, "")
        if not isinstance(value, str):
            self.wrong(table, i, key, f"{value!r} is not a text", f'Write `{key} = "{value}"`.')
            return ""
        if needed and not value.strip():
            self.wrong(table, i, key, "it is missing", f'Add `{key} = "…"`.')
        if "\0" in value:
            self.wrong(table, i, key, "it holds a NUL, which can't be kept", "Take it out.")
        return value.strip()

    def flag(self, table: str, i: int, row: Mapping[str, Any], key: str, default: bool) -> bool:
        value = row.get(key, default)
        if not isinstance(value, bool):
            self.wrong(table, i, key, f"{value!r} is neither true nor false", "Write true or false.")
            return default
        return value

    def span(
        self, table: str, i: int, row: Mapping[str, Any], key: str, needed: bool = True
    ) -> timedelta | None:
        if key not in row and not needed:
            return None
        span = span_of(str(row.get(key, "")))
        if span is None or span <= timedelta(0):
            self.wrong(
                table, i, key, f"{row.get(key, 'nothing')!r} is no span", 'Write a span such as "10m".'
            )
            return None
        return span

    def words(
        self, table: str, i: int, row: Mapping[str, Any], key: str, needed: bool = True
    ) -> tuple[str, ...]:
        value = row.get(key, [])
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            self.wrong(table, i, key, f"{value!r} is not a list of words", f'Write `{key} = ["…"]`.')
            return ()
        if needed and not value:
            self.wrong(table, i, key, "it is missing", f'Add `{key} = ["…"]`.')
        return tuple(value)

    def some_of(
        self, table: str, i: int, row: Mapping[str, Any], key: str, known: Iterable[str]
    ) -> tuple[str, ...]:
        known = list(known)
        words = self.words(table, i, row, key, needed=False)
        for n, word in enumerate(words):
            if word not in known:
                self.wrong(table, i, key, f"{word!r} is not known", did_you_mean(word, known), n)
        return words

    def one_of(
        self,
        table: str,
        i: int,
        row: Mapping[str, Any],
        key: str,
        known: Iterable[str],
        default: str | None = None,
    ) -> str:
        known = list(known)
        if key not in row and default is not None:
            return default
        value = row.get(key, "")
        if value not in known:
            self.wrong(table, i, key, f"{value!r} is not known", did_you_mean(str(value), known))
            return default or (known[0] if known else "")
        return str(value)


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def either(words: Iterable[str]) -> str:
    return " or ".join(f'"{word}"' for word in words)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    known = sorted(known)
    near = difflib.get_close_matches(word, known, n=1)
    return f'Did you mean "{near[0]}"?' if near else f"Write one of {either(known)}."
