"""What is due for alerts: many at a time, since many fall due at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog

from tocsin.acts.alerting.changing import store
from tocsin.acts.alerting.steps import stepped
from tocsin.acts.escalation_look import look_at
from tocsin.acts.house import House
from tocsin.acts.process import ENGINE
from tocsin.store import alerts as rows

log = structlog.get_logger()
AT_ONCE: Final = 500
POISON_WAIT: Final = timedelta(minutes=1)


async def wake_alerts(house: House) -> int:
    """Do what is due for the alerts whose time has come, as many as one transaction takes; how many there were.

    An alert that can't be worked on is put off, so that the rest goes on.
    """
    async with house.of_alerts.acquire() as conn, conn.transaction():
        now = house.clock.now()
        alerts = await rows.claim_due(conn, now, AT_ONCE)
        if not alerts:
            return 0
        stamped = [one.escalation.stamped for one in alerts]
        look = await look_at(house, conn, now, stamped, counting=True)
        changed, poisoned = [], []
        for alert in alerts:
            at = max(now, alert.happened[-1].at) if alert.happened else now
            try:
                changed.append(stepped(alert, (), look, at))
            except Exception:
                log.exception("an alert can't be worked on", alert=alert.ref)
                poisoned.append(alert.number)
        await store(house, conn, changed, ENGINE, now)
        if poisoned:
            await conn.execute(rows.SQL["put_off"], poisoned, now + POISON_WAIT)
    return len(alerts)
