"""The hand "github": the pull request that reverts, what it says, and who is asked to look."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hand_world import BRANCH, SITE, SOURCE, World, hand_of, world_of

from tocsin.core.procedures.declared import Declared, Source
from tocsin.integrations.github.hand import GitHubHand
from tocsin.town import Town


@pytest.fixture
async def world(town: Town) -> AsyncIterator[World]:
    world = await world_of(town)
    yield world
    await world.procedure.hand.aclose()


async def test_the_pull_request_says_why_for_what_on_what_evidence_and_how_to_reland(world: World) -> None:
    done = await world.procedure.do("github.pull_request", **world.reverting())

    body = world.issue().body or ""
    for words in (
        f"- {world.bad[:7]} Faster sign-in",
        "**Reason:** sign-in is broken since v8",
        "**Incident:** INC-7 https://tocsin.acme.example/incidents/INC-7",
        "- the sign-in check fails since 09:00",
        "Asked for by alice.",
        "To reland: prepare a revert of this revert on the current main",
        "Merging the old branch again does nothing",
    ):
        assert words in body
    assert (done.outputs["head_sha"], done.outputs["number"]) == (world.head, world.issue().number)


async def test_of_a_private_incident_the_pull_request_says_only_its_number(world: World) -> None:
    await world.opened(private=True)

    body = world.issue().body or ""
    assert "INC-7" in body
    for secret in ("sign-in is broken", "tocsin.acme.example", "the sign-in check", "alice"):
        assert secret not in body


async def test_the_author_of_the_reverted_commit_is_asked_to_review_and_not_waited_for(world: World) -> None:
    done = await world.procedure.do("github.pull_request", **world.reverting())

    assert world.pull.reviewers == ["bob"]
    assert done.evidence[1].value == "bob"


async def test_an_author_whom_github_does_not_know_is_found_by_the_directory(
    world: World, town: Town
) -> None:
    town.github.board.strangers.add("robert@acme.example")
    stranger = await world.site.commit("main", {"b": "1\n"}, author="robert", message="By another address")

    await world.opened(shas=[stranger], people={"Robert@acme.example": "bob"})

    assert world.pull.reviewers == ["bob"]


async def test_where_the_author_can_not_be_asked_the_declared_team_is(world: World) -> None:
    left = await world.site.commit("main", {"b": "1\n"}, author="mallory", message="By one who has left")

    await world.opened(shas=[left])

    assert (world.pull.reviewers, world.pull.teams) == ([], ["stampers"])


async def test_that_nobody_can_be_asked_holds_up_nothing_and_is_said(town: Town) -> None:
    world = await world_of(town, Source(SITE))
    left = await world.site.commit("main", {"b": "1\n"}, author="mallory", message="By one who has left")

    done = await world.procedure.do("github.pull_request", **world.reverting(shas=[left]))

    assert done.evidence[1].value.startswith("nobody: mallory: Reviews may only be requested")
    await world.procedure.hand.aclose()


async def test_a_second_try_finds_the_pull_request_of_the_first(world: World) -> None:
    first = await world.opened()

    second = await world.procedure.do("github.pull_request", 2, **world.reverting())

    assert (second.outputs["number"], world.pulls()) == (first, [first])


async def test_a_lost_answer_makes_no_second_pull_request(world: World, town: Town) -> None:
    town.faults.add("github", "POST /repos/*/pulls", "lost_answer")
    await world.procedure.waits("github.pull_request", **world.reverting())

    await world.procedure.do("github.pull_request", 2, **world.reverting())

    assert len(world.pulls()) == 1


async def test_a_branch_with_somebody_elses_pull_request_is_left_alone(world: World, town: Town) -> None:
    await town.github.pull_request("bob", SITE, "Mine", branch=BRANCH)

    why = await world.procedure.no("github.pull_request", **world.reverting())

    assert "a pull request already that is not ours" in why


async def test_a_branch_that_moved_since_it_was_pushed_is_refused(world: World) -> None:
    await world.site.commit(BRANCH, {"evil": "1\n"}, author="bob", message="More")

    why = await world.procedure.no("github.pull_request", **world.reverting())

    assert "plan again" in why


async def test_words_of_people_call_nobody_on_github(world: World) -> None:
    world.procedure.reason = "ask @everyone <!-- hidden -->"
    await world.opened()

    assert "@everyone" not in (world.issue().body or "")
    assert "<!-- hidden" not in (world.issue().body or "")


async def test_a_repository_that_is_not_declared_is_refused(world: World) -> None:
    why = await world.procedure.no("github.pull_request", **world.reverting(repository="acme/website"))

    assert why == "acme/website is not declared in the file that TOCSIN_PROCEDURES names"


async def test_without_a_token_it_says_what_to_set() -> None:
    hand = GitHubHand(None, {}, Declared((), (SOURCE,)))

    outcome = await hand.look("protection", {"repository": SITE, "branch": "main"})

    assert "set TOCSIN_GITHUB_TOKEN" in outcome.why  # type: ignore[union-attr]


async def test_the_suspects_come_with_their_pull_request_author_and_reviewers(
    world: World, town: Town
) -> None:
    await world.site.commit("topic", {"c": "1\n"}, author="bob", message="Topic", start="main")
    issue = await town.github.pull_request("bob", SITE, "A topic", branch="topic")
    await town.github.review("alice", SITE, issue.number)
    merged = await town.github.merge_pull("alice", SITE, issue.number, "squash")

    seen = await world.procedure.look("suspects", repository=SITE, commits=[merged, world.bad])

    first, second = seen["suspects"]  # type: ignore[misc]
    assert (first["login"], first["pull_request"], first["reviewers"]) == ("alice", issue.number, ["alice"])  # type: ignore[index,call-overload]
    assert first["pull_author"] == "bob"  # type: ignore[index,call-overload]
    assert (second["login"], second["pull_request"]) == ("bob", 0)  # type: ignore[index,call-overload]


async def test_what_a_branch_asks_for_is_seen(world: World, town: Town) -> None:
    world.protect("ci")

    seen = await world.procedure.look("protection", repository=SITE, branch="main")

    assert (seen["protected"], seen["required_checks"], seen["reviews"]) == (True, ["ci"], 0)
    assert seen["methods"] == ["squash", "merge"]


async def test_a_look_and_a_step_that_there_are_not_are_named(town: Town) -> None:
    hand = hand_of(town)

    assert "no look 'dance'" in (await hand.look("dance", {})).why  # type: ignore[union-attr]
    await hand.aclose()
