"""How long each person is on call, for fairness and pay: in all, at night and at weekends by the clock where they live."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from tocsin.core.oncall.calculator import shifts
from tocsin.core.oncall.model import Restriction, Schedule, Weekly
from tocsin.core.oncall.pieces import Span, common
from tocsin.core.oncall.preview import covered_by_person
from tocsin.core.oncall.restrictions import open_spans
from tocsin.core.oncall.wall import MICROSECOND, later, utc, wall

SATURDAY, MONDAY = 5, 0
Night = tuple[time, time]
NIGHT: Night = (time(22), time(6))
"""From ten in the evening to six in the morning."""
WEEKEND = Restriction("Sat-Sun", (Weekly(SATURDAY, time(), MONDAY, time()),))


@dataclass(frozen=True, slots=True)
class Hours:
    """How many seconds a person is on call within a window, and how many of them at night and at the weekend, in `zone`.

    A night of a weekend counts as both. The hour that comes twice counts twice, and the one that is skipped not at all.
    """

    person: str
    zone: str
    seconds: float
    night: float
    weekend: float


def hours(
    schedules: Iterable[Schedule],
    start: datetime,
    end: datetime,
    zones: Mapping[str, str],
    *,
    night: Night = NIGHT,
    otherwise: str = "UTC",
) -> list[Hours]:
    """Of each person who is on call within the window, over all the schedules: being on call in two at once counts once.

    `zones` are the people's own; `otherwise` holds for who has none. By person.
    """
    found = (shift for schedule in schedules for shift in shifts(schedule, start, end))
    return [
        _hours(person, zones.get(person, otherwise), spans, night)
        for person, spans in sorted(covered_by_person(found).items())
    ]


def at_night(at: datetime, zone: str, night: Night = NIGHT) -> bool:
    """Whether an instant is at night in that zone."""
    instant = utc(at)
    return bool(open_spans([_nightly(night)], wall(zone), instant, later(instant, MICROSECOND)))


def _hours(person: str, zone: str, spans: list[Span], night: Night) -> Hours:
    clock, start, end = wall(zone), spans[0][0], spans[-1][1]
    nights = open_spans([_nightly(night)], clock, start, end)
    weekends = open_spans([WEEKEND], clock, start, end)
    return Hours(
        person,
        zone,
        _seconds(spans),
        _seconds(common(spans, nights)),
        _seconds(common(spans, weekends)),
    )


def _nightly(night: Night) -> Restriction:
    start, end = night
    over = 1 if end <= start else 0
    return Restriction("night", tuple(Weekly(day, start, (day + over) % 7, end) for day in range(7)))


def _seconds(spans: Iterable[Span]) -> float:
    return sum((end - start for start, end in spans), timedelta()).total_seconds()
