"""The one way in which an incident changes: lock, load, decide, append, see what is due, plan the works, store; then wake the engine.

All of it in one transaction: a fact is there with everything that follows from it, or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg
import structlog

from tocsin.acts.escalation_look import HouseLook, look_at
from tocsin.acts.house import House
from tocsin.acts.procedures.by_itself import by_itself
from tocsin.acts.roster import roster_at
from tocsin.core.case import Actor, Case
from tocsin.core.due import wake_at, what_is_due
from tocsin.core.due_paging import RosterLook, is_plain
from tocsin.core.duties import Duty, ledger
from tocsin.core.facts import TOCSIN, Fact, Paged, What
from tocsin.core.facts_procedures import OF_PROCEDURES
from tocsin.core.folding import extend, fold
from tocsin.core.handbook import Handbook
from tocsin.core.handbook_text import read_handbook
from tocsin.core.incident import Incident
from tocsin.core.people import Roster
from tocsin.core.plan import plan
from tocsin.errors import Conflict, NotFound
from tocsin.store import access as access_rows
from tocsin.store import alerts as alert_rows
from tocsin.store import incidents as rows
from tocsin.store import procedures as procedure_rows
from tocsin.store import works as work_rows
from tocsin.store.incidents import Derived, Head
from tocsin.store.pool import Connection

Decide = Callable[[Case], Sequence[What]]
ENGINE = Actor("", "engine", TOCSIN)
PASSING = (asyncpg.OperatorInterventionError, asyncpg.TransactionRollbackError)
"""Cancelled, a deadlock, a server going down: nothing that is wrong with the incident, so it is taken up again at once."""
log = structlog.get_logger()
NOT_SO_SOON = timedelta(minutes=1)
AT_MOST = 50
"""How many rounds of consequences one change may have; more would be a handbook that feeds itself."""


@dataclass(slots=True)
class Open:
    """An incident that is being changed: its locked head, the state so far, the ledger before, and the facts to append."""

    head: Head
    incident: Incident
    handbook: Handbook
    roster: Roster
    now: datetime
    before: list[Duty]
    new: list[Fact]
    is_new: bool = False

    def add(self, whats: Sequence[What], actor: Actor) -> None:
        """Take facts into the state; they are stored at the end, together."""
        n = self.head.facts + len(self.new)
        facts = [Fact(n + i, self.now, actor.by, actor.door, what) for i, what in enumerate(whats, 1)]
        self.incident = extend(self.incident, facts)
        self.new += facts


async def change(
    house: House,
    ref: str,
    actor: Actor,
    decide: Decide,
    *,
    from_outside: bool = False,
    once: tuple[str, str] | None = None,
    knows_all: bool = False,
) -> Incident:
    """Change one incident by what `decide` makes of it. NotFound if there is none of that ref that the actor may know of.

    `from_outside`: a reporter's own word, which a door has found to belong to it; they are shown nothing in return. `once`: the
    source and the id of the event that it comes from; one that was seen changes nothing, and is remembered with the change. `knows_all`: the
    decision may name whoever a policy may, whatever the incident's own does.
    """
    async with house.pool.acquire() as conn, conn.transaction():
        head = await rows.lock(conn, ref.upper())
        if head is None:
            raise NotFound(f"There is no incident {ref}", field="ref")
        opened = await open_case(house, conn, head)
        if actor != ENGINE and not from_outside and not opened.incident.may_be_known_to(actor.person):
            raise NotFound(f"There is no incident {ref}", field="ref")
        if once and not await access_rows.event_is_new(conn, *once, opened.now):
            return opened.incident
        beyond = await _beyond(house, conn, opened, knows_all=knows_all)
        opened.add(decide(Case(opened.incident, opened.handbook, opened.now, opened.roster, beyond)), actor)
        await settle(house, conn, opened)
    house.wake()
    return opened.incident


async def wake_one(house: House) -> bool:
    """Do what is due for one incident whose time has come; False if none has."""
    async with house.pool.acquire() as conn, conn.transaction():
        head = await rows.claim_to_wake(conn, house.clock.now())
        if head is None:
            return False
        try:
            async with conn.transaction():
                opened = await open_case(house, conn, head)
                await settle(house, conn, opened)
        except Exception as why:
            if isinstance(why, PASSING):
                raise
            raise CannotWake(head.ref) from why
    return True


class CannotWake(Exception):
    """What is due for this incident can't be worked out: a bug, or a handbook that is gone. The engine looks again later."""

    def __init__(self, ref: str) -> None:
        super().__init__(ref)
        self.ref = ref


async def push_wake(house: House, ref: str, until: datetime) -> None:
    """Look at an incident again only then."""
    await house.pool.execute(rows.SQL["push_wake"], ref, until)


