"""The listener: SMTP as far as a mail server that hands on its mail needs it. It judges no mail, and keeps no more of one than it may."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import structlog
from aiosmtpd.smtp import SMTP

LARGEST_BYTES: Final = 25 * 1024 * 1024
LONGEST_LINE: Final = 1024 * 1024
"""RFC 5321 allows 1000; programs that send HTML do not keep to it."""
MOST_CONNECTIONS: Final = 20
END: Final = b"\r\n"

Taker = Callable[[bytes, str | None], Awaitable[str]]
"""Takes a mail and its envelope's sender; gives the server's answer."""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def listening(host: str, port: int, addresses: tuple[str, ...], take: Taker) -> AsyncIterator[int]:
    """Listen for as long as this block; gives the port. OSError where it is taken."""
    connections: set[_Protocol] = set()
    handler = _Handler(addresses, take)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: _Protocol(handler, connections, hostname=addresses[0].rpartition("@")[2]), host, port
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        # What was not confirmed is sent again: nothing is lost with these.
        for one in list(connections):
            one.hang_up()


class _Handler:
    def __init__(self, addresses: tuple[str, ...], take: Taker) -> None:
        self._addresses = frozenset(one.casefold() for one in addresses)
        self._take = take

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address.casefold() not in self._addresses:
            log.warning("mail_recipient_refused", address=address[:300])
            return "550 5.1.1 There is no such mailbox here: Tocsin takes mail for its own addresses only"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        return await self._take(bytes(envelope.content), envelope.mail_from)


class _Protocol(SMTP):
    """aiosmtpd's, but for DATA: that one keeps a line that never ends, however long it becomes."""

    line_length_limit = LONGEST_LINE

    def __init__(self, handler: _Handler, connections: set[_Protocol], hostname: str) -> None:
        super().__init__(
            handler, data_size_limit=LARGEST_BYTES, enable_SMTPUTF8=True, hostname=hostname, ident="Tocsin"
        )
        self._connections = connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._connections.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._connections.discard(self)
        super().connection_lost(error)

    def hang_up(self) -> None:
        if self.transport is not None:
            self.transport.close()

    async def push(self, status: Any) -> None:
        if len(self._connections) > MOST_CONNECTIONS and str(status).startswith("220 "):
            await super().push("421 4.3.2 Too many connections: try again later")
            self.hang_up()
            return
        await super().push(status)

    async def smtp_DATA(self, arg: str | None) -> None:
        if await self.check_helo_needed():
            return
        envelope: Any = self.envelope
        if not envelope.rcpt_tos:
            await self.push("503 Error: need RCPT command")
            return
        if arg:
            await self.push("501 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        content = await self._content()
        if content is None:
            answer = f"552 5.3.4 The mail is too large: at most {LARGEST_BYTES:,} bytes are taken"
        else:
            envelope.content = envelope.original_content = content
            answer = await self.event_handler.handle_DATA(self, self.session, envelope)
        self._set_post_data_state()  # type: ignore[no-untyped-call]
        await self.push(answer)

    async def _content(self) -> bytes | None:
        """The mail, read to its end; None where it is too large, of which nothing is kept then."""
        kept = bytearray()
        too_large, begins_line = False, True
        while True:
            piece = await self._piece()
            if begins_line and piece == b"." + END:
                return None if too_large else bytes(kept)
            if begins_line and piece.startswith(b"."):
                piece = piece[1:]
            begins_line = piece.endswith(END)
            too_large = too_large or len(kept) + len(piece) > LARGEST_BYTES
            if too_large:
                kept.clear()
            else:
                kept += piece

    async def _piece(self) -> bytes:
        """A line, or a piece of one that is too long to be kept as a whole."""
        try:
            return bytes(await self._reader.readuntil(END))
        except asyncio.LimitOverrunError as why:
            return bytes(await self._reader.read(why.consumed))
        except asyncio.CancelledError:
            self._writer.close()
            raise
