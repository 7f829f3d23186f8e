"""Twilio: text messages and calls to people's phones, and what they reply or press."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx2
from starlette.routing import BaseRoute

from tocsin.acts.house import House
from tocsin.core.channel import Channel
from tocsin.core.work import Reach
from tocsin.integrations.http import Outside
from tocsin.integrations.link import Link
from tocsin.integrations.numbers import Senders, senders_from
from tocsin.integrations.twilio.client import TwilioClient
from tocsin.integrations.twilio.door import TwilioDoor
from tocsin.integrations.twilio.reach import CallsHeard, SmsChannel, VoiceChannel
from tocsin.settings import Settings


class TwilioLink:
    name = "twilio"
    label = "Twilio"
    reach: Reach | None = None
    channels: tuple[Channel, ...]

    def __init__(
        self,
        outside: Outside,
        account: str,
        token: str,
        texts: Senders,
        calls: Senders,
        *,
        is_heard: bool,
        per_second: float = 1,
    ) -> None:
        """`texts` and `calls` say from which numbers; those without any have no channel. `is_heard`: Twilio reaches us. `per_second`: of each number."""
        client, heard = TwilioClient(outside, account), CallsHeard()
        self._outside = outside
        self._is_heard = is_heard
        self._house: House | None = None
        self.door = TwilioDoor(client, token, heard)
        sms = SmsChannel(client, texts, self._url, is_heard=is_heard, per_second=per_second)
        voice = VoiceChannel(client, calls, self._url, heard, is_heard=is_heard, per_second=per_second)
        self.channels = (*((sms,) if texts.by_prefix else ()), *((voice,) if calls.by_prefix else ()))
        self.abilities = frozenset(f"page:{one.via}" for one in self.channels)

    def routes(self, house: House) -> list[BaseRoute]:
        self._house = house
        return self.door.routes(house) if self._is_heard else []

    def tasks(self, house: House) -> list[Callable[[], Awaitable[None]]]:
        return []

    async def aclose(self) -> None:
        await self._outside.aclose()

    def _url(self, path: str) -> str:
        return self._house.places.base + path if self._house and self._is_heard else ""


def connect(settings: Settings) -> Link | None:
    """The link to Twilio; None without an account."""
    token, secret = settings.twilio_auth_token, settings.twilio_api_secret
    if not settings.twilio_account_sid or token is None:
        return None
    said = token.get_secret_value()
    user, password = settings.twilio_account_sid, said
    if secret is not None:
        user, password = settings.twilio_api_key, secret.get_secret_value()
    outside = Outside("Twilio", settings.twilio_base_url, auth=httpx2.BasicAuth(user, password))
    texts, calls = senders_from(settings.twilio_from), _callers(settings)
    return TwilioLink(
        outside,
        settings.twilio_account_sid,
        said,
        texts,
        calls,
        is_heard=settings.twilio_callbacks,
        per_second=settings.twilio_per_second,
    )


def _callers(settings: Settings) -> Senders:
    """By default those numbers that text also call; a name or a service can't."""
    if settings.twilio_call_from == "-":
        return Senders({})
    all_of_them = senders_from(settings.twilio_call_from or settings.twilio_from).by_prefix
    return Senders({prefix: one for prefix, one in all_of_them.items() if one.startswith("+")})
