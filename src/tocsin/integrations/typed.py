"""Calls an address that somebody typed, or that their browser gave: never to where the guard does not let us, never without an end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import Final

import aiohttp
import httpx2
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from tocsin.core.work import Later, Refused
from tocsin.integrations.guard import UNLESS_NAMED, Guard, Inside, Unknown, Unsafe
from tocsin.integrations.http import PATIENCE, Failed, trusted

LARGEST_ANSWER: Final = 1_000_000
"""More is not read: what a stranger's server says has no other end."""
OF_THE_WIRE: Final = frozenset({"content-encoding", "content-length", "transfer-encoding"})
KEPT_SECONDS: Final = 10.0
"""How long a connection is kept: servers keep theirs for longer, so that a page seldom meets one that is being closed."""
HEADERS: Final = {"User-Agent": "Tocsin", "Accept-Encoding": "identity"}
_is_safe: ContextVar[bool] = ContextVar("is_safe", default=False)
"""Whether the call that a connection is made for is encrypted, or need not be."""


class Typed:
    """`label` is how people call the service at these addresses; the guard says which of them may be called.

    A connection is kept for a while and used again for the same host. The guard is asked when one is made: it gives the number of the
    machine that it has looked at, and that one is called.
    """

    def __init__(
        self, label: str, guard: Guard, *, only_https: bool = False, patience: timedelta = PATIENCE
    ) -> None:
        self._label = label
        self._guard = guard
        self._only_https = only_https
        self._patience = patience
        self._session: aiohttp.ClientSession | None = None

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        content: bytes = b"",
        most: int = LARGEST_ANSWER,
    ) -> httpx2.Response:
        """What is answered, whatever the status; of a longer body its first `most` bytes. Failed where nothing is."""
        async with _given_up(self._label, self._patience):
            at = self._address(url)
            is_safe = at.scheme == "https" or not self._only_https
            token = _is_safe.set(is_safe)
            try:
                if _is_number(at.raw_host or ""):
                    # Such a one is not looked up on the way, so the guard is asked here.
                    at = at.with_host(
                        await self._guard.machine(at.raw_host or "", at.port or 0, is_safe=is_safe)
                    )
                async with self._open().request(
                    method, at, headers=headers, data=content, allow_redirects=False
                ) as answer:
                    return await _read(answer, most)
            finally:
                _is_safe.reset(token)

    def _address(self, url: str) -> URL:
        try:
            at = URL(url)
            if at.scheme not in ("http", "https") or not at.host:
                raise ValueError("it has to begin with https:// and name a host")
        except ValueError as why:
            raise Failed(Refused(f"The address of {self._label} is none: {why}")) from why
        return at

    def _open(self) -> aiohttp.ClientSession:
        """The session, which belongs to the loop that it is made in."""
        if self._session is None or self._session.closed:
            seconds = self._patience.total_seconds()
            self._session = aiohttp.ClientSession(
                # No answers of the look-up are kept: a new connection asks the guard anew.
                connector=aiohttp.TCPConnector(
                    resolver=_Guarded(self._guard),
                    use_dns_cache=False,
                    ssl=trusted(),
                    limit=0,
                    keepalive_timeout=KEPT_SECONDS,
                ),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=min(seconds, 5.0)),
                headers=HEADERS,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
            )
        return self._session

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()


class _Guarded(AbstractResolver):
    """Looks a host up by way of the guard, which lets none through that is within our own network."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        machine = await self._guard.machine(host, port, is_safe=_is_safe.get())
        kind = socket.AF_INET6 if ":" in machine else socket.AF_INET
        flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        return [ResolveResult(hostname=host, host=machine, port=port, family=kind, proto=0, flags=flags)]

    async def close(self) -> None:
        return


@asynccontextmanager
async def _given_up(label: str, patience: timedelta) -> AsyncIterator[None]:
    """The time in which whoever stands there has to answer. Failed for all that keeps them from doing so."""
    try:
        async with asyncio.timeout(patience.total_seconds()):
            yield
    except (Unknown, aiohttp.ClientConnectorError) as why:
        said = why if isinstance(why, Unknown) else why.os_error.strerror or type(why.os_error).__name__
        raise Failed(Later(f"{label} can't be reached: {said}")) from why
    except Inside as why:
        raise Failed(Refused(f"{why}: {UNLESS_NAMED}")) from why
    except Unsafe as why:
        raise Failed(Refused(f"{why}")) from why
    except TimeoutError as why:
        raise Failed(Later(f"{label} did not answer within {patience.total_seconds():g} s")) from why
    except aiohttp.InvalidURL as why:
        raise Failed(Refused(f"The address of {label} is none: {why.description or why}")) from why
    except (aiohttp.ClientError, OSError) as why:
        broken = f"{label} broke off before its answer was whole ({type(why).__name__})"
        raise Failed(Later(broken)) from why


async def _read(answer: aiohttp.ClientResponse, most: int) -> httpx2.Response:
    data = bytearray()
    async for piece in answer.content.iter_any():
        data += piece
        if len(data) >= most:
            answer.close()  # The rest is not worth a connection.
            break
    kept = {name: value for name, value in answer.headers.items() if name.lower() not in OF_THE_WIRE}
    return httpx2.Response(answer.status, headers=kept, content=bytes(data[:most]))


def _is_number(host: str) -> bool:
    """A machine by its number: 10.0.0.1, [::1], 2130706433."""
    return ":" in host or not any(sign.isalpha() for sign in host)
