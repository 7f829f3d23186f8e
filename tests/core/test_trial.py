"""What another handbook would have made of an incident that is known."""

from __future__ import annotations

import json

import pytest
from core_cases import TRIAL, TRIAL_TEXT, Story, at, report
from core_random import stories
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.core import facts as f
from tocsin.core.duties import ledger
from tocsin.core.folding import fold
from tocsin.core.handbook import Handbook
from tocsin.core.handbook_text import read_handbook
from tocsin.core.score_text import trial_json, trial_text
from tocsin.core.trial import OUTCOMES, Change, Stand, summed, try_handbook

RESOLVED = f.Resolved("renewed it", "signed in")
OWN = 'within = { high = "10m", moderate = "20m", low = "40m" }'


def book(*changes: tuple[str, str]) -> Handbook:
    """The trial handbook, edited."""
    text = TRIAL_TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return read_handbook(text)


def duty_text(id: str) -> str:
    """The lines of one duty."""
    start = TRIAL_TEXT.index(f'[[duty]]\nid = "{id}"')
    return TRIAL_TEXT[start : TRIAL_TEXT.index("\n\n", start)]


SHORTER = book((OWN, OWN.replace('"10m"', '"2m"')))
LONGER = book((OWN, OWN.replace('"10m"', '"30m"')))
WITHOUT = book((duty_text("own"), ""))
RENAMED = book(('id = "own"', 'id = "take-it"'))
CALM = book(("severe = true", "severe = false"))
PATIENT = book(('after_severe = "30m"', 'after_severe = "2h"'))
FEWER = book(
    ('[[severity]]\nid = "high"\ntitle = "High"\nsevere = true\n\n', ""),
    (OWN, 'within = { moderate = "20m", low = "40m" }'),
    ('within = { high = "30m", moderate = "60m", low = "120m" }', 'within = "30m"'),
)


def bare(minute: float, *whats: f.What) -> Story:
    return Story().say(0, f.Declared("INC-1", "t", "service", "high", TRIAL.hash)).say(minute, *whats)


@pytest.mark.parametrize(
    ("story", "other", "was", "would", "why"),
    [
        (bare(5, f.Owned("a")), SHORTER, ("met", 10), ("late", 2), "a shorter time would have been missed"),
        (bare(15, f.Owned("a")), LONGER, ("late", 10), ("met", 30), "a longer one would have been kept"),
        (bare(15, RESOLVED), LONGER, ("missed", 10), ("waived", 30), "over before it was due"),
        (bare(5, f.Owned("a")), WITHOUT, ("met", 10), None, "no such duty: gone"),
        (
            bare(1, f.NoteAdded("x")),
            LONGER,
            ("overdue", 10),
            ("owed", 30),
            "at minute 20 its time has not come",
        ),
        (
            bare(15, f.Owned("a")),
            FEWER,
            ("late", 10),
            ("met", 20),
            "an unknown severity is the worst there is",
        ),
    ],
)
def test_a_duty_stands_as_the_other_handbook_makes_it(
    story: Story, other: Handbook, was: tuple[str, float], would: tuple[str, float] | None, why: str
) -> None:
    trial = try_handbook(story.facts, TRIAL, other, at(20))

    change = next(change for change in trial.changes if change.duty == "own")
    assert change.was == Stand(was[0], at(was[1])), why
    assert change.would == (Stand(would[0], at(would[1])) if would else None), why


def test_a_duty_of_another_name_is_new_and_the_old_one_gone() -> None:
    trial = try_handbook(bare(5, f.Owned("a")).facts, TRIAL, RENAMED, at(20))

    assert trial.changes == (
        Change("own", "own", "Own it", Stand("met", at(10)), None),
        Change("take-it", "take-it", "Own it", None, Stand("met", at(10))),
    )
    assert (trial.rules["own"].gone, trial.rules["take-it"].new) == (1, 1)


def test_a_duty_that_stands_the_same_is_no_change() -> None:
    assert try_handbook(bare(1, f.Owned("a")).facts, TRIAL, SHORTER, at(20)).changes == ()


def test_a_kind_that_the_other_handbook_lacks_becomes_its_first() -> None:
    other = book(('[[kind]]\nid = "security"\ntitle = "Security"\n\n', ""))
    story = Story().begin(kind="security").wait(40)

    trial = try_handbook(story.facts, TRIAL, other, at(40))

    assert [(change.duty, change.was) for change in trial.changes] == [("public", None)]


