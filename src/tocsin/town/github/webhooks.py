"""GitHub's signed webhooks. GitHub itself does not try again when one is not taken; neither does the town."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid

from tocsin.town.faults import Faults
from tocsin.town.wire import JSON, NO_ANSWER, Answer, Post

PATIENCE = 10.0
"""Seconds that GitHub waits for an answer."""


class Webhooks:
    """Delivers events to the one address that was given."""

    def __init__(self, faults: Faults, post: Post) -> None:
        self._faults = faults
        self._post = post
        self.url = ""
        self.secret = ""
        self.patience = PATIENCE
        self.sent: list[tuple[str, JSON]] = []
        """Every (event, payload) that was due, delivered or not."""
        self.failed: list[tuple[str, str, JSON]] = []
        """The deliveries that met nobody: GitHub sends none of them again by itself."""

    def later(self, event: str, payload: JSON) -> None:
        """Deliver in the background, as happens after a change through the API."""
        self._post.later(self.deliver(event, payload))

    async def deliver(self, event: str, payload: JSON) -> Answer:
        self.sent.append((event, payload))
        if not self.url:
            return Answer(NO_ANSWER)
        delivery = str(uuid.uuid4())
        answer = await self._once(event, delivery, payload)
        if not answer.ok:
            self.failed.append((event, delivery, payload))
        if self._faults.take("github", [event], ["duplicate_event"]) is not None:
            answer = await self._once(event, delivery, payload)
        return answer

    async def redeliver(self) -> bool:
        """The button "Redeliver" beside each failed delivery; whether all are taken now."""
        failed, self.failed = self.failed, []
        for event, delivery, payload in failed:
            if not (await self._once(event, delivery, payload)).ok:
                self.failed.append((event, delivery, payload))
        return not self.failed

    async def _once(self, event: str, delivery: str, payload: JSON) -> Answer:
        body = json.dumps(payload).encode()
        digest = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/town",
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": delivery,
            "X-GitHub-Hook-ID": "1",
            "X-GitHub-Hook-Installation-Target-Type": "repository",
            "X-Hub-Signature-256": f"sha256={digest}",
        }
        return await self._post.send(self.url, body, headers, within=self.patience)
