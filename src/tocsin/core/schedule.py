"""Who is on call: one weekly rotation, and those who take it over for a while.

Handoffs are anchored at the first one and counted by local wall clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Rotation:
    """People who take turns of a week. `first_handoff` is local wall clock in `zone`, without an offset."""

    name: str
    team: str
    zone: str
    first_handoff: datetime
    participants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shift:
    """Who is on call from `start` to `end` (aware UTC, half-open)."""

    person: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody takes a schedule over, whoever's turn it is, from `starts_at` to `ends_at` (aware UTC, half-open)."""

    id: int
    schedule: str
    person: str
    starts_at: datetime
    ends_at: datetime
    made_by: str
    made_at: datetime

    @property
    def rank(self) -> tuple[datetime, int]:
        """Where two overlap, the one made later counts."""
        return self.made_at, self.id


def shift_at(rotation: Rotation, at: datetime, overrides: Iterable[Override] = ()) -> Shift | None:
    """Who is on call at that instant, and for how long that holds; None where nobody is.

    The override made last of those that cover it wins over the rotation; it also fills the time before the first handoff.
    """
    own = [one for one in overrides if one.schedule == rotation.name]
    taken = max(
        (one for one in own if one.starts_at <= at < one.ends_at), key=lambda one: one.rank, default=None
    )
    shift = Shift(taken.person, taken.starts_at, taken.ends_at) if taken else turn_at(rotation, at)
    if shift is None:
        return None
    later = [one.starts_at for one in own if one.starts_at > at and (not taken or one.rank > taken.rank)]
    return replace(shift, end=min([shift.end, *later]))


def turn_at(rotation: Rotation, at: datetime) -> Shift | None:
    """Whose turn it is at `at`; None before the first handoff, or where nobody takes part."""
    if not rotation.participants:
        return None
    zone = ZoneInfo(rotation.zone)
    local = at.astimezone(zone).replace(tzinfo=None)
    turn = (local - rotation.first_handoff) // WEEK
    # Around a change of the clocks the wall clock may name the neighbouring turn: the instants decide.
    while _handoff(rotation, zone, turn) > at:
        turn -= 1
    while _handoff(rotation, zone, turn + 1) <= at:
        turn += 1
    if turn < 0:
        return None
    person = rotation.participants[turn % len(rotation.participants)]
    return Shift(person, _handoff(rotation, zone, turn), _handoff(rotation, zone, turn + 1))


def on_call(rotation: Rotation, at: datetime, overrides: Iterable[Override] = ()) -> tuple[str, ...]:
    """The handles of who is on call at that instant; empty if nobody is."""
    shift = shift_at(rotation, at, overrides)
    return (shift.person,) if shift else ()


def _handoff(rotation: Rotation, zone: ZoneInfo, turn: int) -> datetime:
    """The instant of a handoff. A wall-clock time that is skipped happens right after the gap, one that repeats at the first."""
    local = rotation.first_handoff + turn * WEEK
    instant = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local:
        return instant
    return _end_of_gap(local, zone)


def _end_of_gap(local: datetime, zone: ZoneInfo) -> datetime:
    before = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    low, high = min(before, after), max(before, after)
    offset = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)
