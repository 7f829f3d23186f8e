"""The one way in which an alert changes: lock, load, decide, see what is due, store events, messages and what lists go by. One transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from tocsin.acts.alerting.given_on import tell_pagers
from tocsin.acts.alerting.steps import stepped, turns_taken
from tocsin.acts.alerting.telling import tell
from tocsin.acts.escalation_look import HouseLook, look_at
from tocsin.acts.house import House
from tocsin.core.alerting.alert import Alert, number_of
from tocsin.core.alerting.sending import called_off, calls_off
from tocsin.core.case import Actor
from tocsin.core.escalation import events as e
from tocsin.errors import NotFound
from tocsin.store import alerts as rows
from tocsin.store.alerts import Changed
from tocsin.store.pool import Connection

Decide = Callable[[Alert, HouseLook, datetime], Sequence[e.Event]]


async def change(house: House, ref: str, actor: Actor, decide: Decide) -> Alert:
    """Change one alert by what `decide` makes of it. NotFound if there is none of that ref."""
    async with house.pool.acquire() as conn, conn.transaction():
        alerts = await rows.lock(conn, [number_of(ref)])
        if not alerts:
            raise NotFound(f"There is no alert {ref}; list them with: tocsin alert list", field="ref")
        (changed,) = await change_locked(house, conn, alerts, actor, decide)
    house.wake()
    return changed.alert


async def change_locked(
    house: House, conn: Connection, alerts: Sequence[Alert], actor: Actor, decide: Decide
) -> list[Changed]:
    """The same for alerts that this transaction has locked."""
    # Two nodes' clocks may differ: time never runs backwards within an alert.
    now = max([house.clock.now(), *(one.happened[-1].at for one in alerts if one.happened)])
    look = await look_at(house, conn, now, [one.escalation.stamped for one in alerts])
    changed = []
    for alert in alerts:
        events = [e.Happened(now, event, actor.by, actor.door) for event in decide(alert, look, now)]
        changed.append(stepped(alert, events, look, now))
    await store(house, conn, [one for one in changed if one.new], actor, now)
    return changed


async def store(
    house: House, conn: Connection, changed: Sequence[Changed], actor: Actor, now: datetime
) -> None:
    """Store what came of locked alerts. Pages that nobody needs any more are called off first, before new ones are planned."""
    off = [
        (one.alert.number, called_off(one.alert, x.event))
        for one in changed
        for x in _new(one)
        if calls_off(x.event)
    ]
    if off:
        why = "it was answered, or went to others, before this was due"
        numbers, people = zip(*off, strict=True)
        await conn.execute(rows.SQL["call_off"], list(numbers), why, now, list(people))
    await rows.store(conn, changed, now)
    taken = turns_taken(changed)
    if taken:
        await conn.executemany(rows.SQL["had_turn"], [(turn,) for turn in taken])
    for one in changed:
        await tell(house, conn, one, actor, now)
        await tell_pagers(conn, one, now)


def _new(changed: Changed) -> tuple[e.Happened, ...]:
    return changed.alert.happened[len(changed.alert.happened) - changed.new :]
