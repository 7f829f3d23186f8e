"""Schedules with all that bears on them, as rows. An edit adds a version, an end is set once: nothing that was is changed."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import structlog

from tocsin.core.oncall.absences import ended_by, seen_from
from tocsin.core.oncall.model import (
    BEGINNING,
    Absence,
    Booked,
    Change,
    Layer,
    Override,
    Plan,
    Schedule,
    Shadow,
    Version,
)
from tocsin.core.oncall.named import calendars_in, people_in
from tocsin.core.oncall.written import Known, plan_of
from tocsin.errors import Invalid
from tocsin.store.pool import Connection
from tocsin.store.sql import queries

SQL = queries(__file__)
AT_ONCE: Final = 200
"""How many schedules are read before the event loop gets its turn."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Kept:
    """A schedule with what only its keeping needs: the version that an edit has to expect, and where Slack shows it.

    `ended_at`: it was deleted then; what was before stays.
    """

    schedule: Schedule
    version: int
    slack_group: str = ""
    slack_channel: str = ""
    ended_at: datetime | None = None

    @property
    def id(self) -> str:
        return self.schedule.id


async def lock_roster(conn: Connection) -> int:
    """The roster's version; until the transaction's end nobody else changes the roster or any schedule."""
    number: int = await conn.fetchval(SQL["lock_roster"])
    return number


async def changed_after(conn: Connection, number: int, since: datetime) -> dict[str, Kept]:
    """The schedules that changed after that version of the roster, with all that bears on them from `since` on."""
    return await _read(conn, await conn.fetch(SQL["heads"], number), since)


async def whole(conn: Connection, ids: Sequence[str], since: datetime) -> dict[str, Kept]:
    """These schedules, with all that bears on them from `since` on."""
    return await _read(conn, await conn.fetch(SQL["heads_of"], list(ids)), since)


async def _read(conn: Connection, heads: Sequence[Any], since: datetime) -> dict[str, Kept]:
    if not heads:
        return {}
    ids = [row["id"] for row in heads]
    versions = _by_schedule(await conn.fetch(SQL["versions"], ids, since))
    overrides = _by_schedule(await conn.fetch(SQL["overrides"], ids, since))
    shadows = _by_schedule(await conn.fetch(SQL["shadows"], ids, since))
    absences = _by_person(await conn.fetch(SQL["absences"], None, since))
    calendars = await events_of(conn, _calendars(versions), since)
    found: dict[str, Kept] = {}
    for n, head in enumerate(heads):
        if n % AT_ONCE == AT_ONCE - 1:
            await asyncio.sleep(0)
        id = head["id"]
        plans = _versions(id, versions[id], calendars, since)
        schedule = Schedule(
            id,
            head["name"],
            head["team"],
            plans,
            tuple(override_of(row) for row in overrides[id]),
            _absences(plans, absences),
            tuple(_shadow(row) for row in shadows[id]),
        )
        found[id] = Kept(
            schedule, head["version"], head["slack_group"], head["slack_channel"], head["ended_at"]
        )
    return found


def _versions(
    id: str, rows: Sequence[Any], calendars: Mapping[str, tuple[Booked, ...]], since: datetime
) -> tuple[Version, ...]:
    found = tuple(
        Version(row["since"], _plan(id, row["plan"], row["teams"], calendars), row["number"]) for row in rows
    )
    if not found:
        return ()
    first = found[0]
    if first.since <= since:  # Those before it, which nobody asks about, were left out.
        return (replace(first, since=BEGINNING), *found[1:])
    # Before a schedule was made it had nobody.
    return (Version(BEGINNING, Plan(first.plan.zone), 0), *found)


def _plan(
    id: str, doc: Any, teams: Mapping[str, Sequence[str]], calendars: Mapping[str, tuple[Booked, ...]]
) -> Plan:
    members = {name: tuple(handles) for name, handles in teams.items()}
    try:
        return plan_of(doc, Known(None, members, calendars))
    except Invalid as why:
        # One row that can't be read must not stop all others; its gap is told of.
        log.error("a schedule's plan can't be read: nobody is on call by it", schedule=id, why=why.message)
        return Plan("UTC", (Layer("unreadable"),))


def _absences(plans: Sequence[Version], absences: Mapping[str, Sequence[Any]]) -> tuple[Absence, ...]:
    named = {handle for version in plans for handle in people_in(version.plan)}
    found = [_absence(plans, row) for handle in named for row in absences.get(handle, ())]
    return tuple(sorted((one for one in found if one), key=lambda one: one.id))


