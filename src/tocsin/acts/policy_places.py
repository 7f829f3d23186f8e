"""The places that escalations tell beside people, channels and webhooks: whether what they name can be told at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from tocsin.acts.house import House
from tocsin.core.channel import KnowsPlaces
from tocsin.core.escalation.policy import CHANNEL, PLACES, WEBHOOK, Target
from tocsin.core.work import Later
from tocsin.errors import Invalid

WITH: Final = {
    CHANNEL: "link Slack as docs/howto/slack.md says",
    WEBHOOK: "set TOCSIN_WEBHOOK_SECRETS, with which such calls are signed",
}
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


async def silent_places(house: House, targets: Iterable[Target]) -> tuple[str, ...]:
    """Which of these targets nothing would reach, and why; each once. It asks others, such as Slack: never within a transaction."""
    by_kind: dict[str, dict[str, Target]] = {}
    for target in targets:
        if target.kind in PLACES:
            by_kind.setdefault(target.kind, {})[target.name] = target
    said: list[str] = []
    for kind, some in by_kind.items():
        channel = house.given.get(kind)
        if channel is None:
            why = not_set_up(kind, is_place=True)
            said += [f"{one.written} hears nothing: {why}" for one in some.values()]
        elif isinstance(channel, KnowsPlaces):
            said += _amiss(some, await channel.amiss(some))
    return tuple(said)


def _amiss(some: Mapping[str, Target], found: Mapping[str, str] | Later) -> list[str]:
    if isinstance(found, Later):
        return [f"{one.written} could not be checked: {found.why}" for one in some.values()]
    return [f"{some[name].written} hears nothing: {why}" for name, why in found.items()]
