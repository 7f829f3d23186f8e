"""An HTTP server in somebody else's event loop, which is up and gone without a tenth of a second's waiting for nothing."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Generator
from typing import Any, Final

import uvicorn

GRACE_SECONDS: Final = 1.0
"""How long answers that are being given may go on once it is to leave."""


def listen(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """A socket that listens there; port 0 takes any free one. OSError where the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Naming the protocol makes asyncio switch off Nagle's algorithm; without, each kept connection waits 40 ms for an answer.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    listening.listen(
        1024
    )  # Now, so that a taken port is told here: two may bind one port, but only one may listen.
    return listening


def url_of(listening: socket.socket) -> str:
    """Where it is reached from this machine."""
    host, port = listening.getsockname()[:2]
    return f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104


class Server:
    """An ASGI app (its lifespan is not its business here), served at a socket that listens."""

    def __init__(self, app: Any, listening: socket.socket) -> None:
        self.url = url_of(listening)
        self._listening = listening
        self._server = _Quiet(
            uvicorn.Config(
                app, log_level="critical", lifespan="off", date_header=False, ws="websockets-sansio"
            )
        )
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Come back when it answers."""
        self._serving = asyncio.create_task(self._server.serve([self._listening]))
        ready = asyncio.create_task(self._server.ready.wait())
        await asyncio.wait([ready, self._serving], return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            ready.cancel()
            await self._serving

    async def stop(self) -> None:
        if self._serving is not None:
            self._server.leaving.set()
            await self._serving


@contextlib.asynccontextmanager
async def served(app: Any, listening: socket.socket | None = None) -> AsyncIterator[str]:
    """The address at which the app is served meanwhile: on this machine at any free port, or at that socket."""
    server = Server(app, listening or listen())
    await server.start()
    try:
        yield server.url
    finally:
        await server.stop()


class _Quiet(uvicorn.Server):
    """Signals are not its business. uvicorn's own looks every tenth of a second whether it may leave, and again whether it has left."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self.leaving = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        await self.leaving.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for one in sockets or []:
            one.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if tasks := list(self.server_state.tasks):
            _, late = await asyncio.wait(tasks, timeout=GRACE_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
