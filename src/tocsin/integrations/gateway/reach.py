"""What goes out through a gateway: one HTTP call for each message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from tocsin.core.channel import Can, Field, Message
from tocsin.core.work import Delivered, Outcome
from tocsin.errors import Invalid
from tocsin.integrations.gateway.described import Gateway, at, filled
from tocsin.integrations.http import NO_ANSWER, Failed, Outside
from tocsin.integrations.numbers import NUMBER, number_from, shown_number
from tocsin.integrations.speaking import LONGEST_SPOKEN, call_text, press_words
from tocsin.integrations.texting import LONGEST, sms_text

LABELS = {"sms": "SMS", "voice": "Phone call"}


class GatewayChannel:
    fields: tuple[Field, ...] = (NUMBER,)

    def __init__(self, gateway: Gateway, outside: Outside) -> None:
        self._gateway = gateway
        self._outside = outside
        self.via: str = gateway.via
        self.label = LABELS[gateway.via]
        self.can = Can(
            answers=gateway.reply is not None,
            tells_delivery=gateway.receipt is not None,
            idempotent=gateway.idempotent,
            interrupts=True,
            rings=gateway.via == "voice",
            length=LONGEST_SPOKEN if gateway.via == "voice" else LONGEST,
        )

    def carries(self, address: str) -> bool:
        """Whether messages to that number may go this way."""
        return any(address.startswith(prefix) for prefix in self._gateway.prefixes)

    def address(self, given: Mapping[str, str]) -> str:
        number = number_from(given)
        if not self.carries(number):
            raise Invalid(f"No gateway reaches {shown_number(number)}", field=NUMBER.id)
        return number

    def shown(self, address: str) -> str:
        return shown_number(address)

    async def send(self, message: Message, attempt: int) -> Outcome:
        parts = {"to": message.to, "text": self._text(message), "key": message.key}
        body = filled(self._gateway.body, parts)
        how = {"json": "json", "form": "data", "query": "params"}[self._gateway.type]
        more: dict[str, Any] = {how: body, "headers": self._gateway.headers}
        try:
            answer = await self._outside.fetch(
                self._gateway.method, self._gateway.url, now=message.now, **more
            )
        except Failed as why:
            return why.outcome
        id = at(_read(answer), self._gateway.id)
        return Delivered({"message": id} if id else {})

    def _text(self, message: Message) -> str:
        if self.via == "sms":
            return sms_text(message, answered=self.can.answers)
        keys = f" {press_words(message)}" if message.ticket and self.can.answers else ""
        return call_text(message) + keys


def _read(answer: bytes) -> Any:
    """The answer; nothing where it is no JSON: it was taken all the same."""
    try:
        return msgspec.json.decode(answer)
    except NO_ANSWER:
        return None
