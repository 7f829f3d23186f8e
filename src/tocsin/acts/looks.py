"""Reading: what pages, commands and integrations show. Nothing here changes an incident."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tocsin.acts.house import House
from tocsin.acts.oncall.who import OnCall as OnCall
from tocsin.acts.oncall.who import on_call as on_call
from tocsin.acts.process import handbook_of
from tocsin.acts.roster import directory, roster_at
from tocsin.core.duties import Duty, ledger
from tocsin.core.facts import TOCSIN
from tocsin.core.folding import fold
from tocsin.core.handbook import Handbook
from tocsin.core.incident import CLOSED, DISMISSED, OPEN, RESOLVED, Incident
from tocsin.core.oncall.wall import wall
from tocsin.core.people import Roster
from tocsin.errors import NotFound
from tocsin.store import access as access_rows
from tocsin.store import incidents as rows
from tocsin.store import works as work_rows
from tocsin.store.oncall import absences_now
from tocsin.store.works import HeldUp, Waiting

STATUSES = (OPEN, RESOLVED, DISMISSED, CLOSED)


@dataclass(frozen=True, slots=True)
class View:
    """One incident with its handbook and ledger at `now`, and what has not gone out yet."""

    incident: Incident
    handbook: Handbook
    ledger: list[Duty]
    now: datetime
    waiting: list[Waiting]


@dataclass(frozen=True, slots=True)
class Row:
    """An incident in a list. `owed` counts its open duties, `next_due_at` is the earliest of them."""

    id: int
    ref: str
    title: str
    kind: str
    severity: str
    status: str
    owner: str
    started_at: datetime
    ended_at: datetime | None
    closed_at: datetime | None
    next_update_at: datetime | None
    next_due_at: datetime | None
    owed: int


@dataclass(frozen=True, slots=True)
class Owed:
    """One duty that is owed, in a list over all incidents."""

    ref: str
    incident: str
    id: str
    title: str
    owes: tuple[str, ...]
    due_at: datetime


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry of the ops log. Times are UTC."""

    ref: str
    title: str
    kind: str
    owner: str
    started_at: datetime
    ended_at: datetime | None
    written_at: datetime
    written_by: str
    impact: str
    detection: str
    cause: str
    resolution: str
    links: tuple[str, ...]


async def case(house: House, ref: str, viewer: str) -> View:
    """One incident, whole. NotFound if there is none of that ref that `viewer` (a handle; "" is nobody of ours) may know of."""
    async with house.pool.acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        head = await rows.find(conn, ref.upper())
        if head is None:
            raise NotFound(f"There is no incident {ref}", field="ref")
        incident = fold(await rows.load(conn, head))
        if viewer != TOCSIN and not incident.may_be_known_to(viewer):
            raise NotFound(f"There is no incident {ref}", field="ref")
        handbook = await handbook_of(house, conn, incident.handbook)
        waiting = await work_rows.waiting(conn, head.id)
    now = house.clock.now()
    return View(incident, handbook, ledger(incident, handbook, now), now, waiting)


async def incidents(
    house: House, viewer: str, *, statuses: Sequence[str] = STATUSES, before: int = 0, limit: int = 50
) -> list[Row]:
    """Incidents in these states that `viewer` may know of, newest first; `before` is the id of the last one seen, to go on after it."""
    found = await house.pool.fetch(rows.SQL["list"], list(statuses), before, limit, viewer)
    return [Row(**dict(row)) for row in found]


async def open_incidents(house: House, viewer: str) -> list[Row]:
    """Those that are open, newest first; at most 100."""
    return await incidents(house, viewer, statuses=(OPEN,), limit=100)


async def owed(house: House, viewer: str, person: str = "", limit: int = 200) -> list[Owed]:
    """What is owed now over all incidents, or by one person; the most urgent first."""
    found = await house.pool.fetch(rows.SQL["owed"], person, limit, viewer)
    return [
        Owed(row["ref"], row["incident"], row["id"], row["title"], tuple(row["owes"]), row["due_at"])
        for row in found
    ]


async def busy(house: House, viewer: str, but: str = "") -> dict[str, tuple[str, ...]]:
    """What keeps each person busy beside the incident `but`, in words; of one that `viewer` may not know of, no more than that."""
    found = await house.pool.fetch(rows.SQL["busy"], but.upper(), viewer)
    words: dict[str, tuple[str, ...]] = {}
    for row in found:
        where = row["ref"] or "another incident"
        what = f"owns {where}" if row["owns"] else f"has work to do for {where}"
        words[row["person"]] = tuple(dict.fromkeys((*words.get(row["person"], ()), what)))
    for person, away in (await _away(house)).items():
        words[person] = (*away, *words.get(person, ()))
    return words


