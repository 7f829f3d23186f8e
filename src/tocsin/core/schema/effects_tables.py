"""What CREATE TABLE and ALTER TABLE leave behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tocsin.core.schema.lexer import Token
from tocsin.core.schema.reading import NotUnderstood, Reading, by_commas
from tocsin.core.schema.things import (
    COLUMN,
    COLUMN_TYPE,
    CONSTRAINT,
    DEFAULT,
    KEY,
    NOT_NULL,
    ROW_SECURITY,
    TABLE,
    VALIDATED,
    Claim,
    Leaves,
    Name,
)
from tocsin.core.schema.types import SERIAL, default_text, type_name

_OF_TABLE = frozenset({"constraint", "primary", "unique", "check", "foreign", "exclude", "like"})
_ENDS_TYPE = (
    "not", "null", "default", "primary", "unique", "references", "check", "constraint", "collate", "generated",
    "storage", "compression", "deferrable", "initially",
)  # fmt: skip


def create_table(reading: Reading) -> Leaves:
    if_needed = reading.took("if", "not", "exists")
    name = reading.name()
    claims = [Claim(TABLE, name)]
    if reading.sees("partition", "of") or reading.sees("as") or reading.sees("of"):
        return Leaves(tuple(claims), if_needed=if_needed)
    for part in by_commas(reading.bracket()):
        claims += _defined(Reading(part), name)
    return Leaves(tuple(claims), if_needed=if_needed)


def alter_table(reading: Reading) -> Leaves:
    """One action after the other; an unknown one makes the whole unknown, as one statement is done whole or not at all."""
    lenient = reading.took("if", "exists")
    reading.took("only")
    name = reading.name()
    reading.took_sign("*")
    if reading.took("rename"):
        return _rename(reading, name)
    if reading.took("set", "schema"):
        moved = Name(name.name, reading.identifier())
        return Leaves(
            (Claim(TABLE, name, there=False), Claim(TABLE, moved)),
            renames=(Claim(TABLE, name), Claim(TABLE, moved)),
        )
    found = [_action(Reading(part), name) for part in by_commas(reading.rest)]
    if not found:
        raise NotUnderstood("no action")
    return Leaves(
        claims=tuple(claim for one in found for claim in one.claims),
        unknown="; ".join(one.unknown for one in found if one.unknown),
        harmless=all(one.harmless for one in found),
        if_needed=lenient or any(one.if_needed for one in found),
    )


def _rename(reading: Reading, name: Name) -> Leaves:
    if reading.took("to"):
        new = Name(reading.identifier(), name.schema)
        return _renamed(Claim(TABLE, name), Claim(TABLE, new))
    kind = CONSTRAINT if reading.took("constraint") else COLUMN
    reading.took("column")
    old = Claim(kind, name, reading.identifier())
    reading.need("to")
    return _renamed(old, Claim(kind, name, reading.identifier()))


def _renamed(old: Claim, new: Claim) -> Leaves:
    return Leaves((replace(old, there=False), new), renames=(old, new))


def _action(reading: Reading, name: Name) -> Leaves:
    if reading.took("add"):
        return _add(reading, name)
    if reading.took("drop"):
        kind = CONSTRAINT if reading.took("constraint") else COLUMN
        reading.took("column")
        lenient = reading.took("if", "exists")
        return Leaves((Claim(kind, name, reading.identifier(), there=False),), if_needed=lenient)
    if reading.took("alter"):
        reading.took("column")
        return _alter_column(reading, name, reading.identifier())
    if reading.took("validate", "constraint"):
        return Leaves((Claim(VALIDATED, name, reading.identifier()),))
    on = reading.took_any("enable", "disable")
    if on and reading.took("row", "level", "security"):
        return Leaves((Claim(ROW_SECURITY, name, there=on == "enable"),))
    if on and reading.took("trigger"):
        return Leaves(unknown="whether a trigger is switched on is not compared", harmless=True)
    if reading.took("owner", "to") or reading.took("set") or reading.took("reset") or reading.took("cluster"):
        return Leaves(unknown="owners and storage settings are not compared", harmless=True)
    raise NotUnderstood("an action of ALTER TABLE")


def _add(reading: Reading, name: Name) -> Leaves:
    if reading.sees_any(_OF_TABLE):
        return Leaves(tuple(_defined(reading, name)))
    reading.took("column")
    lenient = reading.took("if", "not", "exists")
    return Leaves(tuple(_defined(reading, name, strict=True)), if_needed=lenient)


def _alter_column(reading: Reading, name: Name, column: str) -> Leaves:
    for words, there in ((("set", "not", "null"), True), (("drop", "not", "null"), False)):
        if reading.took(*words):
            return Leaves((Claim(NOT_NULL, name, column, there=there),), harmless=True)
    if reading.took("drop", "default"):
        return Leaves((Claim(DEFAULT, name, column, there=False),), harmless=True)
    if reading.took("set", "default"):
        return _default(name, column, reading.rest)
    if reading.took("set", "data", "type") or reading.took("type"):
        wanted = type_name(reading.until("using", "collate"))
        if not wanted:
            raise NotUnderstood("a type")
        return Leaves((Claim(COLUMN_TYPE, name, column, exact=wanted),))
    if reading.took("set") or reading.took("reset"):
        return Leaves(unknown="settings of columns are not compared", harmless=True)
    raise NotUnderstood("an action of ALTER COLUMN")


def _default(name: Name, column: str, said: Sequence[Token]) -> Leaves:
    exact = default_text(said)
    why = "" if exact else "which default a column has is compared only for constants"
    return Leaves((Claim(DEFAULT, name, column, exact=exact),), unknown=why, harmless=True)


def _defined(reading: Reading, name: Name, *, strict: bool = False) -> list[Claim]:
    """The claims of one line of a table: a column with what it says of it, or a constraint.

    `strict` compares the column's type, not null and default too: what ALTER TABLE adds may have been there otherwise.
    """
    if reading.sees_any(_OF_TABLE):
        return _constraint(reading, name)
    column = reading.identifier()
    written = reading.until(*_ENDS_TYPE)
    claims = [Claim(COLUMN, name, column)]
    wanted = type_name(written) if strict else ""
    if wanted:
        claims.append(Claim(COLUMN_TYPE, name, column, exact=wanted))
    if strict and (reading.sees("not", "null") or wanted in SERIAL):
        claims.append(Claim(NOT_NULL, name, column))
    while not reading.ended:
        if not reading.sees_any(("constraint", "primary")):
            reading.token()
        elif reading.took("constraint"):
            claims.append(Claim(CONSTRAINT, name, reading.identifier()))
        else:
            reading.token()
            claims.append(Claim(KEY, name))
    return claims


def _constraint(reading: Reading, name: Name) -> list[Claim]:
    if reading.took("constraint"):
        return [Claim(CONSTRAINT, name, reading.identifier())]
    if reading.took("primary", "key"):
        return [Claim(KEY, name)]
    if reading.took("like"):
        return []
    # PostgreSQL gives it a name of its own making: told by the table's other lines, which are made together with it.
    return [Claim(CONSTRAINT, name, "", exact=reading.token().text)]
