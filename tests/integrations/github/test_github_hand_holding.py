"""The hand "github": pending pull requests of an updater are held and released, workflows are switched and started, commits watched."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from hand_world import BRANCH, SITE, World, world_of

from tocsin.clock import HandClock
from tocsin.core.procedures.hands import JSON
from tocsin.integrations.github.procedures.holding import LABEL
from tocsin.town import Town
from tocsin.town.github.board import AutoMerge, Pull

RENOVATE = "renovate[bot]"
HOLD: dict[str, JSON] = {"repository": SITE, "by": RENOVATE}
WORKFLOW = "name: Deploy\non: workflow_dispatch\njobs: {}\n"


@pytest.fixture
async def world(town: Town) -> AsyncIterator[World]:
    world = await world_of(town)
    world.protect("ci")
    board = town.github.board.repo(SITE)
    assert board is not None
    board.allow_auto_merge = True
    yield world
    await world.procedure.hand.aclose()


@pytest.fixture
async def bump(world: World, town: Town) -> Pull:
    """A pull request of Renovate's that merges itself."""
    await world.site.commit("bump", {"image": "2\n"}, author=RENOVATE, message="Bump", start="main")
    issue = await town.github.pull_request(RENOVATE, SITE, "Bump", branch="bump")
    board = town.github.board.repo(SITE)
    assert board is not None
    await town.github.code.merging.enable_auto(board, issue, AutoMerge(RENOVATE, "squash"))
    assert issue.pull is not None
    return issue.pull


def labels(world: World) -> list[str]:
    return [one.name for one in world.issue().labels]


async def test_what_merges_itself_is_held_and_a_reread_shows_it(world: World, bump: Pull) -> None:
    pending = await world.procedure.look("pulls", **HOLD)

    done = await world.procedure.do("github.hold_pulls", **HOLD)

    assert [(one["auto_merge"], one["held"]) for one in pending["pulls"]] == [(True, False)]  # type: ignore[index,union-attr,call-overload]
    assert (bump.auto_merge, bump.draft, labels(world)) == (None, True, [LABEL])
    assert done.evidence[0].value == "0"
    assert done.outputs == {"held": [world.issue().number]}


async def test_where_the_repository_has_no_drafts_it_is_held_by_its_label(
    world: World, bump: Pull, town: Town
) -> None:
    town.github.code.repo(SITE).has_drafts = False

    done = await world.procedure.do("github.hold_pulls", **HOLD)
    held = (bump.auto_merge, bump.draft, labels(world))
    await world.procedure.do("github.release_pulls", **HOLD, held_by="INC-7")

    assert held == (None, False, [LABEL])
    assert "Draft pull requests are not supported" in world.procedure.said[0]
    assert done.outputs == {"held": [world.issue().number]}
    assert bump.auto_merge is not None
    assert labels(world) == []


async def test_pull_requests_of_others_are_left_alone(world: World, bump: Pull, town: Town) -> None:
    mine = await town.github.pull_request("bob", SITE, "Mine", branch=BRANCH)

    await world.procedure.do("github.hold_pulls", **HOLD)

    assert mine.pull is not None
    assert not mine.pull.draft


async def test_what_was_held_is_as_it_was_before_when_it_is_released(world: World, bump: Pull) -> None:
    await world.procedure.do("github.hold_pulls", **HOLD)

    done = await world.procedure.do("github.release_pulls", **HOLD, held_by="INC-7/P1")

    assert bump.auto_merge is not None
    assert (bump.auto_merge.method, bump.draft, labels(world)) == ("squash", False, [])
    assert done.outputs == {"released": [world.issue().number]}


async def test_a_second_try_of_holding_remembers_how_it_was(world: World, bump: Pull, town: Town) -> None:
    town.faults.add("github", "POST /graphql", "lost_answer", times=2)
    town.faults.add("github", "POST /github/graphql", "lost_answer", times=2)
    for attempt in (1, 2, 3, 4):
        await world.procedure.end("github.hold_pulls", attempt, **HOLD)
    town.faults.clear()
    await world.procedure.do("github.hold_pulls", 5, **HOLD)

    await world.procedure.do("github.release_pulls", **HOLD)

    assert bump.auto_merge is not None
    assert len([one for one in world.issue().comments if "tocsin-held" in one.body]) == 1


