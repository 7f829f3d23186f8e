"""Alerts by mail: each with one button and a thread of its own; whoever got one answers it by a reply that begins with the word."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.headerregistry import Address
from typing import Final

from tocsin.acts.house import House
from tocsin.core.channel import ACKNOWLEDGE, HIGH, KEYS, PAGED, RESOLVE, Can, Field, Message
from tocsin.core.work import Delivered, Later, Outcome, Refused
from tocsin.errors import Invalid
from tocsin.integrations.email.client import Server, send
from tocsin.integrations.email.letter import Button, Letter, about_of, message_from, message_id
from tocsin.integrations.email.reach import wire_address

MESSAGE: Final = re.compile(r"D[1-9]\d{0,16}")
"""The key of a message about alerts, which stands in the id of its mail."""
WORDS: Final[Mapping[str, str]] = {
    **KEYS,
    "ack": ACKNOWLEDGE,
    "acknowledge": ACKNOWLEDGE,
    "acknowledged": ACKNOWLEDGE,
    "close": RESOLVE,
    "closed": RESOLVE,
}
FIRST = re.compile(r"[\w]+")
HOW: Final = "To acknowledge, reply with the word ack; to close, with the word close."


class EmailAlerts:
    """To the person's address, as the directory gives it. It speaks for the house that it was told of."""

    via = "email"
    label = "e-mail"
    fields: tuple[Field, ...] = ()

    def __init__(self, server: Server, sender: Address, *, is_heard: bool) -> None:
        """`is_heard`: replies come back to us."""
        self._server = server
        self._sender = sender
        self._is_heard = is_heard
        self.can = Can(answers=is_heard)
        self.house: House | None = None

    def address(self, given: Mapping[str, str]) -> str:
        raise Invalid("Whose address it is stands in the directory of people: save it there")

    def shown(self, address: str) -> str:
        return address

    async def send(self, message: Message, attempt: int) -> Outcome:
        """A second try has the same id: mail programs show it once."""
        to = wire_address(message.to)
        if isinstance(to, Refused):
            return to
        if self.house is None:
            return Later("Tocsin has not started yet")
        letter = self._letter(message, to, self.house)
        failure = await send(
            message_from(letter, self._sender), self._sender.addr_spec, letter.to, self._server
        )
        return failure or Delivered({"message": letter.id})

    async def say(self, to: str, words: str, id: str, key: str) -> None:
        """Answer a reply to the mail with that id. What does not go out is not tried again: what was done is done."""
        address = wire_address(to)
        if isinstance(address, Refused) or self.house is None:
            return
        now = self.house.clock.now()
        own = self._id(self.house, "alerts", f"said {key}")
        letter = Letter(address, words.partition("\n")[0], words, own, id, now)
        await send(message_from(letter, self._sender), self._sender.addr_spec, address, self._server)

    def answered(self, house: House, ids: tuple[str, ...], person: str) -> str:
        """The id among these of a mail of ours about alerts that went to that person; "" where there is none."""
        for id in ids:
            key = about_of(id, house.sign)
            ours = self._page_id(house, key, person) if MESSAGE.fullmatch(key) else ""
            if ours and ours.casefold() == id.casefold():
                return ours
        return ""

    def _letter(self, message: Message, to: str, house: House) -> Letter:
        """A page, or quietly in the same thread what became of it."""
        is_page = message.purpose == PAGED
        key, person = message.key, message.person
        if message.count == 1:
            thread = self._id(house, "alerts", message.link)
        else:
            thread = message.of or self._id(house, "alerts", key)
        text = f"{message.text}\n\n{message.link}"
        if message.ticket and self._is_heard:
            text = f"{text}\n\n{HOW}"
        every = " all" if message.count > 1 else ""
        button = Button(f"Acknowledge{every}", message.answer_link) if message.answer_link else None
        return Letter(
            to=to,
            subject=message.subject,
            text=text,
            id=self._page_id(house, key, person)
            if MESSAGE.fullmatch(key)
            else self._id(house, "alerts", key),
            thread=thread,
            sent_at=message.now,
            button=button,
            is_urgent=is_page and message.urgency == HIGH,
        )

    def _page_id(self, house: House, key: str, person: str) -> str:
        return self._id(house, key, f"{key}|{person}")

    def _id(self, house: House, about: str, seed: str) -> str:
        return message_id(about, f"{house.places.base}|{seed}", house.sign, self._sender.domain)


def meant(said: str) -> str:
    """What the first word of a reply asks for: acknowledge or resolve; "" for any other."""
    found = FIRST.search(said)
    return WORDS.get(found[0].lower(), "") if found else ""
