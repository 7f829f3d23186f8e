"""The messages and calls of an account, and the phones that it reaches. No HTTP here."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass, field
from datetime import datetime

from tocsin.town.ids import Now

ENDS = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})


@dataclass(slots=True)
class Sms:
    """One text message. `callback` is where its receipts go."""

    sid: str
    to: str
    sender: str
    body: str
    direction: str
    created_at: datetime
    callback: str = ""
    status: str = "queued"
    sent_at: datetime | None = None
    error: int | None = None


@dataclass(slots=True)
class Call:
    """One call. `said` is what was read aloud, `key_url` where the next key goes ("" while none is waited for)."""

    sid: str
    to: str
    sender: str
    twiml: str
    created_at: datetime
    callback: str = ""
    events: tuple[str, ...] = ("completed",)
    machine_url: str = ""
    detects: bool = False
    status: str = "queued"
    answered_by: str | None = None
    said: list[str] = field(default_factory=list)
    key_url: str = ""
    error: int | None = None

    @property
    def is_over(self) -> bool:
        return self.status in ENDS


class Exchange:
    """Everything that an account holds."""

    def __init__(self, now: Now) -> None:
        self.now = now
        self.texts: list[Sms] = []
        self.calls: list[Call] = []
        self.numbers: list[str] = ["+12025550143"]
        """Our own, from which may be sent."""
        self.refused: dict[str, int] = {}
        """Phones that take nothing, with Twilio's number for why."""
        self._numbers = itertools.count(1)

    def sid(self, kind: str) -> str:
        """A well-formed SID that is always the same for the same course of events."""
        return kind + hashlib.sha256(f"{kind}/{next(self._numbers)}".encode()).hexdigest()[:32]

    def text(self, sid: str) -> Sms | None:
        return next((one for one in self.texts if one.sid == sid), None)

    def call(self, sid: str) -> Call | None:
        return next((one for one in self.calls if one.sid == sid), None)
