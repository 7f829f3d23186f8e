"""People and teams as rows, and the copy of the whole roster that each node keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from tocsin.core.contacts import quiet_of
from tocsin.core.oncall.model import BEGINNING, Schedule
from tocsin.core.people import Person
from tocsin.store import contacts, oncall, policies
from tocsin.store.oncall import Kept
from tocsin.store.policies import KeptPolicy
from tocsin.store.pool import Connection
from tocsin.store.sql import queries

SQL = queries(__file__)


@dataclass(frozen=True, slots=True)
class Directory:
    """Everybody, as of one version of the roster.

    `kept` are the schedules by their ids, those that were deleted too, with what bears on them from `horizon` on. `on_call_outside` is
    who a pager that a team keeps says is on call, in its schedule `outside`; None where there is none.
    """

    version: int
    people: dict[str, Person]
    teams: dict[str, tuple[str, ...]]
    kept: Mapping[str, Kept] = field(default_factory=dict)
    on_call_outside: tuple[str, ...] | None = None
    outside: str = ""
    horizon: datetime = BEGINNING
    schedules: tuple[Schedule, ...] = ()
    """Those that were not deleted, by their ids."""
    pagers: Mapping[str, str] = field(default_factory=dict)
    """The pagers that teams say they keep."""
    policies: Mapping[str, KeptPolicy] = field(default_factory=dict)
    """The escalation policies that were not deleted, by their ids."""

    @property
    def names(self) -> dict[str, str]:
        """What everybody is called, by their handles."""
        return {handle: one.name for handle, one in self.people.items()}


async def version(conn: Connection) -> int:
    number: int = await conn.fetchval(SQL["version"])
    return number


async def directory(conn: Connection, now: datetime, known: Directory | None = None) -> Directory:
    """Everybody. `known` is an older copy: of the schedules only those are read that changed since."""
    number = await version(conn)
    if known and known.version > number:
        known = None  # Another database than before: one that was restored.
    methods, rules = await contacts.of_everybody(conn)
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
            tuple(row["notices"]),
            methods.get(row["handle"], ()),
            rules.get(row["handle"], {}),
            quiet_of(row["quiet"]),
        )
        for row in await conn.fetch(SQL["people"])
    ]
    rows = await conn.fetch(SQL["teams"])
    teams = {row["name"]: tuple(row["members"]) for row in rows}
    pagers = {row["name"]: row["pager"] for row in rows if row["pager"]}
    horizon = oncall.horizon(now)
    changed = await oncall.changed_after(conn, known.version if known else 0, horizon)
    kept = dict(sorted({**(known.kept if known else {}), **changed}.items()))
    outside = await conn.fetchrow(SQL["on_call_outside"])
    on_call, source = (tuple(outside["people"]), outside["source"]) if outside else (None, "")
    everybody = {person.handle: person for person in people}
    live = tuple(one.schedule for one in kept.values() if one.ended_at is None)
    escalation = await policies.all_of(conn, known.policies if known else {})
    return Directory(number, everybody, teams, kept, on_call, source, horizon, live, pagers, escalation)


async def save_person(conn: Connection, person: Person, now: datetime) -> Person:
    """As it is kept: what they chose to be told of stays."""
    notices: list[str] = await conn.fetchval(
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
    return replace(person, notices=tuple(notices))


async def set_slack_id(conn: Connection, handle: str, slack_id: str) -> None:
    await conn.execute(SQL["set_slack_id"], handle, slack_id)
    await conn.execute(SQL["bump"])


async def set_notices(conn: Connection, handle: str, notices: Sequence[str]) -> None:
    await conn.execute(SQL["set_notices"], handle, list(notices))
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


async def set_pager(conn: Connection, team: str, pager: str) -> None:
    """Which pager that team keeps; "": it says nothing of it."""
    await conn.execute(SQL["set_pager"], team, pager)
    await conn.execute(SQL["bump"])


async def bump(conn: Connection) -> None:
    """Every node drops its copy of the roster."""
    await conn.execute(SQL["bump"])
