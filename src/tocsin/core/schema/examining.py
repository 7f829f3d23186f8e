"""Puts together what the doctor saw: which files matter for what the table says, and what the catalogue says of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from tocsin.core.schema.examination import Examination, Script, item
from tocsin.core.schema.expected import missing
from tocsin.core.schema.files import DOWN, NO_VERSION, UP, Folder
from tocsin.core.schema.script import Parsed, judged, parsed
from tocsin.core.schema.things import Catalogue
from tocsin.core.schema.version_table import Row

MOST_MISSING: Final = 50
Said = Mapping[tuple[int, str, int], bool]
"""What people found out: whether a statement was done, by version, way and number."""


@dataclass(frozen=True, slots=True)
class Around:
    """What goes on in the database, in words."""

    live: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be examined: a declared database by its id, schema and table; `to` the version to go down to (None: no way down)."""

    database: str
    schema: str
    table: str
    commit: str = ""
    backup_at: str = ""
    to: int | None = None
    said: Said = field(default_factory=dict)


def files_for(row: Row, folder: Folder, to: int | None, *, one_by_one: bool = False) -> tuple[Parsed, ...]:
    """The files that matter, told apart: of this version both ways, of the one above, and of all that a way down would take back."""
    above = folder.after(row.version)
    versions = {row.version, *([above.version] if above else [])}
    if to is not None and not row.dirty:
        versions |= {one.version for one in folder.migrations if to <= one.version <= row.version}
    return tuple(_both(folder, sorted(versions), to, row, one_by_one=one_by_one))


def _both(
    folder: Folder, versions: list[int], to: int | None, row: Row, *, one_by_one: bool
) -> Iterator[Parsed]:
    for version in versions:
        if one := folder.of(version):
            for way, name in ((UP, one.up), (DOWN, one.down)):
                yield parsed(version, way, name, folder.texts.get(name, ""), one_by_one=one_by_one)


def past_files(row: Row, folder: Folder, *, one_by_one: bool = False) -> tuple[Parsed, ...]:
    """The files for the way up that were done before the one that failed, or all up to the version where none did."""
    done = (one for one in folder.migrations if one.version < row.version + (not row.dirty) and one.up)
    return tuple(parsed(one.version, UP, one.up, folder.texts[one.up], one_by_one=one_by_one) for one in done)


@dataclass(frozen=True, slots=True)
class Read:
    """What was read for an examination: the files that matter, those before them, and the catalogue of all that they name."""

    files: tuple[Parsed, ...] = ()
    past: tuple[Parsed, ...] = ()
    catalogue: Catalogue = field(default_factory=Catalogue)

    def names(self) -> set[str]:
        return {name for one in (*self.files, *self.past) for name in one.names()}


def examine(asked: Asked, row: Row, folder: Folder, read: Read, around: Around) -> Examination:
    above = folder.after(row.version)
    catalogue, files = read.catalogue, read.files
    lacks, untold = missing(read.past, catalogue)
    return Examination(
        database=asked.database,
        schema=asked.schema,
        table=asked.table,
        version=row.version,
        dirty=row.dirty,
        rows=row.rows,
        known=row.version == NO_VERSION or folder.of(row.version) is not None,
        previous=folder.before(row.version),
        next=above.version if above else None,
        scripts=tuple(_script(one, catalogue, asked.said) for one in files),
        commit=asked.commit,
        live=around.live,
        others=around.others,
        invalid=tuple(
            f"{schema}.{name} on {index.table}"
            for (schema, name), index in sorted(catalogue.indexes.items())
            if not index.valid and not index.building
        ),
        missing=tuple(lacks[:MOST_MISSING]),
        missing_count=len(lacks),
        untold=untold,
        backup_at=asked.backup_at,
        problems=(*((row.problem,) if row.problem else ()), *folder.problems, *around.problems),
        warnings=(*folder.warnings, *around.warnings, *_never_told(row, folder), *_lacks(lacks)),
    )


def _script(file: Parsed, catalogue: Catalogue, said: Said) -> Script:
    mine = {
        number: is_done
        for (version, way, number), is_done in said.items()
        if (version, way) == (file.version, file.way)
    }
    return Script(
        file.version,
        file.way,
        file.file,
        tuple(item(one) for one in judged(file, catalogue, mine)),
        file.unreadable,
    )


def _lacks(lacks: list[str]) -> Iterator[str]:
    if lacks:
        yield (
            f"{len(lacks)} things that earlier migrations left are not there, such as {lacks[0]}: "
            "one of them was never run, or somebody changed the schema by hand"
        )


def _never_told(row: Row, folder: Folder) -> Iterator[str]:
    below = sum(one.version < row.version for one in folder.migrations)
    if below:
        yield (
            f"only version {row.version} is recorded: whether each of the {below} below it was ever run can't be told from the table "
            "(one that was merged later with a lower number never is)"
        )
