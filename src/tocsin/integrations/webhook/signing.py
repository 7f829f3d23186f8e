"""Signs what a webhook gets, in the form of Standard Webhooks 1.0 (standardwebhooks.com), so that any of its libraries can verify it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Final

PREFIX: Final = "whsec_"
FEWEST_BYTES, MOST_BYTES = 24, 64
"""How long the specification wants a secret to be."""


def id_of(key: str) -> str:
    """The id of the message with that key: the same at every try, and without a dot, which parts what is signed."""
    return f"msg_{hashlib.sha256(key.encode()).hexdigest()[:40]}"


def secret_from(text: str) -> str:
    """A secret as it was typed, in one way of writing. ValueError where it is none."""
    encoded = text.strip().removeprefix(PREFIX)
    try:
        secret = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as why:
        raise ValueError("it is no base64") from why
    if not FEWEST_BYTES <= len(secret) <= MOST_BYTES:
        raise ValueError(f"it has {len(secret)} bytes")
    return PREFIX + base64.b64encode(secret).decode()


def secrets_from(text: str) -> tuple[str, ...]:
    """One secret, or two with a comma. ValueError where they are none."""
    found = [secret_from(one) for one in text.split(",") if one.strip()]
    if not 1 <= len(found) <= 2:
        raise ValueError(f"there are {len(found)}")
    if len(set(found)) < len(found):
        raise ValueError("both are the same")
    return tuple(found)


def signed(id: str, at: datetime, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The headers by which a receiver sees that it is from us, and when it was sent: a signature with each of the secrets."""
    timestamp = str(int(at.timestamp()))
    content = f"{id}.{timestamp}.".encode() + body
    signatures = " ".join(f"v1,{_signature(secret, content)}" for secret in secrets)
    return {"webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures}


def _signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
