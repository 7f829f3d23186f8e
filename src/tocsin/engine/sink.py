"""Where synthetic pages end: a channel like any other, that leads to nobody."""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.core.channel import Can, Field, Message
from tocsin.core.escalation.policy import SINK
from tocsin.core.work import Delivered, Outcome


class Sink:
    via = SINK
    label = "Sink"
    can = Can(idempotent=True)
    fields: tuple[Field, ...] = ()

    def address(self, given: Mapping[str, str]) -> str:
        return SINK

    def shown(self, address: str) -> str:
        return address

    async def send(self, message: Message, attempt: int) -> Outcome:
        return Delivered({"message": message.key})
