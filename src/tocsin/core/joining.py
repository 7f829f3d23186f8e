"""Which open incident a message of a stream belongs to, when many tell of one thing: `joins_which`, as its rule's `joins` allows.

Two hundred people who post that the site is down must not open two hundred incidents. What tells of the same thing joins; and once
more incidents than the rule's `storm` have opened by themselves, all the rest joins the newest of those, alike or not: a person can
split off again what does not belong. Private incidents are offered here only to what would open a private one of the same kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tocsin.core.intake import IntakeRule, Message
from tocsin.core.similar import same_subject, same_thing

SAME: Final = "it tells of the same thing"
STORM: Final = "there is a storm of reports"


@dataclass(frozen=True, slots=True)
class Began:
    """An open incident that began from the stream, by what its first message said; `alone` where a rule opened it by itself."""

    ref: str
    title: str
    text: str
    alone: bool


def joins_which(
    message: Message, rule: IntakeRule, began: Sequence[Began], opened: int
) -> tuple[str, str] | None:
    """The ref of the incident that it joins and why; None where it opens one of its own.

    `began` are the candidates, the newest first; `opened` is how many opened by themselves within the rule's `joins`.
    """
    if not rule.joins:
        return None
    said = f"{message.title}\n{message.text}"
    for one in began:
        if same_subject(message.title, one.title) or same_thing(said, f"{one.title}\n{one.text}"):
            return one.ref, SAME
    if rule.storm and opened >= rule.storm:
        return next(((one.ref, STORM) for one in began if one.alone), None)
    return None
