"""The plan of a thaw: what holds it up, each warning, and what is watched after it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from test_roll_back import NOON, SITE, question

from tocsin.core import facts as f
from tocsin.core.folding import extend
from tocsin.core.procedures.freezing import held_by, let_go
from tocsin.core.procedures.hands import JSON, Seen
from tocsin.core.procedures.plan import Question
from tocsin.core.procedures.unfreeze import NO_FIX, Unfreeze, fix_of

FIX, HEAD, FROZE = "f" * 40, "e" * 40, "d" * 40
RESTORE = f.PlannedStep(
    "restore", "git.restore", "One commit", {"repository": "acme/deploy", "branch": "release", "freezes": []}
)
COMMITS: JSON = [{"sha": HEAD}, {"sha": FIX}, {"sha": "a" * 40}]
SEEN = {
    "main": Seen({"head": HEAD, "commits": COMMITS}),
    "contains": Seen({"contains": True, "candidate": HEAD, "as": FIX}),
    "checks": Seen({"state": "green"}),
    "deployed": Seen({"newest": "a" * 40}),
}


def asked(*more: f.What, after: timedelta = timedelta(hours=1), **inputs: str) -> Question:
    """A question in an incident in which P1 has rolled back, and frozen."""
    one = question(SITE, **inputs)
    left: dict[str, Any] = {"sha": FROZE, "frozen": ["renovate renovate.json"]}
    facts: list[f.What] = [
        f.ProcedureAsked("P1", "roll-back", "target", "site", "why"),
        f.ProcedurePlanned("P1", (RESTORE,), "safe"),
        f.ProcedureApproved("P1", ("bob",)),
        f.ProcedureStarted("P1"),
        f.StepDone("P1", "restore", "done", (), left),
        f.UpdatersFrozen("P1", "site", "P1", ("renovate renovate.json",)),
        f.ProcedureVerified("P1", ()),
        *more,
    ]
    numbered = [f.Fact(n, NOON, "bob", "web", what) for n, what in enumerate(facts, 2)]
    return replace(one, incident=extend(one.incident, numbered), now=NOON + after)


def test_the_freeze_is_taken_back_and_the_first_deploy_with_the_fix_is_watched():
    target = replace(SITE, version_url="https://site/healthz", health_url="https://site/healthz")
    one = asked(fix=FIX)
    one = replace(one, declared=replace(one.declared, targets=(target,)))

    made = Unfreeze().plan(one, SEEN)

    assert [step.hand for step in made.steps] == ["git.thaw", "git.ships", "site.version", "site.healthy"]
    assert made.steps[0].inputs["freeze"] == FROZE
    assert made.steps[1].inputs["fix"] == FIX
    assert (made.verdict, made.refusals, made.warnings) == ("safe", (), ())


def test_refuses_while_nobody_says_which_commit_mends_it():
    assert Unfreeze().plan(asked(), {}).refusals == (NO_FIX,)


def test_refuses_while_the_fix_is_not_in_what_would_be_deployed():
    found = Seen({"contains": False, "why": "it is not in the history of eeeeeeeeee"})

    made = Unfreeze().plan(asked(fix=FIX), {**SEEN, "contains": found})

    assert made.refusals == ("the fix is not in: it is not in the history of eeeeeeeeee",)
    assert made.overridable


@pytest.mark.parametrize("state", ["red", "pending"])
def test_refuses_while_the_checks_of_what_would_be_deployed_are_not_green(state: str):
    made = Unfreeze().plan(asked(fix=FIX), {**SEEN, "checks": Seen({"state": state})})

    assert made.refusals == (f"the checks of what would be deployed are not green: {state}",)


def test_warns_where_no_check_has_reported():
    made = Unfreeze().plan(asked(fix=FIX), {**SEEN, "checks": Seen({"unknown": "no such repository"})})

    assert made.warnings == ("no check has reported on what would be deployed",)


def test_warns_of_a_freeze_that_is_older_than_a_day():
    made = Unfreeze().plan(asked(fix=FIX, after=timedelta(hours=26)), SEEN)

    assert made.warnings == ("it has been off for 26 h",)


def test_warns_where_many_commits_ship_along():
    commits: JSON = [{"sha": f"{n:040x}"} for n in range(12)]

    made = Unfreeze().plan(asked(fix=FIX), {**SEEN, "main": Seen({"head": HEAD, "commits": commits})})

    assert made.warnings == ("12 commits ship along with it",)


def test_the_fix_is_the_revert_that_was_merged_in_its_source_for_the_incident():
    merge = f.PlannedStep("merge", "github.merge_on_green", "Merge it")
    reverted: list[f.What] = [
        *_reverted("P2", "acme/site", merge, FIX),
        *_reverted("P3", "acme/other", merge, HEAD),
    ]

    assert fix_of(asked()) == ""
    assert fix_of(asked(*reverted)) == FIX


def _reverted(run: str, source: str, merge: f.PlannedStep, sha: str) -> list[f.What]:
    return [
        f.ProcedureAsked(run, "revert", "source", source, "why"),
        f.ProcedurePlanned(run, (merge,), "safe"),
        f.ProcedureApproved(run, ("bob",)),
        f.ProcedureStarted(run),
        f.StepDone(run, "merge", "merged", (), {"merged_sha": sha}),
        f.ProcedureVerified(run, ()),
    ]


def test_the_freezes_of_several_runs_are_all_taken_back_and_told_apart():
    again: list[f.What] = [
        f.ProcedureAsked("P2", "roll-back", "target", "site", "why"),
        f.ProcedurePlanned("P2", (RESTORE,), "safe"),
        f.ProcedureApproved("P2", ("bob",)),
        f.ProcedureStarted("P2"),
        f.StepDone("P2", "restore", "done", (), {"sha": HEAD, "frozen": ["renovate renovate.json"]}),
        f.UpdatersFrozen("P2", "site", "P2", ("renovate renovate.json",)),
        f.ProcedureVerified("P2", ()),
    ]

    thaws = [one for one in Unfreeze().plan(asked(*again, fix=FIX), SEEN).steps if one.hand == "git.thaw"]

    assert [(one.id, one.inputs["thaws"], one.inputs["freeze"]) for one in thaws] == [
        ("thaw-restore", "P1", FROZE),
        ("thaw-restore-p2", "P2", HEAD),
    ]
    assert thaws[1].title == "Thaw renovate.json by a commit on release, as P2 froze it"


def test_pull_requests_that_were_held_twice_are_let_go_once():
    held = {"repository": "acme/deploy", "by": "renovate[bot]", "base": "release"}
    steps = tuple(f.PlannedStep(id, "github.hold_pulls", "Hold", held) for id in ("hold", "hold-again"))
    facts: list[f.What] = [
        f.ProcedureAsked("P1", "roll-back", "target", "site", "why"),
        f.ProcedurePlanned("P1", steps, "safe"),
        f.ProcedureApproved("P1", ("bob",)),
        f.ProcedureStarted("P1"),
        *(f.StepDone("P1", step.id, "held", (), {"held": [1]}) for step in steps),
    ]
    one = question(SITE)
    incident = extend(one.incident, [f.Fact(n, NOON, "bob", "web", what) for n, what in enumerate(facts, 2)])

    steps = [let_go(held, one) for held in held_by(incident.runs)]
    assert [(step.hand, step.inputs["thaws"]) for step in steps] == [("github.release_pulls", ["P1"])]
