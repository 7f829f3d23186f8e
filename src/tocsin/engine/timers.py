"""The timers: incidents whose time has come are looked at, and messages that nobody looked at; one transaction each, until none is left."""

from __future__ import annotations

from datetime import timedelta

import structlog

from tocsin.acts.house import House
from tocsin.acts.inbox import CannotOpen, open_overlooked, push_due
from tocsin.acts.process import CannotWake, push_wake, wake_one
from tocsin.engine import metrics

log = structlog.get_logger()
POISON_WAIT = timedelta(minutes=1)


async def run_timer(house: House) -> bool:
    """Do what is due for one incident, or for one message that nobody looked at; False if nothing is.

    What can't be worked on is put off, so that the rest goes on.
    """
    return await _wake_one(house) or await _open_one(house)


async def _wake_one(house: House) -> bool:
    try:
        return await wake_one(house)
    except CannotWake as why:
        metrics.POISONED.inc()
        log.exception("an incident can't be worked on", incident=why.ref, exc_info=why.__cause__)
        await push_wake(house, why.ref, house.clock.now() + POISON_WAIT)
        return True


async def _open_one(house: House) -> bool:
    try:
        return await open_overlooked(house)
    except CannotOpen as why:
        metrics.POISONED.inc()
        log.exception("no incident can be opened from a message", message=why.id, exc_info=why.__cause__)
        await push_due(house, why.id, house.clock.now() + POISON_WAIT)
        return True
