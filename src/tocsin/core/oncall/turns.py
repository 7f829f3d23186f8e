"""The handoffs of a rotation, counted from its first, and whose turn it is between two of them."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from tocsin.core.oncall.model import Rotation, Unit
from tocsin.core.oncall.wall import END, Wall
from tocsin.errors import Invalid

STEPS = {Unit.HOURS: timedelta(hours=1), Unit.DAYS: timedelta(days=1), Unit.WEEKS: timedelta(weeks=1)}
WEEK = timedelta(weeks=1)

Turn = tuple[datetime, datetime, tuple[int, datetime]]
"""The part of a turn that lies within a window: from when to when, the number of the turn, and when it began."""
Handoffs = Callable[[int], datetime]
"""When turn n begins (n from 0). Never falling; two turns may begin at once, and then the first of them has no length."""


def turns(rotation: Rotation, wall: Wall, start: datetime, end: datetime) -> list[Turn]:
    """The turns that have a part within the window, in their order."""
    handoff = handoffs(rotation, wall)
    if rotation.until is not None:
        end = min(end, wall.instant(rotation.until))
    found: list[Turn] = []
    if start >= end:
        return found
    turn = turn_at(rotation, wall, handoff, start)
    following = _following(rotation, wall, handoff, turn)
    began_at = next(following)
    start = max(start, began_at)
    while start < end:
        ends_at = next(following)
        if start < ends_at:
            found.append((start, ends_at if ends_at < end else end, (turn, began_at)))
        start = began_at = ends_at
        turn += 1
    return found


def turn_number(rotation: Rotation, wall: Wall, at: datetime) -> int | None:
    """The number of the turn that holds at that instant; None before the first one and after the rotation's end."""
    handoff = handoffs(rotation, wall)
    if at < handoff(0) or at >= END or (rotation.until is not None and wall.instant(rotation.until) <= at):
        return None
    return turn_at(rotation, wall, handoff, at)


def turn_at(rotation: Rotation, wall: Wall, handoff: Handoffs, at: datetime) -> int:
    """The number of the turn that holds at that instant; 0 before the first. `at` lies before END."""
    turn = max(0, _guess(rotation, wall, handoff, at))
    # Around a change of the clocks the reading may name a neighbouring turn: the instants decide.
    while turn > 0 and handoff(turn) > at:
        turn -= 1
    while handoff(turn + 1) <= at:
        turn += 1
    return turn


def handoffs(rotation: Rotation, wall: Wall) -> Handoffs:
    """When each turn begins. Invalid for turns that never end."""
    every, first = rotation.every, rotation.first_handoff
    if every.count < 1 or (every.unit is Unit.WEEKDAYS and not every.weekdays):
        raise Invalid(f"rotation {rotation.id}: a turn would never end", field="every")
    if every.unit is Unit.HOURS:
        return _elapsed(wall.instant(first), every.count * STEPS[Unit.HOURS])
    if every.unit is Unit.MONTHS:
        return lambda turn: _at(wall, _months_later, first, turn * every.count)
    if every.unit is Unit.WEEKDAYS:
        days = days_to_handoffs(rotation)
        return lambda turn: _at(wall, _weekdays_later, first, turn, days)
    return _by_the_wall(wall, first, every.count * STEPS[every.unit])


def _following(rotation: Rotation, wall: Wall, handoff: Handoffs, turn: int) -> Iterator[datetime]:
    """When that turn begins and each after it, without end. While the clock is steady, a handoff is the one before and a step."""
    every = rotation.every
    step = every.count * STEPS[every.unit] if every.unit in STEPS else None
    while True:
        at = handoff(turn)
        turn += 1
        yield at
        if step is None or every.unit is Unit.HOURS:
            continue
        for _ in range(wall.steps_ahead(rotation.first_handoff + (turn - 1) * step, step)):
            at += step
            turn += 1
            yield at


def days_to_handoffs(rotation: Rotation) -> tuple[int, ...]:
    """With WEEKDAYS: how many days after the first handoff the others of its first week come, in their order (1 to 7)."""
    first = rotation.first_handoff.weekday()
    return tuple(sorted({(day - first) % 7 or 7 for day in rotation.every.weekdays}))


def _elapsed(first: datetime, step: timedelta) -> Handoffs:
    def handoff(turn: int) -> datetime:
        try:
            return first + turn * step
        except OverflowError:
            return END

    return handoff


def _by_the_wall(wall: Wall, first: datetime, step: timedelta) -> Handoffs:
    def handoff(turn: int) -> datetime:
        try:
            reading = first + turn * step
        except OverflowError:
            return END
        return wall.instant(reading)

    return handoff


def _at(wall: Wall, reading: Callable[..., datetime], *args: object) -> datetime:
    try:
        return wall.instant(reading(*args))
    except (OverflowError, ValueError):  # after the year 9999
        return END


def _months_later(first: datetime, months: int) -> datetime:
    """The same day of a later month, or its last one. Counted from the first each time: the 31st comes back after a short month."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    day = min(first.day, monthrange(year, month + 1)[1])
    return first.replace(year=year, month=month + 1, day=day)


def _weekdays_later(first: datetime, turn: int, days: tuple[int, ...]) -> datetime:
    if turn == 0:
        return first
    weeks, which = divmod(turn - 1, len(days))
    return first + weeks * WEEK + timedelta(days=days[which])


def _guess(rotation: Rotation, wall: Wall, handoff: Handoffs, at: datetime) -> int:
    """The turn at `at`, give or take a few."""
    every, first = rotation.every, rotation.first_handoff
    if every.unit is Unit.HOURS:
        return (at - handoff(0)) // (every.count * STEPS[Unit.HOURS])
    reading = wall.reading(at)
    if every.unit is Unit.MONTHS:
        return ((reading.year - first.year) * 12 + reading.month - first.month) // every.count
    if every.unit is Unit.WEEKDAYS:
        return (reading - first) // WEEK * len(days_to_handoffs(rotation))
    return (reading - first) // (every.count * STEPS[every.unit])
