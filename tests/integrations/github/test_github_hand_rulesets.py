"""The hand "github" reads rulesets: what they require counts as what branch protection requires."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hand_world import SITE, World, world_of

from tocsin.town import Town
from tocsin.town.github import Protection, Reviews, Ruleset
from tocsin.town.github.pulls import pull_of


@pytest.fixture
async def world(town: Town) -> AsyncIterator[World]:
    world = await world_of(town)
    yield world
    await world.procedure.hand.aclose()


async def test_what_rulesets_and_protection_ask_for_is_one(world: World, town: Town) -> None:
    world.protect("ci", reviews=Reviews(count=1))
    town.github.rule(SITE, "main", Ruleset(contexts=["e2e"], approvals=2, methods=["squash", "rebase"]))
    town.github.rule(SITE, "main", Ruleset(contexts=["ci"], linear_history=True, merge_queue=True))

    seen = await world.procedure.look("protection", repository=SITE, branch="main")

    asked = ("protected", "required_checks", "reviews", "methods", "merge_queue")
    assert [seen[name] for name in asked] == [True, ["ci", "e2e"], 2, ["squash"], True]


async def test_a_branch_that_only_a_ruleset_protects_is_merged_on_its_check_and_by_its_method(
    world: World, town: Town
) -> None:
    town.github.rule(SITE, "main", Ruleset(contexts=["e2e"], methods=["rebase", "merge"]))
    number = await world.opened()
    world.check("lint")
    waits = await world.procedure.waits("github.merge_on_green", **world.merging(number))
    world.check("e2e")

    done = await world.procedure.do("github.merge_on_green", 2, **world.merging(number))

    assert "not green yet" in waits
    assert "e2e (not reported yet)" in waits
    assert (done.evidence[1].value, world.is_merged()) == ("e2e (success)", True)
    merged = await world.site.log("main", limit=1)
    assert len(merged[0].parents) == 2


async def test_an_approving_review_is_waited_for_and_the_team_is_asked_besides_the_author(
    world: World, town: Town
) -> None:
    town.github.rule(SITE, "main", Ruleset(contexts=["e2e"], approvals=1))
    opened = await world.procedure.do("github.pull_request", **world.reverting(ask_team=True))
    world.check("e2e")
    number = world.issue().number
    waits = await world.procedure.waits("github.merge_on_green", **world.merging(number))
    town.github.code.pulls.review(town.github.code.repo(SITE), world.issue(), "alice", "APPROVE", "")

    done = await world.procedure.do("github.merge_on_green", 2, **world.merging(number))

    assert opened.outputs["reviewers"] == ["bob", "stampers"]
    assert "At least 1 approving review is required" in waits
    assert done.evidence[2].value == "approved by alice"


async def test_auto_merge_may_be_used_where_a_ruleset_requires_a_check(world: World, town: Town) -> None:
    town.github.code.repo(SITE).allow_auto_merge = True
    town.github.rule(SITE, "main", Ruleset(contexts=["e2e"]))
    number = await world.opened()

    await world.procedure.waits("github.merge_on_green", **world.merging(number, auto=True))

    assert pull_of(world.issue()).auto_merge is not None


async def test_where_github_has_no_rulesets_branch_protection_is_read_alone(world: World, town: Town) -> None:
    town.github.protect(SITE, "main", Protection(contexts=["ci"]))
    town.github.code.protections.rulesets.are_known = False

    seen = await world.procedure.look("protection", repository=SITE, branch="main")

    assert seen["required_checks"] == ["ci"]
