"""Names of types and defaults, brought into the form in which PostgreSQL's catalogue shows them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tocsin.core.schema.lexer import Token
from tocsin.core.schema.reading import joined

_ALIASES = {
    "int": "integer",
    "int4": "integer",
    "int2": "smallint",
    "int8": "bigint",
    "serial": "integer",
    "serial4": "integer",
    "bigserial": "bigint",
    "serial8": "bigint",
    "smallserial": "smallint",
    "bool": "boolean",
    "float8": "double precision",
    "float": "double precision",
    "float4": "real",
    "decimal": "numeric",
    "varchar": "character varying",
    "char varying": "character varying",
    "char": "character",
    "bpchar": "character",
    "timestamptz": "timestamp with time zone",
    "timestamp": "timestamp without time zone",
    "timetz": "time with time zone",
    "time": "time without time zone",
    "varbit": "bit varying",
}
_SHAPE = re.compile(r"(?P<base>[^(\[]+)(?P<size>\([^)]*\))?(?P<rest>[^\[]*)(?P<array>(?:\[\d*\])*)$")
_CAST = re.compile(r"::[\w\s.\"]+(?:\(\d+(?:,\d+)?\))?(?:\[\])?")
_WORD_LEFT_BLANK = re.compile(r"\s+")
SERIAL = frozenset({"serial", "serial4", "bigserial", "serial8", "smallserial"})


def type_name(tokens: Sequence[Token]) -> str:
    """As pg_catalog.format_type shows it; "" for what is not understood."""
    found = _SHAPE.match(joined(tokens).removeprefix("pg_catalog."))
    if not found:
        return ""
    base = " ".join(f"{found['base']} {found['rest']}".split())
    size = (found["size"] or "").replace(" ", "")
    base = _ALIASES.get(base, base)
    base = base.rpartition(".")[2] if "." in base else base
    if base in ("character", "bit") and not size:
        size = "(1)"
    if base == "numeric" and size and "," not in size:
        size = size[:-1] + ",0)"
    head, blank, tail = base.partition(" with")
    shown = f"{head}{size}{blank}{tail}" if head in ("timestamp", "time") else base + size
    return shown + "[]" * found["array"].count("[")


def same_type(wanted: str, shown: str) -> bool:
    """Whether the catalogue's type is the one that was written; schemas are left out of it, as they depend on the search path."""
    plain = shown.replace('"', "")
    head, dot, tail = plain.partition(".")
    return wanted.replace('"', "") in (plain, tail if dot and "(" not in head else plain)


def default_text(tokens: Sequence[Token]) -> str:
    """A default in the form in which two can be compared; "" where it is more than a constant or a call without arguments."""
    said = simple_default(joined(tokens))
    return (
        said
        if re.fullmatch(r"'(?:[^']|'')*'|-?[\d.]+|true|false|null|\w+\(\)|current_timestamp", said)
        else ""
    )


def simple_default(shown: str) -> str:
    """Without casts, as pg_get_expr adds them, and without brackets around a number."""
    said = _CAST.sub("", shown).strip()
    if said.startswith("(") and said.endswith(")") and not said.endswith("()"):
        said = said[1:-1]
    said = _WORD_LEFT_BLANK.sub(" ", said)
    if re.fullmatch(r"'-?[\d.]+'", said):
        said = said[1:-1]
    return (
        "now()" if said.lower() == "current_timestamp" else (said if said.startswith("'") else said.lower())
    )