async def open_case(house: House, conn: Connection, head: Head) -> Open:
    """A locked incident, ready to be changed."""
    facts = await rows.load(conn, head)
    incident = fold(facts)
    handbook = await handbook_of(house, conn, incident.handbook)
    # Two nodes' clocks may differ: time never runs backwards within an incident.
    now = max(house.clock.now(), facts[-1].at)
    roster = await roster_at(house, conn, now)
    return Open(head, incident, handbook, roster, now, ledger(incident, handbook, facts[-1].at), [])


async def begin(
    house: House, conn: Connection, number: int, whats: Sequence[What], actor: Actor, roster_version: int
) -> Open:
    """A new incident of that number, made of its first facts; stored by `settle`."""
    now = house.clock.now()
    roster = await roster_at(house, conn, now, roster_version)
    facts = [Fact(n, now, actor.by, actor.door, what) for n, what in enumerate(whats, 1)]
    head, incident = Head(number, f"INC-{number}", 0, ""), fold(facts)
    # The one stamped on it: meanwhile the house may have come to a newer one.
    handbook = await handbook_of(house, conn, incident.handbook)
    return Open(head, incident, handbook, roster, now, [], facts, is_new=True)


async def settle(house: House, conn: Connection, opened: Open) -> None:
    """Add what follows from the new facts, then store facts, works and caches."""
    beyond = await _beyond(house, conn, opened)
    look = RosterLook(opened.roster, opened.incident.abilities, beyond)
    for _ in range(AT_MOST):
        due = what_is_due(opened.incident, opened.handbook, opened.roster, house.places, opened.now, look)
        due = due or await by_itself(conn, opened.incident, opened.handbook, house.declared)
        if not due:
            break
        opened.add(due, ENGINE)
        if beyond:
            beyond.took(_turns(due))
    duties = ledger(opened.incident, opened.handbook, opened.now)
    works = plan(
        opened.before, duties, opened.incident, opened.new, opened.handbook, opened.roster, house.places
    )
    wake = wake_at(opened.incident, opened.handbook, duties, opened.now)
    if wake and wake <= opened.now:
        # All that is due was done, so nothing can be due now: a fault of ours, which must not keep the engine spinning.
        log.error("an incident asks to be looked at again at once", incident=opened.head.ref)
        wake = opened.now + NOT_SO_SOON
    derived = Derived(opened.incident, rows.next_due_at(duties), wake)
    sealed = rows.seal(opened.head, opened.new)
    # The facts refer to the incident's row, so that comes first.
    await (rows.insert if opened.is_new else rows.update)(conn, sealed.head, derived)
    await rows.append(conn, sealed)
    have = {duty.id for duty in duties}
    await rows.forget_duties(conn, sealed.head.id, [old.id for old in opened.before if old.id not in have])
    await rows.save_duties(conn, sealed.head.id, [duty for duty in duties if duty not in opened.before])
    await work_rows.plan(conn, sealed.head.id, works, opened.now)
    turns = _turns(fact.what for fact in opened.new)
    if turns:
        await conn.executemany(alert_rows.SQL["had_turn"], [(turn,) for turn in turns])
    if any(isinstance(fact.what, OF_PROCEDURES) for fact in opened.new):
        await _save_runs(conn, sealed.head.id, opened.incident)


def _turns(whats: Iterable[What]) -> list[str]:
    """Whose turns these count."""
    return [one.turn for one in whats if isinstance(one, Paged) and one.turn]


async def _beyond(
    house: House, conn: Connection, opened: Open, *, knows_all: bool = False
) -> HouseLook | None:
    """What the escalation of this incident has to know beside the roster; None where that is nothing."""
    stamped = opened.incident.alert.stamped
    return None if is_plain(stamped) and not knows_all else await look_at(house, conn, opened.now, [stamped])


async def _save_runs(conn: Connection, incident_id: int, incident: Incident) -> None:
    """Conflict where another run is under way on the same target: then nothing of the change is stored."""
    try:
        await procedure_rows.save(conn, incident_id, incident.runs)
    except procedure_rows.TargetIsHeld as why:
        raise Conflict("Another run is under way on the same target: wait for its end, or stop it") from why


async def handbook_of(house: House, conn: Connection, hash: str) -> Handbook:
    """The handbook with this hash, as it was stamped on an incident."""
    known = house.handbooks.get(hash)
    if known is None:
        text = await access_rows.handbook_text(conn, hash)
        if text is None:
            raise NotFound(f"The handbook {hash[:12]} is not in the database")
        known = house.handbooks[hash] = read_handbook(text)
    return known
