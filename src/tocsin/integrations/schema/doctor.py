"""The doctor: everything that is to be known of a dirty schema, in one READ ONLY transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tocsin.core.schema.examination import Examination
from tocsin.core.schema.examining import Around, Asked, examine, files_for
from tocsin.core.schema.files import folder
from tocsin.integrations.schema import activity, catalogue, questions, table
from tocsin.integrations.schema.connecting import Place, looking

BETWEEN = (
    "something between us and the database (pgbouncer?) takes no settings: golang-migrate's lock may not hold behind it, "
    "and who works there may not be seen. Give the doctor the address of the server itself"
)
A_COPY = "this is a copy that follows another server: who works there, and what waits, is to be seen on that one only"


async def doctor(place: Place, files: Mapping[str, str], asked: Asked) -> Examination:
    """What the database says of its migrations, and of what they left. Nothing can be written here."""
    found = folder(files)
    async with looking(place) as (conn, between):
        row = await table.row(conn, place)
        if row.problem:
            return examine(asked, row, found, (), catalogue.EMPTY, Around())
        about = files_for(row, found, asked.to, one_by_one=place.declared.multi_statement)
        names = {name for one in about for name in one.names()} | {place.declared.table}
        seen = await catalogue.read(conn, names)
        texts = [found.texts[one.file] for one in about if one.file]
        who = await activity.around(conn, place, texts, names)
        server = await conn.fetchrow(questions.AROUND)
        assert server is not None
        notes = (*((BETWEEN,) if between else ()), *((A_COPY,) if server["is_copy"] else ()))
        return examine(asked, row, found, about, seen, replace(who, warnings=(*who.warnings, *notes)))
