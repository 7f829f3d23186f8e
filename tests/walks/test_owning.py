"""Walks: somebody owns it, says what comes next, and posts updates; what is forgotten is chased by the book."""

from __future__ import annotations

from datetime import timedelta

import pytest
from walk_steps import ALICE, BOB, MINUTE, Walk

from tocsin.acts import incidents
from tocsin.core.case import Actor
from tocsin.core.work import Later, Refused
from tocsin.errors import Conflict, Forbidden, Invalid


async def test_whoever_says_i_am_on_it_owns_it_and_next_steps_are_owed_in_ten_minutes(walk: Walk) -> None:
    await walk.begin()
    walk.clock.advance(4 * MINUTE)

    await walk.owned()

    assert (await walk.incident()).owner == "alice"
    own, steps = await walk.duty("own"), await walk.duty("next-steps")
    assert (own.state, own.by) == ("met", "alice")
    assert (steps.owes, steps.due_at - steps.arises_at) == (("alice",), 10 * MINUTE)


async def test_nobody_owns_for_another_and_two_do_not_own_it_unawares(walk: Walk) -> None:
    await walk.begin()
    with pytest.raises(Forbidden, match="Only a person can own an incident"):
        await incidents.own(walk.house, Actor("", "api", "the key robot"), walk.ref)
    await walk.owned()

    with pytest.raises(Conflict, match="Alice has owned INC-1 since 09:00 UTC"):
        await incidents.own(walk.house, BOB, walk.ref)
    taken = await incidents.own(walk.house, BOB, walk.ref, take_over=True)

    assert taken.owner == "bob"


async def test_an_incident_that_nobody_owns_is_chased_and_never_forgotten(walk: Walk) -> None:
    """Reminder, thread, page, next person; then the next person again and again, though the page was acknowledged."""
    await walk.begin()
    await incidents.acknowledge(walk.house, BOB, walk.ref)

    an_hour = [await walk.wait(1) for _ in range(60)]

    assert len(an_hour) == 60
    assert await walk.chases("own") == [
        (12, "remind", ("bob",)),
        (14, "thread", ()),
        (17, "page", ("bob",)),
        (23, "page_next", ("alice",)),
        (38, "page_next", ("alice",)),
        (53, "page_next", ("alice",)),
    ]


async def test_after_an_outage_of_ours_nobody_is_chased_for_every_step_that_was_missed(walk: Walk) -> None:
    await walk.begin()
    await incidents.acknowledge(walk.house, BOB, walk.ref)

    await walk.wait(600)

    assert [step for _, step, _ in await walk.chases("own")] == ["remind", "thread", "page", "page_next"]


async def test_next_steps_that_are_not_stated_are_chased(walk: Walk) -> None:
    await walk.begin()
    await walk.owned()
    await incidents.answer_rollback(walk.house, ALICE, walk.ref, False, "nothing was deployed")
    await walk.engine.run_due()
    walk.mailbox.take()

    await walk.wait(10)
    reminded = walk.mailbox.people("remind")
    await walk.wait(10)
    paged = walk.mailbox.people()
    await walk.wait(5)

    assert (reminded, paged, walk.mailbox.people()) == (["alice"], ["alice"], ["bob"])
    assert [chase[:2] for chase in await walk.chases("next-steps")] == [
        (10, "remind"), (20, "thread"), (20, "page"), (25, "page_next"),
    ]  # fmt: skip


async def test_a_forgotten_update_is_chased_and_counts_as_late_when_it_comes(walk: Walk) -> None:
    await walk.begin()
    await walk.steered()
    walk.mailbox.take()

    await walk.wait(30)
    assert walk.mailbox.people("remind") == ["alice"]
    await walk.wait(5)
    await walk.wait(5)
    assert walk.mailbox.people() == ["alice"]
    await walk.wait(5)
    assert walk.mailbox.people() == ["bob"]
    await incidents.post_update(walk.house, ALICE, walk.ref, "Still looking")
    await walk.wait(5)

    assert (await walk.duty("update-1")).state == "late"
    assert (await walk.duty("update-2")).state == "owed"
    assert walk.mailbox.people() == []
    assert [chase[:2] for chase in await walk.chases("update-1")] == [
        (30, "remind"), (35, "thread"), (40, "page"), (45, "page_next"),
    ]  # fmt: skip


async def test_each_update_names_when_the_next_is_due_and_none_may_be_promised_too_late(walk: Walk) -> None:
    await walk.begin()
    await walk.steered()

    updated = await incidents.post_update(walk.house, ALICE, walk.ref, "Found it", 10 * MINUTE)

    assert updated.next_update_at == walk.clock.now() + 10 * MINUTE
    assert (await walk.duty("update-2")).due_at == walk.clock.now() + 10 * MINUTE
    with pytest.raises(Invalid, match="at least every 30 min"):
        await incidents.post_update(walk.house, ALICE, walk.ref, "Zzz", timedelta(hours=4))


async def test_a_milder_severity_asks_for_fewer_updates(walk: Walk) -> None:
    await walk.begin()
    await walk.steered()
    await incidents.change_severity(walk.house, ALICE, walk.ref, "low", "one browser only")

    updated = await incidents.post_update(walk.house, ALICE, walk.ref, "Found it")

    assert updated.next_update_at == walk.clock.now() + timedelta(hours=4)


async def test_chatter_discharges_nothing(walk: Walk) -> None:
    await walk.begin()
    before = {id: duty.state for id, duty in (await walk.duties()).items()}

    await incidents.add_note(walk.house, BOB, walk.ref, "I'm on it, next steps: look; rolled back")

    assert {id: duty.state for id, duty in (await walk.duties()).items()} == before


async def test_whether_it_was_rolled_back_is_asked_ten_minutes_after_owning(walk: Walk) -> None:
    await walk.begin()
    await walk.owned()
    await walk.engine.run_due()
    asked = [one.text for one in walk.mailbox.take("thread.say") if "rolled back?" in one.text]

    await walk.wait(10)
    reminded = [one.text for one in walk.mailbox.take("remind") if "rolled back?" in one.text]
    await incidents.answer_rollback(walk.house, ALICE, walk.ref, True, "to v41")

    assert (len(asked), len(reminded)) == (1, 1)
    duty = await walk.duty("rolled-back")
    assert (duty.state, duty.due_at - duty.arises_at) == ("met", 10 * MINUTE)


async def test_a_duty_is_waived_only_with_a_reason(walk: Walk) -> None:
    await walk.begin()
    await walk.owned()

    with pytest.raises(Invalid, match="a waiver needs a reason"):
        await incidents.waive(walk.house, ALICE, walk.ref, "rolled-back", "")
    await incidents.waive(walk.house, ALICE, walk.ref, "rolled-back", "a drill")

    duty = await walk.duty("rolled-back")
    assert (duty.state, duty.reason, duty.by) == ("waived", "a drill", "alice")


@pytest.mark.parametrize("why", [Later("Slack can't be reached"), Refused("Slack has no such user")])
async def test_a_reminder_that_chat_does_not_bring_goes_by_mail(walk: Walk, why: Later | Refused) -> None:
    await walk.begin()
    await incidents.own(walk.house, ALICE, walk.ref)
    walk.mailbox.take()
    walk.mailbox.answers["remind"] = [why] * (4 if isinstance(why, Later) else 2)

    await walk.wait(10)
    for _ in range(3):
        walk.clock.advance(timedelta(seconds=5))
        await walk.engine.run_due()

    assert ("alice", "email") in [(one.to, one.via) for one in walk.mailbox.take("remind")]
