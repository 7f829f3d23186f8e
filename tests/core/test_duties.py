"""What is owed, by when, and what discharges it: from the facts alone."""

from __future__ import annotations

import itertools

import pytest
from core_cases import TRIAL, Story, at, report
from core_random import stories
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.core import facts as f
from tocsin.core.duties import OWED

OPENED = f.IssueOpened("acme/web", 7, "https://i/7")
RESOLVED = f.Resolved("renewed it", "signed in")


@pytest.mark.parametrize(
    ("whats", "minute", "state", "why"),
    [
        ([], 9, "owed", "nobody did anything"),
        ([], 99, "owed", "late, but it may still be met"),
        ([f.Owned("alice")], 10, "met", "at the very last instant"),
        ([f.Owned("alice")], 10.01, "late", "after its time"),
        ([f.DutyWaived("own", "drill")], 5, "waived", "let go in time"),
        ([f.DutyWaived("own", "drill")], 50, "waived", "let go after its time: a waiver has a reason"),
        ([RESOLVED], 5, "waived", "over before it was due"),
        ([RESOLVED], 11, "missed", "over, and never met"),
        ([f.NoteAdded("I'm on it")], 5, "owed", "chatter is never evidence"),
        ([f.UpdatePosted("I'm on it", at(30))], 5, "owed", "another kind of fact is none for it"),
        ([f.PageAcknowledged("alice")], 5, "owed", "to acknowledge is not to own"),
        ([f.DutyChased("own", "remind", ("bob",))], 11, "owed", "being reminded is not doing it"),
        ([f.DutyWaived("update-1", "x")], 5, "owed", "a waiver of another duty"),
    ],
)
def test_a_duty_stands_as_the_facts_left_it(whats: list[f.What], minute: float, state: str, why: str) -> None:
    story = Story().say(0, f.Declared("INC-1", "t", "service", "high", TRIAL.hash)).say(minute, *whats)

    assert story.ledger()["own"].state == state, why


def test_a_met_duty_says_when_by_whom_and_where_it_can_be_seen() -> None:
    story = Story().begin().say(2, f.ReporterAnswered("R1", "we are on it", "https://x.com/1"), by="bob")

    duty = story.ledger()["answer-R1"]

    assert (duty.done_at, duty.by, duty.evidence) == (at(2), "bob", "https://x.com/1")


def test_evidence_without_a_link_is_its_place_in_the_timeline() -> None:
    story = Story().begin().say(2, f.Owned("bob"))

    duty = story.ledger()["own"]

    assert duty.evidence == f"#{duty.fact}"
    assert story.facts[duty.fact - 1].what == f.Owned("bob")


def test_what_was_done_by_hand_is_seen_where_the_person_says() -> None:
    story = Story().begin().say(2, f.DutyDoneByHand("answer-R1", "called them at 9:02"))

    duty = story.ledger()["answer-R1"]

    assert (duty.state, duty.evidence) == ("met", "called them at 9:02")


@pytest.mark.parametrize(("severity", "due"), [("high", 10), ("moderate", 20), ("low", 40), ("made up", 10)])
def test_the_time_is_the_severitys_and_an_unknown_one_counts_as_the_worst(severity: str, due: float) -> None:
    story = Story().begin(severity=severity)

    assert story.ledger()["own"].due_at == at(due)


@pytest.mark.parametrize(
    ("changes", "due", "why"),
    [
        ([(5, "low")], 10, "a milder severity does not take back what was promised"),
        ([(5, "low"), (6, "high")], 10, "nor does going there and back"),
        ([(15, "low")], 10, "nor once it is late"),
    ],
)
def test_lowering_the_severity_loosens_no_duty(
    changes: list[tuple[float, str]], due: float, why: str
) -> None:
    story = Story().begin()

    for minute, severity in changes:
        story.say(minute, f.SeverityChanged("", severity, "because"))

    assert story.ledger()["own"].due_at == at(due), why


@pytest.mark.parametrize(
    ("minute", "severity", "due", "why"),
    [
        (5, "high", 15, "ten minutes from the raise"),
        (5, "moderate", 25, "twenty from the raise"),
        (35, "high", 40, "never later than it was"),
        (41, "high", 40, "what is late already stays so"),
    ],
)
def test_raising_the_severity_asks_for_more_haste(minute: float, severity: str, due: float, why: str) -> None:
    story = Story().begin(severity="low").say(minute, f.SeverityChanged("low", severity, ""))

    assert story.ledger()["own"].due_at == at(due), why


