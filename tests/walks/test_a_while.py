"""Walks: who owes a duty asks for a while. The reminders wait, visibly; the due time, the score and the page to the next people do not."""

from __future__ import annotations

import pytest
from walk_steps import ALICE, BOB, MINUTE, Walk

from tocsin.acts import asking, incidents
from tocsin.core.case import Actor
from tocsin.core.facts import DutySnoozed
from tocsin.errors import Conflict, Forbidden, Invalid, NotFound


async def late_steps(walk: Walk) -> Walk:
    """Alice owns it, and her next steps are due at minute 10, reminded then."""
    await walk.begin()
    await walk.owned()
    for _ in range(10):
        await walk.wait(1)
    return walk


async def test_the_reminders_wait_but_the_next_people_are_paged_when_they_would_have_been(walk: Walk) -> None:
    await late_steps(walk)

    await incidents.snooze(walk.house, ALICE, walk.ref, "next-steps", "I am on the phone with the customer")
    for _ in range(20):
        await walk.wait(1)

    # Without it: the thread at 13, the page at 20, the next people at 25.
    assert await walk.chases("next-steps") == [
        (10, "remind", ("alice",)),
        (25, "thread", ()),
        (25, "page", ("alice",)),
        (25, "page_next", ("bob",)),
    ]


async def test_when_it_is_due_and_how_it_is_scored_stay(walk: Walk) -> None:
    await late_steps(walk)
    before = await walk.duty("next-steps")

    await incidents.snooze(walk.house, ALICE, walk.ref, "next-steps", "on the phone")
    await walk.wait(5)
    await incidents.state_next_steps(walk.house, ALICE, walk.ref, "I plan to look")

    after = await walk.duty("next-steps")
    assert (after.due_at, after.state) == (before.due_at, "late")


async def test_the_thread_reads_who_asked_why_and_until_when(walk: Walk) -> None:
    await late_steps(walk)

    await incidents.snooze(walk.house, ALICE, walk.ref, "next-steps", "on the phone")
    await walk.wait(0)

    [said] = [one.text for one in walk.mailbox.take("thread.say") if "asks for time" in one.text]
    assert "until 09:25 UTC" in said
    assert "It stays due at 09:10 UTC." in said
    assert "> on the phone" in said
    [fact] = [fact.what for fact in (await walk.incident()).facts if isinstance(fact.what, DutySnoozed)]
    assert (fact.duty, fact.reason) == ("next-steps", "on the phone")


async def test_it_can_be_had_once_a_duty(walk: Walk) -> None:
    await late_steps(walk)
    await incidents.snooze(walk.house, ALICE, walk.ref, "next-steps", "on the phone")

    with pytest.raises(Conflict, match=r"already, until 09:25 UTC; it can be had once"):
        await incidents.snooze(walk.house, ALICE, walk.ref, "next-steps", "still on the phone")


async def test_only_who_owes_it_can_ask_with_a_reason_and_by_name(walk: Walk) -> None:
    await late_steps(walk)

    with pytest.raises(Forbidden, match="Only who owes next-steps can ask for a while: Alice"):
        await incidents.snooze(walk.house, BOB, walk.ref, "next-steps", "let her be")
    with pytest.raises(Invalid, match="say why it takes longer"):
        await incidents.snooze(walk.house, ALICE, walk.ref, "next-steps", " ")
    with pytest.raises(Forbidden, match="Only a person can ask for a while"):
        await incidents.snooze(walk.house, Actor("", "api", "the key robot"), walk.ref, "next-steps", "x")


async def test_the_page_to_the_next_people_is_not_put_off(walk: Walk) -> None:
    await late_steps(walk)
    for _ in range(14):
        await walk.wait(1)
    walk.clock.advance(MINUTE / 2)

    with pytest.raises(Conflict, match="The next people are paged for next-steps at 09:25 UTC"):
        await incidents.snooze(walk.house, ALICE, walk.ref, "next-steps", "a moment")


async def test_what_nothing_chases_any_more_can_not_be_put_off(walk: Walk) -> None:
    await walk.begin()
    await walk.steered()
    await asking.delegate(walk.house, ALICE, walk.ref, "bob", "look at the logs")
    [duty] = [one for one in await walk.duties() if one.startswith("answer-task")]
    await walk.wait(6)

    assert [step for _, step, _ in await walk.chases(duty)] == ["remind"]
    with pytest.raises(Conflict, match=f"Nothing chases {duty} any more"):
        await incidents.snooze(walk.house, BOB, walk.ref, duty, "in a train")


async def test_a_duty_that_is_none_is_named(walk: Walk) -> None:
    await walk.begin()

    with pytest.raises(NotFound, match="dance"):
        await incidents.snooze(walk.house, ALICE, walk.ref, "dance", "later")
