"""Overrides, shadow shifts and absences: what each does to who is on call, and what is refused by name."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tocsin.acts import looks as everywhere
from tocsin.acts import people
from tocsin.acts.house import House
from tocsin.acts.oncall import looks
from tocsin.acts.oncall.absences import absences_of, add_absence, end_absence
from tocsin.acts.oncall.by import By
from tocsin.acts.oncall.feeds import make_link
from tocsin.acts.oncall.overrides import Wish, add_override, end_override, overrides_of
from tocsin.acts.oncall.shadows import add_shadow, end_shadow, shadows_of
from tocsin.acts.people import remove_person
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.core.oncall.model import Change
from tocsin.errors import Conflict, Forbidden, Invalid, NotFound, TocsinError

ALICE = By(Actor("alice", "web", "Alice"))
CAROL = By(Actor("carol", "web", "Carol"))
ROBOT = By(Actor("", "api", "ci"))
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NO_ZONE = datetime(2026, 3, 2, 10, 0)  # noqa: DTZ001 - as somebody types it
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)


async def now(house: House) -> tuple[str, ...]:
    return (await everywhere.roster(house)).on_call


def wish(change: str, *people: str, instead_of: str = "", hours: int = 2, **more: Any) -> Wish:
    return Wish(Change(change), MONDAY + hours * HOUR, people, instead_of, **more)


@pytest.mark.parametrize(
    ("given", "then"),
    [
        (wish("take", "carol"), ("carol",)),
        (wish("take"), ()),
        (wish("replace", "carol", instead_of="bob"), ("carol",)),
        (wish("replace", "carol", instead_of="alice"), ("bob",)),  # Alice is not on call.
        (wish("add", "carol"), ("bob", "carol")),
        (wish("remove", instead_of="bob"), ()),
    ],
)
async def test_each_change_does_what_its_name_says_until_it_ends(
    house: House, clock: HandClock, given: Wish, then: tuple[str, ...]
) -> None:
    made = await add_override(house, ALICE, "ops", given)

    assert await now(house) == then
    assert made.override.start == MONDAY
    clock.advance(2 * HOUR)
    assert await now(house) == ("bob",)


async def test_a_preview_of_an_override_says_whose_shifts_move_and_changes_nothing(house: House) -> None:
    made = await add_override(house, ALICE, "ops", wish("take", "carol"), preview=True)

    assert [(one.person, one.gains) for one in made.effect.moves] == [("bob", False), ("carol", True)]
    assert await now(house) == ("bob",)


async def test_an_override_that_runs_ends_now_and_what_was_stays(house: House, clock: HandClock) -> None:
    made = await add_override(house, ALICE, "ops", wish("take", "carol"))
    clock.advance(HOUR)

    await end_override(house, CAROL, made.override.id, expected=1)

    assert await now(house) == ("bob",)
    assert [one.person for one in await looks.shifts(house, "ops", MONDAY, MONDAY + HOUR)] == ["carol"]
    [(kept, version)] = await overrides_of(house, "ops", MONDAY, MONDAY + DAY)
    assert (kept.end, version) == (MONDAY + HOUR, 2)


async def test_an_override_that_has_not_begun_never_was(house: House) -> None:
    made = await add_override(house, ALICE, "ops", wish("take", "carol", hours=5, start=MONDAY + HOUR))

    await end_override(house, ALICE, made.override.id, expected=1)

    assert await overrides_of(house, "ops", MONDAY, MONDAY + DAY) == []


async def test_an_override_is_ended_once_and_by_who_saw_it_as_it_is(house: House, clock: HandClock) -> None:
    made = await add_override(house, ALICE, "ops", wish("take", "carol"))
    clock.advance(HOUR)
    with pytest.raises(Invalid, match="expected_version is missing"):
        await end_override(house, ALICE, made.override.id, expected=None)
    await end_override(house, ALICE, made.override.id, expected=1)

    with pytest.raises(
        Conflict, match=r"The override \d+ is at version 2, and you saw 1: alice ended the override"
    ):
        await end_override(house, CAROL, made.override.id, expected=1)
    with pytest.raises(Conflict, match="has ended already"):
        await end_override(house, CAROL, made.override.id, expected=2)


@pytest.mark.parametrize(
    ("by", "schedule", "given", "error", "words"),
    [
        (ALICE, "ops", wish("take", "carol", hours=-3, start=MONDAY - 2 * HOUR), Invalid, "It ends .* before it begins"),
        (ALICE, "ops", wish("take", "carol", hours=-1, start=MONDAY - 2 * HOUR), Invalid, "It ends in the past"),
        (ALICE, "ops", wish("take", "carol", start=MONDAY - HOUR), Invalid, "It begins in the past"),
        (ALICE, "ops", wish("take", "carol", hours=24 * 367), Invalid, "longer than 366 days"),
        (ALICE, "ops", wish("take", "carol", start=NO_ZONE), Invalid, "start has no zone: write it with an offset or a Z"),
        (ALICE, "ops", wish("take", "zoe"), NotFound, "Nobody is called zoe; known are: alice, bob, carol"),
        (ALICE, "ops", wish("replace", "carol", instead_of="zoe"), NotFound, "Nobody is called zoe"),
        (ALICE, "ops", wish("replace", "carol"), Invalid, "instead_of is missing"),
        (ALICE, "ops", wish("replace", instead_of="bob"), Invalid, "people is missing"),
        (ALICE, "ops", wish("replace", "bob", instead_of="bob"), Invalid, "bob can't stand in for themselves"),
        (ALICE, "ops", wish("add", "carol", instead_of="bob"), Invalid, "instead_of is of no use with add"),
        (ALICE, "ops", wish("add"), Invalid, "people is missing"),
        (ALICE, "ops", wish("remove", "carol", instead_of="bob"), Invalid, "people is of no use with remove"),
        (ALICE, "nights", wish("take", "carol"), NotFound, "There is no schedule nights; there are: ops"),
        (ROBOT, "ops", wish("take", "carol"), Forbidden, "Only a person can change who is on call"),
    ],
)  # fmt: skip
async def test_an_override_that_can_not_be_is_refused_by_name(
    house: House, by: By, schedule: str, given: Wish, error: type[TocsinError], words: str
) -> None:
    with pytest.raises(error, match=words):
        await add_override(house, by, schedule, given)


async def test_there_are_so_many_overrides_and_no_more(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two for two thousand: to make those would take a minute."""
    monkeypatch.setattr("tocsin.acts.oncall.overrides.MOST", 2)
    for _ in range(2):
        await add_override(house, ALICE, "ops", wish("take", "carol"))

    with pytest.raises(Conflict, match="ops has 2 overrides to come already: end some first"):
        await add_override(house, ALICE, "ops", wish("take", "carol"))


