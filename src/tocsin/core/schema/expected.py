"""What all migrations up to a version would have left together, and what of it is missing from the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from tocsin.core.schema.judging import State, judge
from tocsin.core.schema.script import Parsed
from tocsin.core.schema.statements import Statement
from tocsin.core.schema.things import (
    COLUMN,
    CONSTRAINT,
    EXTENSION,
    FUNCTION,
    INDEX,
    LABEL,
    SEQUENCE,
    TABLE,
    TRIGGER,
    TYPE,
    VIEW,
    Catalogue,
    Claim,
    Leaves,
    Name,
)

LOOKED_FOR: Final = frozenset(
    {TABLE, COLUMN, INDEX, TYPE, LABEL, SEQUENCE, VIEW, FUNCTION, EXTENSION, TRIGGER}
)
"""Whether these are there is looked at; how they are in particular may have changed by what we can't tell."""
_DEPENDS: Final = frozenset({VIEW, TRIGGER, INDEX, CONSTRAINT, FUNCTION})
"""What CASCADE may take along."""


@dataclass(slots=True)
class Expected:
    """Folds file after file. `untold` counts the statements whose effect is not known here."""

    path: tuple[str, ...]
    things: dict[tuple[str, Name, str], tuple[Claim, str]] = field(default_factory=dict)
    untold: int = 0

    def add(self, file: Parsed) -> None:
        for statement, left in file.statements:
            if left.renames:
                self._rename(*left.renames)
                continue
            if left.unknown and not left.harmless:
                self.untold += 1
            self._claims(statement, left, file.file)

    def missing(self, catalogue: Catalogue) -> list[str]:
        """In words what is not there, and which file would have left it."""
        looked = [(claim, file) for claim, file in self.things.values() if claim.kind in LOOKED_FOR]
        gone = [(claim, file) for claim, file in looked if claim.kind == TABLE and _lacks(claim, catalogue)]
        tables = {claim.name for claim, _ in gone}
        rest = [
            (claim, file)
            for claim, file in looked
            if claim.kind != TABLE and _table_of(claim) not in tables and _lacks(claim, catalogue)
        ]
        return [
            f"{claim.kind} {f'{claim.part} of ' if claim.part else ''}{claim.name} ({file})"
            for claim, file in (*gone, *rest)
        ]

    def _claims(self, statement: Statement, left: Leaves, file: str) -> None:
        cascades = statement.has("cascade")
        for one in left.claims:
            claim = replace(one, name=Name(one.name.name)) if one.name.schema in self.path else one
            if claim.there:
                self.things[claim.thing] = (claim, file)
                continue
            self.things.pop(claim.thing, None)
            self._goes_along(claim)
            if cascades:
                self._forget(lambda one: one.kind in _DEPENDS)

    def _goes_along(self, gone: Claim) -> None:
        """What PostgreSQL drops together with a table, a column or a type."""
        if gone.kind == TABLE:
            on = f"on {gone.name.name}: "
            self._forget(lambda one: one.name == gone.name or (one.kind == INDEX and on in one.exact))
        elif gone.kind == COLUMN:
            self._forget(lambda one: (one.kind == INDEX and _uses(one, gone)) or _within(one, gone))
        elif gone.kind == TYPE:
            self._forget(lambda one: one.name == gone.name)

    def _forget(self, which: Callable[[Claim], bool]) -> None:
        for thing in [thing for thing, (claim, _) in self.things.items() if which(claim)]:
            del self.things[thing]

    def _rename(self, old: Claim, new: Claim) -> None:
        was, becomes = self._plain(old.name), self._plain(new.name)
        for thing, (claim, file) in list(self.things.items()):
            if claim.name != was or (old.part and claim.part != old.part):
                continue
            del self.things[thing]
            moved = replace(claim, name=becomes, part=new.part if old.part else claim.part)
            self.things[moved.thing] = (moved, file)
        if old.kind == TABLE:
            self._indexes_of(was, becomes)

    def _indexes_of(self, was: Name, becomes: Name) -> None:
        """A table's indexes stay with it when it is renamed."""
        for thing, (claim, file) in self.things.items():
            if claim.kind == INDEX and _table_of(claim).name == was.name:
                exact = claim.exact.replace(f"on {was.name}: ", f"on {becomes.name}: ", 1)
                self.things[thing] = (replace(claim, exact=exact), file)

    def _plain(self, name: Name) -> Name:
        return Name(name.name) if name.schema in self.path else name


def _uses(index: Claim, column: Claim) -> bool:
    head, _, columns = index.exact.partition(": ")
    return head.endswith(f"on {column.name.name}") and column.part in columns.split(", ")


def _table_of(claim: Claim) -> Name:
    """The table that it belongs to; an index says it in `exact`."""
    if claim.kind != INDEX:
        return claim.name
    return Name(claim.exact.removeprefix("unique ").removeprefix("on ").partition(": ")[0], claim.name.schema)


def _lacks(claim: Claim, catalogue: Catalogue) -> bool:
    return judge(replace(claim, exact="") if claim.exact else claim, catalogue) is State.NOT_DONE


def _within(one: Claim, column: Claim) -> bool:
    return one.name == column.name and one.part == column.part


def missing(files: Iterable[Parsed], catalogue: Catalogue) -> tuple[list[str], int]:
    """What these files, in this order, would have left and is not there; and how many of their statements can't be told."""
    expected = Expected(catalogue.path)
    for file in files:
        expected.add(file)
    return expected.missing(catalogue), expected.untold
