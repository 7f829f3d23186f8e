"""What comes in from Opsgenie: who is on call, and that whoever answers the alert there has answered the page here.

Its webhook only says that there is something to see: what came of an alert is asked of Opsgenie itself, as in every look, so that
nothing that somebody else sends is believed, and a delivery and a look at the same moment leave one fact.
"""

from __future__ import annotations

import hmac
from datetime import timedelta
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.routing import BaseRoute

from tocsin.acts.house import House
from tocsin.acts.outside import Answer, Waiting, Whom, take_over, waiting_in
from tocsin.integrations.alerting import Forged, read_delivery, webhook
from tocsin.integrations.opsgenie.client import Alert, OpsgenieClient
from tocsin.integrations.pager_door import POLL, PagerDoor

NAME: Final = "opsgenie"
ABILITY: Final = f"pager:{NAME}"
CURSOR: Final = "opsgenie/acknowledgements"
PATH: Final = "/integrations/opsgenie/webhook"
ANSWERS: Final = frozenset({"Acknowledge", "Close"})
"""The actions of its webhook that may bring an answer."""


class _Named(msgspec.Struct, frozen=True, rename="camel"):
    alert_id: str = ""


class Delivery(msgspec.Struct, frozen=True):
    action: str
    alert: _Named = _Named()


class OpsgenieDoor(PagerDoor):
    name = NAME
    cursor = CURSOR

    def __init__(
        self, client: OpsgenieClient, schedule: str = "", secret: str = "", poll: timedelta = POLL
    ) -> None:
        """`schedule` says who is on call; without one, the rotations here do. `secret` is the webhook's, "" where it is not set up."""
        super().__init__(client, schedule, poll)
        self._client = client
        self._secret = secret

    def routes(self, house: House) -> list[BaseRoute]:
        async def take(request: Request, body: bytes) -> str:
            self._check(request)
            return await self._hear(house, read_delivery(body, Delivery, "Opsgenie"))

        return [webhook(PATH, "Opsgenie", take)]

    async def _look_at(self, house: House, one: Waiting) -> None:
        """Take over what came of one alert, if anything did."""
        alert = await self._client.alert(one.alert, "id", house.clock.now())
        if alert is not None:
            await take_over(house, NAME, one.ref, _answer(alert))

    async def _hear(self, house: House, delivery: Delivery) -> str:
        """A delivery; also of an alert that is acknowledged here, since somebody may have closed it."""
        if delivery.action not in ANSWERS:
            return f"Tocsin does nothing with {delivery.action[:50]}"
        for one in await waiting_in(house, NAME, delivery.alert.alert_id) if delivery.alert.alert_id else ():
            await self._look_at(house, one)
            return "looked at"
        return "nothing that is open has that alert"

    def _check(self, request: Request) -> None:
        """Opsgenie signs nothing, so it has to bring a secret of ours, in a header: an address is written into logs on its way."""
        if not self._secret:
            raise Forged(404, "The webhook is not set up here: set TOCSIN_OPSGENIE_WEBHOOK_SECRET")
        kind, _, given = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not given:
            raise Forged(
                401,
                "Authorization is missing: add the custom header Authorization with Bearer SECRET at Opsgenie",
            )
        if not hmac.compare_digest(given.strip().encode(), self._secret.encode()):
            raise Forged(
                401, "Authorization does not fit: Opsgenie and Tocsin have different secrets for the webhook"
            )


def _answer(alert: Alert) -> Answer:
    """Also of one that somebody acknowledged before it was closed."""
    report = alert.report
    acknowledged = alert.acknowledged or (alert.is_closed and report.acknowledged_by)
    return Answer(
        alert.id,
        alert.tiny_id,
        Whom(report.acknowledged_by or alert.owner) if acknowledged else None,
        Whom(report.closed_by) if alert.is_closed else None,
    )
