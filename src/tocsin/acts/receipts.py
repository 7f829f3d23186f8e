"""What comes back from people's devices: a receipt for a message, or an answer to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from tocsin.acts import incident_failing, incidents
from tocsin.acts.alerting import deeds, failing
from tocsin.acts.contacts import sent
from tocsin.acts.house import House
from tocsin.acts.incidents_together import acknowledge_batch, acknowledged_words, incidents_of
from tocsin.acts.looks import case
from tocsin.acts.people import everybody
from tocsin.acts.receiving import DELIVERED, FAILED, SEEN
from tocsin.core.alerting.sending import still_paged
from tocsin.core.case import Actor
from tocsin.core.channel import CONFIRM, KEYS, RESOLVE, TEST, TEST_KEYS
from tocsin.core.contacts import ContactMethod
from tocsin.core.together_words import batch_of
from tocsin.core.words import named
from tocsin.errors import Conflict, Forbidden, Invalid, NotFound
from tocsin.store import alerts as alert_rows
from tocsin.store import contacts as rows
from tocsin.store import deliveries as delivery_rows
from tocsin.store import works as work_rows
from tocsin.store.contacts import Sent

log = structlog.get_logger()
LISTENED_FOR: Final = timedelta(days=1)
"""How long after a page an answer from its device that names nothing is still taken for one to it."""
MESSAGE: Final = "D"
"""How the ref of a message about alerts begins."""
STATES: Final = (DELIVERED, SEEN, FAILED)


@dataclass(frozen=True, slots=True)
class Heard:
    """The receipts of this house (`acts.receiving.Receipts`)."""

    house: House

    async def told(self, via: str, message: str, state: str, words: str = "") -> None:
        if state not in STATES:
            log.warning("a receipt says what no receipt can", via=via, state=state)
            return
        if await self._told(via, message, state, words):
            return
        # It may be faster than the answer to our own request, which names its message. Whoever stores that looks here afterwards.
        async with self.house.pool.acquire() as conn:
            now = self.house.clock.now()
            await conn.execute(rows.SQL["told_early"], via, message, state, words[:1000], now)
        if await self._told(via, message, state, words):
            async with self.house.pool.acquire() as conn:
                await conn.fetch(rows.SQL["take_early"], via, message)

    async def _told(self, via: str, message: str, state: str, words: str) -> bool:
        """Whether there is such a message."""
        async with self.house.pool.acquire() as conn, conn.transaction():
            found = await rows.by_message(conn, via, message)
            if found is None:
                return False
            now = self.house.clock.now()
            if not await conn.fetchval(rows.SQL["told"], found.ticket, state, words[:1000], now):
                return True
            if found.ref.startswith(MESSAGE):
                await delivery_rows.told(conn, int(found.ref.removeprefix(MESSAGE)), state, now, words)
            elif state == FAILED and await work_rows.hurry_all(conn, found.key, now):
                self.house.wake()
            together = await work_rows.keys_with(conn, found.key)
        if state == FAILED and not found.ref.startswith(MESSAGE):
            for key, person in together:
                await incident_failing.after_receipt(self.house, key, person, words)
        if state == FAILED and found.ref.startswith(MESSAGE):
            await failing.after_receipt(self.house, int(found.ref.removeprefix(MESSAGE)), words)
        contact = await self._contact(found)
        if contact and state != FAILED:
            await sent.mark(self.house, contact, "")
        return True

    async def answered(
        self,
        via: str,
        *,
        does: str,
        message: str = "",
        ticket: str = "",
        address: str = "",
        words: str = "",
    ) -> str:
        if does not in TEST_KEYS.values():
            keys = ", ".join(f"{key} to {what}" for key, what in KEYS.items())
            raise Invalid(f"{does!r} is no answer; there are {keys}")
        found = await self._found(via, message, ticket, address, is_test=does == CONFIRM)
        if does == CONFIRM and found.purpose != TEST:
            raise Invalid("1 answers pages that are only a test; 4 acknowledges this one, 6 resolves it")
        if found.purpose == TEST:
            said = "Thank you: pages reach you here."
        elif found.ref.startswith(MESSAGE):
            said = await self._of_alerts(via, found, does)
        else:
            said = await self._acknowledged(via, found, does)
        async with self.house.pool.acquire() as conn:
            await conn.execute(rows.SQL["answered"], found.ticket, self.house.clock.now())
        return said

    async def _of_alerts(self, via: str, found: Sent, does: str) -> str:
        """All alerts that stood in one message."""
        actor, message = Actor(found.person, via), int(found.ref.removeprefix(MESSAGE))
        if found.person not in (await everybody(self.house)).people:
            raise Forbidden(f"{found.person} is not in this Tocsin any more")
        deed = deeds.close_batch if does == RESOLVE else deeds.acknowledge_batch
        return await deed(self.house, actor, message)

    async def _acknowledged(self, via: str, found: Sent, does: str) -> str:
        if found.person not in (await everybody(self.house)).people:
            raise Forbidden(f"{found.person} is not in this Tocsin any more")
        ref, batch = found.ref, batch_of(found.ref)
        if batch is not None:
            said = await acknowledge_batch(self.house, Actor(found.person, via), batch)
            places = self.house.places.incidents
            return (
                f"{said} To resolve them, their owners say what was done: {places}"
                if does == RESOLVE
                else said
            )
        incident = await incidents.acknowledge(self.house, Actor(found.person, via), ref)
        said = acknowledged_words(incident, found.person)
        if does == RESOLVE:
            place = self.house.places.incident(ref)
            return f"{said} To resolve it, its owner says what was done: {place}"
        return said

    async def _found(self, via: str, message: str, ticket: str, address: str, *, is_test: bool) -> Sent:
        """The message that is answered. NotFound, or Conflict where it may be several, with words to say back.

        `is_test`: where none is named, it is a page that is only a test.
        """
        async with self.house.pool.acquire() as conn:
            found = None
            if ticket:
                found = await rows.by_ticket(conn, ticket.strip().lower())
            elif message:
                found = await rows.by_message(conn, via, message)
            if found is None and address and not ticket:
                since = self.house.clock.now() - LISTENED_FOR
                some = await rows.by_address(conn, via, address, since)
                found = await self._only([one for one in some if not is_test or one.purpose == TEST])
        if found is None or not found.ref:
            raise NotFound("There is no page that this could answer; open the link in the message instead")
        return found

    async def _only(self, some: list[Sent]) -> Sent | None:
        """The one of them that waits for an answer; else the newest."""
        newest = list({(one.person, one.ref): one for one in reversed(some)}.values())[::-1]
        waiting, asked = list[tuple[Sent, list[str]]](), set[str]()
        for one in newest:
            awaited = await self._awaited(one)
            # A page that came again is not asked about twice.
            if not set(awaited) <= asked:
                waiting.append((one, awaited))
                asked |= set(awaited)
        # A test that nobody answered yet stands in no real page's way.
        waiting = [(one, about) for one, about in waiting if one.purpose != TEST] or waiting
        if len(waiting) > 1:
            signs = ", ".join(f"{one.ticket}: {_about(one, about)}" for one, about in waiting)
            raise Conflict(
                f"Which one? Answer with the key and the sign of the page, such as 4 {waiting[0][0].ticket} ({signs})"
            )
        return waiting[0][0] if waiting else next(iter(newest), None)

    async def _awaited(self, one: Sent) -> list[str]:
        """About what this message still waits for an answer, wherever else that may have been answered meanwhile: whose, and its ref."""
        if one.purpose == TEST:
            return [] if one.answered_at else [f"{one.person}/{one.ticket}"]
        if one.ref.startswith(MESSAGE):
            async with self.house.pool.acquire() as conn:
                alerts = await alert_rows.of_message(conn, int(one.ref.removeprefix(MESSAGE)))
            return [f"{one.person}/{alert.ref}" for alert in alerts if still_paged(alert, one.person)]
        batch = batch_of(one.ref)
        if batch is not None:
            found = await incidents_of(self.house, batch, one.person)
            return [f"{one.person}/{x.ref}" for x in found if x.is_awaited(one.person)]
        try:
            incident = (await case(self.house, one.ref, one.person)).incident
        except NotFound:
            return []
        return [f"{one.person}/{one.ref}"] if incident.is_awaited(one.person) else []

    async def _contact(self, found: Sent) -> ContactMethod | None:
        person = (await everybody(self.house)).people.get(found.person)
        return next((one for one in person.methods if one.id == found.contact), None) if person else None


def _about(one: Sent, awaited: list[str]) -> str:
    """What a message is about, as its own words call it."""
    return "a test page" if one.purpose == TEST else named([each.rpartition("/")[2] for each in awaited])
