"""What watches over the engine itself: the auditor, and the pause of all clocks for the time in which no node was there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from tocsin.acts.alerting.changing import change_locked
from tocsin.acts.alerting.opening import open_alert
from tocsin.acts.escalation_look import HouseLook
from tocsin.acts.house import House
from tocsin.acts.incident_watching import hold_all, put_right
from tocsin.acts.process import ENGINE
from tocsin.clock import ago
from tocsin.core.alerting.alert import Alert, Opening, ref_of
from tocsin.core.escalation import events as e
from tocsin.core.escalation.decisions import held
from tocsin.core.spans import span_text
from tocsin.core.words import named
from tocsin.store import alerts as rows
from tocsin.store import deliveries as delivery_rows
from tocsin.store import works as work_rows
from tocsin.store.pool import Connection

log = structlog.get_logger()
OUTAGE: Final = timedelta(seconds=30)
"""When no node was seen at work for that long, we were out."""
OVERDUE: Final = timedelta(minutes=2)
"""An alert whose time came so long ago is stuck."""
AT_ONCE: Final = 500
ALIAS: Final = "tocsin/auditor"
WHY: Final = "Tocsin was not running"


@dataclass(frozen=True, slots=True)
class Audit:
    """Which alerts and incidents nobody would have heard of again, and were put right."""

    silent: tuple[str, ...] = ()


async def audit(house: House) -> Audit:
    """Hold each open alert, and each open incident, to what must be so: it has a next step with a time, or somebody acknowledged it.

    What is not so is put right (it is looked at again at once), and said in an alert of its own.
    """
    now = house.clock.now()
    async with house.pool.acquire() as conn, conn.transaction():
        overdue = ago(house.clock, OVERDUE)
        found = [row["id"] for row in await conn.fetch(rows.SQL["silent"], overdue)]
        if found:
            await conn.execute(rows.SQL["put_off"], found, now)
        incidents = await put_right(conn, overdue, now)
    if not found and not incidents:
        return Audit()
    refs = (*incidents, *(ref_of(id) for id in found))
    log.error("alerts had no next step; they are looked at again", alerts=refs[:20], many=len(refs))
    opening = Opening(
        f"Tocsin's auditor found alerts without a next step: {named(refs)}",
        alias=ALIAS,
        description="They were put right and are escalated again. This is a fault of Tocsin: see its log.",
        priority="P2",
        source="tocsin",
    )
    await open_alert(house, ENGINE, opening)
    house.wake()
    return Audit(refs)


async def alive(house: House, conn: Connection) -> timedelta | None:
    """Say that this node is at work. Where none was for a while, all clocks are later by that time, which is given back."""
    async with conn.transaction():
        now = house.clock.now()
        last: datetime | None = await conn.fetchval(delivery_rows.SQL["last_alive"])
        await conn.execute(delivery_rows.SQL["alive"], now)
        if last is None or last >= ago(house.clock, OUTAGE):
            return None
        why = f"{WHY} from {last:%H:%M} to {now:%H:%M} UTC, {span_text(_whole(now - last))}"
        many = await hold_all(house, conn, last, now, why) + await _hold_all(house, conn, last, now, why)
        # The clocks of people's own rules ("by e-mail after 5 min") stood still as well.
        for held_pages in (delivery_rows.SQL["hold_pages"], work_rows.SQL["hold_pages"]):
            await conn.execute(held_pages, last, now - last)
    log.warning("nothing was sent for a while", since=last.isoformat(), alerts=many)
    return now - last


async def _hold_all(house: House, conn: Connection, since: datetime, until: datetime, why: str) -> int:
    ids = [row["id"] for row in await conn.fetch(rows.SQL["open_ids"], until)]

    def decide(alert: Alert, look: HouseLook, now: datetime) -> list[e.Event]:
        return held(alert.escalation, since, until, why)

    for first in range(0, len(ids), AT_ONCE):
        alerts = await rows.lock(conn, ids[first : first + AT_ONCE])
        await change_locked(house, conn, alerts, ENGINE, decide)
    return len(ids)


def _whole(span: timedelta) -> timedelta:
    """To the second, or to the minute where it is longer."""
    seconds = int(span.total_seconds())
    return timedelta(seconds=seconds if seconds < 120 else seconds // 60 * 60)
