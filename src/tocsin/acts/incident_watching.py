"""What watches over the paging of incidents, as over that of alerts: none is forgotten, and no clock runs while nothing can be sent."""

from __future__ import annotations

from datetime import datetime

from tocsin.acts.house import House
from tocsin.acts.process import ENGINE, open_case, settle
from tocsin.core.due_paging import next_paging, pages
from tocsin.core.escalation import events as e
from tocsin.core.escalation.decisions import held
from tocsin.core.facts import EscalationHeld
from tocsin.core.folding import fold
from tocsin.store import incidents as rows
from tocsin.store.pool import Connection


async def put_right(conn: Connection, overdue: datetime, now: datetime) -> list[str]:
    """The refs of open incidents that nobody would hear of again: nothing is to be looked at though paging goes on, or that is long
    overdue. They are looked at again at once.
    """
    found = {row["id"]: row for row in await conn.fetch(rows.SQL["may_be_silent"], overdue)}
    unsure = [id for id, row in found.items() if row["wake_at"] is None]
    for id, facts in (await rows.load_many(conn, unsure)).items():
        if next_paging(fold(facts)) is None:
            del found[id]
    refs = [str(row["ref"]) for row in found.values()]
    if refs:
        await conn.execute(rows.SQL["wake_at"], refs, now)
    return refs


async def hold_all(house: House, conn: Connection, since: datetime, until: datetime, why: str) -> int:
    """Nothing could be sent between these instants: the steps of each escalation keep their distance. How many there were."""
    many = 0
    for row in await conn.fetch(rows.SQL["waking_before"], until):
        head = await rows.lock(conn, row["ref"])
        if head is None:
            continue
        opened = await open_case(house, conn, head)
        if not pages(opened.incident):
            continue
        events = held(opened.incident.alert.escalation, since, until, why)
        facts = [EscalationHeld(one.span, one.why) for one in events if isinstance(one, e.Held)]
        if facts:
            opened.add(facts, ENGINE)
            await settle(house, conn, opened)
            many += 1
    return many