async def test_what_another_run_holds_is_not_released(world: World, bump: Pull) -> None:
    await world.procedure.do("github.hold_pulls", **HOLD)

    done = await world.procedure.do("github.release_pulls", **HOLD, held_by="INC-8/P1")

    assert (done.outputs, bump.draft) == ({"released": []}, True)


async def test_what_bears_the_label_and_no_mark_of_ours_is_left_to_people(
    world: World, bump: Pull, town: Town
) -> None:
    await town.github.label_issue("bob", SITE, world.issue().number, LABEL)
    forged = "<!-- tocsin-held INC-7/P1 auto=MERGE draft=no -->"
    await town.github.comment("bob", SITE, world.issue().number, forged)

    assert "nothing says how it was before" in await world.procedure.no("github.release_pulls", **HOLD)


# --- GitHub's own revert, and merging by itself -------------------------------------------------------------------------------


async def merged(world: World, town: Town) -> int:
    await world.site.commit("topic", {"c": "1\n"}, author="bob", message="Topic", start="main")
    issue = await town.github.pull_request("bob", SITE, "A topic", branch="topic")
    town.github.code.protections.remove(town.github.board.repo(SITE), "main")  # type: ignore[arg-type]
    await town.github.merge_pull("alice", SITE, issue.number, "squash")
    return issue.number


def reverting(number: int, **more: JSON) -> dict[str, JSON]:
    return {"repository": SITE, "number": number, "evidence": ["red since"]} | more


async def test_github_reverts_a_pull_request_itself_and_only_once(world: World, town: Town) -> None:
    number = await merged(world, town)

    first = await world.procedure.do("github.revert_pull_request", **reverting(number))
    second = await world.procedure.do("github.revert_pull_request", 2, **reverting(number))

    assert first.outputs["made"] is True
    assert (second.outputs["number"], world.pulls()) == (first.outputs["number"], [number, number + 1])
    assert f"- #{number} A topic" in (world.issue().body or "")


async def test_where_github_would_not_revert_it_is_left_to_git(world: World, town: Town) -> None:
    number = await merged(world, town)
    await world.site.commit("main", {"c": "2\n"}, author="bob", message="On top")

    done = await world.procedure.do("github.revert_pull_request", **reverting(number))

    assert done.outputs["made"] is False
    assert "couldn't be reverted automatically" in done.evidence[0].value


async def test_where_github_would_not_revert_gits_branch_gets_the_pull_request(
    world: World, town: Town
) -> None:
    number = await merged(world, town)
    await world.site.commit("main", {"c": "2\n"}, author="bob", message="On top")

    done = await world.procedure.do(
        "github.revert_pull_request", **reverting(number, fallback_branch=BRANCH, base="main")
    )

    assert (done.outputs["made"], done.outputs["head_sha"]) == (True, world.head)


async def test_after_githubs_own_revert_gits_pull_request_is_not_needed(world: World, town: Town) -> None:
    number = await merged(world, town)
    made = await world.procedure.do("github.revert_pull_request", **reverting(number))
    world.procedure.seen["revert"] = made.outputs

    done = await world.procedure.do("github.pull_request", **world.reverting(unless="revert"))

    assert (done.outputs["number"], len(world.pulls())) == (made.outputs["number"], 2)


async def test_a_pull_request_that_was_never_merged_is_not_reverted(world: World, bump: Pull) -> None:
    why = await world.procedure.no("github.revert_pull_request", **reverting(world.issue().number))

    assert "was never merged" in why


async def test_where_a_check_is_required_github_may_merge_by_itself(world: World, town: Town) -> None:
    number = await world.opened()
    await world.procedure.waits("github.merge_on_green", **world.merging(number, auto=True))
    is_left_to_github = world.pull.auto_merge is not None
    world.check("ci")
    await town.settled()

    done = await world.procedure.do("github.merge_on_green", 2, **world.merging(number, auto=True))

    assert is_left_to_github
    assert done.outputs["merged_sha"] == await world.site.head("main")


