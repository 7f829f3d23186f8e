"""What comes in by mail: a reply belongs to the incident that it answers, anything else is heard as the handbook says.

A sender's address can be forged by anybody: a mail is never more than a report or a note, and changes nothing in anybody's name. One
exception: a reply to a page about alerts answers it, since it names the signed id of the very mail that its sender got.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

import asyncpg
import structlog

from tocsin.acts import incidents, looks
from tocsin.acts.house import GONE, House
from tocsin.acts.inbox import hear
from tocsin.core.case import Actor
from tocsin.core.facts import TOCSIN
from tocsin.core.incident import Incident
from tocsin.core.intake import Message
from tocsin.core.people import Person
from tocsin.core.words import LONGEST_TEXT, is_thanks, shortened
from tocsin.errors import NotFound, TocsinError
from tocsin.integrations.email.alerts import EmailAlerts, meant
from tocsin.integrations.email.incoming import Mail, read_mail
from tocsin.integrations.email.letter import about_of
from tocsin.integrations.email.smtp import listening

TAKEN: Final = "250 2.0.0 It is stored"
LATER: Final = "451 4.3.0 It can't be stored now: try again later"
MANY: Final = 5
SPAN: Final = timedelta(hours=1)
"""So many reports of one address within this time are answered by mail: a program that answers answers stays without any."""
MOST_SENDERS: Final = 1000
MOST_IDS: Final = 50

log = structlog.get_logger(__name__)


class EmailDoor:
    def __init__(
        self,
        host: str,
        port: int,
        addresses: tuple[str, ...],
        sender: str = "",
        alerts: EmailAlerts | None = None,
    ) -> None:
        """`addresses` are those under which we receive, `sender` is the one from which we send. `alerts` sends what replies may answer."""
        self._alerts = alerts
        self._host, self._port = host, port
        self._addresses = addresses
        # A group that is one of our addresses may put itself in the place of who wrote: such mail is no mail of ours.
        self._own = {sender.casefold()} - {"", *(one.casefold() for one in addresses)}
        self._lately: OrderedDict[str, deque[datetime]] = OrderedDict()

    async def listen(self, house: House) -> None:
        """Listen until cancelled."""
        async with self.open(house):
            await asyncio.Event().wait()

    @asynccontextmanager
    async def open(self, house: House) -> AsyncIterator[int]:
        async def take(raw: bytes, envelope_sender: str | None) -> str:
            return await self.take(house, raw, envelope_sender)

        async with listening(self._host, self._port, self._addresses, take) as port:
            log.info("mail_listening", host=self._host, port=port, addresses=self._addresses)
            yield port

    async def take(self, house: House, raw: bytes, envelope_sender: str | None) -> str:
        """The answer of the mail server: 250 only after it was stored, or found to be nothing to store."""
        try:
            mail = await asyncio.to_thread(read_mail, raw, envelope_sender, self._addresses)
            why = mail.automatic or self._is_own(mail)
            if why:
                log.info("mail_ignored", sender=mail.sender, subject=mail.subject[:200], why=why)
                return TAKEN
            await self._take(house, mail)
        except (*GONE, asyncpg.PostgresError) as why:
            log.warning("mail_later", why=repr(why))
            return LATER
        except Exception:
            # The outer edge: whoever sent it keeps it and sends it again, and hears of it if it never goes through.
            log.exception("mail_later")
            return LATER
        return TAKEN

    def _is_own(self, mail: Mail) -> str:
        return "it comes from our own address" if mail.sender.casefold() in self._own else ""

    async def _take(self, house: House, mail: Mail) -> None:
        person = (await looks.roster(house)).by_mail(mail.sender)
        if person and await self._answers(house, mail, person):
            return
        incident = await self._incident(house, mail, person)
        if incident and _is_note(incident, mail, person):
            text = shortened(mail.said or mail.subject or "(an empty mail)", LONGEST_TEXT - 1000)
            sender = mail.sender or "somebody"
            if person:
                text = f"By e-mail from {sender}:\n{text}"
            await incidents.add_note(
                house,
                Actor("", "email", sender),
                incident.ref,
                text,
                from_outside=True,
                once=("email", mail.key),
            )
            return
        await _heard(house, self._message(house, mail, person), incident)

    async def _answers(self, house: House, mail: Mail, person: Person) -> bool:
        """Whether it was an answer to a page about alerts, of the person to whom that went; they read what came of it.

        Any other words in such a reply are heard as those of any mail, but for thanks: nothing is lost.
        """
        id = self._alerts.answered(house, mail.answers[:MOST_IDS], person.handle) if self._alerts else ""
        does = meant(mail.said)
        if self._alerts is None or not id or not does:
            return bool(id) and is_thanks(mail.said)
        try:
            said = await house.receipts.answered("email", does=does, message=id)
        except TocsinError as why:
            said = why.message
        await self._alerts.say(person.email, said, id, mail.key)
        return True

    async def _incident(self, house: House, mail: Mail, person: Person | None) -> Incident | None:
        """The incident whose conversation it belongs to: by the signed id of a mail of ours, or as one of our people names it."""
        for id in mail.answers[:MOST_IDS]:
            about = about_of(id, house.sign)
            ref = await looks.incident_of_report(house, about) if about.startswith("R") else about
            if ref:
                return await _found(house, ref, TOCSIN)
        if person and mail.ref:
            return await _found(house, mail.ref, person.handle)
        return None

    def _message(self, house: House, mail: Mail, person: Person | None) -> Message:
        now = house.clock.now()
        answered = mail.is_read and self._is_answered(mail.sender, now)
        return Message(
            source="email",
            text=mail.text or mail.subject,
            title=mail.title,
            sender=mail.sender,
            received_at=now,
            outside=person is None,
            answer_via="email" if answered else "page",
            address=mail.sender,
            key=mail.key,
        )

    def _is_answered(self, sender: str, now: datetime) -> bool:
        times = self._lately.setdefault(sender.casefold(), deque(maxlen=MANY + 1))
        self._lately.move_to_end(sender.casefold())
        if len(self._lately) > MOST_SENDERS:
            self._lately.popitem(last=False)
        times.append(now)
        if sum(at > now - SPAN for at in times) <= MANY:
            return True
        log.warning("mail_not_answered", sender=sender, why=f"more than {MANY} mails within {SPAN}")
        return False


async def _heard(house: House, message: Message, incident: Incident | None) -> None:
    joins = incident.ref if incident and incident.is_open else ""
    await hear(house, message, joins=joins)


async def _found(house: House, ref: str, viewer: str) -> Incident | None:
    try:
        return (await looks.case(house, ref, viewer)).incident
    except NotFound:
        return None


def _is_note(incident: Incident, mail: Mail, person: Person | None) -> bool:
    """Whether it adds to what is known. Somebody else's first word is a report; so is more trouble after the end."""
    if person:
        return True
    of_theirs = any(
        one.address.casefold() == mail.sender.casefold() and one.answer_via == "email"
        for one in incident.handles_reports
    )
    return (of_theirs and incident.is_open) or is_thanks(mail.said)
