"""Editing a plan: the past stays, and whose turn it is stays too."""

from __future__ import annotations

import pytest
from oncall_cases import MOMENT, of, plan, rotation, schedule, told, utc

from tocsin.core.oncall.calculator import check, on_call, shifts
from tocsin.core.oncall.edits import keeping_turns, with_plan, with_team, without_person
from tocsin.core.oncall.model import BEGINNING, Booked, Layer, Plan, Schedule

START, NOW, END = utc("2026-02-02 09:00"), utc("2026-02-11 12:00"), utc("2026-03-16 09:00")
"""Of weeks that begin on Mondays at 09:00 UTC, of alice, bob and carol: NOW is in bob's."""


def weekly(*participants: object, **more: object) -> Plan:
    return plan("UTC", [rotation("2026-02-02 09:00", "1 week", *participants, **more)])


def order(found: Schedule) -> list[str]:
    """Who is on call from NOW on, turn by turn."""
    return [one.person for one in shifts(found, NOW, END)]


BEFORE = of(weekly("alice", "bob", "carol"))


@pytest.mark.parametrize(
    ("participants", "after", "why"),
    [
        (("alice", "bob", "carol", "dave"), "bob carol dave alice bob", "somebody new at the end"),
        (("dave", "alice", "bob", "carol"), "bob carol dave alice bob", "somebody new at the beginning"),
        (("alice", "bob", "dave", "carol"), "bob dave carol alice bob", "somebody new who comes next"),
        (("bob", "carol"), "bob carol bob carol bob", "somebody else leaves"),
        (("alice", "carol"), "carol alice carol alice carol", "whose turn it is leaves: the next takes it"),
        (("alice", "dave", "carol"), "dave carol alice dave carol", "somebody in the place of another"),
        (("bob", "alice", "carol"), "alice carol bob alice carol", "another order is taken as it is written"),
        (("dave", "erin"), "erin dave erin dave erin", "nobody stays: as it is written"),
        (("alice", "bob", "carol"), "bob carol alice bob carol", "nothing changes"),
    ],
)
def test_a_change_of_the_participants_leaves_the_turn_to_who_has_it(
    participants: tuple[str, ...], after: str, why: str
) -> None:
    found = with_plan(BEFORE, weekly(*participants), NOW)

    assert " ".join(order(found)) == after, why


@pytest.mark.parametrize(
    ("since", "person"), [("2026-02-16 09:00", "carol"), ("2026-02-16 08:59:59.999999", "bob")]
)
def test_an_edit_at_the_instant_of_a_handoff_leaves_the_turn_to_who_takes_over(
    since: str, person: str
) -> None:
    found = with_plan(BEFORE, weekly("dave", "alice", "bob", "carol"), utc(since))

    assert on_call(found, utc(since)) == (person,)


def test_an_offset_that_is_written_on_purpose_is_taken() -> None:
    found = with_plan(BEFORE, weekly("alice", "bob", "carol", offset=1), NOW)

    assert order(found)[:2] == ["carol", "alice"]


def test_the_same_plan_written_again_after_an_edit_changes_nothing() -> None:
    written = weekly("dave", "alice", "bob", "carol")
    edited = with_plan(BEFORE, written, NOW)

    assert edited.plan != written
    assert keeping_turns(edited.plan, written, NOW) == edited.plan


def test_an_edit_after_an_edit_keeps_the_turn_as_well() -> None:
    once = with_plan(BEFORE, weekly("dave", "alice", "bob", "carol"), NOW)

    twice = with_plan(once, weekly("dave", "erin", "alice", "bob", "carol"), NOW + MOMENT)

    assert order(twice) == ["bob", "carol", "dave", "erin", "alice"]


@pytest.mark.parametrize(
    "edit",
    [
        lambda before: with_plan(before, weekly("erin"), NOW),
        lambda before: without_person(before, "bob", NOW),
        lambda before: with_team(before, "ops", ["erin"], NOW),
    ],
)
def test_an_edit_at_the_instant_of_the_one_before_takes_its_place(edit: object) -> None:
    before = of(weekly("bob", "team:ops"), ("2026-02-11 12:00", weekly("carol", "bob", "team:ops")))

    found = edit(before)  # type: ignore[operator]

    check(found)
    assert [version.since for version in found.versions] == [BEGINNING, NOW]
    assert found.versions[0] == before.versions[0]
    assert found.plan != before.plan


def test_whose_turn_it_is_stays_when_the_turns_get_another_length() -> None:
    daily = plan("UTC", [rotation("2026-02-02 09:00", "1 day")])

    found = with_plan(BEFORE, daily, NOW)

    assert order(found)[:4] == ["bob", "carol", "alice", "bob"]


def test_a_rotation_that_begins_anew_later_is_taken_as_it_is_written() -> None:
    later = plan("UTC", [rotation("2026-02-16 09:00")])

    found = with_plan(BEFORE, later, NOW)

    assert told(shifts(found, NOW, utc("2026-02-24")))[0] == ("alice", "2026-02-16 09:00", "2026-02-23 09:00")


