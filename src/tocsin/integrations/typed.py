"""Calls an address that somebody typed, or that their browser gave: never to where the guard does not let us, never without an end."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Final

import httpx2

from tocsin.core.work import Later, Refused
from tocsin.integrations.guard import ALONE, UNLESS_NAMED, Guard, Inside, Unknown, Unsafe
from tocsin.integrations.http import PATIENCE, Failed, given_up

LARGEST_ANSWER: Final = 1_000_000
"""More is not read: what a stranger's server says has no other end."""
OF_THE_WIRE: Final = frozenset({"content-encoding", "content-length", "transfer-encoding"})


class Typed:
    """`label` is how people call the service at these addresses; the guard says which of them may be called.

    With `one_host` all of them are at one host, so that its connections may be used again.
    """

    def __init__(
        self,
        label: str,
        guard: Guard,
        *,
        only_https: bool = False,
        one_host: bool = False,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._label = label
        self._guard = guard
        self._only_https = only_https
        self._patience = patience
        seconds = patience.total_seconds()
        self._client = httpx2.AsyncClient(
            headers={"User-Agent": "Tocsin"},
            timeout=httpx2.Timeout(seconds, connect=min(seconds, 5.0)),
            follow_redirects=False,
            limits=httpx2.Limits() if one_host else ALONE,
            trust_env=False,
            verify=_trusted(),
        )

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
        async with given_up(self._label, self._patience):
            request = await self._request(method, url, headers, content)
            answer = await self._client.send(request, stream=True)
            try:
                return await _read(answer, most)
            finally:
                await answer.aclose()

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes
    ) -> httpx2.Request:
        try:
            return await self._guard.request(
                self._client,
                method,
                httpx2.URL(url),
                headers=headers,
                content=content,
                only_https=self._only_https,
            )
        except httpx2.InvalidURL as why:
            raise Failed(Refused(f"The address of {self._label} is none: {why}")) from why
        except Unknown as why:
            raise Failed(Later(f"{self._label} can't be reached: {why}")) from why
        except Inside as why:
            raise Failed(Refused(f"{why}: {UNLESS_NAMED}")) from why
        except Unsafe as why:
            raise Failed(Refused(f"{why}")) from why

    async def aclose(self) -> None:
        await self._client.aclose()


async def _read(answer: httpx2.Response, most: int) -> httpx2.Response:
    data = bytearray()
    async for piece in answer.aiter_bytes():
        data += piece
        if len(data) >= most:
            break
    kept = {name: value for name, value in answer.headers.items() if name.lower() not in OF_THE_WIRE}
    return httpx2.Response(answer.status_code, headers=kept, content=bytes(data[:most]))


@cache
def _trusted() -> ssl.SSLContext:
    """Whose certificates count: read once for all that call typed addresses, since it takes a tenth of a second."""
    return httpx2.create_ssl_context()
