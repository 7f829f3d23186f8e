"""The timers: incidents whose time has come are looked at, one transaction each, until none is left."""

from __future__ import annotations

from datetime import timedelta

import structlog

from tocsin.acts.house import House
from tocsin.acts.process import CannotWake, push_wake, wake_one
from tocsin.engine import metrics

log = structlog.get_logger()
POISON_WAIT = timedelta(minutes=1)


async def run_timer(house: House) -> bool:
    """Do what is due for one incident; False if none is. One that can't be worked on is put off, so that the rest goes on."""
    try:
        return await wake_one(house)
    except CannotWake as why:
        metrics.POISONED.inc()
        log.exception("an incident can't be worked on", incident=why.ref, exc_info=why.__cause__)
        await push_wake(house, why.ref, house.clock.now() + POISON_WAIT)
        return True
