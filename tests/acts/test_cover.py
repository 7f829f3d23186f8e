"""Cover requests: asked of one or of all, taken by the first who accepts, in whole or in part."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tocsin.acts import people
from tocsin.acts.house import House
from tocsin.acts.oncall import looks
from tocsin.acts.oncall.by import By
from tocsin.acts.oncall.cover import accept_cover, ask_cover, cover_of, covers, withdraw_cover
from tocsin.acts.oncall.overrides import Wish, add_override
from tocsin.acts.people import remove_person
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.core.oncall.model import Change
from tocsin.errors import Conflict, Forbidden, Invalid, NotFound, TocsinError

ALICE, BOB, CAROL = (By(Actor(one, "web", one.title())) for one in ("alice", "bob", "carol"))
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
TUESDAY = MONDAY + DAY


async def who(house: House, start: datetime, end: datetime) -> list[tuple[str, datetime, datetime]]:
    return [(one.person, one.start, one.end) for one in await looks.shifts(house, "ops", start, end)]


async def test_the_whole_team_is_asked_and_who_accepts_is_on_call_instead(house: House) -> None:
    asked = await ask_cover(house, BOB, "ops", start=TUESDAY, end=TUESDAY + DAY, reason="dentist")
    assert (asked.row.asked, asked.state) == (("alice",), "open")

    taken = await accept_cover(house, ALICE, asked.row.id)

    assert (taken.state, taken.row.taken_by) == ("taken", "alice")
    assert taken.effect.people == ("alice", "bob")
    assert await who(house, TUESDAY - HOUR, TUESDAY + DAY + HOUR) == [
        ("bob", TUESDAY - HOUR, TUESDAY),
        ("alice", TUESDAY, TUESDAY + DAY),
        ("bob", TUESDAY + DAY, TUESDAY + DAY + HOUR),
    ]
    [entry] = [one for one in await looks.changes(house, schedule="ops") if one.what == "cover taken"]
    assert entry.by == "alice"


async def test_of_two_who_accept_at_once_the_first_has_it(house: House) -> None:
    asked = await ask_cover(house, BOB, "ops", start=TUESDAY, end=TUESDAY + DAY, asked=["alice", "carol"])

    both = await asyncio.gather(
        accept_cover(house, ALICE, asked.row.id),
        accept_cover(house, CAROL, asked.row.id),
        return_exceptions=True,
    )

    [lost] = [one for one in both if isinstance(one, Conflict)]
    winner = (await cover_of(house, asked.row.id)).row.taken_by
    assert f"{winner} was first: the shift is taken" in lost.message
    assert [one[0] for one in await who(house, TUESDAY, TUESDAY + DAY)] == [winner]


async def test_of_a_part_that_is_taken_the_rest_stays_open(house: House) -> None:
    asked = await ask_cover(house, BOB, "ops", start=TUESDAY, end=TUESDAY + DAY, asked=["alice", "carol"])

    part = await accept_cover(house, CAROL, asked.row.id, start=TUESDAY + 6 * HOUR, end=TUESDAY + 12 * HOUR)

    assert part.row.part_of == asked.row.id
    open_ones = [one.row for one in await covers(house, schedule="ops") if one.state == "open"]
    assert sorted((one.start, one.end) for one in open_ones) == [
        (TUESDAY, TUESDAY + 6 * HOUR),
        (TUESDAY + 12 * HOUR, TUESDAY + DAY),
    ]
    assert [one[0] for one in await who(house, TUESDAY, TUESDAY + DAY)] == ["bob", "carol", "bob"]
    for rest in open_ones:
        await accept_cover(house, ALICE, rest.id)
    assert [one[0] for one in await who(house, TUESDAY, TUESDAY + DAY)] == ["alice", "carol", "alice"]


async def test_it_can_be_asked_on_behalf_of_somebody_of_ones_team(house: House) -> None:
    asked = await ask_cover(
        house, ALICE, "ops", person="bob", start=TUESDAY, end=TUESDAY + DAY, asked=["carol"]
    )

    await accept_cover(house, CAROL, asked.row.id)

    assert (asked.row.person, asked.row.made_by) == ("bob", "alice")
    assert [one[0] for one in await who(house, TUESDAY, TUESDAY + DAY)] == ["carol"]


async def test_a_request_that_nobody_took_is_over_when_the_shift_begins(
    house: House, clock: HandClock
) -> None:
    asked = await ask_cover(house, BOB, "ops", start=TUESDAY, end=TUESDAY + DAY)
    clock.advance(DAY)

    assert (await cover_of(house, asked.row.id)).state == "expired"
    with pytest.raises(Conflict, match="has expired: its shift began at 2026-03-03 09:00"):
        await accept_cover(house, ALICE, asked.row.id)


async def test_who_is_on_call_already_can_ask_for_the_rest_of_the_shift(
    house: House, clock: HandClock
) -> None:
    asked = await ask_cover(house, BOB, "ops", end=MONDAY + 8 * HOUR)
    clock.advance(HOUR)

    await accept_cover(house, ALICE, asked.row.id)

    assert await who(house, MONDAY, MONDAY + 8 * HOUR) == [
        ("bob", MONDAY, MONDAY + HOUR),
        ("alice", MONDAY + HOUR, MONDAY + 8 * HOUR),
    ]


async def test_a_request_is_withdrawn_by_who_made_it(house: House) -> None:
    asked = await ask_cover(house, BOB, "ops", start=TUESDAY, end=TUESDAY + DAY)
    with pytest.raises(Invalid, match="expected_version is missing"):
        await withdraw_cover(house, BOB, asked.row.id, expected=None)

    await withdraw_cover(house, BOB, asked.row.id, expected=1)

    with pytest.raises(Conflict, match="was withdrawn"):
        await accept_cover(house, ALICE, asked.row.id)


async def test_a_shift_that_an_override_gave_is_covered_in_its_place(house: House) -> None:
    wish = Wish(Change.REPLACE, TUESDAY + DAY, ("carol",), "bob", TUESDAY)
    await add_override(house, ALICE, "ops", wish)
    asked = await ask_cover(house, CAROL, "ops", start=TUESDAY, end=TUESDAY + DAY, asked=["alice"])

    await accept_cover(house, ALICE, asked.row.id)

    assert [one[0] for one in await who(house, TUESDAY, TUESDAY + DAY)] == ["alice"]


async def test_the_request_is_narrowed_to_when_they_are_on_call(house: House) -> None:
    asked = await ask_cover(house, BOB, "ops", start=TUESDAY, end=MONDAY + 9 * DAY)

    assert (asked.row.start, asked.row.end) == (TUESDAY, MONDAY + WEEK)


async def test_who_leaves_asks_nobody_and_is_asked_no_more(house: House) -> None:
    mine = await ask_cover(house, BOB, "ops", start=TUESDAY, end=TUESDAY + DAY, asked=["alice"])
    await people.save_team(house, "ops_team", ["alice", "bob", "carol"])
    other = await ask_cover(house, ALICE, "ops", start=MONDAY + 8 * DAY, end=MONDAY + 9 * DAY)

    await remove_person(house, "bob", ALICE)

    assert (await cover_of(house, mine.row.id)).state == "withdrawn"
    assert (await cover_of(house, other.row.id)).row.asked == ("carol",)


async def test_a_request_of_which_all_who_were_asked_are_gone_is_over(house: House) -> None:
    asked = await ask_cover(house, BOB, "ops", start=TUESDAY, end=TUESDAY + DAY, asked=["carol"])

    await remove_person(house, "carol", ALICE)

    assert (await cover_of(house, asked.row.id)).state == "withdrawn"
    told = await house.pool.fetch(
        "SELECT payload FROM works WHERE payload->>'text' LIKE '%nobody who was asked is there any more%'"
    )
    assert {one["payload"]["person"] for one in told} == {"bob"}
    left = await house.pool.fetch(
        "SELECT key FROM works WHERE key LIKE 'cover/%/untaken/%' AND state = 'planned'"
    )
    assert not left
    await ask_cover(house, BOB, "ops", start=TUESDAY, end=TUESDAY + DAY, asked=["alice"])


async def test_who_wants_a_part_that_is_taken_hears_who_was_first(house: House) -> None:
    asked = await ask_cover(house, BOB, "ops", start=TUESDAY, end=TUESDAY + DAY, asked=["alice", "carol"])
    for part in ({"end": TUESDAY + 6 * HOUR}, {"start": TUESDAY + 20 * HOUR}):
        await accept_cover(house, CAROL, asked.row.id, **part)

        with pytest.raises(Conflict, match=r"carol was first: .* is taken. Still open: "):
            await accept_cover(house, ALICE, asked.row.id, **part)

    rest = await accept_cover(house, ALICE, asked.row.id)
    assert (rest.row.start, rest.row.end) == (TUESDAY + 6 * HOUR, TUESDAY + 20 * HOUR)


@pytest.mark.parametrize(
    ("by", "given", "error", "words"),
    [
        (ALICE, {}, Conflict, "alice is not on call in ops, .*: there is nothing to cover"),
        (CAROL, {"person": "bob"}, Forbidden, "carol can't ask for cover for bob"),
        (BOB, {"asked": ["zoe"]}, NotFound, "Nobody is called zoe"),
        (BOB, {"asked": ["team:zebras"]}, NotFound, "There is no team zebras; there are: ops_team"),
        (BOB, {"asked": ["bob"]}, Invalid, "There is nobody else to ask"),
        (BOB, {"start": MONDAY - DAY}, Invalid, "It begins in the past"),
    ],
)
async def test_a_request_that_can_not_be_is_refused_by_name(
    house: House, by: By, given: dict[str, Any], error: type[TocsinError], words: str
) -> None:
    with pytest.raises(error, match=words):
        await ask_cover(house, by, "ops", **{"start": TUESDAY, "end": TUESDAY + DAY, **given})


async def test_the_rest_of_the_shift_one_is_in_is_not_asked_for_twice(house: House, clock: HandClock) -> None:
    """Two could have taken it, since a request in the middle of a shift did not count as open."""
    first = await ask_cover(house, BOB, "ops", end=MONDAY + 8 * HOUR, asked=["alice"])
    clock.advance(HOUR)

    with pytest.raises(Conflict, match=f"request {first.row.id}"):
        await ask_cover(house, BOB, "ops", end=MONDAY + 4 * HOUR, asked=["carol"])
    clock.advance(7 * HOUR)
    await ask_cover(house, BOB, "ops", end=MONDAY + 9 * HOUR, asked=["carol"])


async def test_the_same_shift_is_not_asked_for_twice(house: House) -> None:
    first = await ask_cover(house, BOB, "ops", start=TUESDAY, end=TUESDAY + DAY)

    with pytest.raises(Conflict, match=f"asked for already: request {first.row.id}"):
        await ask_cover(house, BOB, "ops", start=TUESDAY + HOUR, end=TUESDAY + DAY)


@pytest.mark.parametrize(
    ("by", "given", "error", "words"),
    [
        (CAROL, {}, Forbidden, "carol was not asked to cover this shift; asked are alice"),
        (ALICE, {"start": TUESDAY + 2 * DAY}, Invalid, "before it begins"),
        (ALICE, {"end": TUESDAY + 2 * DAY}, Invalid, "The part ends after the shift that is asked for"),
        (ALICE, {"expected": 4}, Conflict, r"The cover \d+ is at version 1, and you saw 4: bob asked alice"),
    ],
)
async def test_taking_what_can_not_be_taken_is_refused_by_name(
    house: House, by: By, given: dict[str, Any], error: type[TocsinError], words: str
) -> None:
    asked = await ask_cover(house, BOB, "ops", start=TUESDAY, end=TUESDAY + DAY)

    with pytest.raises(error, match=words):
        await accept_cover(house, by, asked.row.id, **given)


async def test_what_is_not_theirs_any_more_is_not_taken_and_the_request_is_over(house: House) -> None:
    asked = await ask_cover(house, BOB, "ops", start=TUESDAY, end=TUESDAY + DAY, asked=["alice", "carol"])
    await add_override(house, ALICE, "ops", Wish(Change.TAKE, TUESDAY + DAY, ("alice",), start=TUESDAY))

    with pytest.raises(Conflict, match="bob is not on call then any more: there is nothing to take"):
        await accept_cover(house, CAROL, asked.row.id)

    assert (await cover_of(house, asked.row.id)).state == "withdrawn"
    assert [one[0] for one in await who(house, TUESDAY, TUESDAY + DAY)] == ["alice"]
    told = await house.pool.fetch(
        "SELECT payload FROM works WHERE payload->>'text' LIKE '%not on call then%'"
    )
    assert {one["payload"]["person"] for one in told} == {"bob"}
    left = await house.pool.fetch(
        "SELECT key FROM works WHERE key LIKE 'cover/%/untaken/%' AND state = 'planned'"
    )
    assert not left


async def test_a_part_that_is_not_theirs_any_more_is_refused_and_the_rest_stays_open(house: House) -> None:
    asked = await ask_cover(house, BOB, "ops", start=TUESDAY, end=TUESDAY + DAY, asked=["carol"])
    await add_override(house, ALICE, "ops", Wish(Change.TAKE, TUESDAY + 6 * HOUR, ("alice",), start=TUESDAY))

    with pytest.raises(Conflict, match="bob is not on call then any more"):
        await accept_cover(house, CAROL, asked.row.id, end=TUESDAY + 6 * HOUR)

    assert (await cover_of(house, asked.row.id)).state == "open"


async def test_only_what_is_still_theirs_is_taken(house: House) -> None:
    asked = await ask_cover(house, BOB, "ops", start=TUESDAY, end=TUESDAY + DAY, asked=["carol"])
    await add_override(house, ALICE, "ops", Wish(Change.TAKE, TUESDAY + 6 * HOUR, ("alice",), start=TUESDAY))

    taken = await accept_cover(house, CAROL, asked.row.id)

    assert (taken.row.start, taken.row.end) == (TUESDAY + 6 * HOUR, TUESDAY + DAY)
    assert (await cover_of(house, asked.row.id)).row == taken.row
    assert await who(house, TUESDAY, TUESDAY + DAY) == [
        ("alice", TUESDAY, TUESDAY + 6 * HOUR),
        ("carol", TUESDAY + 6 * HOUR, TUESDAY + DAY),
    ]


async def test_cover_of_who_is_there_as_well_is_refused_when_it_is_asked_for(house: House) -> None:
    await add_override(house, ALICE, "ops", Wish(Change.ADD, TUESDAY + DAY, ("carol",), start=TUESDAY))

    with pytest.raises(Conflict, match=r"carol is on call as well, by the override \d+: end it, and add"):
        await ask_cover(house, CAROL, "ops", start=TUESDAY, end=TUESDAY + DAY, asked=["alice"])
