"""People, teams and rotations as rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tocsin.core.people import Person
from tocsin.core.schedule import Rotation
from tocsin.store.pool import Connection
from tocsin.store.sql import queries

SQL = queries(__file__)


@dataclass(frozen=True, slots=True)
class Directory:
    """Everybody, as of one version of the roster."""

    version: int
    people: dict[str, Person]
    teams: dict[str, tuple[str, ...]]
    rotations: tuple[Rotation, ...]


async def version(conn: Connection) -> int:
    number: int = await conn.fetchval(SQL["version"])
    return number


async def directory(conn: Connection) -> Directory:
    number = await version(conn)
    people = [
        Person(row["handle"], row["name"], row["email"], row["slack_id"], tuple(row["rights"]))
        for row in await conn.fetch(SQL["people"])
    ]
    teams = {row["name"]: tuple(row["members"]) for row in await conn.fetch(SQL["teams"])}
    rotations = tuple(
        Rotation(row["name"], row["team"], row["zone"], row["first_handoff"], tuple(row["participants"]))
        for row in await conn.fetch(SQL["rotations"])
    )
    return Directory(number, {person.handle: person for person in people}, teams, rotations)


async def save_person(conn: Connection, person: Person, now: datetime) -> None:
    await conn.execute(
        SQL["save_person"],
        person.handle,
        person.name,
        person.email,
        person.slack_id,
        list(person.rights),
        now,
    )
    await conn.execute(SQL["bump"])


async def set_slack_id(conn: Connection, handle: str, slack_id: str) -> None:
    await conn.execute(SQL["set_slack_id"], handle, slack_id)
    await conn.execute(SQL["bump"])


async def delete_person(conn: Connection, handle: str) -> None:
    await conn.execute(SQL["delete_person"], handle)
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
