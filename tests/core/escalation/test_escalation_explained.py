"""An escalation in words: what was done, what follows and when, and why somebody is left out."""

from __future__ import annotations

from escalation_cases import Clockwork, alert, at, name, played, policy, step, to, town

from tocsin.core.escalation import decisions as d
from tocsin.core.escalation import events as e
from tocsin.core.escalation.explain import Line, coming, history

THREE = (step("on-call"), step("team:ops", "5m"), step("person:boss", "10m"))


def said(found: Clockwork, minutes: float) -> list[tuple[str, str]]:
    return [(f"{line.at:%H:%M}", line.text) for line in coming(found.one, found.look, at(minutes), name)]


def test_it_is_foretold_what_happens_next_and_when():
    assert said(Clockwork(alert(*THREE), town()), 0) == [
        ("09:00", "Step 1: Bob"),
        ("09:05", "Step 2: Alice, Bob, Carol"),
        ("09:15", "Step 3: Boss"),
        ("09:25", "The last resort, every 10 min until somebody acknowledges: Boss"),
    ]


def test_what_is_overdue_comes_at_once_and_moves_all_that_follows():
    assert [when for when, _ in said(Clockwork(alert(*THREE), town()), 3)] == [
        "09:03", "09:08", "09:18", "09:28",
    ]  # fmt: skip


def test_it_is_told_how_often_the_steps_are_taken_anew():
    assert said(played(alert(*THREE, repeat=2), 6), 6)[-1] == (
        "09:25", "All steps are taken anew (2 more times)",
    )  # fmt: skip


def test_it_is_told_why_a_step_is_passed_over_and_the_next_one_moves_up():
    found = Clockwork(alert(step("team:empty"), step("on-call", "1h")), town())

    assert coming(found.one, found.look, at(0), name)[:2] == [
        Line(at(0), "Step 1 is passed over", ("team:empty is nobody at the moment",)),
        Line(at(0), "Step 2: Bob"),
    ]


def test_it_is_told_why_each_one_was_left_out_by_their_names():
    there = town(bob="has no way to be paged", carol="has no way to be paged", alice="is away")
    found = Clockwork(alert(step("team:ops")), there)
    found.until(at(0))

    assert history(found.log, name)[0].why == (
        "Alice: is away; Bob: has no way to be paged; Carol: has no way to be paged",
    )


def test_while_it_is_acknowledged_only_what_waits_for_the_end_follows_until_that_expires():
    steps = (*THREE, step("person:chief", "30m", when="not-closed"))
    late = step("person:ceo", "2d", when="not-closed")
    found = played(alert(*steps, late, forgotten_after="2h"), 1)
    found.does(d.acknowledge(found.one, "bob", name), at(1))

    assert said(found, 1) == [
        ("09:45", "Step 4: Chief"),
        ("11:01", "The acknowledgement expires; where it is not closed, it starts anew"),
    ]


def test_nothing_follows_an_acknowledgement_that_never_expires():
    found = played(alert(*THREE), 1)

    assert said(found.does(d.acknowledge(found.one, "bob", name), at(1)), 1) == []


def test_a_snooze_is_told_with_who_did_it():
    found = played(alert(*THREE), 1)
    found.does(d.snooze(found.one, "bob", at(60), at(1), name), at(1))

    assert said(found, 1) == [
        ("10:00", "It is snoozed by Bob until then; where it is not closed, it starts anew")
    ]


def test_nothing_follows_once_it_is_closed():
    found = played(alert(*THREE), 1)

    assert said(found.does(d.close(found.one, "bob", "", name), at(1)), 1) == []


def test_a_step_of_another_policy_names_it():
    inner = policy(step("person:ben"), id="inner")

    assert said(Clockwork(alert(step("policy:inner"), others=(inner,)), town()), 0)[0] == (
        "09:00", "Step 1 (by the policy inner): Ben",
    )  # fmt: skip


def test_a_turn_that_comes_twice_is_foretold_with_another_one_each():
    inner = policy(step("team:ops", turn=True), id="inner")
    found = Clockwork(alert(step("policy:inner"), step("policy:inner", "5m"), others=(inner,)), town())

    assert [text for _, text in said(found, 0)[:2]] == [
        "Step 1 (by the policy inner): Alice",
        "Step 2 (by the policy inner): Bob",
    ]


def test_all_that_happened_is_told_in_words():
    found = played(alert(*THREE, forgotten_after="1h"), 6)
    found.does(d.acknowledge(found.one, "bob", name), at(6))
    found.does(d.take_over(found.one, "carol", name), at(7))
    found.does(d.unacknowledge(found.one, "carol", name), at(8))
    found.does(d.escalate_now(found.one, "bob", at(9), name), at(9))
    found.does(d.add_responders(found.one, "bob", to("person:erin"), town(), at(10), name), at(10))
    found.does(d.snooze(found.one, "bob", at(30), at(11), name), at(11))
    found.does(d.reassign(found.one, "bob", to("person:erin"), None, town(), at(31), name), at(31))
    found.does(d.held(found.one, at(32), at(34), "Slack is down"), at(32))
    found.does(d.close(found.one, "erin", "fixed", name), at(35))

    assert [line.text for line in history(found.log, name)] == [
        "Step 1: Bob",
        "Step 2: Alice, Bob, Carol",
        "Bob acknowledged it",
        "Carol took it over from Bob",
        "Carol took the acknowledgement back; it starts anew",
        "Step 1: Bob",
        "Bob handed it up: the next step follows at once",
        "Step 2: Alice, Bob, Carol",
        "Bob called for more: Erin",
        "Bob snoozed it until 2026-03-02 09:30 UTC",
        "The time for which it was snoozed is over; it starts anew",
        "Step 1: Bob",
        "Bob reassigned it to person:erin",
        "Step 1: Erin",
        "Nothing could be sent for 2 min (Slack is down); all that follows is later by that",
        "Erin closed it: fixed",
    ]


def test_who_is_no_person_is_told_as_they_called_themselves():
    closed = [e.Happened(at(1), e.Closed("", "room again"), by, "api") for by in ("the key mon", "")]

    assert [line.text for line in history(closed, name)] == [
        "The key mon closed it: room again",
        "Tocsin closed it: room again",
    ]


def test_the_end_of_the_steps_is_told_in_words():
    found = played(alert(step("on-call"), repeat=1, forgotten_after="1h"), 20)
    found.does(d.acknowledge(found.one, "bob", name), at(21)).until(at(81))

    assert [line.text for line in history(found.log, name)] == [
        "Step 1: Bob",
        "Nobody acknowledged it; all steps are taken anew",
        "Step 1: Bob",
        "Nobody acknowledged it. The last resort: Bob",
        "Bob acknowledged it",
        "The acknowledgement of Bob expired; it starts anew",
        "Step 1: Bob",
    ]
