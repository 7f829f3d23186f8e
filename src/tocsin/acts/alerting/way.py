"""One message about alerts on its way to a device or place: what each bears, whatever it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tocsin.acts.contacts import sent
from tocsin.acts.house import House
from tocsin.core.alerting.words import AlertWords
from tocsin.core.channel import LOW, PAGED, Channel, Message
from tocsin.core.contacts import ContactMethod
from tocsin.core.device_words import plain
from tocsin.core.people import Person
from tocsin.core.words import shortened
from tocsin.store.deliveries import Batch, One


@dataclass(frozen=True, slots=True)
class Way:
    """Whom it reaches and how. `contact` is None for a place."""

    house: House
    batch: Batch
    channel: Channel
    contact: ContactMethod | None
    people: Mapping[str, Person]
    now: datetime

    def name(self, handle: str) -> str:
        return self.people[handle].name if handle in self.people else handle

    def message(self, alerts: Sequence[One], words: AlertWords) -> Message:
        """It in these words, which informs and asks for nothing."""
        batch, can, places = self.batch, self.channel.can, self.house.places
        short = plain(words.short)
        return Message(
            key=key_of(batch.id),
            purpose=batch.purpose,
            person=batch.person,
            to=self.contact.address if self.contact else batch.contact.partition(":")[2],
            subject=words.subject,
            text=words.text,
            short=shortened(short, can.length) if can.length else short,
            now=self.now,
            urgency=LOW,
            link=places.alert(alerts[0].about.ref) if len(alerts) == 1 else places.alerts,
            count=len(alerts),
            priority=min(one.about.priority for one in alerts),
        )

    async def asking(self, message: Message, page: int) -> Message:
        """The same with the ways to answer the page of that number, where the person can."""
        if self.contact is None:
            return message
        ref, person, house = key_of(page), self.batch.person, self.house
        link = house.places.answer_alerts(ref, person, house.sign(ref, person))
        can, ticket = self.channel.can, ""
        # Nothing is kept where the device can neither answer nor tell anything.
        if can.answers or can.tells:
            ticket = await sent.ticket_for(house, ref, self.contact, person, PAGED, ref)
        return replace(message, answer_link=link, ticket=ticket)


def key_of(batch: int) -> str:
    return f"D{batch}"
