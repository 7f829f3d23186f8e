"""Alembic's files, read without running them: which revision follows which."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tocsin.core.schema.standing import Standing


@dataclass(frozen=True, slots=True)
class Revision:
    id: str
    file: str
    after: tuple[str, ...]


def revisions(files: Mapping[str, str]) -> tuple[dict[str, Revision], list[str]]:
    """All revisions by their ids, and what is wrong with the files."""
    found: dict[str, Revision] = {}
    problems = []
    for name in sorted(one for one in files if one.endswith(".py")):
        try:
            values = dict(_assigned(ast.parse(files[name])))
        except (SyntaxError, ValueError) as why:
            problems.append(f"{name} can't be read: {why}")
            continue
        id = values.get("revision")
        if not isinstance(id, str):
            continue
        if id in found:
            problems.append(f"revision {id} has two files: {found[id].file} and {name}")
        after: Any = values.get("down_revision")
        found[id] = Revision(id, name, (after,) if isinstance(after, str) else tuple(after or ()))
    for one in found.values():
        problems += [
            f"{one.file} follows revision {id}, of which there is no file"
            for id in one.after
            if id not in found
        ]
    return found, problems


def standing(blank: Standing, rows: Iterable[str], files: Mapping[str, str]) -> Standing:
    """What Alembic's rows, each the head of a branch, mean for these files."""
    known, problems = revisions(files)
    recorded = sorted(rows)
    done = set[str]().union(*(_down_from(id, known) for id in recorded))
    heads = sorted(set(known) - {id for one in known.values() for id in one.after})
    for id in recorded:
        if any(id in _down_from(other, known) for other in recorded if other != id):
            problems.append(
                f"{blank.table} has a row {id} that lies below another row: Alembic never leaves that"
            )
    warnings = (
        [f"the files have {len(heads)} heads ({', '.join(heads)}): `upgrade head` refuses that"]
        if len(heads) > 1
        else []
    )
    if not recorded:
        warnings.append(f"{blank.table} is empty: no migration was done, or each was taken back")
    return blank.but(
        recorded=tuple(recorded),
        pending=tuple(id for id in _in_order(known) if id not in done),
        unknown=tuple(id for id in recorded if id not in known),
        problems=(*blank.problems, *problems),
        warnings=(*blank.warnings, *warnings),
    )


def _assigned(tree: ast.Module) -> Iterator[tuple[str, object]]:
    """The names that the file sets to constants at its top."""
    for node in tree.body:
        targets = (
            node.targets
            if isinstance(node, ast.Assign)
            else [node.target]
            if isinstance(node, ast.AnnAssign)
            else []
        )
        value = getattr(node, "value", None)
        for target in targets:
            if isinstance(target, ast.Name) and value is not None:
                try:
                    yield target.id, ast.literal_eval(value)
                except ValueError:
                    continue


def _down_from(id: str, known: Mapping[str, Revision]) -> set[str]:
    """The revision and all that it follows."""
    found: set[str] = set()
    todo = [id]
    while todo:
        one = todo.pop()
        if one not in found:
            found.add(one)
            todo += known[one].after if one in known else ()
    return found


def _in_order(known: Mapping[str, Revision]) -> list[str]:
    """Each after those that it follows."""
    order: list[str] = []
    waiting = sorted(known)
    while waiting:
        ready = [id for id in waiting if all(one in order or one not in known for one in known[id].after)]
        if not ready:
            return order + waiting
        order += ready
        waiting = [id for id in waiting if id not in ready]
    return order
