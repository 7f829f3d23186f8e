"""Whom an alert reaches, and when: steps, targets, conditions, windows, priorities, turns, repeats, and the last resort."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from escalation_cases import MINUTE, START, Clockwork, alert, at, kinds, played, policy, stamp, step, town

from tocsin.core.escalation import decisions as d
from tocsin.core.escalation import events as e
from tocsin.core.escalation.due import next_at, what_is_due
from tocsin.core.escalation.state import ACKNOWLEDGED, begun
from tocsin.core.oncall.wall import wall

TWO = (step("on-call"), step("team:ops", "5m"))
BERLIN_NIGHT = datetime(2026, 3, 2, 22, 0, tzinfo=UTC)


def test_the_first_step_is_taken_at_once_and_the_second_after_its_delay():
    found = played(alert(*TWO), 6)

    assert found.paged == [(0, ("bob",)), (5, ("alice", "bob", "carol"))]


def test_a_delay_counts_from_the_step_before():
    found = played(alert(step("person:ann", "1m"), step("person:ben", "2m"), step("person:cy", "3m")), 7)

    assert found.paged == [(1, ("ann",)), (3, ("ben",)), (6, ("cy",))]


def test_a_step_that_was_taken_late_moves_those_after_it_by_as_much():
    one = alert(*TWO)
    late = Clockwork(one, town())
    late.happens(what_is_due(one, town(), at(3)), at(3))

    assert next_at(late.one) == at(8)


@pytest.mark.parametrize(
    ("target", "people"),
    [
        pytest.param("person:ann", ("ann",), id="a person"),
        pytest.param("on-call", ("bob",), id="who is on call anywhere"),
        pytest.param("schedule:ops", ("bob",), id="who is on call in a schedule"),
        pytest.param("schedule:ops/next", ("carol",), id="who will be on call after them"),
        pytest.param("schedule:ops/everyone", ("bob", "carol", "dave"), id="all whom it names"),
        pytest.param("team:ops", ("alice", "bob", "carol"), id="a team"),
        pytest.param("admins", ("alice",), id="those who run this Tocsin"),
    ],
)
def test_a_step_reaches(target: str, people: tuple[str, ...]):
    assert played(alert(step(target)), 0).paged == [(0, people)]


def test_somebody_whom_two_targets_mean_is_paged_once():
    assert played(alert(step(["on-call", "team:ops"])), 0).paged == [(0, ("bob", "alice", "carol"))]


def test_a_channel_and_a_webhook_are_told_beside_the_people():
    event = what_is_due(
        alert(step(["on-call", "channel:#ops", "webhook:https://example.com/h"])), town(), START
    )

    assert event == e.Stepped(0, ("bob",), ("channel:#ops", "webhook:https://example.com/h"))


def test_a_step_of_another_policy_takes_that_ones_steps_from_its_own_time_on():
    others = (policy(step("person:ben"), step("person:cy", "5m"), id="inner"),)
    found = played(alert(step("person:ann"), step("policy:inner", "10m"), others=others), 15)

    assert found.paged == [(0, ("ann",)), (10, ("ben",)), (15, ("cy",))]


def test_a_step_for_what_is_not_acknowledged_is_left_out_once_it_is():
    found = played(alert(*TWO), 2)
    found.does(d.acknowledge(found.one, "bob", str), at(2)).until(at(600))

    assert found.paged == [(0, ("bob",))]


def test_a_step_for_what_is_not_closed_is_taken_though_it_is_acknowledged():
    found = played(alert(step("on-call"), step("person:boss", "1h", when="not-closed")), 2)
    found.does(d.acknowledge(found.one, "bob", str), at(2)).until(at(600))

    assert found.paged == [(0, ("bob",)), (60, ("boss",))]
    assert found.one.status == ACKNOWLEDGED


def test_a_closed_alert_reaches_nobody_any_more():
    found = played(alert(step("on-call"), step("person:boss", "1h", when="not-closed")), 2)
    found.does(d.close(found.one, "bob", "", str), at(2)).until(at(6000))

    assert found.paged == [(0, ("bob",))]
    assert next_at(found.one) is None


def test_a_step_with_a_window_is_taken_within_it_only_and_the_next_follows_at_once():
    one = alert(
        step("person:day", between=["Mon-Fri 09:00-17:00"], zone="Europe/Berlin"),
        step("person:night", "15m"),
        at=BERLIN_NIGHT,
    )
    found = Clockwork(one, town()).until(BERLIN_NIGHT)

    assert [type(x.event).__name__ for x in found.log] == ["PassedOver", "Stepped"]
    assert "outside its times (Mon-Fri 09:00-17:00, Europe/Berlin)" in found.log[0].event.why


def test_a_step_that_is_not_for_this_alert_makes_none_after_it_sooner():
    steps = (
        step("on-call"),
        step("person:dev", "15m", priorities=["P1"]),
        step("person:boss", "1h", when="not-closed"),
    )

    assert played(alert(*steps, priority="P1"), 80).paged == [(0, ("bob",)), (15, ("dev",)), (75, ("boss",))]
    assert played(alert(*steps, priority="P3"), 80).paged == [(0, ("bob",)), (75, ("boss",))]


def test_where_nobody_was_reached_yet_the_step_after_one_that_is_closed_follows_at_once():
    steps = (step("person:dev", priorities=["P1"]), step("on-call", "15m"), step("team:ops", "5m"))

    assert played(alert(*steps, priority="P3"), 6).paged == [(0, ("bob",)), (5, ("alice", "bob", "carol"))]


def test_a_window_goes_by_the_clock_of_its_zone_over_a_change_of_the_clocks():
    # 29 March 2026: in Berlin 02:00 becomes 03:00, so that 01:30 UTC reads 03:30.
    window = {"between": ["Sun 03:00-04:00"], "zone": "Europe/Berlin"}
    inside = wall("Europe/Berlin").instant(datetime(2026, 3, 29, 3, 30))  # noqa: DTZ001 - a reading
    before = alert(step("person:ann", **window), at=inside - 31 * MINUTE)
    within = alert(step("person:ann", **window), at=inside)

    assert isinstance(what_is_due(before, town(), before.base), e.PassedOver)
    assert isinstance(what_is_due(within, town(), within.base), e.Stepped)


def test_a_step_for_some_priorities_is_passed_over_for_others():
    steps = (step("person:boss", priorities=["P1", "P2"]), step("on-call", "5m"))

    assert played(alert(*steps, priority="P1"), 0).paged == [(0, ("boss",))]
    assert played(alert(*steps, priority="P3"), 0).paged == [(0, ("bob",))]


def test_a_step_whose_priorities_contradict_those_of_its_policy_says_so():
    inner = policy(step("person:ann", priorities=["P1"]), id="inner")
    found = played(alert(step("policy:inner", priorities=["P2"]), others=(inner,), priority="P2"), 0)

    assert found.log[0].event.why == (
        "its priorities and those of the policy that it came through have none in common"
    )


def test_in_turn_each_alert_reaches_another_one():
    steps, there = stamp(step("schedule:ops/everyone", turn=True)), town()
    found = [Clockwork(begun(steps, START), there).until(START).paged[0][1] for _ in range(4)]

    assert found == [("bob",), ("carol",), ("dave",), ("bob",)]


def test_in_turn_nobody_is_asked_twice_running_whatever_turns_others_take_meanwhile():
    there = town()
    found = Clockwork(alert(step("team:ops", turn=True), step("team:ops", "5m", turn=True)), there)
    found.until(START)
    there.turns["ops/0"] = 3

    assert found.until(at(5)).paged == [(0, ("alice",)), (5, ("bob",))]


def test_in_turn_nobody_is_reached_who_cannot_be():
    found = Clockwork(
        alert(step("schedule:ops/everyone", turn=True)), town(bob="has no way to be paged")
    ).until(START)

    assert found.paged == [(0, ("carol",))]
    assert found.log[0].event.left_out == ("{@bob}: has no way to be paged",)


def test_the_steps_are_taken_anew_as_often_as_the_policy_says():
    found = played(alert(*TWO, repeat=2, again_after="10m"), 44)

    assert [minute for minute, _ in found.paged] == [0, 5, 15, 20, 30, 35]
    assert kinds(found).count("RanOut") == 2


def test_an_acknowledgement_by_one_is_enough():
    found = played(alert(step("team:ops"), step("person:boss", "5m")), 1)
    found.does(d.acknowledge(found.one, "carol", str), at(1)).until(at(600))

    assert found.paged == [(0, ("alice", "bob", "carol"))]
    assert found.one.acknowledged_by == "carol"


def test_where_all_have_to_acknowledge_it_goes_on_until_the_last_of_them_did():
    found = played(alert(step("team:ops"), step("team:ops", "5m"), acknowledged_by="all"), 1)
    found.does(d.acknowledge(found.one, "carol", str), at(1))
    found.does(d.acknowledge(found.one, "alice", str), at(2)).until(at(5))

    assert found.one.awaited == ("bob",)
    assert found.paged[1:] == [(5, ("bob",))]
    assert found.log[-1].event.left_out == ("{@alice}: has acknowledged it", "{@carol}: has acknowledged it")
    found.does(d.acknowledge(found.one, "bob", str), at(6))
    assert found.one.status == ACKNOWLEDGED
    assert next_at(found.one) is None


def test_where_all_have_to_acknowledge_the_last_resort_asks_those_who_did_not():
    found = played(alert(step("team:ops"), step("on-call", "5m"), acknowledged_by="all"), 6)
    found.does(d.acknowledge(found.one, "bob", str), at(6)).until(at(15))

    assert found.paged[2:] == [(15, ("alice", "carol"))]


def test_an_acknowledgement_that_expires_brings_the_alert_back_from_its_first_step_on():
    found = played(alert(*TWO, forgotten_after="30m"), 2)
    found.does(d.acknowledge(found.one, "bob", str), at(2)).until(at(37))

    assert found.paged == [(0, ("bob",)), (32, ("bob",)), (37, ("alice", "bob", "carol"))]
    assert e.AcknowledgementExpired("bob") in [one.event for one in found.log]


def test_acknowledged_again_it_expires_later():
    found = played(alert(*TWO, forgotten_after="30m"), 2)
    found.does(d.acknowledge(found.one, "bob", str), at(2))
    found.does(d.take_over(found.one, "carol", str), at(20))

    assert next_at(found.one) == at(50)


def test_a_step_that_reaches_nobody_is_passed_over_and_the_next_one_follows_at_once():
    found = played(alert(step("team:empty"), step("person:ann", "1h")), 0)

    assert found.paged == [(0, ("ann",))]
    assert found.log[0].event == e.PassedOver(0, "team:empty is nobody at the moment")


def test_somebody_who_cannot_be_paged_is_left_out_with_the_reason():
    found = Clockwork(alert(step("team:ops")), town(carol="has no way to be paged")).until(START)

    assert found.log[0].event == e.Stepped(
        0, ("alice", "bob"), left_out=("{@carol}: has no way to be paged",)
    )


def test_when_the_policy_has_run_out_the_last_resort_is_reached_again_and_again():
    found = played(alert(step("on-call"), last_resort=["person:boss"], again_after="20m"), 61)

    assert found.paged == [(0, ("bob",)), (20, ("boss",)), (40, ("boss",)), (60, ("boss",))]


def test_without_a_last_resort_the_last_step_is_reached_again():
    assert played(alert(*TWO), 25).paged[2:] == [
        (15, ("alice", "bob", "carol")),
        (25, ("alice", "bob", "carol")),
    ]


def test_when_nobody_is_on_call_the_last_resort_follows_at_once():
    there = town()
    there.said["on-call"] = ()
    found = played(alert(step("on-call"), repeat=5, last_resort=["person:boss"]), 0, there)

    assert found.paged == [(0, ("boss",))]


def test_when_the_last_resort_is_nobody_those_who_run_tocsin_are_paged():
    there = town(boss="has no way to be paged")
    found = played(alert(step("team:empty"), last_resort=["person:boss"]), 0, there)

    assert found.log[-1].event == e.RanOut(False, ("alice",), (), ("{@boss}: has no way to be paged",))


def test_a_policy_that_tells_places_only_pages_the_admins_when_it_has_run_out():
    found = played(alert(step("channel:#ops"), repeat=3), 10)

    assert found.paged == [(10, ("alice",))]
    assert found.log[-1].event.places == ("channel:#ops",)


def test_where_nobody_can_be_paged_at_all_it_is_tried_again_and_told():
    there = town()
    there.said.clear()
    found = played(alert(step("on-call")), 30, there)

    assert [one.event.left_out for one in found.log[-1:]] == [
        ("on-call is nobody at the moment", "admins is nobody at the moment")
    ]
    assert next_at(found.one) == at(40)


def test_what_is_stamped_stays_when_the_policy_is_edited():
    before = policy(step("person:ann"), id="inner")
    one = alert(step("policy:inner"), others=(before,))
    policy(step("person:ben"), id="inner")

    assert played(one, 0).paged == [(0, ("ann",))]


def test_what_is_held_up_comes_later_by_as_much():
    found = played(alert(*TWO), 1)
    found.does(d.held(found.one, at(2), at(32), "Slack is down"), at(2))

    assert next_at(found.one) == at(35)
