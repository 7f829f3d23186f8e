"""Lets a channel carry out what one person is to be told: it makes the message of the work's words, and keeps the ticket by which they answer."""

from __future__ import annotations

from dataclasses import replace

from tocsin.acts.contacts import sent
from tocsin.acts.house import House
from tocsin.acts.incidents_together import incidents_of
from tocsin.core.channel import PAGED, TEST, Channel, Message
from tocsin.core.contacts import ContactMethod
from tocsin.core.device_words import (
    WORDS,
    DeviceWords,
    device_words,
    how_it_stands,
    is_told_anew,
    notice_words,
)
from tocsin.core.people import Roster
from tocsin.core.together_words import batch_of, pages_words, standing_words, told_words
from tocsin.core.words import shortened
from tocsin.core.work import (
    NOTICE,
    NOTICE_SETTLE,
    PAGE,
    PAGE_SETTLE,
    Delivered,
    Desk,
    HouseDesk,
    Later,
    Outcome,
    Refused,
    Together,
    Work,
)


class ChannelReach:
    """One channel as a reach."""

    does = frozenset(WORDS)
    notifies = frozenset({NOTICE, NOTICE_SETTLE})

    def __init__(self, channel: Channel, house: House) -> None:
        self.name = channel.via
        self._channel = channel
        self._house = house

    async def carry_out(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        if work.does == PAGE_SETTLE:
            return await self._settle(work, desk, attempt)
        words = device_words(work, desk)
        if words is None:
            return Delivered()
        return await self._send(work, desk.roster, words, attempt)

    async def carry_out_together(self, together: Together, attempt: int) -> Outcome:
        """Pages of many incidents as one message; and that they are answered, likewise."""
        work, desk = together.works[0]
        if work.does == PAGE:
            sent_as = replace(work, key=together.key)
            many = len({one.incident.ref for _, one in together.works})
            return await self._send(sent_as, desk.roster, pages_words(together), attempt, many=many)
        if self._channel.can.settles:
            return await self._settle_each(together, attempt)
        told = {
            one.incident.ref: how_it_stands(one.incident, one.roster)
            for settle, one in together.works
            if is_told_anew(settle, one.incident)
        }
        said = {ref: words for ref, words in told.items() if words}
        if not said or self._channel.can.rings:
            return Delivered()
        sent_as = replace(work, key=together.key)
        return await self._send(sent_as, desk.roster, told_words(said, desk.places), attempt)

    async def _settle_each(self, together: Together, attempt: int) -> Outcome:
        """Each message once. The first that can't be rewritten now stands for all: what is rewritten twice is none the worse."""
        by_message = {work.payload["message"]: (work, desk) for work, desk in together.works}
        for work, desk in by_message.values():
            outcome = await self._settle(work, desk, attempt)
            if isinstance(outcome, Later):
                return outcome
        return Delivered()

    async def notify(self, work: Work, desk: HouseDesk, attempt: int) -> Outcome:
        if work.does == NOTICE_SETTLE and not self._channel.can.settles:
            return Delivered()
        return await self._send(work, desk.roster, notice_words(work, desk), attempt, of=desk.posted)

    async def _settle(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        """Rewrite a page that is answered or over; where the channel can't, say so once."""
        page = await sent.by_message(self._house, self.name, work.payload["message"])
        words = device_words(work, desk)
        if words is None or page is None:
            return Delivered()
        can, batch = self._channel.can, batch_of(page.ref)
        if batch is not None and can.settles:
            found = await incidents_of(self._house, batch, page.person)
            if any(one.is_awaited(page.person) for one in found):
                return Delivered()  # Its buttons are for those that still wait.
            words = standing_words(found, page.person, desk.roster, desk.places)
        if not can.settles and (can.rings or not is_told_anew(work, desk.incident)):
            return Delivered()
        if _found(desk.roster, page.person, page.contact) is None:
            return Delivered()
        work = replace(work, payload={**work.payload, "contact": page.contact})
        return await self._send(work, desk.roster, words, attempt, of=page.message)

    async def _send(
        self, work: Work, roster: Roster, words: DeviceWords, attempt: int, of: str = "", many: int = 1
    ) -> Outcome:
        contact, person = _contact(roster, work), work.payload["person"]
        if contact is None:
            return Refused(f"{person} has removed that contact method")
        ticket = await sent.ticket_for(self._house, work.key, contact, person, words.purpose, words.ref)
        can = self._channel.can
        message = Message(
            key=work.key,
            purpose=words.purpose,
            person=person,
            to=contact.address,
            subject=words.subject,
            text=words.text,
            short=shortened(words.short, can.length) if can.length else words.short,
            now=self._house.clock.now(),
            urgency=words.urgency,
            link=words.link,
            answer_link=words.answer_link,
            ticket=ticket if words.ref and words.purpose in (PAGED, TEST) else "",
            of=of,
            count=many,
        )
        outcome = await self._channel.send(message, attempt)
        await sent.note(self._house, work.key, contact, outcome, can)
        return outcome


def _contact(roster: Roster, work: Work) -> ContactMethod | None:
    return _found(roster, work.payload["person"], work.payload.get("contact", ""))


def _found(roster: Roster, person: str, id: str) -> ContactMethod | None:
    """Their device with that id, as it is now."""
    found = roster.people.get(person)
    return next((one for one in found.methods if one.id == id), None) if found else None