def test_each_update_is_a_duty_of_its_own_due_when_it_was_promised() -> None:
    story = Story().begin().say(1, f.Owned("alice"), f.NextStepsStated("look", at(16)))
    story.say(10, f.UpdatePosted("found it", at(40))).say(41, f.UpdatePosted("mending", at(60)))

    updates = {id: (duty.due_at, duty.state) for id, duty in story.ledger().items() if "update" in id}

    assert updates == {
        "update-1": (at(16), "met"),
        "update-2": (at(40), "late"),
        "update-3": (at(60), "owed"),
    }


def test_nobody_can_promise_an_update_later_than_the_handbook_asks() -> None:
    story = Story().begin().say(1, f.NextStepsStated("look", at(500)))

    assert story.ledger()["update-1"].due_at == at(31)


def test_each_outside_report_is_answered_and_every_report_is_told_the_end() -> None:
    story = Story().begin().say(1, report("R2"), report("R3", outside=False)).say(2, RESOLVED)

    ledger = story.ledger()

    assert {id for id in ledger if id.startswith("answer")} == {"answer-R1", "answer-R2"}
    assert {id for id in ledger if id.startswith("tell")} == {"tell-R1", "tell-R2", "tell-R3"}


def test_an_answer_to_one_reporter_discharges_nothing_for_another() -> None:
    story = Story().begin().say(1, report("R2"), f.ReporterAnswered("R2", "hello"))

    assert story.ledger()["answer-R1"].state == "owed"
    assert story.ledger()["answer-R2"].state == "met"


def test_a_report_that_left_is_another_incidents_to_answer_and_to_tell() -> None:
    story = Story().begin().say(1, report("R2"), f.ReportMoved("R1", "INC-2", "other")).say(2, RESOLVED)

    ledger = story.ledger()

    assert (ledger["answer-R1"].state, ledger["answer-R1"].reason) == ("waived", "the report moved to INC-2")
    assert "tell-R1" not in ledger
    assert "tell-R2" in ledger


def test_a_report_that_left_and_came_back_is_answered_and_told_again() -> None:
    story = Story().begin().say(1, report("R2"), f.ReportMoved("R1", "INC-2", "other"))
    story.say(2, report("R1")).say(3, RESOLVED)

    ledger = story.ledger()

    assert ledger["answer-R1"].state == "waived"
    assert ledger["answer-R1-2"].state == "owed"
    assert ledger["tell-R1"].state == "owed"


def test_what_arose_for_a_report_stays_in_the_ledger_when_the_report_goes_and_comes_back() -> None:
    story = Story().begin().say(1, RESOLVED).say(2, f.ReporterTold("R1", "it is over"))
    story.say(3, f.Reopened("no")).say(4, f.ReportMoved("R1", "INC-2", "other")).say(5, report("R1"))

    assert story.ledger()["tell-R1"].state == "met"


@pytest.mark.parametrize(
    ("whats", "minute", "arises", "why"),
    [
        ([], 29.99, False, "not severe for long enough"),
        ([], 30, True, "at exactly thirty minutes"),
        ([(29.99, f.SeverityChanged("high", "low", "few"))], 60, False, "lowered before"),
        ([(30, f.SeverityChanged("high", "low", "few"))], 60, False, "lowered at that instant"),
        ([(30.01, f.SeverityChanged("high", "low", "few"))], 60, True, "lowered after"),
        ([(29, RESOLVED)], 60, False, "over before"),
        ([(29, f.Dismissed("none", "looked"))], 60, False, "dismissed before"),
        ([(10, OPENED)], 60, False, "the public knows already"),
        ([(10, RESOLVED), (20, f.Reopened("no"))], 49, False, "time starts anew when it is opened again"),
        ([(10, RESOLVED), (20, f.Reopened("no"))], 50, True, "and is up thirty minutes after"),
    ],
)
def test_public_words_are_owed_when_it_has_been_severe_for_thirty_minutes(
    whats: list[tuple[float, f.What]], minute: float, arises: bool, why: str
) -> None:
    story = Story().say(0, f.Declared("INC-1", "t", "service", "high", TRIAL.hash, ("issue",)))

    for when, what in whats:
        story.say(when, what)

    assert ("public" in story.ledger(minute)) == arises, why


