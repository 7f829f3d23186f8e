"""How somebody wants to be reached: on which devices, in which order, and when not. `ways.py` says what follows from it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Final

from tocsin.core.spans import span_of

GIVEN: Final = ("slack", "email")
"""The channels of which the organisation gives the address: it stands in the directory and needs no code."""


QUIET: Final = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)")
METHOD: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
"""How a contact method may be called."""
CODE_TRIES: Final = 5
"""How often a wrong code may be typed."""


@dataclass(frozen=True, slots=True)
class ContactMethod:
    """One way to reach a person: `via` names the channel that leads there, `address` is theirs on it, and may hold secrets.

    `id` is the channel's name where the organisation gave the address, else `m` and a number. `name` is how its owner calls it. Only a
    verified one is used. `failing` is what its provider said when it refused for good ("" while it takes messages): it is left out until
    `failing_until`, when pages try it again.
    """

    via: str
    address: str = field(repr=False)
    id: str = ""
    name: str = ""
    verified: bool = True
    failing: str = ""
    failing_until: datetime | None = None

    def is_failing(self, at: datetime | None) -> bool:
        return bool(self.failing) and not (at and self.failing_until and at >= self.failing_until)

    @property
    def is_given(self) -> bool:
        return self.id == self.via

    @property
    def on_work(self) -> dict[str, str]:
        """How a work names it: a given one by its address, so that it stays what it was; any other by its id, since addresses hold secrets."""
        return {"address": self.address} if self.is_given else {"contact": self.id}


def quiet_of(text: str) -> Quiet | None:
    """The quiet hours that `22:00-07:00` says; None for "" and for anything else, and where both ends are the same."""
    found = QUIET.fullmatch(text.replace(" ", ""))
    if not found or found[1] == found[2]:
        return None
    return Quiet(time.fromisoformat(found[1]), time.fromisoformat(found[2]))


def rule_of(text: str) -> Rule | None:
    """The rule that `phone` or `phone after 5m` says; None for anything else."""
    method, _, after = (part.strip() for part in text.partition(" after "))
    span = span_of(after.replace(" ", "")) if after else timedelta()
    return (
        Rule(method, span) if METHOD.fullmatch(method) and span is not None and span >= timedelta() else None
    )


def code_of(sign: Callable[[str, str], str], id: str, nonce: str) -> str:
    """The six digits that verify the contact method with that id. Worked out anew wherever they are needed, so that none is kept."""
    return f"{int(sign(f'contact {id}', nonce), 16) % 1_000_000:06}"


@dataclass(frozen=True, slots=True)
class LastCode:
    """The last code that was to verify a device: how often a wrong one was typed, and `why` it did not come there ("": as far as is known it did)."""

    expires_at: datetime
    tries: int
    why: str


def why_unverified(code: LastCode | None, now: datetime) -> str:
    """What a device that is not verified waits for. `code` is None where none went out lately."""
    if code is None:
        return "no code was sent lately, ask for one"
    if code.why:
        return f"its code did not come there: {code.why}"
    if code.tries >= CODE_TRIES:
        return f"a wrong code was typed {code.tries} times, ask for another"
    if now >= code.expires_at:
        return f"its code expired at {code.expires_at:%Y-%m-%d %H:%M} UTC, ask for another"
    return f"its code has not been typed in, and is good until {code.expires_at:%H:%M} UTC"


def given(via: str, address: str) -> ContactMethod:
    """The contact method that the directory gives; a person has at most one of a kind."""
    return ContactMethod(via, address, via, via)


@dataclass(frozen=True, slots=True)
class Rule:
    """So long after a page began it goes to `method`: a contact method by its name or id, or all those of a channel by its name."""

    method: str
    after: timedelta = timedelta()

    def means(self, contact: ContactMethod) -> bool:
        return self.method in (contact.id, contact.name, contact.via)


Rules = Mapping[str, tuple[Rule, ...]]
"""By urgency, in their order."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """Each day from `start` to `end`, by the clock of the person's zone; past midnight where `end` is the earlier one, never where both are the same."""

    start: time
    end: time

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


def usable(
    contacts: Iterable[ContactMethod], abilities: Collection[str], at: datetime | None = None
) -> list[ContactMethod]:
    """Those on which messages go out with these abilities, in their order; failing ones only where there are no others."""
    ready = [one for one in contacts if one.verified and f"page:{one.via}" in abilities]
    return [one for one in ready if not one.is_failing(at)] or ready
