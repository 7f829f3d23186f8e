"""The doctor: everything that is to be known of a dirty schema, in one READ ONLY transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from tocsin.core.schema.examination import Examination
from tocsin.core.schema.examining import Around, Asked, Read, examine, files_for, past_files
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
            return examine(asked, row, found, Read(), Around())
        each = place.declared.multi_statement
        # Telling hundreds of files apart takes a second, for which nobody else has to wait.
        past = await asyncio.to_thread(past_files, row, found, one_by_one=each)
        read = Read(files_for(row, found, asked.to, one_by_one=each), past)
        read = replace(read, catalogue=await catalogue.read(conn, read.names() | {place.declared.table}))
        texts = [found.texts[one.file] for one in read.files if one.file]
        tables = {name for one in read.files for name in one.names()} | {place.declared.table}
        who = await activity.around(conn, place, texts, tables)
        server = await conn.fetchrow(questions.AROUND)
        assert server is not None
        notes = (*((BETWEEN,) if between else ()), *((A_COPY,) if server["is_copy"] else ()))
        return await asyncio.to_thread(
            examine, asked, row, found, read, replace(who, warnings=(*who.warnings, *notes))
        )
