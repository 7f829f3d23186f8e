"""The plan of a revert and of a reland: its steps, what refuses it, and each warning."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from test_roll_back import SITE, judged, question

from tocsin.core import facts as f
from tocsin.core.incident import extend
from tocsin.core.people import Person, Roster
from tocsin.core.procedures.declared import Declared, Source
from tocsin.core.procedures.hands import JSON, Seen
from tocsin.core.procedures.plan import Plan, Question
from tocsin.core.procedures.revert import AGAIN, Reland, Revert

SHA = "c" * 40
ABOUT: dict[str, JSON] = {
    "sha": SHA,
    "subject": "Faster sign-in",
    "author": "Joe",
    "parent": 0,
    "followed_count": 0,
}
AUTHOR: JSON = [{"sha": SHA, "name": "Joe", "login": "joe"}]
SAFE = {
    "revert": Seen(ABOUT),
    "suspects": Seen({"suspects": AUTHOR}),
    "protection": Seen({"required_checks": ["ci"], "reviews": 0}),
}


def asked(source: Source | None = None, **changes: Any) -> Question:
    one = question(SITE)
    declared = Declared((SITE,), (source or Source("acme/site", required_checks=("ci",)),))
    return replace(one, target="acme/site", inputs={"commit": "ccccccc"}, declared=declared, **changes)


def plan(one: Question, about: dict[str, Any] | None = None, **seen: Seen) -> Plan:
    return Revert().plan(one, {**SAFE, "revert": Seen({**ABOUT, **(about or {})}), **seen})


def test_a_branch_a_pull_request_and_the_merge_on_green_at_exactly_that_commit():
    made = plan(asked())

    assert [step.hand for step in made.steps] == [
        "git.revert",
        "github.pull_request",
        "github.merge_on_green",
    ]
    assert made.steps[1].inputs["branch_from"] == "revert.branch"
    assert made.steps[2].inputs["head_sha_from"] == "revert.sha"
    assert made.steps[2].inputs["checks"] == ["ci"]
    assert "without waiting for the review" in made.steps[2].title
    assert (made.verdict, made.warnings, made.refusals) == ("safe", (), ())


def test_the_author_is_found_by_the_directory_of_people():
    people = Roster({"joe": Person("joe", "Joe", email="Joe@acme.example", github="joe-gh")})

    made = plan(asked(roster=people))

    assert made.steps[1].inputs["people"] == {"joe@acme.example": "joe-gh"}


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ({"is_revert": True}, "ccccccc is itself a revert"),
        (
            {"followed_count": 2, "followed_by": [{"sha": "d" * 40}, {"sha": "e" * 40}]},
            "2 later commits change the same files (ddddddd, eeeeeee): they may depend on it",
        ),
        ({"migrations": ["migrations/3_x.up.sql"]}, "ccccccc contains a migration (migrations/3_x.up.sql)"),
    ],
)
def test_warns_of_what_makes_a_revert_risky(about: dict[str, Any], words: str):
    made = plan(asked(), about)

    assert words in made.warnings[0]
    assert made.verdict == "warned"


def test_warns_where_the_author_can_t_be_found_and_asks_the_fallback_team():
    source = Source("acme/site", required_checks=("ci",), fallback_team="acme/stampers")

    made = plan(asked(source), suspects=Seen({"suspects": [{"name": "Joe", "login": ""}]}))

    assert made.warnings == (
        "its author (Joe) can't be found on GitHub, and may have left: acme/stampers is asked for the review",
    )


def test_warns_where_no_check_is_required_since_nothing_would_be_waited_for():
    made = plan(asked(Source("acme/site")), protection=Seen({"required_checks": [], "reviews": 0}))

    assert "no check is required for main" in made.warnings[0]


def test_refuses_while_the_bad_deploy_is_live_unless_somebody_writes_down_why():
    one = asked()
    incident = extend(one.incident, [f.Fact(2, one.now, "tocsin", "engine", judged())])

    made = plan(replace(one, incident=incident))

    assert made.refusals == ("v2 with that commit is live on site: roll that back first",)
    assert made.overridable


def test_goes_on_once_the_deploy_was_rolled_back():
    one = asked()
    facts: list[f.What] = [
        judged(),
        f.ProcedureAsked("P1", "roll-back", "target", "site", "why"),
        f.ProcedureVerified("P1", ()),
    ]
    incident = extend(
        one.incident, [f.Fact(n, one.now, "bob", "web", what) for n, what in enumerate(facts, 2)]
    )

    assert plan(replace(one, incident=incident)).refusals == ()


def test_of_a_repository_that_is_not_on_github_only_the_branch_is_made():
    source = Source("acme/site", remote="https://git.example/site.git")
    one = asked(source)

    made = plan(one)

    assert [look.hand for look in Revert().looks(one, {"revert": Seen(ABOUT)})] == ["git.revert"]
    assert [step.hand for step in made.steps] == ["git.revert"]
    assert "only the branch is made, people merge it" in made.warnings[0]


def test_a_reland_reverts_the_revert_and_says_that_merging_again_does_nothing():
    one = replace(asked(), inputs={"revert": "ccccccc"})

    made = Reland().plan(one, {**SAFE, "reland": Seen({**ABOUT, "merging_again_does_nothing": True})})

    assert [step.hand for step in made.steps] == [
        "git.reland",
        "github.pull_request",
        "github.merge_on_green",
    ]
    assert AGAIN in made.reasons


def test_words_of_a_private_incident_stay_in_the_house():
    one = asked()

    made = plan(replace(one, incident=replace(one.incident, private=True)))

    assert [step.inputs.get("private") for step in made.steps] == [True, True, None]
