"""What people do with an alert that pages them, and what whoever comes second is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from escalation_cases import DAY, START, Clockwork, alert, at, name, played, stamp, step, to, town

from tocsin.core.escalation import decisions as d
from tocsin.core.escalation import events as e
from tocsin.core.escalation.due import next_at
from tocsin.core.escalation.explain import history
from tocsin.core.escalation.state import ACKNOWLEDGED, CLOSED, OPEN, SNOOZED
from tocsin.errors import Conflict, Invalid

THREE = (step("on-call"), step("person:carol", "5m"), step("person:boss", "10m"))


def begun_at(minutes: float, **more: object) -> Clockwork:
    return played(alert(*THREE, **more), minutes)


def acknowledged(person: str = "bob", minutes: float = 2, **more: object) -> Clockwork:
    found = begun_at(minutes, **more)
    return found.does(d.acknowledge(found.one, person, name), at(minutes))


def test_two_who_acknowledge_at_once_are_both_told_who_was_first():
    found = acknowledged()

    with pytest.raises(Conflict, match=r"^Bob acknowledged it at 09:02:00 UTC already; take it over if"):
        d.acknowledge(found.one, "carol", name)


def test_who_acknowledges_twice_changes_nothing():
    assert d.acknowledge(acknowledged().one, "bob", name) == []


def test_who_takes_it_over_answers_for_it_and_the_one_before_is_named():
    found = acknowledged()
    events = d.take_over(found.one, "carol", name)

    assert events == [e.TakenOver("carol", "bob")]
    assert found.does(events, at(3)).one.acknowledged_by == "carol"


def test_who_takes_over_what_nobody_has_acknowledges_it():
    found = begun_at(1)

    assert found.does(d.take_over(found.one, "carol", name), at(1)).one.status == ACKNOWLEDGED


def test_taking_over_what_is_theirs_changes_nothing():
    assert d.take_over(acknowledged().one, "bob", name) == []


def test_an_acknowledgement_taken_back_starts_it_anew():
    found = acknowledged()
    found.does(d.unacknowledge(found.one, "bob", name), at(30)).until(at(30))

    assert found.one.status == OPEN
    assert found.paged[-1] == (30, ("bob",))


def test_there_is_nothing_to_take_back_where_nobody_has_acknowledged():
    with pytest.raises(Conflict, match="nothing to take back"):
        d.unacknowledge(begun_at(1).one, "bob", name)


def test_a_snooze_is_silent_until_its_time_and_then_starts_anew():
    found = begun_at(1)
    found.does(d.snooze(found.one, "bob", at(120), at(1), name), at(1)).until(at(119))
    assert found.one.status == SNOOZED
    assert len(found.paged) == 1

    found.until(at(120))

    assert found.paged[1:] == [(120, ("bob",))]


def test_whoever_asks_while_it_is_snoozed_is_told_by_whom_and_until_when():
    found = begun_at(1)
    found.does(d.snooze(found.one, "bob", at(120), at(1), name), at(1))

    assert d.who_answers(found.one, name) == "Bob snoozed it until 2026-03-02 11:00 UTC"


def test_who_acknowledges_what_is_snoozed_ends_the_snooze():
    found = begun_at(1)
    found.does(d.snooze(found.one, "bob", at(120), at(1), name), at(1))
    found.does(d.acknowledge(found.one, "carol", name), at(2))

    assert (found.one.status, found.one.acknowledged_by) == (ACKNOWLEDGED, "carol")


def test_where_all_have_to_acknowledge_one_of_them_does_not_end_the_snooze():
    found = played(alert(step("team:ops"), step("person:boss", "5m"), acknowledged_by="all"), 1)
    found.does(d.snooze(found.one, "bob", at(120), at(1), name), at(1))
    found.does(d.acknowledge(found.one, "carol", name), at(60))

    assert next_at(found.one) == at(120)


@pytest.mark.parametrize(
    ("until", "why"),
    [
        pytest.param(START, "that is past", id="a time that is past"),
        pytest.param(START + 31 * DAY, "at most 30 days", id="longer than a month"),
    ],
)
def test_it_cannot_be_snoozed_until(until, why: str):
    with pytest.raises(Invalid, match=why):
        d.snooze(begun_at(1).one, "bob", until, at(1), name)


def test_escalated_now_the_next_step_follows_at_once_and_the_others_their_time_after_it():
    found = begun_at(1)
    found.does(d.escalate_now(found.one, "bob", at(1), name), at(1)).until(at(11))

    assert found.paged == [(0, ("bob",)), (1, ("carol",)), (11, ("boss",))]


def test_escalated_now_an_acknowledgement_does_not_count_any_more():
    found = acknowledged()
    found.does(d.escalate_now(found.one, "bob", at(20), name), at(20)).until(at(20))

    assert found.paged[-1] == (20, ("carol",))
    assert found.one.status == OPEN


def test_escalated_now_reaches_the_step_that_the_acknowledgement_left_out():
    one = alert(step("on-call"), step("team:ops", "10m"), step("channel:#boss", "50m", when="not-closed"))
    found = played(one, 2)
    found.does(d.acknowledge(found.one, "bob", name), at(2))
    found.does(d.escalate_now(found.one, "bob", at(70), name), at(70)).until(at(70))

    assert found.paged[-1] == (70, ("alice", "bob", "carol"))


def test_escalated_now_after_the_last_step_the_last_resort_is_reached_at_once():
    found = begun_at(16)
    found.does(d.escalate_now(found.one, "boss", at(16), name), at(16)).until(at(16))

    assert isinstance(found.log[-1].event, e.RanOut)
    assert next_at(found.one) == at(26)


def test_reassigned_it_reaches_those_at_once_and_then_goes_on_as_it_was():
    found = acknowledged()
    found.does(d.reassign(found.one, "bob", to("person:erin"), None, town(), at(4), name), at(4))
    found.until(at(19))

    assert found.one.status == OPEN
    assert found.paged[1:] == [(4, ("erin",)), (14, ("bob",)), (19, ("carol",))]


def test_reassigned_again_and_again_it_never_grows_and_goes_on_as_it_was():
    found = begun_at(1)
    for minute in range(2, 60):
        whom = to("person:erin" if minute % 2 else "person:carol")
        found.does(d.reassign(found.one, "bob", whom, None, town(), at(minute), name), at(minute))

    assert len(found.one.stamped.stages) == 4
    found.until(at(74))
    assert found.paged[-3:] == [(59, ("erin",)), (69, ("bob",)), (74, ("carol",))]


def test_reassigned_to_another_policy_it_follows_that_one():
    found = acknowledged()
    other = stamp(step("person:erin"), id="other")
    found.does(d.reassign(found.one, "bob", to("policy:other"), other, town(), at(4), name), at(4))

    assert found.until(at(4)).one.stamped.policy == "other"
    assert found.paged[-1] == (4, ("erin",))


def test_it_is_never_reassigned_to_nobody():
    with pytest.raises(Invalid, match="That would reach nobody: team:empty is nobody at the moment"):
        d.reassign(begun_at(1).one, "bob", to("team:empty"), None, town(), at(1), name)
    with pytest.raises(Invalid, match="Name to whom it goes"):
        d.reassign(begun_at(1).one, "bob", (), None, town(), at(1), name)
    with pytest.raises(Invalid, match="no person is named"):
        d.reassign(begun_at(1).one, "bob", to("channel:#ops"), None, town(), at(1), name)


def test_responders_are_added_beside_the_policy_which_goes_on():
    found = begun_at(1)
    events = d.add_responders(found.one, "bob", to("person:erin", "channel:#ops"), town(), at(1), name)
    found.does(events, at(1)).until(at(5))

    assert events == [e.RespondersAdded("bob", ("person:erin", "channel:#ops"), ("erin",), ("channel:#ops",))]
    assert "erin" in found.one.paged
    assert found.paged[-1] == (5, ("carol",))


def test_responders_who_could_not_be_added_are_kept_with_the_reason():
    found = begun_at(1)
    [event] = d.add_responders(found.one, "bob", to("person:erin", "team:empty"), town(), at(1), name)

    assert isinstance(event, e.RespondersAdded)
    assert event.left_out == ("team:empty is nobody at the moment",)
    told = history([e.Happened(at(1), event, "bob", "web")], name)
    assert (told[0].text, told[0].why) == ("Bob called for more: Erin", event.left_out)


def test_responders_who_are_nobody_are_refused():
    with pytest.raises(Invalid, match="would reach nobody"):
        d.add_responders(begun_at(1).one, "bob", to("team:empty"), town(), at(1), name)


def test_two_who_close_it_at_once_are_both_told_who_was_first():
    found = acknowledged()
    found.does(d.close(found.one, "bob", "fixed", name), at(3))

    assert found.one.status == CLOSED
    with pytest.raises(Conflict, match=r"^Bob closed it at 09:03:00 UTC; open a new alert if it is back"):
        d.close(found.one, "carol", "", name)


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda one: d.acknowledge(one, "carol", name), id="acknowledge"),
        pytest.param(lambda one: d.take_over(one, "carol", name), id="take over"),
        pytest.param(lambda one: d.unacknowledge(one, "carol", name), id="un-acknowledge"),
        pytest.param(lambda one: d.escalate_now(one, "carol", at(4), name), id="escalate now"),
        pytest.param(lambda one: d.snooze(one, "carol", at(60), at(4), name), id="snooze"),
        pytest.param(
            lambda one: d.reassign(one, "carol", to("person:x"), None, town(), at(4), name), id="reassign"
        ),
        pytest.param(
            lambda one: d.add_responders(one, "carol", to("person:x"), town(), at(4), name), id="add"
        ),
    ],
)
def test_whoever_does_something_with_what_is_closed_is_told_who_closed_it(act):
    found = acknowledged()
    found.does(d.close(found.one, "bob", "", name), at(3))

    with pytest.raises(Conflict, match="Bob closed it at 09:03:00 UTC"):
        act(found.one)


def test_a_reason_that_is_too_long_is_refused():
    with pytest.raises(Invalid, match=r"2,001 characters; at most 2,000"):
        d.close(begun_at(1).one, "bob", "x" * 2001, name)


def test_nothing_is_held_of_what_waits_for_nothing():
    assert d.held(acknowledged().one, at(2), at(30), "down") == []
    assert d.held(begun_at(1).one, at(30), at(30), "down") == []
    assert d.held(begun_at(1).one, at(-60), at(-30), "down") == []


def test_of_a_time_before_its_start_nothing_is_held():
    assert d.held(begun_at(1).one, at(-60), at(10), "down") == [e.Held(timedelta(minutes=10), "down")]


def test_it_is_told_who_has_it_and_who_is_awaited():
    found = played(alert(step("team:ops"), acknowledged_by="all"), 1)
    assert d.who_answers(found.one, name) == "Nobody has acknowledged it yet"
    found.does(d.acknowledge(found.one, "carol", name), at(1))

    assert d.who_answers(found.one, name) == "Carol has acknowledged it; awaited are Alice, Bob"
    assert d.who_answers(acknowledged().one, name) == "Bob acknowledged it at 09:02:00 UTC"
