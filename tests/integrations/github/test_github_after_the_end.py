"""A comment under our public issue once its incident is over: it may be broken still, so it reaches somebody."""

from __future__ import annotations

import pytest
from github_world import REPO, World

from tocsin.acts import inbox, incidents
from tocsin.acts.process import ENGINE, change
from tocsin.core import facts as f
from tocsin.core.case import Actor

BOB = Actor("bob", "web", "Bob")


@pytest.fixture
async def over(world: World) -> World:
    """INC-1 had issue 1 as its public issue, and is resolved."""
    report = incidents.NewReport("x", "sign-in is broken", "@jane", outside=True)
    await incidents.declare(world.house, Actor("", "x", "@jane"), report)
    await incidents.own(world.house, BOB, "INC-1")
    repo = world.github.board.repo(REPO)
    assert repo
    world.github.board.open_issue(repo, world.github.login, "We are aware", "", [])
    await change(world.house, "INC-1", ENGINE, lambda case: [f.IssueOpened(REPO, 1, world.url(1))])
    await incidents.resolve(world.house, BOB, "INC-1", "rolled back", "signed in", rolled_back=True)
    await world.settle()
    return world


async def waiting(world: World) -> list[tuple[str, str]]:
    return [(one.sender, one.text) for one in (await inbox.inbox(world.house, "bob")).waiting]


async def test_an_outsider_who_says_that_it_is_broken_still_waits_in_the_inbox_and_the_thread_says_so(
    over: World,
) -> None:
    over.town.faults.add("github", "issue_comment", "duplicate_event", times=1)

    await over.commented("still broken for me", "joe")

    assert await waiting(over) == [("@joe", "still broken for me")]
    assert await over.notes() == [
        (
            "@joe",
            "Said under the public issue after the end; message 1 waits in the inbox until somebody has looked at it:\n"
            "still broken for me",
        )
    ]


async def test_once_somebody_opened_it_the_next_comments_belong_to_that_incident(
    over: World,
) -> None:
    await over.commented("still broken for me", "joe")
    declared = await inbox.open_message(over.house, BOB, 1)
    await over.settle()

    await over.commented("and since noon the app too", "joe")

    assert declared.ref != "INC-1"
    assert over.by_us()[-1].startswith("@joe Thanks for telling us.")
    assert await over.notes(declared.ref) == [("@joe", "and since noon the app too")]
    assert await waiting(over) == []


async def test_who_calls_us_there_opens_an_incident(over: World) -> None:
    assert await over.commented("@tocsin it is broken again", "joe") == {"ok": "It opened an incident"}

    [first, second] = await over.incidents()
    assert f"it became part of {second.ref}" in (await over.notes(first.ref))[0][1]


@pytest.mark.parametrize("user", ["joe", "mona"])
async def test_thanks_are_a_note(over: World, user: str) -> None:
    await over.commented("thanks, works again!", user)

    assert await over.notes() == [(f"@{user}", "thanks, works again!")]
    assert await waiting(over) == []


async def test_a_members_word_is_a_note(over: World) -> None:
    over.github.add_member("mona")

    await over.commented("we will write a post-mortem", "mona")

    assert await over.notes() == [("@mona", "we will write a post-mortem")]
    assert await waiting(over) == []
