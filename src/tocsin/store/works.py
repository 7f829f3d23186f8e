"""Works as rows: planned, claimed with a lease, and ended. One query claims; the attempt's number fences off stale workers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import asyncpg

from tocsin.core.plan_ways import way_of
from tocsin.core.work import THREAD_CARD, Work
from tocsin.store.claiming import Left
from tocsin.store.pool import Connection
from tocsin.store.sql import queries

SQL = queries(__file__)
NODES = 0x746F6373  # "tocs" in ASCII: the class of the advisory locks that living nodes hold.


@dataclass(frozen=True, slots=True)
class Claimed:
    """A work that this node holds for the length of its lease, at its `attempt`th try (from 1).

    It was to go out at `since`. It is for the incident `ref`, or where that is "" for the message of the inbox `message_id`, or for
    neither. A page to a device has the others in `also` that leave in one message with it; `batch` is that message, whose key is `sent_as` ("" for the work's own).
    """

    id: int
    incident_id: int | None
    message_id: int | None
    ref: str
    attempt: int
    work: Work
    since: datetime
    batch: int = 0
    sent_as: str = ""
    also: tuple[Claimed, ...] = ()

    @property
    def all(self) -> tuple[Claimed, ...]:
        """Itself and those that go along."""
        return (self, *self.also)

    @property
    def is_of_house(self) -> bool:
        """Whether it is about no incident and no message."""
        return self.incident_id is None and self.message_id is None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A work that has not gone out yet; `why` is what the last try met."""

    does: str
    via: str
    state: str
    due_at: datetime
    attempts: int
    why: str
    planned_at: datetime


@dataclass(frozen=True, slots=True)
class PageSent:
    """One message by which an incident paged somebody. `state`: planned, running, handed over, delivered, seen, failed or moot."""

    person: str
    via: str
    state: str
    planned_at: datetime
    due_at: datetime
    attempts: int
    ended_at: datetime | None
    told_at: datetime | None
    answered_at: datetime | None
    why: str


@dataclass(frozen=True, slots=True)
class Tried:
    """One message of a page. `hopeful`: it may still reach the person, or did."""

    key: str
    person: str
    payload: Mapping[str, str]
    hopeful: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What became of words for a thread. `why` is what was met last; words that are done with one were not needed any more."""

    state: str
    why: str


@dataclass(frozen=True, slots=True)
class HeldUp:
    """A service that does not take what is to go out: `many` works wait for it, the first `since` then; `why` is what it said last."""

    service: str
    many: int
    since: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A work about something that goes on, as it stands."""

    id: int
    does: str
    key: str
    lane: str
    state: str
    attempts: int
    payload: dict[str, str]

    @property
    def is_untried(self) -> bool:
        return self.state == "planned" and self.attempts == 0


async def plan(
    conn: Connection,
    incident_id: int | None,
    works: Sequence[Work],
    now: datetime,
    *,
    message_id: int | None = None,
) -> None:
    """Works for an incident, for a message of the inbox, or for neither."""
    if not works:
        return
    await conn.execute(
        SQL["plan"],
        incident_id,
        [work.does for work in works],
        [work.via for work in works],
        [work.lane for work in works],
        [work.key for work in works],
        [work.urgency for work in works],
        [dict(work.payload) for work in works],
        [work.not_before for work in works],
        now,
        message_id,
    )


async def claim(
    conn: Connection,
    *,
    now: datetime,
    lease_until: datetime,
    worker: int,
    at_most: int,
    but_for: Sequence[str] = (),
) -> list[Claimed]:
    """Take up to `at_most` works that are due, until `lease_until`; the most urgent come first. None of the services `but_for`."""
    found = await conn.fetch(SQL["claim"], now, lease_until, worker, at_most, list(but_for))
    claimed = [_claimed(row) for row in found]
    return sorted(claimed, key=lambda one: (one.work.urgency, one.id))


async def claim_pages(
    conn: Connection,
    *,
    now: datetime,
    lease_until: datetime,
    worker: int,
    at_most: int,
    but_for: Collection[str],
    left: Left,
) -> list[Claimed]:
    """Take pages to devices that are due, as `deliveries.claim` does for alerts: all that waits for one device as one, led by the first."""
    longest = max(left.spacing.values(), default=0)
    found = await conn.fetch(
        SQL["claim_pages"], now, lease_until, worker, at_most, *left.columns(but_for), longest
    )
    together: dict[int, list[Claimed]] = {}
    for row in found:
        one = replace(_claimed(row), batch=row["batch"], sent_as=row["lead_key"])
        together.setdefault(one.batch, []).append(one)
    by_id = [sorted(some, key=lambda one: one.id) for some in together.values()]
    # The order in which rows come back from an update is the plan's; here, too, the severe go first, and the new before the old.
    by_id.sort(key=lambda some: -some[-1].id)
    by_id.sort(
        key=lambda some: min((one.work.urgency, one.work.payload.get("priority", "P1")) for one in some)
    )
    return [replace(first, also=tuple(others)) for first, *others in by_id]


async def keys_with(conn: Connection, key: str) -> list[tuple[str, str]]:
    """The keys of all works that left in one message with that one, each with whom it is for."""
    return [(row["key"], row["person"] or "") for row in await conn.fetch(SQL["keys_with"], key)]


async def incidents_of_batch(conn: Connection, batch: int, person: str) -> list[str]:
    """The refs of the incidents of which one message tells that person."""
    return [row["ref"] for row in await conn.fetch(SQL["incidents_of_batch"], batch, person)]


async def hold_number(conn: Connection, worker: int) -> None:
    """Hold this node's number for as long as the connection lives, so that others see that it does."""
    await conn.execute(SQL["hold"], NODES, worker)


async def let_go_of_number(conn: Connection, worker: int) -> None:
    """Give the number back, before the connection serves others."""
    await conn.execute(SQL["let_go"], NODES, worker)


async def free_dead(conn: Connection, now: datetime) -> None:
    """Set free what nodes that are gone had in hand: their works, and the cursors with which they looked for news."""
    await conn.execute(SQL["free_dead"], now, NODES)
    await conn.execute(SQL["free_dead_cursors"], now, NODES)


async def next_due(conn: Connection, but_for: Sequence[str] = ()) -> datetime | None:
    """When the next work is due, but for those services."""
    due: datetime | None = await conn.fetchval(SQL["next_due"], list(but_for))
    return due


async def finish(conn: Connection, claimed: Claimed, state: str, now: datetime, why: str = "") -> bool:
    """End a claimed work as `done` or `refused`. False if another node has taken it over meanwhile."""
    return bool(await conn.fetchval(SQL["finish"], claimed.id, claimed.attempt, state, now, why))


async def waiting_about(
    conn: Connection, about: str, person: str, since: datetime
) -> list[tuple[int, dict[str, str]]]:
    """The notices for that person about it that were planned since then and have not been tried; nobody takes them meanwhile."""
    found = await conn.fetch(SQL["waiting_about"], about, person, since)
    return [(row["id"], row["payload"]) for row in found]


async def there(conn: Connection, keys: Sequence[str]) -> frozenset[str]:
    """Which of these keys have been planned already."""
    return frozenset(row["key"] for row in await conn.fetch(SQL["there"], keys)) if keys else frozenset()


async def said_in_thread(conn: Connection, ref: str, fact: int) -> Said | None:
    """What became of the words by which the thread is told of that fact; None where it is told none."""
    row = await conn.fetchrow(SQL["said_in_thread"], ref, str(fact))
    return Said(row["state"], row["last_why"]) if row else None


async def all_about(conn: Connection, about: str) -> list[Standing]:
    """Everything that was ever planned about it, in its order; nobody takes any of it meanwhile."""
    return [Standing(*row.values()) for row in await conn.fetch(SQL["all_about"], about)]


async def reword(conn: Connection, id: int, payload: Mapping[str, str], due_at: datetime | None) -> None:
    """Have it say something else; and, unless that is None, go out then."""
    await conn.execute(SQL["reword"], id, dict(payload), due_at)


async def call_off(conn: Connection, id: int, why: str, now: datetime) -> None:
    """Nobody needs it any more."""
    await conn.execute(SQL["call_off"], id, why, now)


async def keep_place(conn: Connection, claimed: Claimed, posted: str) -> None:
    """Remember where it stands, for when it has to be rewritten."""
    await conn.execute(SQL["keep_place"], claimed.id, posted)


async def place_of(conn: Connection, key: str) -> str:
    """Where the work with that key stands; "" where nothing is known of it."""
    return str(await conn.fetchval(SQL["place_of"], key) or "")


async def waits_in(conn: Connection, lane: str) -> bool:
    """Whether something in that lane is still to be tried."""
    return bool(await conn.fetchval(SQL["waits_in"], lane))


async def last_why_in(conn: Connection, lane: str, before: int) -> str:
    """What the last ended work of that lane before this one met, for works that show who is on call."""
    return str(await conn.fetchval(SQL["last_why_in"], lane, before) or "")


async def forget_older(conn: Connection, lane: str, before: int) -> None:
    """Drop those of that lane that ended before this one."""
    await conn.execute(SQL["forget_older"], lane, before)


async def whys_in(conn: Connection, lanes: Sequence[str]) -> dict[str, str]:
    """What was met last in each of these lanes, where it was something."""
    found = await conn.fetch(SQL["whys_in"], list(lanes))
    return {row["lane"]: row["last_why"] for row in found if row["last_why"]}


async def postpone(conn: Connection, claimed: Claimed, until: datetime, why: str, now: datetime) -> bool:
    """Have it tried again then. False if another node has taken it over meanwhile, or nobody needs it any more."""
    try:
        async with conn.transaction():
            return bool(await conn.fetchval(SQL["postpone"], claimed.id, claimed.attempt, until, why))
    except asyncpg.UniqueViolationError:
        if claimed.work.does != THREAD_CARD:
            raise
        await conn.execute(SQL["postpone_card"], claimed.id, claimed.attempt, now)
        return False


async def hurry(conn: Connection, key: str, person: str, now: datetime) -> bool:
    """Where this work does not bring a page to that person: have the next one that waits for its time do so at once."""
    page, way = way_of(key, person)
    return bool(way and await conn.fetchval(SQL["hurry"], page, way, now, key))


async def hurry_all(conn: Connection, key: str, now: datetime) -> bool:
    """The same for everything that stood in one message with that work."""
    found = [await hurry(conn, one, person, now) for one, person in await keys_with(conn, key)]
    return any(found)


async def pages_of(conn: Connection, incident_id: int) -> list[PageSent]:
    """Every message by which that incident paged somebody, in their order."""
    found = await conn.fetch(SQL["pages_of"], incident_id)
    return [PageSent(**{name: row[name] for name in PageSent.__slots__}) for row in found]


async def of_page(conn: Connection, incident_id: int, begins: str) -> list[Tried]:
    """The messages of the page whose keys begin so, to everybody whom it is for."""
    found = await conn.fetch(SQL["of_page"], incident_id, begins)
    return [Tried(row["key"], row["payload"]["person"], row["payload"], row["hopeful"]) for row in found]


async def held_up(conn: Connection) -> list[HeldUp]:
    """What does not go out, by the service that does not take it."""
    return [HeldUp(*row.values()) for row in await conn.fetch(SQL["held_up"])]


async def waiting(conn: Connection, incident_id: int) -> list[Waiting]:
    return [Waiting(*row.values()) for row in await conn.fetch(SQL["waiting"], incident_id)]


def _claimed(row: asyncpg.Record) -> Claimed:
    work = Work(row["does"], row["lane"], row["key"], row["via"], row["payload"])
    return Claimed(
        row["id"],
        row["incident_id"],
        row["message_id"],
        row["ref"],
        row["attempts"],
        work,
        row["since"],
    )
