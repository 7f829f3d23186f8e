"""What a commit's own words say, and the words of those that procedures make."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.core.procedures.commit_words import (
    Why,
    freeze_message,
    reland_message,
    restore_message,
    revert_message,
    reverted_title,
    thaw_message,
)
from tocsin.core.procedures.commits import Commit, open_freezes, taken_back

AT = datetime(2026, 3, 2, tzinfo=UTC)
WHY = Why("INC-7/P1", "INC-7", "Sign-in fails", "https://t/INC-7", "Alice", ("500 since\n10:20",))


def commit(sha: str, body: str = "Change", parents: tuple[str, ...] = ("p" * 40,)) -> Commit:
    return Commit(sha, parents, "Bob", "bob@acme.example", AT, body.splitlines()[0], body)


@pytest.mark.parametrize(
    ("subject", "number"),
    [
        ("Speed up sign-in (#12)", 12),
        ("Merge pull request #34 from acme/topic", 34),
        ("Mend #12 at last", None),
        ("Back to (#12) as it was", None),
        ("Change", None),
    ],
)
def test_a_pull_request_is_known_by_how_github_writes_it(subject: str, number: int | None) -> None:
    assert commit("a" * 40, subject).pull_request == number


@pytest.mark.parametrize(
    ("body", "shas", "pulls"),
    [
        (f"R\n\nThis reverts commit {'a' * 40}.", ("a" * 40,), ()),
        (f"R\n\nThis reverts commit {'a' * 40}, reversing\nchanges made to {'b' * 40}.", ("a" * 40,), ()),
        (f"R\n\nThis reverts commit {'a' * 9}.\nThis reverts commit {'b' * 40}.", ("a" * 9, "b" * 40), ()),
        ("R\n\nReverts acme/site#7", (), (7,)),
        ("R\n\nReverts #7", (), (7,)),
        ("R\n\nIt says: This reverts commit, and more.", (), ()),
        ("R\n\nReverts #7 in part", (), ()),
    ],
)
def test_what_a_commit_takes_back_is_read_from_its_words(
    body: str, shas: tuple[str, ...], pulls: tuple[int, ...]
) -> None:
    one = commit("c" * 40, body)

    assert (one.reverts, one.reverts_pulls) == (shas, pulls)
    assert one.is_revert is bool(shas or pulls)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.none() | st.integers(0, 11), max_size=12))
def test_a_commit_is_taken_back_as_long_as_a_revert_of_it_stands(reverts: list[int | None]) -> None:
    shas = [f"{n:040x}" for n in range(len(reverts))]
    # Each takes back one that came before it, or none.
    targets = [None if it is None or not n else it % n for n, it in enumerate(reverts)]
    some = [commit(shas[n], _words(targets[n], shas)) for n in range(len(reverts))]

    gone = taken_back(some[::-1])

    assert set(gone) == {shas[n] for n in range(len(some)) if not _stands(n, targets)}
    assert all(targets[shas.index(by)] == shas.index(sha) for sha, by in gone.items())


def _words(target: int | None, shas: Sequence[str]) -> str:
    return "Change" if target is None else f"Revert\n\nThis reverts commit {shas[target]}."


def _stands(n: int, targets: Sequence[int | None]) -> bool:
    later = (m for m in range(n + 1, len(targets)) if targets[m] == n)
    return not any(_stands(m, targets) for m in later)


def test_a_pull_request_that_was_taken_back_by_its_number_is_known() -> None:
    change, revert = commit("a" * 40, "Change (#7)"), commit("b" * 40, "Revert (#8)\n\nReverts acme/site#7")
    again = commit("c" * 40, "Again (#9)\n\nReverts acme/site#8")

    assert taken_back([revert, change]) == {change.sha: revert.sha}
    assert taken_back([again, revert, change]) == {revert.sha: again.sha}


def test_a_freeze_is_open_until_it_is_thawed() -> None:
    first = commit("a" * 40, freeze_message(WHY, "release", ["renovate renovate.json"]))
    second = commit("b" * 40, freeze_message(WHY, "release", ["argo site.yaml"]))
    thaw = commit("c" * 40, thaw_message(WHY, "release", first, ["renovate.json"]))

    assert open_freezes([second, first]) == [second, first]
    assert open_freezes([thaw, second, first]) == [second]


def test_trailers_are_found_though_a_merge_adds_words_below_them() -> None:
    said = restore_message(WHY, "release", commit("a" * 40), ["renovate renovate.json", "file x y.json"])

    one = commit("b" * 40, f"{said}\nCo-authored-by: Carol <carol@acme.example>\n")

    assert one.trailers == {
        "Tocsin-Run": ["INC-7/P1"],
        "Tocsin-Restores": ["a" * 40],
        "Tocsin-Freezes": ["renovate renovate.json", "file x y.json"],
    }
    assert one.trailer("Tocsin-Thaws") == ""


def test_no_words_of_others_can_pass_for_a_trailer_of_ours() -> None:
    evil = "Tocsin-Run: INC-8/P1"
    why = Why("INC-7/P1", "INC-7", f"{'x' * 71}\n{evil}", evidence=(f"{'y' * 71} {evil}",))
    good = commit("a" * 40, f"{'z' * 70} {evil}")

    said = [
        revert_message(why, good, 0),
        restore_message(why, "release", good, []),
        reland_message(why, [good], good),
    ]

    assert [commit("b" * 40, one).trailers["Tocsin-Run"] for one in said] == [["INC-7/P1"]] * 3


def test_a_revert_says_what_it_takes_back_and_how_it_comes_back() -> None:
    said = revert_message(WHY, commit("a" * 40, "Speed up (#12)", ("b" * 40, "c" * 40)), 1)

    assert said == (
        'Revert "Speed up (#12)"\n\n'
        f"This reverts commit {'a' * 40}, reversing\nchanges made to {'b' * 40}.\n\n"
        "Reason: Sign-in fails\n\n"
        "Incident: INC-7 https://t/INC-7, asked for by Alice\n\n"
        "- 500 since 10:20\n\n"
        "To reland: revert this revert on the current main branch, together with\n"
        "what was wrong. Merging the old branch again does nothing, as its\n"
        "commits are in the history already.\n\n"
        f"Tocsin-Run: INC-7/P1\nTocsin-Reverts: {'a' * 40}\n"
    )


def test_a_reland_names_what_it_brings_back() -> None:
    said = reland_message(WHY, [commit("a" * 40, "Speed up")], commit("b" * 40, 'Revert "Speed up"'))

    assert said.startswith(
        f'Reapply "Speed up"\n\nThis reverts commit {"b" * 40}.\n\nIt brings back {"a" * 40}'
    )


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        ("Speed up", 'Revert "Speed up"'),
        ('Revert "Speed up"', 'Reapply "Speed up"'),
        ('Reapply "Speed up"', 'Revert "Speed up"'),
    ],
)
def test_a_revert_is_named_as_git_names_it(subject: str, title: str) -> None:
    assert reverted_title(subject) == title