@pytest.mark.parametrize(
    "edit",
    [
        lambda before: with_plan(before, weekly("erin"), NOW),
        lambda before: without_person(before, "bob", NOW),
        lambda before: with_team(before, "ops", ["erin"], NOW),
    ],
)
def test_an_edit_moves_no_past_shift(edit: object) -> None:
    before = of(weekly("team:ops", "bob", "carol"))

    after = edit(before)  # type: ignore[operator]

    assert shifts(after, START, NOW) == shifts(before, START, NOW)
    assert after != before


def test_after_somebody_else_leaves_who_is_on_call_keeps_the_turn_to_its_end() -> None:
    found = without_person(BEFORE, "alice", NOW)

    assert told(shifts(found, NOW - 3 * 1440 * 60_000_000 * MOMENT, utc("2026-03-02 09:00"))) == [
        ("alice", "2026-02-08 12:00", "2026-02-09 09:00"),
        ("bob", "2026-02-09 09:00", "2026-02-16 09:00"),
        ("carol", "2026-02-16 09:00", "2026-02-23 09:00"),
        ("bob", "2026-02-23 09:00", "2026-03-02 09:00"),
    ]


def test_who_leaves_in_their_own_turn_hands_it_to_the_next() -> None:
    found = without_person(BEFORE, "bob", NOW)

    assert told(shifts(found, utc("2026-02-09 09:00"), utc("2026-02-23 09:00"))) == [
        ("bob", "2026-02-09 09:00", "2026-02-11 12:00"),
        ("carol", "2026-02-11 12:00", "2026-02-16 09:00"),
        ("alice", "2026-02-16 09:00", "2026-02-23 09:00"),
    ]


def test_of_a_turn_of_two_the_other_stays() -> None:
    found = without_person(of(weekly(["alice", "bob"], "carol")), "bob", NOW)

    assert order(found)[:3] == ["carol", "alice", "carol"]


def test_who_leaves_goes_out_of_plans_that_hold_only_later_and_out_of_events() -> None:
    holidays = Layer(
        "holidays",
        calendar="holidays",
        booked=(Booked(("bob",), NOW, END), Booked(("bob", "erin"), NOW, END)),
    )
    before = of(
        weekly("alice", "bob"), ("2026-02-20", Plan("UTC", (*weekly("bob", "carol").layers, holidays)))
    )

    found = without_person(before, "bob", NOW)

    assert set(order(found)) == {"alice", "erin"}
    assert [event.people for event in found.plan.layers[-1].booked] == [("erin",)]
    assert [version.since for version in found.versions[1:]] == [NOW, utc("2026-02-20")]


def test_a_rotation_of_who_leaves_alone_goes() -> None:
    found = without_person(of(weekly("bob")), "bob", NOW)

    assert found.plan.layers[0].rotations == ()
    assert on_call(found, NOW) == ()


def test_taking_out_somebody_who_is_not_there_makes_no_version() -> None:
    assert without_person(BEFORE, "erin", NOW) == BEFORE


def test_the_members_of_a_team_change_from_then_on_and_the_turns_stay() -> None:
    before = of(weekly("carol", "team:ops", "dave"))

    found = with_team(before, "ops", ["bob", "erin"], NOW)

    assert on_call(found, NOW - MOMENT) == ("alice", "bob")
    assert on_call(found, NOW) == ("bob", "erin")
    assert order(found)[2:4] == ["dave", "carol"]


def test_a_turn_of_a_team_and_others_keeps_the_others() -> None:
    before = of(weekly(["carol", "team:ops"]))

    assert on_call(with_team(before, "ops", ["erin"], NOW), NOW) == ("carol", "erin")


def test_a_shift_goes_on_over_an_edit_of_the_plan_that_leaves_it_the_same() -> None:
    found = with_plan(BEFORE, weekly("alice", "bob", "carol", "dave"), NOW)

    assert told(shifts(found, utc("2026-02-09 09:00"), utc("2026-02-16 09:00"))) == [
        ("bob", "2026-02-09 09:00", "2026-02-16 09:00")
    ]


def test_a_plan_takes_the_place_of_those_that_were_to_hold_later() -> None:
    before = of(weekly("alice"), ("2026-02-20", weekly("bob")))

    found = with_plan(before, weekly("carol"), NOW)

    assert set(order(found)) == {"carol"}
    assert [version.number for version in found.versions] == [1, 3]


def test_an_edit_in_a_zone_with_a_change_of_the_clocks_keeps_the_turn() -> None:
    before = schedule("Europe/Berlin", [rotation("2026-03-23 02:30", "1 week", "alice", "bob", "carol")])
    after = plan("Europe/Berlin", [rotation("2026-03-23 02:30", "1 week", "alice", "bob", "carol", "dave")])

    found = with_plan(before, after, utc("2026-03-30 00:45"))

    assert on_call(found, utc("2026-03-30 00:45")) == on_call(before, utc("2026-03-30 00:45")) == ("bob",)
