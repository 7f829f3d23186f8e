"""Whether Tocsin takes a commit back by itself: each reason against it by name, and that nothing goes through with one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.core import facts as f
from tocsin.core.case import Case
from tocsin.core.facts import TOCSIN, Fact
from tocsin.core.folding import extend, fold
from tocsin.core.handbook import Approval, Handbook
from tocsin.core.handbook_text import read_handbook
from tocsin.core.incident import Incident
from tocsin.core.procedures.auto_revert import ASKS, NO, YES, Today, begun, enabled_for, judged
from tocsin.core.procedures.declared import Declared, Source, Target
from tocsin.core.procedures.declared_reverts import AutomaticRevert

NOW: Final = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SITE, BAD, GREEN, OTHER = "acme/site", "b" * 40, "a" * 40, "c" * 40
NONE_YET: Final = Today()
MAY: Final = AutomaticRevert(enabled=True, merges=True, exempt_authors=("renovate[bot]",))
SHIPPED: Final = read_handbook(files("tocsin.handbooks").joinpath("default.toml").read_text())
ONE: Final = {
    "sha": BAD,
    "at": (NOW - timedelta(hours=1)).isoformat(),
    "author": "Bob",
    "email": "bob@acme.example",
    "parents": [{"sha": GREEN}],
    "is_revert": False,
    "followed_count": 0,
    "migrations": [],
}
WHO: Final = {"sha": BAD, "login": "bob", "labels": ["bug"], "pull_request": 7}
WEBSITE: Final = Target("website", "website", repository="acme/deploy", source=SITE)


def handbook(*, automatic: bool = True, persons: int = 1) -> Handbook:
    rule = Approval("revert", persons=persons, automatic=automatic)
    return replace(SHIPPED, approvals=(rule,))


def red(*shas: str) -> f.BuildRed:
    suspects = tuple(f.Suspect(sha, "Change", "Bob", "https://ci/1") for sha in shas)
    return f.BuildRed(SITE, "main", "CI", 3, suspects, GREEN, "", "actions/1")


def asked(**changes: Any) -> f.BuildRerunAsked:
    one = f.BuildRerunAsked(
        rerun="B1",
        repository=SITE,
        branch="main",
        workflow="CI",
        stream="actions/1",
        build=11,
        attempt=1,
        failed_at=NOW - timedelta(minutes=50),
        sha=BAD,
        title="Change",
        url="https://ci/1",
        via="github",
        until=NOW + timedelta(hours=1),
        last_green=GREEN,
        automatic=True,
    )
    return replace(one, **changes)


def case_of(*whats: f.What, book: Handbook | None = None, **declared: Any) -> Case:
    """An incident of a broken build in which these things happened, all by Tocsin."""
    first = f.Declared("INC-7", "main is broken", "broken-build", "high", "", **declared)
    facts = [Fact(n, NOW, TOCSIN, "engine", what) for n, what in enumerate((first, *whats), 1)]
    return Case(fold(facts), book or handbook(), NOW)


def after_red_again(*more: f.What, rerun: f.BuildRerunAsked | None = None, **declared: Any) -> Case:
    return case_of(red(BAD, OTHER), rerun or asked(), f.BuildRerunEnded("B1", "red"), *more, **declared)


def began(case: Case, rule: AutomaticRevert = MAY, today: Today = NONE_YET) -> list[f.What]:
    return begun(case, case.incident.reruns[0], Source(SITE, automatic_revert=rule), today)


def planned_case(case: Case, one: dict[str, Any] | None = None, **plan: Any) -> Case:
    """The same with the plan, which saw this of the commit."""
    question = began(case)[0]
    seen = {"revert": {**ONE, **(one or {})}, "suspects": {"suspects": [{**WHO, **plan.pop("who", {})}]}}
    made = f.ProcedurePlanned("P1", (), "safe", seen={**seen, **plan.pop("looks", {})}, **plan)
    n = len(case.incident.facts)
    return replace(
        case,
        incident=extend(
            case.incident,
            [
                Fact(n + 1, NOW, TOCSIN, "engine", question),
                Fact(n + 2, NOW, TOCSIN, "engine", made),
            ],
        ),
    )


def said(
    case: Case, rule: AutomaticRevert = MAY, today: Today = NONE_YET, *targets: Target, held: str = ""
) -> f.RevertJudged:
    facts = judged(
        case, case.incident.runs[0], Declared(targets, (Source(SITE, automatic_revert=rule),)), today, held
    )
    assert isinstance(facts[0], f.RevertJudged)
    assert (len(facts) == 3) == (facts[0].said == YES), "nothing is started without a yes"
    return facts[0]


# --- once it was red again --------------------------------------------------------------------------------------------------


def test_a_commit_that_was_red_twice_is_planned_to_be_taken_back_and_merged():
    (fact,) = began(after_red_again())

    assert fact == f.ProcedureAsked(
        "P1",
        "revert",
        "source",
        SITE,
        "CI failed on main at bbbbbbbbbb, and failed again when it was run once more; before it, at aaaaaaaaaa, it passed",
        {"commit": BAD, "parent": "1"},
    )


@pytest.mark.parametrize(
    ("rule", "today"),
    [(replace(MAY, merges=False), Today()), (MAY, Today(created=5, merged=4))],
    ids=["not declared", "as many as are allowed"],
)
def test_where_no_more_are_to_be_merged_the_pull_request_is_left_open(rule: AutomaticRevert, today: Today):
    (fact,) = began(after_red_again(), rule, today)

    assert isinstance(fact, f.ProcedureAsked)
    assert fact.inputs["merge"] == "no"


IN_THE_WAY = [
    (after_red_again(f.BuildGreen(SITE, "main", "CI", OTHER, "", "actions/1")), "CI is green again"),
    (after_red_again(red(OTHER)), "cccccccccc is the oldest suspect now"),
    (after_red_again(rerun=asked(last_green="")), "no green build is known before it"),
    (after_red_again(private=True), "INC-7 is private"),
    (after_red_again(f.Resolved("mended", "seen")), "INC-7 is over"),
    (
        after_red_again(f.ProcedureAsked("P1", "revert", "source", SITE, "x", {"commit": OTHER})),
        "P1 is about a revert there already",
    ),
]


@pytest.mark.parametrize(("case", "why"), IN_THE_WAY, ids=[why for _, why in IN_THE_WAY])
def test_what_is_in_the_way_is_said_and_nothing_is_planned(case: Case, why: str):
    (fact,) = began(case)

    assert isinstance(fact, f.RevertJudged)
    assert (fact.said, len(fact.reasons)) == (NO, 1)
    assert why in fact.reasons[0]


@pytest.mark.parametrize("outcome", ["green", "unfinished", "refused"])
def test_a_flake_or_what_is_not_confirmed_is_never_reverted(outcome: str):
    assert began(case_of(red(BAD), asked(), f.BuildRerunEnded("B1", outcome))) == []


def test_it_is_planned_once():
    case = planned_case(after_red_again())

    assert began(case) == []


# --- once the plan is there -------------------------------------------------------------------------------------------------


def test_all_that_speaks_for_it_is_a_yes_which_names_what_lets_it():
    case = planned_case(after_red_again())
    declared = Declared((), (Source(SITE, automatic_revert=MAY),))

    yes, approved, started = judged(case, case.incident.runs[0], declared, Today())

    assert isinstance(yes, f.RevertJudged)
    assert (yes.said, yes.merges) == (YES, True)
    assert isinstance(approved, f.ProcedureApproved)
    assert approved.people == ()
    assert approved.automatic == (
        f"[source.automatic_revert] of acme/site in the file that TOCSIN_PROCEDURES names, and the handbook"
        f" {SHIPPED.name} {SHIPPED.version}"
    )
    assert started == f.ProcedureStarted("P1")


@pytest.mark.parametrize("book", [SHIPPED, handbook(automatic=False)], ids=["as shipped", "one person"])
def test_where_the_handbook_wants_a_person_it_asks_and_starts_nothing(book: Handbook):
    case = replace(planned_case(after_red_again()), handbook=book)

    assert said(case).said == ASKS


AGAINST: list[tuple[str, dict[str, Any], str]] = [
    ("a revert", {"one": {"is_revert": True}}, "bbbbbbbbbb is a revert itself: a revert of a revert is for people"),
    ("a migration", {"one": {"migrations": ["migrations/2.sql"]}}, "it contains a migration: migrations/2.sql"),
    ("dependents", {"one": {"followed_count": 2}}, "2 later commits may depend on it"),
    ("bunched", {"one": {"parents": [{"sha": OTHER}]}}, "more commits than bbbbbbbbbb came with the build"),
    ("merge of others", {"one": {"parents": [{"sha": OTHER}, {"sha": GREEN}]}}, "more commits than bbbbbbbbbb"),
    ("no parent", {"one": {"parents": []}}, "more commits than bbbbbbbbbb came with the build"),
    ("old", {"one": {"at": (NOW - timedelta(hours=25)).isoformat()}}, "bbbbbbbbbb is older than 1 day"),
    ("label", {"who": {"labels": ["Autorevert: Disable"]}}, "#7 bears the label “autorevert: disable”"),
    ("exempt", {"who": {"login": "Renovate[bot]"}}, "renovate[bot] wrote it"),
    ("conflict", {"refusals": ("taking it back conflicts",)}, "taking it back conflicts"),
    ("deployed", {"refusals": ("it is deployed still",), "overridable": True}, "it is deployed still"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "seen", "why"), AGAINST, ids=[row[0] for row in AGAINST])
def test_each_reason_against_it_is_told_by_name(name: str, seen: dict[str, Any], why: str):
    one = seen.pop("one", None) if (seen := dict(seen)) else None

    fact = said(planned_case(after_red_again(), one, **seen))

    assert (fact.said, fact.run, len(fact.reasons)) == (NO, "P1", 1), fact
    assert fact.reasons[0].startswith(why)


def test_all_reasons_are_told_at_once():
    case = planned_case(after_red_again(), {"is_revert": True, "migrations": ["m.sql"]}, who={"labels": []})

    assert len(said(case, MAY, Today(created=10, merged=4)).reasons) == 4


LIMITS = [
    (Today(10, 0), "10 were made within 24 hours, and no more than 10 are allowed"),
    (Today(4, 4), "4 were merged within 24 hours, and no more than 4 are allowed"),
]


@pytest.mark.parametrize(("today", "why"), LIMITS)
def test_over_a_limit_of_the_day_it_is_left_to_people(today: Today, why: str):
    assert said(planned_case(after_red_again()), MAY, today).reasons == (why,)


@pytest.mark.parametrize(
    ("looks", "reasons"),
    [
        ({"live-website": {"contains": False}}, ()),
        ({"live-website": {"unknown": "no clone"}}, ("whether it is live on website can't be seen: no clone",)),
        ({}, ("whether it is live on website can't be seen",)),
        (
            {"deployed-website": {"unknown": "GitHub is down"}},
            ("whether it is live on website can't be seen: GitHub is down",),
        ),
    ],
    ids=["not live", "not looked", "nothing known", "no answer"],
)  # fmt: skip
def test_it_has_to_be_seen_that_the_commit_is_not_deployed(looks: dict[str, Any], reasons: tuple[str, ...]):
    fact = said(planned_case(after_red_again(), looks=looks), MAY, Today(), WEBSITE)

    assert (fact.said, fact.reasons) == ((NO, reasons) if reasons else (YES, fact.reasons))


def test_what_moved_on_while_it_was_planned_is_a_no():
    case = planned_case(after_red_again())
    n = len(case.incident.facts) + 1
    green = f.BuildGreen(SITE, "main", "CI", OTHER, "", "actions/1")
    case = replace(case, incident=extend(case.incident, [Fact(n, NOW, "github", "github", green)]))

    assert said(case).reasons == ("CI is green again",)


def test_an_incident_that_has_become_private_is_left_to_people():
    case = planned_case(after_red_again())
    n = len(case.incident.facts) + 1
    private = Fact(n, NOW, "alice", "web", f.KindChanged("broken-build", "security", "a leak", private=True))
    case = replace(case, incident=extend(case.incident, [private]))

    assert said(case).reasons == ("INC-7 is private: people decide there",)


def test_where_it_is_declared_no_more_it_is_a_no():
    case = planned_case(after_red_again())

    (fact,) = judged(case, case.incident.runs[0], Declared((), (Source(SITE),)), Today())

    assert isinstance(fact, f.RevertJudged)
    assert fact.reasons == ("the operators' file does not let Tocsin revert in acme/site any more",)


def test_a_plan_that_people_have_said_yes_to_is_theirs():
    case = planned_case(after_red_again())
    n = len(case.incident.facts) + 1
    yes = Fact(n, NOW, "alice", "web", f.ProcedureAgreed("P1", "alice"))
    case = replace(case, incident=extend(case.incident, [yes]))

    assert judged(case, case.incident.runs[0], Declared((), (Source(SITE, automatic_revert=MAY),)), Today()) == []  # fmt: skip


def test_a_plan_of_people_is_none_of_tocsins():
    person = Fact(5, NOW, "alice", "web", f.ProcedureAsked("P1", "revert", "source", SITE, "x", {"commit": BAD}))  # fmt: skip
    planned = Fact(6, NOW, TOCSIN, "engine", f.ProcedurePlanned("P1", (), "safe"))
    case = after_red_again()
    incident: Incident = extend(case.incident, [person, planned])

    assert judged(replace(case, incident=incident), incident.runs[0], Declared(), Today()) == []


def test_only_the_declared_branch_of_an_enabled_source_counts():
    on, off = Source(SITE, automatic_revert=MAY), Source("acme/api")
    declared = Declared((), (on, off))

    assert enabled_for(declared, SITE, "main") is on
    assert enabled_for(declared, SITE, "release") is None
    assert enabled_for(declared, "acme/api", "main") is None
    assert enabled_for(declared, "acme/else", "main") is None


@settings(max_examples=60, deadline=None)
@given(
    is_revert=st.booleans(),
    followed=st.integers(0, 2),
    migrations=st.lists(st.just("m.sql"), max_size=1),
    parent=st.sampled_from([GREEN, OTHER]),
    hours=st.integers(0, 48),
    labels=st.lists(st.sampled_from(["bug", "autorevert: disable"]), max_size=2),
    created=st.integers(0, 12),
    merged=st.integers(0, 6),
)
def test_it_says_yes_only_where_nothing_at_all_speaks_against_it(
    is_revert: bool, followed: int, migrations: list[str], parent: str, hours: int, labels: list[str], created: int, merged: int
):  # fmt: skip
    one = {
        "is_revert": is_revert,
        "followed_count": followed,
        "migrations": migrations,
        "parents": [{"sha": parent}],
        "at": (NOW - timedelta(hours=hours)).isoformat(),
    }
    case = planned_case(after_red_again(), one, who={"labels": labels})
    harmless = not (is_revert or followed or migrations or "autorevert: disable" in labels)

    fact = said(case, MAY, Today(created, merged))

    fits = harmless and parent == GREEN and hours <= 24 and created < 10 and merged < 4
    assert (fact.said == YES) == fits
