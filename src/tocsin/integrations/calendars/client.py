"""Reads a file at an address that somebody typed: never one within our own network, never without an end.

The guard says what may be called; it is asked again for wherever the address sends us.
"""

from __future__ import annotations

import asyncio
from functools import cached_property
from typing import Final

import httpx2

from tocsin.acts.reading import Answer, CantRead
from tocsin.integrations.guard import ALONE, Guard, Inside, Unknown

LARGEST: Final = 10_000_000
PATIENCE_SECONDS: Final = 30.0
"""For all of it: a service that drips its answer is given up like one that is silent."""
MOST_HOPS: Final = 5
PASSES: Final = frozenset({408, 409, 425, 429})


class Reader:
    """Reads what the guard lets it read."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    @cached_property
    def _client(self) -> httpx2.AsyncClient:
        """Made when the first calendar is read: it reads all authorities' certificates, and every start would wait for that."""
        return httpx2.AsyncClient(
            headers={"User-Agent": "Tocsin", "Accept": "text/calendar, */*;q=0.5", "Accept-Encoding": "gzip"},
            timeout=httpx2.Timeout(15.0, connect=5.0),
            follow_redirects=False,
            limits=ALONE,
            trust_env=False,
        )

    async def aclose(self) -> None:
        if "_client" in vars(self):
            await self._client.aclose()

    async def read(self, url: str, etag: str, last_modified: str) -> Answer:
        """What stands there, if it changed since. CantRead, saying why, where there is nothing to be had."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self._read(url, etag, last_modified)
        except (TimeoutError, httpx2.TimeoutException) as why:
            raise CantRead("its address does not answer in time", passes=True) from why
        except httpx2.ConnectError as why:
            raise CantRead(f"its address can't be reached: {why}", passes=True) from why
        except httpx2.RequestError as why:
            kind = type(why).__name__
            raise CantRead(
                f"its address broke off before the answer was whole ({kind})", passes=True
            ) from why

    async def _read(self, url: str, etag: str, last_modified: str) -> Answer:
        asked = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in asked.items() if value}
        at, seen = _parsed(url), set[str]()
        for _ in range(MOST_HOPS + 1):
            if str(at) in seen:
                raise CantRead("its address sends us in a circle", passes=False)
            seen.add(str(at))
            request = await self._request(at, headers)
            answer = await self._client.send(request, stream=True)
            try:
                if not answer.has_redirect_location:
                    return await _answer(answer)
                at = _parsed(str(at.join(answer.headers.get("Location", ""))))
            finally:
                await answer.aclose()
        raise CantRead(f"its address sends us on more than {MOST_HOPS} times", passes=False)

    async def _request(self, at: httpx2.URL, headers: dict[str, str]) -> httpx2.Request:
        try:
            return await self._guard.request(self._client, "GET", at, headers=headers)
        except Unknown as why:
            raise CantRead(str(why), passes=True) from why
        except Inside as why:
            raise CantRead(
                f"{why}, from which nothing is read: give an address that everybody can read, or name its network in"
                " TOCSIN_PRIVATE_NETWORKS",
                passes=False,
            ) from why


def _parsed(url: str) -> httpx2.URL:
    try:
        at = httpx2.URL(url.replace("webcal://", "https://", 1) if url.startswith("webcal://") else url)
    except httpx2.InvalidURL as why:
        raise CantRead(f"its address is none: {why}", passes=False) from why
    if at.scheme not in ("http", "https") or not at.host:
        raise CantRead("its address does not begin with https:// or http://", passes=False)
    return at


async def _answer(answer: httpx2.Response) -> Answer:
    status = answer.status_code
    etag, modified = answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", "")
    if status == 304:
        return Answer(None, etag, modified)
    if status != 200:
        raise CantRead(f"its address answers {status} {answer.reason_phrase}".rstrip(), passes=status >= 500 or status in PASSES)  # fmt: skip
    data = bytearray()
    async for piece in answer.aiter_bytes():
        data += piece
        if len(data) > LARGEST:
            raise CantRead("it has more than 10 MB: export a shorter window", passes=False)
    return Answer(bytes(data), etag[:500], modified[:100])
