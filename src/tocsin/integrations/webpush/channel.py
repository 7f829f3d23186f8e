"""The channel Web Push: a page as a notification of the browser, on a desk or a phone, acknowledged by its button."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import httpx2
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from tocsin.acts.access import kept_secret
from tocsin.acts.house import House
from tocsin.core.channel import Can, Field, Message
from tocsin.core.work import Delivered, Outcome, Refused
from tocsin.errors import Invalid
from tocsin.integrations.guard import UNLESS_NAMED, Guard, Inside
from tocsin.integrations.http import Failed, failure_of
from tocsin.integrations.typed import Typed
from tocsin.integrations.webpush.crypto import authorization, encrypted, new_key, point, private_key, written
from tocsin.integrations.webpush.door import VIA, PushDoor
from tocsin.integrations.webpush.notification import SHORTENED_BYTES, headers, in_json, notification
from tocsin.integrations.webpush.subscription import Subscription, subscription_of

ID_SIGNS: Final = 32
"""As many as a Topic may have (RFC 8030, 5.4)."""
KEPT_AS: Final = "webpush"
GONE: Final = "This browser does not take messages any more: whoever has the device presses Use this device on /me/push again"
OTHER_KEY: Final = (
    "The push service of this browser does not take our key ({status}): the device was added while Tocsin had another one."
    " Whoever has it presses Use this device on /me/push again"
)
TOO_LARGE: Final = 413


class WebPushChannel:
    """`house` is set when its doors are opened. Without `key` one is made, and kept by the house."""

    via = VIA
    label = "Web Push"
    can = Can(
        answers=True, tells_delivery=True, tells_seen=True, idempotent=True, settles=True, interrupts=True
    )
    fields = (
        Field(
            "subscription",
            "This device",
            help="It can't be typed: open /me/push on the device, and press Use this device.",
            secret=True,
            page="/me/push",
        ),
    )

    def __init__(self, typed: Typed, guard: Guard, door: PushDoor, contact: str, key: str = "") -> None:
        self._typed = typed
        self._guard = guard
        self._door = door
        self._contact = contact
        self._key = private_key(key) if key else None
        self.house: House | None = None

    def address(self, given: Mapping[str, str]) -> str:
        device = subscription_of(given.get("subscription", ""))
        try:
            self._guard.refuse_known(device.host)
        except Inside as why:
            raise Invalid(f"{why}: {UNLESS_NAMED}", field="subscription") from why
        return device.address

    def shown(self, address: str) -> str:
        return subscription_of(address).shown

    async def public_key(self) -> str:
        """What browsers are told when somebody subscribes: only who has the private one may send to them."""
        return written(point((await self._own_key()).public_key()))

    async def send(self, message: Message, attempt: int) -> Outcome:
        try:
            device = subscription_of(message.to)
        except Invalid as why:
            return Refused(why.message)
        house = self._opened()
        id = message.of or house.sign("web push", message.key)[:ID_SIGNS]
        shown = notification(message, id, self._door.ways(house, message.ticket, id))
        how = headers(message, id)
        try:
            answer = await self._push(device, in_json(shown), how, message.now)
            if answer.status_code == TOO_LARGE:
                answer = await self._push(device, in_json(shown, SHORTENED_BYTES), how, message.now)
        except Failed as why:
            return why.outcome
        return _failure(device, answer, message.now) or Delivered({"message": id})

    async def _push(
        self, device: Subscription, text: bytes, how: Mapping[str, str], now: datetime
    ) -> httpx2.Response:
        sent = {
            **how,
            "Authorization": authorization(await self._own_key(), device.origin, self._contact, now),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
        }
        body = encrypted(text, device.key, device.secret)
        return await self._typed.call("POST", device.endpoint, headers=sent, content=body)

    async def _own_key(self) -> EllipticCurvePrivateKey:
        if self._key is None:
            self._key = private_key(await kept_secret(self._opened(), KEPT_AS, new_key()))
        return self._key

    def _opened(self) -> House:
        assert self.house is not None, "the doors of Web Push were never opened"
        return self.house


def _failure(device: Subscription, answer: httpx2.Response, now: datetime) -> Outcome | None:
    """What the answer means unless all is well. A status that is about the subscription is told as what its owner can do."""
    if answer.is_success:
        return None
    if answer.status_code in (404, 410):
        return Refused(GONE)
    if answer.status_code in (401, 403):
        return Refused(OTHER_KEY.format(status=answer.status_code))
    return failure_of(f"The push service {device.host}", answer, now).outcome
