"""Speaks ntfy: publishes a message as JSON, and looks whether one stands there already."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from tocsin.core.work import Later, Refused
from tocsin.integrations.http import NO_ANSWER, Failed, failure_of
from tocsin.integrations.ntfy.topic import Topic
from tocsin.integrations.typed import Typed

LABEL: Final = "ntfy"
LOOKS_BACK: Final = "1h"
"""How far: a message that is tried again was tried first some minutes ago."""
NO_TOKEN: Final = (
    "ntfy lets nobody write to this topic without a token: allow it there, or set TOCSIN_NTFY_TOKEN"  # noqa: S105
)
NOT_OUR_SERVER: Final = (
    "ntfy lets nobody write to this topic without a token, and Tocsin's is for its own server only"
)


class Published(msgspec.Struct):
    id: str


class Cached(msgspec.Struct):
    """A line of what a topic keeps. An update names the sequence that it belongs to, a first message may not."""

    id: str = ""
    sequence_id: str = ""


class NtfyClient:
    """`server` is our own; no other one ever sees `token`."""

    def __init__(self, own: Typed, typed: Typed, server: str, token: str) -> None:
        """`own` calls our server, `typed` those that people named."""
        self._own = own
        self._typed = typed
        self._server = server
        self._token = token

    async def publish(self, topic: Topic, note: dict[str, object], now: datetime) -> str:
        """Show it on all that follow the topic; gives ntfy's id of it. Failed where that came to nothing."""
        content = msgspec.json.encode(note)
        headers = {"Content-Type": "application/json", **self._headers(topic)}
        answer = await self._of(topic).call("POST", f"{topic.server}/", headers=headers, content=content)
        if answer.status_code in (401, 403) and not headers.get("Authorization"):
            raise Failed(Refused(NOT_OUR_SERVER if self._token else NO_TOKEN), answer.status_code)
        if not answer.is_success:
            raise failure_of(LABEL, answer, now)
        try:
            return msgspec.json.decode(answer.content, type=Published).id
        except NO_ANSWER as why:
            raise Failed(
                Later(f"{LABEL} answered in a way that Tocsin does not know: is {topic.server} an ntfy?")
            ) from why

    async def has(self, topic: Topic, sequence: str) -> bool:
        """Whether a message of this sequence stands there. False also where that can't be seen: topics need not be readable to us."""
        url = f"{topic.address}/json?poll=1&since={LOOKS_BACK}"
        try:
            answer = await self._of(topic).call("GET", url, headers=self._headers(topic))
        except Failed:
            return False
        return answer.is_success and any(_sequence(line) == sequence for line in answer.content.splitlines())

    def _of(self, topic: Topic) -> Typed:
        return self._own if topic.server == self._server else self._typed

    def _headers(self, topic: Topic) -> dict[str, str]:
        ours = self._token and topic.server == self._server
        return {"Authorization": f"Bearer {self._token}"} if ours else {}


def _sequence(line: bytes) -> str:
    try:
        return msgspec.json.decode(line, type=Cached).sequence_id
    except NO_ANSWER:
        return ""
