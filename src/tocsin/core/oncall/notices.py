"""Which notices of shifts that begin fall due between two instants. Pure: whatever the times of waking, none is lost or said twice.

A beginning is the start of a span in which one person is on call in one schedule without a break, whatever the turns and overrides it
is made of. People choose how long ahead they hear of one. Of several notices that fell due while nobody looked only the last is said.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tocsin.core.oncall.calculator import shifts
from tocsin.core.oncall.model import BEGINNING, Schedule, Shift
from tocsin.core.oncall.preview import covered_by_person

AHEAD: Final[Mapping[str, timedelta]] = {
    "24h": timedelta(hours=24),
    "1h": timedelta(hours=1),
    "now": timedelta(0),
}
"""What people may choose, the earliest first."""
EARLIEST: Final = max(AHEAD.values())
LOOKED_ON: Final = timedelta(days=35)
"""How far past a beginning its end is looked for."""
TOLD_ALREADY: Final = timedelta(minutes=5)
"""Who was put on call so shortly before was told of that."""
MOMENT: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Beginning:
    """A person comes on call at `start` and stays until `end` (None: for longer than was looked).

    `known_at` is when that was decided, where it was not by the plan; who decides so tells them of it.
    """

    schedule: str
    person: str
    start: datetime
    end: datetime | None
    known_at: datetime = BEGINNING


@dataclass(frozen=True, slots=True)
class Due:
    """A notice of a beginning to give now: `ahead` is which, `stale_at` when the next one that they chose takes its place."""

    beginning: Beginning
    ahead: str
    stale_at: datetime | None

    @property
    def at(self) -> datetime:
        return self.beginning.start - AHEAD[self.ahead]


def beginnings(
    schedule: Schedule, after: datetime, until: datetime, looked_on: timedelta = LOOKED_ON
) -> list[Beginning]:
    """Who comes on call in that schedule after `after`, at `until` at the latest. Ends are looked for so long past that."""
    first, last = after - MOMENT, until + looked_on
    found = shifts(schedule, first, last)
    made = {one.id: one.made_at for one in schedule.overrides}
    edits = {version.since for version in schedule.versions}
    at_start: dict[tuple[str, datetime], Shift] = {}
    for one in found:
        at_start.setdefault((one.person, one.start), one)
    return [
        Beginning(
            schedule.id,
            person,
            start,
            end if end < last else None,
            start if start in edits else made.get(at_start[person, start].because.override, BEGINNING),
        )
        for person, spans in covered_by_person(found).items()
        for start, end in spans
        if after < start <= until
    ]


def due(
    found: Iterable[Beginning], choices: Mapping[str, Collection[str]], seen: datetime, now: datetime
) -> Iterator[Due]:
    """The notices that fell due after `seen`, at `now` at the latest: of each beginning that is not over the last one that was chosen."""
    for one in found:
        chosen = [ahead for ahead in AHEAD if ahead in choices.get(one.person, ())]
        fell = [ahead for ahead in chosen if seen < one.start - AHEAD[ahead] <= now]
        if not fell or (one.end is not None and one.end <= now):
            continue
        ahead = fell[-1]
        if one.start - AHEAD[ahead] <= one.known_at + TOLD_ALREADY:
            continue
        later = chosen[chosen.index(ahead) + 1 :]
        yield Due(one, ahead, one.start - AHEAD[later[0]] if later else None)


def next_due(found: Iterable[Beginning], after: datetime) -> datetime | None:
    """When the next notice of any kind falls due, whether somebody chose it or not; None where there is none among these."""
    instants = (one.start - ahead for one in found for ahead in AHEAD.values())
    return min((at for at in instants if at > after), default=None)
