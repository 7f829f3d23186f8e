"""The part of a channel's topic that says who is on call: the rest of it is people's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.oncall.shown import LONGEST_TOPIC, MARK, Shown, target_of, topic_with

MONDAY = datetime(2026, 3, 9, 8, tzinfo=UTC)
NAMES = {
    "bob": "Bob Okafor",
    "alice": "Alice | <Lee>",
    **{f"p{n}": f"Somebody Number {n}" for n in range(30)},
}
BOB = Shown("payments", "Payments", ("bob",), MONDAY, "Europe/Zurich")
OURS = "On call: Bob Okafor until Mon 9 Mar 09:00 CET"


@pytest.mark.parametrize(
    ("current", "topic"),
    [
        ("", OURS),
        ("Payments", f"Payments | {OURS}"),
        (f"Payments | {OURS}", f"Payments | {OURS}"),
        ("On call: Eve until Tue | docs", f"{OURS} | docs"),
        ("a|On call: Eve|b | On call: Joe", f"a|{OURS}|b"),
    ],
)
def test_only_our_part_is_written(current: str, topic: str) -> None:
    assert topic_with(current, [BOB], NAMES) == topic


@pytest.mark.parametrize(
    ("current", "topic"),
    [
        (f"Payments | {OURS}", "Payments"),
        (f"{OURS} | docs", "docs"),
        (OURS, ""),
        (" Payments |x ", " Payments |x "),
    ],
)
def test_a_channel_that_shows_nothing_any_more_is_cleared(current: str, topic: str) -> None:
    assert topic_with(current, [], NAMES) == topic


def test_nobody_is_said_and_that_the_group_keeps_who_was_last() -> None:
    nobody = Shown("payments", "Payments", (), MONDAY, "UTC", "@Payments-OnCall")

    assert topic_with("", [nobody], NAMES) == (
        "On call: nobody until Mon 9 Mar 08:00 UTC (@payments-oncall still names who was last)"
    )


def test_a_group_that_none_of_them_can_be_in_is_said_to_keep_who_was_last() -> None:
    unknown = replace(BOB, group="@payments", in_group=False)

    assert topic_with("", [unknown], NAMES) == (
        "On call: Bob Okafor until Mon 9 Mar 09:00 CET (@payments still names who was last)"
    )


def test_schedules_that_share_a_channel_are_told_apart_and_no_name_breaks_out() -> None:
    alice = Shown("payments", "Web|site", ("alice", "gone"), None, "UTC")

    assert topic_with("", [BOB, alice], NAMES) == (
        "On call: Payments: Bob Okafor until Mon 9 Mar 09:00 CET; Web/site: Alice / (Lee), gone"
    )


def test_names_give_way_before_peoples_words_do() -> None:
    many = Shown("payments", "Payments", tuple(f"p{n}" for n in range(30)), MONDAY, "UTC")
    short = "On call: Somebody Number 0, Somebody Number 1 and 28 more"

    assert topic_with("", [many], NAMES) == f"{short} until Mon 9 Mar 08:00 UTC"
    theirs = "x" * (LONGEST_TOPIC - len(short) - 3)
    assert topic_with(theirs, [many], NAMES) == f"{theirs} | {short}"
    assert topic_with(theirs + "xy", [many], NAMES) is None


@pytest.mark.parametrize(
    ("written", "target"),
    [
        ("@Payments-OnCall", "payments-oncall"),
        (" #payments ", "payments"),
        ("C0123ABCDE", "C0123ABCDE"),
        ("@SUPPORTTEAM", "supportteam"),
        ("", ""),
        ("@", ""),
    ],
)
def test_a_place_by_its_name_or_id(written: str, target: str) -> None:
    assert target_of(written) == target


@given(st.text(st.sampled_from("ab |On call:"), max_size=60), st.booleans())
def test_whatever_people_write_stays_and_a_second_look_changes_nothing(current: str, is_shown: bool) -> None:
    shown = [BOB] if is_shown else []
    once = topic_with(current, shown, NAMES)

    assert once is not None
    assert topic_with(once, shown, NAMES) == once
    assert _theirs(once) == _theirs(current)


def _theirs(topic: str) -> list[str]:
    pieces = [piece.strip() for piece in topic.split("|") if not piece.strip().startswith(MARK)]
    return [piece for piece in pieces if piece]
