"""What is worked out where schedules are kept: days told when they had begun, calendars read again, the weekly plan."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from tocsin.core.oncall.absences import seen_from
from tocsin.core.oncall.imported import read_again
from tocsin.core.oncall.model import Absence, Booked
from tocsin.core.oncall.named import calendars_in, people_in, teams_in
from tocsin.core.oncall.weekly import weekly, weekly_of
from tocsin.core.oncall.written import Known, plan_of

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
FIRST = datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001 - local wall clock


@pytest.mark.parametrize(
    ("start", "end", "zone", "then"),
    [
        (date(2026, 3, 3), date(2026, 3, 4), "UTC", date(2026, 3, 3)),
        (date(2026, 3, 2), date(2026, 3, 4), "UTC", NOON),
        (date(2026, 3, 3), date(2026, 3, 4), "Pacific/Kiritimati", NOON),  # There it began two hours ago.
        (date(2026, 3, 2), date(2026, 3, 3), "Pacific/Kiritimati", None),  # There it is over.
        (date(2026, 3, 2), date(2026, 3, 3), "Pacific/Pago_Pago", NOON),
        (NOON - DAY, NOON + DAY, "UTC", NOON),
        (NOON + DAY, NOON + 2 * DAY, "UTC", NOON + DAY),
    ],
)
def test_an_absence_counts_from_when_it_was_told(
    start: date, end: date, zone: str, then: date | None
) -> None:
    seen = seen_from(Absence("bob", start, end), NOON, zone)

    assert (seen.start if seen else None) == then


def booked(person: str, start: datetime, end: datetime) -> Booked:
    return Booked((person,), start, end, "1@test")


def test_a_calendar_that_is_read_again_keeps_its_past_and_cuts_what_runs() -> None:
    past = booked("bob", NOON - 2 * DAY, NOON - DAY)
    running = booked("bob", NOON - DAY, NOON + DAY)
    coming = booked("bob", NOON + DAY, NOON + 2 * DAY)
    new = [booked("carol", NOON - 2 * DAY, NOON - DAY), booked("carol", NOON - DAY, NOON + DAY)]

    found = read_again([past, running, coming], new, NOON, "UTC")

    assert found == (past, booked("bob", NOON - DAY, NOON), booked("carol", NOON, NOON + DAY))


def test_a_calendar_that_says_the_same_is_the_same() -> None:
    events = (
        booked("bob", NOON - 2 * DAY, NOON - DAY),
        booked("bob", NOON - DAY, NOON + DAY),
        booked("bob", NOON + DAY, NOON + 2 * DAY),
    )

    assert read_again(events, events, NOON, "UTC") == events


def test_the_weekly_plan_is_known_again_and_no_other() -> None:
    plain = weekly("UTC", FIRST, ["alice", "bob"])
    both = plan_of({**plain, "layers": [*plain["layers"], {"name": "more"}]}, Known())
    daily = weekly("UTC", FIRST, ["alice"])
    daily["layers"][0]["rotations"][0]["every"] = "1 day"

    found = weekly_of(plan_of(plain, Known()))

    assert found is not None
    assert [one.people for one in found.participants] == [("alice",), ("bob",)]
    assert weekly_of(both) is None
    assert weekly_of(plan_of(daily, Known())) is None


def test_who_and_what_a_plan_names() -> None:
    doc = weekly("UTC", FIRST, ["alice", "team:ops", "nobody", "team:ops"])
    doc["layers"].append({"name": "leave", "calendar": "extra"})
    extra = Booked(("dora",), NOON, NOON + DAY)
    plan = plan_of(doc, Known(None, {"ops": ("bob", "carol")}, {"extra": (extra,)}))

    assert people_in(plan) == ("alice", "bob", "carol", "dora")
    assert teams_in(plan) == ("ops",)
    assert list(calendars_in(doc)) == ["extra"]
