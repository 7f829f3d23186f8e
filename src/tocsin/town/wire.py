"""What the town says to the app under test: one HTTP call outwards, and the answer as a small value."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

JSON = dict[str, Any]

NO_ANSWER = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the app answered. Status 0 means that nobody answered in time; `body` is parsed JSON, or text, or None if empty."""

    status: int
    body: Any = None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


def parsed(text: str) -> Any:
    """A body as JSON if it is JSON, as text if it is not, None if there is none."""
    if not text.strip():
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text


class Post:
    """Sends what the services send, and keeps track of what is still on its way."""

    def __init__(self) -> None:
        self._client: httpx2.AsyncClient | None = None
        self._under_way: set[asyncio.Task[object]] = set()

    async def send(self, url: str, content: bytes, headers: Mapping[str, str], *, within: float) -> Answer:
        """POST `content` and wait at most `within` seconds for an answer."""
        if self._client is None:
            # The app may have any certificate or none, and nothing that is sent to it is secret.
            self._client = httpx2.AsyncClient(trust_env=False, verify=False)
        try:
            response = await self._client.post(url, content=content, headers=dict(headers), timeout=within)
        except httpx2.HTTPError:
            return Answer(NO_ANSWER)
        return Answer(response.status_code, parsed(response.text))

    def later(self, doing: Coroutine[Any, Any, object]) -> None:
        """Do it in the background; `settled` waits for it."""
        task: asyncio.Task[object] = asyncio.ensure_future(doing)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def settled(self) -> None:
        """Come back when nothing is on its way any more."""
        while self._under_way:
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def close(self) -> None:
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None