async def _away(house: House) -> dict[str, tuple[str, ...]]:
    """Who is away now by what they entered, in words; whole days are those of their own zone."""
    now = house.clock.now()
    async with house.pool.acquire() as conn:
        people = (await directory(house, conn)).people
        found = await absences_now(conn, now)
    words: dict[str, tuple[str, ...]] = {}
    for one in found:
        clock = wall(people[one.person].zone or "UTC") if one.person in people else None
        if clock and clock.instant_of(one.start) <= now < clock.instant_of(one.end):
            end = f"{one.end:%Y-%m-%d %H:%M} UTC" if isinstance(one.end, datetime) else f"{one.end:%Y-%m-%d}"
            words[one.person] = (f"is away until {end}",)
    return words


async def incident_of_thread(house: House, channel: str, message: str) -> str | None:
    """The ref of the incident whose thread hangs on that message of the chat."""
    ref: str | None = await house.pool.fetchval(rows.SQL["by_thread"], channel, message)
    return ref


async def incident_of_talk(house: House, channel: str, message: str) -> str | None:
    """The ref of the incident that is talked about there: whose thread it is, or whose own channel."""
    found = await incident_of_thread(house, channel, message) if message else None
    if found:
        return found
    ref: str | None = await house.pool.fetchval(rows.SQL["by_channel"], channel)
    return ref


async def incident_of_conversation(
    house: House, source: str, addresses: Sequence[str], *, statuses: Sequence[str] = (OPEN,)
) -> str | None:
    """The ref of the incident (by default an open one) one of whose reports has one of these addresses, or whose public post has."""
    ref: str | None = await house.pool.fetchval(
        rows.SQL["by_conversation"], source, list(addresses), list(statuses)
    )
    return ref


async def incident_of_issue(house: House, repository: str, number: int) -> str | None:
    """The ref of the incident whose public issue that is."""
    ref: str | None = await house.pool.fetchval(rows.SQL["by_issue"], repository, str(number))
    return ref


async def incident_of_report(house: House, report: str) -> str | None:
    """The ref of the incident that a report is part of now."""
    ref: str | None = await house.pool.fetchval(rows.SQL["by_report"], rows.number_of(report))
    return ref


async def follow_up_of_issue(house: House, repository: str, number: int) -> tuple[str, str] | None:
    """(ref, follow-up) of the follow-up that stands as that issue; None where there is none."""
    row = await house.pool.fetchrow(rows.SQL["follow_up_by_issue"], repository, str(number))
    return (row["ref"], row["follow_up"]) if row else None


async def report_of_token(house: House, token: str) -> tuple[str, str]:
    """(ref, report id) of a status page's token. NotFound if it is nobody's."""
    row = await house.pool.fetchrow(rows.SQL["by_token"], token)
    if row is None:
        raise NotFound("This status page does not exist. Check the link that you were given")
    return row["ref"], f"R{row['report']}"


async def event_is_new(house: House, source: str, event_id: str) -> bool:
    """Remember an event of a service; False if it was seen before (services send some twice)."""
    return await access_rows.event_is_new(house.pool, source, event_id, house.clock.now())


async def event_was_seen(house: House, source: str, event_id: str) -> bool:
    """Whether this event of a service was remembered; for those who remember one only when it was dealt with."""
    return bool(await house.pool.fetchval(access_rows.SQL["event_was_seen"], source, event_id))


async def roster(house: House) -> Roster:
    async with house.pool.acquire() as conn:
        return await roster_at(house, conn, house.clock.now())


async def ops_log(house: House, viewer: str, limit: int = 1000) -> list[LogEntry]:
    """The ops log, newest incident first."""
    return [_entry(row) for row in await house.pool.fetch(rows.SQL["ops_log"], limit, viewer)]


def _entry(row: Any) -> LogEntry:
    data = row["data"]
    return LogEntry(
        ref=row["ref"],
        title=row["title"],
        kind=row["kind"],
        owner=row["owner"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        written_at=row["at"],
        written_by=row["by"],
        impact=data["impact"],
        detection=data["detection"],
        cause=data["cause"],
        resolution=data["resolution"],
        links=tuple(data["links"]),
    )


@dataclass(frozen=True, slots=True)
class Counts:
    """How many incidents there are by status, and how many works wait to go out."""

    incidents: dict[str, int]
    works: int


async def counts(house: House) -> Counts:
    incidents = dict.fromkeys(STATUSES, 0)
    async with house.pool.acquire() as conn:
        incidents |= {row["status"]: row["many"] for row in await conn.fetch(rows.SQL["counts"])}
        works = sum(row["many"] for row in await conn.fetch(work_rows.SQL["counts"]))
    return Counts(incidents, works)


async def held_up(house: House) -> list[HeldUp]:
    """The services that do not answer: what waits for each, since when and why."""
    async with house.pool.acquire() as conn:
        return await work_rows.held_up(conn)
