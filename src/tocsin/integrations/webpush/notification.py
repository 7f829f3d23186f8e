"""What the service worker in the browser is told to show, and how the push service is to bring it (RFC 8030)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from tocsin.core.channel import CODE, HIGH, TOLD, Message
from tocsin.core.words import in_bytes, shortened, without_marks
from tocsin.integrations.webpush.crypto import LARGEST_TEXT

LONGEST_TITLE: Final = 120
LONGEST_BODY: Final = 1_500
"""Characters: more than any screen shows of a notification."""
SHORTENED_BYTES: Final = 900
"""What is sent where the whole was too large for a push service."""
HOUR: Final = 3600
LASTS: Final[Mapping[str, int]] = {CODE: HOUR // 6}
"""How many seconds a push service keeps it for a device that is switched off, by purpose."""
LASTS_LOW: Final = 12 * HOUR


class Notification(msgspec.Struct, omit_defaults=True):
    """Its words are what `worker.js` reads. Addresses are whole; "" where there is nothing to open, answer or tell."""

    id: str
    title: str
    body: str
    link: str = ""
    answer: str = ""
    page: str = ""
    """Where one answers without signing in, for browsers whose notifications have no buttons."""
    receipt: str = ""
    urgent: bool = False
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Ways:
    """Addresses of ours that the notification brings along; `typed` is the page where a code is typed in."""

    answer: str = ""
    receipt: str = ""
    typed: str = ""


def notification(message: Message, id: str, ways: Ways) -> Notification:
    return Notification(
        id,
        shortened(message.subject, LONGEST_TITLE),
        shortened(without_marks(message.text) or message.short, LONGEST_BODY),
        link=ways.typed if message.purpose == CODE else message.link,
        answer=ways.answer,
        page=message.answer_link,
        receipt=ways.receipt,
        urgent=message.urgency == HIGH and message.purpose != TOLD,
        quiet=message.purpose == TOLD,
    )


def in_json(shown: Notification, most: int = LARGEST_TEXT) -> bytes:
    """It as it is encrypted, in at most so many bytes: where it is longer, the body is cut."""
    written = msgspec.json.encode(shown)
    while len(written) > most and shown.body:
        room = len(shown.body.encode()) - (len(written) - most)
        body = in_bytes(shown.body, room) if room > len("…".encode()) else ""
        shown = msgspec.structs.replace(shown, body=body)
        written = msgspec.json.encode(shown)
    return written


def headers(message: Message, id: str) -> dict[str, str]:
    """How it is to be brought. What follows up on a message takes its place also while the device is switched off (Topic)."""
    is_urgent = message.purpose == CODE or (message.urgency == HIGH and message.purpose != TOLD)
    lasts = LASTS.get(message.purpose, HOUR if message.urgency == HIGH else LASTS_LOW)
    return {"TTL": str(lasts), "Urgency": "high" if is_urgent else "normal", "Topic": id}
