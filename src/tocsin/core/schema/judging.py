"""Whether what a statement claims is so: each claim against the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from tocsin.core.schema.things import (
    COLUMN,
    COLUMN_TYPE,
    COMMENT,
    CONSTRAINT,
    DEFAULT,
    EXTENSION,
    FUNCTION,
    HIDDEN,
    INDEX,
    KEY,
    LABEL,
    NOT_NULL,
    POLICY,
    ROW_SECURITY,
    SCHEMA,
    SEQUENCE,
    TABLE,
    TRIGGER,
    TYPE,
    VALIDATED,
    VIEW,
    Catalogue,
    Claim,
    Key,
)
from tocsin.core.schema.types import same_type, simple_default


class State(StrEnum):
    """How far a statement was done."""

    DONE = "done"
    NOT_DONE = "not done"
    PARTLY = "partly done"
    """Some of it is there and some is not, which no failed statement leaves: somebody changed the schema by hand."""
    UNUSABLE = "left unusable"
    """An index is there but invalid, as a CREATE INDEX CONCURRENTLY that failed leaves it."""
    BUILDING = "being done now"
    UNKNOWN = "unknown"
    NOTHING = "leaves nothing"


RELATIONS: Mapping[str, str] = {TABLE: "rpf", VIEW: "vm", SEQUENCE: "S"}
"""pg_class.relkind by kind of thing."""
_UNNAMED: Mapping[str, str] = {"unique": "u", "check": "c", "foreign": "f", "exclude": "x"}


def judge(claim: Claim, catalogue: Catalogue) -> State:
    """DONE where the claim holds, NOT_DONE where it does not; UNUSABLE and BUILDING of indexes; UNKNOWN where it can't be compared."""
    found = _FINDERS[claim.kind](claim, catalogue)
    if isinstance(found, State):
        if claim.there or found is State.UNKNOWN:
            return found
        return {State.DONE: State.NOT_DONE, State.NOT_DONE: State.DONE}.get(found, State.NOT_DONE)
    return State.DONE if found == claim.there else State.NOT_DONE


def _relation(claim: Claim, catalogue: Catalogue) -> bool:
    return any(
        catalogue.relations.get(key, "-") in RELATIONS[claim.kind] for key in catalogue.keys(claim.name)
    )


def table_of(claim: Claim, catalogue: Catalogue) -> Key | None:
    """The relation that is meant: the first of that name along the search path."""
    return next((key for key in catalogue.keys(claim.name) if key in catalogue.relations), None)


def _column(claim: Claim, catalogue: Catalogue) -> bool:
    key = table_of(claim, catalogue)
    return key is not None and claim.part in catalogue.columns.get(key, {})


def _of_column(claim: Claim, catalogue: Catalogue) -> bool | State:
    key = table_of(claim, catalogue)
    column = catalogue.columns.get(key, {}).get(claim.part) if key else None
    if column is None:
        return False if claim.there else State.UNKNOWN
    if claim.kind == NOT_NULL:
        return column.not_null
    if claim.kind == COLUMN_TYPE:
        return same_type(claim.exact, column.type)
    if not column.default or not claim.there:
        return bool(column.default)
    if not claim.exact or column.default == HIDDEN:
        return State.UNKNOWN
    return simple_default(claim.exact) == simple_default(column.default)


def _constraint(claim: Claim, catalogue: Catalogue) -> bool:
    key = table_of(claim, catalogue)
    found = catalogue.constraints.get(key, {}) if key else {}
    if claim.part:
        one = found.get(claim.part)
        return one is not None and (claim.kind == CONSTRAINT or one.validated)
    letter = "p" if claim.kind == KEY else _UNNAMED[claim.exact]
    return any(one.kind == letter for one in found.values())


def _index(claim: Claim, catalogue: Catalogue) -> bool | State:
    found = next(
        (catalogue.indexes[key] for key in catalogue.keys(claim.name) if key in catalogue.indexes), None
    )
    if found is None:
        return False
    if not claim.there:
        return True
    if found.building:
        return State.BUILDING
    if not found.valid:
        return State.UNUSABLE
    if not claim.exact:
        return True
    here = f"{'unique ' if found.unique else ''}on {found.table}: {', '.join(found.columns)}"
    return here == claim.exact


def _type(claim: Claim, catalogue: Catalogue) -> bool:
    return any(key in catalogue.types for key in catalogue.keys(claim.name))


def _label(claim: Claim, catalogue: Catalogue) -> bool:
    return any(claim.part in catalogue.labels.get(key, ()) for key in catalogue.keys(claim.name))


def _function(claim: Claim, catalogue: Catalogue) -> bool:
    texts = [text for key in catalogue.keys(claim.name) for text in catalogue.functions.get(key, ())]
    return any(text.strip() == claim.exact.strip() for text in texts) if claim.exact else bool(texts)


def _of_table(claim: Claim, catalogue: Catalogue) -> bool:
    key = table_of(claim, catalogue)
    among = catalogue.triggers if claim.kind == TRIGGER else catalogue.policies
    return key is not None and claim.part in among.get(key, ())


def _comment(claim: Claim, catalogue: Catalogue) -> bool:
    key = table_of(claim, catalogue)
    said = catalogue.comments.get((*key, claim.part), "") if key else ""
    return said == claim.exact if claim.there else bool(said)


_FINDERS: Mapping[str, Callable[[Claim, Catalogue], bool | State]] = {
    TABLE: _relation,
    VIEW: _relation,
    SEQUENCE: _relation,
    COLUMN: _column,
    COLUMN_TYPE: _of_column,
    NOT_NULL: _of_column,
    DEFAULT: _of_column,
    CONSTRAINT: _constraint,
    KEY: _constraint,
    VALIDATED: _constraint,
    INDEX: _index,
    TYPE: _type,
    LABEL: _label,
    FUNCTION: _function,
    TRIGGER: _of_table,
    POLICY: _of_table,
    COMMENT: _comment,
    EXTENSION: lambda claim, catalogue: claim.name.name in catalogue.extensions,
    SCHEMA: lambda claim, catalogue: claim.name.name in catalogue.schemas,
    ROW_SECURITY: lambda claim, catalogue: table_of(claim, catalogue) in catalogue.row_security,
}
