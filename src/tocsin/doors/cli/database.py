"""`tocsin db …`: the database's schema, backups, and whether its history holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tocsin.doors.cli.house import Data, programs, with_database, with_house
from tocsin.doors.cli.words import AsJson, say, say_json, table

if TYPE_CHECKING:
    from tocsin.acts.house import House
    from tocsin.settings import Settings
    from tocsin.store.migrate import Migration

app = typer.Typer(help="The database: status, migrations, backups.", no_args_is_help=True)


@app.command()
def status(data: Data = None, as_json: AsJson = False) -> None:
    """Show where the database is and which migrations it has."""

    def look(settings: Settings, dsn: str) -> tuple[str, list[Migration]]:
        import asyncio

        from tocsin.store.pool import place

        return place(dsn), asyncio.run(_status(dsn))

    where, steps = with_database(data, look)
    if as_json:
        applied = [
            {"migration": str(s), "applied_at": s.applied_at and s.applied_at.isoformat()} for s in steps
        ]
        say_json({"database": where, "migrations": applied})
        return
    say(f"Database: {where}")
    rows = [
        (str(step), f"{step.applied_at:%Y-%m-%d %H:%M} UTC" if step.applied_at else "to come")
        for step in steps
    ]
    say(table(("MIGRATION", "APPLIED"), rows))


@app.command()
def migrate(data: Data = None) -> None:
    """Bring the database up to this version; makes an embedded one where there is none."""
    import asyncio

    done = with_database(data, lambda settings, dsn: asyncio.run(_migrate(settings, dsn)), may_make=True)
    say("\n".join(f"Applied {step}." for step in done) or "The database is up to date.")


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="Where to write it.")], data: Data = None) -> None:
    """Write the whole database into one file. Tocsin may go on running."""
    from tocsin.store.backup import backup as write

    written = with_database(data, lambda settings, dsn: write(dsn, programs(settings), file))
    say(f"Backed up to {written} ({written.stat().st_size:,} bytes).")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `tocsin db backup` wrote.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Lose what is in the database now.")] = False,
    data: Data = None,
) -> None:
    """Fill an empty database from a backup: whole, or not at all."""
    from tocsin.store.backup import restore as read

    with_database(
        data,
        lambda settings, dsn: read(dsn, programs(settings), file, overwrite=overwrite),
        may_make=True,
    )
    say(f"Restored from {file}. If this Tocsin is newer, run `tocsin db migrate`.")


@app.command()
def rebuild(data: Data = None) -> None:
    """Make every incident's row and duties anew from its facts."""
    from tocsin.acts import rebuild as acts

    say(f"Rebuilt {with_house(data, acts.rebuild)} incidents.")


@app.command()
def verify(data: Data = None) -> None:
    """Check that no history was changed. Ends with 1 where one was."""
    from tocsin.acts import rebuild as acts

    async def look(house: House) -> list[acts.Broken]:
        return await acts.verify(house)

    broken = with_house(data, look)
    for one in broken:
        typer.echo(f"{one.ref}: the history does not add up from fact {one.n} on", err=True)
    if broken:
        raise typer.Exit(1)
    say("Every history holds.")


async def _status(dsn: str) -> list[Migration]:
    from tocsin.store.migrate import status as migrations
    from tocsin.store.pool import open_pool

    pool = await open_pool(dsn, min_size=1, max_size=1)
    try:
        async with pool.acquire() as conn:
            return await migrations(conn)
    finally:
        await pool.close()


async def _migrate(settings: Settings, dsn: str) -> list[Migration]:
    from tocsin.clock import clock_from
    from tocsin.store.migrate import migrate as bring_up
    from tocsin.store.pool import open_pool

    pool = await open_pool(dsn, min_size=1, max_size=1)
    try:
        async with pool.acquire() as conn:
            return await bring_up(conn, clock_from(settings.clock).now())
    finally:
        await pool.close()
