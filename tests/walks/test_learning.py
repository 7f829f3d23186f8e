"""Walks: what is learned. Follow-ups with an owner each, a retrospective that is decided on, and an end only when all is settled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest
from walk_steps import ALICE, BOB, CAROL, LOG, Walk

from tocsin.acts import incidents, learning
from tocsin.core.case import Actor
from tocsin.errors import Conflict, Forbidden, Invalid, NotFound, TocsinError

HOURS = 60
DAYS = 24 * HOURS
ROBOT = Actor("", "api", "the key robot")


@dataclass(frozen=True)
class Mail:
    """One invitation, as it was handed to the mail server."""

    to: str
    method: str
    version: int


async def over(walk: Walk) -> Walk:
    """Resolved, everybody told and logged: what is left is to be learned."""
    await walk.begin()
    await walk.steered()
    await walk.resolved()
    await incidents.write_ops_log(walk.house, ALICE, walk.ref, **LOG)
    walk.mailbox.take()
    return walk


async def invited(pool: asyncpg.Pool) -> list[Mail]:
    """Every invitation that went out, in their order."""
    rows = await pool.fetch("SELECT payload FROM works WHERE does = 'invite' AND state = 'done' ORDER BY id")
    payloads: list[dict[str, Any]] = [row["payload"] for row in rows]
    return [Mail(one["person"], one["method"], int(one["version"])) for one in payloads]


async def plan(walk: Walk, days: float, *people: str, actor: Actor = ALICE) -> datetime:
    starts_at = walk.clock.now() + timedelta(days=days)
    await learning.plan_retrospective(walk.house, actor, walk.ref, starts_at, 60, people, "the second time")
    await walk.engine.run_due()
    return starts_at


async def test_follow_ups_and_the_retrospective_are_owed_once_it_is_resolved_and_not_before(
    walk: Walk,
) -> None:
    await walk.begin()
    await walk.steered()
    assert not {"follow-ups", "retrospective"} & set(await walk.duties())
    with pytest.raises(Conflict, match="is still open: resolve it first"):
        await learning.no_follow_ups(walk.house, ALICE, walk.ref, "nothing")
    with pytest.raises(Conflict, match="is still open: resolve it first"):
        await learning.decline_retrospective(walk.house, ALICE, walk.ref, "known")

    await walk.resolved()

    duties = await walk.duties()
    assert [(duties[id].state, duties[id].owes) for id in ("follow-ups", "retrospective")] == [
        ("owed", ("alice",))
    ] * 2


async def test_a_false_alarm_teaches_nothing(walk: Walk) -> None:
    await walk.begin()
    await incidents.dismiss(walk.house, BOB, walk.ref, "none", "looked")
    await walk.engine.run_due()

    assert (await walk.incident()).status == "closed"


async def test_whoever_does_not_decide_is_reminded_after_two_days_and_then_the_thread(walk: Walk) -> None:
    await over(walk)

    for _ in range(3):
        await walk.wait(1 * DAYS)

    for duty in ("follow-ups", "retrospective"):
        assert await walk.chases(duty) == [(2 * DAYS, "remind", ("alice",)), (3 * DAYS, "thread", ())]


async def test_what_has_to_follow_is_filed_along_with_the_end(walk: Walk) -> None:
    await walk.begin()
    await walk.steered()
    lines = "Renew it by machine\n\n @bob warn a month before \nRenew it by machine"

    await incidents.resolve(walk.house, ALICE, walk.ref, "renewed", "signed in", follow_ups=lines)

    filed = (await walk.incident()).asked.follow_ups
    assert [(one.id, one.title, one.to) for one in filed] == [
        ("F1", "Renew it by machine", "alice"),
        ("F2", "warn a month before", "bob"),
    ]
    assert (await walk.duty("follow-ups")).state == "met"
    assert {"do-follow-up-F1", "do-follow-up-F2"} <= set(await walk.duties())


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("renew it\n@eve warn", "Nobody is called eve; known are: alice, bob"),
        ("@bob", "title is missing: say what is to be done"),
        ("x" * 1000, "title"),
    ],
)
async def test_a_line_that_can_be_no_follow_up_leaves_it_open_and_is_named(
    walk: Walk, lines: str, words: str
) -> None:
    await walk.begin()
    await walk.steered()

    with pytest.raises(TocsinError, match=words) as refused:
        await incidents.resolve(walk.house, ALICE, walk.ref, "renewed", "signed in", follow_ups=lines)

    assert refused.value.field == "follow_ups"
    assert (await walk.incident()).is_open


async def test_a_follow_up_has_an_owner_who_is_told(walk: Walk) -> None:
    await over(walk)
    with pytest.raises(Invalid, match="a follow-up has an owner who agreed to it"):
        await learning.file_follow_up(walk.house, ALICE, walk.ref, "Renew by itself", "")
    with pytest.raises(NotFound, match="Nobody is called eve"):
        await learning.file_follow_up(walk.house, ALICE, walk.ref, "Renew by itself", "eve")
    with pytest.raises(Forbidden, match="Only a person can file a follow-up"):
        await learning.file_follow_up(walk.house, ROBOT, walk.ref, "Renew by itself", "bob")

    incident = await learning.file_follow_up(walk.house, ALICE, walk.ref, "Renew by itself", "@Bob")
    await walk.engine.run_due()

    assert [(one.id, one.to) for one in incident.asked.follow_ups] == [("F1", "bob")]
    assert walk.mailbox.people("word") == ["bob"]
    assert len(walk.mailbox.take("follow_up.open")) == 1
    assert (
        (await walk.incident()).asked.follow_ups[0].url.startswith("https://outside.example/follow_up.open")
    )
    assert (await walk.duty("follow-ups")).state == "met"


async def test_that_nothing_follows_needs_a_reason_and_contradicts_one_that_was_filed(walk: Walk) -> None:
    await over(walk)
    with pytest.raises(Invalid, match="say why nothing has to follow"):
        await learning.no_follow_ups(walk.house, ALICE, walk.ref, " ")

    await learning.file_follow_up(walk.house, ALICE, walk.ref, "Renew by itself", "bob")

    with pytest.raises(Conflict, match="has follow-ups already"):
        await learning.no_follow_ups(walk.house, ALICE, walk.ref, "all is well")


async def test_a_follow_up_is_chased_until_it_is_done_and_comes_back_when_its_issue_does(walk: Walk) -> None:
    await over(walk)
    await learning.file_follow_up(walk.house, ALICE, walk.ref, "Renew by itself", "bob")
    for days in (23, 7, 7):
        await walk.wait(days * DAYS)
    assert await walk.chases("do-follow-up-F1") == [
        (23 * DAYS, "remind", ("bob",)), (30 * DAYS, "remind", ("bob",)), (37 * DAYS, "thread", ()),
    ]  # fmt: skip

    await learning.finish_follow_up(walk.house, ROBOT, walk.ref, "F1", "closed", from_outside=True)
    await learning.finish_follow_up(walk.house, BOB, walk.ref, "f1", "said twice")
    assert (await walk.duty("do-follow-up-F1")).state == "late"
    await learning.reopen_follow_up(walk.house, ROBOT, walk.ref, "F1", "not so", from_outside=True)

    back = await walk.duty("do-follow-up-F1-2")
    assert (back.state, back.owes) == ("owed", ("bob",))
    assert (await walk.incident()).status == "resolved", "a follow-up does not open the incident again"


@pytest.mark.parametrize(
    ("days", "minutes", "people", "why"),
    [
        (-1, 60, (), "starts_at must lie ahead"),
        (400, 60, (), "starts_at must lie ahead, and within a year"),
        (1, 5, (), "takes 10 to 480 minutes"),
        (1, 60, ("eve",), "Nobody is called eve"),
    ],
)
async def test_a_retrospective_that_can_not_be_is_refused_and_the_decision_still_owed(
    walk: Walk, days: int, minutes: int, people: tuple[str, ...], why: str
) -> None:
    await over(walk)

    with pytest.raises((Invalid, NotFound), match=why):
        await learning.plan_retrospective(
            walk.house, ALICE, walk.ref, walk.clock.now() + timedelta(days=days), minutes, people
        )

    assert (await walk.duty("retrospective")).state == "owed"


async def test_planned_it_invites_those_who_took_part_and_who_planned_it(
    walk: Walk, pool: asyncpg.Pool
) -> None:
    await over(walk)

    await plan(walk, 3, actor=CAROL)

    assert await invited(pool) == [Mail("alice", "REQUEST", 0), Mail("carol", "REQUEST", 0)]
    assert (await walk.duty("retrospective")).state == "met"
    assert (await walk.duty("hold-retrospective-1")).state == "owed"
    assert (await walk.kinds()).count("retrospective_invited") == 2


async def test_whose_a_follow_up_is_comes_too_unless_others_are_named(walk: Walk, pool: asyncpg.Pool) -> None:
    await over(walk)
    await learning.file_follow_up(walk.house, ALICE, walk.ref, "Renew by itself", "bob")

    await plan(walk, 3)
    assert {one.to for one in await invited(pool)} == {"alice", "bob"}

    await plan(walk, 4, "carol")
    planned = (await walk.incident()).asked.retrospective.planned
    assert planned
    assert planned.people == ("carol", "alice")


async def test_planned_the_same_again_changes_nothing(walk: Walk, pool: asyncpg.Pool) -> None:
    await over(walk)
    await plan(walk, 3, "bob")
    before = len((await walk.incident()).facts)

    await plan(walk, 3, "bob")

    assert len((await walk.incident()).facts) == before
    assert len(await invited(pool)) == 2


async def test_moved_it_is_a_higher_version_for_those_who_come_and_called_off_for_who_does_not(
    walk: Walk, pool: asyncpg.Pool
) -> None:
    await over(walk)
    await plan(walk, 3, "bob", "carol")

    await plan(walk, 4, "carol")

    moved = sorted((await invited(pool))[3:], key=lambda one: one.to)
    assert moved == [Mail("alice", "REQUEST", 1), Mail("bob", "CANCEL", 1), Mail("carol", "REQUEST", 1)]
    assert (await walk.duty("hold-retrospective-1")).state == "waived"
    assert (await walk.duty("hold-retrospective-2")).state == "owed"


async def test_called_off_everybody_hears_it_and_planned_again_the_version_goes_on(
    walk: Walk, pool: asyncpg.Pool
) -> None:
    await over(walk)
    await plan(walk, 3, "bob")

    await learning.decline_retrospective(walk.house, ALICE, walk.ref, "it was the hoster")
    await walk.engine.run_due()
    called_off = sorted((await invited(pool))[2:], key=lambda one: one.to)
    assert called_off == [Mail("alice", "CANCEL", 1), Mail("bob", "CANCEL", 1)]
    assert (await walk.duty("hold-retrospective-1")).state == "waived"

    await plan(walk, 5, "bob")
    assert {one.version for one in (await invited(pool))[4:]} == {2}


async def test_a_day_ahead_those_are_reminded_who_have_not_written_and_nobody_twice(walk: Walk) -> None:
    await over(walk)
    await plan(walk, 3, "bob", "carol")
    await learning.give_feedback(walk.house, BOB, walk.ref, "well", "the rollback took two minutes")
    await walk.wait(2 * DAYS - 1)
    assert walk.mailbox.people("word") == []

    await walk.wait(1)
    assert walk.mailbox.people("word") == ["alice", "carol"]
    await walk.wait(12 * HOURS)
    assert walk.mailbox.people("word") == []


async def test_moved_it_is_reminded_of_at_its_new_time(walk: Walk) -> None:
    await over(walk)
    await plan(walk, 3, "bob")
    await walk.wait(2 * DAYS)
    assert walk.mailbox.people("word") == ["alice", "bob"]

    await plan(walk, 3, "bob")
    await walk.wait(2 * DAYS)

    assert walk.mailbox.people("word") == ["alice", "bob"]


async def test_planned_nearer_than_a_day_nobody_is_reminded_of_it(walk: Walk) -> None:
    await over(walk)

    await plan(walk, 0.5, "bob")
    await walk.wait(6 * HOURS)

    assert walk.mailbox.people("word") == []


async def test_after_the_end_it_is_owed_that_it_was_held_and_what_came_of_it(walk: Walk) -> None:
    await over(walk)
    await learning.no_follow_ups(walk.house, ALICE, walk.ref, "decided there")
    await plan(walk, 3)
    for days in (2, 1, 1):
        await walk.wait(days * DAYS)
    await walk.wait(60)
    assert [chase[1:] for chase in await walk.chases("hold-retrospective-1")] == [("remind", ("alice",))]

    held = await learning.hold_retrospective(walk.house, ALICE, walk.ref, "we renew by itself now")

    assert held.status == "closed"
    assert (await walk.duty("hold-retrospective-1")).state == "met"
    with pytest.raises(Conflict, match="was held already"):
        await plan(walk, 3)
    with pytest.raises(Conflict, match="was held already"):
        await learning.hold_retrospective(walk.house, BOB, walk.ref, "the same meeting, told again")


async def test_the_last_retrospective_is_named_in_the_next_one_unless_its_incident_is_private(
    walk: Walk,
) -> None:
    await over(walk)
    await plan(walk, 3)
    await walk.wait(4 * DAYS)
    await learning.hold_retrospective(walk.house, ALICE, walk.ref, "we renew by itself now")
    report = incidents.NewReport("web", "search is down", "Alice", outside=False)
    other = await incidents.declare(walk.house, ALICE, report)
    assert (
        f"retrospective:** {walk.ref}"
        in (await learning.retrospective(walk.house, other.ref, "alice")).document
    )

    await incidents.change_kind(walk.house, ALICE, walk.ref, "security", "it was a hole")

    # Alice may know of it, and those to whom she sends the document may not.
    assert walk.ref not in (await learning.retrospective(walk.house, other.ref, "alice")).document


async def test_it_closes_only_when_the_last_of_all_that_is_owed_is_settled(walk: Walk) -> None:
    await over(walk)
    await learning.file_follow_up(walk.house, ALICE, walk.ref, "Renew by itself", "bob")
    await walk.engine.run_due()
    await plan(walk, 3)
    with pytest.raises(Conflict, match=r"Hold the retrospective \(.*\); Do the follow-up"):
        await incidents.close(walk.house, ALICE, walk.ref)

    await learning.hold_retrospective(walk.house, ALICE, walk.ref, "we met early")
    assert (await walk.incident()).status == "resolved"
    await learning.finish_follow_up(
        walk.house, BOB, walk.ref, "F1", "merged", "https://github.example/pull/1"
    )

    assert (await walk.incident()).status == "closed"


async def again(walk: Walk) -> None:
    """Opened again, and resolved a second time."""
    await incidents.reopen(walk.house, BOB, walk.ref, "it fails again")
    await walk.steered()
    await walk.resolved()
    await incidents.write_ops_log(walk.house, ALICE, walk.ref, **LOG)
    walk.mailbox.take()


async def test_opened_again_it_is_decided_again_and_the_same_date_is_an_answer(
    walk: Walk, pool: asyncpg.Pool
) -> None:
    await over(walk)
    await learning.no_follow_ups(walk.house, ALICE, walk.ref, "all is well")
    await plan(walk, 3, "bob")
    await again(walk)
    duties = await walk.duties()
    assert [duties[id].state for id in ("follow-ups-2", "retrospective-2")] == ["owed", "owed"]

    await plan(walk, 3, "bob")
    await learning.no_follow_ups(walk.house, ALICE, walk.ref, "still")

    duties = await walk.duties()
    assert [duties[id].state for id in ("follow-ups-2", "retrospective-2")] == ["met", "met"]
    assert (await walk.incident()).status == "resolved", "it is still to be held"


async def test_opened_again_it_may_have_follow_ups_already_and_nothing_more_to_follow(walk: Walk) -> None:
    await over(walk)
    await learning.file_follow_up(walk.house, ALICE, walk.ref, "Renew by itself", "bob")
    await again(walk)

    await learning.no_follow_ups(walk.house, ALICE, walk.ref, "F1 is enough")

    assert (await walk.duty("follow-ups-2")).state == "met"


async def test_opened_again_after_the_retrospective_another_one_may_be_held_or_none(
    walk: Walk, pool: asyncpg.Pool
) -> None:
    await over(walk)
    await plan(walk, 3, "bob")
    await learning.hold_retrospective(walk.house, ALICE, walk.ref, "we met early")
    await again(walk)

    await learning.decline_retrospective(walk.house, ALICE, walk.ref, "the same cause")
    await walk.engine.run_due()
    assert (await walk.duty("retrospective-2")).state == "met"
    assert len(await invited(pool)) == 2, "what was held is not called off"

    await plan(walk, 5, "bob")
    planned = (await walk.incident()).asked.retrospective.planned
    assert planned
    assert planned.meeting == "M2", "a meeting of its own in every calendar"
    await walk.wait(4 * DAYS)
    assert walk.mailbox.people("word") == ["alice", "bob"]
    await learning.hold_retrospective(walk.house, ALICE, walk.ref, "and again")


async def test_what_is_filed_twice_is_one_follow_up_and_the_other_is_told_so(walk: Walk) -> None:
    await over(walk)
    await learning.file_follow_up(walk.house, ALICE, walk.ref, "renew by itself", "bob")

    with pytest.raises(Conflict, match=r"F1 of INC-1 says just that, and is Bob's"):
        await learning.file_follow_up(walk.house, ALICE, walk.ref, "renew by itself", "bob")

    assert len((await walk.incident()).asked.follow_ups) == 1


async def test_the_ops_log_in_the_same_words_is_written_once(walk: Walk) -> None:
    await over(walk)
    await incidents.write_ops_log(walk.house, ALICE, walk.ref, **LOG)

    assert (await walk.kinds()).count("ops_log_written") == 1
