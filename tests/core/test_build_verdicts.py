"""Whether the main branch is broken: what counts, in which order, and who is suspected."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.builds import (
    FAILED,
    PASSED,
    SKIPPED,
    TIMED_OUT,
    Build,
    Green,
    Red,
    Unclear,
    author_name,
    author_of,
    login_of,
    report_of,
    verdict,
)
from tocsin.core.handbook import BuildWatch
from tocsin.core.people import Person

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
WATCH = BuildWatch("broken-build")
SAYS_NOTHING = ("cancelled", "CANCELED", "skipped", "neutral", "stale", "action_required", "")


def build(
    n: int, conclusion: str = "failure", *, attempt: int = 1, event: str = "push", sha: str = ""
) -> Build:
    return Build(
        repository="acme/website",
        branch="main",
        stream="actions/1",
        workflow="CI",
        run=1000 + n,
        attempt=attempt,
        number=n,
        sha=sha or f"sha{n}",
        author_login="",
        author_name="Alice",
        author_email="alice@acme.example",
        title=f"Change {n}",
        event=event,
        conclusion=conclusion,
        finished_at=NOON + timedelta(minutes=n),
        url=f"https://github.com/acme/website/actions/runs/{n}",
    )


def series(*conclusions: str) -> list[Build]:
    return [build(n, conclusion) for n, conclusion in enumerate(conclusions, 1)]


@pytest.mark.parametrize(
    ("conclusion", "outcome"),
    [
        ("success", PASSED),
        ("SUCCESS", PASSED),
        ("failure", FAILED),
        ("startup_failure", FAILED),
        ("timed_out", TIMED_OUT),
        ("Timed Out", TIMED_OUT),
        ("cancelled", SKIPPED),
        ("CANCELED", SKIPPED),
        ("action_required", SKIPPED),
        ("a word of next year", SKIPPED),
    ],
)
def test_each_spelling_of_a_conclusion_is_understood(conclusion: str, outcome: str) -> None:
    assert build(1, conclusion).outcome == outcome


@pytest.mark.parametrize(
    ("builds", "expected"),
    [
        ([], Unclear(0)),
        (series("failure", "failure"), Unclear(2)),
        (series("failure", "failure", "success"), Green(build(3, "success"))),
        (series("cancelled", "skipped"), Unclear(0)),
    ],
)
def test_what_is_not_broken(builds: list[Build], expected: Green | Unclear) -> None:
    assert verdict(builds, WATCH) == expected


def test_red_names_the_oldest_commits_and_the_last_green_one() -> None:
    builds = series("success", "failure", "failure", "timed_out", "failure", "failure")

    red = verdict(builds, WATCH)

    assert isinstance(red, Red)
    assert [b.number for b in red.series] == [2, 3, 4, 5, 6]
    assert [b.number for b in red.suspects] == [2, 3, 4]
    assert red.last_green == builds[0]


def test_a_commit_that_was_built_twice_is_one_suspect() -> None:
    red = verdict([build(1, sha="a"), build(2, sha="a"), build(3, sha="b"), build(4, sha="c")], WATCH)

    assert isinstance(red, Red)
    assert [b.sha for b in red.suspects] == ["a", "b", "c"]


@pytest.mark.parametrize("spelling", ["schedule", "scheduled", "SCHEDULE"])
def test_the_events_that_the_handbook_ignores_are_ignored_in_every_spelling(spelling: str) -> None:
    builds = [build(n, event=spelling) for n in range(1, 9)]

    assert verdict(builds, WATCH) == Unclear(0)
    assert verdict(builds, replace(WATCH, ignores=("scheduled",))) == Unclear(0)
    assert isinstance(verdict(builds, replace(WATCH, ignores=())), Red)


def test_failures_that_were_dealt_with_do_not_count_again() -> None:
    builds = series("failure", "failure", "failure", "failure")

    assert verdict(builds, WATCH, since=builds[1].finished_at) == Unclear(2)
    assert isinstance(verdict([*builds, build(5)], WATCH, since=builds[1].finished_at), Red)


conclusions = st.sampled_from(("success", "failure", "timed_out", *SAYS_NOTHING))
many = st.lists(conclusions, max_size=12).map(lambda words: series(*words))


@given(many, st.randoms(use_true_random=False))
def test_the_order_in_which_builds_are_told_does_not_matter(builds: list[Build], random: object) -> None:
    shuffled = list(builds)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert verdict(shuffled, WATCH) == verdict(builds, WATCH)


@given(many)
def test_a_build_that_is_told_twice_changes_nothing(builds: list[Build]) -> None:
    assert verdict(builds + builds, WATCH) == verdict(builds, WATCH)


@given(many, st.integers(0, 12), st.sampled_from(SAYS_NOTHING))
def test_builds_that_say_nothing_change_nothing(builds: list[Build], place: int, word: str) -> None:
    silent = replace(build(place, word), run=1)

    assert verdict([*builds, silent], WATCH) == verdict(builds, WATCH)


@given(many)
def test_a_green_build_on_top_is_green_whatever_was_before(builds: list[Build]) -> None:
    newest = build(99, "success")

    assert verdict([*builds, newest], WATCH) == Green(newest)


@given(many, st.integers(1, 5))
def test_red_is_at_least_so_many_failures_in_a_row_and_suspects_the_oldest(
    builds: list[Build], failures: int
) -> None:
    judged = verdict(builds, replace(WATCH, failures=failures))

    telling = [b.outcome for b in builds if b.outcome != SKIPPED]
    row = len(telling) - (max((i for i, o in enumerate(telling) if o == PASSED), default=-1) + 1)
    assert isinstance(judged, Red) == (row >= failures)
    if isinstance(judged, Red):
        assert len(judged.series) == row
        assert judged.suspects == judged.series[:failures]


@given(many.filter(bool), st.data())
def test_a_repetition_that_says_something_stands_for_the_attempt_before(
    builds: list[Build], data: st.DataObject
) -> None:
    n = data.draw(st.integers(0, len(builds) - 1))
    word = data.draw(st.sampled_from(("success", "failure")))
    repeated = replace(builds[n], attempt=2, conclusion=word)

    assert verdict([*builds, repeated], WATCH) == verdict([*builds[:n], repeated, *builds[n + 1 :]], WATCH)


# --- authors ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("email", "login"),
    [
        ("123+alice@users.noreply.github.com", "alice"),
        ("alice@users.noreply.github.com", "alice"),
        ("alice@acme.example", ""),
        ("", ""),
        ("@users.noreply.github.com", ""),
    ],
)
def test_a_private_address_of_github_tells_the_login(email: str, login: str) -> None:
    assert login_of(email) == login


@pytest.mark.parametrize(
    ("login", "email", "handle"),
    [
        ("", "ALICE@acme.example", "alice"),
        ("Ali-Hub", "somebody@home.example", "alice"),
        ("", "", ""),
        ("eve-hub", "eve@else.example", ""),
    ],
)
def test_an_author_is_one_of_our_people_by_login_or_address(login: str, email: str, handle: str) -> None:
    people = [Person("bob", "Bob"), Person("alice", "Alice", "Alice@Acme.example", github="ali-hub")]

    assert author_of(replace(build(1), author_login=login, author_email=email), people) == handle


@pytest.mark.parametrize(
    ("name", "login", "called"),
    [("Alice", "ali", "Alice (@ali)"), ("Alice", "", "Alice"), ("", "ali", "@ali"), ("", "", "somebody")],
)
def test_an_author_is_called_by_what_is_known(name: str, login: str, called: str) -> None:
    assert author_name(replace(build(1), author_name=name, author_login=login)) == called


def test_where_no_green_build_is_known_the_report_says_so() -> None:
    red = verdict(series("failure", "failure", "failure"), WATCH)

    assert isinstance(red, Red)
    assert "When it was last green is not known here." in report_of(red)


def test_an_author_of_whom_only_a_name_is_told_is_one_of_our_people_by_it() -> None:
    people = [Person("bob", "Bob", github="bob-at-acme"), Person("alice", "Alice")]

    def author(name: str, login: str = "") -> str:
        one = replace(build(1), author_name=name, author_login=login, author_email="x@else.example")
        return author_of(one, people)

    assert author("bob-at-acme") == "bob"
    assert author("bob-at-acme", "eve-hub") == "", "the login says that it is somebody else"
    assert author("Alice") == "", "many are called so"
