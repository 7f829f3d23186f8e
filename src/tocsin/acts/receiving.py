"""How the doors of channels hand on what came back from a device, without knowing whom it concerns."""

from __future__ import annotations

from typing import Final, Protocol

import structlog

from tocsin.errors import Unavailable

log = structlog.get_logger()
DELIVERED, SEEN, FAILED = "delivered", "seen", "failed"
"""What a provider can tell of a message after it took it."""


class Receipts(Protocol):
    async def told(self, via: str, message: str, state: str, words: str = "") -> None:
        """The provider tells what became of its message (the id that `send` gave). An id that is nobody's is passed over."""
        ...

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
        """Somebody answered on a device: `does` is a value of `core.channel.TEST_KEYS`, `words` what they said.

        Who it is and what about is found by the message's id, the ticket, or the verified address of the device. Gives the sentence to
        say back. TocsinError, with words to say back, where it answers nothing.
        """
        ...


class NothingHeard:
    """Where no deliveries are kept, such as in a command on the database itself."""

    async def told(self, via: str, message: str, state: str, words: str = "") -> None:
        log.warning("a receipt came where nothing keeps them", via=via, state=state)

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
        raise Unavailable("Nothing here takes answers; open the link in the message")


NOTHING_HEARD: Final = NothingHeard()
