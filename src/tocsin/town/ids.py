"""Ids and instants as the services write them, all derived from names and from the town's clock, so that they can be repeated."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

Now = Callable[[], datetime]

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def slack_id(prefix: str, name: str) -> str:
    """A well-formed Slack id (`U0…`, `C0…`) that is always the same for the same name."""
    number = int.from_bytes(hashlib.sha256(f"{prefix}/{name}".encode()).digest()[:8])
    letters = ""
    for _ in range(8):
        number, rest = divmod(number, len(ALPHABET))
        letters += ALPHABET[rest]
    return f"{prefix}0{letters}"


def whole_number(name: str) -> int:
    """A stable number for a name, as GitHub and X number their users."""
    return 1_000_000 + int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) % 90_000_000


def iso(at: datetime) -> str:
    """As GitHub writes it: `2026-11-25T08:00:00Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_millis(at: datetime) -> str:
    """As X writes it: `2026-11-25T08:00:00.000Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


class Ticker:
    """Gives Slack timestamps (`1795420081.000100`), each later than the one before even when the clock stands."""

    def __init__(self, now: Now) -> None:
        self._now = now
        self._last = 0

    def ts(self) -> str:
        at = self._now()
        micros = int(at.timestamp()) * 1_000_000 + at.microsecond
        self._last = max(micros, self._last + 1)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"
