"""The owner's updates under our public post, against the X of the town over real HTTP with real signatures."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tocsin.core import facts as f
from tocsin.core.work import POST_PUBLISH, POST_UPDATE, Delivered, Desk, Later, Refused, Work
from tocsin.integrations.x import XLink
from tocsin.integrations.x.reach import XReach
from tocsin.town import Town

MakeDesk = Callable[..., Desk]
APPROVED = f.PublicWordsApproved("Sign-in is broken", "We know.", "Sign-in is broken")
WORDS = "We found the certificate that ran out."
UPDATE = f.PublicUpdateApproved("Found it.", WORDS)
PUBLISH = Work(POST_PUBLISH, "INC-7/public/post", "INC-7/post/2")
TELL_ON = Work(POST_UPDATE, "INC-7/public/post", "INC-7/post/update/4", payload={"fact": "4"})


@pytest.fixture
def reach(link: XLink) -> XReach:
    assert isinstance(link.reach, XReach)
    return link.reach


@pytest.fixture
async def post(reach: XReach, make_desk: MakeDesk) -> f.PostPublished:
    outcome = await reach.carry_out(PUBLISH, make_desk(APPROVED), 1)
    assert isinstance(outcome, Delivered)
    return f.PostPublished(outcome.evidence["post"], outcome.evidence["url"])


async def test_an_update_stands_under_our_post_in_the_approved_words(
    town: Town, reach: XReach, make_desk: MakeDesk, post: f.PostPublished
) -> None:
    outcome = await reach.carry_out(TELL_ON, make_desk(APPROVED, post, UPDATE), 1)

    [reply] = town.x.replies_to(post.post)
    assert reply.text == WORDS
    assert outcome == Delivered({"text": WORDS, "post": reply.id, "url": reply.url})


@pytest.mark.parametrize("words", [WORDS, "w" * 280], ids=["short", "as long as a post"])
async def test_the_same_words_again_carry_the_time_since_x_takes_no_text_twice(
    town: Town, reach: XReach, make_desk: MakeDesk, post: f.PostPublished, words: str
) -> None:
    update = f.PublicUpdateApproved("Found it.", words)
    desk = make_desk(APPROVED, post, update, update, update)
    facts = [fact for fact in desk.incident.facts if fact.what == update]

    for fact in facts:
        work = Work(POST_UPDATE, TELL_ON.lane, f"{TELL_ON.key}/{fact.n}", payload={"fact": str(fact.n)})
        for attempt in (1, 2):  # The second finds what the first has left.
            assert isinstance(await reach.carry_out(work, desk, attempt), Delivered)

    texts = [reply.text for reply in town.x.replies_to(post.post)]
    assert texts[0] == words
    assert len(set(texts)) == len(texts) == 3
    assert all("UTC" in text for text in texts[1:])


async def test_an_update_whose_yes_was_lost_is_found_and_not_said_again(
    town: Town, reach: XReach, make_desk: MakeDesk, post: f.PostPublished
) -> None:
    town.faults.add("x", "POST", "lost_answer")
    desk = make_desk(APPROVED, post, UPDATE)

    first = await reach.carry_out(TELL_ON, desk, 1)
    second = await reach.carry_out(TELL_ON, desk, 2)

    [reply] = town.x.replies_to(post.post)
    assert isinstance(first, Later)
    assert isinstance(second, Delivered)
    assert second.evidence["post"] == reply.id


@pytest.mark.parametrize("fact", ["", "1", "99", "x"])
async def test_words_that_nobody_approved_are_not_said(
    town: Town, reach: XReach, make_desk: MakeDesk, post: f.PostPublished, fact: str
) -> None:
    forged = Work(POST_UPDATE, TELL_ON.lane, TELL_ON.key, payload={"fact": fact, "text": "ha"})

    outcome = await reach.carry_out(forged, make_desk(APPROVED, post, UPDATE), 1)

    assert outcome == Refused("nobody has approved this update")
    assert not town.x.replies_to(post.post)


async def test_without_a_post_of_ours_there_is_nothing_to_answer(
    town: Town, reach: XReach, make_desk: MakeDesk
) -> None:
    outcome = await reach.carry_out(TELL_ON, make_desk(APPROVED, APPROVED, UPDATE), 1)

    assert outcome == Refused("there is no post of ours to answer")
    assert not town.requests
