"""`/tocsin paging …` over signed HTTP: whom an incident pages, what comes next, and changing it; each wrong word is told so."""

from __future__ import annotations

import pytest
from slack_talk import clicks, direct
from slack_world import World

from tocsin.acts.looks import case
from tocsin.core.facts import TOCSIN


async def said(world: World, user: str, words: str) -> str:
    await world.command(user, f"paging {words}".strip())
    return world.whispered(user)


@pytest.fixture
async def opened(world: World) -> World:
    await world.command("alice", "report sign-in is broken")
    await world.settle()
    return world


async def test_it_says_who_was_paged_and_what_comes_next(opened: World) -> None:
    words = await said(opened, "bob", "INC-1")

    assert "open, by the policy default" in words
    assert "Step 1: Bob" in words
    assert "_next_" in words
    assert "Step 2: Alice Lee, Bob Okafor" in words


async def test_it_is_silent_for_a_while_given_to_others_and_taken_back(opened: World) -> None:
    assert "nobody is paged until" in await said(opened, "bob", "silent 2h")
    assert "is given to alice" in await said(opened, "bob", "INC-1 to alice")
    await opened.command("alice", "ack INC-1")
    assert "the acknowledgement is taken back" in await said(opened, "alice", "unack")
    one = (await case(opened.house, "INC-1", TOCSIN)).incident.alert
    assert (one.people, one.acknowledged_at) == (("alice",), None)


async def test_pages_of_an_incident_that_is_silent_can_only_be_taken(opened: World) -> None:
    assert clicks(direct(opened, "bob")[-1]) == ["own", "ack", "escalate"]
    await said(opened, "alice", "INC-1 silent 2h")
    page = direct(opened, "bob")[-1]
    assert f"<@{opened.id('alice')}> asks that nobody be paged until" in page.text
    assert clicks(page) == ["own"]


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ("silent for ever", "is no time to come"),
        ("unack", "nothing to take back"),
        ("to @nobody", "is nobody that Tocsin knows"),
        ("to policy:none", "there is no policy none"),
    ],
    ids=["no time", "nobody has acknowledged", "nobody", "no policy"],
)
async def test_a_wrong_word_is_told_so(opened: World, words: str, refusal: str) -> None:
    assert refusal in await said(opened, "bob", words)


async def test_other_words_are_a_report(opened: World) -> None:
    await opened.command("bob", "paging is broken for everybody")
    await opened.settle()

    assert (await case(opened.house, "INC-2", TOCSIN)).incident.title == "paging is broken for everybody"
