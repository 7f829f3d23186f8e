"""People, teams, rotations and who takes them over, as rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from tocsin.core.people import Person
from tocsin.core.schedule import Override, Rotation
from tocsin.store.pool import Connection
from tocsin.store.sql import queries

SQL = queries(__file__)


@dataclass(frozen=True, slots=True)
class Directory:
    """Everybody, as of one version of the roster.

    `on_call_outside` is who a pager that a team keeps says is on call, in its schedule `outside`; None where there is none. `overrides` are those that had
    not ended when it was read.
    """

    version: int
    people: dict[str, Person]
    teams: dict[str, tuple[str, ...]]
    rotations: tuple[Rotation, ...]
    on_call_outside: tuple[str, ...] | None = None
    overrides: tuple[Override, ...] = ()
    outside: str = ""


async def version(conn: Connection) -> int:
    number: int = await conn.fetchval(SQL["version"])
    return number


async def directory(conn: Connection, now: datetime) -> Directory:
    number = await version(conn)
    people = [
        Person(
            row["handle"],
            row["name"],
            row["email"],
            row["slack_id"],
            tuple(row["rights"]),
            row["github"],
            row["zone"],
            row["hours"],
        )
        for row in await conn.fetch(SQL["people"])
    ]
    teams = {row["name"]: tuple(row["members"]) for row in await conn.fetch(SQL["teams"])}
    rotations = tuple(
        Rotation(row["name"], row["team"], row["zone"], row["first_handoff"], tuple(row["participants"]))
        for row in await conn.fetch(SQL["rotations"])
    )
    outside = await conn.fetchrow(SQL["on_call_outside"])
    on_call, source = (tuple(outside["people"]), outside["source"]) if outside else (None, "")
    overrides = tuple(Override(**dict(row)) for row in await conn.fetch(SQL["overrides"], now))
    everybody = {person.handle: person for person in people}
    return Directory(number, everybody, teams, rotations, on_call, overrides, source)


async def save_person(conn: Connection, person: Person, now: datetime) -> None:
    await conn.execute(
        SQL["save_person"],
        person.handle,
        person.name,
        person.email,
        person.slack_id,
        list(person.rights),
        now,
        person.github,
        person.zone,
        person.hours,
    )
    await conn.execute(SQL["bump"])


async def set_slack_id(conn: Connection, handle: str, slack_id: str) -> None:
    await conn.execute(SQL["set_slack_id"], handle, slack_id)
    await conn.execute(SQL["bump"])


async def delete_person(conn: Connection, handle: str) -> None:
    await conn.execute(SQL["delete_person"], handle)
    await conn.execute(SQL["bump"])


async def save_on_call_outside(
    conn: Connection, source: str, handles: tuple[str, ...], now: datetime
) -> None:
    """What an outside schedule says; every node hears of it only where it changed."""
    if await conn.fetchval(SQL["save_on_call_outside"], source, list(handles), now):
        await conn.execute(SQL["bump"])


async def forget_on_call_outside(conn: Connection) -> None:
    """The outside schedule counts no longer."""
    if await conn.fetchval(SQL["forget_on_call_outside"]):
        await conn.execute(SQL["bump"])


async def save_team(conn: Connection, name: str, members: tuple[str, ...]) -> None:
    await conn.execute(SQL["save_team"], name, list(members))
    await conn.execute(SQL["bump"])


async def save_rotation(conn: Connection, rotation: Rotation) -> None:
    await conn.execute(
        SQL["save_rotation"],
        rotation.name,
        rotation.team,
        rotation.zone,
        rotation.first_handoff,
        list(rotation.participants),
    )
    await conn.execute(SQL["bump"])


async def add_override(conn: Connection, one: Override) -> Override:
    """Add it under a number of its own; the one that was given does not count."""
    given = (one.schedule, one.person, one.starts_at, one.ends_at, one.made_by, one.made_at)
    id: int = await conn.fetchval(SQL["add_override"], *given)
    await conn.execute(SQL["bump"])
    return replace(one, id=id)
