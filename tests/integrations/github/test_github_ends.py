"""An issue that is closed or opened again: a follow-up's, and the public one of an incident. The town's GitHub calls over real HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest
from github_world import REPO, World, said

from tocsin.acts import incidents, learning, people
from tocsin.acts.incidents import NewReport
from tocsin.acts.process import ENGINE, change
from tocsin.clock import HandClock
from tocsin.core import facts as f
from tocsin.core.asked import FollowUp
from tocsin.core.case import Actor

ALICE = Actor("alice", "web", "Alice")
REPORT = NewReport("cli", "Sign-in is broken", "alice", False, answer_via="page", key="k1")


@pytest.fixture
async def follow_up(world: World) -> str:
    """A follow-up of a resolved incident; it stands as issue 1."""
    ref = (await incidents.declare(world.house, ALICE, REPORT)).ref
    await incidents.own(world.house, ALICE, ref)
    await incidents.resolve(world.house, ALICE, ref, "renewed", "signed in", rolled_back=False)
    await learning.file_follow_up(world.house, ALICE, ref, "Renew by machine", "bob")
    await world.settle()
    assert world.issue().title == "Renew by machine"
    return ref


@pytest.fixture
async def public(world: World) -> str:
    """An open incident whose public issue is issue 1."""
    ref = (await incidents.declare(world.house, ALICE, REPORT)).ref
    await incidents.own(world.house, ALICE, ref)
    await change(
        world.house, ref, ENGINE, lambda case: [f.IssueOpened(REPO, 1, world.url()), f.NoteAdded("out")]
    )
    await world.github.open_issue(world.github.login, REPO, "Sign-in is broken", "We know.")
    await world.settle()
    return ref


async def one(world: World) -> FollowUp:
    [incident] = await world.incidents()
    [found] = incident.asked.follow_ups
    return found


async def test_closing_the_issue_completes_the_follow_up(world: World, follow_up: str) -> None:
    answer = await world.github.close_issue("bob-gh", REPO, 1)

    found = await one(world)
    assert said(answer) == {"ok": "The follow-up is done"}
    assert found.done_at
    assert found.how == "@bob-gh closed its issue."


async def test_one_of_our_people_has_done_it_in_their_own_name(world: World, follow_up: str) -> None:
    await people.save_person(world.house, "bob", name="Bob Okafor", github="bob-gh")
    await world.github.close_issue("bob-gh", REPO, 1)

    [incident] = await world.incidents()
    [done] = [fact for fact in incident.facts if isinstance(fact.what, f.FollowUpDone)]
    assert (done.by, done.door) == ("bob", "github")


async def test_an_end_that_is_not_planned_is_told_as_such(world: World, follow_up: str) -> None:
    await world.github.close_issue("bob-gh", REPO, 1, "not_planned")

    assert (await one(world)).how == "@bob-gh closed its issue as not planned."


async def test_a_closing_that_comes_twice_completes_it_once(world: World, follow_up: str) -> None:
    world.town.faults.add("github", "issues", "duplicate_event")

    await world.github.close_issue("bob-gh", REPO, 1)

    [incident] = await world.incidents()
    assert [fact.kind for fact in incident.facts].count("follow_up_done") == 1


async def test_opening_it_again_takes_that_back_and_opens_no_incident(world: World, follow_up: str) -> None:
    await world.github.close_issue("bob-gh", REPO, 1)
    answer = await world.github.reopen_issue("bob-gh", REPO, 1)

    assert said(answer) == {"ok": "The follow-up is not done after all"}
    assert (await one(world)).done_at is None
    [incident] = await world.incidents()
    assert not incident.is_open


async def test_a_follow_up_is_completed_after_the_incident_was_closed_too(
    world: World, follow_up: str
) -> None:
    await learning.decline_retrospective(world.house, ALICE, follow_up, "known, and mended")
    await world.settle()

    await world.github.close_issue("bob-gh", REPO, 1)

    assert (await one(world)).done_at


async def finished(world: World, ref: str, clock: HandClock) -> None:
    """Bob says here that it is done; what fails is tried again."""
    bob = Actor("bob", "web", "Bob")
    await learning.finish_follow_up(world.house, bob, ref, "F1", "a timer renews it")
    for _ in range(6):
        await world.settle()
        clock.advance(timedelta(minutes=10))


@pytest.mark.parametrize("fault", ["", "lost_answer", "503"])
@pytest.mark.parametrize("call", ["POST /repos/*/comments", "PATCH"])
async def test_a_follow_up_that_is_done_here_closes_its_issue_with_one_comment(
    world: World, follow_up: str, clock: HandClock, call: str, fault: str
) -> None:
    if fault:
        world.town.faults.add("github", call, fault, times=1)

    await finished(world, follow_up, clock)

    issue = world.issue()
    assert (issue.state, issue.state_reason) == ("closed", "completed")
    [said_by_us] = world.by_us()
    assert "says in INC-1 that it is done: a timer renews it" in said_by_us
    [incident] = await world.incidents()
    assert [fact.kind for fact in incident.facts].count("follow_up_done") == 1


async def test_who_finished_it_by_closing_its_issue_is_not_told_so_under_it(
    world: World, follow_up: str
) -> None:
    await world.github.close_issue("bob-gh", REPO, 1)
    await world.settle()

    assert world.by_us() == []


async def test_a_follow_up_that_was_taken_back_before_its_issue_was_closed_leaves_it_open(
    world: World, follow_up: str
) -> None:
    await learning.finish_follow_up(world.house, ALICE, follow_up, "F1", "a timer renews it")
    await learning.reopen_follow_up(world.house, ALICE, follow_up, "F1", "the timer does not run")
    await world.settle()

    assert (world.issue().state, world.by_us()) == ("open", [])


async def test_a_label_on_a_follow_up_s_issue_is_taken_like_any_other(world: World, follow_up: str) -> None:
    await world.github.label_issue("bob-gh", REPO, 1, "urgent")
    await world.settle()

    assert len(await world.incidents()) == 1
    assert (await one(world)).done_at is None


async def test_a_public_issue_that_somebody_closes_while_it_goes_on_is_told(
    world: World, public: str
) -> None:
    world.town.faults.add("github", "issues", "duplicate_event")
    answer = await world.github.close_issue("mallory", REPO, 1, "not_planned")

    [_, (by, text)] = await world.notes(public)
    assert said(answer)["ignored"].startswith("the delivery")
    assert by == "@mallory"
    assert text == (
        "@mallory closed the public issue as not planned, though INC-1 goes on: "
        "open it there again if that was a mistake."
    )


async def test_a_public_issue_that_is_opened_again_is_told(world: World, public: str) -> None:
    await world.github.close_issue("alice", REPO, 1)
    await world.github.reopen_issue("alice", REPO, 1)

    assert [text for _, text in await world.notes(public)][-1] == "@alice opened the public issue again."


async def test_what_we_close_ourselves_is_no_news(world: World, public: str) -> None:
    answer = await world.github.close_issue(world.github.login, REPO, 1)

    assert said(answer) == {"ignored": "Tocsin did this itself"}
    assert len(await world.notes(public)) == 1


async def test_after_the_end_a_closing_is_no_news(world: World, public: str) -> None:
    await incidents.resolve(world.house, ALICE, public, "renewed", "signed in", rolled_back=False)

    answer = await world.github.close_issue("mallory", REPO, 1)

    assert said(answer) == {"ignored": "The incident of this issue is over"}


async def test_an_issue_of_nobody_s_is_left(world: World) -> None:
    await world.github.open_issue("joe", REPO, "A question")
    answer = await world.github.close_issue("joe", REPO, 1)

    assert said(answer) == {"ignored": "Tocsin does nothing with an issue that is closed"}
