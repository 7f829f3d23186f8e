"""The channel ntfy: a page as a notification on a phone, which can be acknowledged on the locked screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tocsin.core.channel import Can, Field, Message
from tocsin.core.work import Delivered, Outcome
from tocsin.integrations.guard import Guard
from tocsin.integrations.http import Failed
from tocsin.integrations.ntfy.client import NtfyClient
from tocsin.integrations.ntfy.note import LONGEST_BYTES, note
from tocsin.integrations.ntfy.topic import topic_from, topic_of

VIA: Final = "ntfy"


class NtfyChannel:
    """`server` is where topics are unless somebody names another; `answer` gives the address that acknowledges, by a ticket."""

    via = VIA
    label = "ntfy"
    can = Can(answers=True, idempotent=True, settles=True, interrupts=True, length=LONGEST_BYTES)

    def __init__(self, client: NtfyClient, server: str, guard: Guard, answer: Callable[[str], str]) -> None:
        self._client = client
        self._guard = guard
        self._server = server
        self._answer = answer
        place = server.partition("://")[2]
        self.fields = (
            Field(
                "topic",
                "Topic",
                help="Its name is its password: choose one that nobody guesses, and follow it in the ntfy app.",
                example="tocsin-8fk2q0xw7e",
                secret=True,
            ),
            Field(
                "server",
                "Server",
                help=f"Only if it is another one than {place}.",
                example="https://ntfy.example",
                optional=True,
            ),
        )

    def address(self, given: Mapping[str, str]) -> str:
        return topic_from(given, self._server, self._guard).address

    def shown(self, address: str) -> str:
        return topic_of(address).shown

    async def send(self, message: Message, attempt: int) -> Outcome:
        topic = topic_of(message.to)
        said = note(message, topic.name, self._answer(message.ticket) if message.ticket else "")
        sequence = str(said["sequence_id"])
        # What follows up on a message has its sequence: only a first one is known by it. A second one of the same key takes the place
        # of the first either way, but the phone would ring again.
        if attempt > 1 and not message.of and await self._client.has(topic, sequence):
            return Delivered({"message": sequence})
        try:
            id = await self._client.publish(topic, said, message.now)
        except Failed as why:
            return why.outcome
        return Delivered({"message": sequence, "id": id})