# --- workflows ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
async def workflow(world: World) -> dict[str, JSON]:
    files = {".github/workflows/deploy.yml": WORKFLOW}
    await world.site.commit("main", files, author="bob", message="A workflow")
    return {"repository": SITE, "workflow": "deploy.yml"}


async def test_a_workflow_is_off_when_github_says_so_and_on_again(
    world: World, workflow: dict[str, JSON]
) -> None:
    off = await world.procedure.do("github.workflow_off", **workflow)
    again = await world.procedure.do("github.workflow_off", 2, **workflow)
    state = await world.procedure.look("workflow", **workflow)
    on = await world.procedure.do("github.workflow_on", **workflow)

    assert [one.evidence[0].value for one in (off, again)] == ["disabled_manually, read again"] * 2
    assert (state["on"], on.outputs["state"]) == (False, "active")


async def test_a_workflow_is_started_once_and_waited_for(
    world: World, workflow: dict[str, JSON], town: Town
) -> None:
    first = await world.procedure.waits("github.dispatch", **workflow, ref="main")
    (run,) = town.github.runs(SITE)
    run.status, run.conclusion = "in_progress", None
    second = await world.procedure.waits("github.dispatch", 2, **workflow, ref="main")
    run.status, run.conclusion = "completed", "success"

    done = await world.procedure.do("github.dispatch", 3, **workflow, ref="main")

    assert "its run does not show yet" in first
    assert second.startswith("deploy.yml runs: ")
    assert len(town.github.runs(SITE)) == 1
    assert done.outputs["run_id"] == run.id


async def test_a_lost_answer_starts_no_second_run(
    world: World, workflow: dict[str, JSON], town: Town
) -> None:
    town.faults.add("github", "POST /repos/*/dispatches", "lost_answer")
    await world.procedure.waits("github.dispatch", **workflow)

    await world.procedure.end("github.dispatch", 2, **workflow)

    assert len(town.github.runs(SITE)) == 1


async def test_a_workflow_that_failed_ends_the_run(
    world: World, workflow: dict[str, JSON], town: Town
) -> None:
    await world.procedure.waits("github.dispatch", **workflow)
    (run,) = town.github.runs(SITE)
    run.status, run.conclusion = "completed", "failure"

    assert await world.procedure.no("github.dispatch", 2, **workflow) == "deploy.yml ended as failure"


# --- what becomes of a commit -------------------------------------------------------------------------------------------------


async def test_a_commit_is_watched_through_its_checks_and_its_deployment(
    world: World, town: Town, clock: HandClock
) -> None:
    watch: dict[str, JSON] = {"repository": SITE, "sha": world.head, "environment": "production"}
    board = town.github.board.repo(SITE)
    assert board is not None
    world.check("ci", None)
    waits = [await world.procedure.waits("github.pipeline", **watch)]
    town.github.code.checks.update(
        board, town.github.code.checks.runs(board, world.head)[0], "completed", "success"
    )
    waits.append(await world.procedure.waits("github.pipeline", **watch))
    made = town.github.code.deployments.create(board, world.head, "main", "deployer[bot]")
    waits.append(await world.procedure.waits("github.pipeline", **watch))
    clock.advance(timedelta(seconds=1))
    town.github.code.deployments.say(board, made, "success", "deployer[bot]")

    done = await world.procedure.do("github.pipeline", **watch)

    assert "ci (in_progress)" in waits[0]
    assert "is not deployed to production yet" in waits[1]
    assert [one.value for one in done.evidence] == ["success", "success"]


async def test_a_pipeline_that_turns_red_is_said_by_name(world: World) -> None:
    world.check("ci", "failure")

    why = await world.procedure.no("github.pipeline", repository=SITE, sha=world.head)

    assert why == f"red at {world.head[:7]}: ci (failure)"


async def test_a_deployment_that_failed_is_said(world: World, town: Town) -> None:
    board = town.github.board.repo(SITE)
    assert board is not None
    made = town.github.code.deployments.create(board, world.head, "main", "deployer[bot]")
    town.github.code.deployments.say(board, made, "failure", "deployer[bot]")

    why = await world.procedure.no(
        "github.pipeline", repository=SITE, sha=world.head, environment="production"
    )

    assert "ended as failure" in why
