"""Twilio's API of 2010, as far as we use it: text messages and calls, sent and looked up.

It has no idempotency key: whether an attempt whose answer was lost took effect has to be looked up.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar
from urllib.parse import quote

import msgspec

from tocsin.core.work import Refused
from tocsin.integrations.http import Failed, Outside
from tocsin.integrations.twilio.said import words_for

LOOKED_AT: Final = "50"
"""How many of the messages to one number are looked through; the newest come first."""
Form = Mapping[str, str | list[str]]
T = TypeVar("T")


class Sms(msgspec.Struct, frozen=True):
    sid: str
    status: str = ""
    body: str | None = ""
    direction: str = ""
    date_created: str | None = ""
    error_code: int | None = None
    error_message: str | None = ""

    @property
    def created_at(self) -> datetime | None:
        """None where Twilio does not say."""
        return parsedate_to_datetime(self.date_created) if self.date_created else None


class Call(msgspec.Struct, frozen=True):
    sid: str
    status: str = ""
    answered_by: str | None = ""


class _Messages(msgspec.Struct, frozen=True):
    messages: list[Sms] = []


class TwilioClient:
    """Calls Twilio for one account. Every method raises Failed where Twilio does not do it."""

    def __init__(self, outside: Outside, account: str) -> None:
        self._outside = outside
        self._path = f"/2010-04-01/Accounts/{quote(account, safe='')}"

    async def text(self, form: Form, now: datetime) -> Sms:
        return await self._make("Messages", form, Sms, now)

    async def call(self, form: Form, now: datetime) -> Call:
        return await self._make("Calls", form, Call, now)

    async def texts_to(self, number: str, now: datetime) -> list[Sms]:
        """The newest messages to that number; those that have not left Twilio yet, too."""
        params = {"To": number, "PageSize": LOOKED_AT}
        # Not by DateSent: a message that still waits at Twilio has none, and would be sent once more.
        path = f"{self._path}/Messages.json"
        return (await self._outside.ask("GET", path, _Messages, now=now, params=params)).messages

    async def sms(self, sid: str, now: datetime) -> Sms:
        return await self._outside.ask("GET", self._one("Messages", sid), Sms, now=now)

    async def call_of(self, sid: str, now: datetime) -> Call:
        return await self._outside.ask("GET", self._one("Calls", sid), Call, now=now)

    def _one(self, kind: str, sid: str) -> str:
        return f"{self._path}/{kind}/{quote(sid, safe='')}.json"

    async def _make(self, kind: str, form: Form, want: type[T], now: datetime) -> T:
        try:
            return await self._outside.ask("POST", f"{self._path}/{kind}.json", want, now=now, form=form)
        except Failed as why:
            words = words_for(why.code, why.says)
            if words and isinstance(why.outcome, Refused):
                raise Failed(Refused(words), why.status, why.says, why.code) from why
            raise
