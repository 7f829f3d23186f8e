"""Opsgenie's outgoing webhook: the actions on an alert, unsigned, with whatever headers were typed in there."""

from __future__ import annotations

import json

from tocsin.town.faults import Faults
from tocsin.town.opsgenie.board import Alert
from tocsin.town.wire import JSON, NO_ANSWER, Answer, Post

PATIENCE = 10.0


class Webhooks:
    """Delivers actions to the one address that was given."""

    def __init__(self, faults: Faults, post: Post) -> None:
        self._faults = faults
        self._post = post
        self.url = ""
        self.headers: dict[str, str] = {}
        self.sent: list[tuple[JSON, Answer]] = []
        """Every delivery with what it was answered."""

    def later(self, action: str, alert: Alert, user: str) -> None:
        """Deliver in the background, as happens after each action."""
        if self.url:
            self._post.later(self._deliver(action, _shape(action, alert, user)))

    async def _deliver(self, action: str, payload: JSON) -> None:
        if self._faults.take("opsgenie", [action], ["drop"]) is not None:
            self.sent.append((payload, Answer(NO_ANSWER)))
            return
        await self.send(payload)
        if self._faults.take("opsgenie", [action], ["duplicate_event"]) is not None:
            await self.send(payload)

    async def send(self, payload: JSON) -> Answer:
        """Deliver this now; a test may send what Opsgenie would not."""
        headers = {"Content-Type": "application/json", "User-Agent": "Opsgenie/town", **self.headers}
        answer = await self._post.send(self.url, json.dumps(payload).encode(), headers, within=PATIENCE)
        self.sent.append((payload, answer))
        return answer


def _shape(action: str, alert: Alert, user: str) -> JSON:
    about = {
        "alertId": alert.id,
        "message": alert.message,
        "tags": alert.tags,
        "tinyId": str(alert.tiny),
        "entity": alert.entity,
        "alias": alert.alias,
        "createdAt": int(alert.created_at.timestamp() * 1000),
        "updatedAt": int(alert.updated_at.timestamp() * 1_000_000),
        "username": user or "System",
        "userId": "",
        "team": "",
        "priority": alert.priority,
        "source": alert.source,
    }
    return {
        "action": action,
        "alert": about,
        "source": {"name": "", "type": "web" if user else "API"},
        "integrationName": "Tocsin",
        "integrationId": "7ac0c0de-0000-4000-8000-000000000002",
        "integrationType": "Webhook",
    }
