"""Taking over who is on call for a while: at once, for everybody who asks, and over by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tocsin.acts import looks, people
from tocsin.acts.house import House
from tocsin.acts.oncall.overrides import take_on_call
from tocsin.acts.oncall.weekly import save_weekly
from tocsin.clock import HandClock
from tocsin.core.case import Actor
from tocsin.errors import Conflict, Forbidden, Invalid, NotFound, TocsinError

ALICE = Actor("alice", "web", "Alice")
HOUR = timedelta(hours=1)


async def test_who_takes_over_is_on_call_until_their_time_is_over(house: House, clock: HandClock) -> None:
    [taken] = await take_on_call(house, ALICE, "carol", HOUR)

    [now] = await looks.on_call(house)
    assert [one.handle for one in now.people] == ["carol"]
    assert now.until == taken.override.end == clock.now() + HOUR
    assert now.instead_of
    assert now.instead_of.handle == "bob"
    assert (await looks.roster(house)).on_call == ("carol",)

    clock.advance(HOUR)
    assert (await looks.roster(house)).on_call == ("bob",)
    [later] = await looks.on_call(house)
    assert later.instead_of is None


async def test_only_the_schedules_that_are_named_are_taken_by_their_name_or_their_team(house: House) -> None:
    await save_weekly(
        house,
        "web",
        team="",
        zone="UTC",
        first_handoff=datetime(2026, 3, 2, 9, 0),  # noqa: DTZ001 - a rotation's handoff is local wall clock
        participants=["bob"],
    )

    taken = await take_on_call(house, ALICE, "alice", HOUR, ["OPS_TEAM"])

    assert [one.schedule.id for one in taken] == ["ops"]
    assert (await looks.roster(house)).on_call == ("alice", "bob")


async def test_who_leaves_tocsin_is_on_call_no_more(house: House) -> None:
    await take_on_call(house, ALICE, "carol", HOUR)

    await people.remove_person(house, "carol")

    assert (await looks.roster(house)).on_call == ("bob",)


@pytest.mark.parametrize(
    ("actor", "person", "span", "schedules", "kind", "message"),
    [
        (Actor("", "api", "ci"), "bob", HOUR, (), Forbidden, "Only a person can change who is on call"),
        (ALICE, "zoe", HOUR, (), NotFound, "Nobody is called zoe; known are: alice, bob, carol"),
        (ALICE, "bob", HOUR, ("nights",), NotFound, "There is no schedule nights; there are: ops"),
        (ALICE, "bob", timedelta(), (), Invalid, "take it for a minute at least"),
        (ALICE, "bob", timedelta(days=100), (), Invalid, "It would be for 144,000 minutes: take it for"),
        (ALICE, "bob", timedelta(days=91), (), Invalid, "for 90 days at most"),
    ],
)
async def test_what_cant_be_is_refused_by_name(
    house: House,
    actor: Actor,
    person: str,
    span: timedelta,
    schedules: tuple[str, ...],
    kind: type[TocsinError],
    message: str,
) -> None:
    with pytest.raises(kind, match=message):
        await take_on_call(house, actor, person, span, schedules)


async def test_where_a_pager_says_who_is_on_call_it_is_taken_over_there(house: House) -> None:
    house.abilities |= {"pager:opsgenie"}
    await people.save_on_call_outside(house, "opsgenie", ["bob@acme.example"])

    with pytest.raises(Conflict, match="take it over there"):
        await take_on_call(house, ALICE, "alice", HOUR)
