"""The places that escalations tell beside people, channels and webhooks: whether what they name can be told at all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tocsin.acts.house import House
from tocsin.core.escalation.policy import PLACES, WEBHOOK, Target
from tocsin.errors import Invalid

WITH: Final = {WEBHOOK: "set TOCSIN_WEBHOOK_SECRETS, with which such calls are signed"}
"""What sets up the places of a kind."""


def not_set_up(via: str, *, is_place: bool) -> str:
    """In words, that nothing goes out by it here; for a place with what to do about that."""
    said = f"{via} is not set up"
    return f"{said}: {WITH[via]}" if is_place and via in WITH else said


def must_be_told(house: House, targets: Iterable[Target]) -> None:
    """Invalid where one of these targets is an address that is none, or that leads into our own network for all to see."""
    channel = house.given.get(WEBHOOK)
    for target in targets if channel else ():
        if target.kind == WEBHOOK and channel:
            try:
                channel.address({"url": target.name})
            except Invalid as why:
                raise Invalid(f"{target.written}: {why.message}", field="to") from why


def silent_places(house: House, targets: Iterable[Target]) -> list[str]:
    """Which of these targets nothing would reach, and why; each once."""
    dead = [target for target in targets if target.kind in PLACES and target.kind not in house.given]
    said = (f"{target.written} hears nothing: {not_set_up(target.kind, is_place=True)}" for target in dead)
    return list(dict.fromkeys(said))
