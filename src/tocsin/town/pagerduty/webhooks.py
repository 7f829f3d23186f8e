"""PagerDuty's webhooks of version 3: signed with each secret of the subscription, at least once, in order, tried again."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid

from tocsin.town.faults import Faults
from tocsin.town.pagerduty.board import Incident
from tocsin.town.pagerduty.shapes import event_shape
from tocsin.town.wire import JSON, NO_ANSWER, Answer, Post

PATIENCE = 5.0
"""Seconds that PagerDuty waits for a 2xx."""


class Webhooks:
    """Delivers events to the one address that was given."""

    def __init__(self, faults: Faults, post: Post) -> None:
        self._faults = faults
        self._post = post
        self.url = ""
        self.board_url = ""
        self.secrets: list[str] = []
        """While one is replaced, both sign."""
        self.sent: list[tuple[JSON, Answer]] = []
        """Every delivery with what it was answered."""
        self.failed: list[tuple[str, JSON]] = []
        """What is to be tried again: an answer of 5xx or 429, or none."""

    def later(self, event: str, incident: Incident) -> None:
        """Deliver in the background, as happens after each change."""
        if self.url:
            payload = event_shape(str(uuid.uuid4()), event, incident, self.board_url)
            self._post.later(self._deliver(event, payload))

    async def again(self) -> None:
        """Try what failed once more."""
        failed, self.failed = self.failed, []
        for id, payload in failed:
            await self.send(payload, id=id)

    async def _deliver(self, event: str, payload: JSON) -> None:
        if self._faults.take("pagerduty", [event], ["drop"]) is not None:
            self.sent.append((payload, Answer(NO_ANSWER)))
            return
        id = str(uuid.uuid4())
        await self.send(payload, id=id)
        if self._faults.take("pagerduty", [event], ["duplicate_event"]) is not None:
            await self.send(payload, id=id)

    async def send(self, payload: JSON, *, id: str = "1", signature: str | None = None) -> Answer:
        """Deliver this now; a test may forge the signature."""
        body = json.dumps(payload, ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "PagerDuty-Webhook/V3.0",
            "X-Webhook-Id": id,
            "X-Webhook-Subscription": "PSUBSCR",
            "X-PagerDuty-Signature": self.signature(body) if signature is None else signature,
        }
        answer = await self._post.send(self.url, body, headers, within=PATIENCE)
        self.sent.append((payload, answer))
        if answer.status in (NO_ANSWER, 429) or answer.status >= 500:
            self.failed.append((id, payload))
        return answer

    def signature(self, body: bytes) -> str:
        return ",".join(
            f"v1={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}" for secret in self.secrets
        )
