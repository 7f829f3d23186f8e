"""Which messages tell of one thing: in doubt they do not, since an incident too many is joined with a click."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tocsin.core import similar
from tocsin.core.intake import IntakeRule, Message
from tocsin.core.joining import SAME, STORM, Began, joins_which
from tocsin.core.similar import LOOKED_AT, same_subject, same_thing

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
RULE = IntakeRule("outcry", words=("down",), joins=timedelta(hours=1), storm=3)
ALIKE = [
    ("@acme is the site down?", "@acme your website is not working"),
    ("@acme down for everyone?", "@acme down again"),
    ("@acme sign-in is broken", "@acme sign-in fails, error 503 https://t.co/abc"),
    ("@acme checkout is down", "is Acme checkout down? @acme"),
    ("@acme uploads fail", "@acme upload is broken"),
]
NOT_ALIKE = [
    ("@acme search is down", "@acme sign-in is down"),
    ("@acme the site is down", "@acme the invoice you sent is broken"),
    ("@acme error 500 on checkout", "@acme error 500 on profile pictures"),
    ("@acme checkout is down", "@acme checkout takes my card but the order is lost"),
    ("@acme it is down", "@acme my tokens were leaked"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_these_tell_of_the_same_thing(one: str, other: str) -> None:
    assert same_thing(one, other)
    assert same_thing(other, one)


@pytest.mark.parametrize(("one", "other"), NOT_ALIKE)
def test_these_do_not(one: str, other: str) -> None:
    assert not same_thing(one, other)
    assert not same_thing(other, one)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Sign-in is broken", "Problem with sign-in", True),
        ("Sign-in is broken", "Search is broken", False),
        ("Help!", "Problem", False),
        ("", "", False),
    ],
)
def test_a_subject_tells_what_it_is_about_only_where_it_names_something(
    one: str, other: str, same: bool
) -> None:
    assert same_subject(one, other) is same


def said(text: str) -> Message:
    return Message("x", text, "@jane", NOON, key="1")


BEGAN = [
    Began("INC-3", "", "@acme invoices fail", alone=False),
    Began("INC-2", "", "@acme search is down", alone=True),
    Began("INC-1", "", "@acme sign-in is down", alone=True),
]


@pytest.mark.parametrize(
    ("text", "opened", "found"),
    [
        ("@acme sign-in is broken", 1, ("INC-1", SAME)),
        ("@acme exports are down", 2, None),
        ("@acme exports are down", 3, ("INC-2", STORM)),
        ("@acme sign-in is broken", 9, ("INC-1", SAME)),
    ],
)
def test_the_same_joins_and_in_a_storm_the_rest_joins_the_newest_that_opened_by_itself(
    text: str, opened: int, found: tuple[str, str] | None
) -> None:
    assert joins_which(said(text), RULE, BEGAN, opened) == found


def test_without_joins_nothing_joins() -> None:
    assert joins_which(said("@acme search is down"), IntakeRule("r", words=("*",)), BEGAN, 100) is None


def test_of_a_text_without_end_only_the_begin_is_compared_and_each_incident_is_read_once() -> None:
    """A word of 100 KB once stopped everything for minutes, again for each open incident."""
    similar._read.cache_clear()
    words = ["y" * 100_000, "y " * 50_000, "@" * 100_000, "http://" * 15_000]
    began = [Began(f"INC-{n}", f"title {n}", word, alone=False) for n, word in enumerate(words)]
    for n in range(5):
        joins_which(said(f"exports are down {n} " + "z" * 100_000), RULE, began, 0)
    read = similar._read.cache_info()
    # What is open once; of what came the text, and the title: the same each time, none.
    assert read.misses == len(began) + 5 + 1
    assert same_thing("exports " + "y" * LOOKED_AT, "exports " + "y" * 100_000)
