"""What every way to a person's device is to Tocsin: it says what it can do, checks an address, and sends one message.

A channel is told words and sends them; whom to page, when, and what to say is decided before. What it hears back (a receipt, a key
that somebody pressed) its door hands to `acts.receipts`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, runtime_checkable

from tocsin.core.work import Later, Outcome

HIGH, LOW = "high", "low"
URGENCIES: Final = (HIGH, LOW)

ACKNOWLEDGE, RESOLVE, CONFIRM = "acknowledge", "resolve", "confirm"
KEYS: Final[Mapping[str, str]] = {"4": ACKNOWLEDGE, "6": RESOLVE}
"""What a key pressed during a call, or sent back as a message, means (the keys that PagerDuty and Opsgenie taught people)."""

TEST_KEYS: Final[Mapping[str, str]] = {"1": CONFIRM, **KEYS}
"""The same on a page that only tries the device, which asks for 1: what is pressed there by habit is no harm."""

PAGED, TOLD, CODE, TEST, GIVEN = "page", "told", "code", "test", "given"
PURPOSES: Final = (PAGED, TOLD, CODE, TEST, GIVEN)
"""A page; that it is acknowledged or over; a code that verifies the device; a page that only tries it; to a pager, to whom it was given."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to ask for when somebody adds such a device. A secret one is shown never again.

    `page` is where the device itself gives it, with whoever holds it signed in; "" for what people can type.
    """

    id: str
    label: str
    help: str = ""
    example: str = ""
    secret: bool = False
    optional: bool = False
    page: str = ""


@dataclass(frozen=True, slots=True)
class Can:
    """What a channel can do. Pages draw their forms from it, and the rules of delivery go by it.

    `answers`: people can acknowledge on the device itself, beyond following a link. `tells_delivery` and `tells_seen`: a receipt comes.
    `idempotent`: a message sent again under the same key reaches the device once. `settles`: a message can be rewritten when it is over.
    `length` is the most characters that one message holds (None: no limit that matters). `interrupts`: it wakes people.
    `rings`: it is a call, which nobody gets only to hear that something is over.
    `spacing` is how many seconds lie between two messages to one device at least; what comes meanwhile is sent as one. `per_second` is how
    many its provider takes from us in a second (0: as many as we send): what is more waits, the severe first.
    """

    answers: bool = False
    tells_delivery: bool = False
    tells_seen: bool = False
    idempotent: bool = False
    settles: bool = False
    interrupts: bool = False
    rings: bool = False
    length: int | None = None
    spacing: int = 0
    per_second: float = 0

    @property
    def tells(self) -> bool:
        """Whether its provider tells anything of a message after it took it."""
        return self.tells_delivery or self.tells_seen


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one device.

    `key` is the same at every try, and never used twice. `to` is the address as `Channel.address` gave it. `text` is the whole in
    Slack's markdown without mentions, `short` one line of plain words of at most the channel's `length`. `link` opens it, `answer_link`
    acknowledges it without signing in ("" where there is nothing to answer). `ticket` is short and unguessable: whoever sends it back
    answers this message. `of` is the provider's own id of the message that this one rewrites or follows, `also` are older ones of the
    same that stand on the device too. `count` is of how many alerts it tells, `left` how many of them still wait for an answer where it
    rewrites a page that can be answered on (with that one's key and ticket), `priority` that of the severest. `is_over`, `snoozed_until`
    and `by` are of one that tells how it stands: closed, snoozed, or else acknowledged; and the mail address of whoever did it ("" where
    they have none).
    `goes_on`: it rewrites a page that is out of date, and nobody has the alert.
    `given_to` are the mail addresses of those to whom it belongs now, where that is what it tells.
    `incident` is the one that a place is told of ("": it is about alerts), `is_private` that everybody may not read of it.
    """

    key: str
    purpose: str
    person: str
    to: str
    subject: str
    text: str
    short: str
    now: datetime
    urgency: str = HIGH
    link: str = ""
    answer_link: str = ""
    ticket: str = ""
    of: str = ""
    also: tuple[str, ...] = ()
    count: int = 1
    left: int = 0
    priority: str = ""
    is_over: bool = False
    snoozed_until: datetime | None = None
    by: str = ""
    goes_on: bool = False
    given_to: tuple[str, ...] = ()
    incident: str = ""
    is_private: bool = False


class Channel(Protocol):
    """One kind of device. It raises only for bugs, and Invalid for an address that is none."""

    via: str
    """Short and stable; what a contact method names: sms, voice, ntfy, webpush, webhook, apprise."""
    label: str
    """How people call it."""
    can: Can
    fields: tuple[Field, ...]
    """What to ask for when somebody adds one."""

    def address(self, given: Mapping[str, str]) -> str:
        """The address that is stored, made of what was filled in (`Field.id` to text). Invalid, by the field, where it is none."""
        ...

    def shown(self, address: str) -> str:
        """The address as pages may show it: secrets and most of a number hidden."""
        ...

    async def send(self, message: Message, attempt: int) -> Outcome:
        """Send it once. The evidence of Delivered says in `message` the provider's id, by which receipts name it."""
        ...


@runtime_checkable
class KnowsPlaces(Protocol):
    """A channel to places that policies name, which can be asked whether they are there."""

    async def amiss(self, places: Collection[str]) -> Mapping[str, str] | Later:
        """Why nothing would arrive there, of those of which that is so; Later where it can't be asked now."""
        ...


@runtime_checkable
class HasSecret(Protocol):
    """A channel to devices with a secret, which can be changed while they are in use."""

    def with_secret(self, address: str, secret: str) -> str:
        """The address with that secret, the newest one before it beside it; with "" the newest one alone. Invalid where it is none."""
        ...
