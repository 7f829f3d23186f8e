"""How well the handbook was kept over a window of time."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
from core_cases import MINUTE, TRIAL, Story, at, report
from core_random import stories
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.core import facts as f
from tocsin.core.duties import ledger
from tocsin.core.score import (
    NO_TEAM,
    Group,
    Kept,
    Score,
    Scored,
    Silence,
    Waits,
    Window,
    median,
    percentile,
    score,
)
from tocsin.core.score_text import COLUMNS, score_csv, score_json, score_rows, score_text

TEAMS = {"ops": ("alice", "bob"), "web": ("alice",)}
HOUR = Window(at(0), at(60))
RESOLVED = f.Resolved("renewed it", "signed in")


def scored(story: Story, minute: float | None = None) -> Scored:
    now = story.now if minute is None else at(minute)
    return Scored(story.incident, ledger(story.incident, TRIAL, now), now)


def kept(result: Score, rule: str) -> Kept:
    return next(duty.kept for duty in result.duties if duty.rule == rule)


def group(groups: tuple[Group, ...], name: str) -> Group:
    return next(one for one in groups if one.name == name)


def bare(**changes: object) -> Story:
    """An incident of which only `own` is owed, due at minute 10."""
    return Story().say(0, f.Declared("INC-1", "t", "service", "high", TRIAL.hash), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("whats", "minute", "now", "outcome", "late", "why"),
    [
        ([f.Owned("alice")], 9, 60, "met", None, "in time"),
        ([f.Owned("alice")], 17, 60, "late", 7, "seven minutes after its time"),
        ([RESOLVED], 25, 60, "missed", 15, "never met; the incident's end came 15 minutes after its time"),
        ([f.DutyWaived("own", "drill")], 30, 60, "waived", None, "a waived duty was not missed by anything"),
        ([], 0, 60, "overdue", 50, "still owed, and later by the minute"),
    ],
)
def test_a_duty_that_fell_due_counts_as_it_stands(
    whats: list[f.What], minute: float, now: float, outcome: str, late: float | None, why: str
) -> None:
    story = bare().say(minute, *whats)

    own = kept(score([scored(story, now)], HOUR), "own")

    span = None if late is None else late * MINUTE
    assert own == Kept(**{outcome: 1}, median_late=span, worst_late=span), why  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("start", "end", "now", "due", "why"),
    [
        (0, 60, 60, 1, "due at minute 10"),
        (10, 60, 60, 1, "the start belongs to the window"),
        (0, 10, 60, 0, "the end does not"),
        (11, 60, 60, 0, "due before"),
        (0, 60, 10, 0, "its time has not passed yet"),
        (0, 60, 10.01, 1, "now it has"),
    ],
)
def test_a_duty_counts_in_the_window_in_which_it_fell_due(
    start: float, end: float, now: float, due: int, why: str
) -> None:
    story = bare().say(2, f.Owned("alice"))

    assert score([scored(story, now)], Window(at(start), at(end))).total.kept.due == due, why


def test_the_share_is_of_those_that_were_not_waived() -> None:
    assert Kept(met=3, late=1, waived=6).share == 0.75
    assert Kept(waived=6).share is None
    assert Kept(met=3, late=1, missed=2, waived=6, overdue=1).due == 13


@pytest.mark.parametrize(
    ("by", "teams", "why"),
    [
        ("bob", {"ops"}, "who discharged it"),
        ("alice", {"ops", "web"}, "all the teams of who discharged it"),
        ("carol", {"ops"}, "nobody of a team discharged it: those who owed it"),
        (f.TOCSIN, {"ops"}, "Tocsin did it for those who owed it"),
    ],
)
def test_a_duty_counts_for_the_teams_of_who_discharged_it_or_owes_it(
    by: str, teams: set[str], why: str
) -> None:
    story = Story().say(0, f.Declared("INC-1", "t", "service", "high", TRIAL.hash))
    story.say(0, f.Paged(("bob",), 0, "first step")).say(2, f.PageAcknowledged("bob"))
    story.say(5, f.DutyDoneByHand("own", "seen"), by=by)

    result = score([scored(story, 60)], HOUR, TEAMS)

    assert {team.name for team in result.teams if team.kept.due} == teams, why


def test_a_duty_of_nobody_in_a_team_has_no_team() -> None:
    result = score([scored(bare(), 60)], HOUR, TEAMS)

    assert [team.name for team in result.teams] == [NO_TEAM]


def test_kinds_and_duties_are_told_apart() -> None:
    one = Story().say(0, f.Declared("INC-1", "t", "service", "high", TRIAL.hash)).say(1, f.Owned("alice"))
    two = Story().say(0, f.Declared("INC-2", "t", "security", "high", TRIAL.hash), report())

    result = score([scored(one, 60), scored(two, 60)], HOUR)

    assert result.incidents == 2
    assert group(result.kinds, "service").kept.met == 1
    assert group(result.kinds, "security").kept.overdue == 2
    assert [(duty.rule, duty.title) for duty in result.duties] == [
        ("answer", "Answer the reporter"),
        ("own", "Own it"),
        ("public", "Tell the public"),
    ][: len(result.duties)]


@pytest.mark.parametrize(
    ("story", "now", "silence", "why"),
    [
        (bare(), 60, (0, 60), "nobody has said anything yet"),
        (bare().say(20, f.UpdatePosted("x", at(50))), 30, (0, 20), "until the first word"),
        (bare().say(5, f.NextStepsStated("x", at(30))), 40, (5, 35), "and from the last one on"),
        (bare().say(5, f.NoteAdded("x")), 40, (0, 40), "a note is no word that people wait for"),
        (bare().say(5, f.UpdatePosted("x", at(30))).say(15, RESOLVED), 60, (5, 10), "what is over is not silent"),
        (bare().say(5, RESOLVED).say(30, f.Reopened("no")), 58, (30, 28), "silence begins anew when it is opened again"),
        (bare().say(9, f.PostPublished("1", "https://x/1")), 12, (0, 9), "public words are words"),
        (bare().say(70, RESOLVED), 99, (0, 60), "only what lies in the window counts"),
    ],
)  # fmt: skip
def test_the_longest_silence(story: Story, now: float, silence: tuple[float, float], why: str) -> None:
    result = score([scored(story, now)], HOUR)

    start, length = silence
    assert result.total.silence == Silence("INC-1", at(start), length * MINUTE), why


def test_a_silence_is_that_of_the_owners_team_or_of_those_who_were_paged() -> None:
    paged = bare().say(0, f.Paged(("bob",), 0, "first step"))
    owned = bare().say(1, f.Owned("alice"))

    result = score([scored(paged, 20), scored(owned, 30)], HOUR, TEAMS)

    lengths = {team.name: team.silence and team.silence.length for team in result.teams}
    assert lengths == {"ops": 30 * MINUTE, "web": 30 * MINUTE}


@pytest.mark.parametrize(
    ("story", "waits", "why"),
    [
        (Story().say(0, f.Declared("INC-1", "t", "service", "high", TRIAL.hash), report()).say(4, f.ReporterAnswered("R1", "x")),
         (1, 0, 4), "answered after four minutes"),
        (Story().say(0, f.Declared("INC-1", "t", "service", "high", TRIAL.hash), report()).say(4, f.ReporterAnswered("R1", "x")).say(9, f.ReporterAnswered("R1", "y")),
         (1, 0, 4), "the first answer counts"),
        (Story().say(0, f.Declared("INC-1", "t", "service", "high", TRIAL.hash), report()).say(7, f.DutyDoneByHand("answer-R1", "called them")),
         (1, 0, 7), "answered by hand"),
        (Story().say(0, f.Declared("INC-1", "t", "service", "high", TRIAL.hash), report()).say(7, f.DutyWaived("answer-R1", "a robot")),
         (1, 1, 40), "a waiver is no answer: they wait on"),
        (Story().say(0, f.Declared("INC-1", "t", "service", "high", TRIAL.hash), report()),
         (1, 1, 40), "nobody answered"),
        (Story().say(0, f.Declared("INC-1", "t", "service", "high", TRIAL.hash), report(outside=False)),
         (0, 0, None), "an own person is not answered"),
        (Story().say(0, f.Declared("INC-1", "t", "service", "high", TRIAL.hash), report()).say(3, f.ReportMoved("R1", "INC-2", "same")),
         (0, 0, None), "it is counted where it is now"),
        (Story().say(0, f.Declared("INC-1", "t", "service", "high", TRIAL.hash), report()).say(2, f.ReporterAnswered("R1", "x")).say(3, f.ReportMoved("R1", "INC-2", "same")),
         (1, 0, 2), "it is counted where it was answered"),
    ],
)  # fmt: skip
def test_how_long_a_reporter_waited(story: Story, waits: tuple[int, int, float | None], why: str) -> None:
    result = score([scored(story, 40)], HOUR)

    reports, unanswered, minutes = waits
    span = None if minutes is None else minutes * MINUTE
    assert result.total.waits == Waits(reports, unanswered, span, span, span), why


def moved(answered: bool) -> Story:
    came = f.ReportReceived("R1", "x", "t", "@jane", True, "x", "k", "101", joined=True, moved_from="INC-9")
    story = bare().say(10, came)
    return (
        story.say(10, f.ReporterAnswered("R1", "before"))
        if answered
        else story.say(12, f.ReporterAnswered("R1", "x"))
    )


def test_a_report_that_moved_has_waited_since_it_first_came() -> None:
    case = scored(moved(answered=False), 40)

    result = score([Scored(case.incident, case.ledger, case.now, {"R1": at(2)})], HOUR)

    assert result.total.waits.worst == 10 * MINUTE


def test_a_report_that_was_answered_before_it_moved_here_is_not_counted_twice() -> None:
    assert score([scored(moved(answered=True), 40)], HOUR).total.waits.reports == 0


@pytest.mark.parametrize(
    ("minutes", "middle", "p90"),
    [([], None, None), ([5], 5, 5), ([4, 1], 2.5, 4), ([1, 9, 2], 2, 9), ([*range(1, 11)], 5.5, 9), ([*range(1, 12)], 6, 10)],
)  # fmt: skip
def test_the_middle_and_the_ninetieth_percent(
    minutes: list[float], middle: float | None, p90: float | None
) -> None:
    spans = [minute * MINUTE for minute in minutes]

    assert median(spans) == (None if middle is None else middle * MINUTE)
    assert percentile(spans, 0.9) == (None if p90 is None else p90 * MINUTE)


@settings(max_examples=60, deadline=None)
@given(st.lists(stories(), max_size=4), st.integers(0, 200), st.integers(0, 200))
def test_the_scores_of_two_windows_side_by_side_add_up(several: list[Story], one: int, two: int) -> None:
    middle, end = sorted((one, two))
    cases = [scored(story, story.minute + 30) for story in several]

    first = score(cases, Window(at(0), at(middle)))
    second = score(cases, Window(at(middle), at(end + 1)))
    whole = score(cases, Window(at(0), at(end + 1)))

    for name in ("due", "met", "late", "missed", "waived", "overdue"):
        assert getattr(first.total.kept, name) + getattr(second.total.kept, name) == getattr(
            whole.total.kept, name
        )
    assert first.total.waits.reports + second.total.waits.reports == whole.total.waits.reports


@settings(max_examples=60, deadline=None)
@given(st.lists(stories(), max_size=4), st.randoms())
def test_duties_and_kinds_sum_to_the_whole_whatever_the_order(several: list[Story], random: object) -> None:
    cases = [scored(story, story.minute + 30) for story in several]
    whole = score(cases, Window(at(0), at(10_000)), TEAMS)
    random.shuffle(cases)  # type: ignore[attr-defined]

    again = score(cases, Window(at(0), at(10_000)), TEAMS)

    assert again == whole
    assert sum(duty.kept.due for duty in whole.duties) == whole.total.kept.due
    assert sum(kind.kept.due for kind in whole.kinds) == whole.total.kept.due
    assert max((kind.kept.worst_late or timedelta(0) for kind in whole.kinds), default=timedelta(0)) == (
        whole.total.kept.worst_late or timedelta(0)
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(stories(), max_size=3))
def test_every_form_of_a_score_can_be_written_and_read(several: list[Story]) -> None:
    result = score([scored(story, story.minute + 30) for story in several], Window(at(0), at(10_000)), TEAMS)

    assert max(len(line) for line in score_text(result).splitlines()) <= 80
    assert json.loads(json.dumps(score_json(result)))["incidents"] == result.incidents
    rows = list(csv.reader(io.StringIO(score_csv(result))))
    assert {len(row) for row in rows} == {len(COLUMNS)}
    assert len(rows) == 2 + len(result.duties) + len(result.kinds) + len(result.teams)


def test_the_text_says_what_an_owner_asks_for() -> None:
    story = Story().say(0, f.Declared("INC-1", "t", "service", "high", TRIAL.hash), report())
    story.say(4, f.ReporterAnswered("R1", "x")).say(25, f.Owned("alice")).say(26, f.UpdatePosted("x", at(50)))

    text = score_text(score([scored(story, 45)], HOUR, TEAMS))

    assert text.splitlines() == [
        "The handbook's score from 2026-03-02 09:00 to 2026-03-02 10:00 UTC",
        "1 incident",
        "",
        "Duties: 2 fell due; 50% of those not waived were met in time",
        "  missed by 15m (median), 15m (worst)",
        "Longest silence: 26m, on INC-1 from 2026-03-02 09:00",
        "Reporters waited for their answer: 4m (median), 4m (90%), 4m (worst)",
        "  1 report, 0 not answered yet",
        "",
        "DUTY    DUE  MET  LATE  MISSED  WAIVED  OVERDUE  IN TIME  WORST",
        "answer    1    1     0       0       0        0     100%      -",
        "own       1    0     1       0       0        0       0%    15m",
        "all       2    1     1       0       0        0      50%    15m",
        "",
        "KIND     DUE  MET  LATE  MISSED  WAIVED  OVERDUE  IN TIME  WORST",
        "service    2    1     1       0       0        0      50%    15m",
        "",
        "KIND     SILENCE     IN  REPORTS  NO WORD  MEDIAN  90%  WORST",
        "service      26m  INC-1        1        0      4m   4m     4m",
        "",
        "TEAM  DUE  MET  LATE  MISSED  WAIVED  OVERDUE  IN TIME  WORST",
        "ops     2    1     1       0       0        0      50%    15m",
        "web     2    1     1       0       0        0      50%    15m",
        "",
        "TEAM  SILENCE     IN  REPORTS  NO WORD  MEDIAN  90%  WORST",
        "ops       26m  INC-1        1        0      4m   4m     4m",
        "web       26m  INC-1        1        0      4m   4m     4m",
    ]


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0.7, "42s"), (17.9, "17m"), (185, "3h05"), (5900, "4d02h"), (14 * 24 * 60 + 59, "14d")],
)
def test_a_silence_of_any_length_is_told_shortly(minutes: float, said: str) -> None:
    text = score_text(score([scored(bare(), minutes)], Window(at(0), at(10**6))))

    assert f"Longest silence: {said}, on INC-1" in text


def test_a_window_with_nothing_in_it_says_so() -> None:
    result = score([], HOUR)

    assert score_text(result).endswith("0 incidents: nothing fell into this time.")
    assert result.total.kept.share is None


def test_a_name_that_a_spreadsheet_would_run_is_made_harmless() -> None:
    story = Story().say(0, f.Declared("INC-1", "t", "=2+2", "high", TRIAL.hash))

    text = score_csv(score([scored(story, 60)], HOUR))

    assert "'=2+2" in text
    assert [row[:2] for row in score_rows(score([scored(story, 60)], HOUR))][-2:] == [
        ("kind", "=2+2"),
        ("team", NO_TEAM),
    ]
