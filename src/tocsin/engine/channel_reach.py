"""Lets a channel carry out what one person is to be told: it makes the message of the work's words, and keeps the ticket by which they answer."""

from __future__ import annotations

from tocsin.acts.contacts import sent
from tocsin.acts.house import House
from tocsin.core.channel import PAGED, TEST, Channel, Message
from tocsin.core.contacts import ContactMethod
from tocsin.core.device_words import WORDS, DeviceWords, device_words, is_told_anew, notice_words
from tocsin.core.people import Roster
from tocsin.core.words import shortened
from tocsin.core.work import (
    NOTICE,
    NOTICE_SETTLE,
    PAGE_SETTLE,
    Delivered,
    Desk,
    HouseDesk,
    Outcome,
    Refused,
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
        contact, words = _contact(desk.roster, work), device_words(work, desk)
        if words is None:
            return Delivered()
        return await self._send(work, contact, words, attempt)

    async def notify(self, work: Work, desk: HouseDesk, attempt: int) -> Outcome:
        contact = _contact(desk.roster, work)
        if work.does == NOTICE_SETTLE and not self._channel.can.settles:
            return Delivered()
        return await self._send(work, contact, notice_words(work, desk), attempt, of=desk.posted)

    async def _settle(self, work: Work, desk: Desk, attempt: int) -> Outcome:
        """Rewrite a page that is answered or over; where the channel can't, say so once."""
        page = await sent.by_message(self._house, self.name, work.payload["message"])
        words = device_words(work, desk)
        if words is None or page is None:
            return Delivered()
        can = self._channel.can
        if not can.settles and (can.rings or not is_told_anew(work, desk.incident)):
            return Delivered()
        contact = _found(desk.roster, page.person, page.contact)
        if contact is None:
            return Delivered()
        return await self._send(work, contact, words, attempt, of=page.message)

    async def _send(
        self, work: Work, contact: ContactMethod | None, words: DeviceWords, attempt: int, of: str = ""
    ) -> Outcome:
        person = work.payload["person"]
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
