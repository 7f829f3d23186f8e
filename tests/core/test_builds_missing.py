"""When commits arrive and no builds come: what counts, and when it is too soon to tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tocsin.core.builds_missing import Head, is_to_be_built, no_builds, words_of
from tocsin.core.handbook import BuildWatch

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
WATCH = BuildWatch("broken-build", no_builds_after=timedelta(hours=1))


def heads(*minutes_ago: int) -> list[Head]:
    """The newest first, each named by its place among the oldest."""
    many = len(minutes_ago)
    return [Head(f"{many - n}" * 40, NOW - timedelta(minutes=ago)) for n, ago in enumerate(minutes_ago)]


@pytest.mark.parametrize(
    ("ago", "built", "watch", "missing"),
    [
        pytest.param((5, 30, 61, 90), "1", WATCH, 3, id="three-and-an-hour"),
        pytest.param((5, 30, 59, 90), "1", WATCH, 0, id="too-soon"),
        pytest.param((30, 61, 90), "1", WATCH, 0, id="too-few"),
        pytest.param((5, 30, 61, 90), "4", WATCH, 0, id="the-newest-was-built"),
        pytest.param((5, 30, 61, 90), "", WATCH, 0, id="nobody-tells-us-of-its-builds"),
        pytest.param((5, 30, 61, 90), "1", BuildWatch("x"), 0, id="the-handbook-does-not-want-it"),
    ],
)
def test_when_no_builds_come(ago: tuple[int, ...], built: str, watch: BuildWatch, missing: int):
    found = no_builds(heads(*ago), {one * 40 for one in built}, watch, NOW)

    assert len(found.heads if found else ()) == missing


def test_who_is_told_reads_which_and_since_when():
    found = no_builds(heads(5, 30, 61, 90), {"1" * 40}, WATCH, NOW)

    assert found
    words = words_of(found, "acme/site", "main")
    assert words.subject == "No builds come on main of acme/site"
    assert (
        "3 times since 2026-03-02 10:59 UTC something new was on main (2222222, 3333333, 4444444)"
        in words.text
    )
    assert "1111111 was the last that was built" in words.text


def test_a_commit_may_say_that_nothing_shall_build_it():
    assert not is_to_be_built("docs: a comma [skip CI]")
    assert is_to_be_built("ci: skip the slow test")