async def test_a_window_of_too_many_shifts_or_without_a_zone_is_refused(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two for twenty thousand, which nobody has to work out here."""
    monkeypatch.setattr(looks, "MOST_SHIFTS", 2)

    with pytest.raises(Invalid, match=r"The window has \d+ shifts; at most 2 are told: ask for less"):
        await looks.shifts(house, "ops", MONDAY, MONDAY + 4 * WEEK)
    with pytest.raises(Invalid, match="start has no zone: write it with an offset or a Z"):
        await looks.shifts(house, "ops", NO_ZONE, MONDAY + DAY)


async def test_a_calendar_link_is_to_a_schedule_or_a_person(house: House) -> None:
    with pytest.raises(Invalid, match="kind is 'team': write schedule or person"):
        await make_link(house, ALICE, "team", "ops_team")


async def test_a_stale_schedule_is_not_overridden_where_the_caller_says_what_they_saw(house: House) -> None:
    with pytest.raises(Conflict, match="ops is at version 1, and you saw 7"):
        await add_override(house, ALICE, "ops", wish("take", "carol"), expected=7)


async def test_who_leaves_is_in_no_override_any_more_and_the_others_of_it_stay(
    house: House, clock: HandClock
) -> None:
    await add_override(house, ALICE, "ops", wish("add", "carol", "alice", hours=48))
    await add_override(house, ALICE, "ops", wish("replace", "alice", instead_of="carol", hours=48))
    clock.advance(DAY)

    await remove_person(house, "carol", ALICE)

    assert await now(house) == ("bob", "alice")
    past = await looks.shifts(house, "ops", MONDAY, clock.now())
    assert [one.person for one in past] == ["alice", "bob", "carol"]


async def test_who_is_away_is_stood_in_for_and_the_grid_stays(house: House, clock: HandClock) -> None:
    away = await add_absence(house, ALICE, "bob", start=date(2026, 3, 3), end=date(2026, 3, 5), reason="ill")

    assert [(one.person, one.gains, one.start) for one in away.effect.moves] == [
        ("alice", True, MONDAY + 15 * HOUR),
        ("bob", False, MONDAY + 15 * HOUR),
    ]
    assert await now(house) == ("bob",)
    clock.advance(DAY)
    assert await now(house) == ("alice",)
    clock.advance(2 * DAY)
    assert await now(house) == ("bob",)


async def test_an_absence_told_today_moves_nothing_that_was(house: House, clock: HandClock) -> None:
    clock.advance(3 * HOUR)

    await add_absence(house, ALICE, "bob", start=date(2026, 3, 2), end=date(2026, 3, 3))

    found = await looks.shifts(house, "ops", MONDAY, MONDAY + 6 * HOUR)
    assert [(one.person, one.start) for one in found] == [("bob", MONDAY), ("alice", MONDAY + 3 * HOUR)]


async def test_who_is_back_sooner_is_on_call_again(house: House, clock: HandClock) -> None:
    away = await add_absence(house, ALICE, "bob", start=MONDAY + HOUR, end=MONDAY + 5 * DAY)
    clock.advance(DAY)
    assert await now(house) == ("alice",)

    back = await end_absence(house, ALICE, away.absence.id, expected=1)

    assert await now(house) == ("bob",)
    assert back.effect.people == ("alice", "bob")
    assert [one.person for one in await looks.shifts(house, "ops", MONDAY, clock.now())] == ["bob", "alice"]


async def test_an_absence_that_has_not_begun_is_taken_back(house: House) -> None:
    away = await add_absence(house, ALICE, "bob", start=date(2026, 3, 10), end=date(2026, 3, 12))

    await end_absence(house, ALICE, away.absence.id, expected=1)

    assert await absences_of(house, MONDAY, MONDAY + 30 * DAY) == []


@pytest.mark.parametrize(
    ("by", "person", "start", "end", "error", "words"),
    [
        (CAROL, "bob", date(2026, 3, 3), date(2026, 3, 4), Forbidden, "carol can't tell of an absence of bob"),
        (ALICE, "zoe", date(2026, 3, 3), date(2026, 3, 4), NotFound, "Nobody is called zoe"),
        (ALICE, "bob", date(2026, 3, 4), date(2026, 3, 4), Invalid, "before it begins .*the end is the first day back"),
        (ALICE, "bob", date(2026, 2, 3), date(2026, 2, 4), Invalid, "It ends in the past"),
        (ALICE, "bob", date(2026, 2, 3), date(2026, 3, 4), Invalid, "It begins in the past"),
        (ALICE, "bob", date(2026, 3, 3), date(2029, 3, 4), Invalid, "longer than 731 days"),
        (ALICE, "bob", date(2026, 3, 3), MONDAY + 9 * DAY, Invalid, "end is a time, and the other end a date"),
        (ALICE, "bob", MONDAY - HOUR, MONDAY + HOUR, Invalid, "It begins in the past"),
    ],
)  # fmt: skip
async def test_an_absence_that_can_not_be_is_refused_by_name(
    house: House, by: By, person: str, start: date, end: date, error: type[TocsinError], words: str
) -> None:
    with pytest.raises(error, match=words):
        await add_absence(house, by, person, start=start, end=end)


async def test_a_shadow_is_told_of_and_never_on_call(house: House, clock: HandClock) -> None:
    made = await add_shadow(house, CAROL, "ops", "carol", end=MONDAY + WEEK)

    assert await now(house) == ("bob",)
    assert [one.person for one in await looks.shadows_at(house, "ops")] == ["carol"]
    clock.advance(DAY)
    await end_shadow(house, CAROL, made.shadow.id, expected=1)
    assert await looks.shadows_at(house, "ops") == ()
    [kept] = await shadows_of(house, "ops", MONDAY, MONDAY + DAY)
    assert kept.shadow.end == MONDAY + DAY


@pytest.mark.parametrize(
    ("by", "person", "of", "error", "words"),
    [
        (CAROL, "bob", "", Forbidden, "carol can't make a shadow of bob"),
        (ALICE, "alice", "alice", Invalid, "alice can't shadow themselves"),
        (ALICE, "alice", "zoe", NotFound, "Nobody is called zoe"),
    ],
)
async def test_a_shadow_that_can_not_be_is_refused_by_name(
    house: House, by: By, person: str, of: str, error: type[TocsinError], words: str
) -> None:
    with pytest.raises(error, match=words):
        await add_shadow(house, by, "ops", person, of=of, end=MONDAY + DAY)


async def test_what_is_older_than_the_nodes_copy_is_read_from_the_rows(
    house: House, clock: HandClock
) -> None:
    await add_override(house, ALICE, "ops", wish("take", "carol", hours=5))
    clock.advance(100 * DAY)
    await people.save_person(house, "zoe")
    house.directory = None

    found = await looks.shifts(house, "ops", MONDAY, MONDAY + 10 * HOUR)

    assert (await people.everybody(house)).kept["ops"].schedule.overrides == ()
    assert [(one.person, one.start) for one in found] == [("carol", MONDAY), ("bob", MONDAY + 5 * HOUR)]
    [then] = await everywhere.on_call(house, "ops", MONDAY + HOUR)
    assert [one.handle for one in then.people] == ["carol"]


async def test_the_same_shadow_shift_is_not_made_twice(house: House) -> None:
    made = await add_shadow(house, CAROL, "ops", "carol", end=MONDAY + WEEK)

    with pytest.raises(Conflict, match=f"carol does so already: shadow shift {made.shadow.id}"):
        await add_shadow(house, CAROL, "ops", "carol", end=MONDAY + DAY)
    await add_shadow(house, CAROL, "ops", "carol", of="bob", end=MONDAY + DAY)
    await end_shadow(house, CAROL, made.shadow.id, expected=1)
    await add_shadow(house, CAROL, "ops", "carol", end=MONDAY + DAY)