def test_public_words_that_went_out_at_the_very_instant_they_were_asked_for_count() -> None:
    story = Story().begin().wait(30).say(30, OPENED)

    assert story.ledger()["public"].state == "met"


def test_a_duty_that_tocsin_has_spoken_of_stays_in_the_ledger() -> None:
    story = Story().begin().wait(30).say(30, f.SeverityChanged("high", "low", "few are hit"))

    duty = story.ledger()["public"]

    assert (duty.state, duty.reason) == ("waived", "the severity was lowered to low: few are hit")


def test_public_words_are_not_asked_for_where_nothing_can_carry_them_or_the_kind_is_private() -> None:
    without = Story().begin(abilities=("thread",))
    private = Story().begin(kind="security")

    assert "public" not in without.ledger(60)
    assert "public" not in private.ledger(60)


def test_the_issue_has_to_be_closed_only_where_there_was_one() -> None:
    quiet = Story().begin().say(5, RESOLVED)
    public = Story().begin().say(5, OPENED).say(6, RESOLVED)

    assert "close-issue" not in quiet.ledger()
    assert public.ledger()["close-issue"].state == "owed"


def test_opened_again_a_new_round_of_duties_begins() -> None:
    story = Story().begin().say(1, f.Owned("alice")).say(2, RESOLVED, f.ReporterTold("R1", "over"))
    story.say(10, f.Reopened("it fails again")).say(12, f.Owned("bob")).say(13, RESOLVED)

    ledger = story.ledger()

    assert (ledger["own"].by, ledger["own-2"].state) == ("alice", "met")
    assert ledger["own-2"].due_at == at(20)
    assert ledger["tell-R1"].state == "met"
    assert ledger["tell-R1-2"].state == "owed", "the reporter is told again"
    assert (ledger["log"].reason, ledger["log-2"].state) == ("the incident was opened again", "owed")


def test_the_owner_owes_once_there_is_one_and_those_whom_it_reached_before() -> None:
    story = Story().begin()

    before = story.ledger()["own"].owes
    after = story.say(1, f.Owned("alice")).ledger()["answer-R1"].owes

    assert (before, after) == (("bob",), ("alice",))


def test_the_first_of_our_people_who_was_aware_owes_the_answer() -> None:
    story = Story().begin(aware="carol")

    assert story.ledger()["answer-R1"].owes == ("carol",)


def test_a_stranger_who_reported_owes_nothing() -> None:
    story = Story().begin()

    assert story.facts[0].by == "@jane"
    assert story.ledger()["answer-R1"].owes == ("bob",)


def test_what_was_let_go_out_and_refused_may_be_let_go_out_again() -> None:
    story = Story().begin().say(1, f.ActionApproved("answer-R1", "hello"))
    approved = story.ledger()["answer-R1"]

    refused = story.say(2, f.DeliveryRefused("answer", "x", "blocked", "answer-R1")).ledger()["answer-R1"]

    assert (approved.approved, approved.on_its_way) == ("hello", True)
    assert (refused.approved, refused.on_its_way, refused.refused) == (None, False, 1)


@given(stories())
@settings(max_examples=40, deadline=None)
def test_no_duty_is_due_before_it_arises(story: Story) -> None:
    assert all(duty.due_at >= duty.arises_at for duty in story.ledger(story.minute + 600).values())


@given(stories())
@settings(max_examples=25, deadline=None)
def test_what_is_settled_stays_as_it_is_and_nothing_leaves_the_ledger(story: Story) -> None:
    ledgers = [_at_fact(story, n) for n in range(1, len(story.facts) + 1)]

    assert all(_goes_on(early, late) for early, late in itertools.pairwise(ledgers))


@given(stories(), st.floats(0, 300))
@settings(max_examples=40, deadline=None)
def test_time_alone_only_adds_to_the_ledger(story: Story, more: float) -> None:
    now, later = story.ledger(), story.ledger(story.minute + more)

    assert now == {id: later[id] for id in now}
    assert all(later[id].state == OWED for id in later.keys() - now.keys())


def _at_fact(story: Story, n: int) -> dict[str, str]:
    early = Story(facts=story.facts[:n])
    early.minute = (early.facts[-1].at - at(0)).total_seconds() / 60
    return {id: duty.state for id, duty in early.ledger().items()}


def _goes_on(early: dict[str, str], late: dict[str, str]) -> bool:
    return all(id in late and (state in (OWED, late[id])) for id, state in early.items())
