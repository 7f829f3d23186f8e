"""Who leaves: from then on nothing is theirs, what was stays, and whoever has the handle next is somebody else."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from integrations.calendars.calendar_site import calendar, event
from tocsin.acts import looks as everywhere
from tocsin.acts import people
from tocsin.acts.house import House
from tocsin.acts.oncall import feeds, looks
from tocsin.acts.oncall.absences import absences_of, add_absence
from tocsin.acts.oncall.by import OPERATOR, By
from tocsin.acts.oncall.calendars import save_calendar
from tocsin.acts.oncall.schedules import save_schedule
from tocsin.acts.people import remove_person
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.errors import NotFound

ALICE = By(Actor("alice", "web", "Alice"))
BOB = By(Actor("bob", "web", "Bob"))
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY, WEEK = timedelta(days=1), timedelta(days=7)
ROTA = calendar(
    event("1", "Bob", "20260303", "20260304"),
    event("2", "Bob", "20260305", "20260309", "ATTENDEE:mailto:carol@acme.example"),
    event("3", "Bob", "20260310", "20260312"),
    event("4", "Bob", "20260313", "20260314", "ATTENDEE:mailto:carol@acme.example"),
)  # fmt: skip


@pytest.fixture
async def rota(house: House) -> None:
    """A calendar of Bob's shifts, some of them with Carol, as the layer of a schedule."""
    await save_calendar(house, ALICE, "rota", ROTA)
    await save_schedule(
        house, OPERATOR, "extra", {"zone": "UTC", "layers": [{"name": "rota", "calendar": "rota"}]}
    )


async def shifts(house: House, start: datetime, end: datetime) -> list[tuple[str, datetime, datetime]]:
    return [(one.person, one.start, one.end) for one in await looks.shifts(house, "extra", start, end)]


@pytest.mark.usefixtures("rota")
async def test_who_leaves_is_in_no_events_of_a_calendar(house: House, clock: HandClock) -> None:
    clock.advance(4 * DAY)
    now, end = clock.now(), MONDAY + 3 * WEEK
    was, to_come = await shifts(house, MONDAY, now), await shifts(house, now, end)
    assert {person for person, _, _ in to_come} == {"bob", "carol"}
    would = await remove_person(house, "bob", ALICE, preview=True)

    left = await remove_person(house, "bob", ALICE)

    assert left == would
    assert ("extra" in left.schedules, "bob" in left.effect.people) == (True, True)
    assert await shifts(house, MONDAY, now) == was
    assert await shifts(house, now, end) == [one for one in to_come if one[0] != "bob"]
    house.directory = None  # Read from the rows.
    assert await shifts(house, MONDAY, now) == was
    assert await shifts(house, now, end) == [one for one in to_come if one[0] != "bob"]


@pytest.mark.usefixtures("rota")
async def test_who_has_the_handle_next_inherits_nothing(house: House, clock: HandClock) -> None:
    clock.advance(4 * DAY)
    await add_absence(house, BOB, "bob", start=date(2026, 3, 20), end=date(2026, 3, 22))
    own = await feeds.make_link(house, BOB, feeds.PERSON, "bob")
    made = await feeds.make_link(house, BOB, feeds.SCHEDULE, "ops")
    kept = await feeds.make_link(house, ALICE, feeds.SCHEDULE, "ops")

    await remove_person(house, "bob", ALICE)
    await people.save_person(house, "bob", name="Bob the second")

    assert await absences_of(house, clock.now(), clock.now() + 4 * WEEK) == []
    for at in (MONDAY + 9 * DAY, MONDAY + 11 * DAY, MONDAY + 2 * WEEK):
        for one in await everywhere.on_call(house, "", at):
            assert "bob" not in [person.handle for person in one.people]
    for secret in (own, made):
        with pytest.raises(NotFound, match="its link was revoked"):
            await feeds.calendar_of(house, secret)
    assert (await feeds.calendar_of(house, kept))[0] == "ops"


async def test_an_event_that_is_over_where_it_is_looked_at_stays(house: House, clock: HandClock) -> None:
    """10 March is over in Berlin an hour before it is in UTC, the calendar's zone."""
    await save_calendar(house, ALICE, "rota", calendar(event("1", "Bob", "20260310", "20260311")))
    plan = {"zone": "Europe/Berlin", "layers": [{"name": "rota", "calendar": "rota"}]}
    await save_schedule(house, OPERATOR, "extra", plan)
    clock.set(datetime(2026, 3, 10, 23, 30, tzinfo=UTC))
    was = await shifts(house, MONDAY, clock.now())

    await remove_person(house, "bob", ALICE)

    assert await shifts(house, MONDAY, clock.now()) == was
    assert was == [("bob", datetime(2026, 3, 9, 23, tzinfo=UTC), datetime(2026, 3, 10, 23, tzinfo=UTC))]
