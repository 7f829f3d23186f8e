"""Whole schedules at random, so made that what is strange happens: all of it lies around a change of the clocks of a real zone."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tocsin.core.oncall.model import (
    BEGINNING,
    Absence,
    Booked,
    Change,
    Every,
    Layer,
    Override,
    Participant,
    Plan,
    Restriction,
    Rotation,
    Schedule,
    Unit,
    Version,
    Weekly,
)

EXAMPLES = int(os.environ.get("TOCSIN_EXAMPLES", "25"))
"""How many schedules each property is tried on; thousands are for a quiet hour."""
ZONES = (
    "UTC",
    "Europe/Berlin",
    "Europe/Dublin",
    "America/New_York",
    "America/St_Johns",
    "America/Havana",
    "America/Santiago",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Asia/Beirut",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Antarctica/Troll",
)
PEOPLE = ("alice", "bob", "carol", "dave", "erin")
TIMES = tuple(
    time(hour, minute)
    for hour, minute in ((0, 0), (0, 30), (1, 30), (2, 0), (2, 30), (3, 0), (9, 0), (23, 45))
)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@lru_cache(maxsize=100)
def changes_of(zone: str) -> tuple[datetime, ...]:
    """The hours (UTC) in which the zone's clock was changed from 2010 to 2030, or some others where it never was."""
    its, at, found = ZoneInfo(zone), datetime(2010, 1, 1, tzinfo=UTC), []
    while at.year < 2030:
        if at.astimezone(its).utcoffset() != (at + HOUR).astimezone(its).utcoffset():
            found.append(at)
        at += HOUR
    return tuple(found) or (datetime(2011, 12, 30, tzinfo=UTC), datetime(2024, 2, 29, tzinfo=UTC))


@dataclass(frozen=True)
class Case:
    """A schedule, and the instant around which it has all that is strange."""

    schedule: Schedule
    zone: str
    centre: datetime


people = st.sampled_from(PEOPLE)
clock_times = st.one_of(st.sampled_from(TIMES), st.times().map(lambda t: t.replace(second=0, microsecond=0)))


def hours_from(centre: datetime, most: int) -> st.SearchStrategy[datetime]:
    """Instants around the centre, most of them on the quarter of an hour, so that some meet."""
    return st.integers(-4 * most, 4 * most).map(lambda n: centre + n * timedelta(minutes=15))


@st.composite
def spans(draw: st.DrawFn, centre: datetime, most: int = 240) -> tuple[datetime, datetime]:
    start = draw(hours_from(centre, most))
    return start, start + draw(st.integers(1, 4 * 72)) * timedelta(minutes=15)


@st.composite
def day_spans(draw: st.DrawFn, centre: datetime) -> tuple[date, date]:
    start = centre.date() + draw(st.integers(-9, 9)) * DAY
    return start, start + draw(st.integers(1, 4)) * DAY


@st.composite
def everies(draw: st.DrawFn) -> Every:
    unit = draw(st.sampled_from(Unit))
    if unit is Unit.WEEKDAYS:
        return Every(unit, 1, tuple(sorted(draw(st.sets(st.integers(0, 6), min_size=1)))))
    most = {Unit.HOURS: 40, Unit.DAYS: 9, Unit.WEEKS: 3, Unit.MONTHS: 3}[unit]
    return Every(unit, draw(st.integers(1, most)))


@st.composite
def rotations(draw: st.DrawFn, centre: datetime, id: str) -> Rotation:
    every = draw(everies())
    day = centre.date() - draw(st.integers(-3, 30 if every.unit is Unit.HOURS else 120)) * DAY
    while every.unit is Unit.WEEKDAYS and day.weekday() not in every.weekdays:
        day -= DAY
    first = datetime.combine(day, draw(clock_times))
    slots = draw(st.lists(st.lists(people, max_size=2, unique=True), min_size=1, max_size=4))
    until = None
    if draw(st.integers(0, 4)) == 0:
        until = first + draw(st.integers(1, 24 * 60)) * HOUR
    return Rotation(
        id,
        first,
        every,
        tuple(Participant(tuple(one) or ("nobody",), tuple(one)) for one in slots),
        draw(st.one_of(st.just(()), restrictions())),
        until,
        draw(st.integers(0, len(slots) - 1)),
    )


@st.composite
def restrictions(draw: st.DrawFn) -> tuple[Restriction, ...]:
    day = st.integers(0, 6)
    weekly = st.builds(Weekly, day, clock_times, day, clock_times)
    many = draw(st.lists(st.lists(weekly, min_size=1, max_size=4), min_size=1, max_size=2))
    return tuple(Restriction("", tuple(one)) for one in many)


@st.composite
def layers(draw: st.DrawFn, centre: datetime, name: str) -> Layer:
    its = [draw(rotations(centre, f"{name}-{n}")) for n in range(draw(st.integers(0, 2)))]
    booked = []
    for n in range(draw(st.integers(0, 2))):
        start, end = draw(st.one_of(spans(centre), day_spans(centre)))
        booked.append(
            Booked(tuple(draw(st.lists(people, min_size=1, max_size=2, unique=True))), start, end, f"e{n}")
        )
    return Layer(name, tuple(its), "calendar" if booked else "", tuple(booked))


@st.composite
def plans(draw: st.DrawFn, centre: datetime, zone: str) -> Plan:
    return Plan(zone, tuple(draw(layers(centre, f"layer{n}")) for n in range(draw(st.integers(0, 3)))))


@st.composite
def overrides(draw: st.DrawFn, centre: datetime, id: int) -> Override:
    change = draw(st.sampled_from(Change))
    start, end = draw(spans(centre))
    named = draw(st.lists(people, min_size=0 if change is Change.TAKE else 1, max_size=2, unique=True))
    return Override(
        id,
        change,
        () if change is Change.REMOVE else tuple(named),
        start,
        end,
        draw(people) if change in (Change.REPLACE, Change.REMOVE) else "",
        made_at=centre + draw(st.integers(0, 2)) * HOUR,
    )


@st.composite
def absences(draw: st.DrawFn, centre: datetime) -> Absence:
    start, end = draw(st.one_of(spans(centre), day_spans(centre)))
    return Absence(draw(people), start, end)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    zone = draw(st.sampled_from(ZONES))
    centre = draw(st.sampled_from(changes_of(zone)))
    versions = [Version(BEGINNING, draw(plans(centre, zone)))]
    for since in sorted(draw(st.sets(hours_from(centre, 200), max_size=2))):
        same = draw(st.booleans())
        plan = versions[-1].plan if same else draw(plans(centre, draw(st.sampled_from([zone, "Asia/Tokyo"]))))
        versions.append(Version(since, plan, len(versions) + 1))
    schedule = Schedule(
        "ops",
        "Operations",
        versions=tuple(versions),
        overrides=tuple(draw(overrides(centre, n + 1)) for n in range(draw(st.integers(0, 5)))),
        absences=tuple(draw(st.lists(absences(centre), max_size=4))),
    )
    return Case(schedule, zone, centre)


@dataclass(frozen=True)
class RotationCase:
    """One rotation, without an end, that has begun before the instant around which it is strange."""

    rotation: Rotation
    zone: str
    centre: datetime


@st.composite
def rotation_cases(draw: st.DrawFn) -> RotationCase:
    zone = draw(st.sampled_from(ZONES))
    centre = draw(st.sampled_from(changes_of(zone)))
    return RotationCase(replace(draw(rotations(centre, "weekly")), until=None, restrictions=()), zone, centre)
