"""Opsgenie's words as they are read: which text is which command, and what is an alert. Pure."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.integrations.slack.genie import TABLE, WORDS, grammar
from tocsin.integrations.slack.genie.grammar import About, Alert, Closing, Priority, Turn
from tocsin.integrations.slack.grammar import first_word

HOUR = timedelta(hours=1)
WORD = st.text(st.characters(categories=("L",)), min_size=1, max_size=8).filter(
    lambda word: word.lower() not in ("for", "with", "to", "on", "because", "alert", "me", "all")
)
TEXT = st.lists(WORD, min_size=1, max_size=5).map(" ".join)
NUMBERS = st.lists(st.integers(1, 9999), min_size=1, max_size=4, unique=True)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("sign-in is down with ops_team", Alert("sign-in is down", ("ops_team",))),
        ('alert "down for all users" for ops_team', Alert("down for all users", ("ops_team",))),
        (
            "alert down for all users for ops_team,@bob",
            Alert("down for all users", ("ops_team", "bob"), "for"),
        ),
        ("alert down for [ops_team, dev]", Alert("down", ("ops_team", "dev"))),
        ('alert down for "Bob Okafor", dev', Alert("down", ("Bob Okafor", "dev"))),
        ('a 5" disk fails for ops_team', Alert('a 5" disk fails', ("ops_team",))),
        ("sign-in is down", Alert("sign-in is down", ())),
        ("“help wanted for search” with ops_team", Alert("help wanted for search", ("ops_team",))),
        ("for ops_team", Alert("", ("ops_team",))),
        ("", Alert("", ())),
    ],
)
def test_an_alert_splits_at_the_last_with_or_for_outside_of_quotes(text: str, read: Alert) -> None:
    assert grammar.alert(text) == read


@pytest.mark.parametrize(
    ("text", "is_command"),
    [
        ("ack", True),
        ("ack 12 #13, INC-14", True),
        ("ack of the alarm is late for ops_team", False),
        ("close everything that burns for ops_team", False),
        ("close 12 because rolled back | the check is green", True),
        ("own 12", True),
        ("assign 12 to @bob", True),
        ("assign work to ops_team", False),
        ("note disk is full to 12", True),
        ("note that sign-in is down for ops_team", False),
        ("addtag db,eu to 12", True),
        ("update priority to P1 for 12", True),
        ("update failed on prod for ops_team", False),
        ("exec answer-post on 12", True),
        ("exec format error on prod for ops_team", False),
        ("ackall", True),
        ("closeall the doors for ops_team", False),
        ("oncall", True),
        ("oncall me 2h for ops_team", True),
        ("oncall rota is empty for ops_team", False),
        ("whoisoncall ops at night", True),
        ("list", True),
        ("list teams", True),
        ("list of users is empty for ops_team", False),
        ("get 12", True),
        ("get requests fail for ops_team", False),
        ("connect", True),
        ("connect fails for all users for ops_team", False),
        ("enable policy 7", True),
        ("disable integration slack", True),
        ("disable the feature for ops_team", False),
    ],
)
def test_what_has_not_the_form_of_a_command_is_an_alert(text: str, is_command: bool) -> None:
    word, rest = first_word(text)

    assert (WORDS[word].read(rest) is not None) is is_command


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", Turn("", HOUR, "")),
        ("me", Turn("", HOUR, "")),
        ("me 90m", Turn("", timedelta(minutes=90), "")),
        ("@bob 2d for all", Turn("bob", timedelta(days=2), "")),
        ("bob@acme.example for ops", Turn("bob@acme.example", HOUR, "ops")),
        ('for "ops at night"', Turn("", HOUR, "ops at night")),
        ("me 0h", None),
        ("bob carol 1h", None),
    ],
)
def test_who_takes_over_for_how_long_and_what(text: str, read: Turn | None) -> None:
    assert grammar.turn(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("12", Closing(("INC-12",))),
        ("", Closing(())),
        ("12 13 because a fix | seen", Closing(("INC-12", "INC-13"), "a fix", "seen")),
        ("12 because a fix", Closing(("INC-12",), "a fix", "")),
        ("because a fix | seen", Closing((), "a fix", "seen")),
        ("the door because it rains", None),
    ],
)
def test_closing_says_how_and_by_what_evidence(text: str, read: Closing | None) -> None:
    assert grammar.closing(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("priority to P1 for 12", Priority(0, "INC-12", "")),
        ("priority to p5 for #12 because only one page", Priority(4, "INC-12", "only one page")),
        ("priority to P6 for 12", None),
        ("priority to P1 for prod", None),
    ],
)
def test_a_priority_counts_from_the_worst(text: str, read: Priority | None) -> None:
    assert grammar.priority(text) == read


def test_a_note_may_hold_its_own_splitting_word() -> None:
    assert grammar.about("rolled back to v41 to 12", "to") == About("rolled back to v41", ("INC-12",))
    assert grammar.about('"back to 41" to 12', "to") == About("back to 41", ("INC-12",))


@given(text=TEXT, team=WORD, by=st.sampled_from(["for", "with", "FOR"]), inner=TEXT)
def test_whatever_stands_before_the_last_for_is_the_message(
    text: str, team: str, by: str, inner: str
) -> None:
    parsed = grammar.alert(f"alert {text} for {inner} {by} {team}")

    assert parsed.description.split() == f"{text} for {inner}".split()
    assert parsed.recipients == (team,)
    assert parsed.keyword == "for"


@given(text=TEXT, inner=TEXT, team=WORD)
def test_quotes_keep_a_message_whole(text: str, inner: str, team: str) -> None:
    parsed = grammar.alert(f'alert "{text} for {inner}" for {team}')

    assert (parsed.description, parsed.recipients) == (f"{text} for {inner}", (team,))
    assert parsed.keyword == ""


@given(
    numbers=NUMBERS,
    form=st.sampled_from(["{}", "#{}", "INC-{}", "inc-{}"]),
    by=st.sampled_from([" ", ", ", ","]),
)
def test_ids_are_read_in_each_of_their_forms(numbers: list[int], form: str, by: str) -> None:
    text = by.join(form.format(number) for number in numbers)

    assert grammar.ids(text) == tuple(f"INC-{number}" for number in numbers)
    assert grammar.ids(f"{text} please") is None


@given(text=st.text(max_size=80))
def test_any_text_is_read_as_something(text: str) -> None:
    """Nothing that is typed makes the grammar fail."""
    for word in TABLE:
        word.read(text)
    assert grammar.alert(text).description is not None


def test_each_word_has_one_line_of_help() -> None:
    assert all(word.usage.startswith(word.word) and word.help for word in TABLE)
    assert len(WORDS) == len(TABLE)
