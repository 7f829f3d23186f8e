"""Which pager has an incident's alert, and whom it reaches there."""

from __future__ import annotations

import pytest

from tocsin.core.facts_paging import OURS, KeptPager
from tocsin.core.pagers import chosen_pager, paged_outside, pager_again, pager_for, pager_words
from tocsin.core.people import Person, Roster
from tocsin.errors import Invalid

LINKED = frozenset({"pager:opsgenie", "pager:pagerduty", "page:slack"})
FOR_ALL = LINKED | {"pager-for-all:opsgenie"}
PEOPLE = {handle: Person(handle, handle) for handle in ("alice", "bob", "carol")}
TEAMS = {"ops": ("bob",), "web": ("alice", "carol")}
SHIFTS = (("ops", ("bob",)), ("web", ("alice",)))


def roster(**pagers: str) -> Roster:
    return Roster(PEOPLE, TEAMS, ("bob", "alice"), pagers=pagers, shifts=SHIFTS if pagers else ())


@pytest.mark.parametrize(
    ("pagers", "abilities", "targets", "kept", "outside"),
    [
        ({}, LINKED, ("on-call",), OURS, set()),
        ({}, FOR_ALL, ("on-call",), KeptPager("opsgenie"), {"bob", "alice"}),
        ({}, FOR_ALL, ("person:carol",), KeptPager("opsgenie"), {"carol"}),
        ({"ops": "pagerduty"}, LINKED, ("on-call",), KeptPager("pagerduty", "ops"), {"bob"}),
        ({"ops": "pagerduty:Ops"}, LINKED, ("team:ops",), KeptPager("pagerduty", "ops", "Ops"), {"bob"}),
        ({"ops": "pagerduty"}, LINKED, ("team:web",), OURS, set()),
        ({"ops": "pagerduty"}, LINKED, ("person:bob",), OURS, set()),
        ({"ops": "own"}, FOR_ALL, ("team:ops",), OURS, set()),
        ({"ops": "own"}, FOR_ALL, ("on-call",), KeptPager("opsgenie"), {"alice"}),
        (
            {"ops": "pagerduty", "web": "opsgenie"},
            LINKED,
            ("on-call",),
            KeptPager("pagerduty", "ops"),
            {"bob"},
        ),
        ({"ops": "pagerduty"}, frozenset({"page:slack"}), ("on-call",), OURS, set()),
        ({"ops": "pagerduty"}, LINKED, (), OURS, set()),
    ],
    ids=[
        "nobody chose one",
        "one is everybody's",
        "a person without a team has that of all",
        "by a schedule of the team",
        "by the team itself, with its name there",
        "another team's pager is not theirs",
        "a person is paged by us",
        "a team that is paged by us, whatever all have",
        "the others still have that of all",
        "the first of two has the alert",
        "a service that is linked no longer",
        "no policy",
    ],
)
def test_the_pager_is_that_of_the_first_team_reached(
    pagers: dict[str, str],
    abilities: frozenset[str],
    targets: tuple[str, ...],
    kept: KeptPager,
    outside: set[str],
) -> None:
    who = roster(**pagers)

    assert pager_for(targets, who, abilities) == kept
    if kept.via:
        assert paged_outside(kept, targets, who, abilities) == outside


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("", ""),
        (" Own ", "own"),
        ("PagerDuty", "pagerduty"),
        ("opsgenie: Web Team ", "opsgenie:Web Team"),
    ],
)
def test_a_choice_is_kept_clean(said: str, kept: str) -> None:
    assert chosen_pager(said, LINKED) == kept


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("splunk", "splunk is no pager that is linked here: write own or opsgenie or pagerduty"),
        ("own:web", "own is no pager"),
        ("opsgenie:", "opsgenie: ends early: write opsgenie, or opsgenie:WHAT THE TEAM IS CALLED THERE"),
        ("x" * 201, "pager has 201 characters"),
    ],
)
def test_a_choice_that_can_t_be_is_refused_by_name(said: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        chosen_pager(said, LINKED)


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ("", ""),
        ("own", "Paged by Tocsin"),
        ("opsgenie:Web", "Paged by opsgenie:Web"),
        ("splunk", "Paged by splunk, which is not linked: Tocsin pages instead"),
    ],
)
def test_a_page_says_what_a_team_keeps(choice: str, words: str) -> None:
    assert pager_words(choice, LINKED) == words


@pytest.mark.parametrize(
    ("kept", "pagers", "now"),
    [
        (KeptPager("opsgenie"), {}, KeptPager("opsgenie")),
        (KeptPager("opsgenie"), {"ops": "pagerduty"}, KeptPager("pagerduty", "ops")),
        (KeptPager("opsgenie", "ops"), {"ops": "pagerduty"}, KeptPager("pagerduty", "ops")),
        (KeptPager("opsgenie", "ops"), {"ops": "own"}, OURS),
        (KeptPager("opsgenie", "ops"), {}, OURS),
        (OURS, {}, OURS),
    ],
    ids=["that of all stays", "one chose", "it changed", "it left", "it says nothing any more", "ours"],
)
def test_what_is_opened_again_has_the_pager_of_now(
    kept: KeptPager, pagers: dict[str, str], now: KeptPager
) -> None:
    assert pager_again(kept, ("team:ops",), roster(**pagers), LINKED) == now
