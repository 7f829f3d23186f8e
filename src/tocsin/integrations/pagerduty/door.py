"""What comes in from PagerDuty: who is on call, and that whoever answers the incident there has answered the page here.

Its webhooks (version 3, signed) only say that there is something to see: what came of an incident is asked of PagerDuty itself, as in
every look. So a delivery that comes twice, late or out of order does no harm, and a delivery and a look at once leave one fact.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.routing import BaseRoute

from tocsin.acts.house import House
from tocsin.acts.outside import Answer, Waiting, Whom, take_over, waiting_in
from tocsin.integrations.alerting import Forged, read_delivery, webhook
from tocsin.integrations.pager_door import POLL, PagerDoor
from tocsin.integrations.pagerduty.client import ACKNOWLEDGED, RESOLVED, Incident, PagerDutyClient, Ref

NAME: Final = "pagerduty"
ABILITY: Final = f"pager:{NAME}"
CURSOR: Final = "pagerduty/acknowledgements"
PATH: Final = "/integrations/pagerduty/webhook"
ANSWERS: Final = frozenset({"incident.acknowledged", "incident.resolved"})
ACKNOWLEDGES, SNOOZES = "acknowledge_log_entry", "snooze_log_entry"
MERGES: Final = 3
"""How many merged incidents are followed, one into the next."""


class _Data(msgspec.Struct, frozen=True):
    id: str = ""


class _Event(msgspec.Struct, frozen=True):
    event_type: str
    data: _Data = _Data()


class Delivery(msgspec.Struct, frozen=True):
    event: _Event


class PagerDutyDoor(PagerDoor):
    name = NAME
    cursor = CURSOR

    def __init__(
        self, client: PagerDutyClient, schedule: str = "", secrets: Sequence[str] = (), poll: timedelta = POLL
    ) -> None:
        """`schedule` (an id) says who is on call; without one, the schedules here do. `secrets` are those of the webhooks."""
        super().__init__(client, schedule, poll)
        self._client = client
        self._secrets = tuple(one.encode() for one in secrets)

    def routes(self, house: House) -> list[BaseRoute]:
        async def take(request: Request, body: bytes) -> str:
            self._check(request.headers.get("X-PagerDuty-Signature", ""), body)
            return await self._hear(house, read_delivery(body, Delivery, "PagerDuty").event)

        return [webhook(PATH, "PagerDuty", take)]

    async def _look_at(self, house: House, one: Waiting) -> None:
        """Take over what came of one incident there, if anything did."""
        now = house.clock.now()
        incident = await self._client.incident(one.alert, now)
        for _ in range(MERGES):
            if incident is None or not incident.merged_into:
                break
            # People work on in the one that took it up.
            incident = await self._client.incident(incident.merged_into, now)
        if incident is not None:
            await take_over(house, NAME, one.ref, await self._answer(incident, now))

    async def _answer(self, incident: Incident, now: datetime) -> Answer:
        """By the log, its newest entry first. One that is resolved may have been acknowledged before."""
        acknowledged = closed = None
        if incident.status in (ACKNOWLEDGED, RESOLVED):
            log = await self._client.log(incident.id, now)
            by = {one.type: one.agent for one in reversed(log)}
            # A silence is shown as an acknowledgement, and is none.
            last = next((one.type for one in log if one.type in (ACKNOWLEDGES, SNOOZES)), "")
            is_silent = incident.status == ACKNOWLEDGED and last == SNOOZES
            if not is_silent and (incident.status == ACKNOWLEDGED or ACKNOWLEDGES in by):
                acknowledged = await self._whom(by.get(ACKNOWLEDGES), now)
            if incident.status == RESOLVED:
                closed = await self._whom(by.get("resolve_log_entry"), now)
        return Answer(incident.id, f"#{incident.number}", acknowledged, closed)

    async def _whom(self, agent: Ref | None, now: datetime) -> Whom:
        """The log names a user by an id; a program has no address, and nor has a user who is gone."""
        if agent is None:
            return Whom()
        user = await self._client.user(agent.id, now) if agent.is_user else None
        return Whom(user.email if user else "", agent.summary or "")

    async def _hear(self, house: House, event: _Event) -> str:
        """A delivery; also of an incident that is acknowledged here, since somebody may have closed it there."""
        if event.event_type not in ANSWERS:
            return f"Tocsin does nothing with {event.event_type[:50]}"
        for one in await waiting_in(house, NAME, event.data.id) if event.data.id else ():
            await self._look_at(house, one)
            return "looked at"
        return "nothing that is open has that one"

    def _check(self, given: str, body: bytes) -> None:
        """One right signature is enough: while a secret is replaced, PagerDuty signs with both, and here both may stand."""
        if not self._secrets:
            raise Forged(404, "The webhook is not set up here: set TOCSIN_PAGERDUTY_WEBHOOK_SECRETS")
        signatures = [
            one.strip().removeprefix("v1=") for one in given.split(",") if one.strip().startswith("v1=")
        ]
        if not signatures:
            raise Forged(401, "X-PagerDuty-Signature is missing, or has no signature of version 1")
        right = [hmac.new(secret, body, hashlib.sha256).hexdigest() for secret in self._secrets]
        if not any(hmac.compare_digest(one.encode(), this.encode()) for one in signatures for this in right):
            raise Forged(
                401,
                "X-PagerDuty-Signature does not fit: PagerDuty and Tocsin have different secrets for the webhook",
            )
