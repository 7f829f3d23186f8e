"""Two people who escalate, snooze or reassign at once: the second is told what the first did, and nothing changes until they know it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from escalation_cases import HOUR, Clockwork, alert, at, name, played, stamp, step, to, town

from tocsin.core.escalation import decisions as d
from tocsin.core.escalation import events as e
from tocsin.errors import Conflict

Act = Callable[[Clockwork, str, datetime], list[e.Event]]
SECOND = timedelta(seconds=1)


def escalate(found: Clockwork, person: str, now: datetime) -> list[e.Event]:
    return d.escalate_now(found.one, person, now, name)


def snooze(found: Clockwork, person: str, now: datetime) -> list[e.Event]:
    return d.snooze(found.one, person, now + HOUR, now, name)


def reassign(found: Clockwork, person: str, now: datetime) -> list[e.Event]:
    return d.reassign(found.one, person, to("person:dave"), None, town(), now, name)


each = pytest.mark.parametrize("act", [escalate, snooze, reassign])


def begun() -> Clockwork:
    """An alert of three steps, a minute after its start."""
    return played(alert(step("on-call"), step("person:carol", "5m"), step("person:boss", "10m")), 1)


def first(act: Act, person: str = "bob") -> Clockwork:
    """The same, with which that person has just done that."""
    found = begun()
    return found.does(act(found, person, at(1)), at(1)).until(at(1))


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (
            escalate,
            "Bob escalated it at 09:01:00 UTC already; do it again after 09:01:30 if a further step is meant",
        ),
        (
            snooze,
            "Bob snoozed it at 09:01:00 UTC already, until 2026-03-02 10:01 UTC; "
            "do it again after 09:01:30 if yours is to replace that",
        ),
        (
            reassign,
            "Bob reassigned it to Dave at 09:01:00 UTC already; "
            "do it again after 09:01:30 if it is to go to others still",
        ),
    ],
)
@pytest.mark.parametrize("seconds", [0, 29])
def test_who_does_the_same_within_30_seconds_is_told_who_was_first_and_what_to_do(
    act: Act, told: str, seconds: int
):
    found = first(act)

    with pytest.raises(Conflict) as refused:
        act(found, "carol", at(1) + seconds * SECOND)
    assert refused.value.message == told


@each
def test_the_same_person_may_do_it_again_at_once(act: Act):
    assert act(first(act), "bob", at(1) + SECOND)


@each
def test_after_30_seconds_it_goes_through(act: Act):
    assert act(first(act), "carol", at(1) + 30 * SECOND)


@each
def test_what_a_key_did_by_itself_does_not_count(act: Act):
    assert act(first(act, ""), "carol", at(1) + SECOND)


@pytest.mark.parametrize(
    ("one", "other"), [(escalate, snooze), (snooze, reassign), (reassign, escalate), (snooze, escalate)]
)
def test_who_does_something_else_is_not_held_up(one: Act, other: Act):
    assert other(first(one), "carol", at(1) + SECOND)


def test_something_else_between_them_does_not_hide_who_was_first():
    found = first(escalate)
    found.does(d.acknowledge(found.one, "dave", name), at(1) + SECOND)

    with pytest.raises(Conflict, match="Bob escalated it at 09:01:00 UTC already"):
        escalate(found, "carol", at(1) + 2 * SECOND)


def test_a_snooze_that_was_ended_meanwhile_is_in_nobodys_way():
    found = first(snooze)
    found.does(d.take_over(found.one, "dave", name), at(1) + SECOND)

    assert snooze(found, "carol", at(1) + 2 * SECOND)


def test_the_next_step_that_came_by_itself_holds_nobody_up():
    found = begun().until(at(5))
    assert found.paged[-1] == (5, ("carol",))

    assert escalate(found, "carol", at(5))


def test_what_went_to_another_policy_is_told_by_its_name():
    found = begun()
    other = stamp(step("person:erin"), id="other")
    found.does(d.reassign(found.one, "bob", to("policy:other"), other, town(), at(1), name), at(1))

    with pytest.raises(Conflict, match=r"^Bob reassigned it to policy:other at 09:01:00 UTC already"):
        reassign(found, "carol", at(1))
