"""What a statement leaves behind: which of its kind it is, and then by the recogniser of that kind.

Whatever is not known here is unverified, and said so: nothing is ever taken for done because it could not be read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tocsin.core.schema.effects_objects import OBJECTS
from tocsin.core.schema.effects_tables import alter_table, create_table
from tocsin.core.schema.reading import NotUnderstood, Reading
from tocsin.core.schema.statements import Statement
from tocsin.core.schema.things import Leaves

ROWS = "it changes rows, which leaves no trace in the catalogue"
_NOTHING = frozenset(
    {"lock", "analyze", "explain", "show", "discard", "listen", "notify", "checkpoint", "vacuum"}
)
_HARMLESS = frozenset({"grant", "revoke", "refresh", "security"})
_ROWS = frozenset(
    {"insert", "update", "delete", "merge", "truncate", "copy", "select", "with", "do", "call", "values"}
)
_FORBIDDEN = frozenset({"database", "tablespace", "subscription", "system", "role", "user", "owned"})
_TABLES: Mapping[str, Callable[[Reading], Leaves]] = {"create": create_table, "alter": alter_table}


def leaves(statement: Statement) -> Leaves:
    """What it leaves behind; a statement that its file rolls back leaves nothing."""
    if not statement.kept:
        return Leaves(nothing=True)
    first = statement.tokens[0].text if statement.tokens[0].is_word(statement.tokens[0].text) else ""
    if first == "set" or (first == "reset"):
        return Leaves(nothing=True, session=True)
    if first in _NOTHING:
        return Leaves(nothing=True, harmless=True)
    if first in _HARMLESS:
        return Leaves(unknown=f"what {first.upper()} does is not compared", harmless=True)
    if first == "copy" and statement.has("stdin"):
        return Leaves(unknown=ROWS, forbidden="psql feeds its rows, and golang-migrate can't either")
    if first in _ROWS:
        return Leaves(unknown=ROWS)
    if first in ("create", "alter", "drop", "comment", "reindex"):
        return _of_catalogue(statement, first)
    return Leaves(unknown=f"{first.upper() or 'this'} is not a statement that is known here")


def _of_catalogue(statement: Statement, first: str) -> Leaves:
    second = statement.tokens[1].text if len(statement.tokens) > 1 else ""
    if first != "comment" and second in _FORBIDDEN:
        return Leaves(
            unknown=f"{first.upper()} {second.upper()} concerns more than this database's schema",
            forbidden=f"{first.upper()} {second.upper()} is never run by Tocsin",
        )
    try:
        return _recognised(Reading(statement.tokens), first)
    except NotUnderstood as why:
        words = " ".join(token.text for token in statement.tokens[:3]).upper()
        return Leaves(unknown=f"{words} … is written in a way that is not known here ({why})")


def _recognised(reading: Reading, first: str) -> Leaves:
    reading.token()
    replaces = first == "create" and reading.took("or", "replace")
    if first in _TABLES:
        if reading.took_any("temporary", "temp") or reading.took("local", "temporary"):
            return Leaves(nothing=True, session=True, forbidden="a temporary table ends with its session")
        reading.took("unlogged")
        if reading.took("foreign", "table") or reading.took("table"):
            return _TABLES[first](reading)
    for (verb, words), recogniser in OBJECTS.items():
        if verb == first and reading.took(*words):
            return recogniser(reading, replaces)
    raise NotUnderstood("no recogniser")
