"""Walks: a task and a handover are asked for, answered in time or not, warned about, and answered by two at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import timedelta

import pytest
from walk_steps import ALICE, BOB, CAROL, JANE, Walk, tweet

from tocsin.acts import asking, incidents, looks, people
from tocsin.acts.incidents import NewReport
from tocsin.core import facts as f
from tocsin.core.incident import Incident
from tocsin.errors import Conflict, Forbidden, NotFound

SECOND = timedelta(seconds=1)


async def owned(walk: Walk) -> Walk:
    """Alice owns it, and what was sent until now is forgotten."""
    await walk.begin()
    await walk.steered()
    walk.mailbox.take()
    return walk


async def at_once(*deeds: Awaitable[Incident]) -> list[str]:
    """What each of those who pressed at the same moment was told: "" is a yes."""
    answers = await asyncio.gather(*deeds, return_exceptions=True)
    assert all(isinstance(one, Incident | Conflict | Forbidden) for one in answers), answers
    return [str(one) if isinstance(one, Exception) else "" for one in answers]


async def test_a_task_is_asked_for_on_every_channel_and_its_result_comes_back_to_the_owner(
    walk: Walk,
) -> None:
    await owned(walk)

    await asking.delegate(walk.house, ALICE, walk.ref, "bob", "look at the certificate")
    await walk.engine.run_due()
    assert sorted((one.via, one.to) for one in walk.mailbox.take("ask")) == [
        ("email", "bob"),
        ("slack", "bob"),
    ]

    await asking.accept_task(walk.house, BOB, walk.ref, "T1")
    await asking.report_task(walk.house, BOB, walk.ref, "T1", "it ran out at 08:00")
    await walk.engine.run_due()
    assert [one.to for one in walk.mailbox.take("word")] == ["alice", "alice"]
    assert (await walk.duty("answer-task-T1")).state == "met"


async def test_a_task_that_nobody_answers_returns_to_the_owner_who_hears_it(walk: Walk) -> None:
    await owned(walk)
    await asking.delegate(walk.house, ALICE, walk.ref, "bob", "look at the certificate")

    await walk.wait(10)

    [returned] = [fact for fact in (await walk.incident()).facts if isinstance(fact.what, f.TaskReturned)]
    assert returned.by == "tocsin"
    assert [one.to for one in walk.mailbox.take("word")] == ["alice"]
    with pytest.raises(Conflict, match="T1 is returned already: ask the owner whether they still need you"):
        await asking.accept_task(walk.house, BOB, walk.ref, "T1")


async def test_a_handover_that_nobody_answers_in_time_leaves_the_owner_who_hears_it(walk: Walk) -> None:
    await owned(walk)
    await asking.hand_over(walk.house, ALICE, walk.ref, "bob", "the certificate is renewed; watch it")
    walk.clock.advance(timedelta(minutes=10) - SECOND)
    await walk.engine.run_due()
    assert (await walk.incident()).asked.handover

    walk.clock.advance(SECOND)
    await walk.engine.run_due()

    incident = await walk.incident()
    assert (incident.owner, incident.asked.handover) == ("alice", None)
    assert [one.to for one in walk.mailbox.take("word")] == ["alice"]
    said = [one.text for one in walk.mailbox.take("thread.say")]
    assert any("Nobody took over: no answer by" in text and "still owns it" in text for text in said)
    with pytest.raises(Conflict, match="Nobody is asked to take INC-1 over"):
        await asking.accept_handover(walk.house, BOB, walk.ref)


async def test_a_handover_ends_when_somebody_takes_over_and_the_late_answer_is_told_so(walk: Walk) -> None:
    await owned(walk)
    await asking.hand_over(walk.house, ALICE, walk.ref, "bob")

    await incidents.own(walk.house, CAROL, walk.ref, take_over=True)

    incident = await walk.incident()
    assert (incident.owner, incident.asked.handover) == ("carol", None)
    for answer in (asking.accept_handover, asking.decline_handover):
        with pytest.raises(Conflict, match="Nobody is asked to take INC-1 over"):
            await answer(walk.house, BOB, walk.ref)
    await walk.wait(11)
    assert "handover_returned" not in await walk.kinds()
    assert (await walk.incident()).owner == "carol"


async def test_who_is_interrupted_already_is_named_when_they_are_asked(walk: Walk) -> None:
    await owned(walk)
    other = (await incidents.declare(walk.house, JANE, tweet("@acme search is down", "102"))).ref
    await incidents.own(walk.house, BOB, other)
    await asking.delegate(walk.house, BOB, other, "carol", "look at the index")

    await asking.delegate(walk.house, ALICE, walk.ref, "bob", "look at the certificate")
    await asking.delegate(walk.house, ALICE, walk.ref, "carol", "write to the customers")
    await asking.delegate(walk.house, ALICE, walk.ref, "carol", "and to the press")

    tasks = [fact.what for fact in (await walk.incident()).facts if isinstance(fact.what, f.TaskDelegated)]
    assert [one.warnings for one in tasks] == [
        (f"Bob owns {other}",),
        (f"Carol has work to do for {other}",),
        (f"Carol has work to do for {other}", "Carol has T2 in INC-1 already"),
    ]
    await walk.engine.run_due()
    assert any(f"*Mind:* Bob owns {other}" in one.text for one in walk.mailbox.take("thread.say"))


async def test_a_private_incident_keeps_somebody_busy_without_being_named(walk: Walk) -> None:
    await owned(walk)
    hole = NewReport("web", "anyone can sign in as anyone", "Bob", outside=False)
    secret = (await incidents.declare(walk.house, BOB, hole, kind="security")).ref
    await incidents.own(walk.house, BOB, secret)

    incident = await asking.hand_over(walk.house, ALICE, walk.ref, "bob")

    [asked] = [fact.what for fact in incident.facts if isinstance(fact.what, f.HandoverAsked)]
    assert asked.warnings == ("Bob owns another incident",)


async def test_the_fourth_who_is_taken_from_their_work_is_warned_about(walk: Walk) -> None:
    await owned(walk)
    for handle in ("dora", "erin"):
        await people.save_person(walk.house, handle, name=handle.title(), email=f"{handle}@acme.example")

    for handle in ("bob", "carol", "dora", "erin"):
        await asking.delegate(walk.house, ALICE, walk.ref, handle, "look at a part of it")

    tasks = [fact.what for fact in (await walk.incident()).facts if isinstance(fact.what, f.TaskDelegated)]
    assert [one.warnings for one in tasks] == [
        (),
        (),
        ("4 people would be taken from their work by INC-1",),
        ("5 people would be taken from their work by INC-1",),
    ]


async def test_what_is_asked_in_a_private_incident_reaches_the_one_who_is_asked_and_nobody_else(
    walk: Walk,
) -> None:
    hole = NewReport("web", "anyone can sign in as anyone", "Alice", outside=False)
    walk.ref = (await incidents.declare(walk.house, ALICE, hole, kind="security")).ref
    await walk.owned()
    await walk.engine.run_due()
    walk.mailbox.take()
    with pytest.raises(NotFound):
        await looks.case(walk.house, walk.ref, "carol")

    await asking.delegate(walk.house, ALICE, walk.ref, "carol", "rotate the keys")
    await walk.engine.run_due()
    assert {one.to for one in walk.mailbox.take("ask")} == {"carol"}
    assert (await looks.case(walk.house, walk.ref, "carol")).incident.title == hole.text

    await asking.hand_over(walk.house, ALICE, walk.ref, "carol", "all keys are known")
    await walk.engine.run_due()
    assert {one.to for one in walk.mailbox.take("ask")} == {"carol"}

    await asking.accept_handover(walk.house, CAROL, walk.ref)
    await walk.engine.run_due()
    assert {one.to for one in walk.mailbox.take("word")} == {"alice"}
    assert "issue.open" not in {one.does for one in walk.mailbox.sent}


async def test_an_answer_pressed_twice_at_once_counts_once(walk: Walk) -> None:
    await owned(walk)
    house, ref = walk.house, walk.ref
    await asking.delegate(house, ALICE, ref, "bob", "look at the certificate")

    told = await at_once(*(asking.accept_task(house, BOB, ref, "T1") for _ in range(2)))

    assert told == ["", ""]
    assert (await walk.kinds()).count("task_accepted") == 1


async def test_yes_and_no_at_once_have_one_answer_and_the_other_is_told_it(walk: Walk) -> None:
    await owned(walk)
    house, ref = walk.house, walk.ref
    await asking.hand_over(house, ALICE, ref, "bob")

    yes, no = await at_once(
        asking.accept_handover(house, BOB, ref), asking.decline_handover(house, BOB, ref, "asleep")
    )

    incident = await walk.incident()
    if incident.owner == "bob":
        assert (yes, no) == ("", "Nobody is asked to take INC-1 over (any more)")
    else:
        assert (yes, no) == ("Nobody is asked to take INC-1 over (any more)", "")
    assert {"handover_accepted", "handover_declined"} & set(await walk.kinds())


async def test_two_handovers_at_once_ask_one_person_and_the_other_is_told_whom(walk: Walk) -> None:
    await owned(walk)
    house, ref = walk.house, walk.ref

    told = await at_once(
        asking.hand_over(house, ALICE, ref, "bob"), asking.hand_over(house, ALICE, ref, "carol")
    )

    handover = (await walk.incident()).asked.handover
    assert handover
    assert sorted(told)[0] == ""
    assert handover.to.title() in max(told) or handover.to in max(told)
    assert (await walk.kinds()).count("handover_asked") == 1


async def test_accepting_while_somebody_takes_over_leaves_one_owner_and_tells_both_the_truth(
    walk: Walk,
) -> None:
    await owned(walk)
    house, ref = walk.house, walk.ref
    await asking.hand_over(house, ALICE, ref, "bob")

    accepted, taken = await at_once(
        asking.accept_handover(house, BOB, ref), incidents.own(house, CAROL, ref, take_over=True)
    )

    incident = await walk.incident()
    # Whoever comes second, Carol owns it: she takes it over from whomever it is.
    assert (incident.owner, taken) == ("carol", "")
    assert accepted in ("", "Nobody is asked to take INC-1 over (any more)")
    assert ("handover_accepted" in await walk.kinds()) == (accepted == "")
