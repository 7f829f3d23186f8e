"""Walks: an approved word that could not be published is tried again and told; it goes out once, whatever goes wrong meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from public_world import REPO, Public, in_public
from walk_steps import ALICE, Walk

from tocsin.acts import incidents, learning
from tocsin.core import facts as f
from tocsin.engine.deliveries import claim

ISSUES, EDIT, POST = "POST /repos/*/issues", "PATCH /repos/*", "POST /2/tweets"
WORDS = "We renew the certificate."


@pytest.fixture
async def public(walk: Walk) -> AsyncIterator[Public]:
    async with in_public(walk) as public:
        yield public


async def approve(public: Public) -> None:
    await incidents.approve_public_words(public.walk.house, ALICE, public.walk.ref)


async def tell_issue(public: Public) -> None:
    await incidents.approve_public_update(public.walk.house, ALICE, public.walk.ref, text=WORDS, post="-")


async def tell_post(public: Public) -> None:
    await incidents.approve_public_update(public.walk.house, ALICE, public.walk.ref, text="-", post=WORDS)


async def follow_up(public: Public) -> None:
    await learning.file_follow_up(public.walk.house, ALICE, public.walk.ref, "Renew by machine", "bob")


def issues(public: Public) -> int:
    return len(public.town.github.issues(REPO))


def edits(public: Public) -> int:
    """How often the issue's text was changed to the words."""
    sent = [payload for event, payload in public.town.github.webhooks.sent if event == "issues"]
    return sum(payload["action"] == "edited" and WORDS in payload["issue"]["body"] for payload in sent)


def posts(public: Public) -> int:
    return len(public.posts)


def answers(public: Public) -> int:
    return public.posts.count(WORDS)


Do = Callable[[Public], Awaitable[None]]
Count = Callable[[Public], int]
CASES = {
    "issue.open": ("github", ISSUES, Public.begun, approve, issues, f.IssueOpened),
    "issue.update": ("github", EDIT, Public.told, tell_issue, edits, f.IssueUpdated),
    "post.publish": ("x", POST, Public.begun, approve, posts, f.PostPublished),
    "post.update": ("x", POST, Public.told, tell_post, answers, f.PostUpdated),
    "follow_up.open": ("github", ISSUES, Public.begun, follow_up, issues, f.FollowUpOpened),
}
"""What goes out: the service, the call that fails, what comes before, the act, how often it is out, and the fact that says so."""


async def delays(public: Public, does: str) -> int:
    facts = (await public.walk.incident()).facts
    return sum(isinstance(fact.what, f.DeliveryDelayed) and fact.what.what == does for fact in facts)


async def went_out(public: Public, kind: type[f.What]) -> int:
    return sum(isinstance(fact.what, kind) for fact in (await public.walk.incident()).facts)


async def wait(public: Public, times: int = 4) -> None:
    for _ in range(times):
        await public.walk.wait(16)
        await public.town.settled()


@pytest.mark.parametrize("kind", ["429", "500", "503", "timeout"])
@pytest.mark.parametrize("does", CASES)
async def test_what_fails_three_times_is_told_once_and_goes_out_once(
    public: Public, does: str, kind: str
) -> None:
    service, call, before, act, count, said = CASES[does]
    await before(public)
    public.walk.mailbox.take()
    public.town.faults.add(service, call, kind, times=4)

    await act(public)
    await public.settle()
    assert (count(public), await delays(public, does)) == (0, 0)
    await wait(public)

    assert await delays(public, does) == 1
    assert count(public) == 1
    assert await went_out(public, said) == 1
    told = [one.text for one in public.walk.mailbox.take("thread.say") if "*Not out yet:*" in one.text]
    assert len(told) == 1
    assert "it is tried again" in told[0]
    assert public.town.faults.pending == []


async def test_a_node_that_dies_at_the_try_that_would_have_told_leaves_the_telling_to_the_next(
    public: Public,
) -> None:
    await public.begun()
    public.town.faults.add("github", ISSUES, "503", times=5)
    await approve(public)
    await public.settle()
    await public.walk.wait(1)
    assert await delays(public, "issue.open") == 0
    # The third try: claimed, and then the node is gone. Its lease runs out.
    public.walk.clock.advance(timedelta(minutes=1))
    taken = await claim(public.walk.house, worker=7, at_most=50)
    assert [one.attempt for one in taken if one.work.does == "issue.open"] == [3]

    await wait(public)

    assert await delays(public, "issue.open") == 1
    assert issues(public) == 1


@pytest.mark.parametrize("does", CASES)
async def test_what_went_out_though_the_yes_was_lost_is_not_said_again(public: Public, does: str) -> None:
    service, call, before, act, count, said = CASES[does]
    await before(public)
    public.town.faults.add(service, call, "lost_answer", times=3)

    await act(public)
    await public.settle()
    await wait(public)

    assert count(public) == 1
    assert await went_out(public, said) == 1
    assert await delays(public, does) == 0


@pytest.mark.parametrize("does", CASES)
async def test_a_short_trouble_is_not_worth_a_word(public: Public, does: str) -> None:
    service, call, before, act, count, said = CASES[does]
    await before(public)
    public.town.faults.add(service, call, "503", times=2)

    await act(public)
    await public.settle()
    await wait(public, 2)

    assert count(public) == 1
    assert await delays(public, does) == 0
    assert await went_out(public, said) == 1


async def test_what_github_refuses_for_good_is_told_and_may_be_approved_again(public: Public) -> None:
    await public.told()
    public.walk.mailbox.take()
    public.town.github.board.repos[REPO].issues.clear()
    await tell_issue(public)
    await public.settle()
    await wait(public, 2)

    refused = [
        fact.what
        for fact in (await public.walk.incident()).facts
        if isinstance(fact.what, f.DeliveryRefused) and fact.what.what == "issue.update"
    ]
    assert len(refused) == 1
    told = [
        one.text for one in public.walk.mailbox.take("thread.say") if "to bring the public issue" in one.text
    ]
    assert len(told) == 1
    assert "approve them once more" in told[0]
    await tell_issue(public)
