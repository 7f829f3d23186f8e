"""The doctor for databases of Alembic, Django and Flyway: their table, their files, who works there. Nothing can be written here."""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.core.schema import alembic, django, flyway
from tocsin.core.schema.examination import Script, item
from tocsin.core.schema.examining import Asked
from tocsin.core.schema.files import UP
from tocsin.core.schema.script import judged, parsed
from tocsin.core.schema.standing import Standing
from tocsin.core.schema.version_table import ALEMBIC, DJANGO
from tocsin.integrations.schema import activity, catalogue, table
from tocsin.integrations.schema.connecting import Connection, Place, looking


async def standing(place: Place, files: Mapping[str, str], asked: Asked) -> Standing:
    """What its migrator recorded, and what that means for the files."""
    blank = Standing(
        asked.database,
        place.declared.tool,
        asked.schema,
        asked.table,
        commit=asked.commit,
        backup_at=asked.backup_at,
    )
    async with looking(place) as (conn, _):
        _, problem = await table.columns_of(conn, place)
        if problem:
            return blank.but(problems=(problem,))
        found = await _of_tool(conn, place, files, blank)
        seen = await catalogue.read(conn, ())
        who = await activity.around(conn, place, files.values(), {place.declared.table})
        return found.but(
            live=who.live,
            others=who.others,
            invalid=tuple(
                f"{schema}.{name}" for (schema, name), one in seen.indexes.items() if not one.valid
            ),
            warnings=(*found.warnings, *who.warnings),
        )


async def _of_tool(conn: Connection, place: Place, files: Mapping[str, str], blank: Standing) -> Standing:
    name = table.table_name(place)
    if place.declared.tool == ALEMBIC:
        rows = await conn.fetch(f"SELECT version_num FROM {name}")  # noqa: S608 - a quoted name
        return alembic.standing(blank, [one["version_num"] for one in rows], files)
    if place.declared.tool == DJANGO:
        rows = await conn.fetch(f"SELECT app, name FROM {name}")  # noqa: S608
        return django.standing(blank, [(one["app"], one["name"]) for one in rows], files)
    words = f"SELECT coalesce(version, '') AS version, script, checksum, success FROM {name} ORDER BY installed_rank"  # noqa: S608
    history = [
        flyway.Row(one["version"], one["script"], one["checksum"], one["success"])
        for one in await conn.fetch(words)
    ]
    found = flyway.standing(blank, history, files)
    return found.but(script=await _failed_script(conn, found, files)) if found.failed else found


async def _failed_script(conn: Connection, found: Standing, files: Mapping[str, str]) -> Script | None:
    """How far Flyway's failed file got: it sends each statement by itself, in one transaction where it can."""
    name = found.failed[-1]
    text = next((text for path, text in files.items() if path.rpartition("/")[2] == name), None)
    if text is None:
        return None
    file = parsed(0, UP, name, text, one_by_one=True)
    seen = await catalogue.read(conn, file.names())
    return Script(0, UP, name, tuple(item(one) for one in judged(file, seen)), file.unreadable)
