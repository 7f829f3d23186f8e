"""Who is on call at one instant, worked out as slowly and plainly as can be: the measure for the calculator.

It shares no code with it: handoffs are counted one by one from the first, and the zone's rules come straight from zoneinfo.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from tocsin.core.oncall.model import (
    BEGINNING,
    Absence,
    Because,
    Change,
    Layer,
    Override,
    Plan,
    Rotation,
    Schedule,
    Unit,
    Weekly,
)

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
Why = tuple[str, datetime, str, int, str, tuple[str, ...]]
"""The rotation and when the turn began, the event, the override, instead of whom, in whose place."""
NEVER = BEGINNING
Who = tuple[str, Why]


def key(why: Because) -> Why:
    return why.rotation, why.turn_at, why.event, why.override, why.instead_of, why.stands_in_for


def naive_on_call(schedule: Schedule, at: datetime) -> tuple[str, ...]:
    return tuple(dict.fromkeys(person for person, _ in naive_who(schedule, at)))


def naive_who(schedule: Schedule, at: datetime) -> list[Who]:
    """Each person on call at `at`, with the reason."""
    base: list[Who] = []
    for version in schedule.versions:
        if version.since <= at:
            base = _by_plan(version.plan, schedule, at)
    return _changed(
        base, sorted((o for o in schedule.overrides if o.start <= at < o.end), key=lambda o: o.rank)
    )


def _by_plan(plan: Plan, schedule: Schedule, at: datetime) -> list[Who]:
    away = {one.person for one in schedule.absences if _holds(one, plan.zone, at)}
    # Whom somebody stands in for is not away: the replacement holds for what would be theirs.
    for person in list(away):
        own = [one for one in schedule.overrides if one.instead_of == person and one.start <= at < one.end]
        if own and max(own, key=lambda one: one.rank).change is Change.REPLACE:
            away.remove(person)
    for layer in reversed(plan.layers):
        found = _by_layer(layer, plan.zone, away, at)
        if found:
            return found
    return []


def _holds(one: Absence, zone: str, at: datetime) -> bool:
    return _when(one.start, zone) <= at < _when(one.end, zone)


def _when(when: date, zone: str) -> datetime:
    return when if isinstance(when, datetime) else moment(datetime.combine(when, time()), zone)


def _by_layer(layer: Layer, zone: str, away: set[str], at: datetime) -> list[Who]:
    found: list[Who] = []
    for rotation in layer.rotations:
        found += _by_rotation(rotation, zone, away, at)
    for event in layer.booked:
        if _when(event.start, zone) <= at < _when(event.end, zone):
            found += [
                (p, ("", _when(event.start, zone), event.uid, 0, "", ()))
                for p in event.people
                if p not in away
            ]
    return found


def _by_rotation(rotation: Rotation, zone: str, away: set[str], at: datetime) -> list[Who]:
    turn = naive_turn(rotation, zone, at)
    if turn is None or not _is_open(rotation, zone, at):
        return []
    many = len(rotation.participants)
    slot = rotation.participants[(turn + rotation.offset) % many].people
    order = [rotation.participants[(turn + rotation.offset + i) % many].people for i in range(many)]
    for further, people in enumerate(order if slot else []):
        here = [person for person in people if person not in away]
        if here:
            began = naive_handoffs(rotation, zone, at + 3 * DAY)[turn]
            return [(p, (rotation.id, began, "", 0, "", slot if further else ())) for p in here]
    return []


def naive_turn(rotation: Rotation, zone: str, at: datetime) -> int | None:
    if rotation.until is not None and moment(rotation.until, zone) <= at:
        return None
    begun = [handoff for handoff in naive_handoffs(rotation, zone, at + 3 * DAY) if handoff <= at]
    return len(begun) - 1 if begun else None


def naive_handoffs(rotation: Rotation, zone: str, up_to: datetime) -> list[datetime]:
    """All handoffs up to that instant, and one or more after it."""
    return _handoffs(rotation, zone, up_to.year * 12 + up_to.month + 1)


@lru_cache(maxsize=64)
def _handoffs(rotation: Rotation, zone: str, month: int) -> list[datetime]:
    found = []
    for handoff in _endless(rotation, zone):
        found.append(handoff)
        if handoff.year * 12 + handoff.month > month:
            return found
    raise AssertionError("a rotation has no last handoff")


def _endless(rotation: Rotation, zone: str) -> Iterator[datetime]:
    first, every = rotation.first_handoff, rotation.every
    n = 0
    while True:
        if every.unit is Unit.HOURS:
            yield moment(first, zone) + n * every.count * timedelta(hours=1)
        elif every.unit is Unit.MONTHS:
            month = first.month - 1 + n * every.count
            year, month = first.year + month // 12, month % 12 + 1
            last = calendar.monthrange(year, month)[1]
            yield moment(first.replace(year=year, month=month, day=min(first.day, last)), zone)
        elif every.unit is Unit.WEEKDAYS:
            if n == 0 or (first + n * DAY).weekday() in every.weekdays:
                yield moment(first + n * DAY, zone)
        else:
            days = every.count * (7 if every.unit is Unit.WEEKS else 1)
            yield moment(first + n * days * DAY, zone)
        n += 1


def _is_open(rotation: Rotation, zone: str, at: datetime) -> bool:
    if not rotation.restrictions:
        return True
    today = at.astimezone(ZoneInfo(zone)).date()
    spans = [span for one in rotation.restrictions for span in one.spans]
    days = [today + n * DAY for n in range(-9, 3)]
    return any(
        _covers(span, day, zone, at) for span in spans for day in days if day.weekday() == span.start_day
    )


def _covers(span: Weekly, day: date, zone: str, at: datetime) -> bool:
    """Whether the span that begins on that day covers the instant."""
    start = datetime.combine(day, span.start)
    last = day + ((span.end_day - span.start_day) % 7) * DAY
    end = datetime.combine(last, span.end)
    if end <= start:
        end += 7 * DAY
    return moment(start, zone) <= at < moment(end, zone)


@lru_cache(maxsize=100_000)
def moment(local: datetime, zone: str) -> datetime:
    """When the clock first reads that time; right after the gap where it never does."""
    its = ZoneInfo(zone)
    instant = local.replace(tzinfo=its, fold=0).astimezone(UTC)
    if instant.astimezone(its).replace(tzinfo=None) == local:
        return instant
    at = min(instant, local.replace(tzinfo=its, fold=1).astimezone(UTC)).replace(second=0, microsecond=0)
    while at.astimezone(its).replace(tzinfo=None) < local:
        at += MINUTE
    return at


def _changed(base: list[Who], overrides: list[Override]) -> list[Who]:
    """Overrides come in the order in which they were made."""
    takes = [one for one in overrides if one.change is Change.TAKE]
    if takes:
        now = _people(takes[-1])
    else:
        now = []
        for person, why in base:
            own = [
                one
                for one in overrides
                if one.instead_of == person and one.change in (Change.REPLACE, Change.REMOVE)
            ]
            if not own:
                now.append((person, why))
            elif own[-1].change is Change.REPLACE:
                now += _people(own[-1], own[-1].instead_of)
    for one in overrides:
        if one.change is Change.ADD:
            now += _people(one)
    return list(dict.fromkeys(now))


def _people(one: Override, instead_of: str = "") -> list[Who]:
    return [(person, ("", NEVER, "", one.id, instead_of, ())) for person in one.people]
