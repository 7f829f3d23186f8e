"""What stands in a database's catalogue, and what a statement claims of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Name:
    """`schema` is "" where the statement leaves it to the search path."""

    name: str
    schema: str = ""

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name


TABLE, COLUMN, INDEX, CONSTRAINT, SEQUENCE = "table", "column", "index", "constraint", "sequence"
TYPE, LABEL, VIEW, FUNCTION, EXTENSION = "type", "value", "view", "function", "extension"
SCHEMA, TRIGGER, POLICY, COMMENT = "schema", "trigger", "policy", "comment"
COLUMN_TYPE, NOT_NULL, DEFAULT = "type of column", "not null of column", "default of column"
VALIDATED, ROW_SECURITY, KEY = "validity of constraint", "row security", "primary key"


@dataclass(frozen=True, slots=True)
class Claim:
    """What is so once a statement was done: this thing is there, or (`there` False) is gone.

    `part` is what in it is meant, such as a column; `exact` how it is in particular, as far as that can be compared ("" is not at all).
    """

    kind: str
    name: Name
    part: str = ""
    there: bool = True
    exact: str = ""

    def __str__(self) -> str:
        where = f"{self.part} of {self.name}" if self.part else str(self.name)
        return f"{self.kind} {where}{f' ({self.exact})' if self.exact else ''}"

    @property
    def thing(self) -> tuple[str, Name, str]:
        """What it is about: two claims of the same thing contradict each other or repeat each other."""
        return (self.kind, self.name, self.part)


@dataclass(frozen=True, slots=True)
class Leaves:
    """What a statement leaves behind.

    `unknown` says why the catalogue can't tell all of it ("" where it can). `harmless`: done once more it changes nothing. `was` is what
    it took away under another name (a rename). `nothing`: it leaves no trace, and need not be done again.
    """

    claims: tuple[Claim, ...] = ()
    unknown: str = ""
    harmless: bool = False
    nothing: bool = False
    if_needed: bool = False
    """IF EXISTS, IF NOT EXISTS: that the claims hold does not show that it was done."""
    renames: tuple[Claim, Claim] | None = None
    forbidden: str = ""
    """Why Tocsin never runs it ("" where it may)."""
    session: bool = False
    """It sets something for the statements after it."""


HIDDEN = "?"


@dataclass(frozen=True, slots=True)
class Column:
    """`default` is "" where there is none, and HIDDEN where it could not be read."""

    type: str
    not_null: bool
    default: str = ""


@dataclass(frozen=True, slots=True)
class Index:
    """`columns` has "" for an expression. `building`: pg_stat_progress_create_index has it now."""

    table: str
    valid: bool
    unique: bool
    columns: tuple[str, ...]
    building: bool = False


@dataclass(frozen=True, slots=True)
class Constraint:
    """`kind` is pg_constraint's letter: c, f, p, u, x."""

    kind: str
    validated: bool


Key = tuple[str, str]
"""Schema and name."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the catalogue held at one moment, of all schemas but PostgreSQL's own. `path` is where unqualified names are looked up."""

    path: tuple[str, ...] = ("public",)
    relations: Mapping[Key, str] = field(default_factory=dict)
    """pg_class.relkind by name."""
    columns: Mapping[Key, Mapping[str, Column]] = field(default_factory=dict)
    constraints: Mapping[Key, Mapping[str, Constraint]] = field(default_factory=dict)
    indexes: Mapping[Key, Index] = field(default_factory=dict)
    types: Mapping[Key, str] = field(default_factory=dict)
    """pg_type.typtype: e enum, d domain, c composite, r range, b base."""
    labels: Mapping[Key, tuple[str, ...]] = field(default_factory=dict)
    functions: Mapping[Key, tuple[str, ...]] = field(default_factory=dict)
    """The texts of all functions of that name."""
    triggers: Mapping[Key, frozenset[str]] = field(default_factory=dict)
    policies: Mapping[Key, frozenset[str]] = field(default_factory=dict)
    row_security: frozenset[Key] = frozenset()
    extensions: frozenset[str] = frozenset()
    schemas: frozenset[str] = frozenset({"public"})
    comments: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    """Of relations and (third part) their columns."""

    def keys(self, name: Name) -> tuple[Key, ...]:
        """Where a name may be meant, the first first."""
        if name.schema:
            return ((name.schema, name.name),)
        return tuple((schema, name.name) for schema in self.path)