@pytest.mark.parametrize("other", [PATIENT, CALM], ids=["not for so long", "not that severe"])
def test_what_tocsin_chased_under_the_own_handbook_makes_no_duty_under_another(other: Handbook) -> None:
    story = Story().begin().wait(50).say(60, RESOLVED)
    assert "public" in {fact.what.duty for fact in story.facts if isinstance(fact.what, f.DutyChased)}

    trial = try_handbook(story.facts, TRIAL, other, at(60))

    assert [change.would for change in trial.changes if change.duty == "public"] == [None]


@settings(max_examples=150, deadline=None)
@given(stories())
def test_under_its_own_handbook_nothing_changes(story: Story) -> None:
    trial = try_handbook(story.facts, TRIAL, TRIAL, story.now)

    assert trial.changes == ()
    assert trial.was == trial.would


@settings(max_examples=100, deadline=None)
@given(stories(), st.sampled_from([SHORTER, LONGER, WITHOUT, RENAMED, CALM, PATIENT, FEWER]))
def test_what_was_plus_what_is_new_less_what_is_gone_is_what_would_be(story: Story, other: Handbook) -> None:
    trial = try_handbook(story.facts, TRIAL, other, story.now)

    total = summed([trial], other)
    assert sum(total.was.values()) == len(ledger(fold(story.facts), TRIAL, story.now))
    assert sum(total.was.values()) + total.new - total.gone == sum(total.would.values())
    assert total.was == trial.was
    assert total.would == trial.would


@settings(max_examples=100, deadline=None)
@given(stories(acts=None))
def test_a_longer_time_never_makes_a_duty_late(story: Story) -> None:
    trial = try_handbook(story.facts, TRIAL, LONGER, story.now)

    assert not [
        change for change in trial.changes if change.would and change.would.outcome in ("late", "missed")
    ]


def test_the_sum_names_the_newest_incidents_and_counts_those_it_leaves_out() -> None:
    trials = [
        try_handbook(Story().say(0, f.Declared(f"INC-{n}", "t", "service", "high", TRIAL.hash)).say(5, f.Owned("a")).facts, TRIAL, SHORTER, at(20))
        for n in range(1, 5)
    ]  # fmt: skip

    total = summed(trials, SHORTER, keep=3)

    assert [trial.ref for trial in total.changed] == ["INC-4", "INC-3", "INC-2"]
    assert (total.incidents, total.left_out) == (4, 1)
    assert (total.was["met"], total.would["late"]) == (4, 4)


def test_the_text_of_a_trial_says_what_would_change_and_where() -> None:
    total = summed([try_handbook(bare(5, f.Owned("a")).facts, TRIAL, SHORTER, at(20))], SHORTER)

    assert trial_text(total).splitlines() == [
        "1 incident under trial, version 1",
        "",
        "ALL DUTIES  MET  LATE  MISSED  WAIVED  OVERDUE  OWED",
        "was           1     0       0       0        0     0",
        "would be      0     1       0       0        0     0",
        "0 duties would be new, 0 would be gone.",
        "",
        "Duties that would stand otherwise:",
        "DUTY  MET  LATE  MISSED  WAIVED  OVERDUE  OWED  NEW/GONE",
        "own   1>0   0>1       0       0        0     0       0/0",
        "",
        "INC-1",
        "  own: met (due 03-02 09:10) -> late (due 03-02 09:02)",
    ]


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (None, "there is nothing to try it on"),
        (bare(1, f.Owned("a")).facts, "every duty would stand as it does"),
    ],
)
def test_a_trial_without_a_change_says_so(facts: list[f.Fact] | None, said: str) -> None:
    trials = [try_handbook(facts, TRIAL, SHORTER, at(20))] if facts else []

    assert said in trial_text(summed(trials, SHORTER))


@settings(max_examples=40, deadline=None)
@given(st.lists(stories(), max_size=3), st.sampled_from([SHORTER, RENAMED, CALM]))
def test_every_form_of_a_trial_can_be_written(several: list[Story], other: Handbook) -> None:
    total = summed([try_handbook(one.facts, TRIAL, other, one.now) for one in several], other)

    assert max(len(line) for line in trial_text(total).splitlines()) <= 80
    told = json.loads(json.dumps(trial_json(total)))
    assert set(told["was"]) == set(OUTCOMES)


def test_a_report_of_an_unknown_severity_is_the_worst_also_when_it_is_changed_later() -> None:
    story = Story().begin(severity="low").say(1, report("R2"), f.SeverityChanged("low", "high", ""))

    trial = try_handbook(story.facts, TRIAL, FEWER, at(30))

    assert trial.would["overdue"] >= 1
