"""Why somebody is on call, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from oncall_cases import away, booked, of, override, plan, rotation, schedule, shadow, utc

from tocsin.core.oncall.explain import explain
from tocsin.core.oncall.model import Booked, Schedule

NAMES = {"alice": "Alice", "bob": "Bob", "carol": "Carol"}
MONDAY = "2026-03-02 09:00"
NOON = utc("2026-03-04 12:00")
TODAY = ("2026-03-04 10:00", "2026-03-04 14:00")
WEEKLY = rotation(MONDAY)


def berlin(*layers: list[dict[str, object]], **more: object) -> Schedule:
    return schedule("Europe/Berlin", *layers, **more)


@pytest.mark.parametrize(
    ("found", "people", "words"),
    [
        (
            berlin([WEEKLY]),
            ("alice",),
            "Alice is on call until Mon 9 Mar 2026 09:00 (Europe/Berlin): turn 1 of rotation weekly (layer 1),"
            " which began Mon 2 Mar 2026 09:00.",
        ),
        (
            berlin([WEEKLY], absences=(away("alice", *TODAY),)),
            ("bob",),
            "Bob is on call until Wed 4 Mar 2026 15:00 (Europe/Berlin): in the place of Alice, who is away and whose turn it is:"
            " turn 1 of rotation weekly (layer 1), which began Mon 2 Mar 2026 09:00.",
        ),
        (
            berlin([WEEKLY], overrides=(override("replace", *TODAY, "carol", instead_of="alice"),)),
            ("carol",),
            "Carol is on call until Wed 4 Mar 2026 15:00 (Europe/Berlin): in the place of Alice from Wed 4 Mar 2026 11:00 to"
            " Wed 4 Mar 2026 15:00, override 1 by Alice.",
        ),
        (
            berlin([WEEKLY], overrides=(override("take", *TODAY, "carol"),)),
            ("carol",),
            "Carol is on call until Wed 4 Mar 2026 15:00 (Europe/Berlin): the whole schedule was taken over from"
            " Wed 4 Mar 2026 11:00 to Wed 4 Mar 2026 15:00, override 1 by Alice.",
        ),
        (
            berlin([WEEKLY], overrides=(override("take", *TODAY),)),
            (),
            "The schedule was given to nobody from Wed 4 Mar 2026 11:00 to Wed 4 Mar 2026 15:00, override 1 by Alice.",
        ),
        (
            berlin([WEEKLY], overrides=(override("remove", *TODAY, instead_of="alice"),)),
            (),
            "Alice was taken off from Wed 4 Mar 2026 11:00 to Wed 4 Mar 2026 15:00, override 1 by Alice.",
        ),
        (
            berlin([WEEKLY], overrides=(override("replace", *TODAY, "carol", instead_of="bob"),)),
            ("alice",),
            "Override 1 does nothing now: Bob is not on call without it.",
        ),
        (
            berlin(
                [WEEKLY],
                overrides=(
                    override("replace", *TODAY, "carol", instead_of="alice"),
                    override("replace", *TODAY, "bob", instead_of="carol", id=2, made=1),
                ),
            ),
            ("carol",),
            "Override 2 does nothing now: Carol is on call only by override 1, and overrides do not act on each other.",
        ),
        (
            berlin(
                [WEEKLY],
                absences=(away("alice", *TODAY),),
                overrides=(override("replace", *TODAY, "carol", instead_of="alice"),),
            ),
            ("carol",),
            "Alice is away, which ends no replacement: override 1 holds.",
        ),
        (
            berlin(
                [WEEKLY],
                overrides=(
                    override("replace", *TODAY, "carol", instead_of="alice"),
                    override("replace", *TODAY, "bob", instead_of="alice", id=2, made=1),
                ),
            ),
            ("bob",),
            "Override 1 does nothing now: override 2 was made later.",
        ),
        (
            berlin(
                [WEEKLY],
                overrides=(
                    override("take", *TODAY, "carol"),
                    override("remove", *TODAY, instead_of="alice", id=2, made=1),
                ),
            ),
            ("carol",),
            "Override 2 does nothing now: override 1 takes the whole schedule.",
        ),
        (
            berlin(
                [WEEKLY], [rotation(MONDAY, "1 day", "bob", id="daily", restrict=["Sat-Sun 00:00-24:00"])]
            ),
            ("alice",),
            "Layer 2 has nobody: rotation daily, in which it is the turn of Bob, counts only Sat-Sun 00:00-24:00.",
        ),
        (
            berlin([WEEKLY], [rotation(MONDAY, "1 day", "bob", id="daily")]),
            ("bob",),
            "Layer 1 has Alice, but layer 2 is above it.",
        ),
        (
            berlin([rotation("2026-04-06 09:00")]),
            (),
            "Layer 1 has nobody: rotation weekly begins only Mon 6 Apr 2026 09:00.",
        ),
        (
            berlin([rotation(MONDAY, until="2026-03-03 09:00")]),
            (),
            "Layer 1 has nobody: rotation weekly has ended.",
        ),
        (
            berlin([rotation(MONDAY, "1 week", "nobody", "alice")]),
            (),
            "Layer 1 has nobody: it is the turn of nobody in rotation weekly.",
        ),
        (
            berlin([rotation(MONDAY, "1 week", "alice")], absences=(away("alice", *TODAY),)),
            (),
            "Layer 1 has nobody: everybody of rotation weekly is away.",
        ),
        (
            berlin([WEEKLY], shadows=(shadow("bob", *TODAY),)),
            ("alice",),
            "Bob shadows whoever is on call until Wed 4 Mar 2026 15:00.",
        ),
    ],
)
def test_the_reason_is_told_in_words(found: Schedule, people: tuple[str, ...], words: str) -> None:
    told = explain(found, NOON, NAMES)

    assert told.people == people
    assert words in told.words


@pytest.mark.parametrize(
    ("every", "at", "whose"),
    [
        ("1 week", "2026-03-09 07:59:59.999999", "Alice"),
        ("1 week", "2026-03-09 08:00", "Bob"),
        (["mon", "thu"], "2026-03-05 07:59:59.999999", "Alice"),
        (["mon", "thu"], "2026-03-05 08:00", "Bob"),
    ],
)
def test_at_the_instant_of_a_handoff_it_is_the_turn_of_who_takes_over(
    every: object, at: str, whose: str
) -> None:
    weekends = berlin([rotation(MONDAY, every, restrict=["Sat-Sun 00:00-24:00"])])

    [_, layer] = explain(weekends, utc(at), NAMES).words

    assert layer.startswith(f"Layer 1 has nobody: rotation weekly, in which it is the turn of {whose},")


def test_an_event_of_a_calendar_is_told() -> None:
    base = plan("Europe/Berlin", [WEEKLY])
    event = Booked(("bob",), NOON.date(), utc("2026-03-05"))

    told = explain(of(replace(base, layers=(*base.layers, booked("Europe/Berlin", event)))), NOON, NAMES)

    assert told.words[0] == (
        "Bob is on call until Thu 5 Mar 2026 01:00 (Europe/Berlin): an event of the calendar of layer holidays,"
        " which began Wed 4 Mar 2026 00:00."
    )


def test_it_tells_until_when_that_holds() -> None:
    assert explain(berlin([WEEKLY]), NOON, NAMES).until == utc("2026-03-09 08:00")


def test_of_a_schedule_without_a_plan_it_says_that_nobody_is_on_call() -> None:
    told = explain(Schedule("ops", "Operations"), NOON, NAMES)

    assert told.words == ("Nobody is on call in Operations at Wed 4 Mar 2026 12:00.",)
    assert told.until is None
