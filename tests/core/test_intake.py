"""Which messages open an incident: words as people write them, the first rule that fits, and how many people it takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.acts.building import handbook_text
from tocsin.core.handbook_text import read_handbook
from tocsin.core.intake import (
    Ignored,
    IntakeRule,
    Kept,
    Message,
    Opens,
    Waits,
    decide,
    has_word,
    kind_by_words,
    longest_span,
)

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SHIPPED = read_handbook(handbook_text(None)).intake
CROWD = IntakeRule("crowd", words=("*",), many=3, within=10 * MINUTE)


def mention(text: str = "hm?", sender: str = "@jane", key: str = "1", source: str = "x") -> Message:
    return Message(source, text, sender, NOON, key=key)


def kept(
    n: int, sender: str, *, ago: float = 1, state: str = "waiting", rule: str = "", ref: str = ""
) -> Kept:
    at = NOON - timedelta(minutes=ago)
    return Kept("x", "hm?", sender, at, id=n, key=f"k{n}", state=state, rule=rule, ref=ref)


WORDS = [
    ("@acme is DOWN", True, "case does not matter"),
    ("@acme down?", True, "nor does what stands beside it"),
    ("#down again", True, "nor a hash"),
    ("the countdown begins", False, "a part of a word is another word"),
    ("download is great", False, "and so is a word's beginning"),
    ("I can’t sign in", True, "a printer's apostrophe is one"),
    ("I can't sign in", True, "and so is a typewriter's"),
    ("it is not\n  working", True, "a phrase may be broken over lines"),
    ("error 500.", True, "a number"),
    ("5000 happy users", False, "a longer number is another one"),
    ("", False, "nothing was said"),
]


@pytest.mark.parametrize(("text", "fits", "reason"), WORDS, ids=[row[2] for row in WORDS])
def test_words_are_found_as_a_whole_however_they_are_written(text: str, fits: bool, reason: str) -> None:
    assert has_word(text, ("down", "can't", "not working", "500")) is fits, reason


SHIPPED_CASES = [
    (mention("@acme I can't sign in any more, it says error 500. Anyone else?"), Opens("outcry"), "broken"),
    (mention("@acme what a lovely logo"), Waits(), "praise waits"),
    (Message("email", "hello", "joe@customer.example", NOON), Opens("letter"), "every letter"),
    (
        Message("github", "Typo in the docs", "joe", NOON, title="Typo", calls=False),
        Ignored("other-issues"),
        "an issue like any other",
    ),
    (
        Message("github", "help", "joe", NOON, title="Sign-in is down", calls=False),
        Waits("issue-of-an-outage"),
        "an issue that sounds like an outage",
    ),
    (
        Message("github", "help", "joe", NOON, title="Typo", labels=("Incident",), calls=False),
        Opens("labelled"),
        "a labelled issue",
    ),
    (Message("github", "@tocsin look", "joe", NOON, title="Typo"), Opens("called"), "a call"),
    (mention("@acme is down, were you hacked?"), Opens("security-report", "security"), "a hacked X"),
    (
        Message("email", "Your tokens were leaked", "joe@customer.example", NOON),
        Opens("security-report", "security"),
        "a leak by mail",
    ),
    (
        Message("github", "a leak of tokens", "joe", NOON, title="Help", labels=("incident",), calls=False),
        Opens("security-labelled", "security"),
        "a leak that is labelled",
    ),
    (
        Message("github", "@tocsin a vulnerability", "joe", NOON, title="Help"),
        Opens("security-called", "security"),
        "a call for a vulnerability",
    ),
    (
        Message("github", "help", "joe", NOON, title="You were hacked", calls=False),
        Waits("issue-of-an-outage"),
        "an issue that sounds like a break-in",
    ),
]


@pytest.mark.parametrize(
    ("message", "decision", "reason"), SHIPPED_CASES, ids=[row[2] for row in SHIPPED_CASES]
)
def test_the_shipped_rules(message: Message, decision: object, reason: str) -> None:
    assert decide(message, [], SHIPPED) == decision, reason


def test_without_any_rule_everything_opens_an_incident() -> None:
    assert decide(mention(), [], ()) == Opens()


def test_the_first_rule_that_fits_decides() -> None:
    rules = [
        IntakeRule("bots", senders=("@bot",), does="ignores"),
        IntakeRule("all", words=("*",), kind="security"),
    ]

    assert decide(mention(sender="@Bot"), [], rules) == Ignored("bots")
    assert decide(mention(), [], rules) == Opens("all", "security")


LEAKS = [
    ("There is a data leak in your export", True),
    ("We found leaked credentials of yours", True),
    ("I saw a leaked API token on a forum", True),
    ("Your signing key was leaked", True),
    ("Leaked passwords of your customers", True),
    ("The export leaks customer data", True),
    ("A leak of tokens", True),
    ("The desktop app has a memory leak", False),
    ("There is a leak in the roof of your office", False),
    ("The worker leaks memory and file handles", False),
    ("Leaky bucket limit reached", False),
]


@pytest.mark.parametrize(("text", "private"), LEAKS, ids=[row[0] for row in LEAKS])
def test_a_leak_is_private_only_where_it_is_one_of_secrets(text: str, private: bool) -> None:
    mail = Message("email", text, "joe@customer.example", NOON)
    issue = Message("github", text, "joe", NOON, title="Help", labels=("incident",), calls=False)

    assert [decide(one, [], SHIPPED) for one in (mail, issue)] == [
        Opens("security-report", "security") if private else Opens("letter"),
        Opens("security-labelled", "security") if private else Opens("labelled"),
    ]


SENDERS = [
    ("joe@customer.example", ("@customer.example",), True, "everybody of a domain"),
    ("joe@other.example", ("@customer.example",), False, "nobody of another"),
    ("@jane", ("jane",), True, "with or without the sign"),
    ("jane", ("@Jane",), True, "in any case"),
    ("janet", ("jane",), False, "not who is called alike"),
]


@pytest.mark.parametrize(("sender", "wanted", "fits", "reason"), SENDERS, ids=[row[3] for row in SENDERS])
def test_senders_are_people_or_whole_domains(
    sender: str, wanted: tuple[str, ...], fits: bool, reason: str
) -> None:
    message = Message("email", "hm", sender, NOON)

    assert (decide(message, [], [IntakeRule("r", senders=wanted)]) == Opens("r")) is fits, reason
    assert (decide(message, [], [IntakeRule("r", words=("*",), not_senders=wanted)]) == Waits()) is fits, (
        reason
    )


def test_a_rule_that_counts_fits_once_so_many_different_people_have_written() -> None:
    recent = [kept(1, "@joe"), kept(2, "@Joe"), kept(3, "@jane")]

    assert decide(mention(), recent, [CROWD]) == Waits()
    assert decide(mention(sender="@max"), recent, [CROWD]) == Opens("crowd", counted=(1, 2, 3))


def test_what_is_older_than_the_rules_span_is_not_counted() -> None:
    recent = [kept(1, "@joe", ago=10.1), kept(2, "@max", ago=9)]

    assert decide(mention(), recent, [CROWD]) == Waits()
    assert decide(mention(), [*recent, kept(3, "@joe", ago=10)], [CROWD]) == Opens("crowd", counted=(2, 3))


def test_who_comes_when_enough_were_counted_joins_what_that_made() -> None:
    recent = [
        kept(1, "@joe", state="joined", rule="crowd", ref="INC-4"),
        kept(2, "@max", state="opened", rule="crowd", ref="INC-4"),
        kept(3, "@mia", state="opened", rule="other", ref="INC-5"),
    ]

    assert decide(mention(), recent, [CROWD]) == Opens("crowd", joins="INC-4")


def test_what_was_put_aside_is_not_counted() -> None:
    recent = [kept(1, "@joe", state="aside"), kept(2, "@max")]

    assert decide(mention(), recent, [CROWD]) == Waits()


def test_the_longest_span_is_that_of_the_rules_that_count() -> None:
    assert longest_span([]) == timedelta(0)
    assert longest_span([CROWD, replace(CROWD, within=MINUTE)]) == 10 * MINUTE


texts = st.text(max_size=40)
names = st.sampled_from(["@joe", "@jane", "@max", "@mia"])
rules = st.builds(
    IntakeRule,
    id=st.sampled_from(["a", "b", "c"]),
    sources=st.lists(st.sampled_from(["x", "github"]), max_size=1).map(tuple),
    words=st.lists(st.one_of(st.just("*"), texts), max_size=3).map(tuple),
    labels=st.lists(texts, max_size=2).map(tuple),
    senders=st.lists(names, max_size=2).map(tuple),
    many=st.integers(1, 3),
    within=st.just(10 * MINUTE),
    does=st.sampled_from(["opens", "waits", "ignores"]),
)
messages = st.builds(mention, texts, names, st.just("new"), st.sampled_from(["x", "github"]))
recents = st.lists(
    st.builds(
        kept, st.integers(1, 99), names, ago=st.floats(0, 20), state=st.sampled_from(["waiting", "aside"])
    ),
    max_size=8,
)


@given(messages, recents, st.lists(rules, max_size=5))
def test_whatever_is_said_something_becomes_of_it_and_only_what_waits_comes_along(
    message: Message, recent: list[Kept], given_rules: list[IntakeRule]
) -> None:
    decision = decide(message, recent, given_rules)

    assert isinstance(decision, Opens | Waits | Ignored)
    assert decision.rule in {"", *(rule.id for rule in given_rules)}
    waiting = {one.id for one in recent if one.state == "waiting" and one.source == message.source}
    assert not isinstance(decision, Opens) or set(decision.counted) <= waiting


@given(messages, recents, st.lists(rules, min_size=1, max_size=4), rules)
def test_a_further_rule_behind_the_others_changes_nothing_that_they_decide(
    message: Message, recent: list[Kept], given_rules: list[IntakeRule], further: IntakeRule
) -> None:
    before = decide(message, recent, given_rules)
    after = decide(message, recent, [*given_rules, further])

    assert before in (after, Waits())


@given(texts.filter(lambda text: any(c.isalnum() for c in text)), texts, texts)
def test_a_word_is_found_between_any_others(word: str, before: str, after: str) -> None:
    assert has_word(f"{before} {word} {after}", (word,))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("We were hacked, customer data leaked", "security"),
        ("There is a security hole in the admin panel", "security"),
        ("sign-in is down for everybody", ""),
        ("the roof leaks", ""),
        ("", ""),
    ],
)
def test_the_words_of_a_report_mean_a_kind_whatever_its_door(text: str, kind: str) -> None:
    assert kind_by_words(text, SHIPPED) == kind


def test_a_rule_that_counts_or_names_senders_or_takes_anything_says_nothing_of_words() -> None:
    for rule in (
        IntakeRule("many", words=("down",), many=3, kind="k"),
        IntakeRule("who", words=("down",), senders=("@jane",), kind="k"),
        IntakeRule("any", words=("*",), kind="k"),
        IntakeRule("waits", words=("down",), does="waits", kind="k"),
    ):
        assert kind_by_words("it is down", [rule]) == ""
    assert kind_by_words("it is down", [IntakeRule("w", words=("down",), kind="k")]) == "k"
