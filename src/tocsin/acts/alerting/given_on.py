"""A pager that has an alert hears to whom it was given here: its own escalation would go on waking those before."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tocsin.acts.alerting.way import Way
from tocsin.core.alerting.outside import is_outside
from tocsin.core.alerting.sending import Delivery
from tocsin.core.alerting.words import AlertWords
from tocsin.core.channel import GIVEN, Message
from tocsin.core.escalation import events as e
from tocsin.store import alerts as rows
from tocsin.store import deliveries as delivery_rows
from tocsin.store.alerts import Changed
from tocsin.store.deliveries import One
from tocsin.store.pool import Connection

LAST = 9
"""After every page, as what only informs."""


async def tell_pagers(conn: Connection, changed: Changed, now: datetime) -> None:
    """Plan that for what is new in a locked alert."""
    happened = changed.alert.happened
    new = list(enumerate(happened, 1))[len(happened) - changed.new :]
    n = next((n for n, one in reversed(new) if isinstance(one.event, e.Reassigned)), 0)
    if not n:
        return
    number = changed.alert.number
    there = [row for row in await conn.fetch(rows.SQL["went_out"], number) if is_outside(row["contact"])]
    planned = [
        Delivery(n, GIVEN, "", row["via"], row["contact"], f"{n}/given/{row['contact']}", now, LAST)
        for row in there
    ]
    await rows.plan(conn, [(number, one) for one in planned], now)


async def given_message(way: Way, one: One) -> Message:
    """To whom it belongs now, and who gave it to them."""
    async with way.house.pool.acquire() as conn:
        alert = await rows.find(conn, one.number)
        pages = await delivery_rows.pages_standing(conn, "", way.batch.contact, [one.number])
    assert alert is not None
    given = [x.event for x in alert.happened if isinstance(x.event, e.Reassigned)]
    people = [way.people[handle] for handle in alert.escalation.people if handle in way.people]
    names = ", ".join(person.name for person in people) or "others"
    giver = way.people.get(given[-1].person) if given else None
    said = f"{one.about.ref} was given to {names}"
    message = way.message([one], AlertWords(said, said, said))
    return replace(
        message,
        of=next((page.message for page in pages), ""),
        given_to=tuple(person.email for person in people if person.email),
        by=giver.email if giver else "",
    )
