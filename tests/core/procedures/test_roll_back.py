"""The plan of a roll-back: to which deploy, by which steps, and what is said before anybody approves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tocsin.acts.building import handbook_text
from tocsin.core import facts as f
from tocsin.core.facts_deploys import NearDeploy, RevertibilityJudged
from tocsin.core.folding import extend, fold
from tocsin.core.handbook_text import read_handbook
from tocsin.core.people import Roster
from tocsin.core.places import Places
from tocsin.core.procedures.declared import Declared, Target, Updater
from tocsin.core.procedures.going_on import after_step
from tocsin.core.procedures.hands import Done, Evidence, Seen
from tocsin.core.procedures.names import NOTHING_SHOWS
from tocsin.core.procedures.plan import Plan, Question
from tocsin.core.procedures.roll_back import RollBack

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
GOOD, BAD, HEAD = "1" * 40, "2" * 40, "3" * 40
SITE = Target("site", "site", repository="acme/deploy", branch="release", source="acme/site")
SEEN = {
    "pinned": Seen({"sha": GOOD, "source": ""}),
    "deploy": Seen({"head": HEAD, "candidate": {"sha": GOOD, "merges": 0}, "freezes": []}),
    "between": Seen({"source_good": "a" * 40}),
    "command": Seen({"argv": ["deploy", "site", "v1"]}),
    "rollout": Seen({"revision": "7"}),
}


def judged(**changes: Any) -> RevertibilityJudged:
    deploys = (
        NearDeploy("d2", "v2", BAD, NOON, "succeeded", "it went live 5 min before"),
        NearDeploy("d1", "v1", GOOD, NOON, "succeeded", "it was well for 2 d"),
    )
    known = RevertibilityJudged(
        target="site", service="site", began_at=NOON, verdict="safe", reasons=("nothing has to be taken back",),
        warnings=(), deploys=deploys, live="d2", suspect="d2", good="d1",
    )  # fmt: skip
    return replace(known, **changes)


def question(target: Target = SITE, verdict: RevertibilityJudged | None = None, **inputs: str) -> Question:
    facts = [f.Fact(1, NOON, "bob", "web", f.Declared("INC-7", "t", "service", "high", "h"))]
    if verdict:
        facts.append(f.Fact(2, NOON, "tocsin", "engine", verdict))
    handbook = read_handbook(handbook_text(None))
    return Question(
        "P1", "roll-back", "site", dict(inputs), "why", "bob", fold(facts), handbook, Declared((target,)), Roster(), Places("http://x"), NOON,
    )  # fmt: skip


def plan(asked: Question, **seen: Seen) -> Plan:
    return RollBack().plan(asked, {**SEEN, **seen})


def hands(made: Plan) -> list[str]:
    return [step.hand for step in made.steps]


def test_the_last_deploy_that_was_well_is_proposed_with_the_reason():
    made = plan(question(verdict=judged()))

    assert made.steps[0].inputs["good"] == GOOD
    assert made.reasons[0] == "back to v1 of 2026-03-02 12:00 UTC: it was well for 2 d"
    assert "nothing has to be taken back" in made.reasons


@pytest.mark.parametrize("to", ["d1", "v1", GOOD, GOOD[:8]])
def test_a_deploy_is_found_by_whatever_it_is_called(to: str):
    made = plan(question(verdict=judged(), to=to))

    assert made.reasons[0].startswith("back to v1 of")
    assert not [one for one in made.warnings if "proposed" in one]


def test_warns_where_it_is_not_the_deploy_that_is_proposed():
    made = plan(question(verdict=judged(), to="v2"))

    assert "not the deploy that is proposed, which is v1" in made.warnings
    assert made.verdict == "warned"


def test_a_deploy_told_by_the_commit_of_the_source_goes_back_to_the_commit_that_deployed_it():
    source, asked = "a" * 40, question(verdict=judged(), to="a" * 10)
    pinned = Seen({"sha": GOOD, "source": source})

    looks = {one.id: one.inputs for one in RollBack().looks(asked, {"pinned": pinned})}
    made = plan(asked, pinned=pinned)

    assert looks["pinned"] == {"target": "site", "commit": "a" * 10}
    assert looks["deploy"]["candidate"] == GOOD
    assert "1111111 is the last commit of release that deployed aaaaaaa of acme/site" in made.reasons
    assert not [one for one in made.warnings if "proposed" in one]


def test_refuses_where_it_is_not_known_how_an_updater_is_switched_off():
    target = replace(SITE, updaters=(Updater("renovate", pull_requests_by="renovate[bot]"),))

    assert plan(question(target, judged())).refusals == (
        "renovate has neither a file nor a workflow: say in the file of TOCSIN_PROCEDURES how it is switched off",
    )


def test_refuses_where_it_is_not_known_where_an_updater_s_pull_requests_are():
    updater = Updater("renovate", "renovate.json", pull_requests_by="renovate[bot]")
    target = replace(SITE, repository="", remote="https://git.example/deploy.git", updaters=(updater,))

    assert plan(question(target, judged())).refusals == (
        "pull requests of renovate[bot] can't be held: say by `repository` of that updater where they are on GitHub",
    )


def test_refuses_without_a_deploy_that_was_well():
    assert plan(question(verdict=judged(good=""))).refusals == (
        "no deploy is known that was well before it began: say to which one to go back",
    )


def test_what_is_not_revertible_is_refused_and_can_be_overridden_with_a_reason():
    made = plan(question(verdict=judged(verdict="not-revertible", reasons=("3_x.up.sql drops a table",))))

    assert made.refusals == ("3_x.up.sql drops a table",)
    assert made.overridable
    assert made.steps


def test_the_schema_comes_first_where_the_verdict_says_so():
    assert plan(question(verdict=judged(verdict="after-schema"))).verdict == "after-schema"


def test_warns_of_an_old_deploy_and_of_migrations_as_the_verdict_does():
    made = plan(question(verdict=judged(warnings=("v1 is more than 14 d old",))))

    assert "v1 is more than 14 d old" in made.warnings


def test_warns_of_merges_in_the_range_since_the_tree_is_restored():
    merges = Seen({"head": HEAD, "candidate": {"sha": GOOD, "merges": 2}, "freezes": []})

    made = plan(question(to=GOOD), deploy=merges)

    assert "2 merges lie between: the tree is restored, not reverted commit by commit" in made.warnings


def test_shows_exactly_which_files_change_and_how_an_updater_is_switched_off():
    deploy = {
        "head": HEAD,
        "candidate": {"sha": GOOD, "files": [{"status": "M", "path": "site.json"}], "files_count": 3},
        "updaters": [
            {"kind": "renovate", "path": "renovate.json", "off": False, "diff": '+  "enabled": false'}
        ],
        "freezes": [],
    }

    inputs = plan(question(to=GOOD), deploy=Seen(deploy)).steps[0].inputs

    assert inputs["files"] == ["M site.json", "and 2 more"]
    assert inputs["frozen_by"] == ['+  "enabled": false']


def test_warns_of_a_freeze_that_is_on_already():
    frozen = Seen(
        {
            "head": HEAD,
            "candidate": {"sha": GOOD},
            "freezes": [{"files": ["renovate.json"], "run": "INC-3/P1"}],
        }
    )

    made = plan(question(to=GOOD), deploy=frozen)

    assert "renovate.json is frozen already, since INC-3/P1" in made.warnings


@pytest.mark.parametrize(("run", "is_said"), [("INC-7/P0", True), ("INC-3/P1", False)])
def test_warns_of_a_freeze_of_this_incident_that_somebody_took_back_by_hand(run: str, is_said: bool):
    frozen = {
        "head": HEAD,
        "candidate": {"sha": GOOD},
        "updaters": [{"kind": "renovate", "path": "renovate.json", "off": False}],
        "freezes": [{"files": ["renovate renovate.json"], "run": run}],
    }

    made = plan(question(to=GOOD), deploy=Seen(frozen))

    words = f"renovate renovate.json was frozen by {run}, and is on again: somebody took that freeze back"
    assert (words in made.warnings) is is_said
    assert not any("frozen already" in one for one in made.warnings)


def test_warns_where_nothing_outside_shows_that_it_took_effect():
    made = plan(question(verdict=judged()))

    assert "nothing is declared that shows that it took effect" in made.warnings[-1]


def test_watches_the_pipeline_the_version_and_the_signal():
    target = replace(
        SITE, checks=("deploy",), version_url="https://site/healthz", health_url="https://site/healthz"
    )

    made = plan(question(target, judged()))

    assert hands(made) == [
        "git.restore",
        "github.pipeline",
        "site.version",
        "site.healthy",
        "git.still_frozen",
    ]
    assert [step.watches for step in made.steps] == [False, True, True, True, False]
    assert made.steps[1].inputs["sha_from"] == "restore.sha"
    assert made.steps[2].inputs["versions"] == ["v1", GOOD, "a" * 40]
    assert (made.verdict, made.warnings) == ("safe", ())


def test_every_updater_is_frozen_before_or_with_the_roll_back():
    updaters = (
        Updater("renovate", "renovate.json", pull_requests_by="renovate[bot]"),
        Updater("argo", "apps/site.yaml", repository="acme/apps"),
        Updater("workflow", workflow="bump.yml"),
    )

    made = plan(question(replace(SITE, updaters=updaters), judged()))

    assert hands(made) == [
        "git.freeze",
        "github.workflow_off",
        "github.hold_pulls",
        "git.restore",
        "github.hold_pulls",
        "git.still_frozen",
    ]
    assert made.steps[4].title.endswith("those opened meanwhile")
    assert made.steps[0].inputs["freezes"] == [{"kind": "argo", "path": "apps/site.yaml"}]
    assert made.steps[0].inputs["branch"] == "main"
    assert made.steps[2].inputs == {
        "repository": "acme/deploy",
        "by": "renovate[bot]",
        "base": "release",
        "freezes_as": "pull requests of renovate[bot]",
    }
    assert "which is frozen" in made.steps[3].title


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"by": "command", "command": ("deploy", "site", "{version}")}, ["command.run"]),
        (
            {"by": "kubectl", "workload": "deployment/site"},
            ["command.rollout_undo", "command.rollout_status"],
        ),
        ({"by": "workflow", "workflow": "roll.yml"}, ["github.dispatch"]),
        ({"by": "webhook", "url": "https://deploy.example"}, ["webhook.call"]),
    ],
)
def test_other_targets_are_rolled_back_as_they_are_declared(changes: dict[str, Any], expected: list[str]):
    assert hands(plan(question(replace(SITE, **changes), judged()))) == expected


def test_a_workflow_is_given_the_commit_and_the_version():
    target = replace(
        SITE,
        by="workflow",
        workflow="roll.yml",
        workflow_inputs={"to": "{version}", "sha": "{commit}", "for": "{run}"},
    )

    made = plan(question(target, judged()))

    assert made.steps[0].inputs["inputs"] == {"to": "v1", "sha": GOOD, "for": "INC-7/P1"}


def test_the_same_question_later_gives_the_same_steps():
    asked = question(verdict=judged())

    later = replace(asked, now=datetime(2026, 3, 3, tzinfo=UTC))

    assert plan(asked) == plan(later)


def test_warns_of_what_is_deployed_from_the_same_branch():
    asked = question(verdict=judged())
    search = replace(SITE, id="search", service="search")

    made = plan(replace(asked, declared=replace(asked.declared, targets=(SITE, search))))

    assert "search is deployed from release too: all of it goes back" in made.warnings


def test_warns_that_argo_syncs_nothing_by_itself_any_more():
    target = replace(SITE, updaters=(Updater("argo", "apps/site.yaml"),))

    assert any(
        "apps/site.yaml: Argo CD no longer syncs" in one for one in plan(question(target, judged())).warnings
    )


@pytest.mark.parametrize(("to", "is_said"), [("", False), ("v1", False), ("v0", True)])
def test_warns_where_kubectl_may_go_back_to_another_than_was_asked_for(to: str, is_said: bool):
    target = Target("site", "site", by="kubectl", workload="deployment/site")

    made = plan(question(target, judged(), to=to))

    assert any("kubectl goes back by one rollout" in one for one in made.warnings) is is_said


@pytest.mark.parametrize(("warnings", "answers"), [((), True), ((NOTHING_SHOWS,), False)])
def test_that_it_is_rolled_back_is_answered_only_where_something_shows_it(
    warnings: tuple[str, ...], answers: bool
):
    step = f.PlannedStep("command", "command.run", "Run it")
    facts: list[f.What] = [
        f.ProcedureAsked("P1", "roll-back", "target", "site", "why"),
        f.ProcedurePlanned("P1", (step,), "warned", warnings=warnings),
        f.ProcedureApproved("P1", ("bob",)),
        f.ProcedureStarted("P1"),
    ]
    known = [f.Fact(n, NOON, "bob", "web", what) for n, what in enumerate(facts, 2)]
    (run,) = extend(question().incident, known).runs

    found = after_step(run, "INC-7", "command", Done((Evidence("ran", "0"),)), RollBack(), lambda text: text)

    assert any(isinstance(one, f.ProcedureVerified) for one in found)
    assert any(isinstance(one, f.RollbackAnswered) for one in found) is answers
