"""An alert that a pager has which a team keeps: the place that stands for it among the messages, and which pager that is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tocsin.core.alerting.sending import Delivery
from tocsin.core.channel import PAGED
from tocsin.core.facts_paging import KeptPager

PLACE: Final = "pager:"
REF: Final = "{ref}"
"""Stands in a place until the alert has a number. Each alert has a place of its own there, so that none is answered with another."""


@dataclass(frozen=True, slots=True)
class There:
    """Where an alert stands in a pager: for which team, and what that is called there ("" where it does not say)."""

    ref: str
    team: str
    to: str


def place_of(kept: KeptPager) -> str:
    """As `there` reads it, once the ref is known."""
    return f"{PLACE}{kept.to}/{kept.team}/{REF}"


def there(place: str) -> There:
    to, team, ref = place.removeprefix(PLACE).rsplit("/", 2)
    return There(ref, team, to)


def is_outside(place: str) -> bool:
    return place.startswith(PLACE)


def outside_page(kept: KeptPager, n: int, at: datetime, rank: int) -> Delivery:
    """The message that makes an alert there."""
    return Delivery(n, PAGED, "", kept.via, place_of(kept), f"{n}/{PLACE}{kept.via}", at, rank)


def alias_of(link: str, longest: int) -> str:
    """By which a second alert of the same is found out. It names this Tocsin, since others count too."""
    host, _, path = link.rpartition("://")[2].partition("/")
    return f"{path.rpartition('/')[2]}@{host}"[:longest]
