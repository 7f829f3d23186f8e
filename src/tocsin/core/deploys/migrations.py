"""What the migrations between two commits mean for going back: whether each can be taken back, and whether the older code runs on it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

ADDED, CHANGED, REMOVED = "added", "changed", "removed"
BREAKS: Final = (
    (r"\bdrop\s+table\b", "drops a table"),
    (r"\bdrop\s+(?:materialized\s+)?view\b", "drops a view"),
    (r"\bdrop\s+(?:type\b|function\b|schema\b|sequence\b)", "drops what the older code may use"),
    (r"\balter\s+table\b[^;]*\bdrop\s+(?!constraint|not\s+null|default|identity|expression)\w", "drops a column"),
    (r"\brename\b", "renames something"),
    (r"\balter\s+(?:column\s+)?\S+\s+(?:set\s+data\s+)?type\b", "changes a column's type"),
    (r"\bset\s+not\s+null\b", "makes a column required"),
    (r"\badd\s+(?:column\s+)?(?:if\s+not\s+exists\s+)?\S+\s+[^,;]*\bnot\s+null\b(?![^,;]*\bdefault\b)", "adds a required column"),
    (r"\badd\s+constraint\b(?![^;]*\bnot\s+valid\b)|\badd\s+(?:check|unique|foreign|primary|exclude)\b", "adds a constraint"),
    (r"\bcreate\s+unique\s+index\b", "adds a constraint"),
    (r"\b(?:truncate|delete\s+from)\b", "deletes rows"),
    (r"\bupdate\s+\S+\s+set\b", "changes rows"),
    (r"\brevoke\b", "takes rights away"),
)  # fmt: skip
"""Statements that code from before them may not run on."""
_REMARKS: Final = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", re.DOTALL)


@dataclass(frozen=True, slots=True)
class File:
    """A file that changed between two commits. `is_empty`: nothing stands in it by now. `text` is None where it was not read."""

    path: str
    change: str = ADDED
    is_empty: bool = False
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Migration:
    """A migration between two commits. `is_reversible`: its .down. counterpart exists and is not empty.

    `breaks` is what older code may not run on, in words; None where its text is not known.
    """

    path: str
    is_reversible: bool
    breaks: tuple[str, ...] | None = None
    is_changed: bool = False
    """It was there before, and was changed or removed: what it did to which database can't be told."""


def is_migration(path: str, patterns: Collection[str]) -> bool:
    """Whether the file is one by the target's patterns; `**` stands for any folders."""
    return any(fnmatchcase(path, pattern.replace("**/", "*").replace("**", "*")) for pattern in patterns)


def migrations_in(files: Iterable[File], patterns: Collection[str]) -> tuple[Migration, ...]:
    """The migrations among the files that changed, in the order of their names."""
    ours = {one.path: one for one in files if is_migration(one.path, patterns)}
    return tuple(_migration(ours[path], ours) for path in sorted(ours) if not _is_down(path))


def breaks_of(text: str) -> tuple[str, ...]:
    """What in a migration's statements older code may not run on. A table that it makes itself is nobody's yet."""
    plain = _REMARKS.sub(" ", text.lower())
    found = (words for pattern, words in BREAKS if re.search(pattern, _without_made(plain)))
    return tuple(dict.fromkeys(found))


def _migration(file: File, ours: dict[str, File]) -> Migration:
    down = ours.get(_down_of(file.path))
    there = down is not None and not down.is_empty and down.change != REMOVED
    text = None if file.text is None else breaks_of(file.text)
    return Migration(file.path, there, text, is_changed=file.change != ADDED)


def _is_down(path: str) -> bool:
    return ".down." in path.rpartition("/")[2]


def _down_of(path: str) -> str:
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{name.replace('.up.', '.down.', 1)}" if ".up." in name else ""


def _without_made(statements: str) -> str:
    """The statements without those that make a table, in which `not null` and the like harm nobody."""
    kept = [
        one
        for one in statements.split(";")
        if not re.match(r"\s*create\s+(?:unlogged\s+)?(?:table|type|extension)\b", one)
    ]
    return ";".join(kept)
