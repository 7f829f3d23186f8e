"""Twilio's signature of what it sends (https://www.twilio.com/docs/usage/security): HMAC-SHA1 over the address and the fields."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Final

HEADER: Final = "X-Twilio-Signature"


def signature(token: str, url: str, fields: Iterable[tuple[str, str]]) -> str:
    """What Twilio sends along with these fields to that address, its query included."""
    values: dict[str, set[str]] = {}
    for name, value in fields:
        values.setdefault(name, set()).add(value)
    text = url + "".join(f"{name}{value}" for name in sorted(values) for value in sorted(values[name]))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def is_signed(token: str, url: str, fields: Iterable[tuple[str, str]], headers: Mapping[str, str]) -> bool:
    """Whether it comes from Twilio. How long it takes says nothing of how near a forgery is."""
    given = headers.get(HEADER, "")
    return hmac.compare_digest(signature(token, url, fields).encode(), given.encode())
