"""Reads the table in which golang-migrate keeps the version."""

from __future__ import annotations

from typing import Final

from tocsin.core.schema.version_table import GOLANG, Row, missing_table, row_of, wrong_table
from tocsin.integrations.schema import questions
from tocsin.integrations.schema.connecting import Connection, Place

SOME: Final = 3


def quoted(*names: str) -> str:
    """The names as SQL takes them to the letter."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def table_name(place: Place) -> str:
    return quoted(place.declared.schema, place.declared.table)


def where(place: Place) -> str:
    """The table as people call it."""
    return f"{place.declared.schema}.{place.declared.table}"


async def columns_of(conn: Connection, place: Place) -> tuple[list[str], str]:
    """The table's columns, and why it can't be read as the declared migrator's ("" where it can)."""
    found = await conn.fetchrow(questions.TABLE, place.declared.schema, place.declared.table)
    if found is None:
        others = await conn.fetch(questions.OTHER_TABLES)
        return [], missing_table(where(place), [row["name"] for row in others])
    if not found["readable"]:
        role = await conn.fetchval("SELECT current_user")
        return (
            [],
            f"role {role} has no right to read {where(place)}: GRANT SELECT ON {table_name(place)} TO {quoted(role)}",
        )
    columns = list(found["columns"])
    return columns, wrong_table(where(place), place.declared.tool, columns)


async def row(conn: Connection, place: Place) -> Row:
    """golang-migrate's row, or why there is none that counts."""
    assert place.declared.tool == GOLANG
    _, problem = await columns_of(conn, place)
    if problem:
        return Row(problem=problem)
    return await plain_row(conn, place)


async def plain_row(conn: Connection, place: Place) -> Row:
    """The row of a table that is known to be golang-migrate's."""
    name = table_name(place)
    count = await conn.fetchval(f"SELECT count(*) FROM {name}")  # noqa: S608 - a quoted name
    rows = await conn.fetch(f"SELECT version::text AS version, dirty FROM {name} LIMIT {SOME}")  # noqa: S608
    return row_of(where(place), [(one["version"], one["dirty"]) for one in rows], count)
