"""What each sweep does for alerts: messages of dead nodes go free, late ones go another way, and once a minute the auditor
looks and a synthetic page is sent."""

from __future__ import annotations

from typing import Final

from tocsin.acts.alerting.synthetic import send_one
from tocsin.acts.alerting.watching import alive, audit
from tocsin.acts.house import House
from tocsin.engine import metrics
from tocsin.engine.pager import Pager
from tocsin.store import deliveries as rows
from tocsin.store.pool import Connection

SWEEPS_OF_AUDIT: Final = 20
"""Sweeps are three seconds apart, so that is once a minute."""


async def watch(house: House, conn: Connection, pager: Pager, sweep: int) -> None:
    out = await alive(house, conn)
    if out is not None:
        metrics.OUTAGE.inc(out.total_seconds())
        house.wake()
    await rows.free_dead(conn, house.clock.now())
    await pager.overdue()
    if sweep % SWEEPS_OF_AUDIT == 0:
        found = await audit(house)
        metrics.AUDITED.set(house.clock.now().timestamp())
        metrics.SILENT.inc(len(found.silent))
        metrics.LOST.inc((await send_one(house)).lost)
