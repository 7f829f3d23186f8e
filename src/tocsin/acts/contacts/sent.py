"""The book of what was handed to channels: a ticket for what can be answered, and what the provider said of it since."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Final

from tocsin.acts.contacts.book import Note
from tocsin.acts.house import House
from tocsin.core.channel import Can
from tocsin.core.contacts import ContactMethod
from tocsin.core.work import Delivered, Later, Outcome, Refused
from tocsin.store import contacts as rows
from tocsin.store import oncall as roster_rows
from tocsin.store.contacts import HandedOver, Sent, Wanted
from tocsin.store.people import bump

HANDED_OVER: Final = "handed over"
SIGNS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Those that nobody takes for another when they read or type them."""
TICKET_LENGTH: Final = 6
TRIED_AGAIN_AFTER: Final = timedelta(hours=6)
"""What a provider refused for good may be mended without our hearing of it: an account, a number that is in use again."""


def new_ticket() -> str:
    return "".join(secrets.choice(SIGNS) for _ in range(TICKET_LENGTH))


async def ticket_for(
    house: House, key: str, contact: ContactMethod, person: str, purpose: str, ref: str
) -> str:
    """The ticket of the message with that key, the same at every try. It stands in a row before the message leaves."""
    now = house.clock.now()
    return await house.tickets.ask(house, Wanted(new_ticket(), key, contact, person, purpose, ref, now))


async def note(house: House, key: str, contact: ContactMethod, outcome: Outcome, can: Can) -> None:
    """Remember what came of handing it over, and whether the device still takes messages."""
    match outcome:
        case Later():
            return
        case Delivered(evidence=evidence):
            message, state, why = evidence.get("message", ""), HANDED_OVER, ""
        case Refused(why=why):
            message, state = "", "failed"
    row = HandedOver(key, message, state, why)
    early = await house.notes.ask(house, Note(row, contact, can.tells, house.clock.now()))
    for one in early:
        await house.receipts.told(contact.via, message, one.state, one.words)
    # Where a receipt follows, only that shows that it works again.
    if why or not can.tells_delivery:
        await mark(house, contact, why)


async def mark(house: House, contact: ContactMethod, why: str) -> None:
    """Remember why a device takes no messages, or ("") that it does."""
    if contact.is_given or (not why and not contact.failing):
        return
    until = house.clock.now() + TRIED_AGAIN_AFTER if why else None
    async with house.pool.acquire() as conn, conn.transaction():
        await roster_rows.lock_roster(conn)
        if await rows.mark_failing(conn, contact.id, why, until):
            await bump(conn)


async def by_message(house: House, via: str, message: str) -> Sent | None:
    async with house.pool.acquire() as conn:
        return await rows.by_message(conn, via, message)
