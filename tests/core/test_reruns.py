"""A build that is run again: which one is, when its end is known, and what confirms nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from test_build_verdicts import NOON, WATCH, build, series

from tocsin.core import facts as f
from tocsin.core.builds import UNFINISHED as LATE
from tocsin.core.builds import Build, Red, verdict
from tocsin.core.facts import Fact
from tocsin.core.folding import extend, fold
from tocsin.core.incident import Incident
from tocsin.core.reruns import GREEN, RED, REFUSED, UNFINISHED, heard, next_rerun_due, rerun_of, reruns_due

EMPTY = fold([Fact(1, NOON, "tocsin", "engine", f.Declared("INC-7", "red", "broken-build", "high", ""))])


def red(*builds: Build) -> Red:
    found = verdict(builds or series("success", "failure", "failure", "failure"), WATCH)
    assert isinstance(found, Red)
    return found


def asked(incident: Incident = EMPTY, of: Red | None = None) -> f.BuildRerunAsked | None:
    return rerun_of(incident, of or red(), "github", NOON, automatic=True)


def with_rerun(*more: f.What, stream: str = "actions/1") -> Incident:
    first = asked()
    assert first
    whats = (replace(first, stream=stream), *more)
    return extend(EMPTY, [Fact(n, NOON, "tocsin", "engine", what) for n, what in enumerate(whats, 2)])


def test_the_oldest_failed_build_is_run_again_and_the_green_one_before_it_is_kept():
    one = asked()

    assert one
    assert (one.rerun, one.sha, one.build, one.attempt, one.last_green) == ("B1", "sha2", 1002, 1, "sha1")
    assert one.until == NOON + timedelta(hours=1)


def test_it_is_run_again_once_whatever_came_of_it():
    assert asked(with_rerun()) is None
    assert asked(with_rerun(f.BuildRerunEnded("B1", UNFINISHED))) is None


def test_when_the_flake_is_out_of_it_the_next_oldest_may_be_run_again():
    later = red(*series("success", "success", "failure", "failure", "failure"))

    one = asked(with_rerun(f.BuildRerunEnded("B1", GREEN)), later)

    assert one
    assert (one.rerun, one.sha) == ("B2", "sha3")


def test_one_that_has_not_ended_is_not_run_again_before_it_has():
    assert asked(of=red(build(1, "success"), build(2, LATE), build(3), build(4))) is None


ENDS = [
    (build(2, "success", attempt=2), GREEN, "a later attempt passed"),
    (build(2, "failure", attempt=3), RED, "a later attempt failed"),
    (build(2, "timed_out", attempt=2), RED, "a time-out counts"),
    (build(2, LATE, attempt=2), None, "it goes on"),
    (build(2, "cancelled", attempt=2), None, "it says nothing"),
    (build(2, "failure"), None, "the same attempt told again"),
    (replace(build(2), finished_at=NOON + timedelta(hours=2)), None, "the same attempt, brought up to date"),
    (build(3, "failure", attempt=2), None, "another build"),
    (replace(build(2, "success", attempt=2), stream="actions/2"), None, "another workflow"),
]


@pytest.mark.parametrize(("told", "outcome", "reason"), ENDS, ids=[row[2] for row in ENDS])
def test_what_tells_its_end(told: Build, outcome: str | None, reason: str):
    ended = heard(with_rerun(), told, WATCH)

    assert (ended.outcome if ended else None) == outcome


def test_where_time_outs_do_not_count_one_confirms_nothing():
    told = build(2, "timed_out", attempt=2)

    assert heard(with_rerun(), told, replace(WATCH, counts_time_outs=False)) is None


def test_a_check_suite_keeps_its_number_and_ends_later():
    incident = with_rerun(stream="app/72")
    suite = replace(build(2, "success"), stream="app/72")

    assert heard(incident, suite, WATCH) is None
    later = heard(incident, replace(suite, finished_at=NOON + timedelta(hours=1)), WATCH)
    assert later
    assert later.outcome == GREEN


def test_what_does_not_end_in_time_or_is_refused_is_not_confirmed():
    pending = with_rerun()
    refused = with_rerun(f.DeliveryRefused("build.rerun", "github", "it may not"))
    due = next_rerun_due(pending)

    assert due == NOON + timedelta(hours=1)
    assert list(reruns_due(pending, due - timedelta(seconds=1))) == []
    assert [one.outcome for one in reruns_due(pending, due)] == [UNFINISHED]
    assert [(one.outcome, one.why) for one in reruns_due(refused, NOON)] == [(REFUSED, "it may not")]
    assert next_rerun_due(with_rerun(f.BuildRerunEnded("B1", RED))) is None
    assert (
        heard(with_rerun(f.BuildRerunEnded("B1", UNFINISHED)), build(2, "success", attempt=2), WATCH) is None
    )
