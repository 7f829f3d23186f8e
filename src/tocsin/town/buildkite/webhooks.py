"""Buildkite's webhooks: with the plain token in a header, or signed with it. One that is not taken is not sent again."""

from __future__ import annotations

import hashlib
import hmac
import json

from tocsin.town.buildkite.pipelines import Build, Pipelines
from tocsin.town.faults import Faults
from tocsin.town.ids import Now
from tocsin.town.wire import JSON, NO_ANSWER, Answer, Post

PATIENCE = 10.0


class Webhooks:
    """Delivers events to the one address that was given."""

    def __init__(self, now: Now, faults: Faults, post: Post, pipelines: Pipelines) -> None:
        self._now = now
        self._faults = faults
        self._post = post
        self._pipelines = pipelines
        self.url = ""
        self.secret = ""
        self.signed = False
        self.sent: list[tuple[str, JSON]] = []
        """Every (event, payload) that was due, delivered or not."""

    def tell(self, event: str, build: Build) -> None:
        """The payload is of this moment, however late it is delivered."""
        shape = self._pipelines.build(build)
        payload = {
            "event": event,
            "build": {name: value for name, value in shape.items() if name not in ("jobs", "pipeline")},
            "pipeline": shape["pipeline"],
            "sender": shape["creator"],
        }
        self.sent.append((event, payload))
        self._post.later(self._deliver(event, payload))

    async def _deliver(self, event: str, payload: JSON) -> Answer:
        if not self.url or self._faults.take("buildkite", [event], ["drop"]) is not None:
            return Answer(NO_ANSWER)
        body = json.dumps(payload).encode()
        answer = await self._post.send(self.url, body, self._headers(event, body), within=PATIENCE)
        if self._faults.take("buildkite", [event], ["duplicate_event"]) is not None:
            answer = await self._post.send(self.url, body, self._headers(event, body), within=PATIENCE)
        return answer

    def _headers(self, event: str, body: bytes) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Buildkite-Request",
            "X-Buildkite-Event": event,
        }
        if not self.signed:
            return headers | {"X-Buildkite-Token": self.secret}
        stamp = str(int(self._now().timestamp()))
        digest = hmac.new(self.secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        return headers | {"X-Buildkite-Signature": f"timestamp={stamp},signature={digest}"}
