"""A browser as a person's device: where its push service takes messages for it, and the keys with which only it reads them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from tocsin.errors import Invalid
from tocsin.integrations.http import NO_ANSWER
from tocsin.integrations.webpush.crypto import AUTH_BYTES, BadKey, public_key, read

LONGEST_ENDPOINT: Final = 2_000
NONE: Final = (
    "This is no subscription of a browser: open the page /me/push on the device, and press the button there"
)
BROWSERS: Final = (
    ("fcm.googleapis.com", "Chrome, or another browser of its kind"),
    (".push.services.mozilla.com", "Firefox"),
    (".notify.windows.com", "Edge"),
    (".push.apple.com", "Safari"),
)
"""Who runs which push service; people know their browser, not the service."""


class _Keys(msgspec.Struct):
    p256dh: str
    auth: str


class _Given(msgspec.Struct):
    """As `PushSubscription.toJSON()` writes it."""

    endpoint: str
    keys: _Keys


@dataclass(frozen=True)
class Subscription:
    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)

    @cached_property
    def key(self) -> ec.EllipticCurvePublicKey:
        return public_key(self.p256dh)

    @cached_property
    def secret(self) -> bytes:
        return read(self.auth, AUTH_BYTES)

    @property
    def origin(self) -> str:
        """The push service as the token names it: scheme, host, and a port that goes without saying left out."""
        parts = urlsplit(self.endpoint)
        return f"{parts.scheme}://{parts.netloc}".removesuffix(":443" if parts.scheme == "https" else ":80")

    @property
    def host(self) -> str:
        return urlsplit(self.endpoint).hostname or ""

    @property
    def address(self) -> str:
        given = _Given(self.endpoint, _Keys(self.p256dh, self.auth))
        return msgspec.json.encode(given).decode()

    @property
    def shown(self) -> str:
        """The browser by its push service, and a mark that tells two of them apart and opens nothing."""
        mark = hashlib.sha256(self.endpoint.encode()).hexdigest()[:4]
        browser = next((name for end, name in BROWSERS if f".{self.host}".endswith(end)), self.host)
        return f"{browser} (…{mark})"


def subscription_of(address: str) -> Subscription:
    """The subscription of what `Subscription.address`, or a browser, wrote. Invalid where it is none that could be sent to."""
    try:
        given = msgspec.json.decode(address, type=_Given)
        found = Subscription(given.endpoint.strip(), given.keys.p256dh, given.keys.auth)
        found.key, found.secret  # noqa: B018 - looked at now, so that no message fails on them later
        parts = urlsplit(found.endpoint)
        _ = parts.port
    except (*NO_ANSWER, BadKey, ValueError) as why:
        raise Invalid(NONE, field="subscription") from why
    if parts.scheme not in ("https", "http") or not parts.hostname or "@" in parts.netloc:
        raise Invalid(NONE, field="subscription")
    if (
        len(found.endpoint) > LONGEST_ENDPOINT
        or not found.endpoint.isascii()
        or not found.endpoint.isprintable()
    ):
        raise Invalid(NONE, field="subscription")
    return found
