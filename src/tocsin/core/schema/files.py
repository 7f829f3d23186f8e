"""A folder of golang-migrate's files: which versions there are, and what each has for the way up and for the way down."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

UP, DOWN = "up", "down"
NAME: Final = re.compile(r"^([0-9]+)_(.*)\.(down|up)\.(.*)$")
"""As golang-migrate has it (source/parse.go): the number counts, the title does not."""
MOST: Final = 2**64 - 1
"""golang-migrate holds a version in 64 bits, without a sign."""
MOST_STORED: Final = 2**63 - 1
"""Its table holds it with one: a larger one can't be recorded."""
NO_VERSION: Final = -1


@dataclass(frozen=True, slots=True)
class Migration:
    """One version. `up` and `down` are the names of its files; "" where there is none."""

    version: int
    up: str = ""
    down: str = ""


@dataclass(frozen=True, slots=True)
class Folder:
    """The migrations, the lowest version first, with what their files hold. `problems` make it unfit for a repair; `warnings` do not."""

    migrations: tuple[Migration, ...]
    texts: Mapping[str, str]
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def of(self, version: int) -> Migration | None:
        return next((one for one in self.migrations if one.version == version), None)

    def before(self, version: int) -> int:
        """The version below, which is NO_VERSION at the first."""
        return max((one.version for one in self.migrations if one.version < version), default=NO_VERSION)

    def after(self, version: int) -> Migration | None:
        """The next version above; None at the last."""
        return next((one for one in self.migrations if one.version > version), None)


def folder(files: Mapping[str, str]) -> Folder:
    """What files of these names, with these texts, mean to golang-migrate. Other names are passed over, as it does."""
    found: dict[tuple[int, str], str] = {}
    problems, warnings = [], []
    for name in sorted(files):
        parts = NAME.match(name.rpartition("/")[2])
        if not parts:
            if name.endswith(".sql"):
                warnings.append(f"{name} is passed over: its name is not VERSION_TITLE.up.sql or .down.sql")
            continue
        version, way = int(parts[1]), parts[3]
        if version > MOST_STORED:
            more = "64 bits hold" if version > MOST else "the table of versions can hold"
            problems.append(f"{name}: version {version} is more than {more}")
        elif (version, way) in found:
            problems.append(f"version {version} has two files {way}: {found[version, way]} and {name}")
        else:
            found[version, way] = name
    versions = sorted({version for version, _ in found})
    migrations = tuple(
        Migration(one, found.get((one, UP), ""), found.get((one, DOWN), "")) for one in versions
    )
    warnings += [
        f"version {one.version} has no file for the way up: golang-migrate takes it for empty"
        for one in migrations
        if not one.up
    ]
    return Folder(migrations, files, tuple(problems), tuple(warnings))
