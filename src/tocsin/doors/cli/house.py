"""The house, for an admin at the machine itself: on the database of a running Tocsin, or on one that is started for the moment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from tocsin.errors import Conflict, NotFound

if TYPE_CHECKING:
    import asyncpg

    from tocsin.acts.house import House
    from tocsin.settings import Settings
    from tocsin.store.pg_bin import PgBin

T = TypeVar("T")
Data = Annotated[Path | None, typer.Option(help="Folder of the embedded database. [TOCSIN_DATA, data]")]


def with_house(data: Path | None, act: Callable[[House], Awaitable[T]], *, tells: bool = False) -> T:
    """Do one act in the house. Conflict, with what to do, where the database is behind the code.

    With `tells` people may hear of it: then the house knows the services by which they do, which takes a second to load.
    """
    settings = _settings(data)
    with database(settings) as dsn:
        import asyncio

        return asyncio.run(_in_house(settings, dsn, act, tells))


def with_database(data: Path | None, act: Callable[[Settings, str], T], *, may_make: bool = False) -> T:
    """Do something with the bare database. With `may_make` a folder without one gets one."""
    settings = _settings(data)
    with database(settings, may_make=may_make) as dsn:
        return act(settings, dsn)


@contextmanager
def database(settings: Settings, *, may_make: bool = False) -> Iterator[str]:
    """The address of the database: the one named, that of the Tocsin that runs on the folder, or one started for this block."""
    if settings.database_url:
        yield settings.database_url.get_secret_value()
        return
    from tocsin.store.pg_bin import cluster_major
    from tocsin.store.postgres import postgres_for

    if not may_make and cluster_major(settings.data / "postgres") is None:
        raise NotFound(
            f"There is no database in {settings.data.absolute()} yet: `tocsin serve` makes one, and so does"
            " `tocsin db migrate`. If it lies elsewhere, name the folder with --data or TOCSIN_DATA"
        )
    with postgres_for(settings.data, programs(settings), run_as=settings.pg_user or None) as dsn:
        yield dsn


def programs(settings: Settings) -> PgBin:
    """PostgreSQL's programs for this installation."""
    from tocsin.store.pg_bin import find_pg_bin

    return find_pg_bin(settings.pg_bin, None if settings.database_url else settings.data)


def _settings(data: Path | None) -> Settings:
    from tocsin.settings import read_settings

    return read_settings(data=data)


async def _in_house(settings: Settings, dsn: str, act: Callable[[House], Awaitable[T]], tells: bool) -> T:
    from tocsin.acts.building import make_house
    from tocsin.clock import clock_from
    from tocsin.store.pool import open_pool

    url = settings.public_url or f"http://{settings.host}:{settings.port}"
    pool = await open_pool(dsn, min_size=1, max_size=2)
    try:
        await _must_be_up_to_date(pool)
        house = await make_house(
            pool,
            clock_from(settings.clock),
            abilities=await _abilities(settings) if tells else frozenset(),
            public_url=url,
            handbook=settings.handbook,
        )
        house.gap_days = settings.oncall_gap_days
        return await act(house)
    finally:
        await pool.close()


async def _abilities(settings: Settings) -> frozenset[str]:
    """Nothing is sent from here; but what an act has people told is planned for the services by which they hear."""
    from tocsin.integrations import abilities_of, connect_all

    links = connect_all(settings)
    for link in links:
        await link.aclose()
    return abilities_of(links)


async def _must_be_up_to_date(pool: asyncpg.Pool) -> None:
    from tocsin.store.migrate import status

    async with pool.acquire() as conn:
        to_come = [str(step) for step in await status(conn) if step.applied_at is None]
    if to_come:
        raise Conflict(
            f"The database is behind this version of Tocsin; it lacks {', '.join(to_come)}. Back it up with"
            " `tocsin db backup FILE`, then run `tocsin db migrate`"
        )
