"""Django's migrations, read without running them: what depends on what, and which replace others."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tocsin.core.schema.standing import Standing

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Migration:
    """`key` is its app and name; `atomic` whether it is done in one transaction."""

    key: Key
    after: tuple[Key, ...] = ()
    replaces: tuple[Key, ...] = ()
    atomic: bool = True


def migrations(files: Mapping[str, str]) -> tuple[dict[Key, Migration], list[str]]:
    """All in APP/migrations/NAME.py by app and name, and what is wrong with the files."""
    found: dict[Key, Migration] = {}
    problems = []
    for path in sorted(files):
        parts = path.split("/")
        if (
            len(parts) < 3
            or parts[-2] != "migrations"
            or not path.endswith(".py")
            or parts[-1].startswith("__")
        ):
            continue
        key = (parts[-3], parts[-1].removesuffix(".py"))
        try:
            found[key] = _migration(key, ast.parse(files[path]))
        except (SyntaxError, ValueError) as why:
            problems.append(f"{path} can't be read: {why}")
    return found, problems


def standing(blank: Standing, rows: Iterable[Key], files: Mapping[str, str]) -> Standing:
    """What Django's rows mean for these files. Apps without a file here (Django's own) are passed over."""
    known, problems = migrations(files)
    done = set(rows)
    apps = {app for app, _ in known}
    replaced = {key for one in known.values() for key in one.replaces}
    for one in known.values():
        if one.key in done:
            problems += [
                f"{_name(one.key)} is recorded, and {_name(key)}, which it needs, is not: Django refuses to go on"
                for key in one.after
                if key in known and not _is_done(known[key], done)
            ]
    pending = [one for one in known.values() if not _is_done(one, done) and one.key not in replaced]
    warnings = [
        f"{_name(one.key)} is not done in one transaction: if it failed, a part of it is there"
        for one in pending
        if not one.atomic
    ]
    unknown = sorted(key for key in done if key[0] in apps and key not in known and key not in replaced)
    return blank.but(
        recorded=tuple(_name(key) for key in sorted(done) if key[0] in apps),
        pending=tuple(_name(one.key) for one in pending),
        unknown=tuple(_name(key) for key in unknown),
        problems=(*blank.problems, *problems),
        warnings=(*blank.warnings, *warnings),
    )


def _is_done(one: Migration, done: set[Key]) -> bool:
    return one.key in done or (bool(one.replaces) and set(one.replaces) <= done)


def _migration(key: Key, tree: ast.Module) -> Migration:
    body = next(
        (node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Migration"), []
    )
    values: dict[str, ast.expr] = {}
    for node in body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            values[node.targets[0].id] = node.value
    atomic = values.get("atomic")
    is_atomic = not (isinstance(atomic, ast.Constant) and atomic.value is False)
    return Migration(key, _keys(values.get("dependencies")), _keys(values.get("replaces")), is_atomic)


def _keys(value: ast.expr | None) -> tuple[Key, ...]:
    """The pairs of a list; what is worked out when it runs (a swappable dependency) is left out."""
    found = []
    for one in value.elts if isinstance(value, (ast.List, ast.Tuple)) else ():
        try:
            app, name = ast.literal_eval(one)
        except (ValueError, TypeError):
            continue
        found.append((str(app), str(name)))
    return tuple(found)


def _name(key: Key) -> str:
    return f"{key[0]}.{key[1]}"
