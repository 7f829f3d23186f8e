"""Test pages: one on every contact method of a person, whatever their rules say, and whether they answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from tocsin.acts.contacts.sent import new_ticket
from tocsin.acts.contacts.whose import whose
from tocsin.acts.house import House
from tocsin.acts.oncall.by import By
from tocsin.acts.people import everybody
from tocsin.acts.roster import directory
from tocsin.core.channel import TEST
from tocsin.core.contacts import ContactMethod
from tocsin.core.notices import Words, said
from tocsin.core.people import Person
from tocsin.core.work import NOTICE, Work
from tocsin.errors import Conflict, NotFound
from tocsin.store import contacts as contact_rows
from tocsin.store import test_pages as rows
from tocsin.store import works as work_rows
from tocsin.store.pool import Connection
from tocsin.store.test_pages import TestPage as TestPage

SPACING: Final = timedelta(minutes=1)
"""Nobody is tested again so soon: each costs the person's attention, and some cost money."""
GOOD_FOR: Final = timedelta(hours=1)
"""A test page that could not be sent for so long is sent no more; one that is not answered by then counts as unanswered."""


async def start(house: House, by: By, handle: str) -> TestPage:
    """Page that person on each of their methods, only to see whether it reaches them. Conflict where there is none, or it was just done."""
    now = house.clock.now()
    async with house.pool.acquire() as conn, conn.transaction():
        person = whose(await directory(house, conn), by, handle)
        # Whoever presses twice waits here for the first.
        await conn.execute("SELECT pg_advisory_xact_lock(hashtext($1))", f"test page {person.handle}")
        before = (await rows.last(conn, [person.handle])).get(person.handle)
        if before and now - before.asked_at < SPACING:
            raise Conflict(f"A test page went to {person.handle} just now: look at what came of it first")
        if not testable(house, person):
            raise Conflict(
                f"{person.handle} has no contact method that could be tried: add one, and verify it"
            )
        await plan_test(house, conn, person, by.name, now)
        made = (await rows.last(conn, [person.handle]))[person.handle]
    house.wake()
    return made


async def plan_test(
    house: House, conn: Connection, person: Person, by: str, now: datetime, *, by_itself: bool = False
) -> None:
    """The works of a test page, one for each method."""
    id = await rows.add(conn, person.handle, by, by_itself, now)
    works = [await _work(house, conn, person, id, one, now) for one in testable(house, person)]
    await work_rows.plan(conn, None, works, now)


def testable(house: House, person: Person) -> list[ContactMethod]:
    """Every method on which a page could go out, failing ones too: they may be mended."""
    return [one for one in person.contacts if one.verified and f"page:{one.via}" in house.abilities]


async def last_test(house: House, by: By, handle: str) -> TestPage:
    """The last test page of that person, and what came of it. NotFound where there was none."""
    person = whose(await everybody(house), by, handle)
    async with house.pool.acquire() as conn:
        found = (await rows.last(conn, [person.handle])).get(person.handle)
    if found is None:
        raise NotFound(f"{person.handle} was never tested: tocsin page test {person.handle}", field="person")
    return found


async def confirm(house: House, ticket: str) -> str:
    """Whoever holds the ticket of a test page has got it. NotFound for any other. Gives whose it is."""
    async with house.pool.acquire() as conn:
        found = await contact_rows.by_ticket(conn, ticket.strip().lower())
        if found is None or found.purpose != TEST:
            raise NotFound("There is no such test page: open the link in the message again")
        await conn.execute(contact_rows.SQL["answered"], found.ticket, house.clock.now())
    return found.person


async def _work(
    house: House, conn: Connection, person: Person, id: int, contact: ContactMethod, now: datetime
) -> Work:
    ref = rows.ref_of(id)
    key = f"{ref}/{contact.id}"
    (ticket,) = await contact_rows.tickets(
        conn, [contact_rows.Wanted(new_ticket(), key, contact, person.handle, TEST, ref, now)]
    )
    text = "Nothing is wrong. This only tries whether a page would reach you here. Please answer it as you would a real one."
    words = Words("Test page from Tocsin", text, house.places.test_page(ticket), "I got it")
    payload = {"person": person.handle, **contact.on_work, **said(words, ())}
    payload |= {"purpose": TEST, "about": ref, "until": (now + GOOD_FOR).isoformat()}
    return Work(NOTICE, key, key, contact.via, payload)
