"""What changed for one person's shifts to come, over several changes: what they gained and lost in the end."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tocsin.core.oncall.pieces import Span, less, merged

MOST: Final = 200
"""How many spans, and how many schedules, are kept; a message names only the first few."""


@dataclass(frozen=True, slots=True)
class Net:
    """The spans that somebody gained and lost in a schedule, in order and without overlaps."""

    schedule: str
    gains: tuple[Span, ...] = ()
    loses: tuple[Span, ...] = ()

    def then(self, gains: Iterable[Span], loses: Iterable[Span]) -> Net:
        """With another change after it: what comes back was never lost, what goes again was never gained."""
        new, gone = merged(list(gains)), merged(list(loses))
        return Net(
            self.schedule,
            tuple(merged([*less(list(self.gains), gone), *less(new, list(self.loses))])),
            tuple(merged([*less(list(self.loses), new), *less(gone, list(self.gains))])),
        )

    @property
    def is_nothing(self) -> bool:
        return not self.gains and not self.loses


def as_json(nets: Iterable[Net]) -> str:
    return json.dumps([[one.schedule, _told(one.gains), _told(one.loses)] for one in list(nets)[:MOST]])


def of_json(text: str) -> dict[str, Net]:
    """By their schedules."""
    return {name: Net(name, _spans(gains), _spans(loses)) for name, gains, loses in json.loads(text)}


def _told(spans: Iterable[Span]) -> list[list[str]]:
    return [[start.isoformat(), end.isoformat()] for start, end in list(spans)[:MOST]]


def _spans(told: list[list[str]]) -> tuple[Span, ...]:
    return tuple((datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in told)
