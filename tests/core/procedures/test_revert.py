"""The plan of a revert and of a reland: its steps, what refuses it, and each warning."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from test_roll_back import SITE, judged, question

from tocsin.core import facts as f
from tocsin.core.folding import extend
from tocsin.core.people import Person, Roster
from tocsin.core.procedures.declared import Declared, Source
from tocsin.core.procedures.hands import JSON, Seen
from tocsin.core.procedures.plan import Plan, Question
from tocsin.core.procedures.reland import NOTHING, Reland
from tocsin.core.procedures.revert import Revert, commit_of

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


JOE = Roster({"joe": Person("joe", "Joe", github="joe")})


def asked(source: Source | None = None, **changes: Any) -> Question:
    one = replace(question(SITE), roster=JOE)
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
    assert made.steps[2].inputs["head_sha_from"] == "pull-request.head_sha"
    assert made.steps[2].inputs["checks"] == ["ci"]
    assert "without waiting" in made.steps[1].title
    assert (made.verdict, made.warnings, made.refusals) == ("safe", (), ())


def test_the_author_is_found_by_the_directory_of_people():
    people = Roster({"joe": Person("joe", "Joe", email="Joe@acme.example", github="joe-gh")})

    made = plan(asked(roster=people))

    assert made.steps[1].inputs["people"] == {"joe@acme.example": "joe-gh"}


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ({"is_revert": True}, "cccccccccc is a revert itself"),
        (
            {"followed_count": 2, "followed_by": [{"sha": d * 40, "subject": d} for d in "de"]},
            "2 later commits may depend on it: dddddddddd “d”, eeeeeeeeee “e”",
        ),
        (
            {"migrations": ["migrations/3_x.up.sql"]},
            "it contains a migration, which a revert does not undo: migrations/3_x.up.sql",
        ),
    ],
)
def test_warns_of_what_makes_a_revert_risky(about: dict[str, Any], words: str):
    made = plan(asked(), about)

    assert words in made.warnings[0]
    assert made.verdict == "warned"


def test_warns_where_the_author_can_t_be_found_and_asks_the_fallback_team():
    source = Source("acme/site", required_checks=("ci",), fallback_team="acme/stampers")

    made = plan(asked(source), suspects=Seen({"suspects": [{"sha": SHA, "name": "Joe", "login": ""}]}))

    assert made.warnings == (
        "Joe can't be found on GitHub: the fallback team is asked to look, if there is one",
    )
    assert made.steps[1].inputs["fallback_team"] == "acme/stampers"


def test_warns_where_the_author_is_not_one_of_us_any_more():
    assert plan(asked(roster=Roster())).warnings == ("Joe (joe) is not in this Tocsin, and may have left",)


def test_warns_where_no_check_is_required_since_nothing_would_be_waited_for():
    made = plan(asked(Source("acme/site")), protection=Seen({"required_checks": [], "reviews": 0}))

    assert "no check is required on main" in made.warnings[0]


def test_refuses_while_the_bad_deploy_is_live_unless_somebody_writes_down_why():
    one = asked()
    incident = extend(one.incident, [f.Fact(2, one.now, "tocsin", "engine", judged())])

    made = plan(replace(one, incident=incident))

    assert made.refusals == ("v2 with that commit is live on site: roll that back first",)
    assert made.overridable


RESTORE = f.PlannedStep("restore", "git.restore", "One commit", {})
BEGUN: list[f.What] = [
    f.ProcedureAsked("P1", "roll-back", "target", "site", "why"),
    f.ProcedurePlanned("P1", (RESTORE,), "safe"),
    f.ProcedureApproved("P1", ("bob",)),
    f.ProcedureStarted("P1"),
]
FROZE: list[f.What] = [
    f.StepDone("P1", "restore", "done", (), {"frozen": ["renovate renovate.json"]}),
    f.UpdatersFrozen("P1", "site", "P1", ("renovate renovate.json",)),
]
ROLLED_BACK: list[f.What] = [*BEGUN, *FROZE, f.ProcedureVerified("P1", ())]


def after(*facts: f.What) -> Question:
    """A question in an incident in which this has happened."""
    one = asked()
    known = [f.Fact(n, one.now, "bob", "web", what) for n, what in enumerate((judged(), *facts), 2)]
    return replace(one, incident=extend(one.incident, known))


def test_goes_on_once_the_deploy_was_rolled_back():
    assert plan(after(*ROLLED_BACK)).refusals == ()


def test_refuses_while_the_roll_back_is_under_way():
    seen = {"live-site": Seen({"contains": False})}

    assert plan(after(*BEGUN), **seen).refusals == ("P1 is rolling site back: wait until that is verified",)


def test_refuses_where_the_roll_back_was_not_verified():
    failed = f.ProcedureFailed("P1", "Watch the pipeline: red", (), ())

    made = plan(after(*BEGUN, *FROZE, failed), **{"live-site": Seen({"contains": False})})

    assert made.refusals == (
        "P1 was to roll site back, and nothing shows that it did: Watch the pipeline: red",
    )
    assert made.overridable


def test_refuses_again_once_it_was_thawed_since():
    thawed = f.UpdatersThawed("P2", "site", "P1")

    assert "roll that back first" in plan(after(*ROLLED_BACK, thawed)).refusals[0]


def test_refuses_again_once_another_deploy_went_out_since():
    one = judged()
    later = replace(one.deploys[0], id="d3", name="v3", at=one.deploys[0].at + timedelta(hours=1))
    forward = replace(one, deploys=(later, *one.deploys), live="d3")

    made = plan(after(*ROLLED_BACK, forward))

    assert made.refusals == ("v3 with that commit is live on site: roll that back first",)


def test_refuses_though_it_was_rolled_back_where_the_look_shows_that_it_is_live():
    made = plan(after(*ROLLED_BACK), **{"live-site": Seen({"contains": True})})

    assert "is deployed to site still" in made.refusals[0]


def test_of_a_repository_that_is_not_on_github_only_the_branch_is_made():
    source = Source("acme/site", remote="https://git.example/site.git")
    one = asked(source)

    made = plan(one)

    assert not [look for look in Revert().looks(one, {"revert": Seen(ABOUT)}) if look.by == "github"]
    assert [step.hand for step in made.steps] == ["git.revert"]
    assert "is not on the linked GitHub: only the branch is made, people merge it" in made.warnings[0]


def test_what_is_deployed_now_says_whether_it_is_live_where_it_can_be_looked_at():
    made = plan(asked(), **{"live-site": Seen({"contains": True})})

    assert made.refusals == (
        "cccccccccc is deployed to site still: roll the deploy back first, since a revert has a long way to go until it is live",
    )
    assert plan(asked(), **{"live-site": Seen({"contains": False})}).refusals == ()


def test_of_several_suspects_somebody_has_to_name_one():
    some: JSON = [
        {
            "sha": d * 40,
            "subject": f"Change {d}",
            "author": "Joe",
            "pull_request": 7,
            "files": [{"path": "a.py"}],
        }
        for d in "de"
    ]
    one = replace(asked(), inputs={})

    made = Revert().plan(one, {"range": Seen({"commits": some})})

    assert made.refusals == ("say which commit is to be taken back: there are 2 suspects",)
    assert made.reasons[0] == "suspect dddddddddd “Change d” by Joe, #7: a.py"


def test_the_only_suspect_is_taken_but_one_that_was_taken_back_is_none():
    some: JSON = [
        {"sha": SHA, "subject": "Faster", "author": "Joe"},
        {"sha": "d" * 40, "subject": "Other", "author": "Joe", "reverted_by": "e" * 40},
    ]
    one = replace(asked(), inputs={})

    assert commit_of(one, {"range": Seen({"commits": some})}) == SHA


def test_a_merge_is_refused_until_somebody_says_which_parent_is_kept():
    parents: JSON = [{"sha": "1" * 40, "subject": "Main"}, {"sha": "2" * 40, "subject": "Topic"}]

    made = plan(asked(), {"merge": True, "parents": parents})

    assert made.refusals == (
        "cccccccccc is a merge: say which parent is kept (1 is 1111111111 “Main”, 2 is 2222222222 “Topic”)",
    )


def test_github_reverts_the_whole_pull_request_where_that_is_asked_for():
    one = asked()

    made = plan(replace(one, inputs={**one.inputs, "by": "github"}), {"pull_request": 12})

    assert [step.hand for step in made.steps][:2] == ["github.revert_pull_request", "git.revert"]
    assert made.steps[0].inputs["number"] == 12
    assert made.steps[1].inputs["unless"] == made.steps[2].inputs["unless"] == "github-revert"


def test_a_reland_reverts_the_revert_and_says_that_merging_again_does_nothing():
    one = replace(asked(), inputs={"revert": "ccccccc", "cause": "the cache"})

    made = Reland().plan(one, {**SAFE, "one": Seen({**ABOUT, "merging_again_does_nothing": True})})

    assert [step.hand for step in made.steps] == ["git.reland", "github.pull_request"]
    assert made.warnings == (NOTHING,)


def test_words_of_a_private_incident_stay_in_the_house():
    one = asked()

    made = plan(replace(one, incident=replace(one.incident, private=True)))

    assert [step.inputs.get("private") for step in made.steps] == [True, True, None]


def test_warns_where_the_branch_asks_for_a_review_and_asks_the_team_besides_the_author():
    made = plan(asked(), protection=Seen({"required_checks": ["ci"], "reviews": 1}))

    assert made.warnings == (
        "main asks for an approving review: it is merged once it has that, and no sooner",
    )
    assert made.steps[1].inputs["ask_team"] is True
    assert made.steps[2].title.endswith("and somebody has approved it")


def test_warns_where_what_is_asked_for_can_t_be_read():
    made = plan(asked(), protection=Seen({"required_checks": ["ci"], "reviews": None}))

    assert made.warnings == (
        "whether main asks for a review can't be read: the token lacks Administration: read",
    )


def test_warns_of_a_merge_queue_which_people_have_to_join():
    made = plan(asked(), protection=Seen({"required_checks": ["ci"], "reviews": 0, "merge_queue": True}))

    assert made.warnings == (
        "main has a merge queue, which Tocsin does not join: people add the pull request to it",
    )
