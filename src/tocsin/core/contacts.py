"""How somebody wants to be reached: on which devices, in which order, and when not. `ways.py` says what follows from it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Final

GIVEN: Final = ("slack", "email")
"""The channels of which the organisation gives the address: it stands in the directory and needs no code."""


@dataclass(frozen=True, slots=True)
class ContactMethod:
    """One way to reach a person: `via` names the channel that leads there, `address` is theirs on it, and may hold secrets.

    `id` is the channel's name where the organisation gave the address, else `m` and a number. `name` is how its owner calls it. Only a
    verified one is used. `failing` is what its provider said when it refused for good ("" while it takes messages).
    """

    via: str
    address: str = field(repr=False)
    id: str = ""
    name: str = ""
    verified: bool = True
    failing: str = ""

    @property
    def is_given(self) -> bool:
        return self.id == self.via

    @property
    def on_work(self) -> dict[str, str]:
        """How a work names it: a given one by its address, so that it stays what it was; any other by its id, since addresses hold secrets."""
        return {"address": self.address} if self.is_given else {"contact": self.id}


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


def usable(contacts: Iterable[ContactMethod], abilities: Collection[str]) -> list[ContactMethod]:
    """Those on which messages go out with these abilities, in their order; failing ones only where there are no others."""
    ready = [one for one in contacts if one.verified and f"page:{one.via}" in abilities]
    return [one for one in ready if not one.failing] or ready
