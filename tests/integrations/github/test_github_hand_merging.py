"""The hand "github": a revert is merged as soon as the required checks are green at exactly its commit, and never otherwise."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from hand_world import BRANCH, SITE, SOURCE, World, world_of

from tocsin.core.procedures.declared import NEEDED
from tocsin.town import Town
from tocsin.town.github import Reviews


@pytest.fixture
async def world(town: Town) -> AsyncIterator[World]:
    world = await world_of(town)
    yield world
    await world.procedure.hand.aclose()


@pytest.fixture
async def number(world: World) -> int:
    world.protect("ci")
    return await world.opened()


async def test_it_waits_for_the_required_check_and_merges_when_it_is_green(world: World, number: int) -> None:
    waits = [await world.procedure.waits("github.merge_on_green", **world.merging(number))]
    world.check("ci", None)
    waits.append(await world.procedure.waits("github.merge_on_green", 2, **world.merging(number)))
    world.check("ci")

    done = await world.procedure.do("github.merge_on_green", 3, **world.merging(number))

    at = world.head[:7]
    assert waits == [
        f"not merged: not green yet at {at}: ci (not reported yet)",
        f"not merged: not green yet at {at}: ci (in_progress)",
    ]
    assert world.is_merged()
    assert [one.value for one in done.evidence][1] == "ci (success)"
    assert done.outputs["merged_sha"] == await world.site.head("main")


@pytest.mark.parametrize("end", ["failure", "timed_out", "cancelled", "action_required"])
async def test_a_red_check_ends_it_by_name(world: World, number: int, end: str) -> None:
    world.check("ci", end)

    why = await world.procedure.no("github.merge_on_green", **world.merging(number))

    assert why == f"not merged: red at {world.head[:7]}: ci ({end})"
    assert not world.is_merged()


async def test_a_check_that_is_green_at_another_commit_does_not_count(world: World, number: int) -> None:
    world.check("ci", sha=world.bad)

    assert "not reported yet" in await world.procedure.waits("github.merge_on_green", **world.merging(number))


async def test_a_check_that_only_the_file_declares_counts_too(town: Town) -> None:
    world = await world_of(town, replace(SOURCE, required_checks=("e2e",)))
    number = await world.opened()
    world.check("ci")

    waits = await world.procedure.waits("github.merge_on_green", **world.merging(number))
    world.check("e2e", "failure")

    assert "e2e" in waits
    assert "e2e (failure)" in await world.procedure.no("github.merge_on_green", **world.merging(number))
    await world.procedure.hand.aclose()


async def test_where_nothing_is_required_and_nothing_ran_it_is_refused(world: World) -> None:
    number = await world.opened()

    why = await world.procedure.no("github.merge_on_green", **world.merging(number))

    assert "no check is required for main, and none ran" in why
    assert not world.is_merged()


async def test_where_nothing_is_required_all_that_ran_must_be_green(world: World) -> None:
    number = await world.opened()
    world.check("ci")
    world.check("lint", "failure")

    assert "lint (failure)" in await world.procedure.no("github.merge_on_green", **world.merging(number))


async def test_without_checks_it_is_merged_where_somebody_said_why(world: World) -> None:
    number = await world.opened()

    await world.procedure.do("github.merge_on_green", **world.merging(number, without_checks="docs only"))

    assert world.is_merged()


async def test_a_head_that_moved_is_never_merged(world: World, number: int) -> None:
    moved = await world.site.commit(BRANCH, {"evil": "1\n"}, author="bob", message="More")
    await world.town.settled()
    world.check("ci", sha=moved)
    world.check("ci")

    why = await world.procedure.no("github.merge_on_green", **world.merging(number))

    assert f"has moved from {world.head[:7]} to {moved[:7]}" in why
    assert not world.is_merged()


async def test_a_pull_request_that_somebody_closed_is_not_merged(world: World, number: int) -> None:
    await world.town.github.close_issue("bob", SITE, number)

    assert "was closed and not merged" in await world.procedure.no(
        "github.merge_on_green", **world.merging(number)
    )


async def test_one_that_conflicts_by_now_is_handed_to_people(world: World, number: int) -> None:
    await world.site.commit("main", {"sign_in.py": "faster still\n"}, author="bob", message="More")
    await world.town.settled()
    world.check("ci")

    assert "conflicts with main" in await world.procedure.no("github.merge_on_green", **world.merging(number))


async def test_a_second_try_after_the_merge_merges_nothing_twice(world: World, number: int) -> None:
    world.check("ci")
    first = await world.procedure.do("github.merge_on_green", **world.merging(number))
    tip = await world.site.head("main")

    second = await world.procedure.do("github.merge_on_green", 2, **world.merging(number))

    assert second.outputs == first.outputs
    assert await world.site.head("main") == tip


async def test_a_lost_answer_to_the_merge_is_looked_at_again(world: World, number: int, town: Town) -> None:
    world.check("ci")
    town.faults.add("github", "PUT /repos/*/merge", "lost_answer")
    await world.procedure.waits("github.merge_on_green", **world.merging(number))
    tip = await world.site.head("main")

    done = await world.procedure.do("github.merge_on_green", 2, **world.merging(number))

    assert (done.outputs["merged_sha"], await world.site.head("main")) == (tip, tip)


async def test_a_merge_without_a_review_leaves_an_exception_with_who_and_why(
    world: World, number: int
) -> None:
    world.check("ci")

    done = await world.procedure.do("github.merge_on_green", **world.merging(number))

    assert done.outputs["without_review"] is True
    assert done.outputs["exception"] == {
        "repository": SITE,
        "pull_request": number,
        "url": done.outputs["url"],
        "by": "alice",
        "why": "sign-in is broken since v8",
        "asked": ["bob"],
    }


async def test_a_merge_that_somebody_has_approved_is_no_exception(world: World, number: int) -> None:
    world.check("ci")
    await world.town.github.review("alice", SITE, number)

    done = await world.procedure.do("github.merge_on_green", **world.merging(number))

    assert (done.outputs["without_review"], done.outputs["approved_by"]) == (False, ["alice"])


async def test_where_the_file_says_that_a_review_is_needed_it_is_waited_for(town: Town) -> None:
    world = await world_of(town, replace(SOURCE, review=NEEDED))
    number = await world.opened()
    world.check("ci")
    waits = await world.procedure.waits("github.merge_on_green", **world.merging(number))
    await town.github.review("alice", SITE, number)

    await world.procedure.do("github.merge_on_green", 2, **world.merging(number))

    assert waits == "not merged: it needs a review, and nobody has approved it yet"
    await world.procedure.hand.aclose()


async def test_a_review_that_github_requires_is_waited_for(world: World) -> None:
    world.protect("ci", reviews=Reviews())
    number = await world.opened()
    world.check("ci")

    waits = await world.procedure.waits("github.merge_on_green", **world.merging(number))

    assert "approving review is required" in waits
    assert not world.is_merged()


async def test_a_check_that_never_comes_is_given_up(world: World, number: int) -> None:
    world.procedure.after(minutes=121)

    why = await world.procedure.no("github.merge_on_green", **world.merging(number))

    assert why.startswith("gave up after 120 min: not merged: not green yet")


async def test_a_way_of_merging_that_the_repository_does_not_take_is_refused(
    world: World, number: int
) -> None:
    world.check("ci")

    why = await world.procedure.no("github.merge_on_green", **world.merging(number, method="rebase"))

    assert why == f"{SITE} does not merge by rebase: it takes squash, merge"


async def test_auto_merge_is_refused_where_no_check_is_required_since_it_would_not_wait(world: World) -> None:
    number = await world.opened()
    world.check("ci", None)

    why = await world.procedure.no("github.merge_on_green", **world.merging(number, auto=True))

    assert why == "auto-merge would not wait: GitHub requires no check for main"


async def test_somebody_who_stops_it_is_heard_before_the_merge(world: World, number: int) -> None:
    world.check("ci")
    world.procedure.stop = lambda: True

    assert await world.procedure.no("github.merge_on_green", **world.merging(number)) == "somebody stopped it"
    assert not world.is_merged()


async def test_one_that_somebody_merged_though_a_check_is_red_is_not_called_done(
    world: World, number: int, town: Town
) -> None:
    world.check("ci", "failure")
    town.github.board.admins.add("carol")
    await town.github.merge_pull("carol", SITE, number, "squash")

    why = await world.procedure.no("github.merge_on_green", **world.merging(number))

    assert why == f"#{number} was merged by carol, though red at {world.head[:7]}: ci (failure)"


async def test_one_that_somebody_merged_at_once_is_done_when_its_checks_are_green(
    world: World, number: int, town: Town
) -> None:
    world.check("ci", None)
    town.github.board.admins.add("carol")
    await town.github.merge_pull("carol", SITE, number, "squash")
    waits = await world.procedure.waits("github.merge_on_green", **world.merging(number))
    world.check("ci")

    done = await world.procedure.do("github.merge_on_green", 2, **world.merging(number))

    at = world.head[:7]
    assert waits == f"#{number} was merged by carol, and is not green yet at {at}: ci (in_progress)"
    assert done.evidence[0].value.endswith("by carol")
    assert done.evidence[1].value == "ci (success)"
    assert done.outputs["exception"]["merged_by"] == "carol"  # type: ignore[index,call-overload]


async def test_whoever_wants_changes_after_all_has_not_approved_it(
    world: World, number: int, town: Town
) -> None:
    world.check("ci")
    repo, pulls = town.github.code.repo(SITE), town.github.code.pulls
    for by, event in (
        ("alice", "APPROVE"),
        ("alice", "REQUEST_CHANGES"),
        ("carol", "APPROVE"),
        ("carol", "COMMENT"),
    ):
        pulls.review(repo, world.issue(), by, event, "")

    done = await world.procedure.do("github.merge_on_green", **world.merging(number))

    assert done.outputs["approved_by"] == ["carol"]
