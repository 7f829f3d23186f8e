"""The timers: what is looked at once its time has come, one transaction each, until nothing is left.

Incidents, messages that nobody looked at, and schedules.
"""

from __future__ import annotations

from datetime import timedelta

import structlog

from tocsin.acts.alerting.clock import wake_alerts
from tocsin.acts.contacts.readiness import look_after_readiness, put_off
from tocsin.acts.house import House
from tocsin.acts.inbox import CannotOpen, open_overlooked, push_due
from tocsin.acts.oncall.clockwork import look_at_due
from tocsin.acts.oncall.looking import LOOKS
from tocsin.acts.process import PASSING, CannotWake, push_wake, wake_one
from tocsin.engine import metrics

log = structlog.get_logger()
POISON_WAIT = timedelta(minutes=1)


async def run_timer(house: House) -> bool:
    """Do what is due for some alerts, for one incident, for one message that nobody looked at, or for some schedules; False if nothing is.

    What can't be worked on is put off, so that the rest goes on.
    """
    return (
        await wake_alerts(house) > 0
        or await _wake_one(house)
        or await _open_one(house)
        or await _look_at_schedules(house)
        or await _look_after_readiness(house)
    )


async def _look_after_readiness(house: House) -> bool:
    try:
        return await look_after_readiness(house)
    except PASSING:
        raise
    except Exception:
        metrics.POISONED.inc()
        log.exception("readiness can't be looked at")
        await put_off(house, house.clock.now() + POISON_WAIT)
        return True


async def _look_at_schedules(house: House) -> bool:
    many, failed = await look_at_due(house, LOOKS)
    for why in failed:
        metrics.POISONED.inc()
        log.error("a schedule can't be looked at", exc_info=why)
    return many > 0


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
