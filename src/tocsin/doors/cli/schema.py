"""`tocsin schema …`: what a declared database's migrations left. It needs no incident, no running Tocsin and no database of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tocsin.doors.cli.words import AsJson, say, say_json

if TYPE_CHECKING:
    from tocsin.core.schema.examination import Examination
    from tocsin.core.schema.standing import Standing

app = typer.Typer(help="Databases with migrations: what is wrong with a dirty schema.", no_args_is_help=True)
Database = Annotated[str, typer.Argument(help="Its id in the file that TOCSIN_PROCEDURES names.")]


@app.command()
def doctor(database: Database, as_json: AsJson = False) -> None:
    """Examine a database's schema, and change nothing: what its migrator says, how far each statement went, who works there.

    To repair it, plan the procedure `repair-schema` in an incident.
    """
    import asyncio

    from tocsin.core.schema.examination import Examination
    from tocsin.core.schema.words import standing_told, told

    found = asyncio.run(_examine(database))
    if as_json:
        say_json(found.as_json())
    else:
        say("\n".join(told(found) if isinstance(found, Examination) else standing_told(found)))
    is_bad = found.dirty if isinstance(found, Examination) else bool(found.failed or found.unknown)
    if found.problems or is_bad:
        raise typer.Exit(1)


async def _examine(database: str) -> Examination | Standing:
    from tocsin.acts.schemas import examine
    from tocsin.integrations import hands_of
    from tocsin.settings import read_settings
    from tocsin.settings_procedures import declared_in

    settings = read_settings()
    hands = hands_of(settings, declared_in(settings), ("git", "schema"))
    try:
        return await examine(hands, database)
    finally:
        for one in hands.values():
            await one.aclose()
