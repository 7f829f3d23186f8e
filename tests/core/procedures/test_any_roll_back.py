"""Rules that hold for the plan of every roll-back, whatever is declared of the target."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from run_story import BEGIN
from test_roll_back import GOOD, SEEN, SITE, judged, question

from tocsin.core import facts as f
from tocsin.core.procedures.declared import Target, Updater
from tocsin.core.procedures.freezing import held_by, thaw_steps
from tocsin.core.procedures.going_on import plain
from tocsin.core.procedures.hands import Step
from tocsin.core.procedures.plan import Plan
from tocsin.core.procedures.roll_back import RollBack
from tocsin.core.procedures.run import DONE, Progress, Run

UPDATERS = (
    Updater("renovate", path="renovate.json", pull_requests_by="renovate[bot]"),
    Updater("renovate", path="renovate.json5", repository="acme/site"),
    Updater("argo", path="apps/site.yaml", repository="acme/gitops"),
    Updater("argo", path="apps/site.yaml", repository="acme/gitops", branch="live"),
    Updater("workflow", workflow="deploy.yml"),
    Updater("workflow", workflow="promote.yml", repository="acme/tools", pull_requests_by="promoter[bot]"),
    Updater("file", path="auto.txt", contents="off", off="off"),
)
RESTORES = (
    "git.restore",
    "command.run",
    "command.rollout_undo",
    "command.rollout_status",
    "github.dispatch",
    "webhook.call",
)
LOOKS_ONLY = ("github.pipeline", "site.version", "site.healthy", "git.still_frozen")


@st.composite
def targets(draw: st.DrawFn) -> Target:
    return replace(
        SITE,
        by=draw(st.sampled_from(["git", "command", "kubectl", "workflow", "webhook"])),
        updaters=tuple(draw(st.lists(st.sampled_from(UPDATERS), unique=True, max_size=4))),
        version_url=draw(st.sampled_from(["", "https://site/v"])),
        health_url=draw(st.sampled_from(["", "https://site/h"])),
        checks=draw(st.sampled_from([(), ("test",)])),
        workload="deployment/site",
        workflow="roll.yml",
    )


def planned(target: Target) -> Plan:
    return RollBack().plan(question(target, judged()), SEEN)


def where(step: Step) -> int:
    """0 before the roll-back itself, 1 with it, 2 after it."""
    return 1 if step.hand in RESTORES else 2 if step.hand in LOOKS_ONLY or step.id.endswith("-again") else 0


def frozen_by(step: Step) -> set[str]:
    """What a step switches off, each thing by a name of its own."""
    inputs = step.inputs
    files = inputs.get("freezes") if step.hand in ("git.freeze", "git.restore") else None
    found = {f"{inputs.get('repository')}@{inputs['branch']}:{one['path']}" for one in files or ()}  # type: ignore[union-attr]
    found |= (
        {f"{inputs['repository']} runs {inputs['workflow']}"} if step.hand == "github.workflow_off" else set()
    )
    held = step.hand == "github.hold_pulls"
    return found | ({f"{inputs['repository']} pulls of {inputs['by']}"} if held else set())


def wanted(target: Target, one: Updater) -> set[str]:
    repository = one.repository or target.repository
    branch = one.branch or ("main" if one.repository else target.branch)
    found = {f"{repository}@{branch}:{one.path}"} if one.path else set()
    found |= {f"{repository} runs {one.workflow}"} if one.workflow and not one.path else set()
    return found | ({f"{repository} pulls of {one.pull_requests_by}"} if one.pull_requests_by else set())


@given(targets())
@settings(max_examples=60, deadline=None)
def test_every_updater_is_frozen_before_or_with_the_roll_back_and_after_it_only_looks_and_holds(
    target: Target,
):
    steps = planned(target).steps

    order = [where(one) for one in steps]
    assert order == sorted(order)
    before = set().union(*(frozen_by(one) for one in steps if where(one) < 2))
    assert before == set().union(*(wanted(target, one) for one in target.updaters))


@given(targets())
@settings(max_examples=60, deadline=None)
def test_whatever_a_roll_back_froze_its_thaw_takes_back(target: Target):
    asked = question(target, judged())
    done = tuple(_done(one) for one in planned(target).steps)
    run = Run("P1", "roll-back", "target", "site", {}, "why", "bob", BEGIN, steps=done)

    thawed = [one.inputs for one in thaw_steps([run], asked)]
    back = {
        f"{one.get('repository')}@{one['branch']}:{it['path']}"
        for one in thawed
        for it in one.get("freezes", ())
    }  # type: ignore
    back |= {f"{one['repository']} runs {one['workflow']}" for one in thawed if "workflow" in one}
    back |= {f"{one.repository} pulls of {one.by}" for one in held_by([run])}

    assert back == set().union(*(wanted(target, one) for one in target.updaters))


def _done(step: Step) -> Progress:
    """As its hand ends it: a commit that froze files names them."""
    inputs = plain(step.inputs)
    frozen = [f"{one['kind']} {one['path']}" for one in inputs.get("freezes", ())]
    outputs = {"sha": GOOD, **({"frozen": frozen} if frozen else {})}
    made = f.PlannedStep(step.id, step.hand, step.title, inputs)
    return Progress(made, DONE, done=f.StepDone("P1", step.id, "", (), outputs))
