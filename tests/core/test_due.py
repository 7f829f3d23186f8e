"""What Tocsin does by itself and when it looks again: never silent while nobody has acknowledged, and never in a spin."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from core_cases import PLACES, TRIAL, Story, at, report, roster
from core_random import ACTS, ROSTERS, stories
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.core import facts as f
from tocsin.core.due import wake_at, what_is_due
from tocsin.core.duties import ledger
from tocsin.core.people import Person, Roster

LONGEST_WAIT = timedelta(minutes=20)
POLICIES = st.lists(
    st.builds(
        f.PolicyStep,
        st.lists(st.sampled_from(["on-call", "team:ops", "team:none", "person:carol", "person:ghost"]), min_size=1, max_size=2).map(tuple),
        st.sampled_from([300, 600, 1200]),
    ),
    min_size=1,
    max_size=4,
).map(tuple)  # fmt: skip


def escalation(story: Story) -> list[tuple[float, str, tuple[str, ...]]]:
    """The steps of the escalation: minute, kind, people."""
    return [
        ((fact.at - at(0)).total_seconds() / 60, fact.kind, getattr(fact.what, "people", ()))
        for fact in story.facts
        if isinstance(fact.what, f.Paged | f.NobodyToPage | f.EscalationRanOut)
    ]


def run(story: Story, until: float) -> Story:
    """Go from one waking to the next, as the engine does."""
    wake = story.wake()
    while wake and wake <= at(until):
        story.wait((wake - at(0)).total_seconds() / 60)
        wake = story.wake()
    return story


def test_who_is_on_call_is_paged_at_once_then_the_team_then_the_last_step_again_and_again() -> None:
    story = run(Story().begin(), 30)

    assert escalation(story) == [
        (0, "paged", ("bob",)),
        (7, "paged", ("alice", "bob")),
        (18, "escalation_ran_out", ()),
        (18, "paged", ("alice", "bob")),
        (29, "escalation_ran_out", ()),
        (29, "paged", ("alice", "bob")),
    ]


@pytest.mark.parametrize("what", [f.PageAcknowledged("carol"), f.Owned("carol"), f.Resolved("h", "e")])
def test_an_acknowledgement_by_anyone_or_the_end_stops_the_escalation(what: f.What) -> None:
    story = Story().begin().say(3, what).tocsin()

    before = escalation(story)

    assert escalation(run(story, 60)) == before


def test_a_page_that_a_provider_took_does_not_stop_it() -> None:
    story = Story().begin().say(1, f.PageDelivered("bob", "slack")).tocsin()

    assert (7, "paged", ("alice", "bob")) in escalation(run(story, 10))


def test_a_step_that_is_nobody_is_followed_by_the_next_at_once() -> None:
    story = Story(roster=roster(on_call=())).begin()

    assert escalation(story) == [(0, "nobody_to_page", ()), (0, "paged", ("alice", "bob"))]


def test_somebody_whom_nothing_reaches_is_a_gap() -> None:
    people = {**roster().people, "bob": Person("bob", "Bob")}

    story = Story(roster=Roster(people, {"ops": ("alice",)}, ("bob",))).begin()

    assert escalation(story) == [(0, "nobody_to_page", ()), (0, "paged", ("alice",))]
    assert "there is no way to page bob" in str(story.facts[2].what)


def test_a_tocsin_that_can_page_nobody_still_says_whose_turn_it_is() -> None:
    story = Story().begin(abilities=())

    assert escalation(story) == [(0, "paged", ("bob",))]


def test_with_nobody_there_at_all_it_says_so_once_a_wait_and_floods_nothing() -> None:
    story = run(Story(roster=Roster()).begin(), 11 * 6)

    ran_out = [step for step in escalation(story) if step[1] == "escalation_ran_out"]

    assert [minute for minute, *_ in ran_out] == [11, 22, 33, 44, 55, 66]
    assert len(escalation(story)) == 2 + 2 * len(ran_out)


def test_people_who_come_later_are_paged_at_the_next_step() -> None:
    story = Story(roster=Roster()).begin()
    story.roster = roster()

    assert (11, "paged", ("alice", "bob")) in escalation(run(story, 12))


def test_a_late_duty_is_chased_in_the_handbooks_order_and_times() -> None:
    story = run(Story().begin(), 12)

    chases = [
        ((fact.at - at(0)).total_seconds() / 60, fact.what.step, fact.what.people)
        for fact in story.facts
        if isinstance(fact.what, f.DutyChased) and fact.what.duty == "answer-R1"
    ]

    assert chases == [
        (0, "ask", ("bob",)),
        (5, "remind", ("bob",)),
        (7, "thread", ()),
        (9, "page", ("alice", "bob")),
        (11, "page_next", ("alice", "bob")),
    ]


def test_the_next_person_is_somebody_else_where_there_is_one() -> None:
    story = Story().begin().say(1, f.Owned("bob"))

    chased = [fact.what for fact in run(story, 12).facts if isinstance(fact.what, f.DutyChased)]

    assert f.DutyChased("answer-R1", "page_next", ("alice",)) in chased


def test_after_an_outage_all_that_was_missed_is_chased_at_once_and_each_step_once() -> None:
    story = Story().begin().wait(600)

    chases = [fact.what for fact in story.facts if isinstance(fact.what, f.DutyChased)]

    assert len(chases) == len(set(chases))
    assert [step for _, step, _ in escalation(story)] == ["paged", "paged"], (
        "one page, not one for every wait"
    )


def test_a_reporter_whose_channel_is_the_status_page_reads_the_answer_there_at_once() -> None:
    story = Story().say(0, Story().begin().facts[0].what, report("R7", via="page")).tocsin()

    story.say(1, f.ActionApproved("answer-R7", "We are on it")).tocsin()

    assert f.ReporterAnswered("R7", "We are on it", PLACES.status("token-R7")) in [
        x.what for x in story.facts
    ]


def test_the_draft_is_made_once_when_public_words_are_asked_for() -> None:
    story = run(Story().begin().say(1, f.Owned("alice")), 200)

    assert story.kinds().count("public_words_drafted") == 1


def test_it_closes_by_itself_when_the_last_duty_is_settled() -> None:
    story = (
        Story().begin().say(1, f.Owned("alice"), f.ReporterAnswered("R1", "a")).say(2, f.Resolved("h", "e"))
    )
    story.say(3, f.ReporterTold("R1", "t")).tocsin()
    open_still = story.incident.status

    story.say(4, f.OpsLogWritten("i", "d", "c", "r")).tocsin()

    assert (open_still, story.incident.status, story.wake()) == ("resolved", "closed", None)


@given(stories(), st.integers(0, 240))
@settings(max_examples=60, deadline=None)
def test_looking_makes_progress_and_never_spins(story: Story, more: int) -> None:
    story.wait(story.minute + more)

    wake = story.wake()

    assert what_is_due(story.incident, TRIAL, story.roster, PLACES, story.now) == []
    assert wake is None or wake > story.now


@given(stories())
@settings(max_examples=40, deadline=None)
def test_nothing_is_due_before_the_time_to_look_again(story: Story) -> None:
    wake = story.wake() or at(10**5)

    just_before = wake - timedelta(microseconds=1)

    assert what_is_due(story.incident, TRIAL, story.roster, PLACES, just_before) == []


@given(POLICIES, st.sampled_from(ROSTERS), st.integers(0, 70))
@settings(max_examples=30, deadline=None)
def test_it_is_never_silent_while_nobody_has_acknowledged(
    policy: tuple[f.PolicyStep, ...], people: Roster, until: int
) -> None:
    story = run(Story(roster=people).begin(policy=policy), until)

    wake = wake_at(story.incident, TRIAL, ledger(story.incident, TRIAL, at(until)), at(until))

    assert wake is not None
    assert wake - at(until) <= LONGEST_WAIT
    assert max(_words_at(story), default=at(0)) >= at(until) - LONGEST_WAIT


@given(POLICIES, st.sampled_from(ROSTERS))
@settings(max_examples=20, deadline=None)
def test_no_policy_floods_the_timeline(policy: tuple[f.PolicyStep, ...], people: Roster) -> None:
    story = run(Story(roster=people).begin(policy=policy), 60)

    shortest = min(step.wait_seconds for step in policy) / 60

    assert len(escalation(story)) <= 2 * (60 / shortest + 1) + len(policy)


@given(stories([*ACTS[4:9], *ACTS[16:]]))
@settings(max_examples=40, deadline=None)
def test_whatever_happens_an_open_incident_without_acknowledgement_is_looked_at_again(story: Story) -> None:
    incident = story.incident
    waits = incident.is_open and not incident.alert.acknowledged_at

    assert not waits or story.wake() is not None


def _words_at(story: Story) -> list[datetime]:
    return [fact.at for fact in story.facts if isinstance(fact.what, f.Paged | f.NobodyToPage)]
