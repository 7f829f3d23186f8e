"""A Tocsin that is linked to the Twilio of the town, with its doors open, and what they heard."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from tocsin.acts.house import House
from tocsin.core.channel import PAGED, Channel, Message
from tocsin.errors import TocsinError
from tocsin.integrations.twilio import TwilioLink, connect
from tocsin.settings import read_settings
from tocsin.town import Town

BOB, ALICE = "+4915112345678", "+12025550199"
TICKET = "k3f9ab"
PAGE = Message(
    "work-1",
    PAGED,
    "bob",
    BOB,
    "[INC-7] Page",
    "*INC-7*",
    "INC-7 Sign-in <is> broken. You are paged: on call.",
    datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
    ticket=TICKET,
)


@dataclass
class Ears:
    """Takes receipts and answers, and keeps them."""

    told_of: list[tuple[str, str, str, str]] = field(default_factory=list)
    answers: list[dict[str, str]] = field(default_factory=list)
    refuses: TocsinError | None = None

    async def told(self, via: str, message: str, state: str, words: str = "") -> None:
        self.told_of.append((via, message, state, words))

    async def answered(self, via: str, **what: str) -> str:
        self.answers.append({"via": via, **what})
        if self.refuses:
            raise self.refuses
        return "You have acknowledged INC-7. More: https://t.example/i/INC-7"


@dataclass
class Twilio:
    """All of it together."""

    town: Town
    link: TwilioLink
    house: House
    ears: Ears
    url: str = ""

    @property
    def sms(self) -> Channel:
        return self.link.channels[0]

    @property
    def voice(self) -> Channel:
        return self.link.channels[1]

    def page(self, **changes: object) -> Message:
        return replace(PAGE, now=self.house.clock.now(), **changes)  # type: ignore[arg-type]


def settings_for(town: Town, **more: str) -> dict[str, str]:
    return {
        "TOCSIN_TWILIO_ACCOUNT_SID": town.twilio.account,
        "TOCSIN_TWILIO_AUTH_TOKEN": town.twilio.token,
        "TOCSIN_TWILIO_FROM": town.twilio.numbers[0],
        "TOCSIN_TWILIO_BASE_URL": f"{town.url}/twilio",
        **more,
    }


def linked(town: Town, **more: str) -> TwilioLink:
    link = connect(read_settings(settings_for(town, **more)))
    assert isinstance(link, TwilioLink)
    return link
