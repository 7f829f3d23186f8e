"""What the table says in which a migrator keeps the version: whose table it is, and what its rows can mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tocsin.core.schema.files import MOST_STORED, NO_VERSION

GOLANG, ALEMBIC, DJANGO, FLYWAY = "golang-migrate", "alembic", "django", "flyway"
COLUMNS: Final = {
    GOLANG: {"version", "dirty"},
    ALEMBIC: {"version_num"},
    DJANGO: {"id", "app", "name", "applied"},
    FLYWAY: {"installed_rank", "version", "script", "checksum", "success"},
    "goose": {"version_id", "is_applied"},
    "Ecto": {"version", "inserted_at"},
    "sqlx": {"version", "success", "execution_time"},
    "dbmate or Rails": {"version"},
}
"""By which columns a table is known; the first that has them all is it."""


@dataclass(frozen=True, slots=True)
class Row:
    """golang-migrate's one row. `problem` is why it can't be taken as one; `empty` where there is none."""

    version: int = NO_VERSION
    dirty: bool = False
    rows: int = 0
    problem: str = ""


def tool_of(columns: Sequence[str]) -> str:
    """Whose table has these columns; "" for one that nobody is known for."""
    return next((tool for tool, needs in COLUMNS.items() if needs <= set(columns)), "")


def wrong_table(where: str, wanted: str, columns: Sequence[str]) -> str:
    """Why this is not the table of the declared migrator; "" where it is."""
    found = tool_of(columns)
    if found == wanted:
        return ""
    here = (
        f"it looks like that of {found}" if found else f"it has the columns {', '.join(columns) or '(none)'}"
    )
    return f"{where} is not a table of {wanted}: {here}. See `tool` and `table` of the database"


def missing_table(where: str, others: Sequence[str]) -> str:
    near = f"there is {', '.join(others)}" if others else "no other table of a migrator is there either"
    return f"there is no table {where}: {near}. See `schema` and `table` of the database"


def row_of(where: str, rows: Sequence[tuple[str | None, object]], count: int) -> Row:
    """What the rows mean, given as text. golang-migrate keeps one, or none where no migration was ever done."""
    if count > 1:
        listed = ", ".join(str(version) for version, _ in rows[:3])
        return Row(
            rows=count,
            problem=f"{where} has {count} rows ({listed}, …), and must have one: which one counts, nobody can tell",
        )
    if not rows:
        return Row()
    version, dirty = rows[0]
    if version is None or not isinstance(dirty, bool):
        what = "version" if version is None else "dirty"
        return Row(rows=1, problem=f"{where} has a row whose {what} says nothing: no migrator wrote this")
    if not re.fullmatch(r"-?[0-9]+", version):
        return Row(
            rows=1,
            problem=f"{where} says version {version[:40]!r}, which is no number: no migrator wrote this",
        )
    if len(version.lstrip("-")) >= 20 or int(version) > MOST_STORED:
        return Row(
            rows=1,
            dirty=dirty,
            problem=f"{where} says version {version}, which is more than 64 bits hold: no migrator wrote this",
        )
    if int(version) < NO_VERSION:
        return Row(
            rows=1, dirty=dirty, problem=f"{where} says version {version}, which no migration can have"
        )
    return Row(int(version), dirty, rows=1)