def _absence(plans: Sequence[Version], row: Any) -> Absence | None:
    absence, ended_at = absence_of(row), row["cancelled_at"]
    if ended_at is not None:
        absence = ended_by(absence, ended_at, _zone_at(plans, ended_at))
    return seen_from(absence, row["made_at"], _zone_at(plans, row["made_at"]))


def _zone_at(plans: Sequence[Version], at: datetime) -> str:
    """The zone by which a day was told then: another one later moves nothing that was."""
    return next((one.plan.zone for one in reversed(plans) if one.since <= at), "UTC")


async def add_override(conn: Connection, schedule: str, one: Override) -> int:
    """Keep it, under a number of its own."""
    id: int = await conn.fetchval(
        SQL["add_override"],
        schedule,
        one.change.value,
        list(one.people),
        one.instead_of,
        one.start,
        one.end,
        one.reason,
        one.made_by,
        one.made_at,
    )
    return id


def override_of(row: Any) -> Override:
    return Override(
        row["id"],
        Change(row["change"]),
        tuple(row["people"]),
        row["starts_at"],
        row["ends_at"],
        row["instead_of"],
        row["made_by"],
        row["made_at"],
        row["reason"],
    )


def _shadow(row: Any) -> Shadow:
    return Shadow(row["person"], row["starts_at"], row["ends_at"], row["of"], row["id"])


def absence_of(row: Any) -> Absence:
    return Absence(row["person"], *_ends(row), row["reason"], row["id"])


def _ends(row: Any) -> tuple[datetime | date, datetime | date]:
    return row["starts_at"] or row["start_day"], row["ends_at"] or row["end_day"]


async def absences_now(conn: Connection, now: datetime) -> list[Absence]:
    """Those that may hold at `now`: a day of some zone lies within 14 hours of one in UTC."""
    return [absence_of(row) for row in await conn.fetch(SQL["absences_listed"], "", now, now)]


def written_ends(one: Absence | Booked) -> list[datetime | date | None]:
    """Both ends as the columns hold them: starts_at, start_day, ends_at, end_day."""
    ends: list[datetime | date | None] = []
    for at in (one.start, one.end):
        ends += [at, None] if isinstance(at, datetime) else [None, at]
    return ends


def _by_schedule(rows: Sequence[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row["schedule"]].append(row)
    return found


def _by_person(rows: Sequence[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row["person"]].append(row)
    return found


def _calendars(versions: Mapping[str, Sequence[Any]]) -> list[str]:
    names = {name for rows in versions.values() for row in rows for name in calendars_in(row["plan"])}
    return sorted(names)


async def events_of(conn: Connection, names: Sequence[str], since: datetime) -> dict[str, tuple[Booked, ...]]:
    """What the calendars of these names book, by their names; one that is not there books nothing."""
    found: dict[str, list[Booked]] = {name: [] for name in names}
    if names:
        for row in await conn.fetch(SQL["events"], list(names), since):
            found[row["calendar"]].append(Booked(tuple(row["people"]), *_ends(row), row["uid"]))
    return {name: tuple(events) for name, events in found.items()}


async def calendar_names(conn: Connection) -> list[str]:
    return [row["name"] for row in await conn.fetch(SQL["calendars_named"])]


async def save_head(conn: Connection, kept: Kept, changed: int) -> None:
    one = kept.schedule
    await conn.execute(
        SQL["save_head"],
        one.id,
        one.name,
        one.team,
        kept.slack_group,
        kept.slack_channel,
        kept.version,
        kept.ended_at,
        changed,
    )


async def touch(conn: Connection, ids: Sequence[str], changed: int) -> None:
    """Have every node read these schedules anew, once the roster has that version."""
    await conn.execute(SQL["touch"], list(ids), changed)


async def add_version(
    conn: Connection,
    schedule: str,
    number: int,
    since: datetime,
    plan: Mapping[str, Any],
    teams: Mapping[str, Sequence[str]],
    made_by: str,
    now: datetime,
) -> None:
    """Add a plan that holds from `since` on; those that were to begin then or later are dropped."""
    await conn.execute(SQL["drop_versions"], schedule, since, now)
    await conn.execute(SQL["add_version"], schedule, number, since, plan, teams, made_by, now)


HORIZON: Final = timedelta(days=40)
"""How far back each node's copy reaches: a month's report, and some. Older windows are read from the rows."""


def horizon(now: datetime) -> datetime:
    return (now - HORIZON).astimezone(UTC)
